"""What each trial did under each regime of the market."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..inference.checks import matrix
from ..inference.sharpe import ratio
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
    parts = [values[number == one] for one in found]
    return ByRegime(
        regime=found.astype(np.int64),
        sessions=sessions.astype(np.int64),
        total_return=np.stack([np.prod(1.0 + part, axis=0) - 1.0 for part in parts]),
        sharpe=np.stack([_sharpe(part) for part in parts]) * periods_per_year**0.5,
    )


def _sharpe(part: Panel2D) -> NDArray[np.float64]:
    if len(part) < 2:
        return np.full(part.shape[1], np.nan)
    return ratio(part.mean(axis=0), part.std(axis=0, ddof=1), still=np.nan)
