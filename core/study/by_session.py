"""What one session says of a score: rank correlation, returns by quantile, turnover, slopes. Rows in, numbers out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..inference.means import NO_VARIATION
from ..kernels.cross_section import cross_rank
from ..types import Panel2D, Row

NONE = -1
"""Code of a cell that belongs to no quantile or state."""

_SINGULAR = 1e-6
"""Determinant of the regressors' correlations below which one of them says nothing of its own."""


def rank_correlation(score: Panel2D, returns: Panel2D, least: int) -> tuple[Row, Row]:
    """Return Spearman's correlation of each session, and over how many securities.

    Parameters
    ----------
    score, returns : float64 (R, N)
    least : int
        Fewest securities; a session with fewer is NaN.

    Returns
    -------
    float64 (R,), float64 (R,)

    Notes
    -----
    Only securities with both count, and the ranks are those among them; equal values share the mean of their ranks.
    NaN where all scores or all returns are equal.
    """
    known = ~(np.isnan(score) | np.isnan(returns))
    first, second = (cross_rank(np.where(known, values, np.nan), threads=1) for values in (score, returns))
    return correlation(first, second, least), known.sum(axis=1).astype(np.float64)


def correlation(first: Panel2D, second: Panel2D, least: int) -> Row:
    """Return Pearson's correlation (R,) of two tables of ranks in (0, 1], over the cells that both have."""
    known = ~(np.isnan(first) | np.isnan(second))
    count = known.sum(axis=1)
    x, y = _centred(first, known, count), _centred(second, known, count)
    xx, yy, xy = _dot(x, x), _dot(y, y), _dot(x, y)
    is_meant = (count >= max(least, 2)) & (np.minimum(xx, yy) > NO_VARIATION * count)
    return np.divide(xy, np.sqrt(xx * yy), out=np.full(len(count), np.nan), where=is_meant)


def tally(codes: NDArray[np.int64], returns: Panel2D, count: int) -> tuple[Panel2D, Panel2D, Panel2D]:
    """Return number, sum and number of positive ones of the returns with each code, by session.

    Parameters
    ----------
    codes : int64 (R, N)
        0 to `count` - 1, or `NONE`.
    returns : float64 (R, N)
        NaN counts nowhere.
    count : int

    Returns
    -------
    float64 (R, count), three times
    """
    rows = len(codes)
    known = (codes != NONE) & ~np.isnan(returns)
    places = (codes + np.arange(rows)[:, None] * count)[known]
    values = returns[known]
    size = rows * count
    numbers = np.bincount(places, minlength=size).astype(np.float64)
    sums = np.bincount(places, weights=values, minlength=size).astype(np.float64)
    rises = np.bincount(places[values > 0.0], minlength=size).astype(np.float64)
    return numbers.reshape(rows, count), sums.reshape(rows, count), rises.reshape(rows, count)


def as_codes(buckets: Panel2D) -> NDArray[np.int64]:
    """Return float buckets with NaN as whole numbers with `NONE`."""
    return np.where(np.isnan(buckets), NONE, buckets).astype(np.int64)


def entered(now: NDArray[np.int64], before: NDArray[np.int64], code: int) -> Row:
    """Return which share of the securities with `code` had not got it `before`; NaN where none has or none had it."""
    has, had = now == code, before == code
    count = has.sum(axis=1).astype(np.float64)
    is_meant = (count > 0) & had.any(axis=1)
    return np.divide((has & ~had).sum(axis=1), count, out=np.full(len(count), np.nan), where=is_meant)


def standard_ranks(values: Panel2D, least: int) -> Panel2D:
    """Return the ranks of each session with mean 0 and mean square 1, (R, N).

    The mean product of two such is a rank correlation. 0 where a value is not known, and in sessions with fewer than
    `least` values or without variation.
    """
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    ranks = _centred(cross_rank(values, threads=1), known, count)
    squares = _dot(ranks, ranks)
    is_meant = (count >= max(least, 2)) & (squares > NO_VARIATION * count)
    return ranks * np.sqrt(np.divide(count, squares, out=np.zeros(len(count)), where=is_meant))[:, None]


def rank_weights(score: Panel2D, least: int) -> Panel2D:
    """Return the weights (R, N) with which the standard ranks of returns make up the rank correlation."""
    return standard_ranks(score, least) / np.maximum((~np.isnan(score)).sum(axis=1, keepdims=True), 1)


def slopes(returns: Panel2D, score: Panel2D, controls: Sequence[Panel2D], least: int) -> tuple[Row, Row]:
    """Return the slope of returns on the ranked score, with the ranked controls beside it and without them.

    Parameters
    ----------
    returns : float64 (R, N)
    score : float64 (R, N)
    controls : sequence of float64 (R, N)
    least : int
        Fewest securities that have all of them.

    Returns
    -------
    with_controls, alone : float64 (R,)
        Return of the first of the ranks over that of the last, other ranks being equal. Both over the securities that
        have the return, the score and all controls. NaN where the controls leave nothing of the score.

    Notes
    -----
    One least-squares regression with a constant for each session, as Fama and MacBeth (1973).
    """
    together, alone = slope_weights(np.where(np.isnan(returns), np.nan, score), controls, least)
    earned = np.nan_to_num(returns)
    return _dot(together, earned), _dot(alone, earned)


def slope_weights(score: Panel2D, controls: Sequence[Panel2D], least: int) -> tuple[Panel2D, Panel2D]:
    """Return the weights (R, N) with which returns make up the slopes of `slopes`, with the controls and without them.

    0 for securities that lack something; a session without a slope is NaN.
    """
    known = ~np.isnan(score)
    for values in controls:
        known &= ~np.isnan(values)
    count = known.sum(axis=1)
    ranks = [cross_rank(np.where(known, values, np.nan), threads=1) for values in (score, *controls)]
    x = [_centred(values, known, count) for values in ranks]
    products = np.stack([np.stack([_dot(a, b) for b in x], axis=1) for a in x], axis=1)
    is_enough = count >= max(least, len(x) + 2)
    spread = np.sqrt(np.einsum("rkk->rk", products))
    varies = is_enough[:, None] & (spread * spread > NO_VARIATION * count[:, None])
    alone = x[0] * np.divide(1.0, products[:, 0, 0], out=np.full(len(count), np.nan), where=varies[:, 0])[:, None]
    together = np.full(score.shape, np.nan)
    rows = np.flatnonzero(varies.all(axis=1))
    scale = spread[rows]
    similar = products[rows] / (scale[:, :, None] * scale[:, None, :])
    is_own = np.linalg.det(similar) > _SINGULAR
    rows, scale, similar = rows[is_own], scale[is_own], similar[is_own]
    # The first row of the inverse of the regressors' products; the returns need not be centred, since they are.
    first = np.zeros((len(rows), len(x), 1))
    first[:, 0] = 1.0
    inverse = np.linalg.solve(similar, first)[:, :, 0] / (scale * scale[:, :1])
    together[rows] = sum(inverse[:, [k]] * values[rows] for k, values in enumerate(x))
    return together, alone


def _centred(values: Panel2D, known: NDArray[np.bool_], count: NDArray[np.int64]) -> Panel2D:
    """Return `values` less their mean where `known`, and 0 elsewhere."""
    kept = np.where(known, values, 0.0)
    kept -= (kept.sum(axis=1) / np.maximum(count, 1))[:, None]
    kept *= known
    return kept


def _dot(first: Panel2D, second: Panel2D) -> Row:
    return np.einsum("ij,ij->i", first, second)
