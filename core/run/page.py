"""The report: one HTML page that holds everything it needs, plotly.js included. First the answer, then the evidence."""

from collections.abc import Iterable, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.departures_section import Departures, departures_section
from ..pages.document import document
from ..pages.figures import Chart, Drawn
from ..pages.language import heard, say, speaking
from ..pages.markup import cards, pair
from ..pages.plotting import plotted
from .account_path import sessions_per_year
from .attribution_section import attribution_section, securities_section
from .balances_section import balances_section
from .contracts_section import contracts_section
from .debt_section import debt_section
from .differences_section import differences_section
from .drawdown_section import drawdown_section
from .endings_section import endings_section
from .equity_section import equity_section
from .exposure_section import exposure_section, holdings_section
from .flows_section import flows_section
from .forced_section import forced_section
from .headlines import headlines
from .maintenance_section import maintenance_section
from .mattered_section import mattered_section
from .months_section import months_section
from .orders_section import fills_section, refusals_section
from .provenance_section import configuration_section, notes_section, provenance_section, rules_section
from .regimes_section import regimes_section
from .result import Result
from .risk_section import risk_section
from .rolling_section import rolling_section
from .security_paths import SecurityPath
from .trips_section import trips_section

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure


@speaking()
def render(
    result: Result,
    departures: Departures | None = None,
    command: str = "",
    paths: Sequence[SecurityPath] | None = None,
    environment: Sequence[str] = (),
) -> str:
    """Return the report of `result` as one self-contained HTML page.

    Parameters
    ----------
    result : Result
        With the `summary` of `summarise`; figures that are missing are shown as a dash.
    departures : Departures, optional
        Of a trial of a comparison: where its settings differ from the file that it is named after.
    command : str
        That made the result, as it was typed; empty where none did.
    paths : sequence of SecurityPath, optional
        `security_paths` of the run, whose charts are drawn; a result holds no prices, so without them there are none.
    environment : sequence of str
        Keys of the configuration that came from there.

    Returns
    -------
    str
        About 2 MB, nearly all of it plotly.js: it opens offline. The same result and plotly give the same text.
    """
    drawn = Drawn()
    differing = [] if departures is None else [departures_section(departures)]
    body = [
        _header(result),
        *differing,
        cards(headlines(result.summary, sessions_per_year(result))),
        *_sections(result, drawn.chart, command, paths, environment),
        _footer(result),
    ]
    return document(result.name, body, drawn.figures)


def plot(result: Result, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the report as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_sections, result), name, theme, "equity")


def _header(result: Result) -> str:
    get = result.summary.get
    badge = f'<span class="badge">{escape(say("synthetic data"))}</span>' if get("synthetic") else ""
    if get("insolvent_date"):
        badge += f' <span class="badge ruin">{escape(say("insolvent on {date}", date=get("insolvent_date")))}</span>'
    beneath = say(
        "{start} to {end} · {n} sessions",
        start=get("start_date") or formats.NONE,
        end=get("end_date") or formats.NONE,
        n=formats.count(get("sessions")),
    )
    source = " · " + say("data: {source}", source=heard(get("source"))) if get("source") else ""
    return f'<header><h1>{escape(result.name)}</h1>{badge}<p class="muted">{escape(beneath + source)}</p></header>'


def _sections(
    result: Result,
    chart: Chart,
    command: str = "",
    paths: Sequence[SecurityPath] | None = None,
    environment: Sequence[str] = (),
) -> Iterable[str]:
    """Give the sections in order, putting each chart into the page's figures under its div's id."""
    yield equity_section(result, chart)
    yield months_section(result)
    yield drawdown_section(result)
    yield maintenance_section(result, chart)
    yield forced_section(result)
    yield risk_section(result)
    yield attribution_section(result, chart)
    yield debt_section(result, chart)
    yield exposure_section(result, chart)
    yield holdings_section(result, chart)
    yield rolling_section(result, chart)
    yield trips_section(result, chart)
    yield securities_section(result, chart)
    yield mattered_section(result, paths, chart)
    yield regimes_section(result.summary.get("regimes") or [])
    yield pair(refusals_section(result, chart), fills_section(result))
    yield contracts_section(result.contracts)
    yield balances_section(result, chart)
    yield differences_section(result.differences)
    yield flows_section(result.flows)
    yield endings_section(result.endings)
    yield notes_section(result)
    yield provenance_section(result, command, environment)
    yield rules_section(result)
    yield configuration_section(result)


def _footer(result: Result) -> str:
    warning = ""
    if result.summary.get("synthetic"):
        warning = say("Generated prices: the figures say nothing about a real market.") + " "
    told = say("A backtest is not a forecast. Drag in a chart to zoom, double-click to return.")
    return f"<footer>{escape(warning + told)} {escape(say('Made by liangrong (两融).'))}</footer>"
