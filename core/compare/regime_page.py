"""The page of a comparison of regimes: the differences by cause first, then the figures, the equities, the rules."""

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn, Figure, axis_of, empty_figure, line_of, literal, rounded
from ..pages.language import heard, say, speaking
from ..pages.markup import footer, header, muted, section
from ..pages.plotting import plotted
from ..pages.table_markup import Cell, name_cell, table
from .regime_causes import CAUSES
from .regime_terminal import heading, shown, used_causes

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

_COLOURS = ("--long", "--short", "--third", "--gain", "--loss", "--muted", "--text")


@speaking()
def render_regimes(comparison: Any) -> str:
    """Return the page of a `RegimeComparison`; the same comparison gives the same text."""
    drawn = Drawn()
    dates = comparison.dates
    beneath = say(
        "{start} to {end} · {n} sessions · data: {source}",
        start=str(dates[0]),
        end=str(dates[-1]),
        n=formats.count(len(dates)),
        source=heard(comparison.source),
    )
    title = say("{name} under {n} regimes of the rules", name=comparison.config.name, n=len(comparison.regimes))
    body = [
        header(title, beneath, comparison.synthetic),
        *_charted(comparison, drawn.chart),
        _rules(comparison),
        _notes(comparison),
        footer(say("A backtest is not a forecast."), say("Drag in a chart to zoom, double-click to return.")),
    ]
    return document(title, body, drawn.figures)


def plot(comparison: Any, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_charted, comparison), name, theme, "causes")


def _charted(comparison: Any, chart: Chart) -> list[str]:
    """Return the sections that have charts."""
    return [_causes(comparison, chart), _figures(comparison), _equities(comparison, chart)]


def _causes(comparison: Any, chart: Chart) -> str:
    names = used_causes(comparison.causes)
    told = "".join(f"<li>{escape(heard(line))}</li>" for line in comparison.sentences())
    head = [say("Regime of rules"), say("Difference, CNY"), *(Cell(_named(name), tip=_meaning(name)) for name in names)]
    head.append(Cell("t", tip=say("of the daily returns less those of the first regime, errors of Newey and West")))
    rows = [
        (
            name_cell(heard(regime.label)),
            *(formats.amount(value, sign=True) for value in (one.difference, *(getattr(one, name) for name in names))),
            formats.number(mean.t, 1),
        )
        for regime, one, mean in zip(comparison.regimes, comparison.causes, comparison.increments, strict=True)
    ]
    drawn = chart("causes", causes_chart(comparison, names)) if names else ""
    meanings = "".join(f"<li><strong>{escape(_named(name))}</strong>: {escape(_meaning(name))}</li>" for name in names)
    title = say("Difference from {base}, by cause", base=heard(comparison.regimes[0].label))
    lead = heard(comparison.headline())
    return section(title, f"<ul>{told}</ul>" + drawn + table(head, rows, texts=1) + f"<ul>{meanings}</ul>", lead=lead)


def _named(name: str) -> str:
    return say(CAUSES[name].heading)


def _meaning(name: str) -> str:
    return say(CAUSES[name].meaning)


def causes_chart(comparison: Any, names: list[str]) -> Figure:
    """Return the causes of each regime's difference as bars upon each other: gains above 0, losses below."""
    values = np.array([[getattr(one, name) for name in names] for one in comparison.causes[1:]])
    unit, title = formats.unit_of(values.ravel())
    figure = empty_figure(height=360)
    labels = [literal(heard(regime.label)) for regime in comparison.regimes[1:]]
    for place, name in enumerate(names):
        figure["data"].append(
            {
                "type": "bar",
                "name": _named(name),
                "x": labels,
                "y": rounded(values[:, place] / unit, 6),
                "customdata": [formats.amount(value, sign=True) for value in values[:, place]],
                "hovertemplate": "%{fullData.name}: %{customdata}<extra></extra>",
                "marker": {"color": _COLOURS[place % len(_COLOURS)]},
            }
        )
    figure["layout"] |= {
        "barmode": "relative",
        "xaxis": axis_of("", type="category"),
        "yaxis": axis_of(title, zeroline=True),
        "hovermode": "closest",
    }
    return figure


def _figures(comparison: Any) -> str:
    names = [name for name in comparison.figures[0] if any(one[name] not in (None, 0) for one in comparison.figures)]
    rows = [(name_cell(say(heading(name))), *(shown(name, one[name]) for one in comparison.figures)) for name in names]
    head = (say("Figure"), *(heard(regime.label) for regime in comparison.regimes))
    return section(say("Figures"), table(head, rows, texts=1))


def _equities(comparison: Any, chart: Chart) -> str:
    unit, name = formats.unit_of(np.concatenate(comparison.equity))
    dates = [str(day) for day in comparison.dates]
    figure = empty_figure(height=400)
    for place, (regime, equity) in enumerate(zip(comparison.regimes, comparison.equity, strict=True)):
        colour = _COLOURS[place % len(_COLOURS)]
        figure["data"].append(line_of(literal(heard(regime.label)), dates, equity / unit, colour, digits=6, width=2))
    figure["layout"]["yaxis"] = axis_of(name)
    return section(say("Equity"), chart("equities", figure))


def _rules(comparison: Any) -> str:
    rules = comparison.rules
    if rules.empty:
        return section(say("Rules that differ"), muted(say("No rule differs.")))
    head = (say("Rule"), *(heard(regime.label) for regime in comparison.regimes))
    rows = [(formats.words(say(row[0])), *map(heard, row[1:])) for row in rules.to_numpy().tolist()]
    return section(say("Rules that differ"), table(head, rows, texts=len(head)))


def _notes(comparison: Any) -> str:
    return section(say("Notes"), f"<ul>{''.join(f'<li>{escape(heard(note))}</li>' for note in comparison.notes)}</ul>")
