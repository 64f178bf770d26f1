"""Events cell by cell: a value where something holds, another one where it does not, NaN where nobody can tell.

A comparison makes False of NaN, so a formula of masks needs another mask for what is known, and a panel for each of
them; these kernels take one pass.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..types import Panel2D
from .cells import BLOCK, as_panels, check_sessions, put, sweep
from .jit import jit
from .windows import check_apart


def between(
    values: ArrayLike,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the values that lie above `low` and below `high`, and 0 for others.

    Parameters
    ----------
    values : float64 (T, N)
    low, high : float, in the unit of the values
        Not included.
    out : float64 (T, N), optional
        C-contiguous; receives the result. May be the values.
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
        Values that are no panel; an `out` of another type, shape or layout.

    Notes
    -----
    NaN stays NaN.
    """
    panels = as_panels(values=values)
    return sweep(_between, panels, (float(low), float(high)), out, threads)


def gated(
    values: ArrayLike,
    gate: ArrayLike,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    shut: float = 0.0,
    sessions: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the values while the gate lies above `low` and below `high`, and `shut` x the values elsewhere.

    Parameters
    ----------
    values, gate : float64 (T, N)
    low, high : float, in the unit of the gate
        Not included: neither opens it.
    shut : float
        0 gives 0 even of an infinite value; NaN gives NaN.
    sessions : int
        The gate is the change of `gate` over so many sessions; 0 is `gate` itself.
    out, threads
        As `between`; `out` not in the memory of the gate if `sessions` is above 0, because earlier rows are read.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        `sessions` below 0; less than one thread.
    DataError
        Values that are no panels of one shape; an `out` of another type, shape or layout.

    Notes
    -----
    NaN where the values or the gate are: an unknown gate is neither open nor shut.
    """
    sessions = check_sessions("sessions", sessions, 0)
    panels = as_panels(values=values, gate=gate)
    if out is not None and sessions:
        check_apart("out", out, panels[1:])
    parameters = float(low), float(high), float(shut), sessions * panels[0].shape[1]
    return sweep(_gated_by_change if sessions else _gated, panels, parameters, out, threads, first=sessions)


def low_in_range(
    values: ArrayLike,
    price: ArrayLike,
    least: ArrayLike,
    most: ArrayLike,
    part: float,
    *,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the values where price <= least + part x (most - least), and 0 elsewhere.

    Parameters
    ----------
    values : float64 (T, N)
    price, least, most : float64 (T, N), one unit
    part : float, fraction
    out, threads
        As `between`; `out` may be any input.

    Returns, raises: as `between`.

    Notes
    -----
    NaN where one of the four is.
    """
    panels = as_panels(values=values, price=price, least=least, most=most)
    return sweep(_low_in_range, panels, (float(part),), out, threads)


def is_above(first: ArrayLike, second: ArrayLike, *, out: Panel2D | None = None, threads: int | None = None) -> Panel2D:
    """Return 1 where first > second, else 0; NaN where their difference is. Parameters and raises as `between`."""
    return sweep(_is_above, as_panels(first=first, second=second), (), out, threads)


def direction(values: ArrayLike, sessions: int, *, out: Panel2D | None = None, threads: int | None = None) -> Panel2D:
    """Return 1 where a value is larger than the one `sessions` (at least 1) before, -1 where smaller, 0 where equal.

    Parameters and raises as `between`; `out` not in the memory of the values. NaN where either is.
    """
    sessions = check_sessions("sessions", sessions, 1)
    panels = as_panels(values=values)
    if out is not None:
        check_apart("out", out, panels)
    return sweep(_direction, panels, (sessions * panels[0].shape[1],), out, threads, first=sessions)


def ramp(
    age: ArrayLike, young: float, old: float, *, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return 1 up to the age `young`, -1 from `old` on, a straight line between them, and 0 for an age of 0 or less.

    Parameters
    ----------
    age : float64 (T, N)
    young, old : float, in the unit of the age
        `young` below `old`.
    out, threads
        As `between`.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    ConfigError
        `old` not above `young`; less than one thread.
    DataError
        An age that is no panel; an `out` of another type, shape or layout.

    Notes
    -----
    NaN stays NaN.
    """
    if not young < old:
        raise ConfigError(f"`young` should be below `old`, got {young:g} and {old:g}")
    return sweep(_ramp, as_panels(age=age), (float(young), -2.0 / (old - young)), out, threads)


@jit
def _between(panels, bounds, cells, scratch, out):
    low, high = bounds
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        values = panels[0][begin:end]
        for j in range(end - begin):
            x = values[j]
            scratch[j] = 0.0 if (x <= low) | (x >= high) else x
        put(scratch, begin, end, out)


@jit
def _pass(x, gate, task):
    """Return x while the gate is open, x times `shut` while it is shut, NaN while nobody knows."""
    low, high, shut = task[0], task[1], task[2]
    held = x * shut if shut != 0.0 else (0.0 if x == x else np.nan)
    kept = x if (gate > low) & (gate < high) else held
    return kept if gate == gate else np.nan


@jit
def _gated(panels, task, cells, scratch, out):
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        values, gate = panels[0][begin:end], panels[1][begin:end]
        for j in range(end - begin):
            scratch[j] = _pass(values[j], gate[j], task)
        put(scratch, begin, end, out)


@jit
def _gated_by_change(panels, task, cells, scratch, out):
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        values, now, before = panels[0][begin:end], panels[1][begin:end], panels[1][begin - task[3] : end - task[3]]
        for j in range(end - begin):
            scratch[j] = _pass(values[j], now[j] - before[j], task)
        put(scratch, begin, end, out)


@jit
def _low_in_range(panels, task, cells, scratch, out):
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        values, price, least, most = (
            panels[0][begin:end],
            panels[1][begin:end],
            panels[2][begin:end],
            panels[3][begin:end],
        )
        for j in range(end - begin):
            x, line = values[j], least[j] + task[0] * (most[j] - least[j])
            is_known = (x == x) & (price[j] == price[j]) & (line == line)
            scratch[j] = (x if price[j] <= line else 0.0) if is_known else np.nan
        put(scratch, begin, end, out)


@jit
def _is_above(panels, _, cells, scratch, out):
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        first, second = panels[0][begin:end], panels[1][begin:end]
        for j in range(end - begin):
            more = first[j] - second[j]
            scratch[j] = (1.0 if more > 0.0 else 0.0) if more == more else np.nan
        put(scratch, begin, end, out)


@jit
def _direction(panels, task, cells, scratch, out):
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        now, before = panels[0][begin:end], panels[0][begin - task[0] : end - task[0]]
        for j in range(end - begin):
            more = now[j] - before[j]
            sign = (1.0 if more > 0.0 else 0.0) - (1.0 if more < 0.0 else 0.0)
            scratch[j] = sign if more == more else np.nan
        put(scratch, begin, end, out)


@jit
def _ramp(panels, line, cells, scratch, out):
    young, slope = line
    for begin in range(cells[0], cells[1], BLOCK):
        end = min(begin + BLOCK, cells[1])
        ages = panels[0][begin:end]
        for j in range(end - begin):
            age = ages[j]
            height = min(max((age - young) * slope + 1.0, -1.0), 1.0)
            scratch[j] = (0.0 if age <= 0.0 else height) if age == age else np.nan
        put(scratch, begin, end, out)
