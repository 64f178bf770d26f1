"""What a broker's file says of each line, of the account and of its contracts, beside what the ledger did."""

from collections.abc import Iterator, Sequence
from datetime import date as Day
from typing import Any, NamedTuple

import numpy as np

from ..account.credit import SHORT
from ..account.order_kinds import FORCED
from ..config.account_flows import OpenContractConfig
from ..types import OrderKind
from .broker_words import ACCOUNT, LINE_FIGURES
from .order_list import StatedOrder

CLAIM_COLUMNS = ("date", "symbol", "kind", "item", "brokers", "tolerance", "line", "fill", "ours")

_RATIO_TOLERANCE = 0.0001
"""Brokers print the maintenance ratio in percent with two decimals."""

_LOOK_UP = float("nan")
"""Our figure is found in the tables of the result."""


class Line(NamedTuple):
    """One row of the file and what came of it."""

    row: StatedOrder
    symbol: str  # "" = none
    order: Any = None  # of backtrader; None for a booking
    refused: str = ""  # why a booking was not carried out
    change: float = 0.0  # CNY of cash that a booking moved
    ours: float = _LOOK_UP  # of a booking: its amount in CNY, or shares
    held: float = _LOOK_UP  # shares of the security after it

    @property
    def kind(self) -> str:
        """Return the kind as tables write it."""
        if self.order is None:
            return self.row.booking
        return FORCED * self.row.is_forced + self.order.info["kind"].name.lower()

    @property
    def cash_change(self) -> float:
        """Return the CNY by which the line changed the cash."""
        return self.change if self.order is None else float(self.order.info.get("cash_change", 0.0))


def line_claims(lines: Sequence[Line], cash_at: dict[Any, float], tolerance: float) -> Iterator[tuple[Any, ...]]:
    """Yield the claims of all orders and bookings.

    Parameters
    ----------
    lines : sequence of Line
        In the order of the file.
    cash_at : dict of datetime64 to float
        Date -> CNY of cash at the close.
    tolerance : float, CNY

    Notes
    -----
    The cash after a line (资金余额) is that of the day's close less what the later lines of the day changed, so that it
    does not matter in which order ledger and broker took the lines of a day.
    """
    filled: dict[tuple[Any, ...], int] = {}
    balances = _balances(lines, cash_at)
    for line, balance in zip(lines, balances, strict=True):
        row, key = line.row, (line.row.date, line.symbol, line.kind)
        own = _of_booking(line) if line.order is None else _of_order(line)
        number = -1
        for item, brokers, ours in own:
            if ours != ours:  # to be found among the fills
                number = filled[key] = filled.get(key, -1) + 1 if number < 0 else number
                yield *key, item, brokers, tolerance, row.line, number, ours
            else:
                yield *key, item, brokers, 0.0 if item.startswith("refused") else tolerance, row.line, -1, ours
        if "balance" in row.figures:
            yield *key, "balance", row.figures["balance"], tolerance, row.line, -1, balance


def _of_order(line: Line) -> Iterator[tuple[str, float, float]]:
    """Yield item, the broker's figure and ours (NaN: of its fill) of an order."""
    row, order = line.row, line.order
    is_repayment = order.info["kind"] is OrderKind.REPAY
    asked = row.amount if is_repayment else float(abs(order.created.size))
    if not order.executed.size:
        yield f"refused: {order.info.refusal.name.lower()}", asked, 0.0
        return
    yield "value" if is_repayment else "shares", asked, _LOOK_UP
    for item, value in row.figures.items():
        if item not in LINE_FIGURES or (item == "value" and not is_repayment):
            yield item, value, _LOOK_UP
    if "net" in row.figures:
        yield "net", row.figures["net"], _nearest(row.figures["net"], order)
    if "other_fees" in row.figures:
        yield "other_fees", row.figures["other_fees"], 0.0
    if "shares_left" in row.figures:
        yield "shares_left", row.figures["shares_left"], float(order.info.get("held", _LOOK_UP))


