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
    BOUGHT_SIDE,
    BY_ITSELF,
    COLUMNS,
    LINE_FIGURES,
    NUMBERS,
    OF_SHARES,
    ORDER_FIGURES,
    OUTSIDE,
    STAND_INS,
    SUMMED,
)
from .named_columns import NamedColumns
from .word_meanings import Named, all_words, named

_BY_AMOUNT = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.REPAY)
_SIGNED = ("available_margin", "equity", "net", "balance")
_OUT = ("withdrawal", "transfer_out", "dividend_tax")
_INCOME = ("deposit", "dividend", "interest_received")
_NEED_SYMBOL = (*OF_SHARES, "dividend")


class StatedOrder(NamedTuple):
    """One row of the list; NaN = the cell is empty."""

    where: str  # path and line, for messages
    line: int
    date: np.datetime64
    symbol: str  # as written; "" for a repayment of any contract and for a row of the account
    kind: OrderKind | None  # None = a row of the account, or a booking
    shares: float
    amount: float  # CNY
    price: float  # CNY per share
    figures: Mapping[str, float]  # the broker's own, by name
    booking: str = ""  # of `BOOKINGS`, `OUTSIDE` or `BY_ITSELF`; "" = none
    is_forced: bool = False  # the broker's own order
    part: str = ""  # of a repayment, as `PARTS` names it; "" = interest, then principal
    contract: str = ""  # the broker's number of the contract that is opened or paid
    word: str = ""  # as written


class OrderList(NamedTuple):
    """The rows of a file, and what of it is no row and no figure."""

    rows: tuple[StatedOrder, ...]
    skipped: tuple[str, ...]  # rows of totals and remarks
    passed: tuple[str, ...]  # columns of figures beside which a better one stands


def read_orders(path: str | Path) -> tuple[StatedOrder, ...]:
    """Return the rows of an order list: those of `read_list`."""
    return read_list(path).rows


def read_list(path: str | Path) -> OrderList:
    """Read an order list.

    Parameters
    ----------
    path : path
        CSV, UTF-8 or GBK, or a spreadsheet, with the columns date, kind and, as its rows need them, symbol, shares,
        amount, price, contract, `ORDER_FIGURES`, `LINE_FIGURES`, `ACCOUNT_FIGURES` and note, in English or with the
        headers of brokers' delivery orders. Shares or, for `buy`, `margin_buy` and `repay`, an amount in CNY. A row of
        the kind `account` (账户) is no order: it carries the account's figures at the close of its date. Rows of
        `BOOKINGS` move cash or shares; those of `FORCED_KINDS` are the broker's own orders; those of `PARTS` pay one
        part of the debt; those of `OUTSIDE_WORDS` are not followed. Fractions, not percent.

    Raises
    ------
    DataError
        No such file, an unknown or doubled column, a row that does not say one order or one account; with its line.

    Notes
    -----
    Full-width digits and thousands commas are understood; an empty cell or a dash is no figure, never 0. Shares of a
    sale may be negative. The amount of a repayment, a deposit or a dividend may stand in the change of the cash
    (发生金额). Rows stand in the order of the file.
    """
    table = NamedColumns(path, COLUMNS, ("date", "kind"), "order list", "order", STAND_INS)
    days = table.days("date", is_needed=True)
    numbers = {name: table.numbers(name) for name in NUMBERS if name in table.texts}
    texts = [table.text(name) for name in ("symbol", "kind", "side", "contract")]
    rows = []
    for i, line in enumerate(table.lines):
        given = {name: float(column[i]) for name, column in numbers.items() if not math.isnan(column[i])}
        symbol, word, side, contract = (column[i] for column in texts)
        found = _named(table.where[i], word, side, given)
        row = _checked(table.where[i], line, days[i], symbol, found, given)
        rows.append(row._replace(contract=contract, word=word))
    passed = [header for header, name in table.passed.items() if name in NUMBERS]
    return OrderList(tuple(rows), tuple(table.skipped), tuple(passed))


def _named(where: str, word: str, side: str, given: Mapping[str, float]) -> Named:
    """Return what the word of a row says; DataError with the nearest known words for one that is unknown."""
    is_bought = side.lower() in BOUGHT_SIDE or (side in ("", word) and given.get("net", 0.0) < 0.0)
    found = named(word, is_bought)
    if found is None:
        hint = did_you_mean(word.lower(), all_words(), 3).rstrip()
        known = ", ".join(name for name in all_words() if name.isascii())
        expected = f"should be one of {known}, or what a delivery order calls it (融资买入, 偿还融资利息, …)"
        _refuse(where, "kind", expected, repr(word) + (hint and f": {hint}"))
    return found


