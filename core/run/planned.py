"""What a strategy of target weights is about to hold and to order, known before the run."""

from typing import NamedTuple

import numpy as np

from .scenario import Scenario
from .scores import has_targets, score_of, target_weights


class Planned(NamedTuple):
    """Targets of a run, as they stand on its sessions.

    Parameters
    ----------
    long, short : float
        What all long, all short positions come to over equity, on the upper quartile of the sessions that hold any: a
        weight that a suspension leaves behind makes single sessions more than the strategy means.
    largest : float
        The largest long position, likewise.
    held : float
        Long positions on the median session that has any; 0 where none has.
    smallest : float
        The median long position of the median such session, over equity.
    orders : int
        At the most, if no price moved a weight back to its target.
    """

    long: float
    short: float
    largest: float
    held: float
    smallest: float
    orders: int


def planned(scenario: Scenario) -> Planned | None:
    """Return what a scenario is about to hold; None where the strategy decides by its account, session by session.

    The score of the rule and the targets are computed, which executes the rule's and the strategy's code.
    """
    if not has_targets(scenario.strategy):
        return None
    weights = target_weights(scenario, score_of(scenario))
    stated = ~np.isnan(weights)
    held = _held(weights, stated)
    before = np.vstack([np.zeros((1, held.shape[1])), held[:-1]])
    longs = np.where(held > 0.0, held, 0.0)
    counts, sizes = (longs > 0.0).sum(axis=1), longs.sum(axis=1)
    is_any = counts > 0
    return Planned(
        long=_usual(sizes),
        short=_usual(-np.where(held < 0.0, held, 0.0).sum(axis=1)),
        largest=_usual(longs.max(axis=1, initial=0.0)),
        held=float(np.median(counts[is_any])) if is_any.any() else 0.0,
        smallest=float(np.median(sizes[is_any] / counts[is_any])) if is_any.any() else 0.0,
        orders=int((stated & ((weights != 0.0) | (before != 0.0))).sum()),
    )


def _usual(sizes: np.ndarray) -> float:
    """Return the upper quartile of the sizes above 0; 0 where there is none."""
    above = sizes[sizes > 0.0]
    return float(np.quantile(above, 0.75, method="inverted_cdf")) if above.size else 0.0


def _held(weights: np.ndarray, stated: np.ndarray) -> np.ndarray:
    """Return the last target that was stated for each security, (T, N); 0 before the first."""
    rows = np.where(stated, np.arange(len(weights))[:, None], -1)
    last = np.maximum.accumulate(rows, axis=0)
    return np.where(last >= 0, np.take_along_axis(weights, np.maximum(last, 0), axis=0), 0.0)
