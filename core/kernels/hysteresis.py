"""States that a signal drives down the days."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..types import Panel2D, Row
from .arrays import as_panel
from .jit import jit
from .windows import Tile, check_apart, cut, output_from, run_shares, thread_count

Fill = Callable[[Panel2D, Tile, int, Row, Panel2D], None]
"""fill(signal, tile, start, states, out) writes a tile of columns from row `start` on; `states` arrives as zeros."""


def hysteresis(
    signal: ArrayLike,
    enter: float,
    leave: float,
    *,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the state of a threshold with hysteresis (滞后).

    Parameters
    ----------
    signal : float64 (T, N)
        Any unit.
    enter : float
        State 1 begins above `enter`, state -1 below -`enter`.
    leave : float
        State 1 ends below `leave`, state -1 above -`leave`; not above `enter`.
    start : int
        First row to write; earlier ones are read, since a state may have begun on any of them. They are left as they
        are in `out`, and NaN in a new array.
    out : float64 (T, N), optional
        C-contiguous; receives the result.
    threads : int, optional
        Columns are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) for panels of 2**18
        cells or more, else 1. The result does not depend on it.

    Returns
    -------
    float64 (T, N)
        1, 0 or -1.

    Raises
    ------
    ConfigError
        `leave` above `enter`, a negative `enter`, or NaN; another parameter outside its range.
    DataError
        A `signal` that is not (T, N); an `out` of another type, shape or layout, or in the signal's memory.

    Notes
    -----
    NaN keeps the state of the day before; the state is 0 before the first observation.
    """
    if not leave <= enter or not enter >= 0.0:
        raise ConfigError(f"`enter` should be 0 or more and `leave` not above it, got {enter:g} and {leave:g}")
    lines = float(enter), float(leave)
    return _sweep(lambda *arguments: _hysteresis(lines, *arguments), signal, start, out, threads)


def trend_age(signal: ArrayLike, *, start: int = 0, out: Panel2D | None = None, threads: int | None = None) -> Panel2D:
    """Return for how many observations the sign of the signal has lasted, with that sign.

    Parameters
    ----------
    signal : float64 (T, N)
        Any unit.
    start, out, threads
        As `hysteresis`.

    Returns
    -------
    float64 (T, N), observations
        n on the n-th observation in a row above 0, -n on the n-th below 0, 0 where the signal is 0.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        A `signal` that is not (T, N); an `out` of another type, shape or layout, or in the signal's memory.

    Notes
    -----
    NaN where the signal is NaN; such a gap neither counts nor ends a trend. A 0 ends it.
    """
    return _sweep(_trend_age, signal, start, out, threads)


def _sweep(fill: Fill, signal: ArrayLike, start: int, out: Panel2D | None, threads: int | None) -> Panel2D:
    """Let `fill` go down the rows, each thread with columns of its own."""
    values = as_panel("signal", signal)
    out = output_from("out", out, values.shape, start)
    check_apart("out", out, (values,))
    columns = values.shape[1]
    tiles = cut(columns, max(columns, 1), thread_count(threads, values.size))
    run_shares([lambda tile=tile: fill(values, tile, int(start), np.zeros(int(tile[1])), out) for tile in tiles])
    return out


@jit
def _hysteresis(lines, signal, tile, start, states, out):
    enter, leave = lines
    left, width = tile
    for t in range(signal.shape[0]):
        for j in range(width):
            x, state = signal[t, left + j], states[j]
            is_over = (state > 0.0 and x < leave) or (state < 0.0 and x > -leave)
            state = 0.0 if is_over else state
            states[j] = 1.0 if x > enter else (-1.0 if x < -enter else state)
        if t >= start:
            for j in range(width):
                out[t, left + j] = states[j]


@jit
def _trend_age(signal, tile, start, ages, out):
    left, width = tile
    for t in range(signal.shape[0]):
        for j in range(width):
            x, age = signal[t, left + j], ages[j]
            sign = 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)
            lasted = age if age * sign > 0.0 else 0.0
            ages[j] = lasted + sign if x == x else age
        if t >= start:
            for j in range(width):
                x = signal[t, left + j]
                out[t, left + j] = ages[j] if x == x else np.nan
