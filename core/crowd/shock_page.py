"""The page of a fall: how deep it went under each margin ratio, and what it is not."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..pages import formats
from ..pages.document import document
from ..pages.figures import PERCENT, Drawn, Figure, axis_of, empty_figure, line_of, rounded
from ..pages.language import say, speaking
from ..pages.markup import footer, header, muted, section
from ..pages.plotting import plotted
from ..pages.table_markup import table
from .shock import FIGURES, NOT_THAT, Shock

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

_COLOURS = ("--short", "--gain", "--long", "--loss")
_SOFT = tuple(f"{colour}-soft" for colour in _COLOURS)


@speaking()
def render_shock(shock: Shock, plotly: str | None = None) -> str:
    """Return what a fall did as an HTML page that opens offline; `plotly` as `document`."""
    drawn, asked = Drawn(), shock.plan
    title = say("A fall of {fall} under several margin ratios", fall=formats.percent(asked.fall, 0))
    about = say(
        "{seeds} synthetic markets · {accounts} accounts · {securities} securities · feedback {feedback}",
        seeds=asked.seeds,
        accounts=f"{asked.accounts:,}",
        securities=asked.securities,
        feedback=f"{asked.feedback:g}",
    )
    body = [
        header(title, about, synthetic=True),
        section(say("How deep it went"), _table(shock)),
        section(say("Prices from the fall on"), _caption() + drawn.chart("prices", prices_chart(shock))),
        section(say("What this is not"), muted(say(NOT_THAT))),
        footer(),
    ]
    return document(title, body, drawn.figures, plotly)


def plot(shock: Shock, name: str, theme: str) -> "PlotlyFigure":
    """Return the chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(lambda chart: [chart("prices", prices_chart(shock))], name, theme, "prices")


def prices_chart(shock: Shock) -> Figure:
    """Return the mean price against the market without the fall, a line for each margin ratio."""
    sessions = [str(n) for n in range(1, shock.plan.after + 1)]
    figure = empty_figure(height=380)
    ratios = list(enumerate(sorted(shock.plan.ratios)))
    figure["data"] = [trace for n, ratio in ratios for trace in _band(shock, ratio, sessions, _SOFT[n % len(_SOFT)])]
    figure["data"] += [
        line_of(formats.percent(ratio, 0), sessions, np.expm1(shock.path(ratio)), _COLOURS[n % len(_COLOURS)], width=2)
        for n, ratio in ratios
    ]
    figure["layout"] |= {
        "yaxis": axis_of(say("Against the market without the fall"), tickformat=PERCENT),
        "xaxis": axis_of(say("Sessions from the fall on"), type="linear"),
    }
    return figure


def _band(shock: Shock, ratio: float, sessions: list[str], colour: str) -> list[dict[str, Any]]:
    """Return the area between the lowest and the highest market of a margin ratio."""
    low, high = (rounded(np.expm1(edge), 5) for edge in shock.band(ratio))
    edge = {"type": "scatter", "mode": "lines", "x": sessions, "hoverinfo": "skip", "line": {"width": 0}}
    edge |= {"showlegend": False}
    return [{**edge, "y": low}, {**edge, "y": high, "fill": "tonexty", "fillcolor": colour}]


def _table(shock: Shock) -> str:
    rows = [(say(FIGURES[name]), *texts) for name, texts in shock.texts().items()]
    head = (say("Figure"), *(formats.percent(ratio, 0) for ratio in sorted(shock.plan.ratios)))
    caption = say("By financing margin ratio: median of the markets, lowest and highest in brackets.")
    return muted(caption) + table(head, rows, texts=1)


def _caption() -> str:
    told = (
        "Mean over securities and markets, all clients by their habits; a line for each margin ratio, and the area "
        "between its lowest and its highest market."
    )
    return muted(say(told))
