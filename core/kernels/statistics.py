"""Statistics of one equity series: returns, drawdown, volatility, Sharpe, Sortino, Calmar."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..types import Row
from .jit import jit

SESSIONS_PER_YEAR = 243.0
"""The Chinese exchanges hold 242 to 244 sessions a year."""

NO_VARIATION = 1e-14
"""Fraction per session. A return is a ratio near 1 less 1, so rounding alone spreads it by 1e-16; a deviation below
this is rounding, and a ratio over it would be an arbitrary huge number."""


class MaxDrawdown(NamedTuple):
    """The deepest fall from a peak: `depth` (fraction <= 0) and three session indices, -1 where there is none."""

    depth: float
    peak: int
    trough: int
    recovery: int


@jit
def _returns(equity, out):
    out[:] = np.nan
    for t in range(1, equity.size):
        if equity[t - 1] > 0.0:  # false for NaN too: a return on nothing, or on debt, has no meaning
            out[t] = equity[t] / equity[t - 1] - 1.0


@jit
def _drawdown(equity, out):
    peak = 0.0
    for t in range(equity.size):
        if equity[t] > peak:
            peak = equity[t]
        out[t] = equity[t] / peak - 1.0 if peak > 0.0 else np.nan


@jit
def _max_drawdown(drawdown, depth, index):
    """Fill depth[0] and index[0:3] = last session at the peak, first at the trough, first back at the peak's level."""
    depth[0] = np.nan
    index[:] = -1
    peak = -1
    for t in range(drawdown.size):
        if np.isnan(drawdown[t]):
            continue
        if drawdown[t] == 0.0:
            peak = t
            if index[1] >= 0 and index[2] < 0:
                index[2] = t
        if np.isnan(depth[0]):
            depth[0] = 0.0
        if drawdown[t] < depth[0]:
            depth[0] = drawdown[t]
            index[0], index[1], index[2] = peak, t, -1


@jit
def _moments(returns, target, out):
    """Fill out = number of observations, mean excess, sample deviation, downside deviation (fractions per session)."""
    count, mean, squares, downside = 0, 0.0, 0.0, 0.0
    for t in range(returns.size):
        if np.isnan(returns[t]):
            continue
        excess = returns[t] - target
        count += 1
        step = excess - mean
        mean += step / count
        squares += step * (excess - mean)  # Welford: exact on a constant series, no cancellation
        downside += min(excess, 0.0) ** 2
    out[0] = count
    out[1] = mean if count > 0 else np.nan
    out[2] = math.sqrt(squares / (count - 1)) if count > 1 else np.nan
    out[3] = math.sqrt(downside / count) if count > 0 else np.nan


def returns(equity: ArrayLike, out: Row | None = None) -> Row:
    """Return the simple return of every session.

    Parameters
    ----------
    equity : float64 (T,), CNY
    out : float64 (T,), optional
        Filled and returned.

    Returns
    -------
    float64 (T,), fraction
        The first is NaN.

    Raises
    ------
    ValueError
        `equity` is not one-dimensional.

    Notes
    -----
    NaN where either session is NaN, and where the earlier equity is not positive. Gaps are not bridged.
    """
    values = _series("equity", equity)
    out = np.empty_like(values) if out is None else out
    _returns(values, out)
    return out


def drawdown(equity: ArrayLike, out: Row | None = None) -> Row:
    """Return equity over its running maximum, less 1.

    Parameters
    ----------
    equity : float64 (T,), CNY
    out : float64 (T,), optional
        Filled and returned.

    Returns
    -------
    float64 (T,), fraction <= 0
        Below -1 where more than the peak was lost (negative equity).

    Raises
    ------
    ValueError
        `equity` is not one-dimensional.

    Notes
    -----
    NaN sessions stay NaN and leave the maximum as it was; NaN until the first positive equity.
    """
    values = _series("equity", equity)
    out = np.empty_like(values) if out is None else out
    _drawdown(values, out)
    return out


