"""Round trips: what each holding of a security earned, from the first share in to the last one out."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from heapq import merge
from typing import Any

import numpy as np
import pandas as pd

from ..account.cash_flows import FLOW_KINDS, TRANSFER_OUT
from ..account.columns import TABLES
from ..account.credit import SHORT
from ..account.opened_account import Opening
from ..account.order_kinds import FORCED
from ..types import Panel2D, Row, Sessions
from .trip_book import COLLATERAL, FINANCED, KINDS, OWED, Move, Trip, TripBook

_AT_ONCE = 65_536
"""Rows that are Python values at the same time."""

_Event = tuple[int, int, Callable[[], Any]]
"""Session, place in the order of the day, and what happens to the book."""


def round_trips(
    tables: dict[str, pd.DataFrame],
    collateral: Sequence[float],
    actions: Sequence[tuple[Any, ...]],
    opening: Opening,
    symbols: tuple[str, ...],
    sessions: Sessions,
    marks: Panel2D,
) -> dict[str, list[Any]]:
    """Return the columns of the table `trades`.

    Parameters
    ----------
    tables : dict of str to DataFrame
        `fills` and `contracts` of the result, and `flows`, `endings` and `entitlements` where there are such.
    collateral : sequence of float (F,)
        Of every fill how many of its shares entered or left the collateral.
    actions : sequence of tuple
        As `Journal.actions`.
    opening : Opening
        What the account held before, which enters at its marks.
    symbols : tuple of str (N,)
    sessions : datetime64[D] (T,)
    marks : float64 (T, N)
        CNY per share at each close; what is left counts at the last ones.

    Notes
    -----
    The profits sum to the attribution: price P&L, dividends and rights received and owed, less their tax, fees,
    interest and borrow fees, security by security and line by line. Shares bought by right enter the trip of own cash.
    Collateral that is transferred counts at the mark at which it moved, shares that are returned without a purchase at
    the mark of the session's close: they leave the long trip and the short one.
    A listing that ends closes the trip at what was received; what a successor takes over enters a trip of it.
    A contract's interest is that of the trip in which it was opened, also what accrues after its shares are gone.
    """
    column = {symbol: j for j, symbol in enumerate(symbols)}
    row = {day: t for t, day in enumerate(sessions.astype("datetime64[D]").tolist())}
    book = TripBook(sessions)
    _begin(book, opening)
    others = [
        *_flows(book, tables.get("flows"), column, row),
        *_actions(book, actions, column, row),
        *_endings(book, tables.get("endings"), column, row),
        *_taxes(book, tables.get("entitlements"), column, row),
    ]
    fills = _fills(book, tables["fills"], collateral, column, row, marks)  # in the order of the sessions, never all
    for _, _, happen in merge(sorted(others, key=_order), fills, key=_order):
        happen()
    for trip, interest in zip(book.of_contract, tables["contracts"]["interest"].tolist(), strict=True):
        trip.interest += interest
    last = np.nan_to_num(marks[-1]) if len(marks) else np.zeros(len(symbols))
    rows = [_row(trip, symbols, sessions, last) for trip in book.every]
    return {name: [one[i] for one in rows] for i, name in enumerate(TABLES["trades"].names())}


def _order(event: _Event) -> tuple[int, int]:
    return event[:2]


def _begin(book: TripBook, opening: Opening) -> None:
    """Take in what the account held and owed before its first session; a debt without shares is a trip of none."""
    day = np.datetime64(opening.day, "D")
    marks = np.nan_to_num(opening.marks)
    for j in np.flatnonzero(opening.collateral).tolist():
        shares = float(opening.collateral[j])
        book.enter(j, COLLATERAL, Move(0, shares, shares * marks[j]), day)
    for contract in opening.contracts:
        j, shares = int(contract["symbol"]), float(contract["shares"])
        kind = OWED if contract["kind"] == SHORT else FINANCED
        book.of_contract.append(book.enter(j, kind, Move(0, shares, shares * marks[j]), day))
    for trip in [trip for trip in book.open.values() if trip.shares <= 0.0]:
        book.close_flat(trip, 0)
        trip.closed = day


def _flows(book: TripBook, flows: pd.DataFrame | None, column: dict[str, int], row: dict[Any, int]) -> Iterator[_Event]:
    """Yield the transfers of collateral."""
    if flows is None:
        return
    done = flows[(flows["reason"] == "") & (flows["symbol"] != "")]
    for date, kind, symbol, shares, amount in _tuples(done, "date", "kind", "symbol", "shares", "amount"):
        t, j = row[_day(date)], column[symbol]
        move = Move(t, float(shares), abs(amount))
        yield (
            t,
            0,
            partial(book.leave_long, j, move, shares)
            if FLOW_KINDS.index(kind) == TRANSFER_OUT
            else partial(book.enter, j, COLLATERAL, move),
        )


def _actions(
    book: TripBook, actions: Sequence[tuple[Any, ...]], column: dict[str, int], row: dict[Any, int]
) -> Iterator[_Event]:
    """Yield dividends and new shares."""
    for date, symbol, *effect in actions:
        t = row[_day(date)]
        yield t, 1, partial(book.act, t, column.get(symbol, -1), *effect)


def _endings(
    book: TripBook, endings: pd.DataFrame | None, column: dict[str, int], row: dict[Any, int]
) -> Iterator[_Event]:
    """Yield the listings that ended with an exchange or a payment; what is left otherwise stays where it is."""
    if endings is None:
        return
    names = ("date", "symbol", "held_as", "shares", "successor", "successor_shares", "cash", "carried")
    for date, symbol, held_as, shares, successor, new, cash, carried in _tuples(endings, *names):
        if successor or cash:
            t, sign = row[_day(date)], -1.0 if held_as == OWED else 1.0
            gone, came = Move(t, float(shares), sign * (cash + carried)), Move(t, float(new), sign * carried)
            yield t, 2, partial(book.end, column[symbol], held_as, gone, column.get(successor, -1), came)


def _taxes(
    book: TripBook, entitlements: pd.DataFrame | None, column: dict[str, int], row: dict[Any, int]
) -> Iterator[_Event]:
    """Yield the tax on dividends that sales paid."""
    if entitlements is not None:
        paid = entitlements[entitlements["kind"] == "dividend_tax"]
        for date, symbol, amount in _tuples(paid, "date", "symbol", "amount"):
            yield row[_day(date)], 4, partial(book.pay_tax, column[symbol], -amount)


def _fills(
    book: TripBook,
    fills: pd.DataFrame,
    collateral: Sequence[float],
    column: dict[str, int],
    row: dict[Any, int],
    marks: Panel2D,
) -> Iterator[_Event]:
    """Yield the fills that have a security."""
    names = ("date", "symbol", "kind", "shares", "value", "commission", "stamp_duty", "transfer_fee")
    for own, (date, symbol, kind, shares, value, *fees) in zip(collateral, _tuples(fills, *names), strict=True):
        if symbol:
            t, j, plain = row[_day(date)], column[symbol], kind.removeprefix(FORCED)
            move = Move(t, float(shares), value, sum(fees), True, plain != kind)
            yield t, 3, partial(book.fill, j, plain, move, own, marks[t, j])


def _row(trip: Trip, symbols: tuple[str, ...], sessions: Sessions, last: Row) -> tuple[Any, ...]:
    """Return the columns of one trip; what is left of it counts at the last mark."""
    is_open = trip.shares > 0.0
    end, day = (len(sessions), sessions[-1]) if is_open else (trip.last, trip.closed)
    value_out = trip.value_out + trip.shares * last[trip.symbol]
    bought, sold = (value_out, trip.value_in) if trip.kind == OWED else (trip.value_in, value_out)
    profit = sold - bought + trip.dividends - trip.fees - trip.interest
    capital = trip.value_in + (0.0 if trip.kind == OWED else trip.fees_in)
    shares_out = trip.shares_out + trip.shares
    return (
        symbols[trip.symbol],
        trip.kind,
        trip.opened,
        trip.closed,
        end - trip.first,
        int((day - trip.opened) / np.timedelta64(1, "D")),
        trip.most,
        trip.value_in / trip.shares_in if trip.shares_in else np.nan,
        value_out / shares_out if shares_out else np.nan,
        bought,
        sold,
        sold - bought,
        trip.dividends,
        trip.fees,
        trip.interest,
        profit,
        profit / capital if capital else np.nan,
        trip.fills,
        int(trip.is_forced),
        int(is_open),
    )


def _tuples(table: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns, some of them at a time: there may be millions."""
    for first in range(0, len(table), _AT_ONCE):
        part = table.iloc[first : first + _AT_ONCE]
        yield from zip(*(part[name].tolist() for name in names), strict=True)


