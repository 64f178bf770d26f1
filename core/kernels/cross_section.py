"""One session across securities: ranks, buckets, z-scores, clipped tails, values less the mean of their group.

Every kernel looks at one row at a time, so the past cannot depend on the future, nor on who computes which row.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError, DataError
from ..types import Panel2D
from .arrays import as_panel
from .cross_section_moments import code_range, fill_group_sums, fill_neutral, fill_zscores
from .cross_section_sort import Rows, fill_buckets, fill_clipped, fill_ranks
from .windows import check_apart, output_from, run_shares, thread_count

_SPARSE = 4
"""Tables of groups may have so many places for each security; wider codes are numbered first."""

Fill = Callable[[Panel2D, Rows, Panel2D], None]
"""fill(panel, (first, step), out) writes every `step`-th row of `out` from `first` on."""


def cross_rank(values: ArrayLike, *, start: int = 0, out: Panel2D | None = None, threads: int | None = None) -> Panel2D:
    """Return the rank of each value among all values of its session, as a fraction in (0, 1].

    Parameters
    ----------
    values : float64 (T, N)
        Any unit.
    start : int
        First row to compute. Rows before it are left as they are in `out`, and NaN in a new array.
    out : float64 (T, N), optional
        C-contiguous; receives the result.
    threads : int, optional
        Rows are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) where 2**18 cells or more
        are to compute, else 1. The result does not depend on it.

    Returns
    -------
    float64 (T, N)
        The largest value has 1; equal values share the mean of their ranks.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel; an `out` of another type, shape or layout, or in the memory of the values.

    Notes
    -----
    NaN stays NaN and does not count. Infinite values come first and last. pandas says `rank(axis=1, pct=True)`.
    """
    return _sweep(fill_ranks, as_panel("values", values), start, out, threads)


def cross_quantile(
    values: ArrayLike, count: int, *, start: int = 0, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return the bucket of each value when the values of its session fall into `count` equally full buckets.

    Parameters
    ----------
    values : float64 (T, N)
        Any unit.
    count : int
        Number of buckets, at least 1.
    start, out, threads
        As `cross_rank`.

    Returns
    -------
    float64 (T, N)
        0 (smallest values) to `count` - 1.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel; an `out` of another type, shape or layout, or in the memory of the values.

    Notes
    -----
    Where k of the n values of a session are smaller, the bucket is ceil(k count / (n - 1)) - 1, but at least 0: the
    (k + 1)-th value lies above the quantile bucket / count and at most at the quantile (bucket + 1) / count, as in
    pandas `qcut(labels=False)`. Equal values share the bucket of the first of them; where they reach over a whole
    bucket, that bucket stays empty, while `qcut` refuses or renumbers. NaN stays NaN and does not count.
    """
    if count < 1:
        raise ConfigError(f"`count` should be at least 1 bucket, got {count}")
    return _sweep(partial(fill_buckets, int(count)), as_panel("values", values), start, out, threads)


