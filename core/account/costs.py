"""What an order costs: commission (佣金), stamp duty (印花税) and transfer fee (过户费)."""

from typing import NamedTuple

from ..kernels.jit import jit
from ..kernels.prices import round_cent


class CostTerms(NamedTuple):
    """The costs in force on one day; rates are fractions of the traded value."""

    commission_rate: float
    commission_minimum: float  # CNY per order
    stamp_duty_rate: float  # sales and short sales only
    transfer_fee_rate: float  # both sides
    transfer_fee_on_par: float = 0.0  # CNY per share, both sides: Shanghai before 2015-08-01


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
    The commission is at least `commission_minimum`; exchange handling fees lie inside it. Without a traded value
    (a return of shares) nothing is due. The transfer fee is of the value or of the par value, whichever is more: a rule
    states one of the two, and a broker's number beside it is the least.
    """
    if value <= 0.0:
        return Fees(0.0, 0.0, 0.0)
    commission = max(_share(value, terms.commission_rate), round_cent(terms.commission_minimum))
    stamp_duty = _share(value, terms.stamp_duty_rate) if is_sale else 0.0
    transfer_fee = max(_share(value, terms.transfer_fee_rate), _share(shares, terms.transfer_fee_on_par))
    return Fees(commission, stamp_duty, transfer_fee)


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
