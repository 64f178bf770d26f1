"""What a broker's file says of each line, of the account and of its contracts, beside what the ledger did."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..account.order_kinds import FORCED
from ..types import OrderKind
from .broker_words import ACCOUNT, BY_ITSELF, LINE_FIGURES, OF_SHARES, ORDER_FIGURES, OUTSIDE
from .order_list import StatedOrder

CLAIM_COLUMNS = ("date", "symbol", "kind", "item", "brokers", "tolerance", "line", "fill", "ours")

_RATIO_TOLERANCE = 0.0001
"""Brokers print the maintenance ratio in percent with two decimals."""

_LOOK_UP = float("nan")
"""Our figure is found in the tables of the result."""

_PAID_ITEMS = {"interest": "interest", "fee": "interest", "principal": "principal_paid"}
_Claim = tuple[str, float, float]


class Line(NamedTuple):
    """One row of the file and what came of it."""

    row: StatedOrder
    symbol: str  # "" = none
    order: Any = None  # of backtrader; None for a booking
    refused: str = ""  # why a booking was not carried out
    change: float = 0.0  # CNY of cash that a booking moved; of an order: CNY that other lines tell apart
    ours: float = _LOOK_UP  # of a booking: its amount in CNY, or shares
    share_change: float = 0.0  # shares held that a booking moved

    @property
    def kind(self) -> str:
        """Return the kind as tables write it."""
        if self.order is None:
            return self.row.booking or OrderKind.REPAY.name.lower()
        return FORCED * self.row.is_forced + self.order.info["kind"].name.lower()

    @property
    def cash_change(self) -> float:
        """Return the CNY by which the line changed the cash."""
        return self.change + (0.0 if self.order is None else float(self.order.info.get("cash_change", 0.0)))

    @property
    def held_change(self) -> float:
        """Return the shares by which the line changed what is held of its security."""
        return self.share_change if self.order is None else float(self.order.info.get("held_change", 0.0))


def line_claims(
    lines: Sequence[Line], cash_at: dict[Any, float], held_at: Mapping[Any, Mapping[str, float]], tolerance: float
) -> Iterator[tuple[Any, ...]]:
    """Yield the claims of all orders and bookings.

    Parameters
    ----------
    lines : sequence of Line
        In the order of the file.
    cash_at : dict of datetime64 to float
        Date -> CNY of cash at the close.
    held_at : mapping of datetime64 to mapping of str to float
        Date -> symbol -> shares held at the close.
    tolerance : float, CNY

    Notes
    -----
    Cash and shares after a line (资金余额, 股份余额) are those of the day's close less what the later lines of the day
    changed, so that it does not matter in which order ledger and broker took the lines of a day. Cash that lines moved
    which the account does not follow is taken in from then on.
    """
    filled: dict[tuple[Any, ...], int] = {}
    for line, (balance, held) in zip(lines, _after(lines, cash_at, held_at), strict=True):
        row, key = line.row, (line.row.date, line.symbol, line.kind)
        own = _of_booking(line, held) if line.order is None else _of_order(line)
        number = -1
        for item, brokers, ours in own:
            if ours != ours:  # to be found among the fills
                number = filled[key] = filled.get(key, -1) + 1 if number < 0 else number
                yield *key, item, brokers, tolerance, row.line, number, ours
            else:
                yield *key, item, brokers, 0.0 if item.startswith("refused") else tolerance, row.line, -1, ours
        if "balance" in row.figures and row.booking != BY_ITSELF:
            yield *key, "balance", row.figures["balance"], tolerance, row.line, -1, balance


def _of_order(line: Line) -> Iterator[_Claim]:
    """Yield item, the broker's figure and ours (NaN: of its fill) of an order."""
    row, order = line.row, line.order
    is_repayment = order.info["kind"] is OrderKind.REPAY
    asked = row.amount if is_repayment else float(abs(order.created.size))
    if not order.executed.size:
        yield f"refused: {order.info.refusal.name.lower()}", asked, 0.0
        return
    yield "value" if is_repayment else "shares", asked, _LOOK_UP
    done, given = order.info.effect, row.figures
    for item, value in given.items():
        if item == "commission":
            ways = (value, value + given.get("levies", 0.0))  # printed with the levies in it, or apart
            yield item, min(ways, key=lambda way: abs(way - done.commission)), _LOOK_UP
        elif item in ORDER_FIGURES or (item == "value" and not is_repayment):
            yield item, value, _LOOK_UP
    settled, changed = (float(order.info.get(name, 0.0)) for name in ("settled", "cash_change"))
    if "net" in given:
        yield "net", given["net"], _nearest(given["net"], (changed, settled, line.cash_change))
    if "other_fees" in given:
        yield "other_fees", given["other_fees"], 0.0
    if "levies" in given and "commission" not in given:
        yield "levies", given["levies"], 0.0
    if "principal_paid" in given:
        is_sale = order.info["kind"] in (OrderKind.SELL_TO_REPAY, OrderKind.REPAY)
        before = settled if order.info["kind"] is OrderKind.SELL_TO_REPAY else 0.0
        yield "principal_paid", given["principal_paid"], (before - changed - done.interest) * is_sale
    if "shares_left" in given and not is_repayment:
        yield "shares_left", given["shares_left"], float(order.info.get("held", _LOOK_UP))


