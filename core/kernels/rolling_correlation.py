"""Rolling correlation of two (T, N) panels down the sessions, over the sessions where both have a value.

Windows are the joins of two blocks as in rolling.py: nothing is subtracted that was added before, deviations are kept
from means that are relative to a pair of the part itself, and each output depends on its own window only, by a fixed
order of operations.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..types import Panel2D
from .arrays import as_panel
from .jit import jit
from .windows import Tile, Windows, roll

TILE = 256
"""Most columns worked on at a time: long loops, while a block of 60 rows with its six sums stays in a 1 MB cache."""

_STRIDE = TILE + 8
"""Places between two sums in a row: a constant, so that no loop has to ask first whether they overlap, which would cost
a fifth of the time; and no multiple of 4 kB, because such rows would evict and stall each other."""

_MEAN_X, _MEAN_Y, _SQUARES_X, _SQUARES_Y, _PRODUCTS = (np.uint64(k * _STRIDE) for k in range(1, 6))
"""Where the sums of a part begin in a row of scratch. The count comes first, then both means less their pivots, both
sums of squared deviations and the sum of the products of deviations."""

_Y = np.uint64(_STRIDE)
"""Where the pivots of the second panel begin, after those of the first."""


class _Scratch(NamedTuple):
    """Suffixes (row i: from row i of the block to its end), the prefix in its one row, and the pivots of both."""

    suffix: NDArray[np.float64]
    prefix: NDArray[np.float64]
    suffix_pivots: NDArray[np.float64]
    prefix_pivots: NDArray[np.float64]


def rolling_correlation(
    first: ArrayLike,
    second: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return Pearson's correlation of two panels over the `window` sessions that end at each session.

    Parameters
    ----------
    first, second : float64 (T, N)
    window : int, sessions
        At least 1; may exceed T.
    min_count : int, optional
        Fewest sessions with both values that a window needs, else it is NaN. Default: `window`.
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
        Between -1 and 1.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Input that is no panel or two shapes; an `out` of another type, shape or layout, or in their memory.

    Notes
    -----
    A session where either is NaN does not count. NaN where either is constant over the sessions that count, so where
    only one does; deviations so small that their squares vanish (1e-162) are none. An infinite value makes its own
    windows NaN, no others.
    """
    panel = as_panel("first", first)
    panels = panel, as_panel("second", second, panel.shape)
    return roll(_fill, panels, window, min_count, start, out, threads, tile=TILE)