def _day(date: Any) -> Any:
    return date.date() if isinstance(date, pd.Timestamp) else np.datetime64(date, "D").item()


def trip_figures(trades: pd.DataFrame) -> dict[str, Any]:
    """Return the figures of the round trips that are over, of all and by kind.

    Parameters
    ----------
    trades : DataFrame
        The table of a result.

    Returns
    -------
    dict
        trips (closed) and open_trips; win_rate, the fraction of them that earned above 0 after costs; payoff, the
        average profit of those over the average loss of the others (CNY); average_days (calendar); average_return
        (fraction); by_kind: kind -> the same figures, of the kinds that occur. NaN where a figure does not exist.
    """
    kinds = {kind: trades[trades["kind"] == kind] for kind in KINDS}
    return _figures(trades) | {"by_kind": {kind: _figures(of) for kind, of in kinds.items() if len(of)}}


def _figures(trades: pd.DataFrame) -> dict[str, Any]:
    over = trades[trades["is_open"] == 0]
    profit = over["profit"]
    won, lost = profit[profit > 0.0], profit[profit <= 0.0]
    loss = -lost.mean()
    return {
        "trips": len(over),
        "open_trips": len(trades) - len(over),
        "win_rate": len(won) / len(over) if len(over) else np.nan,
        "payoff": won.mean() / loss if loss > 0.0 else np.nan,
        "average_days": over["days"].mean(),
        "average_return": over["return"].mean(),
    }
