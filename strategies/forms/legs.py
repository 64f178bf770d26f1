"""The legs of a portfolio: who is in one, and how its members share its weight."""

import numpy as np
from numpy.typing import NDArray

from ...core.types import Mask2D, Panel2D

_HAIR = 1e-9
"""So that 0.29 of 100 securities are 29, not 28.999999999999996."""


def quantile_count(score: Panel2D, quantile: float) -> NDArray[np.intp]:
    """Return how many securities a quantile of the scored ones holds, (K,): rounded down, at least 1."""
    scored = np.count_nonzero(~np.isnan(score), axis=1)
    return np.maximum((scored * quantile + _HAIR).astype(np.intp), 1)


def best(score: Panel2D, count: NDArray[np.intp]) -> Mask2D:
    """Return who is among the `count` (K,) highest scores of its row, (K, N).

    Who ties with the last of them is among them too, so that a constant score chooses everybody; all scored ones where
    they are fewer than `count`.
    """
    ordered = np.where(np.isnan(score), -np.inf, score)
    ordered.sort(axis=1)
    place = np.maximum(score.shape[1] - count, 0)
    return score >= np.take_along_axis(ordered, place[:, None], axis=1)


def share(is_member: Mask2D, sizes: Panel2D, weight: float) -> Panel2D:
    """Return `weight` shared among the members of each row in proportion to their sizes, (K, N); 0 for all others."""
    members = np.where(is_member, sizes, 0.0)
    total = members.sum(axis=1, keepdims=True)
    return np.divide(weight * members, total, out=np.zeros(is_member.shape), where=total > 0.0)


def quantile_weights(
    score: Panel2D,
    shortable: Panel2D,
    sizes: Panel2D,
    quantile: float,
    long_weight: float,
    short_weight: float,
) -> Panel2D:
    """Return the weights (K, N) of the best `quantile` long and the worst short; 0 for what is in neither leg.

    Notes
    -----
    The short leg has as many securities as the quantile: the lowest scores among those on the short list that are not
    in the long leg.
    """
    count = quantile_count(score, quantile)
    is_long = best(score, count)
    weights = share(is_long, sizes, long_weight)
    if short_weight > 0.0:
        is_open = (shortable > 0.0) & ~is_long
        weights -= share(best(np.where(is_open, -score, np.nan), count), sizes, short_weight)
    return weights
