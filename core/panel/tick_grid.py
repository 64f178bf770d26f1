"""Whether prices lie on the tick of the exchange, as traded ones do and adjusted ones (复权价) do not."""

import numpy as np

from ..types import Panel2D, Row

ADJUSTED_FROM = 0.05
"""Fraction of closes off the tick above which a security's prices are adjusted: 0.0 of traded ones, 0.978 else."""


def off_grid(close: Panel2D, tick: float | Row) -> Row:
    """Return the fraction of a security's closes that are no whole number of ticks (N,), 0 where it has no close.

    Parameters
    ----------
    close : float64 (T, N)
        CNY per share; NaN is left out. Prices that were stored in 32 bits are forgiven their rounding.
    tick : float or float64 (N,)
        CNY per share.
    """
    steps = close / tick
    with np.errstate(invalid="ignore"):
        off = np.abs(steps - np.rint(steps)) > 1e-4 + 1e-7 * np.abs(steps)
    known = np.isfinite(close).sum(axis=0)
    return np.divide(off.sum(axis=0), known, out=np.zeros(close.shape[1]), where=known > 0)
