"""Rolling percentile rank of a value among the sessions before it, down a (T, N) panel.

A rank is counted: how many values of the window are below the last one, and how many are not above it. Nothing is
rounded before the one division at the end, so that tiles, threads and history cannot matter.

To compare many values at a time, some hundred rows of a tile are first written as 16-bit codes that keep their order
(65,535 levels from the least value of a column to its greatest). Equal codes do not mean equal values: where the last
code of a window is not the only one of its kind, the values are counted themselves. A tile with many such cells
(prices in ticks, volumes that are often 0) goes on without codes, two to three times slower.
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
"""Most columns worked on at a time: 500 rows of their codes stay in a 1 MB cache."""

ROWS = 256
"""Rows that are ranked with one set of codes: fewer tie less, more share the work of coding a window's first rows."""

_LEVELS = 65534.0
_NO_CODE = 65535.0
_LOWEST = 32768.0
_LONGEST = 32767
"""The longest window that a 16-bit count holds."""

_LANES = 32
"""Codes in a vector. Rows of codes are filled up to whole vectors, because the rest of a row is slow to count, and one
more, because rows a multiple of 4 kB apart would evict and stall each other."""

_SWEEP = np.uint64(8)
"""Rows that one sweep over the counts compares."""

_TIED_SHARE = 1 / 16
"""Share of tied codes from which on codes cost more than they save."""


