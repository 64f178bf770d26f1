"""Crash risk of the windows of a (T, N) panel of returns: negative skewness, down-to-up volatility, left tail.

Two passes over each window: its mean, then the moments about it. Sums that are carried from window to window would save
the passes and lose digits of a third moment whenever a crash leaves the window; over 60 sessions the passes cost less
than a second for 2,500 x 1,000.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..types import Panel2D
from .arrays import ROUNDING, as_panel
from .jit import jit
from .windows import TILE, Tile, Windows, check_windows, cut, run_shares, scratch, thread_count

# Rows of the scratch of a tile.
_COUNT, _MEAN, _SQUARES, _CUBES, _DOWNS, _UPS, _DOWN, _UP, _LIMIT, _BELOW = map(np.uint64, range(10))


class CrashRisk(NamedTuple):
    """Crash risk of the windows that end at each session, float64 (T, N) each; higher is riskier, NaN as stated.

    Parameters
    ----------
    ncskew : float64 (T, N)
        Negative coefficient of skewness.
    duvol : float64 (T, N)
        Log of the variance of the returns below the window's mean over that of those above.
    tail : float64 (T, N)
        Share of the returns that lie below the limit of the window.
    """

    ncskew: Panel2D
    duvol: Panel2D
    tail: Panel2D


def rolling_crash_risk(
    returns: ArrayLike,
    limits: ArrayLike,
    window: int,
    *,
    min_count: int | None = None,
    threads: int | None = None,
) -> CrashRisk:
    """Return the crash risk of the `window` sessions that end at each session.

    Parameters
    ----------
    returns : float64 (T, N), fraction
    limits : float64 (T, N), fraction
        Row t: the return below which one counts as of the tail, in the window that begins at t.
    window : int, sessions
        At least 3.
    min_count : int, optional
        Fewest returns that a window needs, at least 3, else it is NaN. Default: `window`.
    threads : int, optional
        As `rolling_mean`.

    Returns
    -------
    CrashRisk

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Arrays that are no panels of one shape.

    Notes
    -----
    With d the n returns of a window less their mean: ncskew = -n (n - 1)^(3/2) sum d^3 / ((n - 1)(n - 2) (sum
    d^2)^(3/2)), which is the sample skewness with its sign turned; duvol = log of the mean d^2 over d < 0 less that of
    the mean d^2 over d > 0. The source divides the sums of duvol by their counts less 1, which leaves a short window
    without a figure where the crash itself is all that lies below its mean. NaN returns do not count. ncskew and duvol
    are NaN where the returns do not move, tail where the window has no limit. An infinite return leaves its windows
    without ncskew and duvol. The first windows begin at row 0.
    Source: Chen, Hong and Stein (2001), Journal of Financial Economics 61 (the formulas as they are commonly given).
    """
    panel = as_panel("returns", returns)
    cuts = as_panel("limits", limits, panel.shape)
    windows = check_windows(window, min_count, 0)
    if windows.min_count < 3:
        raise ConfigError(f"`min_count` should be at least 3 returns, which skewness needs, got {windows.min_count}")
    threads = thread_count(threads, panel.size * window)
    tiles = cut(panel.shape[1], TILE, threads)
    out = CrashRisk(*(np.full(panel.shape, np.nan) for _ in range(3)))
    shares = [tiles[i::threads] for i in range(min(threads, len(tiles)))]
    run_shares([lambda share=share: _fill(panel, cuts, share, windows, out) for share in shares])
    return out


def _fill(panel: Panel2D, limits: Panel2D, tiles: Sequence[Tile], windows: Windows, out: CrashRisk) -> None:
    memory = scratch(10, TILE)
    for tile in tiles:
        _crash_tile(panel, limits, tile, windows, memory, out)


@jit
def _means(panel, rows, tile, memory):
    """Fill count and mean of `rows` = (begin, end)."""
    left, width = tile
    count, mean = memory[_COUNT], memory[_MEAN]
    count[:], mean[:] = 0.0, 0.0
    for s in range(rows[0], rows[1]):
        for j in range(width):
            x = panel[s, left + j]
            count[j] += 1.0 if x == x else 0.0
            mean[j] += x if x == x else 0.0
    for j in range(width):
        mean[j] /= count[j]


@jit
def _moments(panel, rows, tile, memory):
    """Fill the sums about the means."""
    left, width = tile
    mean, limit = memory[_MEAN], memory[_LIMIT]
    squares, cubes, below = memory[_SQUARES], memory[_CUBES], memory[_BELOW]
    downs, ups, down, up = memory[_DOWNS], memory[_UPS], memory[_DOWN], memory[_UP]
    squares[:], cubes[:], below[:], downs[:], ups[:], down[:], up[:] = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for s in range(rows[0], rows[1]):
        for j in range(width):
            x = panel[s, left + j]
            d = x - mean[j] if x == x else 0.0
            square = d * d
            squares[j] += square
            cubes[j] += square * d
            downs[j] += 1.0 if d < 0.0 else 0.0
            ups[j] += 1.0 if d > 0.0 else 0.0
            down[j] += square if d < 0.0 else 0.0
            up[j] += square if d > 0.0 else 0.0
            below[j] += 1.0 if x < limit[j] else 0.0  # false for NaN


@jit
def _crash_tile(panel, limits, tile, windows, memory, out):
    left, width = tile
    window, min_count, _ = windows
    count, mean, limit = memory[_COUNT], memory[_MEAN], memory[_LIMIT]
    squares, cubes, below = memory[_SQUARES], memory[_CUBES], memory[_BELOW]
    downs, ups, down, up = memory[_DOWNS], memory[_UPS], memory[_DOWN], memory[_UP]
    ncskew, duvol, tail = out
    for t in range(min_count - 1, panel.shape[0]):
        rows = (max(0, t + 1 - window), t + 1)
        for j in range(width):
            limit[j] = limits[rows[0], left + j]
        _means(panel, rows, tile, memory)
        _moments(panel, rows, tile, memory)
        for j in range(width):
            n = count[j]
            if n < min_count:
                continue
            if squares[j] > n * (ROUNDING * mean[j]) ** 2:  # else what rounding left of equal returns
                ncskew[t, left + j] = (
                    -n * math.sqrt(n - 1.0) / (n - 2.0) * cubes[j] / (squares[j] * math.sqrt(squares[j]))
                )
                duvol[t, left + j] = math.log(ups[j] * down[j] / (downs[j] * up[j]))
            if limit[j] == limit[j]:
                tail[t, left + j] = below[j] / n
