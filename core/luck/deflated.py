"""The Sharpe ratio that the best of many trials shows by luck alone, and what is left above it.

Trials are counted as they are, also where they resemble each other. What they share shrinks the variance of their
ratios, and with it the luck that is taken off; to lower their number too would take the same off twice.
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..inference.sharpe import probabilistic_sharpe
from ..types import Row

_NORMAL = NormalDist()


def expected_maximum(trials: float) -> float:
    """Return the mean of the largest of `trials` independent standard normal draws.

    Parameters
    ----------
    trials : float
        At least 1; need not be whole.

    Raises
    ------
    ConfigError
        Fewer than one trial.

    Notes
    -----
    (1 - g) q(1 - 1 / N) + g q(1 - 1 / (N e)), g Euler's constant, q the normal quantile; 0 for one trial, where the
    approximation does not reach. Source: Bailey and Lopez de Prado (2014), The deflated Sharpe ratio.
    """
    if not trials >= 1.0:
        raise ConfigError(f"`trials` should be at least 1, got {trials}")
    if trials == 1.0:
        return 0.0
    first, second = _NORMAL.inv_cdf(1.0 - 1.0 / trials), _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return max(0.0, (1.0 - np.euler_gamma) * first + np.euler_gamma * second)


def expected_maximum_sharpe(variance: float, trials: float) -> float:
    """Return the Sharpe ratio that the best of `trials` without skill shows.

    Parameters
    ----------
    variance : float
        Of the Sharpe ratios across the trials, in the square of their unit.
    trials : float
    """
    return math.sqrt(variance) * expected_maximum(trials)


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
        How many were tried: the actual number, see Notes.
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

    Simulated on 100 trials without skill over 500 sessions, correlated by 0, 0.3, 0.5 and 0.8, the best lies above 0.95
    in 0, 0, 2 and 3 % of the draws. A number of rho + (1 - rho) 100, rho the mean correlation of returns, gives 6 % at
    0.8, and 8 % with 5 trials; with rho that of returns in excess of the mean trial it is the actual number again.
    The price: trials that have little in common pay for the whole spread of the maximum, so that a true ratio of 2 a
    year among 100 is found over 1,500 sessions in four of five draws, over 500 hardly ever.
    """
    return probabilistic_sharpe(sharpe, expected_maximum_sharpe(variance, trials), sessions, skewness, kurtosis)
