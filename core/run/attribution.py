"""Where the change of equity came from: price, dividends, rights, each cost, interest received, cash moved."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..account.order_kinds import BOUGHT, FORCED, SOLD, names
from ..types import Row

GAINS = (
    *("price_pnl", "dividends", "dividends_owed", "rights_owed", "dividend_tax"),
    *("interest_received", "cash_flow", "transfers"),
)
"""Components that are no cost, in the order in which they are listed; a summary read from disk has its keys sorted."""

_FEES = ("commission", "stamp_duty", "transfer_fee")


def attribute(
    fills: pd.DataFrame,
    contracts: pd.DataFrame,
    symbols: tuple[str, ...],
    net_value: Row,
    brought: Row,
    dividends: Iterable[tuple[str, float, float]],
    flows: pd.DataFrame | None = None,
    endings: pd.DataFrame | None = None,
    received: float = 0.0,
    entitlements: pd.DataFrame | None = None,
) -> dict[str, list[Any]]:
    """Return the columns component, symbol and amount; the amounts sum to the change of equity.

    Parameters
    ----------
    fills, contracts : DataFrame
        Tables of the result.
    symbols : tuple of str (N,)
    net_value : float64 (N,)
        CNY at the last marks: shares held less shares owed.
    brought : float64 (N,)
        The same before the first session, at the marks of the opening.
    dividends : iterable of (str, float, float)
        Symbol, CNY received and CNY owed, by ex-date.
    flows, endings : DataFrame, optional
        Tables of the result.
    received : float
        CNY of interest on cash that was credited.
    entitlements : DataFrame, optional
        The table of the result.

    Notes
    -----
    Price P&L of a security = sales - purchases, those by right among them, + what is left, at the last mark - what was
    brought in; the end of a listing counts as a sale, and where a successor takes over as the purchase of its shares at
    the same value. It does not read the account's cash, so the sum is a check of the ledger and not a residual.
    """
    cash, moved = _moved(flows)
    entitled = _entitled(entitlements)
    paid = entitled.get("rights_subscribed", {})
    brought = brought - _passed(endings, symbols)
    brought = brought + np.array([moved.get(symbol, 0.0) - paid.get(symbol, 0.0) for symbol in symbols])
    rows = [*_price(fills, symbols, net_value, brought), *_dividends(dividends), *_costs(fills, contracts)]
    for component in ("rights_owed", "dividend_tax"):
        rows += [(component, symbol, amount) for symbol, amount in entitled.get(component, {}).items()]
    if received:
        rows.append(("interest_received", "", received))
    if cash:
        rows.append(("cash_flow", "", cash))
    rows += [("transfers", symbol, amount) for symbol, amount in moved.items() if amount]
    return {name: [row[i] for row in rows] for i, name in enumerate(("component", "symbol", "amount"))}


def _entitled(entitlements: pd.DataFrame | None) -> dict[str, dict[str, float]]:
    """Return kind -> security -> CNY, below 0 what was paid or is owed."""
    out: dict[str, dict[str, float]] = {}
    if entitlements is not None:
        for kind, rows in entitlements.groupby("kind"):
            sums = rows.groupby("symbol")["amount"].sum()
            out[str(kind)] = {str(symbol): float(amount) for symbol, amount in sums.items()}
    return out


def _moved(flows: pd.DataFrame | None) -> tuple[float, dict[str, float]]:
    """Return the CNY of cash that moved in, less what moved out, and of collateral by security, at its marks."""
    if flows is None:
        return 0.0, {}
    done = flows[flows["reason"] == ""]
    of = {str(symbol): float(amount) for symbol, amount in done.groupby("symbol")["amount"].sum().items()}
    return of.pop("", 0.0), of


def _passed(endings: pd.DataFrame | None, symbols: tuple[str, ...]) -> Row:
    """Return what each security (N,) gave at its end, in CNY: cash and what went on, less what came from others."""
    if endings is None:
        return np.zeros(len(symbols))
    gave = (endings["cash"] + endings["carried"]).groupby(endings["symbol"]).sum()
    took = endings["carried"].groupby(endings["successor"]).sum()
    return (gave.reindex(symbols, fill_value=0.0) - took.reindex(symbols, fill_value=0.0)).to_numpy()


def _price(
    fills: pd.DataFrame, symbols: tuple[str, ...], net_value: Row, brought: Row
) -> Iterator[tuple[str, str, float]]:
    kind = fills["kind"].str.removeprefix(FORCED)
    sign = np.where(kind.isin(names(SOLD)), 1.0, np.where(kind.isin(names(BOUGHT)), -1.0, 0.0))
    traded = (fills["value"] * sign).groupby(fills["symbol"]).sum()
    for symbol, left, begun in zip(symbols, net_value, brought, strict=True):
        if symbol in traded.index or left or begun:
            yield "price_pnl", symbol, float(traded.get(symbol, 0.0) + left - begun)


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
