"""The page of an event study: the verdict of each kind, its path, the tests, the market, the events."""

from functools import partial
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from ..pages import formats
from ..pages.document import document
from ..pages.figures import Chart, Drawn, literal
from ..pages.language import heard, say, speaking
from ..pages.markup import day, footer, header, muted, section, tuples
from ..pages.plotting import plotted
from ..pages.table_markup import Cell, name_cell, table
from .charts import path_chart
from .event_design import FEW_EVENTS, FEWEST_ESTIMATION, FOCUS
from .outcome import EventStudy
from .verdict import (
    AGAINST_WORDS,
    GAUGE_WORDS,
    TEST_MEANINGS,
    TEST_NAMES,
    VERDICTS,
    events_words,
    level_words,
    share_told,
)

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as PlotlyFigure

_TESTS, _MORE_TESTS = ("adjusted", "portfolio", "rank", "cross"), ("standardised", "sign")
"""Those that verdicts rest on, and others."""


@speaking()
def render(made: EventStudy, plotly: str | None = None) -> str:
    """Return the page of an event study as HTML; `plotly` as `document`."""
    drawn = Drawn()
    title = say("What followed events: {name}", name=say(made.name))
    plan = made.plan
    told = say("{before} sessions before to {after} after", before=f"{plan.before}", after=f"{plan.after}")
    source = f" · {say('data: {source}', source=heard(made.source))}" if made.source else ""
    body = [
        header(title, f"{told}{source}", made.synthetic),
        _verdict(made),
        *_charted(made, drawn.chart),
        _spans(made),
        _market(made),
        _events(made),
        _notes(made),
        _method(made),
        _footer(made),
    ]
    return document(title, [part for part in body if part], drawn.figures, plotly)


def plot(made: EventStudy, name: str, theme: str) -> "PlotlyFigure":
    """Return a chart of the page as a figure of plotly; ConfigError as `plotted`."""
    return plotted(partial(_charted, made), name, theme, "path-1")


def _charted(made: EventStudy, chart: Chart) -> list[str]:
    """Return for each kind of events with an answer the path of its mean."""
    path = made.tables["path"]
    sections = []
    for number, one in enumerate(made.kinds, start=1):
        rows = path[(path["kind"] == one["kind"]) & (path["scope"] == one["scope"])]
        by_benchmark = [
            (say(AGAINST_WORDS[name]), rows[rows["against"] == name])
            for name in dict.fromkeys([one["against"], *rows["against"]])
            if (rows["against"] == name).any()
        ]
        if not by_benchmark:
            continue
        lead = say(
            "{events}: the mean, less its benchmark, added up from the first session of the window.",
            events=events_words(one),
        )
        drawn = chart(f"path-{number}", path_chart([(literal(name), rows) for name, rows in by_benchmark]))
        caption = muted(
            say("Grey: where 95 % of the placebo windows lie. The band is of the first line; neither knows of costs.")
        )
        sections.append(section(say("Path: {kind}", kind=heard(str(one["kind"]))), drawn + caption, lead=lead))
    return sections


def _verdict(made: EventStudy) -> str:
    head = [say(one) for one in ("Kind", "Verdict", "Events", "Days", "Mean", "t", "Test", "Placebo windows with more")]
    rows = [
        (
            name_cell(heard(str(one["kind"]))),
            say(str(one["verdict"])),
            *(formats.count(one[name]) for name in ("events", "days")),
            formats.percent(one["mean"], sign=True),
            formats.number(one["t"], 1),
            say(TEST_NAMES[str(one["test"])]),
            formats.percent(share_told(one["placebo_share"], one["placebos"]), 1),
        )
        for one in made.kinds
    ]
    meanings = [f"{say(one)}: {say(VERDICTS[one])}." for one in dict.fromkeys(str(k["verdict"]) for k in made.kinds)]
    told = f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in made.sentences())}</ul>"
    told += table(head, rows, 2) if rows else ""
    return section(say("What followed"), told + muted(" ".join(meanings)))


def _spans(made: EventStudy) -> str:
    spans = made.tables["spans"]
    if spans.empty:
        return ""
    columns = ("Kind", "Against", "Span", "Events", "Mean", "Raw", "Benchmark")
    head = [say(one) for one in columns] + [say("Placebos"), *(say(TEST_NAMES[name]) for name in _TESTS)]
    hidden = range(len(head), len(head) + len(_MORE_TESTS) + 3)
    head += [say(one) for one in (*(TEST_NAMES[name] for name in _MORE_TESTS), "Days", "Median", "Positive")]
    rows = [
        (
            name_cell(heard(row.kind)),
            Cell(say(row.against), tip=say(AGAINST_WORDS[row.against])),
            say(row.span),
            formats.count(row.events),
            *(formats.percent(value, sign=True) for value in (row.mean, row.raw, row.benchmark)),
            formats.percent(share_told(row.placebo_share, row.placebos), 1),
            *(formats.number(getattr(row, name), 1) for name in (*_TESTS, *_MORE_TESTS)),
            *(formats.count(row.days), formats.percent(row.median, sign=True), formats.percent(row.positive, 0)),
        )
        for row in tuples(spans)
    ]
    lead = say(
        "Cumulative abnormal returns with the t of each test; the verdict rests on {span}. The mean is raw less "
        "benchmark; placebos: the share of placebo windows that moved more.",
        span=say(FOCUS),
    )
    return section(say("Spans and tests"), table(head, rows, 3, file="spans.csv", hidden=hidden), lead=lead)


