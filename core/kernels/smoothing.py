"""Exponential smoothing down the sessions of a (T, N) panel."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..types import Panel2D
from .arrays import as_panel
from .jit import jit
from .prefetch import prefetch_tile
from .windows import TILE, Tile, check_apart, cut, output_from, run_shares, scratch, thread_count

# A tile's figures in its one row of scratch: means, the weight of all values so far if the next has 1, counts.
_STRIDE = np.uint64(TILE)
_WEIGHTS, _COUNTS = _STRIDE, np.uint64(2) * _STRIDE


def exponential_mean(
    values: ArrayLike,
    span: float,
    *,
    min_count: int = 1,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the mean of all values so far, weighted by (1 - 2 / (span + 1)) ** (sessions that passed since).

    Parameters
    ----------
    values : float64 (T, N)
    span : float, sessions
        At least 1, which gives the last value. The values of the last `span` sessions have about 86 % of the weight.
    min_count : int
        Fewest values (not NaN) so far, else it is NaN; at least 1.
    start : int
        First row to write. Rows before it are left as they are in `out`, and NaN in a new array; they are read
        nevertheless, because the mean remembers all of them.
    out : float64 (T, N), optional
        C-contiguous; receives the result.
    threads : int, optional
        Tiles of columns are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) for a panel of
        2**18 cells or more, else 1. The result does not depend on it.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel; an `out` of another type, shape or layout.

    Notes
    -----
    What pandas calls ``ewm(span=span, adjust=True, ignore_na=False, min_periods=min_count).mean()``: a gap has no
    weight but lets time pass, and in it the mean stays what it was. An infinite value makes it infinite for as long as
    its weight is a number above 0; two of opposite signs make it NaN.
    """
    if not 1.0 <= span < np.inf:
        raise ConfigError(f"`span` should be a number of sessions of at least 1, got {span}")
    if min_count < 1:
        raise ConfigError(f"`min_count` should be at least 1, got {min_count}")
    panel = as_panel("values", values)
    out = output_from("out", out, panel.shape, start)
    check_apart("out", out, (panel,))
    threads = thread_count(threads, panel.size)
    tiles = cut(panel.shape[1], TILE, threads)
    task = float(span), float(min_count), int(start)
    run_shares([partial(_fill, panel, tiles[i::threads], task, out) for i in range(min(threads, len(tiles)))])
    return out


def _fill(panel: Panel2D, tiles: Sequence[Tile], task: tuple[float, float, int], out: Panel2D) -> None:
    state = scratch(3 * int(_STRIDE))
    for tile in tiles:
        _smooth_tile(panel, tile, task, state, out)


@jit
def _smooth_row(panel, t, tile, decay, state):
    left, width = tile
    for j in range(width):
        x, mean = panel[t, left + j], state[j]
        old = decay * state[_WEIGHTS + j]
        # A step towards the value would cost digits after a collapse, this would cost a constant its last one.
        carried = old * mean if old > 0.0 else 0.0
        joined = x if x == mean else (carried + x) / (old + 1.0)
        is_value = x == x
        state[j] = joined if is_value else mean
        state[_WEIGHTS + j] = old + 1.0 if is_value else old
        state[_COUNTS + j] += 1.0 if is_value else 0.0


@jit
def _smooth_tile(panel, tile, task, state, out):
    left, width = tile
    span, min_count, start = task
    decay = (span - 1.0) / (span + 1.0)
    state[:] = 0.0
    for t in range(panel.shape[0]):
        prefetch_tile(panel, out, t, tile)
        _smooth_row(panel, t, tile, decay, state)
        if t >= start:
            for j in range(width):
                out[t, left + j] = state[j] if state[_COUNTS + j] >= min_count else np.nan
