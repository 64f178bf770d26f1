"""What a forced sale (强制平仓) sells, and how much.

Selecting is apart from executing: `next_forced_order` names one order after another, whoever runs the session carries
it out like any other order (suspension, limits, lots, fees) and marks the security as tried. So both engines and any
future executor share the selection.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import OrderKind, Row
from ._jit import jit
from .admission import lots_above
from .costs import CostTerms, order_fees, total_fees
from .credit import (
    FINANCING,
    INSOLVENT,
    NOT_CLOSED,
    SHORT,
    Ledger,
    Totals,
    available_cash,
    contract_shares,
    maintenance_ratio,
    totals,
)
from .credit_contracts import returned_part

LARGEST_FIRST = 0
LOSERS_FIRST = 1
PRO_RATA = 2

_SELL = int(OrderKind.SELL)
_SELL_TO_REPAY = int(OrderKind.SELL_TO_REPAY)
_REPAY = int(OrderKind.REPAY)
_BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)

_HAIR = 1e-9  # a ratio this near to a line, relatively, is on it: binary noise sells no further lot


class Choice(NamedTuple):
    """One forced order; `shares` 0 = nothing is left to do."""

    kind: int
    symbol: int
    shares: float


class SaleRule(NamedTuple):
    """How a forced sale chooses."""

    order: int  # LARGEST_FIRST, LOSERS_FIRST or PRO_RATA
    restore: float
    costs: CostTerms


@jit
def sale_rule(order: int, restore: float, costs: CostTerms, slippage: float) -> SaleRule:
    """Return the rule of a session; slippage shrinks what repays as a commission does."""
    rate = costs.commission_rate + slippage
    return SaleRule(
        order, restore, CostTerms(rate, costs.commission_minimum, costs.stamp_duty_rate, costs.transfer_fee_rate)
    )


class Lots(NamedTuple):
    """Shares (N,): the least order and the step above it."""

    minimum: Row
    step: Row


@jit
def is_restored(sums: Totals, rule: SaleRule) -> bool:
    """Tell whether the maintenance ratio is at the restore line or above."""
    return maintenance_ratio(sums) >= rule.restore * (1.0 - _HAIR)


@jit
def sale_to_restore(assets: float, debt: float, restore: float) -> float:
    """Return the value x of a sale that repays x and brings assets over debt to `restore`: (R D - A) / (R - 1)."""
    return max((restore * debt - assets) / (restore - 1.0), 0.0)


@jit
def next_forced_order(ledger: Ledger, price: Row, lots: Lots, rule: SaleRule, tried: NDArray[np.bool_]) -> Choice:
    """Return the next order of a forced sale.

    Parameters
    ----------
    ledger : Ledger
        Before the order.
    price : float64 (N,)
        CNY per share at which the account is valued at this fill.
    lots : Lots
    rule : SaleRule
    tried : bool (2, N)
        Long (0) and short (1) positions that this session's forced sale has tried already; each is tried once.

    Notes
    -----
    Longs while financing debt remains, then shorts are bought back; a cover that the cash does not reach sells longs
    first. An insolvent account sells everything, and repays with what cash is left (`shares` is CNY then).
    """
    sums = totals(ledger, price)
    sells_all = ledger.account[0]["risk_state"] == INSOLVENT
    if not sells_all and is_restored(sums, rule):
        return Choice(_SELL, -1, 0.0)
    owed = _financing_debt(ledger, ledger.account[0]["open_contracts"])
    if owed > 0.0 or sells_all:
        kind = _SELL_TO_REPAY if owed > 0.0 else _SELL
        wanted = np.inf if sells_all else _value_to_sell(sums, owed, rule)
        choice = _long_to_sell(ledger, price, lots, rule, tried[0], kind, wanted)
        if choice.shares > 0.0:
            return choice
    choice = _short_to_cover(ledger, price, lots, rule, tried, sums)
    cash = available_cash(ledger)
    if choice.shares <= 0.0 and sells_all and owed > 0.0 and cash > 0.01:
        return Choice(_REPAY, -1, min(cash, owed))
    return choice


@jit
def next_due_order(
    ledger: Ledger, identity: int, price: Row, lots: Lots, rule: SaleRule, tried: NDArray[np.bool_]
) -> Choice:
    """Return the next order that closes the contract with id `identity`; `shares` is CNY for a repayment.

    Notes
    -----
    Financing: its shares are sold, then own cash repays, then other long positions are sold. Short: its shares are
    bought and returned, long positions being sold where the cash does not reach. Arguments as in `next_forced_order`.
    """
    row = _row_of(ledger, identity)
    if row < 0:
        return Choice(_SELL, -1, 0.0)
    c = ledger.contracts[row]
    j = c["symbol"]
    if c["kind"] == SHORT:
        owed = contract_shares(ledger, SHORT, j, ledger.account[0]["today"])
        return Choice(_SELL, -1, 0.0) if tried[1, j] else _cover(ledger, price, lots, rule, tried, j, c["shares"], owed)
    if c["shares"] > 0.0 and not tried[0, j]:
        return Choice(_SELL_TO_REPAY, j, _in_lots(c["shares"], _sellable(ledger, j, _SELL_TO_REPAY), lots, j))
    cash = available_cash(ledger)
    owed = _financing_debt(ledger, row + 1)  # a repayment pays the older contracts first
    if cash > 0.01:
        return Choice(_REPAY, j, min(cash, owed))
    # Collateral is sold for cash first: a sale to repay would pay the loans of the security that it sells.
    raised = _long_to_sell(ledger, price, lots, rule, tried[0], _SELL, owed * 1.01)
    if raised.shares > 0.0:
        return raised
    return _long_to_sell(ledger, price, lots, rule, tried[0], _SELL_TO_REPAY, owed * 1.01)


@jit
def _row_of(ledger: Ledger, identity: int) -> int:
    for i in range(ledger.account[0]["open_contracts"]):
        if ledger.contracts[i]["id"] == identity and ledger.contracts[i]["closed"] == NOT_CLOSED:
            return i
    return -1


@jit
def _financing_debt(ledger: Ledger, rows: int) -> float:
    """Return principal and interest of the financing contracts among the first `rows`, the oldest, in CNY."""
    owed = 0.0
    for i in range(rows):
        c = ledger.contracts[i]
        if c["kind"] == FINANCING:
            owed += c["principal"] + c["accrued"]
    return owed


@jit
def _value_to_sell(sums: Totals, owed: float, rule: SaleRule) -> float:
    """Return the value of sales after which the ratio is at the restore line, their fees included, in CNY."""
    assets = sums.cash + sums.long_value
    debt = sums.principal + sums.short_value + sums.accrued
    value = sale_to_restore(assets, debt, rule.restore)
    for _ in range(4):  # fees shrink what repays; a few rounds settle the cent
        fees = total_fees(order_fees(value, True, rule.costs))
        repaid = min(value - fees, owed)
        missing = rule.restore * (debt - repaid) - (assets - fees - repaid)
        if missing <= 0.0:
            break
        value += missing / (rule.restore - 1.0)
    return min(value, owed + total_fees(order_fees(owed, True, rule.costs)))  # what is more repays nothing


@jit
def _sellable(ledger: Ledger, j: int, kind: int) -> float:
    """Return the shares that an order of `kind` may sell today: collateral, and financed ones where it repays."""
    free = ledger.collateral[j] - ledger.bought_today[j]
    return free if kind == _SELL else free + contract_shares(ledger, FINANCING, j, ledger.account[0]["today"])


@jit
def _long_to_sell(
    ledger: Ledger, price: Row, lots: Lots, rule: SaleRule, tried: NDArray[np.bool_], kind: int, wanted: float
) -> Choice:
    """Return the sale of the long position that comes first, of at least `wanted` CNY where it holds as much."""
    best, best_score, value_of_all = -1, -np.inf, 0.0
    for j in range(tried.size):
        if tried[j]:
            continue
        shares = _sellable(ledger, j, kind)
        value = shares * price[j] if shares > 0.0 else 0.0
        if value <= 0.0:
            continue
        value_of_all += value
        score = value if rule.order == LARGEST_FIRST else -_gain(ledger, j, price[j])
        if rule.order == PRO_RATA:
            score = -1.0 * j
        if score > best_score:
            best, best_score = j, score
    if best < 0:
        return Choice(kind, -1, 0.0)
    shares = _sellable(ledger, best, kind)
    part = shares * price[best] / value_of_all if rule.order == PRO_RATA else 1.0
    needed = wanted * part / price[best]
    return Choice(kind, best, _in_lots(needed, shares, lots, best))


@jit
def _gain(ledger: Ledger, j: int, price: float) -> float:
    """Return the unrealised gain of the long position in `j` over its cost, as a fraction of the cost."""
    shares, cost = ledger.collateral[j], ledger.cost[j]
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == FINANCING and c["symbol"] == j:
            shares += c["shares"]
            cost += c["cost"]
    return shares * price / cost - 1.0 if cost > 0.0 else 0.0


@jit
def _in_lots(needed: float, held: float, lots: Lots, j: int) -> float:
    """Return the shares to trade for at least `needed` of `held`: whole lots, or all that is held."""
    if needed >= held:
        return held
    return min(lots_above(needed * (1.0 - 1e-12), lots.minimum[j], lots.step[j]), held)


@jit
def _short_to_cover(
    ledger: Ledger, price: Row, lots: Lots, rule: SaleRule, tried: NDArray[np.bool_], sums: Totals
) -> Choice:
    """Return the cover of the largest short position, or the sale of a long one that pays for it."""
    best, best_value = -1, 0.0
    for j in range(tried.shape[1]):
        owed = 0.0 if tried[1, j] else contract_shares(ledger, SHORT, j, ledger.account[0]["today"])
        if owed > 0.0 and owed * price[j] > best_value:
            best, best_value = j, owed * price[j]
    if best < 0:
        return Choice(_BUY_TO_RETURN, -1, 0.0)
    owed = contract_shares(ledger, SHORT, best, ledger.account[0]["today"])
    if ledger.account[0]["risk_state"] == INSOLVENT:
        return _cover(ledger, price, lots, rule, tried, best, owed, owed)
    shares = _shares_to_cover(ledger, best, price[best], owed, lots, rule, sums)
    return _cover(ledger, price, lots, rule, tried, best, shares, owed)


@jit
def _cover(
    ledger: Ledger, price: Row, lots: Lots, rule: SaleRule, tried: NDArray[np.bool_], j: int, shares: float, owed: float
) -> Choice:
    """Return the purchase of `shares` of `owed` in `j`, the sale that pays for it, or what the cash can pay."""
    missing = _cash_missing(ledger, j, shares, price[j], lots, rule)
    if missing <= 0.0:
        return Choice(_BUY_TO_RETURN, j, shares)
    raised = _long_to_sell(ledger, price, lots, rule, tried[0], _SELL, missing * 1.01)
    if raised.shares > 0.0:
        return raised
    minimum, step = lots.minimum[j], lots.step[j]
    low, high = -1.0, np.ceil(max(shares - minimum, 0.0) / step)  # steps above the minimum; the cash reaches `low`
    while high - low > 1.0:
        middle = np.floor((low + high) / 2.0)
        if _cash_missing(ledger, j, min(minimum + middle * step, owed), price[j], lots, rule) <= 0.0:
            low = middle
        else:
            high = middle
    # Where nothing can be paid the order is submitted all the same, so that its refusal is seen.
    return Choice(_BUY_TO_RETURN, j, min(minimum + low * step, owed) if low >= 0.0 else owed)


@jit
def _shares_to_cover(
    ledger: Ledger, j: int, price: float, owed: float, lots: Lots, rule: SaleRule, sums: Totals
) -> float:
    """Return the least count of `owed` shares, in lots, whose return brings the ratio to the restore line, or all."""
    minimum, step = lots.minimum[j], lots.step[j]
    low, high = -1.0, np.ceil(max(owed - minimum, 0.0) / step)  # steps above the minimum; `low` is too few
    while high - low > 1.0:
        middle = np.floor((low + high) / 2.0)
        if _lack_after_cover(ledger, j, min(minimum + middle * step, owed), price, lots, rule, sums) > 1e-6:
            low = middle
        else:
            high = middle
    return min(minimum + high * step, owed)


@jit
def _lack_after_cover(
    ledger: Ledger, j: int, shares: float, price: float, lots: Lots, rule: SaleRule, sums: Totals
) -> float:
    """Return the assets, in CNY, that are missing for the restore line once `shares` are bought and returned."""
    bought = lots_above(shares, lots.minimum[j], lots.step[j])
    fee, _, compensation = returned_part(ledger, j, shares, 1.0, False)  # no contract opens before the open
    settled = shares * price + fee + compensation
    debt = sums.principal + sums.short_value + sums.accrued - settled
    paid = settled + total_fees(order_fees(bought * price, False, rule.costs))
    return rule.restore * debt - (sums.cash + sums.long_value - paid)


@jit
def _cash_missing(ledger: Ledger, j: int, shares: float, price: float, lots: Lots, rule: SaleRule) -> float:
    """Return the cash that is missing, in CNY, to buy whole lots and return `shares`; negative where some is left."""
    value = lots_above(shares, lots.minimum[j], lots.step[j]) * price
    fee, released, compensation = returned_part(ledger, j, shares, 1.0, False)
    fees = total_fees(order_fees(value, False, rule.costs))
    return value + fees + fee + compensation - released - available_cash(ledger)
