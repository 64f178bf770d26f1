"""Which trials beat the controls when all of them are tried: SPA and its stepwise form."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..inference.trial_parts import parts
from ..kernels.jit import jit
from ..kernels.statistics import NO_VARIATION
from ..types import Panel2D, Row


class Superiority(NamedTuple):
    """How the trials stand against the controls.

    Attributes
    ----------
    t : float64 (K, C)
        Advantage over its standard error across resamples; NaN where a trial is its control.
    p : float64 (K, C), fraction
        Adjusted for all K C comparisons: rejecting what lies at or below a level keeps the probability of any wrong
        rejection there.
    spa : float64 (C, 3), fraction
        That the best of all trials does not beat the control: Hansen's p-value, lower, consistent, upper.
    """

    t: Panel2D
    p: Panel2D
    spa: Panel2D


def superiority(
    trials: Row, controls: Row, trials_drawn: Panel2D, controls_drawn: Panel2D, sessions: int
) -> Superiority:
    """Test each trial against each control, all at once.

    Parameters
    ----------
    trials, controls : float64 (K,) and (C,)
        Metric of the sample, larger is better.
    trials_drawn, controls_drawn : float64 (K, B) and (C, B)
        The same in the same resamples.
    sessions : int
        T.

    Returns
    -------
    Superiority

    Notes
    -----
    SPA as Hansen (2005): comparisons divided by their standard errors; one that is worse by more than
    sqrt(2 log log T) errors is not moved to equality, so that hopeless trials do not cost power.
    Stepwise as Romano and Wolf (2005; for the p-values 2016, not confirmed), with one family of all trials and all
    controls: a trial that must beat every control is wrongly passed only if one of these comparisons is wrongly
    rejected, whichever control is the one that it does not beat; families by control would add up their levels.
    p counts the sample as one of the resamples, (1 + n) / (1 + B), and is never 0.
    Beside what is given it needs the memory of K C pairs and of some trials in their resamples, not of all.
    """
    bound = -math.sqrt(2.0 * math.log(math.log(sessions)))
    t, error, largest = _against_each(trials, controls, (trials_drawn, controls_drawn), bound)
    spa = np.array([_spa(t[:, c], largest[c]) for c in range(len(controls))])
    return Superiority(t, _stepwise(t, error, (trials_drawn, controls_drawn), bound), spa)


def _against_each(
    trials: Row, controls: Row, drawn: tuple[Panel2D, Panel2D], bound: float
) -> tuple[Panel2D, Panel2D, NDArray[np.float64]]:
    """Return t and standard errors (K, C), and the largest t of each resample (C, 3, B) around the three centres."""
    error = np.empty((len(trials), len(controls)))
    t = np.full(error.shape, np.nan)
    largest = np.full((len(controls), 3, drawn[0].shape[1]), -np.inf)
    for part in parts(len(trials)):
        values = np.ascontiguousarray(drawn[0][part].T)
        for c, control in enumerate(drawn[1]):
            apart = values - control[:, None]
            of_part = apart.std(axis=0)
            known = of_part > NO_VARIATION
            error[part, c] = of_part
            np.divide(trials[part] - controls[c], of_part, out=t[part, c], where=known)
            if known.any():
                _raise(largest[c], apart[:, known] / of_part[known], t[part, c][known], bound)
    return t, error, largest


def _raise(largest: Panel2D, moved: Panel2D, t: Row, bound: float) -> None:
    """Raise `largest` (3, B) to the largest of the t (K,) in resamples (B, K), moved by each of the three centres."""
    for so_far, centre in zip(largest, (np.maximum(t, 0.0), np.where(t >= bound, t, 0.0), t), strict=True):
        np.maximum(so_far, (moved - centre).max(axis=1), out=so_far)


def _spa(t: Row, largest: Panel2D) -> Row:
    """Return the three p-values for one control from t (K,) and the largest in the resamples (3, B)."""
    if np.isnan(t).all():
        return np.ones(3)
    reached = np.maximum(largest, 0.0) >= max(float(np.nanmax(t)), 0.0)
    return _share(reached.sum(axis=1), largest.shape[1])


def _stepwise(t: Panel2D, error: Panel2D, drawn: tuple[Panel2D, Panel2D], bound: float) -> Panel2D:
    """Return adjusted p-values: each t against the largest of what is not above it, from the top down."""
    flat = t.ravel()
    order = np.argsort(-flat, kind="stable")[: int((~np.isnan(flat)).sum())]  # NaN sorts to the end
    sorted_t, scale = flat[order], error.ravel()[order]
    centre = np.where(sorted_t >= bound, sorted_t, 0.0)
    hits, repetitions = np.zeros(len(order), dtype=np.int64), drawn[0].shape[1]
    pairs = np.column_stack(np.divmod(order, t.shape[1]))
    _step_down(*drawn, pairs, np.column_stack([sorted_t, scale, centre]), np.full(repetitions, -np.inf), hits)
    p = np.ones(flat.size)
    p[order] = np.maximum.accumulate(_share(hits, repetitions))
    return p.reshape(t.shape)


@jit
def _step_down(trials, controls, pairs, figures, largest, hits):
    """Count into `hits` (P,) the resamples whose largest t of a pair and of all pairs after it reaches its own.

    Pairs come from the bottom up, so that the largest so far, `largest` (B,), is all that is carried; `figures` (P, 3)
    are t, standard error and centre of each.
    """
    for i in range(hits.size - 1, -1, -1):
        k, c = pairs[i, 0], pairs[i, 1]
        t, scale, centre = figures[i, 0], figures[i, 1], figures[i, 2]
        reached = 0
        for b in range(largest.size):
            largest[b] = max(largest[b], (trials[k, b] - controls[c, b]) / scale - centre)
            reached += largest[b] >= t
        hits[i] = reached


def _share(hits: NDArray[np.int64], repetitions: int) -> Row:
    return (1.0 + np.asarray(hits, dtype=np.float64)) / (1.0 + repetitions)
