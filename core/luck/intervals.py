"""Intervals of what a trial shows: percentiles over the resamples of the stationary bootstrap."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..inference.bootstrap import Draws, times_drawn
from ..inference.resample import resampled, resampled_drawdowns
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..types import Panel2D, Row


class Interval(NamedTuple):
    """Lower and upper bound, each float64 (K,) or (K, C)."""

    low: Panel2D | Row
    high: Panel2D | Row


@dataclass(frozen=True, kw_only=True)
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

    Raises
    ------
    DataError
        NaN, a return below -1, or another shape.

    Notes
    -----
    Each stands for itself: they do not allow for the number of trials. Source: Politis and Romano (1994).
    """
    times = times_drawn(drawn)
    ends = (level / 2.0, 1.0 - level / 2.0)
    root = periods_per_year**0.5
    mean, ratio = (resampled(returns, times, metric) for metric in ("return", "sharpe"))
    mean_of_controls, ratio_of_controls = (resampled(controls, times, metric) for metric in ("return", "sharpe"))
    return Intervals(
        mean_return=_interval(mean * periods_per_year, ends),
        sharpe=_interval(ratio * root, ends),
        max_drawdown=_interval(resampled_drawdowns(returns, drawn), ends),
        return_advantage=_differences(mean * periods_per_year, mean_of_controls * periods_per_year, ends),
        sharpe_advantage=_differences(ratio * root, ratio_of_controls * root, ends),
        level=level,
    )


def _interval(values: Panel2D, ends: tuple[float, float]) -> Interval:
    low, high = np.quantile(values, ends, axis=0)
    return Interval(low, high)


def _differences(own: Panel2D, others: Panel2D, ends: tuple[float, float]) -> Interval:
    bounds = [_interval(own - other[:, None], ends) for other in others.T]
    return Interval(np.column_stack([b.low for b in bounds]), np.column_stack([b.high for b in bounds]))
