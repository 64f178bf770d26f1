"""What comes in at the border: returns without holes, names that fit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError, DataError
from ..types import Panel2D

FEWEST_SESSIONS = 20
"""Below it neither a skewness nor a block of a bootstrap means anything."""


def matrix(name: str, values: ArrayLike, sessions: int | None = None) -> Panel2D:
    """Return `values` as float64 (T, K); DataError for another shape, a hole, or a loss of more than everything.

    Parameters
    ----------
    name : str
        Of the argument, for messages.
    values : float64 (T, K), fraction per session
    sessions : int, optional
        T that it should have.
    """
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] == 0 or array.shape[0] < FEWEST_SESSIONS:
        raise DataError(
            f"`{name}` should have shape (sessions, trials) with at least {FEWEST_SESSIONS} sessions and a trial, "
            f"got {np.shape(values)}"
        )
    if sessions is not None and len(array) != sessions:
        raise DataError(f"`{name}` should cover the same {sessions} sessions as the trials, got {len(array)}")
    wrong = ~np.isfinite(array)
    if wrong.any():
        t, k = np.argwhere(wrong)[0]
        raise DataError(
            f"`{name}` should have no NaN or infinity, got {array[t, k]} in row {t}, column {k} ({int(wrong.sum())} in "
            "all): compare trials over sessions that all of them have, with 0 where an account stood still"
        )
    if array.min() < -1.0:
        t, k = np.argwhere(array < -1.0)[0]
        raise DataError(
            f"`{name}` should be returns of at least -1, got {array[t, k]:.4g} in row {t}, column {k}: an account that "
            "lost more than everything ends there; write -1, and 0 afterwards"
        )
    return array


def names_of(name: str, given: Sequence[str], returns: Panel2D) -> tuple[str, ...]:
    """Return `given` as a tuple; ConfigError unless there is another one for each column of `returns` (T, K)."""
    found, count = tuple(given), returns.shape[1]
    if len(found) != count or len(set(found)) != count:
        raise ConfigError(f"`{name}` should be {count} different names, one per column, got {len(set(found))}")
    return found


def fraction(name: str, value: float) -> float:
    """Return `value`; ConfigError unless it lies between 0 and 1, both excluded."""
    if not 0.0 < value < 1.0:
        raise ConfigError(f"`{name}` should lie between 0 and 1, got {value}")
    return value


def one_of(name: str, value: str, known: Sequence[str]) -> str:
    """Return `value`; ConfigError unless it is one of `known`."""
    if value not in known:
        raise ConfigError(f"`{name}` should be one of {', '.join(known)}, got {value!r}")
    return value
