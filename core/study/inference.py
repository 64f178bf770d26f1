"""How sure a mean over sessions is: Newey-West errors, and intervals by a stationary block bootstrap."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kernels.cross_section import cross_rank

NO_VARIATION = 1e-14
"""Variance of ranks, whose scale is 1, below which they are all equal."""

BOUND = 1.96
"""|t| from which a mean differs from 0 at the 5 % level (two-sided, normal)."""

FEWEST_WINDOWS = 20
"""Spans of one horizon that do not overlap, below which a t cannot be trusted: the long-run variance of so few is
estimated too small."""


class Mean(NamedTuple):
    """A mean over sessions: `count` of them, standard deviation, standard error and t of Newey and West, `lags`."""

    mean: float
    std: float
    error: float
    t: float
    count: int
    lags: int


def lag_rule(horizon: int, sessions: int) -> int:
    """Return the lags of Newey-West errors: max(2 (h - 1), floor(4 (n / 100)^(2/9))), less than n.

    Parameters
    ----------
    horizon : int, sessions
        Returns over h sessions overlap for h - 1. Bartlett weights shrink what lies near the last lag: with h - 1 lags
        a third of the variance of a mean is lost, with twice as many a sixth.
    sessions : int
        n; the second term is the usual rule for series that do not overlap.
    """
    usual = int(4.0 * (max(sessions, 0) / 100.0) ** (2.0 / 9.0))
    return max(0, min(max(2 * (horizon - 1), usual), sessions - 1))


def newey_west(values: ArrayLike, horizon: int = 1, lags: int | None = None) -> Mean:
    """Return the mean of a series with its Newey-West error (Bartlett weights, no small-sample factor).

    Parameters
    ----------
    values : float64 (T,)
        One value per session.
    horizon : int, sessions
        Over which the values reach ahead; decides the lags.
    lags : int, optional
        In the place of `lag_rule`.

    Returns
    -------
    Mean
        NaN where it has no meaning: fewer than two values, or no variation.

    Notes
    -----
    NaN: a session without a value. It keeps its place, so that a lag is always that number of sessions; pairs with it
    do not count. Without NaN: the error of a regression on a constant with HAC covariance.
    Source: Newey and West (1987); for series with holes Datta and Du (2012), "amplitude modulated".
    """
    series = np.asarray(values, dtype=np.float64)
    is_known = ~np.isnan(series)
    count = int(is_known.sum())
    lags = lag_rule(horizon, count) if lags is None else lags
    if count == 0:
        return Mean(math.nan, math.nan, math.nan, math.nan, 0, 0)
    mean = float(series[is_known].mean())
    away = np.where(is_known, series - mean, 0.0)
    squares = float(away @ away)
    if count < 2 or squares <= 1e-28 * count * max(mean * mean, 1e-300):
        return Mean(mean, math.nan if count < 2 else 0.0, math.nan, math.nan, count, lags)
    error = math.sqrt(_long_run(away, lags)) / count
    t = mean / error if error > 0.0 else math.nan
    return Mean(mean, math.sqrt(squares / (count - 1)), error, t, count, lags)


def rank_slope(first: ArrayLike, second: ArrayLike, horizon: int = 1, lags: int | None = None) -> Mean:
    """Return the rank correlation of two series over time, as a regression of ranks with a Newey-West error.

    Parameters
    ----------
    first, second : float64 (T,)
        The first explains the second.
    horizon, lags
        As `newey_west`.

    Returns
    -------
    Mean
        `mean` is the slope; NaN where it has no meaning: fewer than three pairs, or a series without variation.

    Notes
    -----
    NaN: a session without one of the two, as `newey_west`. Without NaN: a regression with a constant and HAC errors.
    """
    pair = np.stack([np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)])
    is_known = ~np.isnan(pair).any(axis=0)
    count = int(is_known.sum())
    lags = lag_rule(horizon, count) if lags is None else lags
    nothing = Mean(math.nan, math.nan, math.nan, math.nan, count, lags)
    if count < 3:
        return nothing
    ranks = cross_rank(np.where(is_known, pair, np.nan), threads=1)
    x, y = np.where(is_known, ranks - np.nanmean(ranks, axis=1, keepdims=True), 0.0)
    squares = float(x @ x)
    if min(squares, float(y @ y)) < NO_VARIATION * count:
        return nothing
    slope = float(x @ y) / squares
    error = math.sqrt(_long_run(x * (y - slope * x), lags)) / squares
    return Mean(slope, math.nan, error, slope / error if error > 0.0 else math.nan, count, lags)


def _long_run(away: NDArray[np.float64], lags: int) -> float:
    """Return the sum of squares with Bartlett-weighted products of values up to `lags` sessions apart."""
    ahead = range(1, min(lags, len(away) - 1) + 1)
    total = float(away @ away) + 2.0 * sum((1.0 - k / (lags + 1.0)) * float(away[k:] @ away[:-k]) for k in ahead)
    return max(total, 0.0)


def resampled(sessions: int, block: float, resamples: int, seed: int) -> NDArray[np.float64]:
    """Return how often each session is drawn in each resample of the stationary bootstrap.

    Parameters
    ----------
    sessions : int
        T.
    block : float, sessions
        Mean length of a block, at least 1; lengths are geometric, the last session is followed by the first.
    resamples : int
        B.
    seed : int

    Returns
    -------
    float64 (B, T)
        Whole numbers; each row sums to T.

    Notes
    -----
    Source: Politis and Romano (1994).
    """
    random = np.random.default_rng([seed, sessions, round(block)])
    lengths = np.empty((resamples, 0), dtype=np.int64)
    while lengths.shape[1] == 0 or lengths.sum(axis=1).min() < sessions:
        more = 10 + int(1.2 * sessions / block)
        lengths = np.concatenate([lengths, random.geometric(1.0 / block, (resamples, more))], axis=1)
    ends = np.minimum(lengths.cumsum(axis=1), sessions)  # the last block is cut, what lies beyond has no length
    lengths = np.diff(ends, axis=1, prepend=0)
    firsts = random.integers(0, sessions, lengths.shape)
    # One up where a block begins and one down behind its end; what runs over the last session goes on at the first.
    width = 2 * sessions + 1
    places = firsts + width * np.arange(resamples)[:, None]
    steps = np.bincount(places.ravel(), minlength=resamples * width)
    steps -= np.bincount((places + lengths).ravel(), minlength=resamples * width)
    counts = steps.reshape(resamples, width).cumsum(axis=1)
    return (counts[:, :sessions] + counts[:, sessions : 2 * sessions]).astype(np.float64)


def block_length(horizon: int, sessions: int) -> float:
    """Return the mean block of a bootstrap: 3 h, so that most overlaps stay whole, at least T^(1/3), at most T / 4."""
    return max(1.0, min(max(3.0 * horizon, sessions ** (1.0 / 3.0)), sessions / 4.0))


def interval(estimate: float, values: NDArray[np.float64], blocks: float) -> tuple[float, float]:
    """Return the 95 % interval of a statistic from its values in resamples.

    Parameters
    ----------
    estimate : float
        The statistic of the sample.
    values : float64 (B,)
        Of the resamples; those not finite do not count.
    blocks : float
        How many blocks the sample holds.

    Notes
    -----
    The percentiles, as much further from the estimate as the 97.5 % point of Student's t with one degree less than
    there are blocks lies beyond the normal one: a few blocks vary less in resamples than in truth. Simulated means of
    overlapping sums lie inside nine times in ten.
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return math.nan, math.nan
    low, high = np.quantile(values, (0.025, 0.975))
    wider = _student(max(blocks - 1.0, 1.0)) / BOUND * math.sqrt(blocks / max(blocks - 1.0, 1.0))
    return float(estimate + wider * (low - estimate)), float(estimate + wider * (high - estimate))


def _student(degrees: float) -> float:
    """Return the 97.5 % point of Student's t, by the expansion about the normal one (Fisher and Cornish)."""
    z = BOUND
    first, second = (z**3 + z) / 4.0, (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    return z + first / degrees + second / degrees**2
