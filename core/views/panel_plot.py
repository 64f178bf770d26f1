"""A security of a panel as one chart: price, margin balances and flows on one axis of dates."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import ConfigError
from ..pages.figures import Chart, Figure, stacked
from ..pages.plotting import plotted
from ..panel.panel import Panel
from . import security_charts as charts
from .security_view import SecurityView, security_view

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

_ROWS: dict[str, Callable[[SecurityView], Figure]] = {
    "close": charts.price_chart,
    "financing_balance": charts.balances_chart,
    "net_buy": charts.flows_chart,
}
"""What a security has to have -> the chart that then is drawn, from the top."""

_SCALE = 0.6
"""Of the heights that the rows have on a page, where each is a chart of its own."""


def plot(panel: Panel, symbol: str, theme: str) -> "PlotlyFigure":
    """Return a security as a figure of plotly: its last sessions, as `security_charts.drawn` has them.

    Raises
    ------
    ConfigError
        Another theme, no symbol, or a security without an observation.
    DataError
        A symbol that the panel does not have.
    """
    if not symbol:
        raise ConfigError("say which security to plot, such as `plot('600519.SH')`")
    view = security_view(panel, symbol)
    days = charts.drawn(view)
    rows = [draw for column, draw in _ROWS.items() if column in days and days[column].notna().any()]

    def body(chart: Chart) -> list[str]:
        return [chart(symbol, stacked([draw(view) for draw in rows], _SCALE))] if rows else []

    return plotted(body, symbol, theme, symbol)
