"""What resamples of returns come to: each statistic in each of them, and how long their blocks have to be."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..kernels.jit import jit
from ..kernels.statistics import NO_VARIATION
from ..types import Panel2D
from .bootstrap import Draws
from .checks import matrix, one_of
from .sharpe import METRICS, ratio

_COLUMNS = 1024
"""Trials that are resampled at a time: what they need lies in the cache."""

_SAMPLED = 64  # columns enough for a mean length of block; arch takes a millisecond for each


def _arch() -> Any:
    try:
        from arch import bootstrap
    except ImportError as error:
        raise ConfigError(
            'the tests against luck need the package arch, which is not installed: pip install "liangrong[compare]"'
        ) from error
    return bootstrap


def block_length(returns: ArrayLike) -> int:
    """Return the mean length of a block for the stationary bootstrap of `returns`.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session

    Returns
    -------
    int, sessions
        At least 1: the rounded mean of the optimal lengths of the columns that vary, of 64 evenly spread ones where
        there are more.

    Raises
    ------
    ConfigError
        arch is not installed.
    DataError
        NaN, a return below -1, or another shape.

    Notes
    -----
    Source: Politis and White (2004) with the correction of Patton, Politis and White (2009), by arch.
    """
    values = matrix("returns", returns)
    values = values[:, values.std(axis=0) > NO_VARIATION]
    if not values.shape[1]:
        return 1
    chosen = np.unique(np.linspace(0, values.shape[1] - 1, _SAMPLED).round().astype(np.int64))
    lengths = _arch().optimal_block_length(values[:, chosen])["stationary"].to_numpy()
    return max(1, round(float(lengths.mean())))


def resampled(returns: ArrayLike, times: Panel2D, metric: str = "sharpe") -> Panel2D:
    """Return the metric of each trial in each resample, per session.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    times : float64 (B, T)
        As `times_drawn`; a row of ones gives the metric of the sample.
    metric : str
        `sharpe` or `return`.

    Returns
    -------
    float64 (B, K)
        A Sharpe ratio without variation is 0: the account stood still.

    Raises
    ------
    ConfigError
        An unknown metric.
    DataError
        NaN, a return below -1, or another shape.
    """
    values = matrix("returns", returns, times.shape[1])
    one_of("metric", metric, METRICS)
    out = np.empty((len(times), values.shape[1]))
    for part in _parts(values.shape[1]):
        out[:, part] = _resampled(values[:, part], times, metric)
    return out


def _parts(columns: int) -> Iterator[slice]:
    """Yield the columns of thousands of trials in parts, so that what is computed on the way stays small."""
    return (slice(start, start + _COLUMNS) for start in range(0, columns, _COLUMNS))


def _resampled(values: Panel2D, times: Panel2D, metric: str) -> Panel2D:
    count, mean = len(values), values.mean(axis=0)
    away = values - mean
    shift = times @ away / count
    if metric == "return":
        return mean + shift
    variance = times @ np.square(away) / count - shift * shift
    deviation = np.sqrt(np.maximum(variance, 0.0) * count / (count - 1))
    return ratio(mean + shift, deviation, still=0.0)


def resampled_drawdowns(returns: ArrayLike, drawn: Draws) -> Panel2D:
    """Return the maximum drawdown of each trial in each resample.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    drawn : int64 (B, T)
        As `draws`.

    Returns
    -------
    float64 (B, K), fraction <= 0

    Raises
    ------
    DataError
        NaN, a return below -1, or another shape.
    """
    values = matrix("returns", returns, drawn.shape[1])
    out = np.empty((len(drawn), values.shape[1]))
    for part in _parts(values.shape[1]):
        own = np.ascontiguousarray(values[:, part])
        fallen = np.empty((len(drawn), own.shape[1]))
        _drawdowns(own, drawn, np.empty(own.shape[1]), fallen)
        out[:, part] = fallen
    return out


@jit
def _drawdowns(returns, drawn, level, out):
    """Fill out (B, K) with the least of equity over its peak, less 1; `level` (K,) is scratch for that ratio.

    The ratio carries over by itself, level = min(level (1 + r), 1), so no equity and no division is needed.
    """
    for b in range(drawn.shape[0]):
        level[:] = 1.0
        out[b, :] = 1.0
        for i in range(drawn.shape[1]):
            t = drawn[b, i]
            for k in range(level.size):
                now = min(level[k] * (1.0 + returns[t, k]), 1.0)
                level[k] = now
                out[b, k] = min(out[b, k], now)
        for k in range(level.size):
            out[b, k] -= 1.0
