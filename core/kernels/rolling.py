"""Rolling mean, standard deviation and z-score down the sessions of a (T, N) panel.

A window of w sessions is the join of two blocks (van Herk): rows are cut into blocks of w; the window that ends
inside a block is a suffix of the block before and a prefix of this one. Nothing is ever subtracted that was added
before, so a huge or infinite value leaves with its window.

Each part sums the distances of its values from one of them (its pivot) and their squares. Both pivots lie in the
window, so a constant window has a deviation of exactly 0, the level of a balance (1e10 yuan) costs no digits of its
changes, and the squares that cancel are at most `window` times what is left of them: at worst, where the pivot is the
only one far away from all others, a deviation loses as many digits as the window has. Welford's sums would lose none,
but need two divisions more for each cell.

Each output depends on its own window only, by a fixed order of operations: a longer history, other tiles or more
threads never change a bit of it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D
from .arrays import ROUNDING, as_panel
from .jit import jit
from .prefetch import prefetch_tile
from .windows import TILE, Tile, Windows, roll, scratch

_MEAN, _STD, _ZSCORE = range(3)

# Scratch of a tile: the suffixes (row i: count, sum of value - pivot and of its square from row i of the block to its
# end, each `_STRIDE` columns) and one row with the same of the prefix and the pivots of both. The distances are fixed,
# because the compiler must know that nothing overlaps: asking at run time took longer than the work.
_STRIDE = np.uint64(TILE)
_SUMS, _SQUARES = _STRIDE, np.uint64(2) * _STRIDE
_PREFIX, _PREFIX_SUMS, _PREFIX_SQUARES, _SUFFIX_PIVOT, _PREFIX_PIVOT = (np.uint64(k) * _STRIDE for k in range(5))


def rolling_mean(
    values: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the mean of the `window` sessions that end at each session.

    Parameters
    ----------
    values : float64 (T, N)
    window : int, sessions
        At least 1; may exceed T.
    min_count : int, optional
        Fewest values (not NaN) that a window needs, else it is NaN. Default: `window`.
    start : int
        First row to compute. Rows before it are left as they are in `out`, and NaN in a new array.
    out : float64 (T, N), optional
        C-contiguous; receives the result.
    threads : int, optional
        Tiles of columns are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) where 2**18 cells
        or more are to compute, else 1. The result does not depend on it.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel; an `out` of another type, shape or layout.

    Notes
    -----
    NaN cells do not count. An infinite value makes its own windows not finite, no others.
    """
    return _rolling(_MEAN, values, window, min_count, start, out, threads)