def _checked(
    where: str, line: int, date: np.datetime64, symbol: str, row: Named, given: dict[str, float]
) -> StatedOrder:
    """Return the row as an order, a booking or figures of the account; DataError where it is none of these."""
    kind = row.kind
    if row.booking in (OUTSIDE, BY_ITSELF):
        kept = {name: given[name] for name in ("net", "balance") if name in given}
        return StatedOrder(where, line, date, "", None, math.nan, math.nan, math.nan, kept, row.booking)
    given = _summed(_unsigned(row, given))
    for column, value in given.items():
        if value < 0.0 and (column not in _SIGNED or (column == "net" and row.booking in _INCOME)):
            _refuse(where, column, "should not be negative", f"{value:g}")
        if value == 0.0 and column in ("shares", "amount", "price"):
            _refuse(where, column, "should be above 0, or empty", "0")
    others = (*ORDER_FIGURES, *LINE_FIGURES) if row.is_account else ACCOUNT_FIGURES
    for column in (column for column in others if column in given):
        place = "an order's row" if row.is_account else f"a row of the kind `{ACCOUNT}`"
        _refuse(where, column, f"belongs on {place}", f"{given[column]:g} on one of the kind `{row.word}`")
    if row.is_account:
        _check_account(where, symbol, given)
    elif kind is None:
        symbol = _check_booking(where, row, symbol, given)
    else:
        _check_order(where, kind, symbol, given)
    shares, amount, price = (given.get(column, math.nan) for column in ("shares", "amount", "price"))
    own = (*ORDER_FIGURES, *LINE_FIGURES, *ACCOUNT_FIGURES)
    figures = {column: given[column] for column in own if column in given}
    more = row.booking, row.is_forced, row.part
    return StatedOrder(where, line, date, symbol, kind, shares, amount, price, figures, *more)


def _unsigned(row: Named, given: dict[str, float]) -> dict[str, float]:
    """Return the cells of a row with the signs and the zeros with which brokers fill them taken off."""
    made = dict(given)
    is_cash = row.kind is OrderKind.REPAY or (row.booking and row.booking not in OF_SHARES)
    if row.kind in SOLD or row.booking in _OUT or row.kind is OrderKind.RETURN_SHARES:
        made |= {name: abs(made[name]) for name in ("shares", "amount") if name in made}
    if "value" in made:
        made["value"] = abs(made["value"])
    if is_cash and "amount" not in made:
        stated = [abs(made[name]) for name in ("net", "value") if made.get(name)]
        made |= {"amount": stated[0]} if stated else {}
    if is_cash and row.booking:
        made = {name: value for name, value in made.items() if name not in ("shares", "price")}
    if is_cash or row.booking or row.kind is OrderKind.RETURN_SHARES:
        fees = (*ORDER_FIGURES, *SUMMED["levies"], *SUMMED["other_fees"], "principal_paid") if row.booking else ()
        dropped = ("shares", "price", "value", *fees, *(("amount",) if row.booking in OF_SHARES else ()))
        made = {name: value for name, value in made.items() if value != 0.0 or name not in dropped}
    return made


def _summed(given: dict[str, float]) -> dict[str, float]:
    """Return the cells with the columns of `SUMMED` added up."""
    parts = {cell for cells in SUMMED.values() for cell in cells}
    made = {name: value for name, value in given.items() if name not in parts}
    for name, cells in SUMMED.items():
        stated = [given[cell] for cell in cells if cell in given]
        made |= {name: sum(stated)} if stated else {}
    return made


def _check_account(where: str, symbol: str, given: Mapping[str, float]) -> None:
    for column in ("shares", "amount", "price"):
        if column in given:
            _refuse(where, column, f"should be empty on a row of the kind `{ACCOUNT}`", f"{given[column]:g}")
    if symbol:
        _refuse(where, "symbol", f"should be empty on a row of the kind `{ACCOUNT}`", repr(symbol))
    if not given:
        raise DataError(f"{where}: a row of the kind `{ACCOUNT}` should give one of {', '.join(ACCOUNT_FIGURES)}")


def _check_booking(where: str, row: Named, symbol: str, given: dict[str, float]) -> str:
    """Check a row that books something and is no order; return its security, "" where it has none."""
    wanted = "shares" if row.booking in OF_SHARES else "amount"
    if wanted not in given:
        raise DataError(f"{where}: `{row.word}` should give `{wanted}`, got none")
    if row.booking in _NEED_SYMBOL and not symbol:
        _refuse(where, "symbol", f"should name the security of `{row.word}`", "nothing")
    if not given.get("shares", 0.0).is_integer():
        _refuse(where, "shares", "should be a whole number", f"{given['shares']:g}")
    return symbol if row.booking in (*_NEED_SYMBOL, "dividend_tax") else ""


def _check_order(where: str, kind: OrderKind, symbol: str, given: Mapping[str, float]) -> None:
    name = kind.name.lower()
    is_repayment = kind is OrderKind.REPAY
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
