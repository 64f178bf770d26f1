"""Ends of listings by session: when a security ends in a run, what becomes of it, and since when that was known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..symbols import instead, is_no_symbol
from .ending_rows import Ending, located_endings
from .panel import Panel

NEVER = 1 << 40
"""A session that no run reaches."""

KNOWN_WITHIN = 20
"""Calendar days: a security that ended at most so long after its last trade had a last session that was announced.
A delisting period (退市整理期) is, and its security is struck off within five sessions after it (delisting rules of SSE
and SZSE, 2020-12-31); one whose trading stopped for longer was halted first, and nobody knew that it was the end."""


class Ended(NamedTuple):
    """What becomes of a security at its end."""

    symbol: int  # column j
    successor: int  # column of whose shares its holders receive, -1 = none
    ratio: float  # shares of the successor per share
    cash: float  # CNY per share
    due: int  # session at whose close contracts on it fall due; `NEVER` where they pass to the successor
    is_kept: bool  # its successor is no security of the run: what is left keeps its last price


@dataclass(frozen=True)
class EndingTable:
    """Ends of listings by session.

    Parameters
    ----------
    by_session : mapping of int to sequence of Ended
        Row t of the panel -> the securities that are listed no longer from its open on; beyond the panel where it
        ends before they do.
    """

    by_session: Mapping[int, Sequence[Ended]] = field(default_factory=dict)

    def on(self, t: int) -> Sequence[Ended]:
        """Return the securities that end with session `t`."""
        return self.by_session.get(t, ())


def read_endings(path: str | Path, panel: Panel, first: int = 0) -> EndingTable:
    """Read a table of ends of listings for the securities and sessions of `panel`.

    Parameters
    ----------
    path : path
        CSV with the columns date (the first day on which the security is not listed) and symbol; and, where there is
        one, successor, ratio (its shares per share), cash (CNY per share) and announced (the day).
    panel : Panel
        All the data, with their closes.
    first : int
        Row of `panel` from which the sessions of the table are counted.

    Raises
    ------
    DataError
        As `located_endings`; a code that is spelt otherwise than the panel's; a security that trades on after its end.
    """
    return _by_session(located_endings(Path(path)), panel, first)


def endings_of(panel: Panel, first: int = 0) -> EndingTable:
    """Return the ends of listings that a panel brings along; raises as `read_endings`."""
    return _by_session(((f"the listings of the data, {one.symbol}", one) for one in panel.endings), panel, first)


def _by_session(rows: Iterable[tuple[str, Ending]], panel: Panel, first: int) -> EndingTable:
    column = {symbol: j for j, symbol in enumerate(panel.symbols)}
    table: dict[int, list[Ended]] = {}
    for where, one in _in_order([*rows]):
        if one.symbol not in column and is_no_symbol(one.symbol):
            raise DataError(
                f"{where}: `symbol` {one.symbol!r} is no symbol of the data: {instead(one.symbol, panel.symbols)}"
            )
        if one.symbol in column:
            t = int(np.searchsorted(panel.sessions, one.day))
            table.setdefault(t - first, []).append(_ended(one, panel, column, t, first, where))
    return EndingTable(table)


def _in_order(rows: list[tuple[str, Ending]]) -> list[tuple[str, Ending]]:
    """Return the rows so that of one day those come first whose successor ends too: its shares pass on from there.

    Raises
    ------
    DataError
        A successor that has ended before, or that leads back to where it came from.
    """
    by_symbol = {one.symbol: one for _, one in rows}
    depth: dict[str, int] = {}
    for where, one in rows:
        at, steps, seen = one, 0, {one.symbol}
        while (after := by_symbol.get(at.successor)) is not None:
            if after.day < at.day:
                raise DataError(
                    f"{where}: the successor of {at.symbol} on {at.day}, {after.symbol}, has ended on {after.day} "
                    "before it: name the security that took it over"
                )
            if after.symbol in seen:
                raise DataError(f"{where}: the successors of {one.symbol} lead back to it: correct one of the rows")
            at, steps = after, steps + 1
            seen.add(after.symbol)
        depth[one.symbol] = steps
    return sorted(rows, key=lambda row: -depth[row[1].symbol])


def _ended(one: Ending, panel: Panel, column: Mapping[str, int], t: int, first: int, where: str) -> Ended:
    """Return what becomes of a security that ends with row `t`."""
    j = column[one.symbol]
    traded = _traded(panel, j)
    if (traded >= t).any():
        raise DataError(
            f"{where}: {one.symbol} should have ended on {one.day}, and the data have its prices of "
            f"{panel.sessions[traded[-1]]}: correct the day, or leave out the rows"
        )
    successor = column.get(one.successor, -1)
    if successor >= 0 and traded.size and one.cash >= panel["close"][traded[-1], j]:
        raise DataError(
            f"{where}: `cash` beside a successor should be below the last close, {panel['close'][traded[-1], j]:g}, "
            f"got {one.cash:g}: CNY for one share"
        )
    due = NEVER if successor >= 0 else _due(one, panel, traded, t)
    is_kept = bool(one.successor) and successor < 0
    return Ended(j, successor, one.ratio if successor >= 0 else 0.0, one.cash, due - first, is_kept)


def _due(one: Ending, panel: Panel, traded: np.ndarray, t: int) -> int:
    """Return the row at whose close contracts fall due: of the last session but one, as soon as that was known."""
    last = int(traded[-1]) if traded.size else -1
    if last < 0:
        return t - 1
    if not np.isnat(one.announced):
        return min(max(last - 1, int(np.searchsorted(panel.sessions, one.announced))), t - 1)
    is_known = one.day - panel.sessions[last] <= np.timedelta64(KNOWN_WITHIN, "D")
    return last - 1 if is_known else t - 1


def _traded(panel: Panel, j: int) -> np.ndarray:
    """Return the rows on which a security traded, as far as the data tell."""
    does = ~np.isnan(panel["close"][:, j])
    for name, stands in (("suspended", 1.0), ("volume", 0.0)):
        values = panel.get(name)
        if values is not None and (name == "suspended" or (values[:, j] > 0.0).any()):
            does &= values[:, j] != stands
    return np.flatnonzero(does)
