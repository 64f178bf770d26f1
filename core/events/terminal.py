"""A study of events on the terminal."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..pages import formats
from ..pages.fitting import Fitting
from ..pages.language import say
from ..pages.markup import tuples
from .event_design import FOCUS
from .outcome import EventStudy
from .verdict import GAUGE_WORDS, TEST_MEANINGS, level_words, share_told

if TYPE_CHECKING:
    from rich.console import RenderableType

WHERE = ", and so do the page and its tables"
_TESTS = ("adjusted", "portfolio", "rank", "cross", "standardised", "sign")


def events_table(made: EventStudy) -> "RenderableType":
    """Return the words, the spans with their tests and the market, for a console of any width."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [*(Text(one) for one in made.sentences()), Text("")]
    for one in made.kinds:
        parts += [_spans(made, one), Text("")]
    market = made.tables["market"]
    of_market = market[market["kind"].isin([one["kind"] for one in made.kinds if one["scope"] == "the market"])]
    for kind, rows in of_market.groupby("kind"):
        parts += [_market(str(kind), rows), Text("")]
    tested = {str(one["test"]) for one in made.kinds if one["verdict"] != "no answer"}
    lines = [f"{name}: {TEST_MEANINGS[name]}" for name in _TESTS if name in tested]
    lines += [str(say(GAUGE_WORDS))] if len(of_market) else []
    lines += [str(note) for note in made.notes]
    parts += [Text(f"• {line}") for line in lines]
    if made.synthetic:
        parts.append(Text("• Synthetic data: these figures say nothing about a real market.", style="yellow"))
    return Group(*parts)


def _spans(made: EventStudy, one: Mapping[str, Any]) -> Fitting:
    """Return the spans of a kind, those of the verdict's benchmark first; of the others the span of the verdict."""
    tests = sorted(_TESTS, key=lambda name: name != one["test"])  # the one that decided stays longest
    head = ("against", "span", "n", "mean", "raw", "placebo", *tests, "benchmark", "days", "median", "positive")
    shown = Fitting(head, kept=5, left={0, 1}, elsewhere=WHERE, title=str(one["kind"]))
    spans = made.tables["spans"]
    is_of_market = one["scope"] == "the market"
    rows = spans[(spans["kind"] == one["kind"]) & ((spans["scope"] == "securities") != is_of_market)]
    for row in tuples(rows):
        if row.against != one["against"] and row.span != FOCUS:
            continue
        shown.add_row(
            *(row.against, row.span, formats.count(row.events), formats.percent(row.mean, sign=True)),
            *(formats.percent(row.raw, sign=True), formats.percent(share_told(row.placebo_share, row.placebos), 0)),
            *(formats.number(getattr(row, name), 1) for name in tests),
            *(formats.percent(row.benchmark, sign=True), formats.count(row.days)),
            *(formats.percent(row.median, sign=True), formats.percent(row.positive, 0)),
            style="bold" if (row.against, row.span) == (one["against"], FOCUS) else "",
        )
    return shown


def _market(kind: str, market: pd.DataFrame) -> Fitting:
    """Return the figures of the market around the days of a kind of events."""
    head = ("day", "figure", "first", "last", "change", "eve", "from eve", "windows with more")
    shown = Fitting(head, kept=5, left={0, 1}, elsewhere=WHERE, title=f"{kind}: the market around the days")
    for row in tuples(market):
        shown.add_row(
            *(row.date.date().isoformat(), row.gauge, level_words(row.gauge, row.first)),
            *(level_words(row.gauge, row.last), formats.percent(row.change, 1, sign=True)),
            *(level_words(row.gauge, row.eve), formats.percent(row.change_from_eve, 1, sign=True)),
            formats.percent(row.larger, 1),
        )
    return shown
