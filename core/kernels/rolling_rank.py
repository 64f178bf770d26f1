"""Rolling percentile rank of a value among the sessions before it, down a (T, N) panel."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D
from ._jit import jit
from .arrays import as_panel
from .windows import Tile, Windows, roll

TILE = 256


def rolling_rank(
    values: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the percentile rank of each value within the `window` sessions that end at it.

    It is rank / number of values, the lowest value of the window has rank 1, and equal values share the mean of theirs.

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
        In (0, 1].

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel; an `out` of another type, shape or layout.

    Notes
    -----
    NaN cells do not count; NaN where the value itself is NaN. An infinite value is the highest or the lowest.
    """
    return roll(_fill, (as_panel("values", values),), window, min_count, start, out, threads, tile=TILE)


def _fill(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    for tile in tiles:
        width = int(tile[1])
        _rank_tile(panels[0], tile, windows, np.zeros((2, width), dtype=np.int64), out)


@jit
def _count_row(panel, t, i, tile, counts):
    left, width = tile
    for j in range(width):
        x, y = panel[t, left + j], panel[i, left + j]
        counts[0, j] += np.int64(y < x) + np.int64(y <= x)
        counts[1, j] += np.int64(y == y)


@jit
def _rank_tile(panel, tile, windows, counts, out):
    left, width = tile
    for t in range(windows.start, panel.shape[0]):
        counts[:] = 0
        for i in range(max(0, t - windows.window + 1), t + 1):
            _count_row(panel, t, i, tile, counts)
        for j in range(width):
            is_ranked = counts[1, j] >= windows.min_count and panel[t, left + j] == panel[t, left + j]
            out[t, left + j] = (counts[0, j] + 1) / (2 * counts[1, j]) if is_ranked else np.nan
