"""A user's own order list, or a broker's delivery order (交割单): a table -> orders, bookings, the broker's figures."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from ..account.order_kinds import OFF_MARKET, SOLD
from ..errors import DataError, did_you_mean
from ..types import OrderKind
from .broker_words import (
    ACCOUNT,
    ACCOUNT_FIGURES,
    BOOKINGS,
    BOUGHT_SIDE,
    COLUMNS,
    FORCED_KINDS,
    KINDS,
    LINE_FIGURES,
    NUMBERS,
    ORDER_FIGURES,
)
from .named_columns import NamedColumns

_BY_AMOUNT = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.REPAY)
_SIGNED = ("available_margin", "net", "balance")
_OF_SHARES = ("transfer_in", "transfer_out")
_OUT = ("withdrawal", "transfer_out")


class StatedOrder(NamedTuple):
    """One row of the list; NaN = the cell is empty."""

    where: str  # path and line, for messages
    line: int
    date: np.datetime64
    symbol: str  # as written; "" for a repayment and for a row of the account
    kind: OrderKind | None  # None = a row of the account, or a booking
    shares: float
    amount: float  # CNY
    price: float  # CNY per share
    figures: Mapping[str, float]  # the broker's own, by name
    booking: str = ""  # of `BOOKINGS`; "" = none
    is_forced: bool = False  # the broker's own order


class _Named(NamedTuple):
    """What the word of a row says."""

    word: str
    kind: OrderKind | None = None
    booking: str = ""
    is_forced: bool = False

    @property
    def is_account(self) -> bool:
        return self.kind is None and not self.booking


def read_orders(path: str | Path) -> tuple[StatedOrder, ...]:
    """Read an order list.

    Parameters
    ----------
    path : path
        CSV, UTF-8 or GBK, or a spreadsheet, with the columns date, kind and, as its rows need them, symbol, shares,
        amount, price, `ORDER_FIGURES`, `LINE_FIGURES`, `ACCOUNT_FIGURES` and note, in English or with the headers of
        brokers' delivery orders. Shares or, for `buy`, `margin_buy` and `repay`, an amount in CNY. A row of the kind
        `account` (账户) is no order: it carries the account's figures at the close of its date. Rows of `BOOKINGS` move
        cash or shares; those of `FORCED_KINDS` are the broker's own orders. Fractions, not percent.

    Returns
    -------
    tuple of StatedOrder
        In the order of the file.

    Raises
    ------
    DataError
        No such file, an unknown or doubled column, a row that does not say one order or one account; with its line.

    Notes
    -----
    Full-width digits and thousands commas are understood; an empty cell or a dash is no figure, never 0. Shares of a
    sale may be negative. The amount of a repayment, a deposit or a dividend may stand in the change of the cash
    (发生金额).
    """
    table = NamedColumns(path, COLUMNS, ("date", "kind"), "order list", "order")
    days = table.days("date", is_needed=True)
    numbers = {name: table.numbers(name) for name in NUMBERS if name in table.texts}
    symbols, kinds, sides = table.text("symbol"), table.text("kind"), table.text("side")
    rows = []
    for i, line in enumerate(table.lines):
        given = {name: float(column[i]) for name, column in numbers.items() if not math.isnan(column[i])}
        named = _named(table.where[i], kinds[i], sides[i], given)
        rows.append(_checked(table.where[i], line, days[i], symbols[i], named, given))
    return tuple(rows)


def _named(where: str, word: str, side: str, given: Mapping[str, float]) -> _Named:
    """Return what the word of a row says; DataError with the nearest known words for one that is unknown."""
    plain = word.lower().replace(" ", "_").replace("-", "_")
    if plain in KINDS:
        return _Named(word, KINDS[plain])
    if plain in BOOKINGS:
        return _Named(word, None, BOOKINGS[plain])
    if plain in FORCED_KINDS:
        kind = FORCED_KINDS[plain]
        if kind is None:
            is_bought = side.lower() in BOUGHT_SIDE or (side in ("", word) and given.get("net", 0.0) < 0.0)
            kind = OrderKind.BUY_TO_RETURN if is_bought else OrderKind.SELL_TO_REPAY
        return _Named(word, kind, "", True)
    return _unknown(where, word, plain)


def _unknown(where: str, word: str, plain: str) -> NoReturn:
    known = {**KINDS, **BOOKINGS, **FORCED_KINDS}
    hint = did_you_mean(plain, known, 3).rstrip()
    _refuse(where, "kind", f"should be one of {', '.join(known)}", repr(word) + (hint and f": {hint}"))


def _checked(
    where: str, line: int, date: np.datetime64, symbol: str, named: _Named, given: dict[str, float]
) -> StatedOrder:
    """Return the row as an order, a booking or figures of the account; DataError where it is none of these."""
    kind = named.kind
    given = _unsigned(named, given)
    for column, value in given.items():
        if value < 0.0 and column not in _SIGNED:
            _refuse(where, column, "should not be negative", f"{value:g}")
        if value == 0.0 and column in ("shares", "amount", "price"):
            _refuse(where, column, "should be above 0, or empty", "0")
    others = (*ORDER_FIGURES, *LINE_FIGURES) if named.is_account else ACCOUNT_FIGURES
    for column in (column for column in others if column in given):
        place = "an order's row" if named.is_account else f"a row of the kind `{ACCOUNT}`"
        _refuse(where, column, f"belongs on {place}", f"{given[column]:g} on one of the kind `{named.word}`")
    if named.is_account:
        _check_account(where, symbol, given)
    elif kind is None:
        symbol = _check_booking(where, named, symbol, given)
    else:
        _check_order(where, kind, symbol, given)
    shares, amount, price = (given.get(column, math.nan) for column in ("shares", "amount", "price"))
    own = (*ORDER_FIGURES, *LINE_FIGURES, *ACCOUNT_FIGURES)
    figures = {column: given[column] for column in own if column in given}
    return StatedOrder(where, line, date, symbol, kind, shares, amount, price, figures, named.booking, named.is_forced)


def _unsigned(named: _Named, given: dict[str, float]) -> dict[str, float]:
    """Return the cells of a row with the signs and the zeros with which brokers fill them taken off."""
    made = dict(given)
    is_cash = named.kind is OrderKind.REPAY or (named.booking and named.booking not in _OF_SHARES)
    if named.kind in SOLD or named.booking in _OUT:
        made |= {name: abs(made[name]) for name in ("shares", "amount") if name in made}
    if is_cash and "amount" not in made:
        stated = [abs(made[name]) for name in ("net", "value") if made.get(name)]
        made |= {"amount": stated[0]} if stated else {}
    if is_cash or named.booking or named.kind is OrderKind.RETURN_SHARES:
        fees = (*ORDER_FIGURES, "other_fees") if named.booking else ()
        dropped = ("shares", "price", "value", *fees)
        made = {name: value for name, value in made.items() if value != 0.0 or name not in dropped}
    return made


def _check_account(where: str, symbol: str, given: Mapping[str, float]) -> None:
    for column in ("shares", "amount", "price"):
        if column in given:
            _refuse(where, column, f"should be empty on a row of the kind `{ACCOUNT}`", f"{given[column]:g}")
    if symbol:
        _refuse(where, "symbol", f"should be empty on a row of the kind `{ACCOUNT}`", repr(symbol))
    if not given:
        raise DataError(f"{where}: a row of the kind `{ACCOUNT}` should give one of {', '.join(ACCOUNT_FIGURES)}")


def _check_booking(where: str, named: _Named, symbol: str, given: dict[str, float]) -> str:
    """Check a row that books something and is no order; return its security, "" where it has none."""
    wanted = "shares" if named.booking in _OF_SHARES else "amount"
    if wanted not in given:
        raise DataError(f"{where}: `{named.word}` should give `{wanted}`, got none")
    needs = named.booking in (*_OF_SHARES, "dividend")
    if needs and not symbol:
        _refuse(where, "symbol", f"should name the security of `{named.word}`", "nothing")
    if not given.get("shares", 0.0).is_integer():
        _refuse(where, "shares", "should be a whole number", f"{given['shares']:g}")
    return symbol if needs else ""


def _check_order(where: str, kind: OrderKind, symbol: str, given: Mapping[str, float]) -> None:
    name = kind.name.lower()
    is_repayment = kind is OrderKind.REPAY
    if is_repayment and symbol:
        _refuse(where, "symbol", "should be empty: `repay` pays the oldest contract first", repr(symbol))
    if not is_repayment and not symbol:
        _refuse(where, "symbol", f"should name the security of `{name}`", "nothing")
    if is_repayment and "shares" in given:
        _refuse(where, "shares", "should be empty: `repay` takes an amount", f"{given['shares']:g}")
    if "amount" in given and kind not in _BY_AMOUNT:
        _refuse(where, "amount", f"should be empty: `{name}` takes shares", f"{given['amount']:g}")
    if "price" in given and kind in OFF_MARKET:
        _refuse(where, "price", f"should be empty: `{name}` is no trade", f"{given['price']:g}")
    if "shares" in given and "amount" in given:
        raise DataError(f"{where}: give `shares` or `amount` of `{name}`, got both: clear one cell")
    if "shares" not in given and "amount" not in given:
        wanted = "`amount`" if is_repayment else "`shares` or `amount`" if kind in _BY_AMOUNT else "`shares`"
        raise DataError(f"{where}: `{name}` should give {wanted}, got none")
    if not given.get("shares", 0.0).is_integer():
        _refuse(where, "shares", "should be a whole number", f"{given['shares']:g}")


def _refuse(where: str, column: str, expected: str, got: str) -> NoReturn:
    raise DataError(f"{where}, column `{column}`: {expected}, got {got}")
