"""Rolling minimum and maximum down the sessions of a (T, N) panel.

As in `rolling_sums`, a window joins a suffix of the block of `window` rows before with a prefix of its own block: three
comparisons a cell whatever the window, and no branch that depends on the values.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D
from ._jit import jit
from .arrays import as_panel
from .rolling_sums import count_before, count_row
from .windows import Tile, Windows, roll

_PAD = 8
"""Scratch columns that nobody uses: rows a multiple of 4 kB apart would evict and stall each other."""

TILE = 256
"""Most columns at a time: a block of 250 rows of extremes stays in the cache."""


def rolling_min(
    values: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the smallest value of the `window` sessions that end at each session.

    Parameters, returns and raises: as `rolling.rolling_mean`; the unit is that of the values.

    Notes
    -----
    NaN cells do not count; infinite values are values.
    """
    return roll(partial(_fill, True), (as_panel("values", values),), window, min_count, start, out, threads, TILE)


def rolling_max(
    values: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the largest value of the `window` sessions that end at each session.

    Parameters, returns and raises: as `rolling.rolling_mean`; the unit is that of the values.

    Notes
    -----
    NaN cells do not count; infinite values are values.
    """
    return roll(partial(_fill, False), (as_panel("values", values),), window, min_count, start, out, threads, TILE)


def _fill(is_min: bool, panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    rows = windows.window if panels[0].shape[0] > windows.window else 1  # one block needs no suffixes
    width = int(tiles[0][1]) + _PAD
    scratch = np.zeros((rows, width)), np.zeros(width), np.zeros(width)
    for tile in tiles:
        _extreme_tile(panels[0], tile, windows, is_min, scratch, out)


@jit
def _further(is_min, extreme, x):
    """Return whichever is further out; NaN in `x` is never."""
    if is_min:
        return x if x < extreme else extreme
    return x if x > extreme else extreme


@jit
def _take_row(panel, t, tile, is_min, before, after):
    left, width = tile
    for j in range(width):
        after[j] = _further(is_min, before[j], panel[t, left + j])


@jit
def _extreme_tile(panel, tile, windows, is_min, scratch, out):
    left, width = tile
    window, min_count, start = windows
    suffix, prefix, counts = scratch
    nothing = np.inf if is_min else -np.inf
    suffix[0, :] = nothing
    count_before(panel, start, tile, window, counts)
    for first in range(start // window * window, panel.shape[0], window):
        row, end = max(start, first), min(first + window, panel.shape[0])
        if first > 0:  # suffix i: the last i rows of the block before
            for i in range(1, first + window - row):
                _take_row(panel, first - i, tile, is_min, suffix[i - 1], suffix[i])
        prefix[:] = nothing
        for t in range(first, row):
            _take_row(panel, t, tile, is_min, prefix, prefix)
        for t in range(row, end):
            i = first + window - t - 1 if first > 0 else 0
            _take_row(panel, t, tile, is_min, prefix, prefix)
            count_row(panel, t, tile, window, counts)
            for j in range(width):
                value = _further(is_min, suffix[i, j], prefix[j])
                out[t, left + j] = value if counts[j] >= min_count else np.nan
