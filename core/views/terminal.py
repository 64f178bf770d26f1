"""Views in the terminal."""

from typing import TYPE_CHECKING

from ..pages import formats
from ..pages.markup import tuples
from .asked_day import SPANS
from .market_page import change_words
from .market_view import MarketView, peak_words, shown_value

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

SHOWN = 12
"""Rows of a table of industries, rules or events; page and JSON have all."""


def market_terminal(view: MarketView) -> "RenderableType":
    """Return the market on a day for a console of 80 columns or more."""
    from rich.console import Group
    from rich.text import Text

    parts = [Text(view.sentence(), style="bold"), Text(""), _market_figures(view)]
    parts += [Text(f"highest {formats.words(p.figure)}: {peak_words(p, view.currency)}") for p in view.peaks]
    if len(view.last_year):
        parts += [Text(""), _last_year(view)]
    if len(view.industries):
        parts += [Text(""), _industries(view)]
    if len(view.rules):
        head = f"rules that changed since {view.days['date'].iloc[0].date()}"
        last = view.rules.tail(SHOWN)
        more = f" (last {SHOWN} of {len(view.rules)})" if len(view.rules) > SHOWN else ""
        parts += [Text(f"\n{head}{more}"), *(Text(f"  {row.date.date()} {row.change}") for row in tuples(last))]
    return Group(*parts, Text(""), *(Text(f"• {note}") for note in view.notes))


def _market_figures(view: MarketView) -> "Table":
    table = _table("figure", "value", *map(str, SPANS), "pct")
    for row in tuples(view.figures):
        changes = [change_words(getattr(row, f"change_{span}"), row.unit) for span in SPANS]
        table.add_row(row.name, shown_value(row), *changes, formats.percent(row.percentile, 0))
    table.caption = f"{view.currency}; changes over sessions, balances relative, shares in points (pp); pct: percentile"
    table.caption_justify = "left"
    return table


def _last_year(view: MarketView) -> "Table":
    table = _table("same period of last year", "over", "this year", "last year", "change")
    for row in tuples(view.last_year):
        now, then = ((formats.percent(x) if row.unit == "fraction" else formats.short(x)) for x in (row.now, row.then))
        table.add_row(formats.words(row.figure), row.span, now, then, change_words(row.change, row.unit))
    return table


def _industries(view: MarketView) -> "Table":
    table = _table("industry", "financing", "share", "of cap", *(f"{span}" for span in SPANS[1:]), "by 20")
    for row in tuples(view.industries.head(SHOWN)):
        changes = [formats.percent(getattr(row, f"change_{span}"), 1, sign=True) for span in SPANS[1:]]
        shares = formats.percent(row.share, 1), formats.percent(row.float_cap_share)
        place = formats.number(row.change_rank, 0)
        table.add_row(row.industry, formats.short(row.financing_balance), *shares, *changes, place)
    if len(view.industries) > SHOWN:
        table.caption = f"first {SHOWN} of {len(view.industries)}"
    return table


def _table(first: str, *others: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold", min_width=19)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table
