"""A user's own order list: CSV -> orders, with the broker's own figures where the file carries them."""

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, NoReturn

import numpy as np

from ..account.order_kinds import OFF_MARKET
from ..errors import DataError, did_you_mean
from ..types import OrderKind
from .named_columns import NamedColumns

ORDER_FIGURES = ("commission", "stamp_duty", "transfer_fee", "interest")
"""What one order cost at the broker, CNY; columns of the result's `fills`."""

ACCOUNT_FIGURES = ("cash", "principal", "accrued", "maintenance_ratio", "available_margin")
"""The account at the close, CNY and a fraction; columns of the result's `equity`."""

ACCOUNT = "account"
"""The kind of a row that is no order and carries figures of the account."""

_NUMBERS = ("shares", "amount", "price", *ORDER_FIGURES, *ACCOUNT_FIGURES)
_CHINESE_COLUMNS = {
    "日期": "date",
    "成交日期": "date",
    "证券代码": "symbol",
    "业务类型": "kind",
    "操作": "kind",
    "数量": "shares",
    "成交数量": "shares",
    "金额": "amount",
    "价格": "price",
    "成交价格": "price",
    "佣金": "commission",
    "印花税": "stamp_duty",
    "过户费": "transfer_fee",
    "利息": "interest",
    "现金": "cash",
    "融资本金": "principal",
    "未付息费": "accrued",
    "维持担保比例": "maintenance_ratio",
    "保证金可用余额": "available_margin",
    "备注": "",
}
COLUMNS: Mapping[str, str] = MappingProxyType(
    {name: name for name in ("date", "symbol", "kind", *_NUMBERS)} | {"note": ""} | _CHINESE_COLUMNS
)
"""Header -> meaning; a `note`, which is the user's, has none and is not read."""

KINDS: Mapping[str, OrderKind | None] = MappingProxyType(
    {
        **{kind.name.lower(): kind for kind in OrderKind},
        "担保品买入": OrderKind.BUY,
        "普通买入": OrderKind.BUY,
        "信用买入": OrderKind.BUY,
        "担保品卖出": OrderKind.SELL,
        "普通卖出": OrderKind.SELL,
        "信用卖出": OrderKind.SELL,
        "融资买入": OrderKind.MARGIN_BUY,
        "卖券还款": OrderKind.SELL_TO_REPAY,
        "直接还款": OrderKind.REPAY,
        "现金还款": OrderKind.REPAY,
        "融券卖出": OrderKind.SHORT_SELL,
        "买券还券": OrderKind.BUY_TO_RETURN,
        "直接还券": OrderKind.RETURN_SHARES,
        "现券还券": OrderKind.RETURN_SHARES,
        ACCOUNT: None,
        "账户": None,
    }
)
"""Name -> kind, None for a row of the account: the names of the rules and those of brokers' order forms."""

_BY_AMOUNT = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.REPAY)


class StatedOrder(NamedTuple):
    """One row of the list; NaN = the cell is empty."""

    where: str  # path and line, for messages
    line: int
    date: np.datetime64
    symbol: str  # as written; "" for a repayment and for a row of the account
    kind: OrderKind | None  # None = a row of the account
    shares: float
    amount: float  # CNY
    price: float  # CNY per share
    figures: Mapping[str, float]  # the broker's own, by name


def read_orders(path: str | Path) -> tuple[StatedOrder, ...]:
    """Read an order list.

    Parameters
    ----------
    path : path
        CSV, UTF-8 or GBK, with the columns date, kind and, as its rows need them, symbol, shares, amount, price,
        `ORDER_FIGURES`, `ACCOUNT_FIGURES` and note, in English or Chinese. Shares or, for `buy`, `margin_buy` and
        `repay`, an amount in CNY. A row of the kind `account` (账户) is no order: it carries the account's figures at
        the close of its date. Fractions, not percent.

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
    Full-width digits and thousands commas are understood; an empty cell or a dash is no figure, never 0.
    """
    table = NamedColumns(path, COLUMNS, ("date", "kind"), "order list", "order")
    days = table.days("date", is_needed=True)
    numbers = {name: table.numbers(name) for name in _NUMBERS if name in table.texts}
    symbols, kinds = table.text("symbol"), table.text("kind")
    rows = []
    for i, line in enumerate(table.lines):
        given = {name: float(column[i]) for name, column in numbers.items() if not math.isnan(column[i])}
        rows.append(_checked(table.where[i], line, days[i], symbols[i], kinds[i], given))
    return tuple(rows)


def _checked(
    where: str, line: int, date: np.datetime64, symbol: str, name: str, given: Mapping[str, float]
) -> StatedOrder:
    """Return the row as an order or as figures of the account; DataError where it is neither."""
    kind = _kind(where, name)
    for column, value in given.items():
        if value < 0.0 and column != "available_margin":
            _refuse(where, column, "should not be negative", f"{value:g}")
        if value == 0.0 and column in ("shares", "amount", "price"):
            _refuse(where, column, "should be above 0, or empty", "0")
    others = ORDER_FIGURES if kind is None else ACCOUNT_FIGURES
    for column in (column for column in others if column in given):
        place = "an order's row" if kind is None else f"a row of the kind `{ACCOUNT}`"
        _refuse(where, column, f"belongs on {place}", f"{given[column]:g} on one of the kind `{name}`")
    if kind is None:
        _check_account(where, symbol, given)
    else:
        _check_order(where, kind, symbol, given)
    shares, amount, price = (given.get(column, math.nan) for column in ("shares", "amount", "price"))
    figures = {column: given[column] for column in (*ORDER_FIGURES, *ACCOUNT_FIGURES) if column in given}
    return StatedOrder(where, line, date, symbol, kind, shares, amount, price, figures)


def _kind(where: str, name: str) -> OrderKind | None:
    plain = name.lower().replace(" ", "_").replace("-", "_")
    if plain not in KINDS:
        hint = did_you_mean(plain, KINDS).rstrip()
        _refuse(where, "kind", f"should be one of {', '.join(KINDS)}", repr(name) + (hint and f": {hint}"))
    return KINDS[plain]


def _check_account(where: str, symbol: str, given: Mapping[str, float]) -> None:
    for column in ("shares", "amount", "price"):
        if column in given:
            _refuse(where, column, f"should be empty on a row of the kind `{ACCOUNT}`", f"{given[column]:g}")
    if symbol:
        _refuse(where, "symbol", f"should be empty on a row of the kind `{ACCOUNT}`", repr(symbol))
    if not given:
        raise DataError(f"{where}: a row of the kind `{ACCOUNT}` should give one of {', '.join(ACCOUNT_FIGURES)}")


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
