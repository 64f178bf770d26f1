"""Means and deviations of one session across securities, as a whole or by group.

Two passes and a pivot: values are taken relative to one of their own, so that a level of 1e11 costs no digits of the
differences and equal values have a deviation of exactly 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D
from .arrays import ROUNDING
from .cross_section_sort import Rows
from .jit import jit

_LANES = np.uint64(64)
"""Partial sums side by side: one sum is a chain of additions that each wait for the one before, and rounds more."""


class _Lanes(NamedTuple):
    """Partial sums of one row."""

    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    squares: NDArray[np.float64]


class _Groups(NamedTuple):
    """The group of each security in one row, and what is known of each group; the last group holds who has none.

    The values of a group are its pivot + distances, and `means` is of distances.
    """

    of: NDArray[np.uint64]
    counts: NDArray[np.float64]
    pivots: NDArray[np.float64]
    means: NDArray[np.float64]


def code_range(codes: Panel2D, start: int) -> tuple[float, float, bool]:
    """Return the smallest and the largest code from row `start` on, and whether all are whole; NaN are no codes."""
    columns = codes.shape[1]
    lows, highs, is_broken = np.full(columns, np.inf), np.full(columns, -np.inf), np.zeros(columns, dtype=np.bool_)
    _find_range(codes, start, lows, highs, is_broken)
    return lows.min(initial=np.inf), highs.max(initial=-np.inf), not is_broken.any()


def fill_zscores(panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write the z-scores of these rows."""
    _zscores(panel, rows, _Lanes(np.empty(_LANES), np.empty(_LANES), np.empty(_LANES)), out)


def fill_neutral(codes: Panel2D, base: float, size: int, panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write the values of these rows less the means of their groups; `codes` are `base` to `base` + `size` - 1."""
    groups = _Groups(np.empty(panel.shape[1], np.uint64), *np.zeros((3, size + 1)))
    _neutral(panel, codes, base, rows, groups, out)


def fill_group_sums(codes: Panel2D, base: float, size: int, panel: Panel2D, rows: Rows, out: Panel2D) -> None:
    """Write for each security of these rows the sum of its group; `codes` as `fill_neutral`."""
    _group_sums(panel, codes, base, rows, np.empty((2, size)), out)


@jit
def _find_range(codes, start, lows, highs, is_broken):
    for t in range(start, codes.shape[0]):
        for j in range(codes.shape[1]):
            code = codes[t, j]
            lows[j] = code if code < lows[j] else lows[j]
            highs[j] = code if code > highs[j] else highs[j]
            is_broken[j] |= code - np.floor(code) > 0.0


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
        lanes.squares[k] += distance * distance


@jit
def _zscores(panel, rows, lanes, out):
    # Sums of every 64th value side by side, then the sum of those: additions that need not wait for each other run many
    # to an instruction. A plain loop adds one by one, and the compiler may not change the order, which rounding knows.
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
        for begin in range(np.uint64(0), whole, _LANES):
            _add_squares(row, begin, _LANES, pivot, mean, lanes)
        _add_squares(row, whole, columns - whole, pivot, mean, lanes)
        squares = lanes.squares.sum()
        scale = np.sqrt((n - 1.0) / squares) if 0.0 < squares < np.inf else np.nan
        scale = scale if ROUNDING * abs(pivot + mean) * scale <= 1.0 else np.nan
        for j in range(columns):
            out[t, j] = (row[j] - pivot - mean) * scale


@jit
def _find_groups(row, codes, base, of, nobody):
    for j in range(row.size):
        code = codes[j] - base
        of[j] = np.uint64(code) if code == code and row[j] == row[j] else nobody


@jit
def _find_means(row, groups):
    of, counts, pivots, means = groups
    counts[:] = 0.0
    means[:] = 0.0
    for j in range(row.size):
        g = of[j]
        if counts[g] == 0.0:
            pivots[g] = row[j]
        counts[g] += 1.0
        means[g] += row[j] - pivots[g]
    for g in range(counts.size):
        mean = means[g] / counts[g]
        means[g] = mean if np.isfinite(mean) else np.nan
    means[-1] = np.nan


@jit
def _neutral(panel, codes, base, rows, groups, out):
    first, step = rows
    of, counts, pivots, means = groups
    nobody = np.uint64(counts.size - 1)
    for t in range(first, np.uint64(panel.shape[0]), step):
        row, result = panel[t], out[t]
        _find_groups(row, codes[t if codes.shape[0] > 1 else np.uint64(0)], base, of, nobody)
        _find_means(row, groups)
        for j in range(row.size):
            result[j] = row[j] - pivots[of[j]] - means[of[j]]


@jit
def _group_sums(panel, codes, base, rows, sums, out):
    first, step = rows
    for t in range(first, np.uint64(panel.shape[0]), step):
        row, result = panel[t], out[t]
        groups = codes[t if codes.shape[0] > 1 else np.uint64(0)]
        sums[:] = 0.0
        for j in range(row.size):
            x, code = row[j], groups[j] - base
            if x == x and code == code:
                sums[0, np.uint64(code)] += x
                sums[1, np.uint64(code)] += 1.0
        for j in range(row.size):
            code = groups[j] - base
            is_known = code == code and sums[1, np.uint64(code if code == code else 0.0)] > 0.0
            result[j] = sums[0, np.uint64(code)] if is_known else np.nan
