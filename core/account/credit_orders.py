"""The eight orders of a credit account, carried out.

Each order is judged at its fill, as asked (`order_refusals`); then it changes the account, or nothing at all.
What the market forbids (suspension, limits, lots, eligibility) is judged before, in `admission`.
"""

from ..kernels.jit import jit
from ..types import Refusal, Row
from .costs import Fees, order_fees, total_fees
from .credit import FINANCING, SHORT, Ledger, draw_proceeds
from .credit_contracts import (
    add_collateral,
    debt,
    open_contract,
    pay_debt,
    returned_part,
    take_collateral,
    take_financed,
)
from .order_refusals import account_refusal, financing_ratio, short_ratio
from .order_terms import BUY, BUY_TO_RETURN, MARGIN_BUY, REPAY, SELL, SELL_TO_REPAY, SHORT_SELL, Effect, Order, Terms
from .tax_lots import acquire, dispose

_DONE = int(Refusal.NONE)
_EXPIRED = int(Refusal.EXPIRED)


@jit
def _refused(reason: int) -> Effect:
    return Effect(reason, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@jit
def _done(shares: float, value: float, fees: Fees, interest: float, collateral: float) -> Effect:
    return Effect(_DONE, shares, value, fees.commission, fees.stamp_duty, fees.transfer_fee, interest, collateral)


@jit
def execute(ledger: Ledger, order: Order, price: Row, haircut: Row, terms: Terms) -> Effect:
    """Carry out `order` or refuse it.

    Parameters
    ----------
    ledger : Ledger
        Changed in place; needs room for one more contract (`with_capacity`).
    order : Order
        Judged as asked; then no more than `most` of it is traded.
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
    reason = account_refusal(ledger, order, price, haircut, terms)
    if reason == _DONE and order.most < max(order.shares, order.bought):
        order = _cut(order)
        reason = account_refusal(ledger, order, price, haircut, terms) if order.most > 0.0 else _EXPIRED
    if reason != _DONE:
        return _refused(reason)
    if order.kind == REPAY:
        return _repay(ledger, order, terms)
    if order.kind == BUY:
        return _buy(ledger, order, terms)
    if order.kind == SELL:
        return _sell(ledger, order, terms)
    if order.kind == MARGIN_BUY:
        return _margin_buy(ledger, order, haircut[order.symbol], terms)
    if order.kind == SHORT_SELL:
        return _short_sell(ledger, order, haircut[order.symbol], terms)
    if order.kind == SELL_TO_REPAY:
        return _sell_to_repay(ledger, order, terms)
    if order.kind == BUY_TO_RETURN:
        return _buy_to_return(ledger, order, terms)
    return _return_shares(ledger, order, terms)


@jit
def _cut(order: Order) -> Order:
    """Return the part of the order that the session's volume fills."""
    return Order(
        order.kind,
        order.symbol,
        min(order.shares, order.most),
        order.price,
        order.amount,
        min(order.bought, order.most),
        order.borrowable,
        order.is_forced,
        order.most,
    )


@jit
def _buy(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    value = order.shares * order.price
    fees = order_fees(order.shares, value, False, terms.costs)
    cost = value + total_fees(fees)
    ledger.account[0]["cash"] -= cost
    add_collateral(ledger, order.symbol, order.shares, order.shares, cost)
    acquire(ledger, order.symbol, order.shares, ledger.account[0]["today"])
    return _done(order.shares, value, fees, 0.0, order.shares)


@jit
def _sell(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    value = order.shares * order.price
    fees = order_fees(order.shares, value, True, terms.costs)
    take_collateral(ledger, order.symbol, order.shares)
    ledger.account[0]["cash"] += value - total_fees(fees) - dispose(ledger, order.symbol, order.shares, True)
    return _done(order.shares, value, fees, 0.0, order.shares)


@jit
def _margin_buy(ledger: Ledger, order: Order, haircut: float, terms: Terms) -> Effect:
    value = order.shares * order.price
    fees = order_fees(order.shares, value, False, terms.costs)
    own = 0.0 if terms.options.finances_fees else total_fees(fees)
    ledger.account[0]["cash"] -= own
    principal = value + total_fees(fees) - own
    row = open_contract(
        ledger, FINANCING, order.symbol, order.shares, terms.financing_rate, financing_ratio(terms, haircut)
    )
    ledger.contracts[row]["opened_amount"] = principal
    ledger.contracts[row]["principal"] = principal
    ledger.contracts[row]["cost"] = principal + own
    acquire(ledger, order.symbol, order.shares, ledger.account[0]["today"])
    return _done(order.shares, value, fees, 0.0, 0.0)


@jit
def _short_sell(ledger: Ledger, order: Order, haircut: float, terms: Terms) -> Effect:
    value = order.shares * order.price
    fees = order_fees(order.shares, value, True, terms.costs)
    net = value - total_fees(fees)
    ratio = short_ratio(terms, haircut)
    row = open_contract(ledger, SHORT, order.symbol, order.shares, terms.borrow_rate, ratio)
    ledger.contracts[row]["opened_amount"] = value
    ledger.contracts[row]["sell_amount"] = value
    ledger.contracts[row]["locked"] = max(net, 0.0)
    ledger.account[0]["cash"] += net
    return _done(order.shares, value, fees, 0.0, 0.0)


@jit
def _sell_to_repay(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    """Sell financed shares (oldest contract first), then collateral; repay with what fees and dividend tax leave."""
    j = order.symbol
    value = order.shares * order.price
    fees = order_fees(order.shares, value, True, terms.costs)
    net = value - total_fees(fees) - dispose(ledger, j, order.shares, True)
    rest = take_financed(ledger, j, order.shares, ledger.account[0]["today"])
    take_collateral(ledger, j, rest)
    ledger.account[0]["cash"] += net
    interest, _ = pay_debt(ledger, max(net, 0.0), j, terms.day_count)
    return _done(order.shares, value, fees, interest, rest)


@jit
def _repay(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    """Pay `order.amount` of own cash towards the debt, the oldest contract first, at most what is owed."""
    amount = min(order.amount, debt(ledger, terms.day_count))
    interest, principal = pay_debt(ledger, amount, -1, terms.day_count)
    return _done(0.0, interest + principal, Fees(0.0, 0.0, 0.0), interest, 0.0)


@jit
def _buy_to_return(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    """Buy whole lots and return `order.shares`; the excess (余券) becomes collateral."""
    bought = max(order.bought, order.shares)
    value = bought * order.price
    fees = order_fees(bought, value, False, terms.costs)
    cost = value + total_fees(fees)
    fee, _, owed = returned_part(ledger, order.symbol, order.shares, terms.day_count, True)
    ledger.account[0]["cash"] -= cost + fee + owed
    draw_proceeds(ledger)
    excess = bought - order.shares
    add_collateral(ledger, order.symbol, excess, excess, cost * excess / bought)
    acquire(ledger, order.symbol, excess, ledger.account[0]["today"])
    return _done(bought, value, fees, fee, excess)


@jit
def _return_shares(ledger: Ledger, order: Order, terms: Terms) -> Effect:
    """Return own shares, then financed ones, whose contract keeps its debt; those of today only where T+1 is not.

    Source: SSE and SZSE margin trading rules, 直接还券: they know no difference between the shares of an account.
    """
    j, is_delayed = order.symbol, terms.cover_delay > 0
    fee, _, owed = returned_part(ledger, j, order.shares, terms.day_count, True)
    own = ledger.collateral[j] - (ledger.bought_today[j] if is_delayed else 0.0)
    own = min(own, order.shares)
    take_financed(ledger, j, order.shares - own, ledger.account[0]["today"] + (0 if is_delayed else 1))
    take_collateral(ledger, j, own)
    ledger.bought_today[j] = min(ledger.bought_today[j], ledger.collateral[j])
    ledger.account[0]["cash"] -= fee + owed + dispose(ledger, j, order.shares, True)
    draw_proceeds(ledger)
    return _done(order.shares, 0.0, Fees(0.0, 0.0, 0.0), fee, own)
