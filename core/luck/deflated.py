"""The Sharpe ratio that the best of many trials shows by luck alone, and what is left above it."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..kernels.statistics import NO_VARIATION
from ..types import Row
from .checks import matrix
from .sharpe import probabilistic_sharpe

_NORMAL = NormalDist()


def expected_maximum(trials: float) -> float:
    """Return the mean of the largest of `trials` independent standard normal draws.

    Parameters
    ----------
    trials : float
        At least 1; an effective number need not be whole.

    Raises
    ------
    ConfigError
        Fewer than one trial.

    Notes
    -----
    (1 - g) q(1 - 1 / N) + g q(1 - 1 / (N e)), g Euler's constant, q the normal quantile; 0 for one trial, where the
    approximation does not reach. Source: Bailey and Lopez de Prado (2014), The deflated Sharpe ratio; its proof is the
    false strategy theorem of Lopez de Prado and Lewis (2019).
    """
    if not trials >= 1.0:
        raise ConfigError(f"`trials` should be at least 1, got {trials}")
    if trials == 1.0:
        return 0.0
    first, second = _NORMAL.inv_cdf(1.0 - 1.0 / trials), _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return max(0.0, (1.0 - np.euler_gamma) * first + np.euler_gamma * second)


def expected_maximum_sharpe(variance: float, trials: float) -> float:
    """Return the Sharpe ratio that the best of `trials` without skill shows: the false strategy theorem.

    Parameters
    ----------
    variance : float
        Of the Sharpe ratios across the trials, in the square of their unit.
    trials : float
        Independent ones.
    """
    return math.sqrt(variance) * expected_maximum(trials)


def effective_trials(returns: ArrayLike) -> float:
    """Return how many independent trials the K correlated ones are worth.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session

    Returns
    -------
    float, 1 to K
        Of the trials that vary; 1 if none does.

    Raises
    ------
    DataError
        NaN, a return below -1, or another shape.

    Notes
    -----
    (sum of eigenvalues)^2 / sum of squared eigenvalues of the correlation matrix, which needs no eigenvalue: the
    second sum is that of all squared correlations. Each of those is adjusted for the 1 / (T - 1) that chance adds;
    without it 1,000 independent trials over 2,500 sessions would count as 714.
    Source: Bretherton and others (1999), The effective number of spatial degrees of freedom.
    """
    values = matrix("returns", returns)
    away = values - values.mean(axis=0)
    size = np.sqrt(np.einsum("tk,tk->k", away, away))
    away = away[:, size > NO_VARIATION * math.sqrt(len(away))]
    count, sessions = away.shape[1], len(away)
    if count < 2:
        return 1.0
    away /= np.sqrt(np.einsum("tk,tk->k", away, away))
    pairs = count * (count - 1.0)
    squares = float(np.square(away.T @ away).sum()) - count
    squares = (squares * (sessions - 1.0) - pairs) / (sessions - 2.0)
    return count**2 / (count + min(max(squares, 0.0), pairs))


def deflated_sharpe(
    sharpe: ArrayLike,
    sessions: int,
    trials: float,
    variance: float,
    skewness: ArrayLike = 0.0,
    kurtosis: ArrayLike = 3.0,
) -> Row:
    """Return the probability that the true Sharpe ratio lies above what the best of `trials` shows by luck.

    Parameters
    ----------
    sharpe : float or float64 (K,), per session
    sessions : int
        T of the track record.
    trials : float
        How many were tried; the actual or the effective number.
    variance : float
        Of the Sharpe ratios per session across the trials.
    skewness, kurtosis : float or float64 (K,)

    Returns
    -------
    float64 (K,), fraction

    Raises
    ------
    ConfigError
        Fewer than one trial.

    Notes
    -----
    NaN for a NaN. Source: Bailey and Lopez de Prado (2014).
    """
    return probabilistic_sharpe(sharpe, expected_maximum_sharpe(variance, trials), sessions, skewness, kurtosis)
