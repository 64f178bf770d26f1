"""Changes of a security's prices over an ex-date, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from liangrong.core.panel.action_rows import CorporateAction
from liangrong.core.panel.panel import Panel
from liangrong.core.views.security_view import security_view

DAYS = np.arange("2024-01-08", "2024-01-13", dtype="datetime64[D]")

EX = {  # 0.195 in cash and 0.3 new shares a share: 10.40 before, (10.40 - 0.195) / 1.3 = 7.85 the reference
    "open": [10.0, 10.2, 10.3, 7.9, 8.1],
    "high": [10.3, 10.4, 10.5, 8.2, 8.2],
    "low": [9.9, 10.1, 10.2, 7.8, 7.9],
    "close": [10.2, 10.3, 10.4, 8.0, 8.1],
    "volume": [100, 100, 100, 130, 130],
}


@pytest.mark.parametrize("told", ["actions", "factor"])
def test_over_an_ex_date_all_prices_change_alike_and_volumes_are_said_to_be_raw(told):
    fields = {name: np.array(values, dtype=float)[:, None] for name, values in EX.items()}
    ex = Panel(sessions=DAYS, symbols=("600000.SH",), fields=fields)
    by = 10.40 / 7.85
    if told == "actions":
        ex = replace(ex, actions=(CorporateAction(DAYS[3], "600000.SH", 0.195, 0.3),))
    else:
        reference = np.array([10.0, 10.2, 10.3, 7.85, 8.0])[:, None]
        ex = ex.with_fields({"adj_factor": np.array([1, 1, 1, by, by])[:, None], "pre_close": reference})
    view = security_view(ex, "600000.SH", "2024-01-11")
    assert view.of("open", "change_1") == pytest.approx(7.9 * by / 10.3 - 1)  # +1.6 %, unadjusted -23.3 %
    assert view.of("high", "change_1") == pytest.approx(8.2 * by / 10.5 - 1)
    assert view.of("low", "change_1") == pytest.approx(7.8 * by / 10.2 - 1)
    assert view.of("close", "change_1") == pytest.approx(8.0 / 7.85 - 1)
    assert view.of("pre_close") == 7.85
    assert view.of("pre_close", "change_1") == pytest.approx(10.40 / 10.3 - 1)
    assert view.of("open", "own_percentile") == 1.0  # of all opens the highest, adjusted; unadjusted the lowest
    assert view.of("volume", "change_1") == pytest.approx(0.3)
    assert [note for note in view.notes if "volumes and shares are raw throughout" in note]
    assert not [note for note in security_view(ex, "600000.SH", "2024-01-10").notes if "raw throughout" in note]
