"""What each trial did under each regime of the market."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..inference.checks import matrix
from ..inference.sharpe import ratio
from ..inference.trial_parts import by_parts
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..types import Panel2D


@dataclass(frozen=True, kw_only=True)
class ByRegime:
    """Figures of K trials in the R regimes that have sessions.

    Parameters
    ----------
    regime : int64 (R,)
        As given, ascending.
    sessions : int64 (R,)
    total_return : float64 (R, K), fraction
        Compounded over the sessions of the regime.
    sharpe : float64 (R, K), per year
        NaN with one session, or without variation.
    """

    regime: NDArray[np.int64]
    sessions: NDArray[np.int64]
    total_return: Panel2D
    sharpe: Panel2D


def by_regime(returns: ArrayLike, regime: ArrayLike, *, periods_per_year: float = SESSIONS_PER_YEAR) -> ByRegime:
    """Split the returns of each trial by regime.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    regime : int64 (T,)
        Number of the regime of each session.
    periods_per_year : float

    Raises
    ------
    DataError
        NaN, a return below -1, another shape, or regimes that are not one per session.
    """
    values = matrix("returns", returns)
    number = np.asarray(regime)
    if number.shape != (len(values),):
        raise DataError(f"`regime` should have one number per session, shape ({len(values)},), got {number.shape}")
    found, sessions = np.unique(number, return_counts=True)
    rows = [number == one for one in found]
    return ByRegime(
        regime=found.astype(np.int64),
        sessions=sessions.astype(np.int64),
        total_return=np.stack([by_parts(partial(_total, rows=one), values) for one in rows]),
        sharpe=np.stack([by_parts(partial(_sharpe, rows=one), values) for one in rows]) * periods_per_year**0.5,
    )


def _total(values: Panel2D, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.prod(1.0 + values[rows], axis=0) - 1.0


def _sharpe(values: Panel2D, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    part = values[rows]
    if len(part) < 2:
        return np.full(part.shape[1], np.nan)
    return ratio(part.mean(axis=0), part.std(axis=0, ddof=1), still=np.nan)
