"""Where the change of equity came from: price, dividends, each cost, interest received, cash moved in or out."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..account.order_kinds import BOUGHT, FORCED, SOLD, names
from ..types import Row

_FEES = ("commission", "stamp_duty", "transfer_fee")


def attribute(
    fills: pd.DataFrame,
    contracts: pd.DataFrame,
    symbols: tuple[str, ...],
    net_value: Row,
    dividends: Iterable[tuple[str, float, float]],
    cash_flow: float,
    received: float = 0.0,
) -> dict[str, list[Any]]:
    """Return the columns component, symbol and amount; the amounts sum to the change of equity.

    Parameters
    ----------
    fills, contracts : DataFrame
        Tables of the result.
    symbols : tuple of str (N,)
    net_value : float64 (N,)
        CNY at the last marks: shares held less shares owed.
    dividends : iterable of (str, float, float)
        Symbol, CNY received and CNY owed, by ex-date.
    cash_flow : float
        CNY moved in, less what was moved out.
    received : float
        CNY of interest on cash that was credited.

    Notes
    -----
    Price P&L of a security = sales - purchases + what is left, at the last mark; it does not read the account's
    cash, so the sum is a check of the ledger and not a residual.
    """
    rows = [*_price(fills, symbols, net_value), *_dividends(dividends), *_costs(fills, contracts)]
    if received:
        rows.append(("interest_received", "", received))
    if cash_flow:
        rows.append(("cash_flow", "", cash_flow))
    return {name: [row[i] for row in rows] for i, name in enumerate(("component", "symbol", "amount"))}


def _price(fills: pd.DataFrame, symbols: tuple[str, ...], net_value: Row) -> Iterator[tuple[str, str, float]]:
    kind = fills["kind"].str.removeprefix(FORCED)
    sign = np.where(kind.isin(names(SOLD)), 1.0, np.where(kind.isin(names(BOUGHT)), -1.0, 0.0))
    traded = (fills["value"] * sign).groupby(fills["symbol"]).sum()
    for symbol, left in zip(symbols, net_value, strict=True):
        if symbol in traded.index or left:
            yield "price_pnl", symbol, float(traded.get(symbol, 0.0) + left)


def _dividends(dividends: Iterable[tuple[str, float, float]]) -> Iterator[tuple[str, str, float]]:
    received: dict[str, float] = {}
    owed: dict[str, float] = {}
    for symbol, plus, minus in dividends:
        received[symbol] = received.get(symbol, 0.0) + plus
        owed[symbol] = owed.get(symbol, 0.0) + minus
    if not received:
        yield "dividends", "", 0.0
    yield from (("dividends", symbol, amount) for symbol, amount in received.items() if amount)
    yield from (("dividends_owed", symbol, -amount) for symbol, amount in owed.items() if amount)


def _costs(fills: pd.DataFrame, contracts: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    for fee in _FEES:
        for symbol, amount in fills.groupby("symbol")[fee].sum().items():
            if amount:
                yield fee, str(symbol), -float(amount)
    for kind, component in (("financing", "financing_interest"), ("short", "borrow_fee")):
        chosen = contracts[contracts["kind"] == kind]
        for symbol, amount in chosen.groupby("symbol")["interest"].sum().items():
            if amount:
                yield component, str(symbol), -float(amount)
