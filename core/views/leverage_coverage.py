"""Which securities count in what all owe on a session, and where their number jumps."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ..errors import DataError
from ..pages import formats
from ..pages.language import say
from ..panel.leverage import Leverage
from ..panel.panel import Panel
from ..panel.units import is_index
from ..types import Mask2D
from .asked_day import found_symbol

STALE = 20
"""Sessions without a price after which a security counts no longer."""

JUMP, FEWEST = 0.05, 10
"""Part of the securities, and securities, that have to join or leave in a session to say that the coverage jumps."""

_NAMED = 3


def chosen_securities(panel: Panel, symbol: str | None) -> list[str]:
    """Return the securities that are looked at; DataError where only totals of a market are."""
    found = [found_symbol(panel, symbol)] if symbol else panel.symbols
    chosen = [one for one in found if not is_index(one)]
    if chosen or not found:
        return chosen
    raise DataError(
        f"totals of a market cannot be used here ({', '.join(found[:_NAMED])}): a cost line needs the balances and "
        "prices of securities; `liangrong data market DIR` shows totals"
    )


def not_current(panel: Panel) -> Mask2D:
    """Return where a security has had no price for more than `STALE` sessions, or its listing ended: bool (T, N)."""
    row = np.arange(len(panel.sessions))[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(panel["close"]), row, -STALE - 1), axis=0)
    gone = row - last > STALE
    for ending in panel.endings:
        if ending.symbol in panel.symbols:
            gone[panel.sessions >= ending.day, panel.symbols.index(ending.symbol)] = True
    return gone


def only_current(side: Leverage, gone: Mask2D) -> Leverage:
    """Return a side without what `not_current` marks."""
    cost, shares, owed, maintenance, opening = (
        np.where(gone, np.nan, part) for part in (side.cost, side.shares, side.owed, side.maintenance, side.opening)
    )
    return replace(side, cost=cost, shares=shares, owed=owed, maintenance=maintenance, opening=opening)


def gone_words(panel: Panel, sides: Mapping[str, Leverage], gone: Mask2D, row: int, currency: str) -> list[str]:
    """Return how many securities still owe on a session and are left out; `sides` are those with them."""
    owed = np.nansum([np.where(gone[row], side.owed[row], np.nan) for side in sides.values()], axis=0)
    left = np.flatnonzero(owed > 0.0)
    if not len(left):
        return []
    names = [panel.symbols[j] for j in left[np.argsort(-owed[left], kind="stable")]]
    more = "" if len(names) <= _NAMED else ", …"
    amount = formats.with_currency(formats.short(float(owed.sum())), currency)
    told = {"n": f"{len(names):,}", "names": ", ".join(names[:_NAMED]) + more, "owed": amount, "most": f"{STALE}"}
    words = (
        "Securities left out, without a price for more than {most} sessions or ended: {n}, which still owe {owed} "
        "({names})."
    )
    return [say(words, **told)]


def jumps_of(days: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions on which the number of securities with an estimate jumps: date, before, after."""
    name = "securities" if "securities" in days else "short_securities"
    if name not in days:  # of one security
        return days[["date"]].iloc[:0].assign(before=0, after=0)
    after = days[name].to_numpy(dtype=np.int64)
    before = np.concatenate([[0], after[:-1]])
    moved = np.abs(after - before)
    is_jump = (before > 0) & (moved >= FEWEST) & (moved > JUMP * np.maximum(before, after))
    return pd.DataFrame({"date": days["date"], "before": before, "after": after})[is_jump].reset_index(drop=True)


def jump_words(jumps: pd.DataFrame) -> list[str]:
    """Return the largest jumps in words, and what they mean."""
    if jumps.empty:
        return []
    size = (jumps["after"] - jumps["before"]).abs()
    largest = jumps.loc[size.sort_values(ascending=False, kind="stable").index[:_NAMED]].sort_values("date")
    told = [
        say("{day} from {before} to {after}", day=str(day.date()), before=f"{before:,}", after=f"{after:,}")
        for day, before, after in largest[["date", "before", "after"]].itertuples(index=False)
    ]
    words = (
        "The number of securities that have an estimate jumps, marked in the chart of all (sessions: {n}; the "
        "largest: {some}): figures before and after such a day are of different securities and cannot be compared."
    )
    return [say(words, n=f"{len(jumps):,}", some="; ".join(told))]
