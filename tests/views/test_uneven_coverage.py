"""Sums of different numbers of securities: said where they are compared."""

import re
from io import StringIO

import numpy as np
from liangrong.core.panel.panel import Panel
from liangrong.core.views.market_page import render_market
from liangrong.core.views.market_view import market_view
from liangrong.core.views.terminal import market_terminal
from rich.console import Console

NAN = np.nan
SYMBOLS = ("600000.SH", "600001.SH", "000001.SZ")


def market_of(days, balance, symbols=SYMBOLS):
    fields = {"financing_balance": np.array(balance, dtype=float)}
    return market_view(Panel(sessions=np.array(days, "datetime64[D]"), symbols=symbols, fields=fields))


def printed(view):
    file = StringIO()
    Console(file=file, width=120).print(market_terminal(view), highlight=False)
    return re.sub(r"\s+", " ", file.getvalue())


def test_where_the_coverage_jumps_percentiles_and_maxima_say_of_how_many_securities_they_are():
    days = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]
    view = market_of(days, [[100, NAN, NAN], [110, NAN, NAN], [110, 60, 200], [105, 60, NAN]])
    page, text = render_market(view, "mine", plotly=""), printed(view)
    assert "above 66 % of the other 3 sessions (sums of 1 to 3 securities)" in page
    assert "2024-01-04, of 3 securities" in page
    assert "highest financing balance: 370 CNY on 2024-01-04, of 3 securities" in text
    assert "percentiles and maxima compare sums of so different numbers of them" in text
    even = market_of(days, [[100, 1, 2], [110, 1, 2], [110, 60, 200], [105, 60, 3]])
    for told in (render_market(even, "mine", plotly=""), printed(even)):
        assert "sums of" not in told
        assert "of 3 securities" not in told


def test_balances_of_last_year_say_of_how_many_securities_they_are():
    """The third joined within the year: 165 in all, 105 + 60 of those that were there a year before."""
    days = ["2023-01-05", "2023-01-06", "2024-01-04", "2024-01-05"]
    view = market_of(days, [[100, 50, NAN], [110, 50, NAN], [110, 60, 200], [105, 60, 40]])
    assert view.value("financing_balance") == 205
    row = view.last_year.iloc[0]
    assert (row["now"], row["then"], row["securities"]) == (165, 150, 2)
    assert "financing balance (2) day 165 150 +10.0 % In brackets: how many securities have the balance on" in printed(
        view
    )
    assert "Financing balance (2)" in render_market(view, "mine", plotly="")
    total = market_of(days, [[500]] * 4, ("000300.SH",))
    assert len(total.last_year) == 1
    assert "In brackets" not in printed(total) + render_market(total, "mine", plotly="")
