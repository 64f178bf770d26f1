"""The charts of a security's page: one axis, which begins where something is drawn; marks only where a price is."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.views import security_charts as charts
from liangrong.core.views.security_page import render_security
from liangrong.core.views.security_view import security_view

DAYS = mainland().sessions[:1000]
AT = np.arange(1000)


def panel_of(price, balance):
    """Return the panel of a security with a price and a balance on those sessions; its list changes thrice."""
    fields = {
        "close": np.where((price[0] <= AT) & (price[1] > AT), 10.0 + AT / 100.0, np.nan),
        "financing_balance": np.where((balance[0] <= AT) & (balance[1] > AT), 1e6 + AT, np.nan),
        "short_eligible": (AT >= 300) & ~((AT >= 600) & (AT < 900)),
    }
    columns = {name: np.asarray(values, dtype=float)[:, None] for name, values in fields.items()}
    return Panel(sessions=DAYS, symbols=("600000.SH",), fields=columns)


def view_of(price, balance):
    """Return that security on the last day."""
    return security_view(panel_of(price, balance), "600000.SH")


def drawn_from(view):
    return int(np.flatnonzero(charts.drawn(view)["date"].iloc[0] == pd.DatetimeIndex(DAYS))[0])


def test_the_axis_begins_where_a_price_or_a_balance_does_and_is_that_of_each_chart():
    assert drawn_from(view_of((0, 1000), (0, 1000))) == 250  # the last 750
    assert drawn_from(view_of((500, 1000), (700, 1000))) == 500
    assert drawn_from(view_of((700, 1000), (450, 1000))) == 450
    view = view_of((500, 1000), (700, 1000))
    figures = [charts.price_chart(view), charts.balances_chart(view), charts.band_chart(view)]
    for figure in figures:
        assert figure["layout"]["xaxis"]["range"] == [f"{DAYS[500] - 1} 12:00", f"{DAYS[999]} 12:00"]
    assert f"charts from {DAYS[500]}, 500 of 1,000 sessions" in render_security(view, "ds", plotly="")


def test_marks_stand_only_where_a_price_is():
    def lists(price):
        found = [one for one in charts.price_chart(view_of(price, (260, 1000)))["data"] if one["name"] == "List"]
        return [(str(x), y) for one in found for x, y in zip(one["x"], one["y"], strict=True)]

    assert lists((0, 1000)) == [(str(DAYS[t]), 10.0 + t / 100.0) for t in (300, 600, 900)]
    assert lists((500, 800)) == [(str(DAYS[600]), 16.0)]
    assert lists((301, 600)) == [(str(DAYS[600]), 15.99)]  # the first session without, at the last close


def test_a_panel_draws_a_security_with_what_it_has():
    panel = panel_of((0, 1000), (260, 1000))
    figure = panel.plot("600000.SH")
    assert [trace.name for trace in figure.data] == ["Close", "List", "Financing balance"]
    np.testing.assert_allclose(np.array(figure.data[0].y, dtype=float), panel["close"][250:, 0], atol=1e-4)
    assert (figure.data[0].yaxis, figure.data[2].yaxis) == ("y", "y2")
    with pytest.raises(DataError, match=r"have no security '600001\.SH'"):
        panel.plot("600001.SH")
    with pytest.raises(ConfigError, match="say which security to plot, such as `plot"):
        panel.plot()
    with pytest.raises(ConfigError, match="there is nothing to draw"):
        panel_of((0, 0), (0, 0)).plot("600000.SH")
