"""A run beside what it is measured against: excess return, beta, alpha, tracking error, information ratio."""

import math
from typing import Any

import numpy as np
import pandas as pd

from ..kernels import statistics
from ..types import Row
from .books import performance


def beside(path: Row, table: pd.DataFrame | None, year: float, risk_free_rate: float, name: str) -> dict[str, Any]:
    """Return the figures of the null strategy and of the benchmark of a run; none where the run kept neither.

    Parameters
    ----------
    path : float64 (T,), CNY
        The account at each close, as its time-weighted returns make it.
    table : DataFrame (T,) or None
        `benchmark` of the result.
    year : float
        Sessions of a year.
    risk_free_rate : float, fraction per year
    name : str
        What the benchmark is.

    Returns
    -------
    dict
        `null_strategy` and `benchmark`, each the figures of its own path and `relative`.
    """
    if table is None or not len(path):
        return {}
    made = {"null_strategy": table["equal_weight"].to_numpy(), "benchmark": table["benchmark"].to_numpy()}
    own = {
        key: performance(levels[np.isfinite(levels)], year, risk_free_rate)
        | relative(path, levels, year, risk_free_rate)
        for key, levels in made.items()
    }
    own["benchmark"] |= {"name": name}
    return own


def relative(path: Row, levels: Row, year: float, risk_free_rate: float = 0.0) -> dict[str, float]:
    """Return how an account did beside a benchmark, over the sessions that both have.

    Parameters
    ----------
    path, levels : float64 (T,)
        At each close; NaN = not known.
    year : float
        Sessions of a year.
    risk_free_rate : float, fraction per year

    Returns
    -------
    dict
        excess_return, the difference of the two total returns between the first close of the benchmark and its last;
        beta, the covariance of the sessions' returns over the benchmark's variance; alpha, a year: the mean return
        beyond the risk-free rate and beta times the benchmark's; tracking_error, a year: the sample deviation of the
        difference of returns; information_ratio: its mean over its deviation, a year; correlation. Fractions; NaN
        where a figure does not exist.

    Notes
    -----
    Source: Jensen (1968) for alpha; Grinold and Kahn (2000), Active Portfolio Management, for the last ones.
    """
    known = np.flatnonzero(np.isfinite(levels))
    first, last = (known[0], known[-1]) if len(known) else (0, 0)
    own, other = statistics.returns(path), statistics.returns(levels)
    both = np.isfinite(own) & np.isfinite(other)
    own, other = own[both], other[both]
    excess = path[last] / path[first] - levels[last] / levels[first] if path[first] > 0.0 else math.nan
    gap = own - other
    beta, correlation = _beta(own, other)
    free = risk_free_rate / year
    return {
        "excess_return": float(excess),
        "beta": beta,
        "alpha": float((own.mean() - free - beta * (other.mean() - free)) * year) if len(own) else math.nan,
        "tracking_error": statistics.volatility(gap, year),
        "information_ratio": statistics.sharpe(gap, year),
        "correlation": correlation,
    }


def _beta(own: Row, other: Row) -> tuple[float, float]:
    """Return beta and correlation, NaN where the benchmark does not vary."""
    if len(own) < 2:
        return math.nan, math.nan
    (variance, covariance), (_, of_benchmark) = np.cov(own, other)
    if not of_benchmark > statistics.NO_VARIATION**2:
        return math.nan, math.nan
    together = math.sqrt(variance * of_benchmark)
    return float(covariance / of_benchmark), float(covariance / together) if together > 0.0 else math.nan
