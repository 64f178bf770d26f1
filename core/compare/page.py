"""The page of a comparison: the verdict first, then the table whose rows can be run again, and what it rests on."""

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn
from ..pages.language import Said, heard, say, speaking
from ..pages.markup import footer, section
from ..pages.plotting import plotted
from .board_section import board_section
from .evidence_sections import chart_sections, heatmap_sections
from .luck_section import luck_sections
from .stress_section import stress_section
from .verdict import verdict_section

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure


@speaking()
def render_leaderboard(comparison: Any) -> str:
    """Return the page of a comparison as HTML; the same comparison gives the same text.

    Parameters
    ----------
    comparison : Comparison
        Of `liangrong.core.compare.comparing`.
    """
    drawn = Drawn()
    body = [
        _header(comparison),
        verdict_section(comparison),
        board_section(comparison),
        *_charted(comparison, drawn.chart),
        *luck_sections(comparison.luck),
        _notes(comparison),
        footer(say("A backtest is not a forecast."), say("Drag in a chart to zoom, double-click to return.")),
    ]
    return document(say("Leaderboard of {name}", name=comparison.config.name), body, drawn.figures)


def plot(comparison: Any, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_charted, comparison), name, theme, "fan")


def _charted(comparison: Any, chart: Chart) -> list[str]:
    """Return the sections that have charts."""
    heatmaps = heatmap_sections(comparison.board, chart)
    return [*chart_sections(comparison, chart), *heatmaps, stress_section(comparison, chart)]


def _header(comparison: Any) -> str:
    badge = f'<span class="badge">{escape(say("synthetic data"))}</span>' if comparison.synthetic else ""
    dates, board = comparison.returns["date"], comparison.board
    controls = int((board["kind"] == "control").sum())
    beneath = say(
        "{start} to {end} · {trials} trials, {controls} controls, {n} sessions · data: {source}",
        start=f"{dates.iloc[0]:%Y-%m-%d}",
        end=f"{dates.iloc[-1]:%Y-%m-%d}",
        trials=formats.count(len(board) - controls),
        controls=formats.count(controls),
        n=formats.count(len(dates)),
        source=heard(comparison.source),
    )
    described = f'<p class="muted">{escape(comparison.config.description)}</p>' if comparison.config.description else ""
    name = escape(comparison.config.name)
    return f'<header><h1>{name}</h1>{badge}<p class="muted">{escape(beneath)}</p>{described}</header>'


def _notes(comparison: Any) -> str:
    items = "".join(f"<li>{escape(_note(note))}</li>" for note in comparison.notes)
    return section(say("Notes"), f"<ul>{items}</ul>") if items else ""


_NAMES = ("name", "names", "label", "other")


def _note(note: Any) -> str:
    """Return a note in the language of the page, the names of trials as they are."""
    if not isinstance(note, Said):
        return heard(note)
    return say(note.text, **{key: value if key in _NAMES else heard(value) for key, value in note.values.items()})
