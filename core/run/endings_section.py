"""Listings that end in a run, in words: what is known before it, notes and a section of the page."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.language import joined, say
from ..pages.markup import day, muted, section, tuples
from ..pages.table_markup import table
from .first_names import first_names
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
    named = [f"{market.panel.symbols[end.symbol]} {market.panel.sessions[t]}" for t, end in ended]
    yield say(
        "Listings that end within the run: {securities}. Contracts on them fall due before the last session, as far as "
        "it was known, and pass on where there is a successor; what is left counts for `market.after_delisting`: "
        "{value}.",
        securities=first_names(named, _NAMED),
        value=scenario.config.market.after_delisting,
    )


def endings_noted(endings: pd.DataFrame | None) -> Iterator[str]:
    """Say what became of what was held or owed when its listing ended, and the amounts."""
    if endings is None:
        return
    rows = list(tuples(endings))
    parts = [_told(row) for row in rows[:_NAMED]]
    if len(rows) > _NAMED:
        parts.append(say("{n} more in `endings`", n=len(rows) - _NAMED))
    yield say("Held or owed when the listing ended: {endings}.", endings=joined(parts, "{one}; {other}"))


def _told(row: Any) -> str:
    """Return what one row of the table came to."""
    told = {"symbol": row.symbol, "day": day(row.date), "held_as": _HELD[row.held_as], "became": _became(row)}
    return say("{symbol} {day}, {held_as}: {became}", **told)


def _became(row: Any) -> str:
    value = {"shares": formats.count(row.shares), "value": f"{row.shares * row.price:,.2f}"}
    if not row.successor:
        if row.cash:
            return say("{shares} worth {value} CNY became {cash}", **value, cash=_cash(row.cash))
        return say("{shares} worth {value} CNY count for {left} CNY", **value, left=f"{row.left:,.2f}")
    own = {"number": formats.count(row.successor_shares), "successor": row.successor}
    if row.cash:
        return say(
            "{shares} worth {value} CNY became {number} of {successor} and {cash}",
            **value,
            **own,
            cash=_cash(row.cash),
        )
    return say("{shares} worth {value} CNY became {number} of {successor}", **value, **own)


def _cash(amount: float) -> str:
    told = f"{abs(amount):,.2f}"
    return say("{amount} CNY in cash", amount=told) if amount > 0.0 else say("{amount} CNY owed in money", amount=told)


def endings_section(endings: pd.DataFrame | None) -> str:
    """Return the section of the page; empty where nothing ended that was held or owed."""
    if endings is None:
        return ""
    head = (
        *(say("Security"), say("Day"), say("Held as"), say("Shares"), say("Last price")),
        *(say("Successor"), say("Its shares"), say("Cash, CNY"), say("Left, CNY")),
    )
    rows = [
        (
            row.symbol,
            day(row.date),
            say(_HELD[row.held_as]),
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
    caption = say("Before the open of the day.")
    if rest > 0:
        caption = f"{caption} {say('{n} more are in {file}.', n=formats.count(rest), file='endings.csv')}"
    return section(say("Listings that ended"), muted(caption) + table(head, rows, texts=3))
