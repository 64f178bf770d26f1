"""The border of the kernels that run down the sessions: checks, defaults, the output, tiles of columns, threads.

A kernel hands `roll` a function that fills some tiles of columns; `roll` calls it once for each thread, so that it
can allocate its scratch once. Tiles and threads only say who computes a column, never how.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, DataError
from ..types import Panel2D
from .arrays import as_output

TILE = 128
"""Most columns worked on at a time: a block of 250 rows with three sums each stays in a cache of 1 MB."""

CELLS_FOR_THREADS = 2**18
"""From so many cells on, threads gain more than their start costs (0.1 ms)."""

_LINE = 8
"""float64 in a line of the cache, and in the widest vector."""

Tile = tuple[np.uint64, np.uint64]
"""First column and number of columns: unsigned, because numba asks of every signed index whether it is negative,
which leaves the loops scalar."""


class Windows(NamedTuple):
    """Windows of `window` sessions with at least `min_count` values, from row `start` on; kernels take it as it is."""

    window: int
    min_count: int
    start: int


Fill = Callable[[tuple[Panel2D, ...], Sequence[Tile], Windows, Panel2D], None]
"""fill(panels, tiles, windows, out) writes rows `windows.start` and later of these tiles of `out`."""


def roll(
    fill: Fill,
    panels: tuple[Panel2D, ...],
    window: int,
    min_count: int | None,
    start: int,
    out: Panel2D | None,
    threads: int | None,
    tile: int = TILE,
) -> Panel2D:
    """Check the parameters of a windowed kernel, run `fill` over tiles of at most `tile` columns, return the output.

    Parameters
    ----------
    fill : Fill
        Called once in each thread, with the tiles that are its share; never with none.
    panels : tuple of float64 (T, N)
        What `as_panel` made of the input, one shape.
    window : int, sessions
    min_count : int, optional
        Default: `window`.
    start : int
        First row to compute; rows before it are left as they are in `out`, and NaN in a new array.
    out : float64 (T, N), optional
    threads : int, optional
        As `thread_count`.
    tile : int
        Most columns in a tile.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        An `out` of another type, shape or layout, or that lies in the memory of the values.
    """
    # By tiles: sums of a block of sessions over all columns would not stay in the cache between writing and reading
    # them, over some hundred columns they do. One column at a time would stay there too, but would use one value of
    # each line of the cache that it fetches, and no vectors.
    shape = panels[0].shape
    windows = check_windows(window, min_count, start)
    out = output_from("out", out, shape, windows.start)
    check_apart("out", out, panels)
    threads = thread_count(threads, (shape[0] - windows.start) * shape[1])
    tiles = cut(shape[1], tile, threads)
    shares = [tiles[i::threads] for i in range(min(threads, len(tiles)))]
    run_shares([lambda share=share: fill(panels, share, windows, out) for share in shares])
    return out


def check_windows(window: int, min_count: int | None, start: int) -> Windows:
    """Return the windows with the default of `min_count`; `output_from` judges `start`.

    Raises
    ------
    ConfigError
        A window below 1, or a `min_count` outside 1 to `window`.
    """
    if window < 1:
        raise ConfigError(f"`window` should be at least 1 session, got {window}")
    min_count = window if min_count is None else min_count
    if not 1 <= min_count <= window:
        raise ConfigError(f"`min_count` should be between 1 and the window of {window}, got {min_count}")
    return Windows(int(window), int(min_count), int(start))


def output_from(name: str, out: Panel2D | None, shape: tuple[int, ...], start: int) -> Panel2D:
    """Return `out`, or a new array whose rows before `start` are NaN and whose others are not set.

    Raises
    ------
    ConfigError
        A `start` that is no row.
    DataError
        An `out` of another type, shape or layout.
    """
    if not 0 <= start <= shape[0]:
        raise ConfigError(f"`start` should be a row between 0 and {shape[0]}, got {start}")
    is_new = out is None
    out = as_output(name, out, shape)
    if is_new:
        out[:start] = np.nan
    return out


def check_apart(name: str, out: Panel2D, panels: Sequence[Panel2D]) -> None:
    """Refuse an output in place, where a kernel would read what it has written as if it were a value.

    Raises
    ------
    DataError
        `out` shares memory with one of `panels`.
    """
    if any(np.may_share_memory(out, panel) for panel in panels):
        raise DataError(f"`{name}` should not lie in the memory of the values: make it with np.empty({out.shape})")


def thread_count(threads: int | None, cells: int) -> int:
    """Return `threads`, by default all that numba uses (NUMBA_NUM_THREADS) for `CELLS_FOR_THREADS` or more, else 1.

    Raises
    ------
    ConfigError
        Less than one thread.
    """
    if threads is None:
        return numba.config.NUMBA_NUM_THREADS if cells >= CELLS_FOR_THREADS else 1  # pyrefly: ignore[missing-attribute]
    if threads < 1:
        raise ConfigError(f"`threads` should be at least 1, got {threads}")
    return int(threads)


def cut(columns: int, tile: int, threads: int) -> list[Tile]:
    """Cut the columns into (left, width) of at most `tile` columns, about equally many for each thread.

    All but the last are whole lines of the cache wide, and so are the vectors that a processor works on.
    """
    count = threads * -(-columns // (tile * threads))
    width = max(1, min(tile, -(-columns // (_LINE * max(count, 1))) * _LINE))
    return [(np.uint64(left), np.uint64(min(width, columns - left))) for left in range(0, columns, width)]


def run_shares(shares: Sequence[Callable[[], None]]) -> None:
    """Call each share of the work in a thread of its own, a single one in this thread; wait for all of them."""
    if len(shares) < 2:
        for share in shares:
            share()
        return
    with ThreadPoolExecutor(len(shares)) as pool:
        for done in [pool.submit(share) for share in shares]:
            done.result()


def scratch(*shape: int) -> NDArray[np.float64]:
    """Return zeros that begin with a line of the cache.

    Vectors that lie across two lines cost a sixth of the time of a z-score.
    """
    # numpy begins where it likes, so ask for a line more and leave out what lies before the next multiple of 64 bytes.
    count = math.prod(shape)
    memory = np.zeros(count + _LINE)
    first = -memory.ctypes.data % (_LINE * memory.itemsize) // memory.itemsize
    return memory[first : first + count].reshape(shape)