def rolling_std(
    values: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the sample standard deviation (ddof = 1) of the `window` sessions that end at each session.

    Parameters, returns and raises: as `rolling_mean`.

    Notes
    -----
    NaN cells do not count; a window with one value is NaN; a constant window is exactly 0.
    """
    return _rolling(_STD, values, window, min_count, start, out, threads)


def rolling_zscore(
    values: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return (value - mean) / standard deviation (ddof = 1) of the `window` sessions that end at the value.

    Parameters, returns and raises: as `rolling_mean`.

    Notes
    -----
    NaN cells do not count. NaN where the value itself is NaN, where the window has one value, and where it does not
    move: a deviation below 1e-12 of the mean (`ROUNDING`) is what is left of rounding, and a z-score would blow it up.
    A series that is itself a difference of equal numbers, about 0, has lost the level by which to tell.
    """
    return _rolling(_ZSCORE, values, window, min_count, start, out, threads)


def _rolling(statistic: int, values: ArrayLike, *parameters: Any) -> Panel2D:
    return roll(partial(_fill, statistic), (as_panel("values", values),), *parameters, tile=TILE)


def _fill(statistic: int, panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    panel = panels[0]
    rows = windows.window + 1 if panel.shape[0] > windows.window else 1  # the last one stays empty
    memory = scratch(rows, 3 * int(_STRIDE)), scratch(5 * int(_STRIDE))
    for tile in tiles:
        _roll_tile(panel, tile, (statistic, *windows), memory, out)


@jit
def _choose_pivots(panel, tile, rows, pivots):
    """Set the pivots of a part to the first values in `rows` = (begin, end, step), 0 where there are none."""
    left, width = tile
    # Row by row until no column lacks a pivot, often after one: a search down each column would jump from row to row.
    for j in range(width):
        pivots[j] = np.nan
    for t in range(rows[0], rows[1], rows[2]):
        missing = 0
        for j in range(width):
            pivot = pivots[j]
            pivot = panel[t, left + j] if pivot != pivot else pivot
            pivots[j] = pivot
        for j in range(width):
            missing += pivots[j] != pivots[j]
        if missing == 0:
            break
    for j in range(width):
        pivot = pivots[j]
        pivots[j] = 0.0 if pivot != pivot else pivot


@jit
def _sum_suffixes(panel, rows, tile, memory):
    """Fill the suffixes with the sums of `rows` = (last, first - 1), the last row alone at the end."""
    left, width = tile
    suffix, state = memory
    state[:_SUFFIX_PIVOT] = 0.0  # not in use before the prefix, and apart from the suffixes, unlike one of their rows
    i = suffix.shape[0] - 2
    for t in range(rows[0], rows[1], -1):
        after = suffix[i]
        for j in range(width):
            x = panel[t, left + j]
            is_value = x == x
            apart = x - state[_SUFFIX_PIVOT + j] if is_value else 0.0
            n = state[j] + (1.0 if is_value else 0.0)
            total, squares = state[_SUMS + j] + apart, state[_SQUARES + j] + apart * apart
            state[j], state[_SUMS + j], state[_SQUARES + j] = n, total, squares
            after[j], after[_SUMS + j], after[_SQUARES + j] = n, total, squares
        i -= 1


@jit
def _sum_prefix(panel, rows, tile, state):
    """Set the prefix to the sums of `rows` = (begin, end)."""
    left, width = tile
    state[:_SUFFIX_PIVOT] = 0.0
    for t in range(rows[0], rows[1]):
        for j in range(width):
            x = panel[t, left + j]
            is_value = x == x
            apart = x - state[_PREFIX_PIVOT + j] if is_value else 0.0
            state[_PREFIX + j] += 1.0 if is_value else 0.0
            state[_PREFIX_SUMS + j] += apart
            state[_PREFIX_SQUARES + j] += apart * apart


@jit
def _join(x, early, state, j):
    """Add `x` to the prefix, join it with the suffix; return count, pivot, and about it: x, sum, squares."""
    n1, sum1, squares1 = early[j], early[_SUMS + j], early[_SQUARES + j]
    pivot1, pivot2 = state[_SUFFIX_PIVOT + j], state[_PREFIX_PIVOT + j]
    is_value = x == x
    apart = x - pivot2 if is_value else 0.0
    n2 = state[_PREFIX + j] + (1.0 if is_value else 0.0)
    sum2 = state[_PREFIX_SUMS + j] + apart
    squares2 = state[_PREFIX_SQUARES + j] + apart * apart
    state[_PREFIX + j], state[_PREFIX_SUMS + j], state[_PREFIX_SQUARES + j] = n2, sum2, squares2
    # Move the suffix to the other pivot, with gap = pivot1 - pivot2: a distance d becomes d + gap, their sum grows by
    # n1 gap, their squares by 2 gap sum1 + n1 gap**2. An empty part has no pivot.
    gap = pivot1 - pivot2 if (n1 > 0.0) & (n2 > 0.0) else 0.0
    moved = n1 * gap
    total, squares = sum1 + sum2 + moved, squares1 + squares2 + gap * (sum1 + sum1 + moved)
    return n1 + n2, pivot2 if n2 > 0.0 else pivot1, apart, total, squares


@jit
def _finish_rows(panel, rows, tile, memory, task, out):
    """Join `rows` = (begin, end, suffix of the first) with their suffixes; one loop each, free of branches."""
    left, width = tile
    suffix, state = memory
    statistic, min_count = task
    for t in range(rows[0], rows[1]):
        prefetch_tile(panel, out, t, tile)
        early = suffix[min(rows[2] + t - rows[0], suffix.shape[0] - 1)]
        if statistic == _MEAN:
            for j in range(width):
                n, pivot, _, total, _ = _join(panel[t, left + j], early, state, j)
                out[t, left + j] = pivot + total / n if n >= min_count else np.nan
        elif statistic == _STD:
            for j in range(width):
                n, _, _, total, squares = _join(panel[t, left + j], early, state, j)
                deviation = np.sqrt((n * squares - total * total) / (n * (n - 1.0)))
                out[t, left + j] = deviation if n >= min_count else np.nan
        else:
            for j in range(width):
                x = panel[t, left + j]
                n, pivot, apart, total, squares = _join(x, early, state, j)
                # One division and one root: the squares about the mean are n times too large, and so is the distance.
                scale = np.sqrt((n - 1.0) / (n * (n * squares - total * total)))  # 1 / (n deviations)
                moves = ROUNDING * abs(n * pivot + total) * scale <= 1.0  # False where the deviation is 0, too
                out[t, left + j] = (n * apart - total) * scale if (x == x) & (n >= min_count) & moves else np.nan


@jit
def _roll_tile(panel, tile, task, memory, out):
    # With w = 4 rows to a block, the window that ends at row 9 is the suffix 6-7 of one block and the prefix 8-9 of the
    # next. Suffixes are summed once, from the last row up, before a block begins; the prefix grows by a row with each
    # output. That is two additions and a join for each cell. It replaces w additions for each cell, and the running sum
    # that adds what enters and subtracts what leaves: there rounding piles up, and one infinite value spoils the rest.
    statistic, window, min_count, start = task
    suffix, state = memory
    for first in range(start // window * window, panel.shape[0], window):
        end = min(first + window, panel.shape[0])
        row = max(start, first)
        i = suffix.shape[0] - 1  # empty
        if first > 0:
            earlier = first - 1, row - window, -1
            _choose_pivots(panel, tile, earlier, state[_SUFFIX_PIVOT:])
            _sum_suffixes(panel, earlier, tile, memory)
            i = row - first + 1
        _choose_pivots(panel, tile, (first, end, 1), state[_PREFIX_PIVOT:])
        _sum_prefix(panel, (first, row), tile, state)
        _finish_rows(panel, (row, end, i), tile, memory, (statistic, min_count), out)
