"""Which trials beat the controls when all of them are tried: SPA and its stepwise form."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.statistics import NO_VARIATION
from ..types import Panel2D, Row

_CHUNK = 32  # resamples at a time: 1,000 trials and five controls are 1.3 MB


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
    trials_drawn, controls_drawn : float64 (B, K) and (B, C)
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
    """
    advantage = trials[:, None] - controls
    error = np.column_stack([(trials_drawn - own[:, None]).std(axis=0) for own in controls_drawn.T])
    t = np.divide(advantage, error, out=np.full(error.shape, np.nan), where=error > NO_VARIATION)
    bound = -math.sqrt(2.0 * math.log(math.log(sessions)))
    spa = np.empty((len(controls), 3))
    for c in range(len(controls)):
        known = ~np.isnan(t[:, c])
        moved = (trials_drawn[:, known] - controls_drawn[:, [c]]) / error[known, c]
        spa[c] = _spa(t[known, c], moved, bound)
    return Superiority(t, _stepwise(t, error, (trials_drawn, controls_drawn), bound), spa)


def _spa(t: Row, moved: Panel2D, bound: float) -> Row:
    """Return the three p-values for one control from t (K,) and its values in resamples (B, K)."""
    if not t.size:
        return np.ones(3)
    best = max(float(t.max()), 0.0)
    centres = (np.maximum(t, 0.0), np.where(t >= bound, t, 0.0), t)
    reached = [np.maximum((moved - centre).max(axis=1), 0.0) >= best for centre in centres]
    return _share(np.array([hits.sum() for hits in reached]), len(moved))


def _stepwise(t: Panel2D, error: Panel2D, drawn: tuple[Panel2D, Panel2D], bound: float) -> Panel2D:
    """Return adjusted p-values: each t against the largest of what is not above it, from the top down."""
    trials_drawn, controls_drawn = drawn
    flat = t.ravel()
    order = np.argsort(-flat, kind="stable")[: int((~np.isnan(flat)).sum())]  # NaN sorts to the end
    row, column = np.divmod(order, t.shape[1])
    sorted_t, scale = flat[order], error[row, column]
    centre = np.where(sorted_t >= bound, sorted_t, 0.0)
    hits = np.zeros(len(order), dtype=np.int64)
    for start in range(0, len(trials_drawn), _CHUNK):
        part = slice(start, start + _CHUNK)
        values = (trials_drawn[part][:, row] - controls_drawn[part][:, column]) / scale - centre
        largest = np.maximum.accumulate(values[:, ::-1], axis=1)[:, ::-1]
        hits += (largest >= sorted_t).sum(axis=0)
    p = np.ones(flat.size)
    p[order] = np.maximum.accumulate(_share(hits, len(trials_drawn)))
    return p.reshape(t.shape)


def _share(hits: int | NDArray[np.int64], repetitions: int) -> Row:
    return (1.0 + np.asarray(hits, dtype=np.float64)) / (1.0 + repetitions)
