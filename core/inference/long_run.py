"""The long-run variance of series that remember: Bartlett weights, the lag rule of Newey and West."""

import numpy as np

from ..types import Panel2D, Row


def lag_rule(sessions: int) -> int:
    """Return floor(4 (T / 100)^(2/9)), less than T: lags of values that do not overlap; 6 for 1,000, 8 for 2,500."""
    return max(0, min(int(4.0 * (max(sessions, 0) / 100.0) ** (2.0 / 9.0)), sessions - 1))


def long_run_sums(away: Panel2D, lags: int) -> Row:
    """Return per column the sum of squares, with Bartlett-weighted products of values up to `lags` sessions apart.

    Parameters
    ----------
    away : float64 (T, K)
        Deviations from their means.
    lags : int, sessions
        0: the plain sum of squares.

    Returns
    -------
    float64 (K,), unit of `away` squared

    Notes
    -----
    Never negative, except by rounding, which is cut at 0. Source: Newey and West (1987).
    """
    total = np.einsum("tk,tk->k", away, away)
    for lag in range(1, min(lags, len(away) - 1) + 1):
        total += 2.0 * (1.0 - lag / (lags + 1.0)) * np.einsum("tk,tk->k", away[lag:], away[:-lag])
    return np.maximum(total, 0.0)


def long_run_sum(away: Row, lags: int) -> float:
    """Return `long_run_sums` of one series (T,)."""
    return float(long_run_sums(away[:, None], lags)[0])
