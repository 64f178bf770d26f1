"""Flows on earlier returns, up and down apart: sums by period, from which every coefficient and its error follow."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..inference.long_run import long_run_sums
from ..types import Mask2D, Panel2D
from .lag_design import Lag

BLOCK = 256
"""Securities whose returns are laid out by lag at once."""

_ALIKE = 1e-8
"""Smallest eigenvalue of the regressors' correlations below which one of them says nothing of its own."""

Tensor = NDArray[np.float64]


class PeriodSums(NamedTuple):
    """Sums over the securities of each period, each security less its own mean.

    Parameters
    ----------
    count : float64 (T,)
        Securities with the flow and all returns.
    level : float64 (T, K), flow_level : float64 (T,)
        Sums of the regressors, of the flow.
    products : float64 (T, K, K), with_flow : float64 (T, K)
        Sums of the products of regressors, with each other and with the flow.
    """

    count: Tensor
    level: Tensor
    flow_level: Tensor
    products: Tensor
    with_flow: Tensor


class ShiftedSums(NamedTuple):
    """Sums with flows of other periods: `flow_level` float64 (S, T), `with_flow` float64 (S, T, K)."""

    flow_level: Tensor
    with_flow: Tensor


def regressors(returns: Panel2D, lags: Sequence[Lag]) -> Tensor:
    """Return the rises and the falls of earlier periods.

    Parameters
    ----------
    returns : float64 (T, N), fraction
    lags : sequence of (first, last)

    Returns
    -------
    float64 (T, N, 2 L)
        For each lag the sum of the returns above 0 over its periods, then, for each, that of those below 0. NaN where
        one of the returns is.
    """
    made = np.full((*returns.shape, 2 * len(lags)), np.nan)
    for side, part in enumerate((np.maximum(returns, 0.0), np.minimum(returns, 0.0))):  # NaN stays
        for k, (first, last) in enumerate(lags):
            if last < len(returns):
                summed = np.sum([part[last - lag : len(part) - lag] for lag in range(first, last + 1)], axis=0)
                made[last:, :, side * len(lags) + k] = summed
    return made


def period_sums(
    flow: Panel2D,
    returns: Panel2D,
    lags: Sequence[Lag],
    first: int = 0,
    inside: Mask2D | None = None,
    shifts: Sequence[int] = (),
) -> tuple[PeriodSums, ShiftedSums]:
    """Return the sums of a panel, and those of its flows moved around the circle of periods.

    Parameters
    ----------
    flow, returns : float64 (T, N)
    lags : sequence of (first, last)
    first : int
        Row of the first flow that counts; returns before it are history.
    inside : bool (T, N), optional
        The cells that count.
    shifts : sequence of int, periods

    Notes
    -----
    Each security has a mean of its own taken off over the cells that count (a fixed effect). A shifted flow is that of
    another period, of all securities alike: it keeps its memory and what securities share, and loses its returns.
    """
    periods, size = len(flow) - first, 2 * len(lags)
    shapes = ((periods,), (periods, size), (periods,), (periods, size, size), (periods, size))
    total = PeriodSums(*(np.zeros(shape) for shape in shapes))
    moved = ShiftedSums(np.zeros((len(shifts), periods)), np.zeros((len(shifts), periods, size)))
    columns = np.arange(flow.shape[1]) if inside is None else np.flatnonzero(inside[first:].any(axis=0))
    for begin in range(0, len(columns), BLOCK):
        block = columns[begin : begin + BLOCK]
        x = regressors(returns[:, block], lags)[first:]
        y = flow[first:, block, None]
        known = ~(np.isnan(x).any(axis=2) | np.isnan(y[:, :, 0]))
        if inside is not None:
            known &= inside[first:, block]
        x, y = _away(x, known), _away(y, known)
        turned = np.ascontiguousarray(x.transpose(0, 2, 1))
        parts = (known.sum(axis=1), x.sum(axis=1), y.sum(axis=(1, 2)), turned @ x, (turned @ y)[:, :, 0])
        for sums, added in zip(total, parts, strict=True):
            sums += added
        for s, shift in enumerate(shifts):
            other = np.roll(y, shift, axis=0) * known[:, :, None]
            moved.flow_level[s] += other.sum(axis=(1, 2))
            moved.with_flow[s] += (turned @ other)[:, :, 0]
    return total, moved


