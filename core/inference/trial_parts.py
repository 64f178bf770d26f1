"""Thousands of trials some at a time, so that what is computed on the way stays small beside the returns themselves."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D

AT_A_TIME = 1024
"""Trials: a resample of them, or 2,500 sessions, lie in a cache or are 20 MB."""


def parts(columns: int) -> Iterator[slice]:
    """Yield slices that cover the columns, `AT_A_TIME` by `AT_A_TIME`."""
    return (slice(start, min(start + AT_A_TIME, columns)) for start in range(0, columns, AT_A_TIME))


def by_parts(function: Callable[[Panel2D], NDArray[np.float64]], values: Panel2D) -> NDArray[np.float64]:
    """Return ``function(values)`` for a function of each column by itself, computed part by part.

    Parameters
    ----------
    function : callable
        Of float64 (T, k); its last axis is the column.
    values : float64 (T, K)
        At least one column.
    """
    return np.concatenate([function(values[:, part]) for part in parts(values.shape[1])], axis=-1)
