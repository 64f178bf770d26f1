"""What a trial earns beyond momentum, reversal and the market: regression of its returns on theirs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError
from ..inference.checks import matrix
from ..inference.long_run import lag_rule, long_run_sums
from ..inference.trial_parts import parts
from ..kernels.statistics import NO_VARIATION, SESSIONS_PER_YEAR
from ..types import Panel2D, Row


@dataclass(frozen=True, kw_only=True)
class Increment:
    """Regressions of K trials on F others, one by one.

    Parameters
    ----------
    alpha : float64 (K,), fraction per year
        The constant: mean return that the others do not explain, not compounded.
    error : float64 (K,), fraction per year
        Of Newey and West.
    t : float64 (K,)
        NaN where nothing is left unexplained.
    betas : float64 (K, F)
    r_squared : float64 (K,), fraction
        NaN without variation.
    lags : int, sessions
    beside : tuple of str
        Names of the others.
    """

    alpha: Row
    error: Row
    t: Row
    betas: Panel2D
    r_squared: Row
    lags: int
    beside: tuple[str, ...] = ()


def increment(
    returns: ArrayLike,
    explaining: ArrayLike,
    *,
    periods_per_year: float = SESSIONS_PER_YEAR,
    lags: int | None = None,
    beside: tuple[str, ...] = (),
) -> Increment:
    """Return the increment of each trial over the returns that should explain it.

    Parameters
    ----------
    returns : float64 (T, K), fraction per session
    explaining : float64 (T, F), fraction per session
    periods_per_year : float
    lags : int, sessions, optional
        floor(4 (T / 100)^(2/9)) where absent.
    beside : tuple of str
        Names of the columns of `explaining`, kept in the result.

    Raises
    ------
    ConfigError
        `lags` is negative or not below T.
    DataError
        NaN, a return below -1, or another shape.

    Notes
    -----
    Least squares of the deviations from the means, of least norm: columns that say the same share the beta, one that
    does not vary has none; alpha is the same whichever way. Error: HAC, Bartlett weights, no small-sample factor.
    Source: Newey and West (1987).
    """
    values = matrix("returns", returns)
    others = matrix("explaining", explaining, len(values))
    lags = lag_rule(len(values)) if lags is None else lags
    if not 0 <= lags < len(values):
        raise ConfigError(f"`lags` should be 0 to {len(values) - 1}, got {lags}")
    found = [_regressed(values[:, part], others, lags) for part in parts(values.shape[1])]
    alpha, error, betas, r_squared = (np.concatenate(one, axis=-1) for one in zip(*found, strict=True))
    return Increment(
        alpha=alpha * periods_per_year,
        error=error * periods_per_year,
        t=np.divide(alpha, error, out=np.full(len(alpha), np.nan), where=error > NO_VARIATION),
        betas=betas.T,
        r_squared=r_squared,
        lags=lags,
        beside=tuple(beside),
    )


def _regressed(values: Panel2D, others: Panel2D, lags: int) -> tuple[Row, Row, Panel2D, Row]:
    """Return alpha and error per session, betas (F, K) and R squared of each column of `values` (T, K)."""
    count, centre = len(values), others.mean(axis=0)
    mean, away = values.mean(axis=0), others - centre
    inverse = np.linalg.pinv(away, rcond=1e-10)
    betas = inverse @ (values - mean)
    alpha = mean - centre @ betas
    left = values - alpha - others @ betas
    # alpha is a weighted sum of returns; its error is that of the same sum of what is left.
    weights = 1.0 / count - inverse.T @ centre
    error = np.sqrt(long_run_sums(weights[:, None] * left, lags))
    spread = np.square(values - mean).sum(axis=0)
    moves = spread > count * NO_VARIATION**2
    explained = np.divide(np.square(left).sum(axis=0), spread, out=np.full(len(alpha), np.nan), where=moves)
    return alpha, error, betas, 1.0 - explained
