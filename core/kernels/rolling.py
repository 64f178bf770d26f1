"""Rolling mean, standard deviation and z-score down the sessions of a (T, N) panel.

A window of w sessions is the join of two blocks (van Herk): rows are cut into blocks of w; the window that ends
inside a block is a suffix of the block before and a prefix of this one. Each part keeps Welford's sums, and Chan's
formula joins them. Nothing is ever subtracted that was added before, so a huge or infinite value leaves with its
window, and a constant window has a standard deviation of exactly 0. Means are kept relative to a value of their own
part (its pivot), so that the level of a balance (1e10 yuan) costs no digits of its changes.

Each output depends on its own window only, by a fixed order of operations: a longer history, other tiles or more
threads never change a bit of it.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..types import Panel2D
from ._jit import jit
from .arrays import as_panel
from .windows import TILE, Tile, Windows, roll

_PAD = 8
"""Scratch columns that nobody uses: rows a multiple of 4 kB apart would evict and stall each other."""

_MEAN, _STD, _ZSCORE = range(3)


class _Task(NamedTuple):
    """What to compute: `statistic` over windows of `window` rows with `min_count` values, from row `start` on."""

    statistic: int
    window: int
    min_count: int
    start: int


class _Scratch(NamedTuple):
    """Suffixes (row i: from row i of the block to its end), the prefix in its one row, and the pivots of both.

    The middle axis of the sums: count, mean - pivot, squared deviations from the mean.
    """

    suffix: NDArray[np.float64]
    prefix: NDArray[np.float64]
    suffix_pivots: NDArray[np.float64]
    prefix_pivots: NDArray[np.float64]


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
    NaN cells do not count. NaN where the value itself is NaN and where the window is constant or has one value.
    """
    return _rolling(_ZSCORE, values, window, min_count, start, out, threads)


def _rolling(statistic: int, values: ArrayLike, *parameters: Any) -> Panel2D:
    return roll(partial(_fill, statistic), (as_panel("values", values),), *parameters, tile=TILE)


def _fill(statistic: int, panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    panel = panels[0]
    task = _Task(statistic, *windows)
    rows = task.window + 1 if panel.shape[0] > task.window else 1  # the last one stays empty
    width = int(tiles[0][1]) + _PAD
    scratch = _Scratch(np.zeros((rows, 3, width)), np.zeros((1, 3, width)), np.zeros(width), np.zeros(width))
    for tile in tiles:
        _roll_tile(panel, tile, task, scratch, out)


@jit
def _choose_pivots(panel, tile, rows, pivots):
    """Set the pivots of a part to the first values in `rows` = (begin, end, step), 0 where there are none."""
    left, width = tile
    for j in range(width):
        pivots[j] = np.nan
    for t in range(rows[0], rows[1], rows[2]):
        is_complete = True
        for j in range(width):
            pivot, x = pivots[j], panel[t, left + j]
            pivots[j] = x if np.isnan(pivot) else pivot
        for j in range(width):
            if np.isnan(pivots[j]):
                is_complete = False
                break
        if is_complete:
            break
    for j in range(width):
        pivot = pivots[j]
        pivots[j] = 0.0 if np.isnan(pivot) else pivot


@jit
def _add(x, pivot, n, mean, squares):
    """Return Welford's sums with the value `x` added; NaN adds nothing."""
    is_value = x == x
    n += 1.0 if is_value else 0.0
    step = x - pivot - mean if is_value else 0.0
    ahead = step / max(n, 1.0)
    return n, mean + ahead, squares + step * (step - ahead)


@jit
def _add_row(panel, t, tile, pivots, sums, rows):
    """Write the sums of one row = the sums of another with session t added; `rows` = (from, to)."""
    left, width = tile
    before, after = rows
    for j in range(width):
        n, mean, squares = sums[before, 0, j], sums[before, 1, j], sums[before, 2, j]
        n, mean, squares = _add(panel[t, left + j], pivots[j], n, mean, squares)
        sums[after, 0, j], sums[after, 1, j], sums[after, 2, j] = n, mean, squares


@jit
def _statistic(kind, from_pivot, pivot, early, late):
    """Join two parts (count, mean - pivot, squares) by Chan's formula; return mean, deviation or z-score.

    The squares are kept n times too large, so that the z-score needs one division instead of three.
    """
    n1, mean1, squares1 = early
    n2, mean2, squares2 = late
    n = n1 + n2
    gap = mean1 - mean2 if n1 > 0.0 and n2 > 0.0 else 0.0
    squares = n * (squares1 + squares2) + gap * gap * (n1 * n2)
    if kind == _MEAN:
        return pivot + (mean2 + gap * (n1 / n) if n2 > 0.0 else mean1)
    if kind == _STD:
        return np.sqrt(squares / (n * (n - 1.0)))
    return (n * (from_pivot - mean2) - gap * n1) * np.sqrt((n - 1.0) / (n * squares))


@jit
def _finish_row(panel, rows, tile, scratch, task, out):
    """Add session t to the prefix, join it with the suffix from row i on, write the statistic; `rows` = (t, i)."""
    left, width = tile
    t, i = rows
    suffix, prefix, suffix_pivots, prefix_pivots = scratch
    for j in range(width):
        x, pivot1, pivot2 = panel[t, left + j], suffix_pivots[j], prefix_pivots[j]
        n1, mean1, squares1 = suffix[i, 0, j], suffix[i, 1, j], suffix[i, 2, j]
        n2, mean2, squares2 = _add(x, pivot2, prefix[0, 0, j], prefix[0, 1, j], prefix[0, 2, j])
        prefix[0, 0, j], prefix[0, 1, j], prefix[0, 2, j] = n2, mean2, squares2
        pivot = pivot2 if n2 > 0.0 else pivot1
        early, late = (n1, mean1 + (pivot1 - pivot), squares1), (n2, mean2, squares2)
        value = _statistic(task.statistic, x - pivot, pivot, early, late)
        out[t, left + j] = value if n1 + n2 >= task.min_count else np.nan


@jit
def _roll_tile(panel, tile, task, scratch, out):
    window = task.window
    empty = scratch.suffix.shape[0] - 1
    for block in range(task.start // window, (panel.shape[0] + window - 1) // window):
        first = block * window
        end = min(first + window, panel.shape[0])
        row = max(task.start, first)
        if block > 0:
            earlier = first - 1, row - window, -1
            _choose_pivots(panel, tile, earlier, scratch.suffix_pivots)
            for t in range(earlier[0], earlier[1], earlier[2]):
                i = t - first + window
                _add_row(panel, t, tile, scratch.suffix_pivots, scratch.suffix, (i + 1, i))
        _choose_pivots(panel, tile, (first, end, 1), scratch.prefix_pivots)
        scratch.prefix[:] = 0.0
        for t in range(first, row):
            _add_row(panel, t, tile, scratch.prefix_pivots, scratch.prefix, (0, 0))
        for t in range(row, end):
            i = t - first + 1 if block > 0 else empty
            _finish_row(panel, (t, i), tile, scratch, task, out)
