"""The eight orders of a credit account: whether the account can carry one out, and what it then changes.

Each function judges one order at its fill and either changes nothing and returns a reason, or carries the order out.
What the market forbids (suspension, limits, lots, eligibility) is judged before, in `admission`.
"""

from typing import NamedTuple

import numpy as np

from ..types import OrderKind, Refusal, Row
from ._jit import jit
from .costs import CostTerms, Fees, order_fees, total_fees
from .credit import (
    FINANCING,
    FORCED,
    INSOLVENT,
    SHORT,
    Ledger,
    available_cash,
    available_margin,
    contract_shares,
    maintenance_ratio,
    totals,
)
from .credit_contracts import DUST, add_collateral, debt, open_contract, pay_debt, returned_part, take_collateral

BUY = int(OrderKind.BUY)
SELL = int(OrderKind.SELL)
MARGIN_BUY = int(OrderKind.MARGIN_BUY)
SELL_TO_REPAY = int(OrderKind.SELL_TO_REPAY)
REPAY = int(OrderKind.REPAY)
SHORT_SELL = int(OrderKind.SHORT_SELL)
BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)

_DONE = int(Refusal.NONE)
_T_PLUS_1 = int(Refusal.T_PLUS_1)
_NO_CASH = int(Refusal.NO_CASH)
_NO_MARGIN = int(Refusal.NO_MARGIN)
_CREDIT_LINE = int(Refusal.CREDIT_LINE)
_NO_SHARES = int(Refusal.NO_SHARES)
_NO_BORROW = int(Refusal.NO_BORROW)
_BELOW_WARNING_LINE = int(Refusal.BELOW_WARNING_LINE)
_CONCENTRATION = int(Refusal.CONCENTRATION)
_FROZEN = int(Refusal.FROZEN)
_EXPANDING = (BUY, MARGIN_BUY, SHORT_SELL)


NO_TIERS: Row = np.empty(0)


class Terms(NamedTuple):
    """The account's terms on one day: what a contract that opens today keeps, and what an order is judged by."""

    costs: CostTerms
    day_count: float
    financing_rate: float  # per year
    borrow_rate: float  # per year
    financing_ratio: float
    short_ratio: float
    credit_line: float  # CNY, caps principal + shorted value; inf = none
    warn_ratio: float  # no new margin orders below this maintenance ratio
    cover_delay: int  # sessions before borrowed shares may be returned
    finances_fees: bool  # a financed purchase finances its fees too
    financing_ratio_base: float = (
        0.0  # a financed purchase needs `base` - haircut where that is more; 0 = does not apply
    )
    tier_below: Row = NO_TIERS  # maintenance ratios, ascending: below each of them
    tier_share: Row = NO_TIERS  # one security may be at most this share of the assets (集中度)


class Order(NamedTuple):
    """One order at its fill."""

    kind: int
    symbol: int
    shares: float
    price: float  # CNY per share
    amount: float  # CNY, `repay` only
    bought: float  # `buy_to_return` only: the whole lots that it buys, `shares` or more
    borrowable: float  # shares that `short_sell` may owe in this security, inf = no limit
    is_forced: bool = False  # the broker's own order: a frozen account does not stop it


class Effect(NamedTuple):
    """What an order did; all zero, with the reason, where it was refused."""

    refusal: int
    shares: float  # traded or returned
    value: float  # CNY traded or repaid
    commission: float
    stamp_duty: float
    transfer_fee: float
    interest: float  # CNY of interest or borrow fee that was paid


