"""What the last decisions earn in each session: returns over h sessions, told apart by the session that made them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..types import Panel2D
from .arrays import as_panel
from .jit import jit


def held_returns(
    weights: ArrayLike, codes: NDArray[np.int16], known: NDArray[np.bool_], returns: ArrayLike, horizon: int, count: int
) -> Panel2D:
    """Return by session and class what the decisions of the last `horizon` sessions earn in it.

    Parameters
    ----------
    weights : float64 (T, N)
        Of each decision; not NaN.
    codes : int16 (T, N)
        Class of each decision, 0 to `count` - 1; below 0: none.
    known : bool (T,)
        Decisions of other sessions count nowhere.
    returns : float64 (T, N), fraction
        Of the session that follows each row; NaN earns nothing.
    horizon : int, sessions
    count : int

    Returns
    -------
    float64 (T, count)
        Row t: the sum over the rows s = t - `horizon` + 1 to t of the weights of s times the returns of row t.

    Raises
    ------
    DataError
        Shapes that differ.
    """
    panel = as_panel("weights", weights)
    earned = as_panel("returns", returns, panel.shape)
    if codes.shape != panel.shape or known.shape != panel.shape[:1]:
        raise DataError(
            f"`codes` and `known` should have the shapes {panel.shape} and {panel.shape[:1]} of the weights, got "
            f"{codes.shape} and {known.shape}"
        )
    out = np.zeros((len(panel), count))
    classes = np.ascontiguousarray(codes, dtype=np.int16)
    _fill_held(panel, classes, np.ascontiguousarray(known), earned, horizon, np.zeros((panel.shape[1], count)), out)
    return out


@jit
def _fill_held(weights, codes, known, returns, horizon, held, out):
    """Fill out (T, C); `held` (N, C) is what is held of each security, by class: a session joins, another leaves."""
    # `held` is moved on by one session, not summed anew over `horizon` of them for every row.
    for t in range(weights.shape[0]):
        before = t - horizon
        for j in range(weights.shape[1]):
            if known[t] and codes[t, j] >= 0:
                held[j, codes[t, j]] += weights[t, j]
            if before >= 0 and known[before] and codes[before, j] >= 0:
                held[j, codes[before, j]] -= weights[before, j]
            r = returns[t, j]
            if r == r:  # not NaN
                for c in range(out.shape[1]):
                    out[t, c] += held[j, c] * r