def _away(values: Tensor, known: Mask2D) -> Tensor:
    """Return values less the mean of their security over the known cells; 0 elsewhere."""
    kept = np.where(known[:, :, None], values, 0.0)
    kept -= kept.sum(axis=0) / np.maximum(known.sum(axis=0), 1)[:, None]
    kept *= known[:, :, None]
    return kept


def within(sums: PeriodSums, moved: ShiftedSums, least: int) -> tuple[PeriodSums, ShiftedSums]:
    """Return the sums with the mean of each period taken off too; periods with fewer than `least` count nothing.

    Notes
    -----
    First by security, then by period: both means are exactly gone where no cell is missing, nearly elsewhere.
    """
    keeps = sums.count >= max(least, 2)
    share = sums.level * (keeps / np.where(keeps, sums.count, 1.0))[:, None]
    products = sums.products * keeps[:, None, None] - sums.level[:, :, None] * share[:, None, :]
    with_flow = sums.with_flow * keeps[:, None] - share * sums.flow_level[:, None]
    others = moved.with_flow * keeps[:, None] - share * moved.flow_level[:, :, None]
    made = PeriodSums(sums.count * keeps, 0.0 * sums.level, 0.0 * sums.flow_level, products, with_flow)
    return made, ShiftedSums(0.0 * moved.flow_level, others)


class Model(NamedTuple):
    """A regression on some of the regressors, without the flow.

    Parameters
    ----------
    columns : int64 (k,)
        Of the regressors.
    products : float64 (T, k, k)
        By period.
    inverse : float64 (k, k)
        Of the sum of the products.
    """

    columns: NDArray[np.int64]
    products: Tensor
    inverse: Tensor


def model_of(sums: PeriodSums, columns: Sequence[int]) -> Model | None:
    """Return the regression on some columns; None where they are too alike, or too few periods have any."""
    chosen = np.asarray(columns)
    products = sums.products[:, chosen[:, None], chosen]
    whole = products.sum(axis=0)
    scale = np.sqrt(np.diagonal(whole))
    if (sums.count > 0).sum() <= len(chosen) + 1 or not np.all(scale > 0.0):
        return None
    alike = whole / (scale[:, None] * scale)
    if np.linalg.eigvalsh(alike)[0] < _ALIKE:
        return None
    return Model(chosen, products, np.linalg.inv(alike) / (scale[:, None] * scale))


def effects(model: Model, with_flow: Tensor, contrasts: Tensor, error_lags: int) -> tuple[Tensor, Tensor]:
    """Return sums of coefficients and their errors, for each of several flows.

    Parameters
    ----------
    model : Model
    with_flow : float64 (S, T, K)
        Sums of the products of all regressors with each flow.
    contrasts : float64 (C, k)
        How often each coefficient counts in each sum.
    error_lags : int, periods

    Returns
    -------
    value, error : float64 (S, C)
        NaN for an error of 0.

    Notes
    -----
    Least squares over all cells. The error takes what all securities of a period have left over as one observation and
    adds its products over `error_lags` periods, so that neither what a day does to all of them nor what lasts counts
    as independent. With one security these are the errors of Newey and West. No small-sample factor.
    Source: Driscoll and Kraay (1998); Newey and West (1987).
    """
    slopes = with_flow.sum(axis=1)[:, model.columns] @ model.inverse
    weights = np.zeros((with_flow.shape[2], len(contrasts)))
    weights[model.columns] = model.inverse @ contrasts.T
    left = (with_flow @ weights).transpose(1, 0, 2) - slopes @ (model.products @ weights[model.columns])
    errors = np.sqrt(long_run_sums(left.reshape(len(left), -1), error_lags)).reshape(left.shape[1:])
    return slopes @ contrasts.T, np.where(errors > 0.0, errors, np.nan)