@jit
def _refused(reason: int) -> Effect:
    return Effect(reason, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@jit
def _done(shares: float, value: float, fees: Fees, interest: float) -> Effect:
    return Effect(_DONE, shares, value, fees.commission, fees.stamp_duty, fees.transfer_fee, interest)


@jit
def execute(ledger: Ledger, order: Order, price: Row, haircut: Row, terms: Terms) -> Effect:
    """Carry out `order` or refuse it.

    Parameters
    ----------
    ledger : Ledger
        Changed in place; needs room for one more contract (`with_capacity`).
    order : Order
    price : float64 (N,)
        CNY per share at which every security is valued at this fill.
    haircut : float64 (N,)
        Fractions.
    terms : Terms

    Returns
    -------
    Effect
        `refusal` is 0 where the order was carried out; otherwise the ledger is untouched.
    """
    if not order.is_forced and _is_frozen(ledger.account[0]["risk_state"], order.kind):
        return _refused(_FROZEN)
    if order.kind == REPAY:
        return _repay(ledger, order, terms)
    if not order.shares > 0.0:
        return _refused(_NO_SHARES)
    if order.kind == BUY or order.kind == MARGIN_BUY:
        reason = _concentration_refusal(ledger, order, price, terms)
        if reason != _DONE:
            return _refused(reason)
    if order.kind == BUY:
        return _buy(ledger, order, terms)
    if order.kind == SELL:
        return _sell(ledger, order, terms)
    if order.kind == MARGIN_BUY or order.kind == SHORT_SELL:
        reason = _margin_refusal(ledger, order, price, haircut, terms)
        if reason != _DONE:
            return _refused(reason)
        if order.kind == MARGIN_BUY:
            return _margin_buy(ledger, order, haircut[order.symbol], terms)
        return _short_sell(ledger, order, terms)
    if order.kind == SELL_TO_REPAY:
        return _sell_to_repay(ledger, order, terms)
    if order.kind == BUY_TO_RETURN:
        return _buy_to_return(ledger, order, terms)
    return _return_shares(ledger, order, terms)


@jit
def _is_frozen(risk_state: int, kind: int) -> bool:
    """Tell whether an order must wait: all of an insolvent account, and what expands one under forced sale."""
    return risk_state == INSOLVENT or (risk_state == FORCED and kind in _EXPANDING)


@jit
def _buy(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    value = order.shares * order.price
    fees = order_fees(value, False, terms.costs)
    cost = value + total_fees(fees)
    if cost > available_cash(ledger):
        return _refused(_NO_CASH)
    ledger.account[0]["cash"] -= cost
    add_collateral(ledger, order.symbol, order.shares, order.shares, cost)
    return _done(order.shares, value, fees, 0.0)


@jit
def _sell(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    j = order.symbol
    if order.shares > ledger.collateral[j]:
        return _refused(_NO_SHARES)
    if order.shares > ledger.collateral[j] - ledger.bought_today[j]:
        return _refused(_T_PLUS_1)
    value = order.shares * order.price
    fees = order_fees(value, True, terms.costs)
    net = value - total_fees(fees)
    if net < 0.0 and available_cash(ledger) + net < 0.0:  # a few shares may not be worth the least commission
        return _refused(_NO_CASH)
    take_collateral(ledger, j, order.shares)
    ledger.account[0]["cash"] += net
    return _done(order.shares, value, fees, 0.0)


@jit
def _margin_refusal(ledger: Ledger, order: Order, price: Row, haircut: Row, terms: Terms) -> int:
    """Return why the account may not open a contract for `order`, or 0."""
    sums = totals(ledger, price)
    value = order.shares * order.price
    if maintenance_ratio(sums) < terms.warn_ratio:
        return _BELOW_WARNING_LINE
    drawn = value
    if order.kind == MARGIN_BUY and terms.finances_fees:
        drawn += total_fees(order_fees(value, False, terms.costs))
    if sums.principal + sums.short_value + drawn > terms.credit_line:
        return _CREDIT_LINE
    ratio = financing_ratio(terms, haircut[order.symbol])
    if order.kind == SHORT_SELL:
        ratio = terms.short_ratio
        if (
            contract_shares(ledger, SHORT, order.symbol, ledger.account[0]["today"] + 1) + order.shares
            > order.borrowable
        ):
            return _NO_BORROW
    if value * ratio > available_margin(ledger, price, haircut):
        return _NO_MARGIN
    return _DONE


@jit
def financing_ratio(terms: Terms, haircut: float) -> float:
    """Return the margin ratio of a financed purchase of a security with `haircut`: max(rule, base - haircut)."""
    return max(terms.financing_ratio, terms.financing_ratio_base - haircut)


@jit
def _concentration_refusal(ledger: Ledger, order: Order, price: Row, terms: Terms) -> int:
    """Return `CONCENTRATION` where the purchase would make one security too large a share of the assets, or 0.

    The tier is that of the maintenance ratio after the purchase; an account without debt has none.
    """
    if terms.tier_below.size == 0:
        return _DONE
    sums = totals(ledger, price)
    value = order.shares * order.price
    drawn = value if order.kind == MARGIN_BUY else 0.0
    debt_after = sums.principal + sums.short_value + sums.accrued + drawn
    assets = sums.cash + sums.long_value + drawn
    if debt_after <= 0.0:
        return _DONE
    held = ledger.collateral[order.symbol] + contract_shares(
        ledger, FINANCING, order.symbol, ledger.account[0]["today"] + 1
    )
    for k in range(terms.tier_below.size):
        if assets / debt_after < terms.tier_below[k]:
            is_too_much = held * price[order.symbol] + value > terms.tier_share[k] * assets
            return _CONCENTRATION if is_too_much else _DONE
    return _DONE


@jit
def _margin_buy(ledger: Ledger, order: Order, haircut: float, terms: Terms) -> Effect:
    value = order.shares * order.price
    fees = order_fees(value, False, terms.costs)
    own = 0.0 if terms.finances_fees else total_fees(fees)
    if own > 0.0 and own > available_cash(ledger):
        return _refused(_NO_CASH)
    ledger.account[0]["cash"] -= own
    principal = value + total_fees(fees) - own
    row = open_contract(
        ledger, FINANCING, order.symbol, order.shares, terms.financing_rate, financing_ratio(terms, haircut)
    )
    ledger.contracts[row]["opened_amount"] = principal
    ledger.contracts[row]["principal"] = principal
    ledger.contracts[row]["cost"] = principal + own
    return _done(order.shares, value, fees, 0.0)


@jit
def _short_sell(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    value = order.shares * order.price
    fees = order_fees(value, True, terms.costs)
    net = value - total_fees(fees)
    if net < 0.0 and available_cash(ledger) + net < 0.0:
        return _refused(_NO_CASH)
    row = open_contract(ledger, SHORT, order.symbol, order.shares, terms.borrow_rate, terms.short_ratio)
    ledger.contracts[row]["opened_amount"] = value
    ledger.contracts[row]["sell_amount"] = value
    ledger.contracts[row]["locked"] = max(net, 0.0)
    ledger.account[0]["cash"] += net
    return _done(order.shares, value, fees, 0.0)


@jit
def _sell_to_repay(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    """Sell financed shares (oldest contract first), then collateral; repay with what the fees leave."""
    j = order.symbol
    financed = contract_shares(ledger, FINANCING, j, ledger.account[0]["today"] + 1)
    if order.shares > financed + ledger.collateral[j]:
        return _refused(_NO_SHARES)
    sellable = contract_shares(ledger, FINANCING, j, ledger.account[0]["today"])
    if order.shares > sellable + ledger.collateral[j] - ledger.bought_today[j]:
        return _refused(_T_PLUS_1)
    value = order.shares * order.price
    fees = order_fees(value, True, terms.costs)
    net = value - total_fees(fees)
    if net < 0.0 and available_cash(ledger) + net < 0.0:
        return _refused(_NO_CASH)
    rest = order.shares
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == FINANCING and c["symbol"] == j and c["opened"] < ledger.account[0]["today"]:
            taken = min(c["shares"], rest)
            if taken > 0.0:
                c["cost"] *= (c["shares"] - taken) / c["shares"]
            c["shares"] -= taken
            rest -= taken
    take_collateral(ledger, j, rest)
    ledger.account[0]["cash"] += net
    interest, _ = pay_debt(ledger, max(net, 0.0), j, terms.day_count)
    return _done(order.shares, value, fees, interest)


@jit
def _repay(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    """Pay `order.amount` of own cash towards the debt, the oldest contract first, at most what is owed."""
    owed = debt(ledger, terms.day_count)
    if owed <= 0.0 or not order.amount > 0.0:
        return _refused(_NO_SHARES)
    amount = min(order.amount, owed)
    if amount > available_cash(ledger) + DUST:
        return _refused(_NO_CASH)
    interest, principal = pay_debt(ledger, amount, -1, terms.day_count)
    return _done(0.0, interest + principal, Fees(0.0, 0.0, 0.0), interest)


@jit
def _buy_to_return(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    """Buy whole lots and return `order.shares`; the excess (余券) becomes collateral."""
    reason = _return_refusal(ledger, order, terms)
    if reason != _DONE:
        return _refused(reason)
    bought = max(order.bought, order.shares)
    value = bought * order.price
    fees = order_fees(value, False, terms.costs)
    fee, released, owed = returned_part(ledger, order.symbol, order.shares, terms.day_count, False)
    cost = value + total_fees(fees)
    if cost + fee + owed > available_cash(ledger) + released:
        return _refused(_NO_CASH)
    returned_part(ledger, order.symbol, order.shares, terms.day_count, True)
    ledger.account[0]["cash"] -= cost + fee + owed
    excess = bought - order.shares
    add_collateral(ledger, order.symbol, excess, excess, cost * excess / bought)
    return _done(bought, value, fees, fee)


@jit
def _return_shares(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    j = order.symbol
    reason = _return_refusal(ledger, order, terms)
    if reason != _DONE:
        return _refused(reason)
    if order.shares > ledger.collateral[j]:
        return _refused(_NO_SHARES)
    if terms.cover_delay > 0 and order.shares > ledger.collateral[j] - ledger.bought_today[j]:
        return _refused(_T_PLUS_1)
    fee, released, owed = returned_part(ledger, order.symbol, order.shares, terms.day_count, False)
    if fee + owed > available_cash(ledger) + released:
        return _refused(_NO_CASH)
    returned_part(ledger, order.symbol, order.shares, terms.day_count, True)
    take_collateral(ledger, j, order.shares)
    ledger.bought_today[j] = min(ledger.bought_today[j], ledger.collateral[j])
    ledger.account[0]["cash"] -= fee + owed
    return _done(order.shares, 0.0, Fees(0.0, 0.0, 0.0), fee)


@jit
def _return_refusal(ledger: Ledger, order: Order, terms: Terms) -> int:
    if order.shares > contract_shares(ledger, SHORT, order.symbol, ledger.account[0]["today"] + 1):
        return _NO_SHARES
    if terms.cover_delay > 0:
        returnable = contract_shares(ledger, SHORT, order.symbol, ledger.account[0]["today"])
        if order.shares > returnable:
            return _T_PLUS_1
    return _DONE