def _nearest(printed: float, ways: Sequence[float]) -> float:
    """Return our change of the cash, in the way in which the broker prints it.

    With a debt that a line opens or pays, or, as other brokers do, of the trade and its fees alone.
    """
    return min(ways, key=lambda way: abs(way - printed))


def _of_booking(line: Line, held: float) -> Iterator[_Claim]:
    """Yield item, the broker's figure and ours of a line that is no order."""
    row, given = line.row, line.row.figures
    if row.booking in (OUTSIDE, BY_ITSELF):
        return
    is_cash = row.booking not in OF_SHARES
    asked = row.amount if is_cash else row.shares
    if line.refused:
        yield f"refused: {line.refused}", asked, 0.0
        return
    yield _PAID_ITEMS.get(row.part, "value" if row.part else "amount" if is_cash else "shares"), asked, line.ours
    for item, value in given.items():
        if item == "net":
            yield item, value, line.change
        elif item == "shares_left":
            if line.symbol:
                yield item, value, held
        elif item == "value" and is_cash:
            yield item, value, line.ours
        elif item in (*ORDER_FIGURES, *LINE_FIGURES) and item != "balance":
            yield item, value, line.ours if _PAID_ITEMS.get(row.part) == item else 0.0


def _after(
    lines: Sequence[Line], cash_at: dict[Any, float], held_at: Mapping[Any, Mapping[str, float]]
) -> list[tuple[float, float]]:
    """Return our cash and our shares of the security after each line, counted back from the close of its day."""
    outside = [(line.row.date, line.change) for line in lines if line.row.booking == OUTSIDE]
    later: dict[Any, float] = {}
    later_shares: dict[Any, float] = {}
    found = []
    for line in reversed(lines):
        day, key = line.row.date, (line.row.date, line.symbol)
        told = sum(change for when, change in outside if when <= day)
        held = held_at[day].get(line.symbol, 0.0) - later_shares.get(key, 0.0)
        found.append((cash_at[day] + told - later.get(day, 0.0), held))
        later[day] = later.get(day, 0.0) + line.cash_change
        later_shares[key] = later_shares.get(key, 0.0) + line.held_change
    return found[::-1]


def account_claims(rows: Sequence[StatedOrder], tolerance: float) -> Iterator[tuple[Any, ...]]:
    """Yield the claims of the rows of the account."""
    for row in rows:
        for item, value in row.figures.items() if row.kind is None and not row.booking else ():
            allowed = _RATIO_TOLERANCE if item == "maintenance_ratio" else tolerance
            yield row.date, "", ACCOUNT, item, value, allowed, row.line, -1, _LOOK_UP
