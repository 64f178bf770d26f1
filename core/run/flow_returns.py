"""Returns of an account whose cash and collateral moved: time-weighted, as a fund, and money-weighted, as its owner."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..types import Row


def moved_by_session(flows: pd.DataFrame | None, dates: pd.Series) -> Row:
    """Return the CNY (T,) that moved into the account before each session, negative = out; refused rows do not count.

    Parameters
    ----------
    flows : DataFrame or None
        The table of a result.
    dates : Series (T,)
        Its sessions.
    """
    if flows is None:
        return np.zeros(len(dates))
    done = flows[flows["reason"] == ""]
    moved = done.groupby("date")["amount"].sum()
    return dates.map(moved).fillna(0.0).to_numpy(dtype=np.float64)


def time_weighted(start: float, equity: Row, moved: Row) -> Row:
    """Return the path (T + 1,) of an account that began with `start` and had nothing moved, of the same returns.

    Parameters
    ----------
    start : float, CNY
        Before the first session.
    equity : float64 (T,), CNY
        At each close.
    moved : float64 (T,), CNY
        Moved in before each session, at the marks of the close before; negative = out.

    Notes
    -----
    The return of a session is its equity over that of the close before with what moved in, less 1. A session that
    begins without equity has none, and once the path is gone it stays at 0. An account that begins with nothing begins
    with its first deposit. Where nothing moved, the path is the equity itself.
    """
    if not moved.any():
        return np.concatenate([[start], equity])
    path = np.empty(len(equity) + 1)
    paid = np.flatnonzero(np.r_[start, moved] > 0.0)
    path[0] = np.r_[start, moved][paid[0]] if start == 0.0 and len(paid) else start
    before = start
    for t in range(len(equity)):
        base = before + moved[t]
        path[t + 1] = path[t] * (equity[t] / base if base > 0.0 else 1.0)
        if path[t] <= 0.0:
            path[t + 1] = 0.0
        before = equity[t]
    return path


def money_weighted(start: float, end: float, moved: Row, days: NDArray[np.int64]) -> float:
    """Return the internal rate of return a year: what the owner's money earned, however it came and went.

    Parameters
    ----------
    start, end : float, CNY
        Equity before the first session and at the last close.
    moved : float64 (T,), CNY
        Moved in before each session; negative = out.
    days : int64 (T,)
        Calendar days of the sessions since the first.

    Returns
    -------
    float
        The rate r for which start + Σ moved / (1 + r)^(days / 365) = end / (1 + r)^(last day / 365); -1 where all is
        lost; NaN where no rate does it, or where there is no day between.
    """
    years = np.append(days, days[-1]) / 365.0
    amounts = np.append(moved, -end)
    amounts[0] += start
    if years[-1] <= 0.0:
        return math.nan
    if end <= 0.0:
        return -1.0
    low, high = -0.999999, 1.0
    while _value(amounts, years, high) < 0.0 and high < 1e12:
        high *= 4.0
    if _value(amounts, years, low) * _value(amounts, years, high) > 0.0:
        return math.nan
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _value(amounts, years, middle) < 0.0 else (low, middle)
    return 0.5 * (low + high)


def _value(amounts: Row, years: Row, rate: float) -> float:
    """Return the value on the first day of what was paid in less what came out: it grows with the rate."""
    return math.fsum(amounts / (1.0 + rate) ** years)
