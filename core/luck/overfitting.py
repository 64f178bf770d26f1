"""Probability of backtest overfitting: how the winner of one half of the sessions fares in the other."""

import math
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ConfigError, DataError
from ..inference.checks import matrix
from ..inference.sharpe import ratio
from ..inference.trial_parts import by_parts
from ..kernels.statistics import NO_VARIATION, SESSIONS_PER_YEAR
from ..types import Panel2D, Row

_SPLITS, _CELLS = 256, 256_000  # at a time: 2 MB per array, which a cache holds, however many trials


@dataclass(frozen=True, kw_only=True)
class Overfitting:
    """What combinatorially symmetric cross-validation found; D splits of the blocks into two halves.

    Parameters
    ----------
    probability : float, fraction
        Splits whose winner is not above the median of the other half (PBO).
    loss : float, fraction
        Splits whose winner has a Sharpe ratio below 0 in the other half.
    slope, intercept, r_squared : float
        Regression of the winner's ratio out of sample on that in sample: performance degradation. NaN where all
        winners have one ratio.
    logits : float64 (D,)
        Log odds of the winner's rank in the other half; at most 0 is overfitted.
    in_sample, out_of_sample : float64 (D,), Sharpe per year
        Of the winners.
    blocks : int
    dropped : int, sessions
        The first ones, left out so that the blocks are equal.
    """

    probability: float
    loss: float
    slope: float
    intercept: float
    r_squared: float
    logits: Row
    in_sample: Row
    out_of_sample: Row
    blocks: int
    dropped: int


def overfitting(returns: ArrayLike, *, blocks: int = 16, periods_per_year: float = SESSIONS_PER_YEAR) -> Overfitting:
    """Return the probability of backtest overfitting of K trials.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
        At least two trials.
    blocks : int
        S, even; 16 give 12,870 splits.
    periods_per_year : float

    Raises
    ------
    ConfigError
        `blocks` is odd, below 2 or above 18, or the blocks would have fewer than two sessions.
    DataError
        Fewer than two trials, NaN, a return below -1, or another shape.

    Notes
    -----
    A trial that does not vary in a half has the ratio 0 there: it stood still. Equal trials share their middle rank.
    Each half is put together from the sums of its blocks, not computed anew: 1,000 trials over 2,500 sessions take
    about a second. Source: Bailey, Borwein, Lopez de Prado and Zhu (2015), The probability of backtest overfitting.
    """
    values = matrix("returns", returns)
    if values.shape[1] < 2:
        raise DataError(f"`returns` should hold at least two trials to choose from, got {values.shape[1]}")
    if blocks % 2 or not 2 <= blocks <= 18 or len(values) < 2 * blocks:
        raise ConfigError(f"`blocks` should be even, 2 to 18 and at most half of {len(values)} sessions, got {blocks}")
    length = len(values) // blocks
    dropped = len(values) - length * blocks
    logits, inside, outside = _splits(values[dropped:], blocks, math.sqrt(periods_per_year))
    slope, intercept, r_squared = _line(inside, outside)
    return Overfitting(
        probability=float((logits <= 0.0).mean()),
        loss=float((outside < 0.0).mean()),
        slope=slope,
        intercept=intercept,
        r_squared=r_squared,
        logits=logits,
        in_sample=inside,
        out_of_sample=outside,
        blocks=blocks,
        dropped=dropped,
    )


def _splits(values: Panel2D, blocks: int, scale: float) -> tuple[Row, Row, Row]:
    """Return logits and the winners' annual ratios in and out of sample, a split beside its mirror image."""
    length = len(values) // blocks
    mean = by_parts(partial(np.mean, axis=0), values)
    sums, squares = by_parts(partial(_block_sums, blocks=blocks), values)
    halves = _halves(blocks)
    first, second = np.empty((len(halves), 3)), np.empty((len(halves), 3))
    count = length * (blocks // 2)
    step = max(1, min(_SPLITS, _CELLS // values.shape[1]))
    for start in range(0, len(halves), step):
        part = slice(start, start + step)
        chosen = halves[part]
        one = _sharpe(chosen @ sums, chosen @ squares, mean, count)
        other = _sharpe((1.0 - chosen) @ sums, (1.0 - chosen) @ squares, mean, count)
        first[part] = _winner(one, other)
        second[part] = _winner(other, one)
    logits, inside, outside = np.concatenate([first, second]).T
    return logits, inside * scale, outside * scale


def _block_sums(values: Panel2D, blocks: int) -> NDArray[np.float64]:
    """Return (2, blocks, K): sums of the deviations from the mean over each block, and of their squares."""
    away = (values - values.mean(axis=0)).reshape(blocks, len(values) // blocks, -1)
    return np.stack([away.sum(axis=1), np.square(away).sum(axis=1)])


def _halves(blocks: int) -> NDArray[np.float64]:
    """Return each choice of half of the blocks that has the first, as rows of 0 and 1; the others mirror them."""
    rest = combinations(range(1, blocks), blocks // 2 - 1)
    chosen = np.array([(0, *others) for others in rest], dtype=np.int64)
    halves = np.zeros((len(chosen), blocks))
    np.put_along_axis(halves, chosen, 1.0, axis=1)
    return halves


def _sharpe(sums: Panel2D, squares: Panel2D, mean: Row, count: int) -> Panel2D:
    """Return Sharpe ratios per session from sums of deviations from `mean` and of their squares."""
    variance = np.maximum(squares - sums * sums / count, 0.0) / (count - 1)
    return ratio(mean + sums / count, np.sqrt(variance), still=0.0)


def _winner(inside: Panel2D, outside: Panel2D) -> NDArray[np.float64]:
    """Return (splits, 3): the logit of the winner's rank outside, its ratio inside, its ratio outside."""
    best = inside.argmax(axis=1)[:, None]
    own = np.take_along_axis(outside, best, axis=1)
    below, equal = (outside < own).sum(axis=1), (outside == own).sum(axis=1)
    place = (below + (equal + 1.0) / 2.0) / (inside.shape[1] + 1.0)
    return np.column_stack([np.log(place / (1.0 - place)), np.take_along_axis(inside, best, axis=1), own])


def _line(x: Row, y: Row) -> tuple[float, float, float]:
    """Return slope, intercept and R squared of y on x."""
    away, above = x - x.mean(), y - y.mean()
    squares, total = float(away @ away), float(above @ above)
    if squares <= NO_VARIATION or total <= NO_VARIATION:
        return math.nan, math.nan, math.nan
    slope = float(away @ above) / squares
    return slope, float(y.mean() - slope * x.mean()), slope**2 * squares / total