def _market(made: EventStudy) -> str:
    market = made.tables["market"]
    if market.empty:
        return ""
    columns = ("Kind", "Day", "Figure", "First", "Eve", "Last", "Change", "From the eve", "Windows with more")
    head = [say(one) for one in (*columns, "Session 0", "Windows")]
    rows = [
        (
            name_cell(heard(row.kind)),
            day(row.date),
            say(row.gauge),
            *(level_words(row.gauge, value) for value in (row.first, row.eve, row.last)),
            *(formats.percent(value, 1, sign=True) for value in (row.change, row.change_from_eve)),
            *(formats.percent(row.larger, 1), level_words(row.gauge, row.day), formats.count(row.windows)),
        )
        for row in tuples(market)
    ]
    drawn = table(head, rows, 3, file="market.csv", hidden=range(len(columns), len(head)))
    return section(say("The market around the days"), drawn, lead=say(GAUGE_WORDS))


def _events(made: EventStudy) -> str:
    events = made.tables["events"]
    if events.empty:
        return ""
    columns = ("Kind", "Day", "Security", "Before", "Session 0", "0 and after", "Window", "In units", "Raw", "Left out")
    head = [say(one) for one in columns]
    rows = [
        (
            name_cell(f"{heard(row.kind)} {row.words}".strip()),
            day(row.date),
            heard(row.symbol),
            *(formats.percent(value, sign=True) for value in (row.before, row.day_0, row.after, row.window)),
            *(formats.number(row.standardised, 1), formats.percent(row.raw, sign=True), heard(row.left_out)),
        )
        for row in tuples(events)
    ]
    lead = say(
        "Abnormal returns of each event against {against}; raw is what there was from session 0 on before the "
        "benchmark came off.",
        against=_against(events),
    )
    return section(say("Events"), table(head, rows, 3, file="events.csv"), folded=True, lead=lead)


def _against(events: pd.DataFrame) -> str:
    return ", ".join(say(AGAINST_WORDS[name]) for name in dict.fromkeys(events["against"]))


def _notes(made: EventStudy) -> str:
    items = "".join(f"<li>{escape(heard(note))}</li>" for note in made.notes)
    return section(say("Notes"), f"<ul>{items}</ul>") if items else ""


def _method(made: EventStudy) -> str:
    plan = made.plan
    items = [
        say(
            "Session 0 is the first on or after the day of the event. A return is from close to close, adjusted; after "
            "a suspension it is measured against what the benchmark earned meanwhile."
        ),
        say(
            "Benchmarks: the mean of all others, of the industry's others, or of {controls} controls. Securities "
            "within the window of an event of their own are in none.",
            controls=f"{plan.controls}",
        ),
        say(
            "Events of the whole market: the mean return of all securities less its mean over the sessions that are "
            "usual, and, where lists are known, securities that can be financed less the others."
        ),
        say(
            "Usual are the nearest {n} sessions before the window that lie outside the windows of all other events of "
            "the kind (of the same security, where it has one): where windows lie close together they may be years "
            "back; fewer than {fewest} leave an event out.",
            n=f"{plan.estimation}",
            fewest=f"{FEWEST_ESTIMATION}",
        ),
        say(
            "Fewer than {n} events show something only where the adjusted, portfolio, rank and cross-section tests, as "
            "far as there are, agree beyond chance. Placebo windows count as often as they do not overlap, and means "
            "of events are held against Student's t.",
            n=f"{FEW_EVENTS}",
        ),
        say(
            "Placebo windows: all events moved by the same number of sessions, drawn with the seed {seed}; windows of "
            "the same securities' own events count for nothing.",
            seed=f"{plan.seed}",
        ),
        *(
            say("{name}: {meaning}", name=say(TEST_NAMES[name]), meaning=say(TEST_MEANINGS[name]))
            for name in (*_TESTS, *_MORE_TESTS)
        ),
    ]
    return section(say("Method"), f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>", folded=True)


def _footer(made: EventStudy) -> str:
    warning = say("Generated prices: the figures say nothing about a real market.") if made.synthetic else ""
    told = (warning, say("A study is not a forecast."), say("Drag in a chart to zoom, double-click to return."))
    return footer(*filter(None, told))
