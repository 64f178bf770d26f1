"""A panel some sessions ago, and what changed since."""

from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..types import Panel2D
from .arrays import as_panel
from .jit import jit
from .windows import check_apart, output_from, run_shares, thread_count

_LAG, _CHANGE, _RELATIVE_CHANGE = range(3)


def lag(
    values: ArrayLike, sessions: int, *, start: int = 0, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return the values of `sessions` rows before.

    Parameters
    ----------
    values : float64 (T, N)
    sessions : int
        At least 1; may exceed T.
    start : int
        First row to compute. Rows before it are left as they are in `out`, and NaN in a new array.
    out : float64 (T, N), optional
        C-contiguous; receives the result. Not the values themselves.
    threads : int, optional
        Rows are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) where 2**18 cells or more
        are to compute, else 1. The result does not depend on it.

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
    The first `sessions` rows are NaN. A gap stays a gap: rows are counted, not observations.
    """
    return _compare(_LAG, values, sessions, start, out, threads)


def change(
    values: ArrayLike, sessions: int, *, start: int = 0, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return each value less the one of `sessions` rows before.

    Parameters, returns and raises: as `lag`; the unit is that of the values.

    Notes
    -----
    NaN where either is NaN, so in the first `sessions` rows.
    """
    return _compare(_CHANGE, values, sessions, start, out, threads)


def relative_change(
    values: ArrayLike, sessions: int, *, start: int = 0, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return each value over the one of `sessions` rows before, less 1, as a fraction.

    Parameters, returns and raises: as `lag`.

    Notes
    -----
    NaN where either is NaN, and where the earlier is infinite, 0 or negative. Computed as (x - y) / y: the quotient
    less 1 has no digits of a change of 1e-16, and 8 of one of 1e-8; this has all.
    """
    return _compare(_RELATIVE_CHANGE, values, sessions, start, out, threads)


def _compare(
    kind: int, values: ArrayLike, sessions: int, start: int, out: Panel2D | None, threads: int | None
) -> Panel2D:
    if sessions < 1:
        raise ConfigError(f"`sessions` should be at least 1, got {sessions}")
    panel = as_panel("values", values)
    out = output_from("out", out, panel.shape, start)
    check_apart("out", out, (panel,))
    first = min(max(start, sessions), panel.shape[0])
    out[start:first] = np.nan
    count = thread_count(threads, (panel.shape[0] - start) * panel.shape[1])
    bounds = np.linspace(first, panel.shape[0], count + 1).astype(int).tolist()
    parts = [part for part in pairwise(bounds) if part[0] < part[1]]
    run_shares([partial(_compare_rows, kind, panel, int(sessions), part, out) for part in parts])
    return out


@jit
def _compare_rows(kind, panel, sessions, rows, out):
    """Fill `rows` = (begin, end) of `out`, none of which has less than `sessions` rows before it."""
    for t in range(rows[0], rows[1]):
        now, before, target = panel[t], panel[t - sessions], out[t]
        if kind == _LAG:
            for j in range(target.size):
                target[j] = before[j]
        elif kind == _CHANGE:
            for j in range(target.size):
                target[j] = now[j] - before[j]
        else:
            for j in range(target.size):
                x, y = now[j], before[j]
                target[j] = (x - y) / y if y > 0.0 else np.nan
