"""Counts of shares: whole ones as `int`, as backtrader has them, and those that a board takes."""

from typing import Any

import numpy as np

from ..types import OrderKind
from . import admission
from .admission import Quote

_TIE = 1.0 + 4e-15
"""Lifts a quotient by some units in its last place: 0.57 of 1,000,000 CNY buys 57,000 shares at 10, not 56,999."""


def whole(size: Any) -> Any:
    """Return a whole count of shares as `int`; a fraction, NaN or infinity as it came, to be refused at its fill."""
    if isinstance(size, int):
        return size
    number = float(size)
    return int(number) if number.is_integer() else number


def shares_for(amount: float, price: float) -> float:
    """Return how many whole shares `amount` CNY are at `price`, rounded towards 0; NaN where there is no price."""
    return float(np.trunc(amount / price * _TIE))


def lots_down(shares: float, quote: Quote) -> int:
    """Return the largest count of at most `shares` that may be bought or sold short, 0 where none may."""
    return int(admission.whole_lots(float(shares), quote))


def lots_up(shares: float, quote: Quote) -> Any:
    """Return the smallest count of at least `shares` that may be bought; NaN and infinity as they came."""
    return whole(admission.lots_up(float(shares), quote))


def sale_up(shares: float, held: float, quote: Quote) -> int:
    """Return the smallest count of at least `shares` that a holding of `held` may sell; all of it where none is less.

    The odd remainder of a holding goes with a sale whole, or stays whole.
    """
    counts = (
        _rounded(np.ceil, shares, 0.0, quote),
        _rounded(np.ceil, shares, _odd(held, quote), quote),
        quote.lot_minimum,
    )
    return int(min((count for count in counts if shares <= count and _may_sell(count, held, quote)), default=held))


def sale_down(shares: float, held: float, quote: Quote) -> int:
    """Return the largest count of at most `shares` that a holding of `held` may sell, 0 where none may."""
    counts = (_rounded(np.floor, shares, 0.0, quote), _rounded(np.floor, shares, _odd(held, quote), quote), held)
    return int(max((count for count in counts if 0.0 < count <= shares and _may_sell(count, held, quote)), default=0))


def _odd(held: float, quote: Quote) -> float:
    return held % quote.lot_step


def _rounded(to: Any, shares: float, odd: float, quote: Quote) -> float:
    return float(odd + to((shares - odd) / quote.lot_step) * quote.lot_step)


def _may_sell(count: float, held: float, quote: Quote) -> bool:
    return count <= held and not admission.lot_refusal(int(OrderKind.SELL), float(count), float(held), quote)
