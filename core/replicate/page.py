"""The page of a replication: the verdicts, then each result with what was published and what was found."""

from collections.abc import Iterable, Iterator
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn, Figure, axis_of, empty_figure
from ..pages.language import again, heard, say, speaking
from ..pages.markup import cards, footer, header, muted, section
from ..pages.plotting import plotted
from ..pages.table_markup import Cell, name_cell, table
from .figure_words import found_words, interval_words, published_words, sample_words, unit_words
from .outcome import Answer, Replication
from .published import CONFIRMED, CRITERIA
from .verdict import VERDICTS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

LABELS = 150
"""Pixels for the names of results beside a chart."""

COLOURS = {"agrees": "--long", "disagrees": "--short", "too little data": "--third", "needs a field": "--muted"}


@speaking()
def render_replication(made: Replication, title: str, plotly: str | None = None) -> str:
    """Return the page as HTML that opens offline; `plotly` as `document`."""
    drawn = Drawn()
    name = say("Published results")
    span = say("{start} to {end}", start=made.span[0], end=made.span[1])
    source = f" · {say('data: {source}', source=heard(made.source))}" if made.source else ""
    body = [
        header(name, f"{title} · {span}{source}", made.synthetic),
        section(say("In a sentence"), f"<p>{escape(made.words)}</p>"),
        cards(_cards(made)),
        *_charted(made, drawn.chart),
        _verdicts(made),
        section(say("Each result"), "".join(map(_result, made.answers))),
        _notes(made),
        _method(),
        footer(
            say("A published result is not yours until your data show it."),
            say("Drag in a chart to zoom, double-click to return."),
        ),
    ]
    return document(name, body, drawn.figures, plotly)


def plot(made: Replication, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_charted, made), name, theme, "t")


def _cards(made: Replication) -> Iterator[tuple[str, str, str, str]]:
    for verdict, count in made.counts.items():
        yield say(verdict), formats.count(count), say(VERDICTS[verdict]), ""


def _charted(made: Replication, chart: Chart) -> Iterable[str]:
    if any(one.found is not None and one.found.t == one.found.t for one in made.answers):
        caption = say("t of what was found, in the published direction: to the right of the band it is beyond chance.")
        yield section(say("How sure"), muted(caption) + chart("t", t_chart(made)))


def t_chart(made: Replication) -> Figure:
    """Return the t of each result in the published direction, those that have one."""
    shown = [one for one in made.answers if one.found is not None and one.found.t == one.found.t][::-1]
    figure = empty_figure(height=120 + 30 * len(shown), left=LABELS)
    for verdict, colour in COLOURS.items():
        part = [one for one in shown if one.verdict == verdict]
        if part:
            figure["data"].append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": say(verdict),
                    "x": [round(one.result.sign * _t(one), 3) for one in part],
                    "y": [one.result.name for one in part],
                    "marker": {"color": colour, "size": 10},
                }
            )
    band = {"type": "rect", "xref": "x", "yref": "paper", "x0": -1.96, "x1": 1.96, "y0": 0, "y1": 1, "layer": "below"}
    figure["layout"]["shapes"] = [{**band, "fillcolor": "--muted", "opacity": 0.12, "line": {"width": 0}}]
    figure["layout"]["xaxis"] = axis_of("t")
    figure["layout"]["yaxis"] = axis_of("", type="category", categoryarray=[one.result.name for one in shown])
    figure["layout"]["yaxis"]["tickfont"] = {"size": 10}
    return figure


def _t(one: Answer) -> float:
    return float("nan") if one.found is None else one.found.t


def _verdicts(made: Replication) -> str:
    head = (
        *(say("Result"), say("Verdict"), say("Published"), say("Found"), say("Interval"), "t"),
        *(say("Sessions"), say("Securities"), say("Unit")),
    )
    return section(
        say("Verdict of each result"), table(head, map(_row, made.answers), texts=2, name="verdicts", hidden=(7,))
    )


def _row(one: Answer) -> tuple[str | Cell, ...]:
    result, found = one.result, one.found
    count = formats.NONE if found is None else formats.count(found.sessions)
    many = formats.NONE if found is None else formats.number(found.securities, 0)
    figures = published_words(result), found_words(result, found), interval_words(result, found)
    return (
        name_cell(result.name),
        one.told,
        *figures,
        formats.number(_t(one), 1),
        count,
        many,
        unit_words(result),
    )


def _result(one: Answer) -> str:
    result = one.result
    needs = ", ".join("/".join(names) for names in result.needs)
    rows: list[tuple[Any, Any]] = [
        (say("Published in"), f"{heard(result.authors)}, {heard(result.journal)}"),
        (say("Sample"), sample_words(result)),
        (say("What was found there"), say(result.definition)),
        (say("Figure"), "; ".join(_named_figures(one))),
        (say("How far confirmed"), say(CONFIRMED[result.confirmed])),
        (say("Measured here"), say(result.measured)),
        (say("Agrees where"), say(CRITERIA[result.criterion])),
        (say("Needs"), say("{needs}; {n} sessions", needs=needs, n=formats.count(result.history))),
        (say("Verdict"), f"{one.told}: {again(one.why)}"),
    ]
    if one.found is not None:
        told = found_words(result, one.found), interval_words(result, one.found)
        rows.append((say("Found here"), say("{value} (interval {interval})", value=told[0], interval=told[1])))
        if one.found.more:
            rows.append((say("Beside it"), again(one.found.more)))
    more = (*one.elsewhere, again(one.remedy), say(result.remark) if result.remark else "")
    rows += [(say("To know"), again(text)) for text in more if text]
    items = "".join(f"<li><b>{escape(name)}</b>: {escape(str(text))}</li>" for name, text in rows)
    head = f"<b>{escape(result.name)}</b>: {escape(one.told)}"
    return f"<details><summary>{head}</summary><ul>{items}</ul></details>"


def _named_figures(one: Answer) -> Iterator[str]:
    words = published_words(one.result).split("; ")
    for figure, told in zip(one.result.figures, words, strict=True):
        yield f"{say(figure.part)} {told}" if figure.part else f"{told} ({unit_words(one.result)})"


def _notes(made: Replication) -> str:
    items = "".join(f"<li>{escape(heard(note))}</li>" for note in made.notes)
    return section(say("Notes"), f"<ul>{items}</ul>") if items else ""


def _method() -> str:
    items = [
        *(say("{verdict}: {meaning}.", verdict=say(name), meaning=say(words)) for name, words in VERDICTS.items()),
        say(
            "Returns and crashes are those of a study of the rule, behaviour that of a study of behaviour, events "
            "those of a study of events: their errors allow for overlap, and their methods stand on their pages."
        ),
        say(
            "The interval reaches as far as chance does (95 %). The data are too little where both no effect and one "
            "as large as published are possible: few sessions are no evidence against anything."
        ),
        say("Nothing here is the exact test of the authors: their controls, weights and samples differ."),
    ]
    return section(say("Method"), f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>", folded=True)
