"""Rolling sums and counts down the sessions of a (T, N) panel.

A sum joins two parts, as in `rolling`: the window that ends inside a block of `window` rows is a suffix of the block
before and a prefix of this one, so that nothing is subtracted that was added before. A count is a whole number,
which loses nothing when the session that leaves is subtracted.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D
from ._jit import jit
from .arrays import as_panel
from .windows import Tile, Windows, roll

_PAD = 8
"""Scratch columns that nobody uses: rows a multiple of 4 kB apart would evict and stall each other."""

TILE = 256
"""Most columns at a time: a block of 250 rows of sums stays in the cache."""


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
    return roll(_fill_sums, (as_panel("values", values),), window, min_count, start, out, threads, TILE)


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
    return roll(_fill_counts, (as_panel("values", values),), window, 1, start, out, threads)


def _fill_sums(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    rows = windows.window if panels[0].shape[0] > windows.window else 1  # one block needs no suffixes
    width = int(tiles[0][1]) + _PAD
    scratch = np.zeros((rows, width)), np.zeros(width), np.zeros(width)
    for tile in tiles:
        _sum_tile(panels[0], tile, windows, scratch, out)


def _fill_counts(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    counts = np.zeros(int(tiles[0][1]))
    for tile in tiles:
        _count_tile(panels[0], tile, windows, counts, out)


@jit
def count_row(panel, t, tile, window, counts):
    """Move the counts of the window that ends before session t on to t, which may be in the first window."""
    left, width = tile
    if t >= window:
        for j in range(width):
            gone, x = panel[t - window, left + j], panel[t, left + j]
            counts[j] += (1.0 if x == x else 0.0) - (1.0 if gone == gone else 0.0)
    else:
        for j in range(width):
            x = panel[t, left + j]
            counts[j] += 1.0 if x == x else 0.0


@jit
def count_before(panel, start, tile, window, counts):
    """Set the counts to those of the window that ends before session `start`."""
    counts[:] = 0.0
    for t in range(max(0, start - window), start):
        count_row(panel, t, tile, start + 1, counts)


@jit
def _count_tile(panel, tile, windows, counts, out):
    left, width = tile
    count_before(panel, windows.start, tile, windows.window, counts)
    for t in range(windows.start, panel.shape[0]):
        count_row(panel, t, tile, windows.window, counts)
        for j in range(width):
            out[t, left + j] = counts[j]


@jit
def _sum_suffixes(panel, first, tile, lowest, suffix):
    """Fill row i of `suffix` with the sums of the last i rows before session `first`, for i from 1 to `lowest`."""
    left, width = tile
    suffix[0, :] = 0.0
    for i in range(1, lowest + 1):
        for j in range(width):
            x = panel[first - i, left + j]
            suffix[i, j] = suffix[i - 1, j] + (x if x == x else 0.0)


@jit
def _add_row(panel, t, tile, prefix):
    left, width = tile
    for j in range(width):
        x = panel[t, left + j]
        prefix[j] += x if x == x else 0.0


@jit
def _sum_tile(panel, tile, windows, scratch, out):
    left, width = tile
    window, min_count, start = windows
    suffix, prefix, counts = scratch
    suffix[0, :] = 0.0
    count_before(panel, start, tile, window, counts)
    for first in range(start // window * window, panel.shape[0], window):
        row, end = max(start, first), min(first + window, panel.shape[0])
        if first > 0:
            _sum_suffixes(panel, first, tile, first + window - row - 1, suffix)
        prefix[:] = 0.0
        for t in range(first, row):
            _add_row(panel, t, tile, prefix)
        for t in range(row, end):
            i = first + window - t - 1 if first > 0 else 0
            _add_row(panel, t, tile, prefix)
            count_row(panel, t, tile, window, counts)
            for j in range(width):
                value = suffix[i, j] + prefix[j]
                out[t, left + j] = value if counts[j] >= min_count else np.nan
