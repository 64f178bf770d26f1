"""What an order costs: commission (佣金), stamp duty (印花税) and transfer fee (过户费)."""

from typing import NamedTuple

import numpy as np

from ..kernels.jit import jit
from ..kernels.prices import round_cent
from .pointers import call_at

FIRST = 0
"""In the place of a commission model's address: `rate_with_minimum`."""


class CostTerms(NamedTuple):
    """The costs in force on one day; rates are fractions of the traded value."""

    commission_rate: float  # of a model of a user's own: about
    commission_minimum: float  # CNY per order
    stamp_duty_rate: float  # sales and short sales only
    transfer_fee_rate: float  # both sides
    transfer_fee_on_par: float = 0.0  # CNY per share, both sides: Shanghai before 2015-08-01
    commission_at: int = FIRST  # address of the commission model


class Fees(NamedTuple):
    """What one order costs, in CNY."""

    commission: float
    stamp_duty: float
    transfer_fee: float


@jit
def order_fees(shares: float, value: float, is_sale: bool, terms: CostTerms) -> Fees:
    """Return the fees of an order of `shares` for `value` CNY, each rounded half-up to 0.01.

    Notes
    -----
    The exchanges' handling fees lie inside the commission. Without a traded value (a return of shares) nothing is due.
    The transfer fee is of the value or of the par value, whichever is more: a rule states one of the two, and a
    broker's number beside it is the least.
    """
    if value <= 0.0:
        return Fees(0.0, 0.0, 0.0)
    if terms.commission_at == FIRST:
        commission = rate_with_minimum(shares, value, is_sale, terms.commission_rate, terms.commission_minimum)
    else:
        commission = amount_of(asked(terms.commission_at, shares, value, is_sale))
    stamp_duty = _share(value, terms.stamp_duty_rate) if is_sale else 0.0
    transfer_fee = max(_share(value, terms.transfer_fee_rate), _share(shares, terms.transfer_fee_on_par))
    return Fees(commission, stamp_duty, transfer_fee)


@jit
def rate_with_minimum(shares: float, value: float, is_sale: bool, rate: float, minimum: float) -> float:  # noqa: ARG001 - what every model is asked
    """Return `rate` x `value`, at least `minimum` CNY: the commission model that is shipped, the first of its kind."""
    return max(_share(value, rate), round_cent(minimum))


@jit
def asked(at: int, shares: float, value: float, is_sale: bool) -> float:
    """Return what the commission model at an address says."""
    return call_at(at, shares, value, is_sale)  # pyrefly: ignore[missing-argument]  numba gives the first


@jit
def amount_of(said: float) -> float:
    """Return what a commission model said, half-up to a cent; NaN where it is no amount, which a run refuses."""
    return round_cent(said * (1.0 + 4e-15)) if 0.0 <= said < np.inf else np.nan


@jit
def _share(value: float, rate: float) -> float:
    """Return `value` x `rate`, half-up to a cent as the decimal product would be.

    The binary product of shares, price and rate falls short of an exact half cent by some units in its last place.
    Decimal products of such numbers lie 1e-9 from a tie or on it, so lifting by a few units decides ties only.
    """
    return round_cent(value * rate * (1.0 + 4e-15))


@jit
def total_fees(fees: Fees) -> float:
    """Return the sum of `fees` in CNY."""
    return fees.commission + fees.stamp_duty + fees.transfer_fee
