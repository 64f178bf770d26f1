"""Sessions that the data lack: counted, said once, and marked at each change that reaches over them."""

from io import StringIO
from typing import Any

import numpy as np
import pytest
from liangrong.core.panel.calendar import mainland, taiwan
from liangrong.core.panel.panel import Panel
from liangrong.core.views.holes import Holes
from liangrong.core.views.market_page import render_market
from liangrong.core.views.market_view import market_view
from liangrong.core.views.security_list import security_list
from liangrong.core.views.security_page import render_security
from liangrong.core.views.security_view import security_view
from liangrong.core.views.terminal import list_terminal, market_terminal, security_terminal
from rich.console import Console

KNOWN = mainland().between("2015-01-05", "2023-12-29")
SEVEN_YEARS = np.concatenate([KNOWN[:50], KNOWN[np.datetime64("2022-03-01") <= KNOWN][:30]])


def panel_on(days, symbols=("600000.SH", "600001.SH")):
    growing = np.linspace(100.0, 340.0, len(days))[:, None] * [1.0, 2.0]
    fields = {"close": growing / 10.0, "financing_balance": growing, "short_volume": growing}
    return Panel(sessions=days, symbols=symbols, fields=fields)


def test_the_lacking_sessions_are_counted_by_the_calendar():
    holes = Holes(panel_on(SEVEN_YEARS))
    lost = len(mainland().between(SEVEN_YEARS[49], SEVEN_YEARS[50])) - 2
    assert lost > 1600
    assert holes.lacking(79) == {"lacking_1": 0, "lacking_5": 0, "lacking_20": 0, "lacking_60": lost}
    assert holes.lacking(50) == {f"lacking_{span}": lost for span in (1, 5, 20, 60)}
    assert holes.lacking(49) == {f"lacking_{span}": 0 for span in (1, 5, 20, 60)}
    day_after, day_before = KNOWN[50], KNOWN[np.datetime64("2022-03-01") > KNOWN][-1]
    assert holes.notes([79])[0].startswith(
        f"† The data lack {lost:,} sessions of the exchange's calendar from {day_after} to {day_before}: "
    )
    assert holes.notes([79], 20) == holes.notes([49]) == []
    one = np.delete(KNOWN[:30], 12)
    assert "lack 1 session of the exchange's calendar on " + str(KNOWN[12]) in Holes(panel_on(one)).notes([28])[0]


def test_holidays_and_days_beyond_the_record_are_no_holes():
    assert not len(Holes(panel_on(KNOWN[:300])).days)  # two long holidays
    far = np.arange("2040-01-02", "2040-03-01", dtype="datetime64[D]")[::5]
    assert not len(Holes(panel_on(far)).days)


def test_taiwan_has_its_own_calendar_and_typhoons_are_no_holes():
    days = taiwan().between("2024-01-02", "2024-12-31")
    symbols = ("2330.TW", "2317.TW")
    assert not len(Holes(panel_on(days, symbols)).days)
    assert not len(Holes(panel_on(np.delete(days, [100, 101]), symbols)).days)
    assert Holes(panel_on(np.delete(days, [100, 101, 102]), symbols)).days.tolist() == days[100:103].tolist()
    assert len(Holes(panel_on(days)).days)  # the mainland has other holidays


def printed(shown):
    file = StringIO()
    Console(file=file, width=200).print(shown, highlight=False)
    return file.getvalue()


KINDS: dict[str, tuple[Any, ...]] = {
    "security": (lambda panel: security_view(panel, "600000.SH"), security_terminal, render_security),
    "market": (market_view, market_terminal, render_market),
    "list": (security_list, lambda view: list_terminal(view, "ds"), None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_change_over_a_hole_is_marked_and_the_hole_is_said_once(kind):
    made, text, page = KINDS[kind]
    whole, torn = made(panel_on(KNOWN[:80])), made(panel_on(SEVEN_YEARS[:60]))
    assert not [note for note in whole.notes if "†" in note]
    assert len([note for note in torn.notes if "† The data lack" in note]) == 1
    shown = printed(text(torn))
    assert "†" not in printed(text(whole))
    if kind == "list":
        assert "20 sessions†" in shown
        return
    assert " %†" in shown
    assert "†" in torn.sentence()
    assert " %†" in page(torn, "mine", plotly="")
    assert torn.figures["lacking_5"].eq(0).all()  # ten sessions lie behind the hole
    assert torn.figures["lacking_20"].gt(1600).all()
    assert "†" not in made(panel_on(SEVEN_YEARS[:50])).sentence()
