"""Listings that end in a run, in words: what is known before it, notes and a section of the page."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.language import say
from ..pages.markup import day, muted, section, tuples
from ..pages.table_markup import table
from .scenario import Scenario

SHOWN = 60
"""Rows of the table on the page; endings.csv has them all."""

_NAMED = 5
_HELD = {"collateral": "own shares", "financed": "financed shares", "short": "shares owed"}


def endings_told(scenario: Scenario) -> Iterator[str]:
    """Say which securities of a run are listed no longer at its end, and what holds for them."""
    market = scenario.market
    ended = [(t, end) for t in sorted(market.ends) for end in market.ends[t]]
    if not ended:
        return
    named = [f"{market.panel.symbols[end.symbol]} {market.panel.sessions[t]}" for t, end in ended[:_NAMED]]
    more = f" and {len(ended) - _NAMED} more" if len(ended) > _NAMED else ""
    yield (
        f"Listings that end within the run: {', '.join(named)}{more}. Contracts on them fall due before the last "
        "session, as far as it was known, and pass on where there is a successor; what is left counts for "
        f"`market.after_delisting`: {scenario.config.market.after_delisting}."
    )


def endings_noted(endings: pd.DataFrame | None) -> Iterator[str]:
    """Say what became of what was held or owed when its listing ended, and the amounts."""
    if endings is None:
        return
    rows = list(tuples(endings))
    told = [f"{row.symbol} {day(row.date)}, {_HELD[row.held_as]}: {_became(row)}" for row in rows[:_NAMED]]
    more = f"; {len(rows) - _NAMED} more in `endings`" if len(rows) > _NAMED else ""
    yield f"Held or owed when the listing ended: {'; '.join(told)}{more}."


def _became(row: Any) -> str:
    """Return what one row of the table came to."""
    value = f"{formats.count(row.shares)} worth {row.shares * row.price:,.2f} CNY"
    cash = f"{abs(row.cash):,.2f} CNY {'in cash' if row.cash > 0.0 else 'owed in money'}"
    if row.successor:
        more = f" and {cash}" if row.cash else ""
        return f"{value} became {formats.count(row.successor_shares)} of {row.successor}{more}"
    return f"{value} became {cash}" if row.cash else f"{value} count for {row.left:,.2f} CNY"


def endings_section(endings: pd.DataFrame | None) -> str:
    """Return the section of the page; empty where nothing ended that was held or owed."""
    if endings is None:
        return ""
    head = ("Security", "Day", "Held as", "Shares", "Last price", "Successor", "Its shares", "Cash, CNY", "Left, CNY")
    rows = [
        (
            row.symbol,
            day(row.date),
            _HELD[row.held_as],
            formats.count(row.shares),
            formats.number(row.price, 3),
            row.successor or formats.NONE,
            formats.count(row.successor_shares) if row.successor else formats.NONE,
            formats.amount(row.cash, sign=True),
            formats.amount(row.left),
        )
        for row in tuples(endings.head(SHOWN))
    ]
    rest = len(endings) - len(rows)
    tail = f" {formats.count(rest)} more are in endings.csv." if rest > 0 else ""
    caption = f"Before the open of the day.{tail}"
    return section(say("Listings that ended"), muted(caption) + table(head, rows, texts=3))