def _nearest(printed: float, order: Any) -> float:
    """Return our change of the cash, in the way in which the broker prints it.

    With a debt that a line opens or pays, or, as other brokers do, of the trade and its fees alone.
    """
    ways = [float(order.info.get("cash_change", 0.0)), float(order.info.get("settled", 0.0))]
    return min(ways, key=lambda way: abs(way - printed))


def _of_booking(line: Line) -> Iterator[tuple[str, float, float]]:
    row = line.row
    is_cash = np.isnan(row.shares)
    asked = row.amount if is_cash else row.shares
    if line.refused:
        yield f"refused: {line.refused}", asked, 0.0
        return
    yield "amount" if is_cash else "shares", asked, line.ours
    if "net" in row.figures and is_cash:
        yield "net", row.figures["net"], line.change
    if "shares_left" in row.figures and not is_cash:
        yield "shares_left", row.figures["shares_left"], line.held


def _balances(lines: Sequence[Line], cash_at: dict[Any, float]) -> list[float]:
    """Return our cash after each line, counted back from the close of its day."""
    later: dict[Any, float] = {}
    found = []
    for line in reversed(lines):
        day = line.row.date
        found.append(cash_at[day] - later.get(day, 0.0))
        later[day] = later.get(day, 0.0) + line.cash_change
    return found[::-1]


def account_claims(rows: Sequence[StatedOrder], tolerance: float) -> Iterator[tuple[Any, ...]]:
    """Yield the claims of the rows of the account."""
    for row in rows:
        for item, value in row.figures.items() if row.kind is None and not row.booking else ():
            allowed = _RATIO_TOLERANCE if item == "maintenance_ratio" else tolerance
            yield row.date, "", ACCOUNT, item, value, allowed, row.line, -1, _LOOK_UP


def contract_claims(
    date: np.datetime64,
    stated: Sequence[tuple[int, OpenContractConfig]],
    contracts: np.ndarray,
    symbols: Sequence[str],
    tolerance: float,
) -> Iterator[tuple[Any, ...]]:
    """Yield the claims of a debt query (合约查询): what each contract owed at the close of `date`.

    Parameters
    ----------
    date : datetime64[D]
    stated : sequence of (int, OpenContractConfig)
        Line and contract; several of one day and security count together.
    contracts : CONTRACT (n,)
        The ledger's at that close.
    symbols : sequence of str (N,)
    tolerance : float, CNY

    Notes
    -----
    A contract of ours that the query does not list is a claim that nothing is owed.
    """
    ours: dict[tuple[str, str, Day], dict[str, float]] = {}
    for row in contracts:
        is_short = row["kind"] == SHORT
        opened = np.datetime64(int(row["opened"]), "D").item()
        key = ("short" if is_short else "financing", symbols[row["symbol"]], opened)
        sums = ours.setdefault(key, dict.fromkeys(("amount", "shares", "accrued"), 0.0) | {"rate": float(row["rate"])})
        sums["amount"] += float(row["sell_amount"] if is_short else row["principal"])
        sums["shares"] += float(row["shares"])
        sums["accrued"] += float(row["accrued"])
    theirs: dict[tuple[str, str, Day], dict[str, float]] = {}
    lines: dict[tuple[str, str, Day], int] = {}
    for line, one in stated:
        key = (one.kind, one.symbol, one.opened)
        lines.setdefault(key, line)
        said = {"amount": one.sell_amount or one.principal, "shares": one.shares, "accrued": one.accrued}
        sums = theirs.setdefault(key, {} if one.rate is None else {"rate": one.rate})
        for item, value in said.items():
            if value is not None:
                sums[item] = sums.get(item, 0.0) + float(value)
    for key in dict.fromkeys([*theirs, *ours]):
        kind, symbol, _ = key
        mine = ours.get(key, {})
        for item, value in theirs.get(key, {"amount": 0.0}).items():
            name = ("sell_amount" if kind == "short" else "principal") if item == "amount" else item
            # What accrues is printed in whole cents.
            allowed = 1e-6 if item == "rate" else max(tolerance, 0.005) if item == "accrued" else tolerance
            yield date, symbol, kind, name, value, allowed, lines.get(key, 0), -1, mine.get(item, 0.0)
