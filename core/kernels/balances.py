"""Balance identities of margin trading (融资融券), one by one: roll, impute, reconcile, and the details of repayments.

With F the financing balance (融资余额, CNY) and q the short volume (融券余量, shares)::

    F_t = F_{t-1} + bought on margin - repaid          q_t = q_{t-1} + sold short - repaid
    short balance = q x unadjusted close               total = F + short balance          spread = F - short balance

Panels are float64 (T, N), NaN = no observation. NaN is never 0: whatever lacks a part is NaN. A published balance is
an anchor: it stands as it is and ends whatever error or gap came before it. Balances are never carried forward,
because a security that left the list stops having rows while its debt lives on. Inputs of other types or layouts are
converted, which costs a copy. `balance_series` has all of it for a whole panel in one pass.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..types import Mask2D, Panel2D
from .arrays import as_opening, as_output, as_panel, as_published
from .jit import jit


class Imputed(NamedTuple):
    """Published cells as they are, the others derived; `is_imputed` is True where a derived value stands."""

    values: Panel2D
    is_imputed: Mask2D


def roll_balance(
    inflow: ArrayLike,
    outflow: ArrayLike,
    *,
    published: ArrayLike | None = None,
    opening: ArrayLike | None = None,
    out: Panel2D | None = None,
) -> Panel2D:
    """Roll a balance from its flows, anchored on each published balance.

    Parameters
    ----------
    inflow, outflow : float64 (T, N), CNY or shares
        Bought on margin and repaid (融资买入额, 融资偿还额), or sold short and repaid (融券卖出量, 融券偿还量).
    published : float64 (T, N), optional
        Balances that stand as they are; NaN where none is published.
    opening : float64 (N,), optional
        The balance before the first session; without it a security starts at its first published balance.
    out : float64 (T, N), optional
        C-contiguous; receives the result.

    Returns
    -------
    float64 (T, N)

    Raises
    ------
    DataError
        Shapes that differ; an `out` of another type, shape or layout.

    Notes
    -----
    A missing flow makes the balance NaN from there to the next anchor.
    """
    inflow = as_panel("inflow", inflow)
    shape = inflow.shape
    flows = inflow, as_panel("outflow", outflow, shape), as_published("published", published, shape)
    out = as_output("out", out, shape)
    _roll(*flows, as_opening("opening", opening, shape), out)
    return out


def impute_outflow(
    balance: ArrayLike,
    inflow: ArrayLike,
    *,
    published: ArrayLike | None = None,
    opening: ArrayLike | None = None,
    out: Panel2D | None = None,
) -> Imputed:
    """Derive the repayment that an exchange does not publish: yesterday's balance + inflow - today's balance.

    Parameters
    ----------
    balance, inflow : float64 (T, N), CNY or shares
        Published balances and what was bought on margin (or sold short).
    published : float64 (T, N), optional
        Published repayments: kept as they are, also where they contradict the identity.
    opening : float64 (N,), optional
        The balance before the first session; without it the first session cannot be derived.
    out : float64 (T, N), optional
        C-contiguous; receives the values.

    Returns
    -------
    Imputed
        `is_imputed` marks the derived cells; NaN and unmarked where neither is known.

    Raises
    ------
    DataError
        Shapes that differ; an `out` of another type, shape or layout.

    Notes
    -----
    SZSE publishes no repayments. What is derived contains the rights adjustments (权益调整) and can be negative.
    """
    balance = as_panel("balance", balance)
    shape = balance.shape
    parts = balance, as_panel("inflow", inflow, shape), as_published("published", published, shape)
    result = Imputed(as_output("out", out, shape), np.empty(shape, dtype=np.bool_))
    _impute_outflow(*parts, as_opening("opening", opening, shape), result.values, result.is_imputed)
    return result


def impute_short_balance(
    short_volume: ArrayLike, close: ArrayLike, *, published: ArrayLike | None = None, out: Panel2D | None = None
) -> Imputed:
    """Derive the short balance in yuan (融券余额) where an exchange does not publish it: short volume x close.

    Parameters
    ----------
    short_volume : float64 (T, N), shares
    close : float64 (T, N), CNY per share, unadjusted
    published : float64 (T, N), CNY, optional
        Published short balances, kept as they are.
    out : float64 (T, N), optional
        C-contiguous; receives the values.

    Returns
    -------
    Imputed
        `is_imputed` marks the derived cells; NaN and unmarked where neither is known.

    Raises
    ------
    DataError
        Shapes that differ; an `out` of another type, shape or layout.

    Notes
    -----
    SSE publishes the volume only. A session without a close (suspension) has no derived balance.
    """
    short_volume = as_panel("short_volume", short_volume)
    shape = short_volume.shape
    parts = short_volume, as_panel("close", close, shape), as_published("published", published, shape)
    result = Imputed(as_output("out", out, shape), np.empty(shape, dtype=np.bool_))
    _impute_product(*parts, result.values, result.is_imputed)
    return result


def reconcile(
    balance: ArrayLike,
    inflow: ArrayLike,
    outflow: ArrayLike,
    *,
    opening: ArrayLike | None = None,
    out: Panel2D | None = None,
) -> Panel2D:
    """Return what the identity leaves unexplained: balance - (yesterday's balance + inflow - outflow).

    Parameters
    ----------
    balance, inflow, outflow : float64 (T, N), CNY or shares
        As published.
    opening : float64 (N,), optional
        The balance before the first session.
    out : float64 (T, N), optional
        C-contiguous; receives the result.

    Returns
    -------
    float64 (T, N)
        0 where the identity holds; NaN where any part is missing, so in the first session without an opening.

    Raises
    ------
    DataError
        Shapes that differ; an `out` of another type, shape or layout.
    """
    balance = as_panel("balance", balance)
    shape = balance.shape
    parts = balance, as_panel("inflow", inflow, shape), as_panel("outflow", outflow, shape)
    out = as_output("out", out, shape)
    _reconcile(*parts, as_opening("opening", opening, shape), out)
    return out


def financing_repayment(
    direct: ArrayLike, by_selling: ArrayLike, forced: ArrayLike, positive: ArrayLike, negative: ArrayLike
) -> NDArray[np.float64]:
    """Return the financing repayment (融资偿还额, CNY) from its details.

    It is direct repayment (直接还款) + repayment by selling securities (卖券还款) + forced closing (强制平仓)
    + positive - negative rights adjustment (权益调整); each float64 of one shape, CNY, NaN where any is NaN.
    """
    parts = direct, by_selling, forced, positive, negative
    paid, sold, closed, added, removed = (np.asarray(part, dtype=np.float64) for part in parts)
    return paid + sold + closed + added - removed


def short_repayment(
    bought_back: ArrayLike,
    returned: ArrayLike,
    forced: ArrayLike,
    positive: ArrayLike,
    negative: ArrayLike,
    transferred_out: ArrayLike,
) -> NDArray[np.float64]:
    """Return the short repayment (融券偿还量, shares) from its details.

    It is bought back (买券还券) + returned directly (直接还券) + forced closing (强制平仓) + positive - negative
    rights adjustment (权益调整) - lent securities transferred out (融出证券划出); NaN where any is NaN.
    """
    parts = bought_back, returned, forced, positive, negative, transferred_out
    bought, given, closed, added, removed, lent = (np.asarray(part, dtype=np.float64) for part in parts)
    return bought + given + closed + added - removed - lent


@jit
def roll_row(before, inflow, outflow, published, t, after):
    """Fill one row of a rolled balance; `published` with no rows publishes nothing."""
    arrived, left = inflow[t], outflow[t]
    if published.shape[0] == 0:
        for j in range(after.size):
            after[j] = before[j] + arrived[j] - left[j]
    else:
        anchor = published[t]
        for j in range(after.size):
            rolled = before[j] + arrived[j] - left[j]
            after[j] = rolled if np.isnan(anchor[j]) else anchor[j]


@jit
def _roll(inflow, outflow, published, opening, out):
    for t in range(out.shape[0]):
        if t == 0:
            roll_row(opening, inflow, outflow, published, t, out[t])
        else:
            roll_row(out[t - 1], inflow, outflow, published, t, out[t])


@jit
def _impute_outflow(balance, inflow, published, opening, out, is_imputed):
    for t in range(out.shape[0]):
        before = opening if t == 0 else balance[t - 1]
        for j in range(out.shape[1]):
            derived = before[j] + inflow[t, j] - balance[t, j]
            is_absent = published.shape[0] == 0 or np.isnan(published[t, j])
            out[t, j] = derived if is_absent else published[t, j]
            is_imputed[t, j] = is_absent and not np.isnan(derived)


@jit
def _impute_product(volume, price, published, out, is_imputed):
    for t in range(out.shape[0]):
        for j in range(out.shape[1]):
            derived = volume[t, j] * price[t, j]
            is_absent = published.shape[0] == 0 or np.isnan(published[t, j])
            out[t, j] = derived if is_absent else published[t, j]
            is_imputed[t, j] = is_absent and not np.isnan(derived)


@jit
def _reconcile(balance, inflow, outflow, opening, out):
    for t in range(out.shape[0]):
        before = opening if t == 0 else balance[t - 1]
        for j in range(out.shape[1]):
            out[t, j] = balance[t, j] - (before[j] + inflow[t, j] - outflow[t, j])
