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
from .prefetch import prefetch_tile
from .rolling_sums import count_before, gaps, row_that_leaves
from .windows import TILE, Tile, Windows, roll

_STRIDE = np.uint64(TILE)
_PREFIX = _STRIDE


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
    return roll(partial(_fill, True), (as_panel("values", values),), window, min_count, start, out, threads, tile=TILE)


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
    return roll(partial(_fill, False), (as_panel("values", values),), window, min_count, start, out, threads, tile=TILE)


def _fill(is_min: bool, panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    rows = windows.window if panels[0].shape[0] > windows.window else 1  # one block needs no suffixes
    scratch = np.zeros((rows, int(_STRIDE))), np.empty(2 * int(_STRIDE)), gaps(int(_STRIDE))
    for tile in tiles:
        _extreme_tile(panels[0], tile, (is_min, *windows), scratch, out)


@jit
def _further(is_min, extreme, x):
    """Return whichever is further out; NaN in `x` is never."""
    is_further = x < extreme if is_min else x > extreme
    return x if is_further else extreme


@jit
def _take_row(panel, t, tile, is_min, before, after):
    left, width = tile
    for j in range(width):
        after[j] = _further(is_min, before[j], panel[t, left + j])


@jit
def _finish_row(panel, t, tile, suffix, state, out):
    """Take session t into count and prefix, join it with the suffix; `state` = (row, row that leaves, how)."""
    left, width = tile
    state, gone, (is_min, min_count) = state
    for j in range(width):
        x, old = panel[t, left + j], gone[j]
        count = state[j] + ((1.0 if x == x else 0.0) - (1.0 if old == old else 0.0))
        prefix = _further(is_min, state[_PREFIX + j], x)
        state[j], state[_PREFIX + j] = count, prefix
        out[t, left + j] = _further(is_min, suffix[j], prefix) if count >= min_count else np.nan


@jit
def _extreme_tile(panel, tile, task, scratch, out):
    is_min, window, min_count, start = task
    suffix, state, nothing = scratch  # row i of the suffixes: the extremes of the last i rows of the block before
    prefix = state[_PREFIX:]
    suffix[0, :] = np.inf if is_min else -np.inf
    count_before(panel, start, tile, window, state[:_PREFIX])
    for first in range(start // window * window, panel.shape[0], window):
        row, end = max(start, first), min(first + window, panel.shape[0])
        if first > 0:
            for i in range(1, first + window - row):
                _take_row(panel, first - i, tile, is_min, suffix[i - 1], suffix[i])
        prefix[:] = suffix[0]
        for t in range(first, row):
            _take_row(panel, t, tile, is_min, prefix, prefix)
        for t in range(row, end):
            prefetch_tile(panel, out, t, tile)
            i = first + window - t - 1 if first > 0 else 0
            gone = row_that_leaves(panel, t, tile, window, nothing)
            _finish_row(panel, t, tile, suffix[i], (state, gone, (is_min, min_count)), out)
