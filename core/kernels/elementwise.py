"""Formulas cell by cell: sums, products and ratios of panels in one pass each.

numpy computes them in several, each with a new panel between: on 5,000 securities a new panel costs as much as ten
formulas, because memory that was never written has to be found first.
"""

import numpy as np
from numpy.typing import ArrayLike

from ..types import Panel2D
from .arrays import as_panel
from .cells import BLOCK, as_panels, check_sessions, put, sweep
from .jit import jit
from .windows import check_apart


def weighted_sum(
    first: ArrayLike,
    second: ArrayLike,
    weights: tuple[float, float],
    *,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return weights[0] x first + weights[1] x second.

    Parameters
    ----------
    first, second : float64 (T, N)
    weights : tuple of two floats
    out : float64 (T, N), optional
        C-contiguous; receives the result. May be an input.
    threads : int, optional
        Rows are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) for 2**18 cells or more,
        else 1. The result does not depend on it.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        Less than one thread.
    DataError
        Values that are no panels of one shape; an `out` of another type, shape or layout.

    Notes
    -----
    NaN where either is.
    """
    panels = as_panels(first=first, second=second)
    return sweep(_weighted_sum, panels, (float(weights[0]), float(weights[1])), out, threads)


def difference(
    first: ArrayLike, second: ArrayLike, *, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return first - second; parameters, returns and raises as `weighted_sum`. NaN where either is."""
    return weighted_sum(first, second, (1.0, -1.0), out=out, threads=threads)


def product(first: ArrayLike, second: ArrayLike, *, out: Panel2D | None = None, threads: int | None = None) -> Panel2D:
    """Return first x second; parameters, returns and raises as `weighted_sum`. NaN where either is."""
    return sweep(_product, as_panels(first=first, second=second), (), out, threads)


def ratio(
    values: ArrayLike,
    by: ArrayLike | float,
    *,
    times: float = 1.0,
    plus: float = 0.0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return times x (values / by) + plus.

    Parameters
    ----------
    values : float64 (T, N)
    by : float64 (T, N), or one number
    times : float
    plus : float, in the unit of the ratio
    out, threads
        As `weighted_sum`.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        Less than one thread.
    DataError
        Values that are no panels of one shape; an `out` of another type, shape or layout.

    Notes
    -----
    NaN where either is, and where `by` is 0 or negative: a ratio to nothing says nothing.
    """
    panels = as_panels(values=values, by=by) if np.ndim(by) else as_panels(values=values)
    if len(panels) == 1:
        panels = *panels, as_panel("by", np.full((1, BLOCK), by))  # one block for all
    return sweep(_ratio, panels, (float(times), float(plus)), out, threads)


def change_over(
    values: ArrayLike,
    sessions: int,
    by: ArrayLike,
    *,
    until: int = 0,
    by_ago: int = 0,
    times: float = 1.0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return times x (values `until` sessions ago - values `sessions` ago) / (by `by_ago` sessions ago).

    Parameters
    ----------
    values, by : float64 (T, N)
    sessions : int
        To the earlier value, more than `until`; may exceed T.
    until : int
        To the later value, 0 is today's.
    by_ago : int
        To the scale, 0 is today's.
    times : float
    out : float64 (T, N), optional
        C-contiguous; receives the result. Not in the memory of an input: other rows than the one written are read.
    threads : int, optional
        As `weighted_sum`.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        Sessions below 0 or in the wrong order; less than one thread.
    DataError
        Values that are no panels of one shape; an `out` of another type, shape or layout.

    Notes
    -----
    NaN where one of the three is, so in the first rows, and where the scale is 0 or negative. The difference is taken
    before the quotient: the digits of a small change survive.
    """
    until = check_sessions("until", until, 0)
    sessions = check_sessions("sessions", sessions, until + 1)
    by_ago = check_sessions("by_ago", by_ago, 0)
    panels = as_panels(values=values, by=by)
    if out is not None:
        check_apart("out", out, panels)
    columns = panels[0].shape[1]
    parameters = sessions * columns, until * columns, by_ago * columns, float(times)
    return sweep(_change_over, panels, parameters, out, threads, first=max(sessions, by_ago))


@jit
def _weighted_sum(panels, weights, cells, scratch, out):
    # Each kernel of this file computes blocks in scratch and copies them, for the reason that `cells` gives.
    first, second = panels
    a, b = weights
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        x, y = first[begin:end], second[begin:end]
        for j in range(end - begin):
            scratch[j] = a * x[j] + b * y[j]
        put(scratch, begin, end, out)


@jit
def _product(panels, _, cells, scratch, out):
    first, second = panels
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        x, y = first[begin:end], second[begin:end]
        for j in range(end - begin):
            scratch[j] = x[j] * y[j]
        put(scratch, begin, end, out)


@jit
def _ratio(panels, line, cells, scratch, out):
    values, by = panels
    times, plus = line
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        x, scale = values[begin:end], by[begin:end] if by.size == values.size else by[: end - begin]
        for j in range(end - begin):
            quotient = times * (x[j] / scale[j]) + plus
            scratch[j] = quotient if scale[j] > 0.0 else np.nan
        put(scratch, begin, end, out)


@jit
def _change_over(panels, task, cells, scratch, out):
    values, by = panels
    sessions, until, by_ago, times = task
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        late, early = values[begin - until : end - until], values[begin - sessions : end - sessions]
        scale = by[begin - by_ago : end - by_ago]
        for j in range(end - begin):
            quotient = times * ((late[j] - early[j]) / scale[j])
            scratch[j] = quotient if scale[j] > 0.0 else np.nan
        put(scratch, begin, end, out)
