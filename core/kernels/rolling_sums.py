"""Rolling sums and counts down the sessions of a (T, N) panel.

A sum joins two parts, as in `rolling`: the window that ends inside a block of `window` rows is a suffix of the block
before and a prefix of this one, so that nothing is subtracted that was added before. A count is a whole number,
which loses nothing when the session that leaves is subtracted.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D
from .arrays import as_panel
from .jit import jit
from .prefetch import prefetch_tile
from .windows import TILE, Tile, Windows, roll, scratch

# Scratch of a tile: the suffixes (row i: the counts of the last i rows of the block before, then their sums) and one
# row with the same of the prefix. The distance is fixed, because the compiler must know that nothing overlaps.
_STRIDE = np.uint64(TILE)
_SUMS = _STRIDE


def rolling_sum(
    values: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the sum of the `window` sessions that end at each session.

    Parameters, returns and raises: as `rolling.rolling_mean`; the unit is that of the values.

    Notes
    -----
    NaN cells add nothing and do not count. Whole numbers add up exactly below 2**53; any others to `window` units in
    the last place of the sum of their sizes. An infinite value makes its own windows not finite, no others.
    """
    return roll(_fill_sums, (as_panel("values", values),), window, min_count, start, out, threads, tile=TILE)


def rolling_count(
    values: ArrayLike,
    window: int,
    *,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return how many of the `window` sessions that end at each session have a value.

    Parameters, returns and raises: as `rolling.rolling_mean`, without `min_count`.

    Notes
    -----
    Whole numbers from 0 to `window`, never NaN; NaN cells do not count, infinite ones do.
    """
    return roll(_fill_counts, (as_panel("values", values),), window, 1, start, out, threads, tile=TILE)


def _fill_sums(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    rows = windows.window if panels[0].shape[0] > windows.window else 1  # one block needs no suffixes
    memory = scratch(rows, 2 * int(_STRIDE)), scratch(2 * int(_STRIDE))
    for tile in tiles:
        _sum_tile(panels[0], tile, windows, memory, out)


def _fill_counts(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    counts = scratch(int(_STRIDE))
    for tile in tiles:
        _count_tile(panels[0], tile, windows, counts, out)


@jit
def _count_tile(panel, tile, windows, counts, out):
    # What enters is added and what leaves subtracted, which whole numbers bear and sums of others would not.
    left, width = tile
    window, start = windows.window, windows.start
    counts[:] = 0.0
    for t in range(max(0, start - window), panel.shape[0]):
        for j in range(width):
            x = panel[t, left + j]
            counts[j] += 1.0 if x == x else 0.0
        if t >= max(start, window):
            for j in range(width):
                x = panel[t - window, left + j]
                counts[j] -= 1.0 if x == x else 0.0
        if t >= start:
            prefetch_tile(panel, out, t, tile)
            for j in range(width):
                out[t, left + j] = counts[j]


@jit
def _sum_prefix(panel, rows, tile, prefix):
    """Set the prefix to the sums of `rows` = (begin, end)."""
    left, width = tile
    prefix[:] = 0.0
    for t in range(rows[0], rows[1]):
        for j in range(width):
            x = panel[t, left + j]
            prefix[j] += 1.0 if x == x else 0.0
            prefix[_SUMS + j] += x if x == x else 0.0


@jit
def _sum_suffixes(panel, first, tile, suffix, task):
    """Set row i of `suffix` to the sums of the i rows before `first`; `task` = (room for a row, last i)."""
    left, width = tile
    running, last = task
    running[:] = 0.0
    for i in range(1, last + 1):
        after = suffix[i]
        for j in range(width):
            x = panel[first - i, left + j]
            count = running[j] + (1.0 if x == x else 0.0)
            running[j], after[j] = count, count
            total = running[_SUMS + j] + (x if x == x else 0.0)
            running[_SUMS + j], after[_SUMS + j] = total, total


@jit
def _finish_rows(panel, rows, tile, memory, min_count, out):
    """Add each of `rows` = (begin, end, suffix of the first) to the prefix, and join it with its suffix."""
    left, width = tile
    suffix, prefix = memory
    for t in range(rows[0], rows[1]):
        prefetch_tile(panel, out, t, tile)
        early = suffix[max(rows[2] + rows[0] - t, 0)]
        for j in range(width):
            x = panel[t, left + j]
            count = prefix[j] + (1.0 if x == x else 0.0)
            total = prefix[_SUMS + j] + (x if x == x else 0.0)
            prefix[j], prefix[_SUMS + j] = count, total
            out[t, left + j] = early[_SUMS + j] + total if early[j] + count >= min_count else np.nan


@jit
def _sum_tile(panel, tile, windows, memory, out):
    # By blocks of `window` rows: sums of the last 1, 2, ... rows of the block before, then row by row the prefix of
    # this one; output = suffix + prefix, three additions for each cell and not `window` of them. `rolling._roll_tile`
    # has an example. `last` is how many rows the first window takes from the block before; each later one, one less.
    window, min_count, start = windows
    suffix, prefix = memory  # row 0 of the suffixes stays empty
    for first in range(start // window * window, panel.shape[0], window):
        row, end = max(start, first), min(first + window, panel.shape[0])
        last = first + window - row - 1 if first > 0 else 0
        _sum_suffixes(panel, first, tile, suffix, (prefix, last))
        _sum_prefix(panel, (first, row), tile, prefix)
        _finish_rows(panel, (row, end, last), tile, memory, min_count, out)
