"""Lines that say apart what another line of the day paid: the interest and the principal of a sale to repay, the fee of
a cover. The ledger pays them with that order, so they are compared with it and not carried out again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..types import OrderKind
from .order_list import StatedOrder

_COVERS = (OrderKind.BUY_TO_RETURN, OrderKind.RETURN_SHARES)
_OF_COVERS = ("fee", "compensation")
_CENT = 0.005


def paid_apart(rows: Sequence[StatedOrder]) -> dict[int, int]:
    """Return place of a line that tells a payment -> place of the order of that day that paid it.

    Notes
    -----
    A sale to repay (卖券还款) pays the lines of interest and principal of its day up to the change of the cash that it
    prints: where it prints what was left after the debt, often 0, such lines are payments of their own. A cover
    (买券还券, 现券还券) pays the lines of fees of its day, unless its own change of the cash holds more than the trade.
    """
    left = {i: row.figures.get("net", 0.0) for i, row in enumerate(rows) if row.kind is OrderKind.SELL_TO_REPAY}
    covers = {i for i, row in enumerate(rows) if row.kind in _COVERS and not _pays_more(row)}
    made = {}
    for i, row in enumerate(rows):
        if row.part in _OF_COVERS:
            those = [k for k in covers if rows[k].date == row.date and row.symbol in ("", rows[k].symbol)]
        elif row.part:
            those = [k for k, cash in left.items() if rows[k].date == row.date and cash >= row.amount - _CENT]
        else:
            continue
        if those:
            made[i] = min(those, key=lambda k: (rows[k].symbol != rows[i].symbol, k))
            left[made[i]] = left.get(made[i], 0.0) - row.amount
    return made


def _pays_more(row: StatedOrder) -> bool:
    """Return whether a cover's change of the cash is more than its trade and the fees of it."""
    if row.kind is OrderKind.RETURN_SHARES:
        return abs(row.figures.get("net", 0.0)) > _CENT
    names = ("commission", "stamp_duty", "transfer_fee", "levies", "other_fees")
    trade = row.figures.get("value", row.shares * row.price) + sum(row.figures.get(name, 0.0) for name in names)
    return abs(row.figures.get("net", 0.0)) > trade + _CENT


def ours_apart(
    rows: Sequence[StatedOrder], of: Mapping[int, int], effects: Mapping[int, tuple[Any, float, float]]
) -> dict[int, float]:
    """Return what the ledger paid, in CNY, for each line of `paid_apart`.

    Parameters
    ----------
    rows : sequence of StatedOrder
    of : mapping of int to int
        As `paid_apart`.
    effects : mapping of int to (Effect, float, float)
        Place of an order -> what it did, the CNY of its trade and fees, and the CNY by which it changed the cash;
        orders that were refused are not there.

    Notes
    -----
    Several lines of one part and order share its sum: each has what the file says, the last one the rest.
    """
    made = {}
    for k in dict.fromkeys(of.values()):
        lines = [i for i, order in of.items() if order == k]
        has_interest = any(rows[i].part == "interest" for i in lines)
        sums = _sums(effects[k]) if k in effects else {}
        groups: dict[str, list[int]] = {}
        for i in lines:
            part = "principal" if rows[i].part == "all" and has_interest else rows[i].part
            groups.setdefault(part, []).append(i)
        for part, those in groups.items():
            made |= _shared(rows, those, sums.get(part, 0.0))
    return made


def _sums(effect: tuple[Any, float, float]) -> dict[str, float]:
    done, settled, change = effect
    rest = settled - change - done.interest  # principal, or dividends owed to the lender
    return {
        "interest": done.interest,
        "fee": done.interest,
        "principal": rest,
        "compensation": rest,
        "all": rest + done.interest,
    }


def _shared(rows: Sequence[StatedOrder], those: Iterable[int], total: float) -> dict[int, float]:
    made, last = {}, -1
    for last in those:
        made[last] = rows[last].amount
    made[last] += total - sum(made.values())
    return made
