"""Ex-right reference prices (除权除息参考价) and marks, through suspensions."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Mask2D, Panel2D, Row
from .jit import jit
from .prices import round_half_up_scalar

_LIFT = 1e-12
"""Relative; more than the binary quotient falls short of a decimal tie, less than any other decimal lies below one."""


class Ex(NamedTuple):
    """Corporate actions as columns, ascending by session."""

    t: NDArray[np.int64]
    j: NDArray[np.int64]
    cash: Row  # CNY per share
    ratio: Row  # new shares per share, above -1
    rights_ratio: Row  # shares offered per share
    rights_price: Row  # CNY per share offered


@jit
def ex_right_price(
    last: float, cash: float, ratio: float, per_unit: int, rights_ratio: float = 0.0, rights_price: float = 0.0
) -> float:
    """Return (last - cash + rights price x rights ratio) / (1 + ratio + rights ratio) in CNY, half-up to the tick.

    Notes
    -----
    The exchange takes the shares that were subscribed in the place of those that were offered, so that what it
    publishes lies a little higher than this.
    """
    value = last - cash + rights_price * rights_ratio
    return round_half_up_scalar(value / (1.0 + ratio + rights_ratio) * (1.0 + _LIFT), per_unit)


@jit
def reference_prices(
    close: Panel2D,
    suspended: Panel2D,
    pre_close: Panel2D,
    is_derived: Mask2D,
    ex: Ex,
    per_unit: NDArray[np.int64],
    reference: Panel2D,
    marks: Panel2D,
) -> None:
    """Fill `reference` with the previous close of each session, ex rights, and `marks` with its closing valuation.

    Parameters
    ----------
    close, suspended, pre_close : float64 (T, N)
        CNY, 0 or 1, CNY; NaN = no observation.
    is_derived : bool (T, N)
        Where `pre_close` is only the last close before; elsewhere it is published and is the reference already.
    ex : Ex
    per_unit : int64 (N,)
        Ticks per CNY.
    reference, marks : float64 (T, N)
        Filled. NaN before the first observation.

    Notes
    -----
    On an ex-date, whether the security trades or not, the last price becomes the `ex_right_price`; a published
    `pre_close` of that session stands in its place. A session without trade keeps that mark.
    Rule: trading rules of SSE and SZSE, ex-right reference price.
    """
    last = np.full(close.shape[1], np.nan)
    is_ex = np.zeros(close.shape[1], np.bool_)
    k = 0
    for t in range(close.shape[0]):
        is_ex[:] = False
        while k < ex.t.size and ex.t[k] == t:
            j = ex.j[k]
            last[j] = ex_right_price(
                last[j], ex.cash[k], ex.ratio[k], per_unit[j], ex.rights_ratio[k], ex.rights_price[k]
            )
            is_ex[j] = True
            k += 1
        for j in range(close.shape[1]):
            published = pre_close[t, j] if pre_close[t, j] > 0.0 and not is_derived[t, j] else np.nan
            if is_ex[j] and not np.isnan(published):
                last[j] = published
            known = last[j] if np.isnan(published) else published
            reference[t, j] = pre_close[t, j] if np.isnan(known) else known
            if np.isnan(last[j]):
                last[j] = reference[t, j]
            if not np.isnan(close[t, j]) and (not suspended[t, j] > 0.0 or np.isnan(last[j])):
                last[j] = close[t, j]
            marks[t, j] = last[j]
