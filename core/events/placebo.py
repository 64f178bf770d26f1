"""Placebo windows: all events moved by the same number of sessions, so that they keep their distances and company."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D, Row
from .event_design import FEWEST_ESTIMATION, EventDesign
from .event_windows import Windows


class Placebo(NamedTuple):
    """Mean abnormal returns (S, before + 1 + after) of S placebo windows, and how many do not overlap."""

    means: Panel2D
    apart: int

    def share(self, effect: float, span: slice) -> float:
        """Return the share of placebo windows whose cumulative mean over a span is larger than `effect` either way."""
        if not len(self.means) or math.isnan(effect):
            return math.nan
        return float((np.abs(self.means[:, span].sum(axis=1)) > abs(effect)).mean())


def placebo_of(windows: Windows, plan: EventDesign) -> Placebo:
    """Return placebo windows of events.

    Notes
    -----
    All days of events move by the same number of sessions, beyond the end round to the beginning. What lies within the
    window of an event of the same security counts for nothing; a placebo that is left with less than half of the
    events on one of its sessions is none. All that there are, or `placebos` of them by the seed.
    """
    sessions = windows.sums.shape[1]
    first = plan.before + 1 + (plan.estimation if windows.is_demeaned else 0)
    room = sessions - plan.after - first
    if not len(windows) or room < 2:
        return Placebo(np.empty((0, plan.width)), 0)
    shifts = np.random.default_rng(plan.seed).permutation(np.arange(1, room))
    usual = _usual_means(windows, plan)
    found: list[Row] = []
    for shift in shifts.tolist():
        rows = first + (windows.days - first + shift) % room
        mean = _mean(windows, rows, usual, plan)
        if mean is not None:
            found.append(mean)
        if len(found) == plan.placebos:
            break
    means = np.stack(found) if found else np.empty((0, plan.width))
    return Placebo(means, min(len(found), room // plan.width))


def _mean(windows: Windows, rows: NDArray[np.int64], usual: Panel2D | None, plan: EventDesign) -> Row | None:
    """Return the mean by session of the window of events whose days are at `rows`; None where too few are left."""
    at = rows[:, None] + np.arange(-plan.before, plan.after + 1)[None, :]
    day = np.arange(len(rows))[:, None]
    counts = windows.counts[day, at]
    total = counts.sum(axis=0)
    if (2 * total < len(windows)).any():
        return None
    sums = windows.sums[day, at]
    if usual is not None:
        sums = sums - usual[day, rows[:, None]] * counts
    mean = sums.sum(axis=0) / total
    return None if np.isnan(mean).any() else mean


def _usual_means(windows: Windows, plan: EventDesign) -> Panel2D | None:
    """Return the mean over the estimation sessions of a window at each row, (D, T); None where none is taken off."""
    if not windows.is_demeaned:
        return None
    usual = np.full(windows.sums.shape, np.nan)
    ends = np.maximum(np.arange(usual.shape[1]) - plan.before, 0)
    for place, (sums, counts) in enumerate(zip(windows.sums, windows.counts, strict=True)):
        away = np.flatnonzero(counts)
        total = np.concatenate([[0.0], np.cumsum(sums[away] / counts[away])])
        last = np.searchsorted(away, ends)
        begins = np.maximum(last - plan.estimation, 0)
        known = last - begins
        mean = total[last] - total[begins]
        usual[place] = np.divide(mean, known, out=np.full(len(ends), np.nan), where=known >= FEWEST_ESTIMATION)
    return usual