def max_drawdown(equity: ArrayLike) -> MaxDrawdown:
    """Return the deepest drawdown with the sessions of its peak, trough and recovery.

    Parameters
    ----------
    equity : float64 (T,), CNY

    Returns
    -------
    MaxDrawdown
        The first trough among equals. Depth 0 and indices -1 for a series that never falls; depth NaN if it is never
        positive; recovery -1 if the peak's level is not reached again.

    Raises
    ------
    ValueError
        `equity` is not one-dimensional.

    Notes
    -----
    NaN sessions are passed over.
    """
    values = _series("equity", equity)
    fallen, depth, index = np.empty_like(values), np.empty(1), np.empty(3, dtype=np.int64)
    _drawdown(values, fallen)
    _max_drawdown(fallen, depth, index)
    return MaxDrawdown(float(depth[0]), *(int(t) for t in index))


def volatility(returns: ArrayLike, sessions_per_year: float) -> float:
    """Return the annualised sample standard deviation (ddof 1) of `returns`.

    Parameters
    ----------
    returns : float64 (T,), fraction per session
    sessions_per_year : float
        The annualisation factor, such as `SESSIONS_PER_YEAR`.

    Returns
    -------
    float, fraction per year
        NaN with fewer than two observations.

    Raises
    ------
    ValueError
        `returns` is not one-dimensional.

    Notes
    -----
    NaN sessions are passed over.
    """
    return float(_moments_of(returns, 0.0)[2] * math.sqrt(sessions_per_year))


def sharpe(returns: ArrayLike, sessions_per_year: float, risk_free_rate: float = 0.0) -> float:
    """Return the annualised Sharpe ratio: mean excess return over its sample standard deviation.

    Parameters
    ----------
    returns : float64 (T,), fraction per session
    sessions_per_year : float
    risk_free_rate : float, fraction per year
        Spread evenly over the sessions of a year.

    Returns
    -------
    float
        NaN with fewer than two observations or without variation.

    Raises
    ------
    ValueError
        `returns` is not one-dimensional.

    Notes
    -----
    NaN sessions are passed over. Source: Sharpe (1994), The Sharpe Ratio.
    """
    _, mean, deviation, _ = _moments_of(returns, risk_free_rate / sessions_per_year)
    return _ratio(mean, deviation, sessions_per_year)


def sortino(returns: ArrayLike, sessions_per_year: float, target_rate: float = 0.0) -> float:
    """Return the annualised Sortino ratio: mean excess return over the downside deviation.

    Parameters
    ----------
    returns : float64 (T,), fraction per session
    sessions_per_year : float
    target_rate : float, fraction per year
        The return that counts as none; spread evenly over the sessions of a year.

    Returns
    -------
    float
        NaN without an observation below the target.

    Raises
    ------
    ValueError
        `returns` is not one-dimensional.

    Notes
    -----
    The downside deviation is the root of the mean over all sessions of min(excess, 0) squared, not over the losing
    sessions alone. NaN sessions are passed over. Source: Sortino and Price (1994).
    """
    _, mean, _, downside = _moments_of(returns, target_rate / sessions_per_year)
    return _ratio(mean, downside, sessions_per_year)


def annualised_return(total_return: float, sessions: int, sessions_per_year: float) -> float:
    """Return the yearly rate (fraction) that compounds to `total_return` (fraction) over `sessions`.

    -1 when everything or more was lost; NaN without a session.
    """
    if sessions < 1 or math.isnan(total_return):
        return math.nan
    return max(1.0 + total_return, 0.0) ** (sessions_per_year / sessions) - 1.0


def calmar(annual_return: float, depth: float) -> float:
    """Return `annual_return` (fraction) over the size of the drawdown `depth` (fraction); NaN without a drawdown."""
    return annual_return / abs(depth) if abs(depth) > 0.0 else math.nan


def _ratio(mean: float, deviation: float, sessions_per_year: float) -> float:
    return float(mean / deviation * math.sqrt(sessions_per_year)) if deviation > NO_VARIATION else math.nan


def _moments_of(returns: ArrayLike, target: float) -> Row:
    out = np.empty(4)
    _moments(_series("returns", returns), target, out)
    return out


def _series(name: str, values: ArrayLike) -> Row:
    array = np.ascontiguousarray(values, dtype=np.float64)
    if np.ndim(values) != 1:
        raise ValueError(f"`{name}` should have one dimension (sessions), got shape {np.shape(values)}")
    return array
