"""The Sharpe ratio of each trial and how sure it is: standard error, probabilistic Sharpe, minimum track record.

Ratios are per session unless annualised: a Sharpe of a year over the root of the sessions of a year.
"""

from collections.abc import Callable
from functools import partial
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..kernels.statistics import NO_VARIATION
from ..types import Panel2D, Row
from .checks import fraction, matrix
from .long_run import long_run_sums
from .trial_parts import by_parts

_NORMAL = NormalDist()
normal_cdf = np.vectorize(_NORMAL.cdf, otypes=[np.float64])
"""Standard normal distribution function of an array; NaN stays NaN."""


METRICS = ("sharpe", "return")
"""What trials are compared by: Sharpe ratio, which borrowing does not raise, or mean return."""


class Moments(NamedTuple):
    """Of each trial, each float64 (K,): mean, sample deviation (ddof 1), Sharpe per session, skewness, kurtosis.

    Kurtosis is 3 for a normal distribution. The last three are NaN without variation.
    """

    mean: Row
    deviation: Row
    sharpe: Row
    skewness: Row
    kurtosis: Row


def moments(returns: ArrayLike) -> Moments:
    """Return the moments of each column.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session

    Raises
    ------
    DataError
        NaN, a return below -1, or another shape.
    """
    return Moments(*by_parts(_moments, matrix("returns", returns)))


def _moments(values: Panel2D) -> Panel2D:
    """Return the five moments (5, K) of checked returns (T, K)."""
    mean = values.mean(axis=0)
    away = values - mean
    squares = away * away
    variance = squares.mean(axis=0)
    deviation = np.sqrt(variance * len(values) / (len(values) - 1))
    moves = deviation > NO_VARIATION
    scale = np.where(moves, variance, np.nan)
    skewness = np.einsum("tk,tk->k", squares, away) / len(values) / scale**1.5
    kurtosis = np.einsum("tk,tk->k", squares, squares) / len(values) / scale**2
    return np.stack([mean, deviation, ratio(mean, deviation, still=np.nan), skewness, kurtosis])


def ratio(mean: NDArray[np.float64], deviation: NDArray[np.float64], still: float) -> NDArray[np.float64]:
    """Return mean over deviation, element by element, and `still` where nothing varies."""
    return np.divide(mean, deviation, out=np.full(np.shape(deviation), still), where=deviation > NO_VARIATION)


def measured(values: Panel2D, metric: str) -> Row:
    """Return the metric of each column of checked returns, per session; a trial that stood still has the Sharpe 0."""
    return by_parts(_MEASURES[metric], values)


def _sharpe(values: Panel2D) -> Row:
    return ratio(values.mean(axis=0), values.std(axis=0, ddof=1), still=0.0)


_MEASURES: dict[str, Callable[[Panel2D], Row]] = {"return": partial(np.mean, axis=0), "sharpe": _sharpe}


def sharpe_spread(sharpe: ArrayLike, skewness: ArrayLike = 0.0, kurtosis: ArrayLike = 3.0) -> Row:
    """Return the variance of a Sharpe ratio times the number of sessions: 1 - g3 S + (g4 - 1) / 4 S^2.

    Parameters
    ----------
    sharpe : float or float64 (K,), per session
    skewness, kurtosis : float or float64 (K,)
        g3 and g4; the defaults are those of normal returns, and give 1 + S^2 / 2.

    Notes
    -----
    Source: Lo (2002) for normal returns, Mertens (2002, not confirmed) for others. Independent sessions.
    """
    size = np.asarray(sharpe, dtype=np.float64)
    return 1.0 - np.asarray(skewness) * size + (np.asarray(kurtosis) - 1.0) / 4.0 * size**2


def sharpe_error(returns: ArrayLike, lags: int = 0) -> Row:
    """Return the standard error of the Sharpe ratio of each column, per session.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    lags : int, sessions
        0: sessions independent, `sharpe_spread` over T - 1. Else robust to autocorrelation and clusters of
        volatility: the Newey-West error of the influence of each session on the ratio.

    Returns
    -------
    float64 (K,)
        NaN without variation.

    Raises
    ------
    DataError
        As `moments`.

    Notes
    -----
    A session with standardised return z moves the ratio S by z - S (z^2 - 1) / 2; the mean square of that is
    `sharpe_spread`. Source: Lo (2002), the general case.
    """
    return by_parts(partial(_sharpe_error, lags=lags), matrix("returns", returns))


def _sharpe_error(values: Panel2D, lags: int) -> Row:
    mean, deviation, sharpe, _, _ = _moments(values)
    count = len(values)
    scale = np.where(np.isnan(sharpe), np.nan, deviation * np.sqrt((count - 1) / count))
    return np.sqrt(long_run_sums(_influence((values - mean) / scale, sharpe), lags) / count / (count - 1))


def _influence(standard: Panel2D, sharpe: Row) -> Panel2D:
    return standard - sharpe / 2.0 * (standard**2 - 1.0)


def probabilistic_sharpe(
    sharpe: ArrayLike,
    benchmark: ArrayLike,
    sessions: int,
    skewness: ArrayLike = 0.0,
    kurtosis: ArrayLike = 3.0,
) -> Row:
    """Return the probability that the true Sharpe ratio lies above `benchmark`.

    Parameters
    ----------
    sharpe, benchmark : float or float64 (K,), per session
    sessions : int
        T of the track record.
    skewness, kurtosis : float or float64 (K,)
        Of the returns; kurtosis 3 is normal.

    Returns
    -------
    float64 (K,), fraction

    Notes
    -----
    NaN for a NaN. Source: Bailey and Lopez de Prado (2012), The Sharpe ratio efficient frontier.
    """
    above = np.asarray(sharpe, dtype=np.float64) - np.asarray(benchmark)
    return normal_cdf(above * np.sqrt((sessions - 1) / sharpe_spread(sharpe, skewness, kurtosis)))


def minimum_track_record(
    sharpe: ArrayLike,
    benchmark: ArrayLike = 0.0,
    skewness: ArrayLike = 0.0,
    kurtosis: ArrayLike = 3.0,
    probability: float = 0.95,
) -> Row:
    """Return the sessions from which `probabilistic_sharpe` reaches `probability`.

    Parameters
    ----------
    sharpe, benchmark : float or float64 (K,), per session
    skewness, kurtosis : float or float64 (K,)
    probability : float, fraction

    Returns
    -------
    float64 (K,), sessions
        Infinite where `sharpe` is not above `benchmark`.

    Raises
    ------
    ConfigError
        `probability` is not between 0 and 1.

    Notes
    -----
    NaN for a NaN. Source: Bailey and Lopez de Prado (2012).
    """
    point = _NORMAL.inv_cdf(fraction("probability", probability))
    above = np.asarray(sharpe, dtype=np.float64) - np.asarray(benchmark)
    with np.errstate(divide="ignore"):
        needed = 1.0 + sharpe_spread(sharpe, skewness, kurtosis) * (point / above) ** 2
    return np.where(above <= 0.0, np.inf, needed)
