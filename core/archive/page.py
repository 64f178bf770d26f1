"""Two runs over each other: one HTML page with both equities and drawdowns, and all that differs."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

from ..kernels import statistics
from ..pages import formats
from ..pages.departures_section import Departure
from ..pages.document import document
from ..pages.figures import PERCENT, Figure, axis_of, day_texts, empty_figure, line_of, settled
from ..pages.language import heard, say, speaking
from ..pages.markup import header, muted, section
from ..pages.table_markup import table
from ..run.result import Result
from .run_diff import RunDiff
from .terminal import data_words, first_words, minute, shown_change, shown_figure

_LINES = (("--long", "solid"), ("--short", "dot"))
"""Colour and dash of each run: where both are the same, both are seen."""

_HEIGHT = 460


@speaking()
def render_diff(diff: RunDiff) -> str:
    """Return the page of two runs as one self-contained HTML page; the same two give the same text."""
    figures: dict[str, Figure] = {}
    if all(len(result.equity) for result in diff.results):
        figures["chart-equities"] = settled(equities_chart(diff.results))
    title = say("{first} and {second}", first=diff.first.label, second=diff.second.label)
    beneath = f"A: {diff.first.label} · B: {diff.second.label}"
    synthetic = any(run.head["metrics"].get("synthetic") is True for run in (diff.first, diff.second))
    body = [
        header(say("Two runs compared"), beneath, synthetic),
        f"<section><p><strong>{escape(diff.verdict)}</strong></p></section>",
        *_sections(diff, figures),
    ]
    return document(title, body, figures)


def equities_chart(results: Sequence[Result]) -> Figure:
    """Return both equities with both drawdowns beneath; as multiples of the start where the starts differ."""
    starts = [float(result.path()[0] if start is None else start) for result, start in _started(results)]
    is_scaled = starts[0] != starts[1]
    values = [result.path() for result in results]
    unit, name = (1.0, "") if is_scaled else formats.unit_of(np.concatenate(values))
    figure = empty_figure(height=_HEIGHT)
    for label, result, path, start, (colour, dash) in zip("AB", results, values, starts, _LINES, strict=True):
        dates = day_texts(result.equity["date"])
        fallen = statistics.drawdown(np.r_[start, path])[1:]
        shown = path / (start if is_scaled else unit)
        figure["data"] += [
            line_of(label, dates, shown, colour, digits=6, width=2, dash=dash),
            {**line_of(label, dates, fallen, colour, axis="y2", dash=dash), "showlegend": False},
        ]
    figure["layout"] |= {
        "yaxis": axis_of(say("Multiple of the start") if is_scaled else name, domain=[0.36, 1.0]),
        "yaxis2": axis_of(say("Drawdown"), domain=[0.0, 0.28], tickformat=PERCENT, hoverformat=".2%"),
    }
    figure["layout"]["xaxis"]["anchor"] = "y2"
    return figure


def _started(results: Sequence[Result]) -> Iterable[tuple[Result, Any]]:
    return ((result, result.summary.get("start_equity")) for result in results)


def _sections(diff: RunDiff, figures: dict[str, Figure]) -> Iterable[str]:
    if figures:
        caption = muted(say("Without deposits and withdrawals, where there were any."))
        chart = f'<div class="chart" id="chart-equities" style="height:{_HEIGHT}px"></div>'
        yield section(say("Equity and drawdown"), caption + chart)
    yield section(say("Figures"), _figures(diff))
    yield section(say("Configuration"), _changes(diff.settings, say("No resolved key differs.")))
    read = " · ".join(f"{label}: {data_words(run)}" for label, run in (("A", diff.first), ("B", diff.second)))
    yield section(say("Data"), muted(read) + _changes(_named(diff.data), say("Both read the same data and window.")))
    yield section(say("Release"), _changes(_named(diff.release), say("Both were made by the same release.")))
    yield section(say("Tables"), _tables(diff))
    if any(diff.notes):
        yield section(say("Notes"), _notes(diff))
    yield section(say("How they were made"), _origins(diff))


def _figures(diff: RunDiff) -> str:
    rows = [
        (
            _name(one.name),
            *(shown_figure(one.name, value) for value in (one.first, one.second)),
            shown_change(one),
        )
        for one in diff.figures
    ]
    caption = muted(say("First the headlines, then every other figure that differs. Amounts in CNY."))
    return caption + table((say("Figure"), "A", "B", "B − A"), rows, texts=1)


def _name(dotted: str) -> str:
    """Return a dotted name in words; fills alone are a unit elsewhere."""
    return " · ".join(say("Fills") if part == "fills" else formats.title(part) for part in dotted.split("."))


def _named(rows: Sequence[Departure]) -> list[Departure]:
    """Return what is no setting of the configuration by names in words."""
    return [Departure(_name(one.key), *(formats.NONE if cell == "none" else cell for cell in one[1:])) for one in rows]


def _changes(rows: Sequence[Departure], otherwise: str) -> str:
    return table((say("Setting"), "A", "B"), rows, texts=3) if rows else muted(otherwise)


def _tables(diff: RunDiff) -> str:
    if not diff.tables:
        return muted(say("Every table is the same to the last digit."))
    head = (say("Table"), say("First difference"), say("Rows of A"), say("Rows of B"))
    rows = [
        (f"{one.table}.csv", heard(first_words(one)), formats.count(one.first_rows), formats.count(one.second_rows))
        for one in diff.tables
    ]
    return muted(say("Rows count from 1, without the header.")) + table(head, rows, texts=2)


def _notes(diff: RunDiff) -> str:
    made = (
        f"<p>{escape(say('Only {run} says:', run=label))}</p>"
        f"<ul>{''.join(f'<li>{escape(heard(note))}</li>' for note in notes)}</ul>"
        for label, notes in zip("AB", diff.notes, strict=True)
        if notes
    )
    return "".join(made)


def _origins(diff: RunDiff) -> str:
    rows = [
        (
            label,
            run.label,
            f"{minute(run.made)} UTC",
            str(run.record.get("command") or formats.NONE),
            str(run.head.get("liangrong") or formats.NONE),
        )
        for label, run in (("A", diff.first), ("B", diff.second))
    ]
    return table(("", say("Run"), say("Made"), say("Command"), say("Release")), rows, texts=5)
