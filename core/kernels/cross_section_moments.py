"""Means and deviations of one session across securities, as a whole or by group.

Two passes and a pivot: values are taken relative to one of their own, so that a level of 1e11 costs no digits of the
differences and equal values have a deviation of exactly 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D
from ._jit import jit

_LANES = np.uint64(64)
"""Partial sums side by side: one sum is a chain of additions that each wait for the one before, and rounds more."""

Rows = tuple[np.uint64, np.uint64]
"""First row and step."""


class _Lanes(NamedTuple):
    """Partial sums of one row."""

    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]


class _Table(NamedTuple):
    """What is known of each group in one row; its values are `pivots` + their distances, `means` is of distances."""

    counts: NDArray[np.float64]
    pivots: NDArray[np.float64]
    means: NDArray[np.float64]


def fill_zscores(panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write the z-scores of these rows."""
    _zscores(panel, rows, _Lanes(np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)), out)


def fill_neutral(codes: Panel2D, base: float, size: int, panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write the values of these rows less the means of their groups; `codes` are `base` to `base` + `size` - 1."""
    _neutral(panel, codes, base, rows, _Table(np.zeros(size), np.zeros(size), np.zeros(size)), out)


@jit
def code_range(codes, start):
    """Return the smallest and the largest code from row `start` on, and whether all are whole; NaN are no codes."""
    first, last, is_whole = np.inf, -np.inf, True
    for t in range(start, codes.shape[0]):
        for j in range(codes.shape[1]):
            code = codes[t, j]
            first, last = min(first, code) if code == code else first, max(last, code) if code == code else last
            is_whole &= code == np.floor(code) or code != code
    return first, last, is_whole


@jit
def _first_value(row):
    for j in range(row.size):
        if row[j] == row[j]:
            return row[j]
    return np.nan


@jit
def _add_distances(row, begin, width, pivot, lanes):
    for k in range(width):
        x = row[begin + k]
        lanes.counts[k] += 1.0 if x == x else 0.0
        lanes.sums[k] += x - pivot if x == x else 0.0


@jit
def _add_squares(row, begin, width, pivot, mean, lanes):
    for k in range(width):
        x = row[begin + k]
        distance = x - pivot - mean if x == x else 0.0
        lanes.sums[k] += distance
        lanes.squares[k] += distance * distance


@jit
def _zscores(panel, rows, lanes, out):
    first, step = rows
    columns = np.uint64(panel.shape[1])
    whole = columns - columns % _LANES
    for t in range(first, np.uint64(panel.shape[0]), step):
        row = panel[t]
        pivot = _first_value(row)
        for part in lanes:
            part[:] = 0.0
        for begin in range(np.uint64(0), whole, _LANES):
            _add_distances(row, begin, _LANES, pivot, lanes)
        _add_distances(row, whole, columns - whole, pivot, lanes)
        n = lanes.counts.sum()
        mean = lanes.sums.sum() / n
        lanes.sums[:] = 0.0
        for begin in range(np.uint64(0), whole, _LANES):
            _add_squares(row, begin, _LANES, pivot, mean, lanes)
        _add_squares(row, whole, columns - whole, pivot, mean, lanes)
        mean += lanes.sums.sum() / n  # what rounding left of it
        squares = lanes.squares.sum()
        scale = np.sqrt((n - 1.0) / squares) if 0.0 < squares < np.inf else np.nan
        for j in range(columns):
            out[t, j] = (row[j] - pivot - mean) * scale


@jit
def _neutral(panel, codes, base, rows, table, out):
    first, step = rows
    counts, pivots, means = table
    for t in range(first, np.uint64(panel.shape[0]), step):
        row, groups = panel[t], codes[t if codes.shape[0] > 1 else np.uint64(0)]
        counts[:] = 0.0
        for j in range(row.size):
            x, code = row[j], groups[j] - base
            if x == x and code == code:
                g = np.uint64(code)
                if counts[g] == 0.0:
                    pivots[g], means[g] = x, 0.0
                counts[g] += 1.0
                means[g] += x - pivots[g]
        for g in range(counts.size):
            mean = means[g] / counts[g]
            means[g] = mean if np.isfinite(mean) else np.nan
        for j in range(row.size):
            code = groups[j] - base
            g = np.uint64(code) if code == code else np.uint64(0)
            out[t, j] = row[j] - pivots[g] - means[g] if code == code else np.nan