class _Scratch(NamedTuple):
    """What a tile needs: codes of the rows at hand, numbers of values below and not above, by codes and by values.

    `scales` holds the least value of each column and its levels per unit: infinite where all values are equal, 0 where
    their range is infinite or next to nothing, so that one code stands for all. `present` counts the values of windows.
    """

    codes: NDArray[np.int16]
    coded_counts: NDArray[np.int16]
    counts: NDArray[np.int64]
    scales: NDArray[np.float64]
    present: NDArray[np.float64]


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
        Values that are no panel; an `out` of another type, shape or layout, or in their memory.

    Notes
    -----
    NaN cells do not count; NaN where the value itself is NaN. An infinite value is the highest or the lowest.
    """
    return roll(_fill, (as_panel("values", values),), window, min_count, start, out, threads, tile=TILE)


def _fill(panels: tuple[Panel2D, ...], tiles: Sequence[Tile], windows: Windows, out: Panel2D) -> None:
    width = int(tiles[0][1])
    coded_width = -(-width // _LANES) * _LANES
    rows = min(windows.window - 1 + ROWS, out.shape[0]) if windows.window <= _LONGEST else 0
    scratch = _Scratch(
        np.zeros((rows, coded_width + _LANES), dtype=np.int16),
        np.empty((2, coded_width), dtype=np.int16),
        np.empty((2, width), dtype=np.int64),
        np.empty((2, width)),
        np.empty(width),
    )
    for tile in tiles:
        _rank_tile(panels[0], tile, windows, scratch, out)


@jit
def _encode(panel, tile, rows, scales, codes):
    """Write the codes of `rows` = (begin, end)."""
    # A code is four times shorter than a value, so that four times as many are compared at once. Where x < y, the code
    # of x is not above that of y: different codes tell the order, equal ones nothing (`_settle_row`).
    left, width = tile
    lows, steps = scales[0], scales[1]
    for j in range(width):
        lows[j], steps[j] = np.inf, -np.inf
    for t in range(rows[0], rows[1]):
        for j in range(width):
            x = panel[t, left + j]
            lows[j] = x if x < lows[j] else lows[j]
            steps[j] = x if x > steps[j] else steps[j]
    for j in range(width):
        span = steps[j] - lows[j]
        step = _LEVELS / span
        steps[j] = step if 0.0 < step < np.inf else np.inf if span == 0.0 else 0.0
    for t in range(rows[0], rows[1]):
        for j in range(width):
            x, step = panel[t, left + j], steps[j]
            level = (x - lows[j]) * step if 0.0 < step < np.inf else 0.0
            codes[t - rows[0], j] = np.int32((level if x == x else _NO_CODE) - _LOWEST)


@jit
def _count(cells, rows, tile, counts):
    """Count which cells of `rows` = (first, last), the last with them, are below the last and which are not above."""
    # Every cell of the window is compared with the last of its column, the columns side by side as they lie in memory.
    # For each cell that is a whole window of work; the usual sorted window, into which a value is inserted and from
    # which another is removed, needs far fewer steps, but each waits for the one before and branches on the values.
    # These run many to an instruction. The counts are read and written once for `_SWEEP` rows.
    left, width = tile
    i, last = rows
    for j in range(width):
        counts[0, j], counts[1, j] = 0, 1
    while i + _SWEEP <= last:
        for j in range(width):
            x, below, upto = cells[last, left + j], 0, 0
            for k in range(_SWEEP):  # a constant, so that it is unrolled and the loop over j becomes vectors
                y = cells[i + k, left + j]
                below += 1 if y < x else 0
                upto += 1 if y <= x else 0
            counts[0, j] += below
            counts[1, j] += upto
        i += _SWEEP
    while i < last:
        for j in range(width):
            x, y = cells[last, left + j], cells[i, left + j]
            counts[0, j] += 1 if y < x else 0
            counts[1, j] += 1 if y <= x else 0
        i += np.uint64(1)


@jit
def _count_present(panel, t, tile, by, present):
    """Add `by` for each value of session t."""
    left, width = tile
    for j in range(width):
        x = panel[t, left + j]
        present[j] += by if x == x else 0.0


@jit
def _write_row(panel, t, tile, tallies, min_count, out):
    """Write the ranks of session t; `tallies` = ((below, not above), present)."""
    left, width = tile
    counts, present = tallies
    for j in range(width):
        x, n = panel[t, left + j], present[j]
        rank = (counts[0, j] + counts[1, j] + 1) / (2.0 * n)
        out[t, left + j] = rank if x == x and n >= min_count else np.nan


@jit
def _settle_row(panel, rows, oldest, tile, scratch, out):
    """Look at the values where others in `rows` = (first, last) share the last code; return for how many cells.

    `oldest` is the session of the first codes.
    """
    # The last is always among the codes equal to it, hence "more than one". Only values with that code are looked at: a
    # lower code is a lower value. `places` is twice the rank, below + not above + 1; lower codes count in both.
    left, width = tile
    first, last = rows
    codes, counts, steps = scratch.codes, scratch.coded_counts, scratch.scales[1]
    tied = 0
    for j in range(width):
        k = left + j
        if counts[1, j] - counts[0, j] > 1 and steps[j] < np.inf and not np.isnan(out[last, k]):
            code, x, places = codes[last - oldest, j], panel[last, k], 2 * np.int64(counts[0, j]) + 1
            for i in range(first, last + 1):
                if codes[i - oldest, j] == code:
                    y = panel[i, k]
                    places += (1 if y < x else 0) + (1 if y <= x else 0)
            out[last, k] = places / (2.0 * scratch.present[j])
            tied += 1
    return tied


@jit
def _rank_tile(panel, tile, windows, scratch, out):
    codes, counts, coded_counts, present = scratch.codes, scratch.counts, scratch.coded_counts, scratch.present
    window, sessions = windows.window, panel.shape[0]
    coded_tile = np.uint64(0), np.uint64(coded_counts.shape[1])
    is_coded = codes.shape[0] > 0
    present[:] = 0.0
    for t in range(max(0, windows.start - window + 1), windows.start):
        _count_present(panel, t, tile, 1.0, present)
    for begin in range(windows.start, sessions, ROWS):
        end, oldest, tied = min(begin + ROWS, sessions), max(0, begin - window + 1), 0
        if is_coded:
            _encode(panel, tile, (oldest, end), scratch.scales, codes)
        for t in range(begin, end):
            first = max(0, t - window + 1)
            _count_present(panel, t, tile, 1.0, present)
            if is_coded:
                _count(codes, (np.uint64(first - oldest), np.uint64(t - oldest)), coded_tile, coded_counts)
                _write_row(panel, t, tile, (coded_counts, present), windows.min_count, out)
                tied += _settle_row(panel, (first, t), oldest, tile, scratch, out)
            else:
                _count(panel, (np.uint64(first), np.uint64(t)), tile, counts)
                _write_row(panel, t, tile, (counts, present), windows.min_count, out)
            if t >= window - 1:
                _count_present(panel, first, tile, -1.0, present)
        is_coded = is_coded and tied <= _TIED_SHARE * (end - begin) * tile[1]
