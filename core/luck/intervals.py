"""Intervals of what a trial shows: percentiles over the resamples of the stationary bootstrap."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..inference.bootstrap import Draws, times_drawn
from ..inference.checks import matrix
from ..inference.resample import Resampled, drawdowns_drawn, metrics_drawn
from ..inference.trial_parts import parts
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..types import Panel2D, Row


class Keep(NamedTuple):
    """Room for a metric in the resamples, where it is needed once more: float64 (K, B), a row a trial."""

    metric: str
    drawn: Panel2D


class Interval(NamedTuple):
    """Lower and upper bound, each float64 (K,) or (K, C)."""

    low: Panel2D | Row
    high: Panel2D | Row


@dataclass(frozen=True)
class Intervals:
    """Each figure between the level / 2 and 1 - level / 2 percentiles of its resamples.

    Parameters
    ----------
    mean_return : Interval of (K,), fraction per year
        Mean of a session times the sessions of a year, not compounded.
    sharpe : Interval of (K,), per year
    max_drawdown : Interval of (K,), fraction <= 0
    return_advantage : Interval of (K, C), fraction per year
        Mean return less that of each control.
    sharpe_advantage : Interval of (K, C), per year
    level : float, fraction
        Outside of the interval.
    """

    mean_return: Interval
    sharpe: Interval
    max_drawdown: Interval
    return_advantage: Interval
    sharpe_advantage: Interval
    level: float


def intervals(
    returns: ArrayLike,
    controls: ArrayLike,
    drawn: Draws,
    *,
    periods_per_year: float = SESSIONS_PER_YEAR,
    level: float = 0.05,
    keep: Keep | None = None,
) -> Intervals:
    """Return intervals for each trial and for its difference to each control.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    controls : float64 (T, C), fraction per session
    drawn : int64 (B, T)
        As `resample.draws`.
    periods_per_year : float
    level : float, fraction
        0.05 for intervals of 95 %.
    keep : Keep, optional
        Filled on the way.

    Raises
    ------
    DataError
        NaN, a return below -1, or another shape.

    Notes
    -----
    Each stands for itself: they do not allow for the number of trials. Thousands of trials are resampled some at a
    time, and what a part took is let go before the next. Source: Politis and Romano (1994).
    """
    values, others = matrix("returns", returns, drawn.shape[1]), matrix("controls", controls, drawn.shape[1])
    times = times_drawn(drawn)
    ends = (level / 2.0, 1.0 - level / 2.0)
    of_controls = _by_year(metrics_drawn(others, times), periods_per_year)
    found = []
    for part in parts(values.shape[1]):
        metrics = metrics_drawn(values[:, part], times)
        if keep is not None:
            keep.drawn[part] = metrics.of(keep.metric).T
        own = _by_year(metrics, periods_per_year)
        fallen = np.quantile(drawdowns_drawn(values[:, part], drawn), ends, axis=0)
        alone = [np.quantile(of_own, ends, axis=0) for of_own in own]
        apart = [_differences(*pair, ends) for pair in zip(own, of_controls, strict=True)]
        found.append((*alone, fallen, *apart))
    joined = (Interval(*np.concatenate(one, axis=1)) for one in zip(*found, strict=True))
    return Intervals(*joined, level=level)


def _by_year(metrics: Resampled, year: float) -> Resampled:
    return Resampled(metrics.mean * year, metrics.sharpe * year**0.5)


def _differences(own: Panel2D, others: Panel2D, ends: tuple[float, float]) -> NDArray[np.float64]:
    """Return the bounds (2, K, C) of trials (B, K) less controls (B, C)."""
    return np.stack([np.quantile(own - other[:, None], ends, axis=0) for other in others.T], axis=-1)
