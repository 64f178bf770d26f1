"""What a run says of securities that it held through what no table tells."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.dataset import store
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.run.engines import run
from run.configured import configured

DAYS = mainland().between("2024-03-01", "2024-06-28")
HOLD = {"name": "buy_and_hold"}


def noted(tmp_path, close, actions=None, **window):
    """Return the notes of buying two securities and holding them."""
    values = np.round(close, 2)
    fields = dict.fromkeys(("open", "high", "low", "close"), values) | {
        "volume": np.where(np.isnan(values), np.nan, 1e9)
    }
    store.save(Panel(sessions=DAYS, symbols=("600000.SH", "000001.SZ"), fields=fields), (), tmp_path / "set")
    keys = {"data.source": "dataset", "data.path": str(tmp_path / "set"), "data.options": {}, **window}
    if actions is not None:
        (tmp_path / "actions.csv").write_text(actions, encoding="utf-8")
        keys["data.actions"] = str(tmp_path / "actions.csv")
    return run(configured(keys, strategy=HOLD)).notes


def market():
    return 10.0 + 0.01 * np.arange(len(DAYS))[:, None] * np.ones(2)


def about(notes, words):
    return [note for note in notes if words in note]


def test_a_split_in_what_is_held_is_named_with_its_day(tmp_path):
    close = market()
    assert not about(noted(tmp_path / "a", close), "Held through")
    close[40:, 1] /= 2.0
    (note,) = about(noted(tmp_path / "b", close), "Held through a move beyond the day's limit")
    assert f"000001.SZ {DAYS[40]}" in note
    assert "600000.SH" not in note
    told = f"date,symbol,cash_per_share,share_ratio\n{DAYS[40]},000001.SZ,0,1.0\n"
    assert not about(noted(tmp_path / "c", close, told), "Held through")


def test_a_move_before_the_purchase_is_nobodys(tmp_path):
    close = market()
    close[1:, 1] /= 2.0  # bought on the second session: held from its close on
    assert not about(noted(tmp_path, close), "Held through")


@pytest.mark.parametrize(("last", "told"), [(30, True), (len(DAYS) - 5, False)])
def test_rows_that_stop_while_something_is_held(tmp_path, last, told):
    close = market()
    close[last:, 0] = np.nan
    found = about(noted(tmp_path, close), "Still held at the end")
    assert bool(found) == told
    if told:
        assert f"600000.SH after {DAYS[last - 1]}" in found[0]
    assert pd.notna(close[-1, 1])
