"""How many shares a forced order (强制平仓) sells or buys back, with the fees, tick and slippage that it meets."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.options import Options
from ..kernels.jit import jit
from ..types import Row
from .admission import lots_above
from .costs import CostTerms, order_fees, total_fees
from .credit import Ledger, Totals, payable
from .credit_contracts import returned_part


class SaleRule(NamedTuple):
    """How a forced sale chooses."""

    options: Options
    restore: float
    proceeds_pay: bool  # as in `Terms`
    costs: tuple[CostTerms, CostTerms, CostTerms, CostTerms]  # by class of `schedule`


class Dealing(NamedTuple):
    """What an order meets on the day, by security (N,)."""

    minimum: Row  # shares, the least order
    step: Row  # shares above it
    sold_at: Row  # CNY that a sale gets, slippage and tick included; NaN = does not trade
    bought_at: Row  # CNY that a purchase pays
    fee_class: NDArray[np.int64]


class Need(NamedTuple):
    """What a sale is for: cash, or a maintenance ratio at the restore line."""

    cash: float  # CNY net of fees; inf = everything is sold; NaN = the ratio
    assets: float
    debt: float
    owed: float  # CNY, of the financing contracts


@jit
def shares_to_sell(
    j: int, price: float, minimum: float, step: float, deal: Dealing, rule: SaleRule, need: Need
) -> float:
    """Return the least count of shares of `j`, from `minimum` in steps, whose sale meets the need.

    What repays nothing is not sold. A sale of x that repays x takes the ratio to R where x = (R D - A) / (R - 1); fees,
    tick and slippage are those of the security, so the count is searched for.
    """
    by_ratio = np.isnan(need.cash)
    paid = Need(need.owed if by_ratio else need.cash, 0.0, 0.0, 0.0)
    high = 1.0
    while _lack_after_sale(minimum + high * step, j, price, deal, rule, paid) > 0.0 and high < 1e12:
        high *= 2.0
    most = _least_steps(high, j, price, (minimum, step), deal, rule, paid)
    return minimum + step * (_least_steps(most, j, price, (minimum, step), deal, rule, need) if by_ratio else most)


@jit
def _least_steps(
    most: float, j: int, price: float, lot: tuple[float, float], deal: Dealing, rule: SaleRule, need: Need
) -> float:
    """Return the least number of steps above the minimum, up to `most`, after which nothing is lacking."""
    low, high = -1.0, most
    while high - low > 1.0:
        middle = np.floor((low + high) / 2.0)
        if _lack_after_sale(lot[0] + middle * lot[1], j, price, deal, rule, need) > 1e-6:
            low = middle
        else:
            high = middle
    return high


@jit
def _net_of_sale(shares: float, j: int, price: float, deal: Dealing, rule: SaleRule) -> float:
    """Return what a sale of `shares` brings after fees, in CNY; at `price` where the security does not trade today."""
    value = shares * (price if np.isnan(deal.sold_at[j]) else deal.sold_at[j])
    return value - total_fees(order_fees(shares, value, True, rule.costs[deal.fee_class[j]]))


@jit
def _lack_after_sale(shares: float, j: int, price: float, deal: Dealing, rule: SaleRule, need: Need) -> float:
    """Return what is missing, in CNY, after a sale of `shares`: of the cash, or of the assets at the restore line."""
    net = _net_of_sale(shares, j, price, deal, rule)
    if not np.isnan(need.cash):
        return need.cash - net
    repaid = min(max(net, 0.0), need.owed)
    return rule.restore * (need.debt - repaid) - (need.assets - shares * price + net - repaid)


@jit
def shares_to_cover(
    ledger: Ledger, j: int, price: float, owed: float, deal: Dealing, rule: SaleRule, sums: Totals
) -> float:
    """Return the least count of `owed` shares, in lots, whose return brings the ratio to the restore line, or all."""
    minimum, step = deal.minimum[j], deal.step[j]
    low, high = -1.0, np.ceil(max(owed - minimum, 0.0) / step)  # steps above the minimum; `low` is too few
    while high - low > 1.0:
        middle = np.floor((low + high) / 2.0)
        if _lack_after_cover(ledger, j, min(minimum + middle * step, owed), price, deal, rule, sums) > 1e-6:
            low = middle
        else:
            high = middle
    return min(minimum + high * step, owed)


@jit
def _lack_after_cover(
    ledger: Ledger, j: int, shares: float, price: float, deal: Dealing, rule: SaleRule, sums: Totals
) -> float:
    """Return the assets, in CNY, that are missing for the restore line once `shares` are bought and returned."""
    fee, _, compensation = returned_part(ledger, j, shares, 1.0, False)  # no contract opens before the open
    debt = sums.principal + sums.short_value + sums.accrued - shares * price - fee - compensation
    paid = _cost_of_cover(shares, j, price, deal, rule) + fee + compensation
    return rule.restore * debt - (sums.cash + sums.long_value - paid)  # `shares` are lots: nothing is bought beyond


@jit
def _cost_of_cover(shares: float, j: int, price: float, deal: Dealing, rule: SaleRule) -> float:
    """Return what whole lots for `shares` cost with their fees, in CNY; at `price` where there is no trade today."""
    bought = lots_above(shares, deal.minimum[j], deal.step[j])
    value = bought * (price if np.isnan(deal.bought_at[j]) else deal.bought_at[j])
    return value + total_fees(order_fees(bought, value, False, rule.costs[deal.fee_class[j]]))


@jit
def cash_missing(ledger: Ledger, j: int, shares: float, price: float, deal: Dealing, rule: SaleRule) -> float:
    """Return the cash that is missing, in CNY, to buy whole lots and return `shares`; negative where some is left."""
    fee, released, compensation = returned_part(ledger, j, shares, 1.0, False)
    cost = _cost_of_cover(shares, j, price, deal, rule) + fee + compensation
    return cost - payable(ledger, released, rule.proceeds_pay)
