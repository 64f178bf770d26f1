"""The border of the panel kernels: whatever arrives becomes one array type, so that each kernel is compiled once.

Read-only and writable arrays are different types to numba; seven inputs of either kind would be 128 versions.
"""

import numpy as np
from numpy.typing import ArrayLike

from ..errors import DataError
from ..types import Panel2D, Row

ROUNDING = 1e-12
"""Deviation over mean below which values do not move: they differ by what rounding left of equal ones."""


def as_panel(name: str, values: ArrayLike, shape: tuple[int, ...] | None = None) -> Panel2D:
    """Return `values` as a read-only C-contiguous float64 (T, N) array, without a copy where it is one already.

    Raises
    ------
    DataError
        Another number of dimensions, or another shape than `shape`.
    """
    array = np.asarray(values, dtype=np.float64, order="C")
    if array.ndim != 2:
        raise DataError(f"`{name}` should be a (sessions, securities) array, got {array.ndim} dimension(s)")
    if shape is not None and array.shape != shape:
        raise DataError(f"`{name}` should have shape {shape} like the panel before it, got {array.shape}")
    return _read_only(array)


def as_published(name: str, values: ArrayLike | None, shape: tuple[int, ...]) -> Panel2D:
    """Return published values as a panel of `shape`; None becomes (0, N), which costs no memory traffic."""
    return as_panel(name, np.empty((0, shape[1]))) if values is None else as_panel(name, values, shape)


def as_opening(name: str, values: ArrayLike | None, shape: tuple[int, ...]) -> Row:
    """Return the (N,) balances before the first session; None becomes NaN: not known.

    Raises
    ------
    DataError
        Not one balance per security.
    """
    array = np.full(shape[1], np.nan) if values is None else np.asarray(values, dtype=np.float64, order="C")
    if array.shape != shape[1:]:
        raise DataError(f"`{name}` should hold one balance per security, shape {shape[1:]}, got {array.shape}")
    return _read_only(array)


def as_output(name: str, out: Panel2D | None, shape: tuple[int, ...]) -> Panel2D:
    """Return `out`, or a new array of `shape` for None.

    Raises
    ------
    DataError
        An `out` that a kernel cannot fill as it is; a converted copy would leave the caller's array untouched.
    """
    if out is None:
        return np.empty(shape)
    if out.dtype != np.float64 or out.shape != shape or not out.flags.c_contiguous or not out.flags.writeable:
        raise DataError(
            f"`{name}` should be a writable C-contiguous float64 array of shape {shape}, "
            f"got {out.dtype} {out.shape}: make it with np.empty({shape})"
        )
    return out


def _read_only(array: Panel2D | Row) -> Panel2D | Row:
    array = array.view()
    array.flags.writeable = False
    return array
