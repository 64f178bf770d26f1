"""Why a credit account cannot carry out an order: cash, margin, shares, T+1, lines. Nothing is changed here."""

from ..kernels.jit import jit
from ..types import Refusal, Row
from .concentration import allowed_share
from .costs import order_fees, total_fees
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
    payable,
    shares_held,
    totals,
)
from .credit_contracts import can_repay, debt, returned_part
from .order_terms import BUY, BUY_TO_RETURN, MARGIN_BUY, REPAY, SELL, SELL_TO_REPAY, SHORT_SELL, Order, Terms

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


@jit
def account_refusal(ledger: Ledger, order: Order, price: Row, haircut: Row, terms: Terms) -> int:
    """Return the `Refusal` by which the account cannot carry out `order` in full, or 0.

    Parameters
    ----------
    ledger : Ledger
    order : Order
    price, haircut : float64 (N,)
        As in `execute`.
    terms : Terms
    """
    if not order.is_forced and _is_frozen(ledger.account[0]["risk_state"], order.kind):
        return _FROZEN
    if order.kind == REPAY:
        return _repayment_refusal(ledger, order, terms)
    if not order.shares > 0.0:
        return _NO_SHARES
    if order.kind == BUY or order.kind == MARGIN_BUY:
        reason = _concentration_refusal(ledger, order, price, terms)
        if reason != _DONE:
            return reason
    if order.kind == BUY:
        return _cash_refusal(ledger, order, terms)
    if order.kind == MARGIN_BUY or order.kind == SHORT_SELL:
        reason = _margin_refusal(ledger, order, price, haircut, terms)
        return _cash_refusal(ledger, order, terms) if reason == _DONE else reason
    if order.kind == SELL or order.kind == SELL_TO_REPAY:
        reason = _sale_refusal(ledger, order)
        return _cash_refusal(ledger, order, terms) if reason == _DONE else reason
    reason = _return_refusal(ledger, order, terms)
    return _settlement_refusal(ledger, order, terms) if reason == _DONE else reason


@jit
def _is_frozen(risk_state: int, kind: int) -> bool:
    """Tell whether an order must wait: all of an insolvent account, and what expands one under forced sale."""
    return risk_state == INSOLVENT or (risk_state == FORCED and kind in _EXPANDING)


@jit
def _cash_refusal(ledger: Ledger, order: Order, terms: Terms) -> int:
    """Return `NO_CASH` where available cash does not pay what the order takes beside borrowed money, or 0.

    A few shares may not be worth the least commission of their sale.
    """
    value = order.shares * order.price
    is_sale = order.kind != BUY and order.kind != MARGIN_BUY
    cost = total_fees(order_fees(order.shares, value, is_sale, terms.costs))
    if order.kind == MARGIN_BUY:
        cost = 0.0 if terms.options.finances_fees else cost
    else:
        cost += -value if is_sale else value
    return _NO_CASH if cost > 0.0 and cost > available_cash(ledger) else _DONE


@jit
def _sale_refusal(ledger: Ledger, order: Order) -> int:
    """Return why the shares of a sale are not there today: none held, or bought today (T+1)."""
    j, today = order.symbol, ledger.account[0]["today"]
    held = ledger.collateral[j]
    sellable = held - ledger.bought_today[j]
    if order.kind == SELL_TO_REPAY:
        held += contract_shares(ledger, FINANCING, j, today + 1)
        sellable += contract_shares(ledger, FINANCING, j, today)
    if order.shares > held:
        return _NO_SHARES
    return _T_PLUS_1 if order.shares > sellable else _DONE


@jit
def _margin_refusal(ledger: Ledger, order: Order, price: Row, haircut: Row, terms: Terms) -> int:
    """Return why the account may not open a contract for `order`, or 0."""
    sums = totals(ledger, price)
    value = order.shares * order.price
    if maintenance_ratio(sums) < terms.options.warn:
        return _BELOW_WARNING_LINE
    drawn = value
    if order.kind == MARGIN_BUY and terms.options.finances_fees:
        drawn += total_fees(order_fees(order.shares, value, False, terms.costs))
    if sums.principal + sums.short_value + drawn > terms.options.credit_line:
        return _CREDIT_LINE
    ratio = financing_ratio(terms, haircut[order.symbol])
    if order.kind == SHORT_SELL:
        ratio = short_ratio(terms, haircut[order.symbol])
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
    return max(terms.financing_ratio, terms.options.financing_ratio_base - haircut)


@jit
def short_ratio(terms: Terms, haircut: float) -> float:
    """Return the margin ratio of a short sale of a security with `haircut`: max(rule, base - haircut)."""
    return max(terms.short_ratio, terms.options.short_ratio_base - haircut)


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
    allowed = allowed_share(assets / debt_after, terms.tier_below, terms.tier_share)
    return _CONCENTRATION if held * price[order.symbol] + value > allowed * assets else _DONE


@jit
def _repayment_refusal(ledger: Ledger, order: Order, terms: Terms) -> int:
    """Return why own cash cannot repay `order.amount`, or what is owed where that is less; 0 where it can."""
    owed = debt(ledger, terms.day_count)
    if owed <= 0.0 or not order.amount > 0.0:
        return _NO_SHARES
    amount = min(order.amount, owed)
    return _DONE if can_repay(ledger, amount, terms.day_count, terms.proceeds_pay) else _NO_CASH


@jit
def _return_refusal(ledger: Ledger, order: Order, terms: Terms) -> int:
    """Return why `order.shares` cannot be returned: not owed, owed since today only, or not held for it; 0 = can."""
    j, today = order.symbol, ledger.account[0]["today"]
    if order.shares > contract_shares(ledger, SHORT, j, today + 1):
        return _NO_SHARES
    if terms.cover_delay > 0 and order.shares > contract_shares(ledger, SHORT, j, today):
        return _T_PLUS_1
    if order.kind == BUY_TO_RETURN:
        return _DONE
    if order.shares > shares_held(ledger, j, terms.options.return_financed):
        return _NO_SHARES
    old = ledger.collateral[j] - ledger.bought_today[j]
    if terms.options.return_financed:
        old += contract_shares(ledger, FINANCING, j, today)
    return _T_PLUS_1 if terms.cover_delay > 0 and order.shares > old else _DONE


@jit
def _settlement_refusal(ledger: Ledger, order: Order, terms: Terms) -> int:
    """Return `NO_CASH` where the account cannot pay for a return: purchase, borrow fee and dividends owed; else 0."""
    cost = 0.0
    if order.kind == BUY_TO_RETURN:
        bought = max(order.bought, order.shares)
        cost = bought * order.price
        cost += total_fees(order_fees(bought, cost, False, terms.costs))
    fee, released, owed = returned_part(ledger, order.symbol, order.shares, terms.day_count, False)
    return _NO_CASH if cost + fee + owed > payable(ledger, released, terms.proceeds_pay) else _DONE
