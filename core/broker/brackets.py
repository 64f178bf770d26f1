"""The orders of a bracket: an entry, and the stop and the limit that stand until one of them is done."""

from collections.abc import Iterable
from typing import Any

from ..kernels.admission import Quote
from ..types import OrderKind
from .lots import lots_up, whole


def is_exit(order: Any) -> bool:
    """Tell whether `order` is the stop or the limit of a bracket: a bad day alone does not end it."""
    return order.parent is not None


def to_close(order: Any) -> float:
    """Return the shares that `order` has still to close: of a return, less than what is bought for it in lots."""
    rest = abs(order.executed.remsize)
    if order.info["kind"] is not OrderKind.BUY_TO_RETURN:
        return rest
    done = abs(order.executed.exbits[-1].size) if order.executed.exbits else 0
    return order.info["returned"] - done


def cut(orders: Iterable[Any], shares: float, quote: Quote) -> None:
    """Let each of `orders` close `shares` from here on."""
    for order in orders:
        rest = whole(shares)
        if order.info["kind"] is OrderKind.BUY_TO_RETURN:
            order.addinfo(returned=rest)
            rest = lots_up(rest, quote)
        order.executed.remsize = rest if order.isbuy() else -rest
        order.size = order.created.size = order.executed.size + order.executed.remsize
