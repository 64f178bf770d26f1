"""Rolling minimum and maximum down the sessions of a (T, N) panel.

As in `rolling_sums`, a window joins a suffix of the block of `window` rows before with a prefix of its own block: three
comparisons a cell whatever the window, and no branch that depends on the values.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D
from .arrays import as_panel
from .jit import jit
from .prefetch import prefetch_tile
from .windows import TILE, Tile, Windows, roll, scratch

# Scratch as in `rolling_sums`, with the largest instead of sums.
_STRIDE = np.uint64(TILE)
_LARGEST = _STRIDE


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
    return roll(partial(_fill, -1.0), (as_panel("values", values),), window, min_count, start, out, threads, tile=TILE)


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
    return roll(partial(_fill, 1.0), (as_panel("values", values),), window, min_count, start, out, threads, tile=TILE)


def _fill(sign: float, panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    rows = windows.window if panels[0].shape[0] > windows.window else 1  # one block needs no suffixes
    memory = scratch(rows, 2 * int(_STRIDE)), scratch(2 * int(_STRIDE))
    for tile in tiles:
        _extreme_tile(panels[0], tile, (sign, *windows), memory, out)


@jit
def _larger(x, largest):
    """Return the larger of the two; NaN in `x` is never."""
    return x if x > largest else largest


@jit
def _empty(part):
    part[:_LARGEST] = 0.0
    part[_LARGEST:] = -np.inf


@jit
def _take_prefix(panel, rows, tile, sign, prefix):
    """Set the prefix to the largest of sign x value in `rows` = (begin, end)."""
    left, width = tile
    _empty(prefix)
    for t in range(rows[0], rows[1]):
        for j in range(width):
            x = panel[t, left + j]
            prefix[j] += 1.0 if x == x else 0.0
            prefix[_LARGEST + j] = _larger(sign * x, prefix[_LARGEST + j])


@jit
def _take_suffixes(panel, rows, tile, sign, suffix, running):
    """Set row i of `suffix` to the largest of sign x value in the i rows before the first; `rows` = (first, last i)."""
    left, width = tile
    _empty(suffix[0])
    _empty(running)
    for i in range(1, rows[1] + 1):
        after = suffix[i]
        for j in range(width):
            x = panel[rows[0] - i, left + j]
            count = running[j] + (1.0 if x == x else 0.0)
            running[j], after[j] = count, count
            largest = _larger(sign * x, running[_LARGEST + j])
            running[_LARGEST + j], after[_LARGEST + j] = largest, largest


@jit
def _finish_rows(panel, rows, tile, task, memory, out):
    """Take each of `rows` = (begin, end, suffix of the first) into the prefix, and join it with its suffix."""
    left, width = tile
    sign, _, min_count, _ = task
    suffix, prefix = memory
    for t in range(rows[0], rows[1]):
        prefetch_tile(panel, out, t, tile)
        early = suffix[max(rows[2] + rows[0] - t, 0)]
        for j in range(width):
            x = panel[t, left + j]
            count = prefix[j] + (1.0 if x == x else 0.0)
            largest = _larger(sign * x, prefix[_LARGEST + j])
            prefix[j], prefix[_LARGEST + j] = count, largest
            value = sign * _larger(early[_LARGEST + j], largest)
            out[t, left + j] = value if early[j] + count >= min_count else np.nan


@jit
def _extreme_tile(panel, tile, task, memory, out):
    """Fill a tile with maxima (sign 1), or minima as the maxima of what is upside down (sign -1)."""
    # The largest of a window is the larger of two: of a suffix of the block before and a prefix of this one (van Herk;
    # `rolling._roll_tile` has an example). It replaces a search of the whole window, and the queue of candidates that
    # other libraries keep for each column, whose length and branches depend on the values.
    sign, window, _, start = task
    suffix, prefix = memory
    for first in range(start // window * window, panel.shape[0], window):
        row, end = max(start, first), min(first + window, panel.shape[0])
        last = first + window - row - 1 if first > 0 else 0
        _take_suffixes(panel, (first, last), tile, sign, suffix, prefix)
        _take_prefix(panel, (first, row), tile, sign, prefix)
        _finish_rows(panel, (row, end, last), tile, task, memory, out)
