"""What a forced sale (强制平仓) sells, and how much.

Selecting is apart from executing: `next_forced_order` names one order after another, whoever runs the session carries
it out like any other order (suspension, limits, lots, fees) and marks the security as tried. So both engines and any
future executor share the selection.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.options import code
from ..kernels.jit import jit
from ..types import OrderKind, Row
from .admission import lots_above
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
    payable,
    totals,
)
from .credit_contracts import payable_interest
from .ended_securities import owes_money
from .recalled_shares import due_shares
from .sale_size import Dealing, Need, SaleRule, cash_missing, shares_to_cover, shares_to_sell

LARGEST_FIRST = code("forced_sale", "largest")
LOSERS_FIRST = code("forced_sale", "losers")
PRO_RATA = code("forced_sale", "pro_rata")
CASH_FIRST = code("forced_sale_cash", "first")

_SELL = int(OrderKind.SELL)
_SELL_TO_REPAY = int(OrderKind.SELL_TO_REPAY)
_REPAY = int(OrderKind.REPAY)
_BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)

_CENT = 0.01  # CNY; less is not repaid
_HAIR = 1e-9  # a ratio this near to a line, relatively, is on it: binary noise sells no further lot


class Choice(NamedTuple):
    """One forced order; `shares` 0 = nothing is left to do."""

    kind: int
    symbol: int
    shares: float


@jit
def is_restored(sums: Totals, rule: SaleRule) -> bool:
    """Tell whether the maintenance ratio is at the restore line or above."""
    return maintenance_ratio(sums) >= rule.restore * (1.0 - _HAIR)


@jit
def sale_to_restore(assets: float, debt: float, restore: float) -> float:
    """Return the value x of a sale that repays x and brings assets over debt to `restore`: (R D - A) / (R - 1)."""
    return max((restore * debt - assets) / (restore - 1.0), 0.0)


@jit
def next_forced_order(ledger: Ledger, price: Row, deal: Dealing, rule: SaleRule, tried: NDArray[np.bool_]) -> Choice:
    """Return the next order of a forced sale; `shares` is CNY for a repayment.

    Parameters
    ----------
    ledger : Ledger
        Before the order.
    price : float64 (N,)
        CNY per share at which the account is valued at this fill.
    deal : Dealing
    rule : SaleRule
    tried : bool (2, N)
        Long (0) and short (1) positions that this session's forced sale has tried already; each is tried once.

    Notes
    -----
    Available cash repays (where it goes first), then longs are sold while financing debt remains, then shorts are
    bought back; a cover that the cash does not reach sells longs first. An insolvent account sells everything, buys
    back what the cash pays, and repays with what is left; that it cannot pay for a cover is said once.
    """
    sums = totals(ledger, price)
    sells_all = ledger.account[0]["risk_state"] == INSOLVENT
    if not sells_all and is_restored(sums, rule):
        return Choice(_SELL, -1, 0.0)
    owed = _financing_debt(ledger, ledger.account[0]["open_contracts"])
    if owed > 0.0 and rule.options.forced_sale_cash == CASH_FIRST and not sells_all:
        cash = _cash_to_repay(ledger, sums, owed, rule)
        if cash > _CENT:
            return Choice(_REPAY, -1, cash)
    if owed > 0.0 or sells_all:
        kind = _SELL_TO_REPAY if owed > 0.0 else _SELL
        debt = sums.principal + sums.short_value + sums.accrued
        need = Need(np.inf if sells_all else np.nan, sums.cash + sums.long_value, debt, owed)
        choice = _long_to_sell(ledger, price, deal, rule, tried[0], kind, need)
        if choice.shares > 0.0:
            return choice
    choice = _short_to_cover(ledger, price, deal, rule, tried, sums)
    cash = available_cash(ledger)
    if choice.shares <= 0.0 and sells_all and owed > 0.0 and cash > _CENT:
        return Choice(_REPAY, -1, min(cash, owed))
    return choice


@jit
def _cash_to_repay(ledger: Ledger, sums: Totals, owed: float, rule: SaleRule) -> float:
    """Return the available cash, in CNY, whose repayment the restore line asks for."""
    debt = sums.principal + sums.short_value + sums.accrued
    needed = np.ceil(sale_to_restore(sums.cash + sums.long_value, debt, rule.restore) * 100.0 - 1e-6) / 100.0
    return min(min(available_cash(ledger), owed), needed)


@jit
def next_due_order(
    ledger: Ledger, identity: int, price: Row, deal: Dealing, rule: SaleRule, tried: NDArray[np.bool_]
) -> Choice:
    """Return the next order that closes the contract with id `identity`; `shares` is CNY for a repayment.

    Notes
    -----
    Financing: its shares are sold, then own cash repays, then other long positions are sold. Short: its shares, or
    those of them that were recalled, are bought and returned, long positions being sold where the cash does not reach;
    of one whose security ended the money that it owes is raised.
    Arguments as in `next_forced_order`.
    """
    row = _row_of(ledger, identity)
    if row < 0:
        return Choice(_SELL, -1, 0.0)
    c = ledger.contracts[row]
    j = c["symbol"]
    if owes_money(ledger, row):
        missing = c["accrued"] + c["compensation"] - payable(ledger, c["locked"], rule.proceeds_pay)
        need = Need(missing, 0.0, 0.0, 0.0)
        none = Choice(_SELL, -1, 0.0)
        return _long_to_sell(ledger, price, deal, rule, tried[0], _SELL, need) if missing > 0.0 else none
    if c["kind"] == SHORT:
        owed = contract_shares(ledger, SHORT, j, ledger.account[0]["today"])
        shares = due_shares(ledger, row)
        if tried[1, j] or shares <= 0.0:
            return Choice(_SELL, -1, 0.0)
        return _cover(ledger, price, deal, rule, tried, j, shares, owed)
    if c["shares"] > 0.0 and not tried[0, j]:
        return Choice(_SELL_TO_REPAY, j, _in_lots(c["shares"], _sellable(ledger, j, _SELL_TO_REPAY), deal, j))
    cash = available_cash(ledger)
    owed = _financing_debt(ledger, row + 1)  # a repayment pays the older contracts first
    if cash > _CENT:
        return Choice(_REPAY, j, min(cash, owed))
    # Collateral is sold for cash first: a sale to repay would pay the loans of the security that it sells.
    need = Need(owed, 0.0, 0.0, 0.0)
    raised = _long_to_sell(ledger, price, deal, rule, tried[0], _SELL, need)
    if raised.shares > 0.0:
        return raised
    return _long_to_sell(ledger, price, deal, rule, tried[0], _SELL_TO_REPAY, need)


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
            owed += c["principal"] + payable_interest(ledger, c["accrued"])
    return owed


@jit
def _sellable(ledger: Ledger, j: int, kind: int) -> float:
    """Return the shares that an order of `kind` may sell today: collateral, and financed ones where it repays."""
    free = ledger.collateral[j] - ledger.bought_today[j]
    return free if kind == _SELL else free + contract_shares(ledger, FINANCING, j, ledger.account[0]["today"])


@jit
def _long_to_sell(
    ledger: Ledger, price: Row, deal: Dealing, rule: SaleRule, tried: NDArray[np.bool_], kind: int, need: Need
) -> Choice:
    """Return the sale of the long position that comes first, of what the need asks for where it holds as much."""
    best, best_score, value_of_all = -1, -np.inf, 0.0
    for j in range(tried.size):
        if tried[j]:
            continue
        shares = _sellable(ledger, j, kind)
        value = shares * price[j] if shares > 0.0 else 0.0
        if value <= 0.0:
            continue
        value_of_all += value
        score = value if rule.options.forced_sale == LARGEST_FIRST else -_gain(ledger, j, price[j])
        if rule.options.forced_sale == PRO_RATA:
            score = -1.0 * j
        if score > best_score:
            best, best_score = j, score
    if best < 0:
        return Choice(kind, -1, 0.0)
    shares = _sellable(ledger, best, kind)
    if np.isinf(need.cash):
        return Choice(kind, best, shares)
    minimum, step, part = deal.minimum[best], deal.step[best], 1.0
    if rule.options.forced_sale == PRO_RATA:  # its part of what would have to be sold, in single shares
        minimum, step, part = 1.0, 1.0, shares * price[best] / value_of_all
    needed = shares_to_sell(best, price[best], minimum, step, deal, rule, need) * part
    return Choice(kind, best, _in_lots(needed, shares, deal, best))


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
def _in_lots(needed: float, held: float, deal: Dealing, j: int) -> float:
    """Return the shares to trade for at least `needed` of `held`: whole lots, or all that is held."""
    if needed >= held:
        return held
    return min(lots_above(needed * (1.0 - 1e-12), deal.minimum[j], deal.step[j]), held)


@jit
def _short_to_cover(
    ledger: Ledger, price: Row, deal: Dealing, rule: SaleRule, tried: NDArray[np.bool_], sums: Totals
) -> Choice:
    """Return the cover of the largest short position, or the sale of a long one that pays for it."""
    while True:
        best, best_value = -1, 0.0
        for j in range(tried.shape[1]):
            owed = 0.0 if tried[1, j] else contract_shares(ledger, SHORT, j, ledger.account[0]["today"])
            if owed > 0.0 and owed * price[j] > best_value:
                best, best_value = j, owed * price[j]
        if best < 0:
            return Choice(_BUY_TO_RETURN, -1, 0.0)
        owed = shares = contract_shares(ledger, SHORT, best, ledger.account[0]["today"])
        if ledger.account[0]["risk_state"] != INSOLVENT:
            shares = shares_to_cover(ledger, best, price[best], owed, deal, rule, sums)
        choice = _cover(ledger, price, deal, rule, tried, best, shares, owed)
        if choice.shares > 0.0:
            return choice
        tried[1, best] = True


@jit
def _cover(
    ledger: Ledger,
    price: Row,
    deal: Dealing,
    rule: SaleRule,
    tried: NDArray[np.bool_],
    j: int,
    shares: float,
    owed: float,
) -> Choice:
    """Return the purchase of `shares` of `owed` in `j`, the sale that pays for it, or what the cash can pay."""
    missing = cash_missing(ledger, j, shares, price[j], deal, rule)
    if missing <= 0.0:
        return Choice(_BUY_TO_RETURN, j, shares)
    raised = _long_to_sell(ledger, price, deal, rule, tried[0], _SELL, Need(missing, 0.0, 0.0, 0.0))
    if raised.shares > 0.0:
        return raised
    minimum, step = deal.minimum[j], deal.step[j]
    low, high = -1.0, np.ceil(max(shares - minimum, 0.0) / step)  # steps above the minimum; the cash reaches `low`
    while high - low > 1.0:
        middle = np.floor((low + high) / 2.0)
        if cash_missing(ledger, j, min(minimum + middle * step, owed), price[j], deal, rule) <= 0.0:
            low = middle
        else:
            high = middle
    if low >= 0.0:
        return Choice(_BUY_TO_RETURN, j, min(minimum + low * step, owed))
    # Where nothing can be paid the order is submitted all the same, so that its refusal is seen; a hopeless one once.
    return Choice(_BUY_TO_RETURN, j, 0.0 if _was_said(ledger, j) else owed)


@jit
def _was_said(ledger: Ledger, j: int) -> bool:
    """Tell whether it was said before that the insolvent account cannot pay for shares owed in `j`; note that it is."""
    was_said = ledger.account[0]["risk_state"] == INSOLVENT
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == SHORT and c["symbol"] == j and c["closed"] == NOT_CLOSED:
            was_said = was_said and c["unpaid"] == 1
            c["unpaid"] = 1 if ledger.account[0]["risk_state"] == INSOLVENT else 0
    return was_said
