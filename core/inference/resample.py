"""What resamples of returns come to: each statistic in each of them, and how long their blocks have to be."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..kernels.jit import jit
from ..kernels.statistics import NO_VARIATION
from ..types import Panel2D
from .bootstrap import Draws
from .checks import matrix, one_of
from .sharpe import METRICS, ratio
from .trial_parts import by_parts

_SAMPLED = 64  # columns enough for a mean length of block; arch takes a millisecond for each


def _arch() -> Any:
    try:
        from arch import bootstrap
    except ImportError as error:
        raise ConfigError(
            'the tests against luck need the package arch, which is not installed: pip install "liangrong[compare]"'
        ) from error
    return bootstrap


class Resampled(NamedTuple):
    """Metrics of trials in resamples, per session, each float64 (B, K); a ratio without variation is 0."""

    mean: Panel2D
    sharpe: Panel2D

    def of(self, metric: str) -> Panel2D:
        """Return that of `METRICS`."""
        return self.mean if metric == "return" else self.sharpe


def block_length(*returns: ArrayLike) -> int:
    """Return the mean length of a block for the stationary bootstrap of all `returns`.

    Parameters
    ----------
    *returns : float64 (T, K), fraction per session

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
    panels = [matrix("returns", one) for one in returns]
    moving = [np.flatnonzero(by_parts(partial(np.std, axis=0), one) > NO_VARIATION) for one in panels]
    count = sum(map(len, moving))
    if not count:
        return 1
    chosen = np.unique(np.linspace(0, count - 1, _SAMPLED).round().astype(np.int64))
    places = np.split(chosen, np.searchsorted(chosen, np.cumsum([len(one) for one in moving])))
    ends = np.cumsum([0, *map(len, moving)])
    sampled = [one[:, own[at - end]] for one, own, at, end in zip(panels, moving, places, ends, strict=False)]
    lengths = _arch().optimal_block_length(np.hstack(sampled))["stationary"].to_numpy()
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
    return by_parts(lambda part: metrics_drawn(part, times).of(metric), values)


def metrics_drawn(values: Panel2D, times: Panel2D) -> Resampled:
    """Return both metrics of checked returns (T, K) in each resample of `times` (B, T), all of them at once."""
    count, mean = len(values), values.mean(axis=0)
    away = values - mean
    shift = times @ away / count
    variance = times @ np.square(away) / count - shift * shift
    deviation = np.sqrt(np.maximum(variance, 0.0) * count / (count - 1))
    return Resampled(mean + shift, ratio(mean + shift, deviation, still=0.0))


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
    return by_parts(partial(drawdowns_drawn, drawn=drawn), matrix("returns", returns, drawn.shape[1]))


def drawdowns_drawn(values: Panel2D, drawn: Draws) -> Panel2D:
    """Return `resampled_drawdowns` of checked returns (T, K), all of them at once."""
    out = np.empty((len(drawn), values.shape[1]))
    _drawdowns(np.ascontiguousarray(values), drawn, np.empty(values.shape[1]), out)
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
