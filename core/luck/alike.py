"""How alike trials and controls are: mean correlations, found without a matrix of all pairs."""

from typing import NamedTuple

import numpy as np

from ..inference.trial_parts import parts
from ..kernels.statistics import NO_VARIATION
from ..types import Panel2D, Row


class Alike(NamedTuple):
    """Mean correlations of daily returns; NaN where there is no pair."""

    trials: float  # of two trials
    across: float  # of a trial and a control
    controls: float  # of two controls


def alike(own: Panel2D, other: Panel2D) -> Alike:
    """Return the mean correlations of trials (T, K) and controls (T, C).

    Notes
    -----
    The sum of K standardised series has the variance K + K (K - 1) r, r their mean correlation: one row of sums tells
    r, whatever K is. Series that do not vary are left out.
    """
    (first, n), (second, m) = _summed(own), _summed(other)
    sessions = len(own)
    return Alike(
        _within(first, n), float(first @ second) / sessions / (n * m) if n and m else np.nan, _within(second, m)
    )


def _summed(values: Panel2D) -> tuple[Row, int]:
    """Return the sums (T,) of the standardised columns that vary, and how many these are."""
    total, count = np.zeros(len(values)), 0
    for part in parts(values.shape[1]):
        away = values[:, part] - values[:, part].mean(axis=0)
        deviation = away.std(axis=0)
        moves = deviation > NO_VARIATION
        total += away[:, moves] @ (1.0 / deviation[moves])
        count += int(moves.sum())
    return total, count


def _within(total: Row, count: int) -> float:
    return (float(total @ total) / len(total) - count) / (count * (count - 1)) if count > 1 else np.nan
