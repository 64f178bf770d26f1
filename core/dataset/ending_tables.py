"""The ends of listings of a dataset and those of an import: one table, and nothing in it that its prices refute."""

from collections.abc import Sequence

import numpy as np

from ..panel.ending_rows import Ending
from ..panel.panel import Panel
from ..sources import Finding
from ..sources.fact_tables import Listing
from ..sources.meeting import Prefer

_SHOWN = 5


def with_endings(old: Sequence[Ending], listings: Sequence[Listing], prefer: Prefer) -> tuple[Ending, ...]:
    """Return one end for each security that has one; of both tables the preferred one stands.

    A security that `listings` name without a day of delisting has none.
    """
    kept = {one.symbol: one for one in old}
    for one in listings:
        if one.symbol in kept and prefer == "old":
            continue
        kept.pop(one.symbol, None)
        if not np.isnat(one.last):
            kept[one.symbol] = Ending(one.last, one.symbol, one.successor, one.ratio, one.cash)
    return tuple(sorted(kept.values(), key=lambda one: (one.day, one.symbol)))


def without_odd(panel: Panel, endings: Sequence[Ending]) -> tuple[tuple[Ending, ...], list[Finding]]:
    """Return the ends without those after which the panel has prices, and what was left out."""
    column = {symbol: j for j, symbol in enumerate(panel.symbols)}
    odd = [one for one in endings if one.symbol in column and _goes_on(panel, column[one.symbol], one.day)]
    if not odd:
        return tuple(endings), []
    examples = tuple(f"{one.symbol} on {one.day}" for one in odd[:_SHOWN])
    detail = "prices on or after the day of delisting: the end is left out"
    finding = Finding(kind="trades_after_its_end", count=len(odd), detail=detail, examples=examples)
    return tuple(one for one in endings if one not in odd), [finding]


def _goes_on(panel: Panel, j: int, day: np.datetime64) -> bool:
    closes = panel.get("close")
    return closes is not None and bool((~np.isnan(closes[panel.sessions >= day, j])).any())