def _fill(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    rows = windows.window + 1 if out.shape[0] > windows.window else 1  # the last one stays empty
    sums, pivots = 6 * _STRIDE, 2 * _STRIDE
    scratch = _Scratch(np.zeros((rows, sums)), np.zeros((1, sums)), np.zeros(pivots), np.zeros(pivots))
    for tile in tiles:
        _roll_tile(panels, tile, windows, scratch, out)


@jit
def _choose_pivots(panels, tile, rows, pivots):
    """Set the pivots of a part to the first pairs in `rows` = (begin, end, step), 0 where there are none."""
    xs, ys = panels
    left, width = tile
    for j in range(width):
        pivots[j] = np.nan
    for t in range(rows[0], rows[1], rows[2]):
        is_complete = True
        for j in range(width):
            x, y, pivot = xs[t, left + j], ys[t, left + j], pivots[j]
            is_first = np.isnan(pivot) and not np.isnan(x) and not np.isnan(y)
            pivots[j] = x if is_first else pivot
            pivots[_Y + j] = y if is_first else pivots[_Y + j]
        for j in range(width):
            if np.isnan(pivots[j]):
                is_complete = False
                break
        if is_complete:
            break
    for j in range(width):
        is_absent = np.isnan(pivots[j])
        pivots[j] = 0.0 if is_absent else pivots[j]
        pivots[_Y + j] = 0.0 if is_absent else pivots[_Y + j]


@jit
def _add(x, y, sums):
    """Return Welford's sums with the pair (x, y) added, both relative to their pivots; a NaN adds nothing."""
    n, mean_x, mean_y, squares_x, squares_y, products = sums
    # Welford: a value moves the mean by a part of its distance from it; the squares grow by the product of its
    # distances from the old mean and the new. Sums of squares less squared sums would lose the digits they share.
    is_pair = x == x and y == y
    n += 1.0 if is_pair else 0.0
    step_x = x - mean_x if is_pair else 0.0
    step_y = y - mean_y if is_pair else 0.0
    part = 1.0 / max(n, 1.0)
    ahead_x, ahead_y = step_x * part, step_y * part
    squares_x += step_x * (step_x - ahead_x)
    squares_y += step_y * (step_y - ahead_y)
    return n, mean_x + ahead_x, mean_y + ahead_y, squares_x, squares_y, products + step_x * (step_y - ahead_y)


@jit
def _add_row(panels, t, tile, pivots, sums, rows):
    """Write the sums of one row = the sums of another with session t added; `rows` = (from, to)."""
    xs, ys = panels
    left, width = tile
    old, new = sums[rows[0]], sums[rows[1]]
    for j in range(width):
        x, y = xs[t, left + j] - pivots[j], ys[t, left + j] - pivots[_Y + j]
        before = (
            old[j],
            old[_MEAN_X + j],
            old[_MEAN_Y + j],
            old[_SQUARES_X + j],
            old[_SQUARES_Y + j],
            old[_PRODUCTS + j],
        )
        new[j], new[_MEAN_X + j], new[_MEAN_Y + j], new[_SQUARES_X + j], new[_SQUARES_Y + j], new[_PRODUCTS + j] = _add(
            x, y, before
        )


@jit
def _correlation(counts, gaps, squares, products):
    """Join two parts by Chan's formula: `gaps` lie between their means, `squares` and `products` are of both added."""
    n, share = counts[0] + counts[1], counts[0] * counts[1]
    variance_x = n * squares[0] + gaps[0] * gaps[0] * share
    variance_y = n * squares[1] + gaps[1] * gaps[1] * share
    # Two roots, because the product of the variances could overflow or vanish where neither does.
    correlation = (n * products + gaps[0] * gaps[1] * share) / (np.sqrt(variance_x) * np.sqrt(variance_y))
    correlation = 1.0 if correlation > 1.0 else correlation
    correlation = -1.0 if correlation < -1.0 else correlation
    return correlation if variance_x > 0.0 and variance_y > 0.0 else np.nan


@jit
def _finish_row(panels, rows, tile, scratch, min_count, out):
    """Add session t to the prefix, join it with the suffix from row i on, write the correlation; `rows` = (t, i)."""
    xs, ys = panels
    left, width = tile
    t, i = rows
    early, late = scratch.suffix[i], scratch.prefix[0]
    pivots1, pivots2 = scratch.suffix_pivots, scratch.prefix_pivots
    for j in range(width):
        x, y = xs[t, left + j] - pivots2[j], ys[t, left + j] - pivots2[_Y + j]
        sums = _add(
            x,
            y,
            (
                late[j],
                late[_MEAN_X + j],
                late[_MEAN_Y + j],
                late[_SQUARES_X + j],
                late[_SQUARES_Y + j],
                late[_PRODUCTS + j],
            ),
        )
        (
            late[j],
            late[_MEAN_X + j],
            late[_MEAN_Y + j],
            late[_SQUARES_X + j],
            late[_SQUARES_Y + j],
            late[_PRODUCTS + j],
        ) = sums
        counts = early[j], sums[0]
        is_joined = counts[0] > 0.0 and counts[1] > 0.0
        gap_x = early[_MEAN_X + j] + (pivots1[j] - pivots2[j]) - sums[1] if is_joined else 0.0
        gap_y = early[_MEAN_Y + j] + (pivots1[_Y + j] - pivots2[_Y + j]) - sums[2] if is_joined else 0.0
        squares = early[_SQUARES_X + j] + sums[3], early[_SQUARES_Y + j] + sums[4]
        value = _correlation(counts, (gap_x, gap_y), squares, early[_PRODUCTS + j] + sums[5])
        out[t, left + j] = value if counts[0] + counts[1] >= min_count else np.nan


@jit
def _roll_tile(panels, tile, windows, scratch, out):
    # Two parts for each window, a suffix of the block before and a prefix of this block: `rolling._roll_tile` has an
    # example. It replaces two passes over every window; adding and subtracting would leave rounding behind for good.
    window, start = windows.window, windows.start
    empty = scratch.suffix.shape[0] - 1
    for block in range(start // window, (out.shape[0] + window - 1) // window):
        first = block * window
        end = min(first + window, out.shape[0])
        row = max(start, first)
        if block > 0:
            earlier = first - 1, row - window, -1
            _choose_pivots(panels, tile, earlier, scratch.suffix_pivots)
            for t in range(earlier[0], earlier[1], earlier[2]):
                i = t - first + window
                _add_row(panels, t, tile, scratch.suffix_pivots, scratch.suffix, (i + 1, i))
        _choose_pivots(panels, tile, (first, end, 1), scratch.prefix_pivots)
        scratch.prefix[:] = 0.0
        for t in range(first, row):
            _add_row(panels, t, tile, scratch.prefix_pivots, scratch.prefix, (0, 0))
        for t in range(row, end):
            i = t - first + 1 if block > 0 else empty
            _finish_row(panels, (t, i), tile, scratch, windows.min_count, out)
