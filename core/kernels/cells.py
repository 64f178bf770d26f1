"""The border of the kernels that work cell by cell: the output, threads, blocks of cells.

Such a kernel takes its panels as one long line of cells, where `sessions` before means `sessions` x N cells before. It
computes a block of cells in scratch and then copies it, so that the output may lie in the memory of an input: the
compiler would otherwise ask at run time whether they overlap, and where they do compute one cell at a time.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..types import Panel2D
from .arrays import as_output, as_panel
from .jit import jit
from .windows import run_shares, thread_count

BLOCK = 512
"""Cells computed at a time: with three inputs they stay in the first cache."""

Fill = Callable[..., None]
"""fill(panels, parameters, (begin, end), scratch, out) writes these cells of `out`; all arrays are flat."""


def as_panels(**values: ArrayLike) -> tuple[Panel2D, ...]:
    """Return the arrays as panels of one shape.

    Raises
    ------
    DataError
        An array that is no panel, or of another shape than the first.
    """
    shape = None
    panels = []
    for name, array in values.items():
        panels.append(as_panel(name, array, shape))
        shape = panels[0].shape
    return tuple(panels)


def sweep(
    fill: Fill,
    panels: tuple[Panel2D, ...],
    parameters: tuple[Any, ...],
    out: Panel2D | None,
    threads: int | None,
    first: int = 0,
) -> Panel2D:
    """Let `fill` write the cells from row `first` on, each thread a run of its own; earlier rows become NaN.

    Parameters
    ----------
    fill : Fill
    panels : tuple of float64 (T, N)
        What `as_panels` made of the input.
    parameters : tuple
        What the kernel needs besides.
    out : float64 (T, N), optional
        May be one of the inputs, unless the kernel reads other cells of it than those that it writes.
    threads : int, optional
        As `thread_count`.
    first : int
        First row that has an answer.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        Less than one thread.
    DataError
        An `out` of another type, shape or layout.
    """
    shape = panels[0].shape
    out = as_output("out", out, shape)
    first = min(first, shape[0])
    out[:first] = np.nan
    line, lines = out.reshape(-1), tuple(panel.reshape(-1) for panel in panels)

    def share(cells: tuple[int, int]) -> None:
        fill(lines, parameters, cells, np.empty(BLOCK), line)

    runs = cut_evenly(first * shape[1], out.size, thread_count(threads, out.size))
    run_shares([lambda cells=cells: share(cells) for cells in runs])
    return out


def cut_evenly(begin: int, end: int, count: int) -> list[tuple[int, int]]:
    """Cut the run from `begin` to `end` into at most `count` parts about equally long, none of them empty."""
    bounds = np.linspace(begin, end, count + 1).astype(int).tolist()
    return [part for part in pairwise(bounds) if part[0] < part[1]]


def check_sessions(name: str, sessions: int, least: int) -> int:
    """Return the number of sessions; ConfigError below `least`."""
    if sessions < least:
        raise ConfigError(f"`{name}` should be at least {least}, got {sessions}")
    return int(sessions)


@jit
def put(scratch, begin, end, out):
    """Copy a block from scratch to the cells from `begin` to `end`.

    A slice on the left would compile numba's check of its length, with the text of an error: three seconds.
    """
    for j in range(end - begin):
        out[begin + j] = scratch[j]
