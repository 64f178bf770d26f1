"""The whole market session by session: counts and totals of a row, and one number for every security of a row."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..types import Panel2D
from .arrays import as_output
from .cells import as_panels, check_sessions, cut_evenly
from .jit import jit
from .windows import check_apart, run_shares, thread_count

_LANES = 64
"""Partial sums side by side: one sum is a chain of additions that each wait for the one before, and rounds more."""

Fill = Callable[..., None]
"""fill(panels, sessions, (begin, end), lanes, sums) writes these rows of both sums."""

Column = NDArray[np.float64]
"""float64 (T,): one number for each session."""


def count_above(first: ArrayLike, second: ArrayLike, *, threads: int | None = None) -> tuple[Column, Column]:
    """Return in how many securities first > second, and in how many their difference is known.

    Parameters
    ----------
    first, second : float64 (T, N)
    threads : int, optional
        Rows are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) for 2**18 cells or more,
        else 1. The result does not depend on it.

    Returns
    -------
    tuple of float64 (T,)
        Whole numbers.

    Raises
    ------
    ConfigError
        Less than one thread.
    DataError
        Values that are no panels of one shape.
    """
    return _by_row(_count_above, as_panels(first=first, second=second), 0, threads)


def total_change(values: ArrayLike, sessions: int, *, threads: int | None = None) -> tuple[Column, Column]:
    """Return the sum over securities of what changed in `sessions`, and the sum of what they had before.

    Parameters
    ----------
    values : float64 (T, N)
    sessions : int
        At least 1; may exceed T.
    threads : int, optional
        As `count_above`.

    Returns
    -------
    tuple of float64 (T,)
        The unit of the values.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel.

    Notes
    -----
    Both sums are over the securities that have a value on both sessions: 0 where none has, NaN in the first rows.
    """
    return _by_row(_total_change, as_panels(values=values), check_sessions("sessions", sessions, 1), threads)


def where_known(
    row: ArrayLike, values: ArrayLike, *, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return `row` (T,) as (T, N): the number of the session where the values (T, N) are not NaN, else NaN.

    Parameters
    ----------
    row : float64 (T,)
    values : float64 (T, N)
    out : float64 (T, N), optional
        C-contiguous; receives the result. Not the values themselves.
    threads : int, optional
        As `count_above`.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        Less than one thread.
    DataError
        Values that are no panel, a row of another length; an `out` of another type, shape or layout.
    """
    panels = as_panels(values=values)
    numbers = np.array(row, dtype=np.float64)
    if numbers.shape != panels[0].shape[:1]:
        raise DataError(f"`row` should hold one number per session, {panels[0].shape[:1]}, got {numbers.shape}")
    out = as_output("out", out, panels[0].shape)
    check_apart("out", out, panels)
    parts = _cut_rows(0, panels[0].shape, threads)
    run_shares([partial(_where_known, numbers, panels[0], rows, out) for rows in parts])
    return out


def add_centred_ranks(ranks: ArrayLike, weight: float, total: Panel2D, *, threads: int | None = None) -> None:
    """Add weight x (rank - mean rank of the session) to the total, which is NaN where nothing has been added yet.

    Parameters
    ----------
    ranks : float64 (T, N)
        Of `cross_section.cross_rank`.
    weight : float
    total : float64 (T, N)
        Changed in place. NaN in the ranks leaves it as it is.
    threads : int, optional
        As `count_above`.

    Raises
    ------
    ConfigError
        Less than one thread.
    DataError
        Ranks that are no panel; a total of another type, shape or layout.
    """
    panels = as_panels(ranks=ranks)
    parts = _cut_rows(0, panels[0].shape, threads)
    total = as_output("total", total, panels[0].shape)
    run_shares([partial(_add_centred_ranks, panels[0], float(weight), rows, total) for rows in parts])


def _cut_rows(first: int, shape: tuple[int, ...], threads: int | None) -> list[tuple[int, int]]:
    return cut_evenly(first, shape[0], thread_count(threads, (shape[0] - first) * shape[1]))


def _by_row(fill: Fill, panels: tuple[Panel2D, ...], first: int, threads: int | None) -> tuple[Column, Column]:
    shape = panels[0].shape
    sums = np.full(shape[0], np.nan), np.full(shape[0], np.nan)
    parts = _cut_rows(min(first, shape[0]), shape, threads)
    run_shares([partial(fill, panels, first, rows, np.empty((2, _LANES)), sums) for rows in parts])
    return sums


@jit
def _count_above(panels, _, rows, lanes, counts):  # noqa: ARG001  one form for all
    for t in range(rows[0], rows[1]):
        first, second = panels[0][t], panels[1][t]
        above, known = 0, 0
        for j in range(first.size):
            more = first[j] - second[j]
            above += 1 if more > 0.0 else 0
            known += 1 if more == more else 0
        counts[0][t], counts[1][t] = above, known


@jit
def _add_lanes(now, before, begin, width, lanes):
    for k in range(width):
        x, y = now[begin + k], before[begin + k]
        is_known = (x == x) & (y == y)
        lanes[0, k] += x - y if is_known else 0.0
        lanes[1, k] += y if is_known else 0.0


@jit
def _total_change(panels, sessions, rows, lanes, sums):
    size = np.uint64(_LANES)
    columns = np.uint64(panels[0].shape[1])
    whole = columns - columns % size
    for t in range(rows[0], rows[1]):
        now, before = panels[0][t], panels[0][t - sessions]
        lanes[:] = 0.0
        for begin in range(np.uint64(0), whole, size):
            _add_lanes(now, before, begin, size, lanes)
        _add_lanes(now, before, whole, columns - whole, lanes)
        sums[0][t], sums[1][t] = lanes[0].sum(), lanes[1].sum()


@jit
def _where_known(numbers, panel, rows, out):
    for t in range(rows[0], rows[1]):
        values, number, target = panel[t], numbers[t], out[t]
        for j in range(target.size):
            target[j] = number if values[j] == values[j] else np.nan


@jit
def _add_centred_ranks(ranks, weight, rows, total):
    for t in range(rows[0], rows[1]):
        row, sums = ranks[t], total[t]
        count = 0.0
        for j in range(row.size):
            count += 1.0 if row[j] == row[j] else 0.0
        mean = (count + 1.0) / max(2.0 * count, 1.0)  # of the ranks 1/n, 2/n .. 1
        for j in range(row.size):
            centred = (row[j] - mean) * weight
            added = sums[j] + centred if sums[j] == sums[j] else centred
            sums[j] = added if row[j] == row[j] else sums[j]
