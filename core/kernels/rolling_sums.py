"""Rolling sums and counts down the sessions of a (T, N) panel.

A sum joins two parts, as in `rolling`: the window that ends inside a block of `window` rows is a suffix of the block
before and a prefix of this one, so that nothing is subtracted that was added before. A count is a whole number,
which loses nothing when the session that leaves is subtracted.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D, Row
from ._jit import jit
from .arrays import as_panel
from .prefetch import prefetch_tile
from .windows import TILE, Tile, Windows, roll

# A tile's figures in its one row of scratch: counts, then the sums of the prefix. The distance is fixed, because the
# compiler must know that they do not overlap: asking at run time takes longer than the work.
_STRIDE = np.uint64(TILE)
_PREFIX = _STRIDE


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
    scratch = np.zeros((rows, int(_STRIDE))), np.empty(2 * int(_STRIDE)), gaps(int(_STRIDE))
    for tile in tiles:
        _sum_tile(panels[0], tile, windows, scratch, out)


def _fill_counts(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    counts = np.empty(int(_STRIDE))
    for tile in tiles:
        _count_tile(panels[0], tile, windows, (counts, gaps(int(_STRIDE))), out)


def gaps(width: int) -> Row:
    """Return a row of NaN, which stands for a session before the first; of the type of a panel's rows."""
    row = np.full(width, np.nan)
    row.flags.writeable = False
    return row


@jit
def row_that_leaves(panel, t, tile, window, nothing):
    """Return the row that is in the window before session t and not in that of t."""
    left, width = tile
    return panel[t - window, left : left + width] if t >= window else nothing


@jit
def count_before(panel, start, tile, window, counts):
    """Set the counts to those of the window that ends before session `start`."""
    left, width = tile
    counts[:] = 0.0
    for t in range(max(0, start - window), start):
        for j in range(width):
            x = panel[t, left + j]
            counts[j] += 1.0 if x == x else 0.0


@jit
def _count_tile(panel, tile, windows, scratch, out):
    left, width = tile
    window, start = windows.window, windows.start
    counts, nothing = scratch
    count_before(panel, start, tile, window, counts)
    for t in range(start, panel.shape[0]):
        prefetch_tile(panel, out, t, tile)
        gone = row_that_leaves(panel, t, tile, window, nothing)
        for j in range(width):
            x, old = panel[t, left + j], gone[j]
            count = counts[j] + ((1.0 if x == x else 0.0) - (1.0 if old == old else 0.0))
            counts[j] = count
            out[t, left + j] = count


@jit
def _add_row(panel, t, tile, before, after):
    left, width = tile
    for j in range(width):
        x = panel[t, left + j]
        after[j] = before[j] + (x if x == x else 0.0)


@jit
def _finish_row(panel, t, tile, suffix, state, out):
    """Add session t to count and prefix, join it with the suffix; `state` = (row, row that leaves, fewest values)."""
    left, width = tile
    state, gone, min_count = state
    for j in range(width):
        x, old = panel[t, left + j], gone[j]
        count = state[j] + ((1.0 if x == x else 0.0) - (1.0 if old == old else 0.0))
        prefix = state[_PREFIX + j] + (x if x == x else 0.0)
        state[j], state[_PREFIX + j] = count, prefix
        out[t, left + j] = suffix[j] + prefix if count >= min_count else np.nan


@jit
def _sum_tile(panel, tile, windows, scratch, out):
    window, min_count, start = windows
    suffix, state, nothing = scratch  # row i of the suffixes: the sums of the last i rows of the block before
    prefix = state[_PREFIX:]
    suffix[0, :] = 0.0
    count_before(panel, start, tile, window, state[:_PREFIX])
    for first in range(start // window * window, panel.shape[0], window):
        row, end = max(start, first), min(first + window, panel.shape[0])
        if first > 0:
            for i in range(1, first + window - row):
                _add_row(panel, first - i, tile, suffix[i - 1], suffix[i])
        prefix[:] = 0.0
        for t in range(first, row):
            _add_row(panel, t, tile, prefix, prefix)
        for t in range(row, end):
            prefetch_tile(panel, out, t, tile)
            i = first + window - t - 1 if first > 0 else 0
            gone = row_that_leaves(panel, t, tile, window, nothing)
            _finish_row(panel, t, tile, suffix[i], (state, gone, min_count), out)