def winsorise(
    values: ArrayLike,
    low: float,
    high: float,
    *,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the values with the tails of each session clipped (缩尾) to its quantiles `low` and `high`.

    Parameters
    ----------
    values : float64 (T, N)
        Any unit.
    low, high : float, fraction
        0 <= `low` <= `high` <= 1, such as 0.01 and 0.99.
    start, out, threads
        As `cross_rank`.

    Returns
    -------
    float64 (T, N)
        The unit of the values.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel; an `out` of another type, shape or layout, or in the memory of the values.

    Notes
    -----
    NaN stays NaN and does not count. The quantiles are numpy's `nanquantile` with linear interpolation; one that falls
    between an infinite value and another clips nothing.
    """
    if not 0.0 <= low <= high <= 1.0:
        raise ConfigError(f"`low` and `high` should be fractions, 0 <= low <= high <= 1, got {low:g} and {high:g}")
    return _sweep(partial(fill_clipped, float(low), float(high)), as_panel("values", values), start, out, threads)


def cross_zscore(
    values: ArrayLike, *, start: int = 0, out: Panel2D | None = None, threads: int | None = None
) -> Panel2D:
    """Return (value - mean) / standard deviation (ddof = 1) over the values of the session.

    Parameters, returns and raises: as `cross_rank`.

    Notes
    -----
    NaN stays NaN and does not count. A session is NaN where there is one value only, where all are equal or differ by
    rounding (a deviation below 1e-12 of their mean, `ROUNDING`), and where their squares overflow (an infinite value,
    or two more than 1e154 apart) or vanish (all less than 1e-162 apart).
    """
    return _sweep(fill_zscores, as_panel("values", values), start, out, threads)


def neutralise(
    values: ArrayLike,
    groups: ArrayLike,
    *,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return each value less the mean of its group (行业中性 where the groups are industries) in that session.

    Parameters
    ----------
    values : float64 (T, N)
        Any unit.
    groups : float64 (N,) or (T, N)
        A code for each security, or for each security on each session; NaN = in no group. Any numbers will do, whole
        numbers in a narrow range are quickest.
    start, out, threads
        As `cross_rank`.

    Returns
    -------
    float64 (T, N)
        The unit of the values.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DataError
        Values that are no panel; groups of another shape; an `out` of another type, shape or layout, or in the memory
        of the values.

    Notes
    -----
    NaN stays NaN and does not count; a value without a group is NaN. A value that is alone in its group is 0. A group
    whose sum is not finite is NaN on that session.
    """
    panel = as_panel("values", values)
    out = output_from("out", out, panel.shape, start)
    codes, base, size = _as_codes(groups, panel.shape, start)
    check_apart("out", out, (codes,))
    return _sweep(partial(fill_neutral, codes, base, size), panel, start, out, threads)


def group_sum(
    values: ArrayLike,
    groups: ArrayLike,
    *,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return for each security the sum of the values of its group in that session.

    Parameters
    ----------
    values : float64 (T, N)
        Any unit.
    groups : float64 (N,) or (T, N)
        As `neutralise`.
    start, out, threads
        As `cross_rank`.

    Returns
    -------
    float64 (T, N)
        The unit of the values; the same number, to the last digit, for all of a group.

    Raises
    ------
    ConfigError, DataError
        As `neutralise`.

    Notes
    -----
    A NaN adds nothing, but its security has the sum of its group. NaN without a group, and where no value of the group
    is known.
    """
    panel = as_panel("values", values)
    out = output_from("out", out, panel.shape, start)
    codes, base, size = _as_codes(groups, panel.shape, start)
    check_apart("out", out, (codes,))
    return _sweep(partial(fill_group_sums, codes, base, size), panel, start, out, threads)


def _as_codes(groups: ArrayLike, shape: tuple[int, ...], start: int) -> tuple[Panel2D, float, int]:
    """Return whole-numbered groups as (1, N) or (T, N), the smallest of them, and how many places their range needs."""
    array = np.asarray(groups, dtype=np.float64)
    if array.shape not in (shape, shape[1:]):
        raise DataError(
            f"`groups` should have shape {shape[1:]} or {shape}, a code for each of the `values`, got {array.shape}"
        )
    codes = as_panel("groups", np.atleast_2d(array))
    first, last, is_whole = code_range(codes, start if array.ndim == 2 else 0)
    if last < first:  # nobody is in a group
        return codes, 0.0, 1
    if is_whole and last - first < max(_SPARSE * shape[1], 1024):
        return codes, first, int(last - first) + 1
    numbers, places = np.unique(codes, return_inverse=True)
    places = np.where(np.isnan(codes), np.nan, places.reshape(codes.shape))
    return as_panel("groups", places), 0.0, numbers.size


def _sweep(fill: Fill, panel: Panel2D, start: int, out: Panel2D | None, threads: int | None) -> Panel2D:
    """Let `fill` compute the rows from `start` on, each thread every so many-th, since later rows hold more values."""
    out = output_from("out", out, panel.shape, start)
    check_apart("out", out, (panel,))
    rows = panel.shape[0] - start
    threads = thread_count(threads, rows * panel.shape[1])
    count = min(threads, rows) if panel.shape[1] else 0
    step = np.uint64(count)
    run_shares([partial(fill, panel, (np.uint64(start + i), step), out) for i in range(count)])
    return out
