"""The orders of a bracket: an entry, and the stop and the limit that stand until one of them is done."""

from collections.abc import Iterable
from typing import Any

from ..account.admission import Quote
from ..account.lots import lots_up, whole
from ..types import OrderKind


def is_exit(order: Any) -> bool:
    """Tell whether `order` is the stop or the limit of a bracket: a bad day alone does not end it."""
    return order.parent is not None


def to_close(order: Any) -> float:
    """Return the shares that `order` has still to close after its last fill: of a return, less than it buys in lots."""
    if order.info["kind"] is not OrderKind.BUY_TO_RETURN:
        return abs(order.executed.remsize)
    return order.info["returned"] - abs(order.executed.exbits[-1].size)


def cut(orders: Iterable[Any], shares: float, quote: Quote) -> None:
    """Let each of `orders` close `shares` from here on, and no more than it would."""
    for order in orders:
        rest = whole(min(shares, order.info.get("returned", abs(order.executed.remsize))))
        if order.info["kind"] is OrderKind.BUY_TO_RETURN:
            order.addinfo(returned=rest)
            rest = lots_up(rest, quote)
        order.executed.remsize = rest if order.isbuy() else -rest
        order.size = order.created.size = order.executed.size + order.executed.remsize
