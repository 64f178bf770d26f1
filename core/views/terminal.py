"""Views in the terminal."""

from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.markup import tuples
from ..pages.stacked import Stacked
from .asked_day import HISTORY, SPANS
from .last_year import BOTH_DAYS
from .market_view import MarketView
from .security_events import Event
from .security_list import SecurityList
from .security_view import SecurityView
from .words import (
    above_words,
    as_of_words,
    change_words,
    compared_words,
    marked,
    moved_words,
    others_words,
    peak_words,
    place_words,
    reading_words,
    run_words,
    value_words,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

SHOWN = 12
"""Rows of a table of industries, rules or events; page and JSON have all."""


def market_terminal(view: MarketView) -> "RenderableType":
    """Return the market on a day for a console of any width."""
    from rich.console import Group
    from rich.text import Text

    parts = [Text(view.sentence(), style="bold"), Text(""), *_market_figures(view)]
    parts += [Text(f"highest {formats.words(p.figure)}: {peak_words(p, view.currency)}") for p in view.peaks]
    if len(view.last_year):
        parts += [Text(""), *_last_year(view)]
    if len(view.industries):
        parts += [Text(""), *_industries(view)]
    if len(view.rules):
        head = f"rules that changed since {view.days['date'].iloc[0].date()}"
        last = view.rules.tail(SHOWN)
        more = f" (last {SHOWN} of {len(view.rules)})" if len(view.rules) > SHOWN else ""
        parts += [Text(f"\n{head}{more}"), *(Text(f"  {row.date.date()} {row.change}") for row in tuples(last))]
    if len(view.regimes):
        parts += [Text("\nmarket regimes that began, by which results are split")]
        parts += [Text(f"  {row.date.date()} {row.regime}") for row in tuples(view.regimes)]
    return Group(*parts, Text(""), *(Text(f"• {note}") for note in view.notes))


def security_terminal(view: SecurityView) -> "RenderableType":
    """Return a security on a day for a console of any width."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [
        Text(view.sentence(), style="bold"),
        Text(f"seen by a decision {view.decision}"),
        Text(""),
    ]
    parts += _security_figures(view)
    facts = [f"{fact.name} {fact.value} (since {fact.since} or before)" for fact in view.facts]
    parts += [Text(f"{', '.join(facts)}"), Text("; ".join(run_words(run) for run in view.runs))]
    for one in view.readings:
        parts.append(
            Text(f"\n{reading_words(one)}, {others_words(one.own_percentile, one.own_sessions, 'scores of its own')}")
        )
        parts += [Text(f"  {signal.strategy}: {signal.words}") for signal in one.signals]
    if view.events:
        more = f" (last {SHOWN} of {len(view.events):,})" if len(view.events) > SHOWN else ""
        parts += [Text(f"\nevents{more}"), *(Text(f"  {_event(event)}") for event in view.events[-SHOWN:])]
    late = [Text("* as of another session, see below")] if any(map(_is_late, view.notes)) else []
    return Group(*parts, *late, Text(""), *(Text(f"• {note}") for note in view.notes))


def list_terminal(view: SecurityList, folder: str) -> "RenderableType":
    """Return the securities of a dataset for a console of any width, and how to ask for one."""
    from rich.console import Group
    from rich.text import Text

    head, *rows = view.rows()
    table = Stacked(head, keys=2)
    for row in rows:
        table.add_row(*row)
    first = view.table["symbol"].iloc[0] if len(view.table) else "SYMBOL"
    lines = [f"the first {len(rows)}; `--json` has all"] if len(rows) < len(view.table) else []
    lines += [f"one of them: liangrong data show {folder} {first}", *view.notes]
    return Group(Text(view.sentence(), style="bold"), table, *(Text(line) for line in lines))


def _event(event: Event) -> str:
    until = "" if event.end == event.start else f"..{event.end}"
    return f"{event.start}{until} {event.kind}: {event.words}"


def _is_late(note: str) -> bool:
    return note.startswith("As of ")


def _security_figures(view: SecurityView) -> "list[RenderableType]":
    from rich.text import Text

    table = Stacked(("figure", "value", *map(str, SPANS), "rank", "own"), ((1, 6, 7), range(2, 6)))
    for row in tuples(view.figures):
        changes = [moved_words(row, span) for span in SPANS]
        late = " *" if as_of_words(row.date, view.date) else ""
        place = place_words(row.rank, row.securities), above_words(row.own_percentile)
        table.add_row(row.title + late, value_words(row), *changes, *place)
    own = f"own: above so many of its last {HISTORY}"
    return [table, Text(f"{view.currency}, shares; changes over sessions; rank 1 = largest; {own}")]


def _market_figures(view: MarketView) -> "list[RenderableType]":
    from rich.text import Text

    table = Stacked(("figure", "value", *map(str, SPANS), "pct"), ((1, 6), range(2, 6)))
    for row in tuples(view.figures):
        changes = [moved_words(row, span) for span in SPANS]
        table.add_row(row.name, value_words(row), *changes, above_words(row.percentile))
    legend = "changes over sessions, balances relative, parts of a whole in points (pp)"
    return [table, Text(f"{view.currency}; {legend}; pct: above so many of the sessions before")]


def _last_year(view: MarketView) -> "list[RenderableType]":
    from rich.text import Text

    table = Stacked(("same period of last year", "over", "this year", "last year", "change"), keys=2)
    for row in tuples(view.last_year):
        now, then = ((formats.percent(x) if row.unit == "fraction" else formats.short(x)) for x in (row.now, row.then))
        table.add_row(compared_words(row), row.span, now, then, change_words(row.change, row.unit))
    return [table, *([Text(BOTH_DAYS)] if view.last_year["securities"].notna().any() else [])]


def _industries(view: MarketView) -> "list[RenderableType]":
    from rich.text import Text

    head = (
        "industry",
        "financing",
        "share",
        "of cap",
        *(f"{span}{marked(view.lacking(span))}" for span in SPANS[1:]),
        "by 20",
    )
    table = Stacked(head, (range(1, 4), range(4, 8)))
    for row in tuples(view.industries.head(SHOWN)):
        changes = [formats.percent(getattr(row, f"change_{span}"), 1, sign=True) for span in SPANS[1:]]
        shares = formats.percent(row.share, 1), formats.percent(row.float_cap_share)
        place = formats.number(row.change_rank, 0)
        table.add_row(row.industry, formats.short(row.financing_balance), *shares, *changes, place)
    cut = len(view.industries) > SHOWN
    return [table, *([Text(f"first {SHOWN} of {len(view.industries)}")] if cut else [])]
