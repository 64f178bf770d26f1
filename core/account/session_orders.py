"""The orders of a compiled session: forced sales at its open, then those of the last decision."""

from typing import NamedTuple

import numpy as np

from ..kernels.jit import lean, lean_inlined
from ..types import Cause, OrderKind, Refusal
from .admission import admit, lots_above
from .corporate_actions import TAXED
from .credit import (
    FORCED,
    INSOLVENT,
    SHORT,
    Ledger,
    contract_shares,
    shares_held,
    totals,
)
from .credit_orders import execute
from .forced_sales import Choice, is_restored, next_due_order, next_forced_order
from .order_terms import Effect, Order
from .quotes import (
    dealing_prices,
    lots,
    may_owe,
    quote_at,
    volume_cap,
)
from .run_state import (
    Filled,
    Run,
    note_entitlement,
    note_fill,
    note_forced,
    note_refusal,
)
from .sale_size import Dealing
from .schedule import ANY, sale_rule_on
from .schedule import borrowed_terms_on as terms_on

_REPAY = int(OrderKind.REPAY)
_SELL_TO_REPAY = int(OrderKind.SELL_TO_REPAY)
_SHORT_SELL = int(OrderKind.SHORT_SELL)
_BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)
_MAINTENANCE = int(Cause.MAINTENANCE)
_INSOLVENT = int(Cause.INSOLVENT)
_NONE = int(Refusal.NONE)
_EXPIRED = int(Refusal.EXPIRED)


class Wish(NamedTuple):
    """One order as it meets the market."""

    kind: int
    symbol: int  # -1 = none
    size: float  # shares to trade; CNY of a repayment
    asked: float  # shares that a cover returns, else `size`
    is_forced: bool


@lean_inlined
def is_forced(run: Run) -> bool:
    """Tell whether this open sells by force."""
    return run.state.count[1] > 0 or run.state.ledger.account[0]["risk_state"] in (FORCED, INSOLVENT)


@lean
def force_all(run: Run, t: int) -> None:
    """Close the contracts that fell due, then sell until the ratio is back or every position was tried."""
    if not is_forced(run):
        return
    state, account = run.state, run.state.ledger.account[0]
    deal, rule = _dealing(run, t), sale_rule_on(run.schedule, t)
    for i in range(state.count[1]):
        state.tried[:] = False
        while True:
            choice = next_due_order(state.ledger, state.due[i], state.priced, deal, rule, state.tried)
            if choice.shares <= 0.0 or not _carry_out(run, t, choice, state.why_due[i]):
                break
    if account["risk_state"] not in (FORCED, INSOLVENT):
        return
    state.tried[:] = False
    cause = _INSOLVENT if account["risk_state"] == INSOLVENT else _MAINTENANCE
    while True:
        choice = next_forced_order(state.ledger, state.priced, deal, rule, state.tried)
        if choice.shares <= 0.0:
            account["unsold"] = 0 if is_restored(totals(state.ledger, state.priced), rule) else 1
            return
        if not _carry_out(run, t, choice, cause):
            account["unsold"] = 1
            return


@lean_inlined
def _dealing(run: Run, t: int) -> Dealing:
    """Fill the scratch rows of the day with lots and prices, and return them."""
    state, market = run.state, run.market
    for j in range(state.price.size):
        state.priced[j] = 0.0 if np.isnan(state.price[j]) else state.price[j]
    lots(market, t, state.book.lot_minimum, state.book.lot_step)
    dealing_prices(market, t, run.schedule.options.slippage, state.sold_at, state.bought_at)
    return Dealing(state.book.lot_minimum, state.book.lot_step, state.sold_at, state.bought_at, market.fee_class)


@lean
def _carry_out(run: Run, t: int, choice: Choice, cause: int) -> bool:
    """Fill one forced order at once; return whether another may follow."""
    kind, j, state = choice.kind, choice.symbol, run.state
    size = choice.shares
    if kind == _BUY_TO_RETURN:
        size = lots_above(size, state.book.lot_minimum[j], state.book.lot_step[j])
    if kind != _REPAY:
        state.tried[1 if kind == _BUY_TO_RETURN else 0, j] = True
    fill = _meet(run, t, Wish(kind, j, size, choice.shares, True))
    fill = Filled(min(fill.done, choice.shares), fill.price, fill.reason)
    note_forced(run.log, t, cause, kind, -1 if kind == _REPAY else j, choice.shares, fill)
    return fill.done > 0.0 or kind != _REPAY


@lean
def fill_all(run: Run, t: int) -> None:
    """Have the orders of the last decision meet the market, one by one."""
    state = run.state
    for i in range(state.count[0]):
        kind, j, size = state.pending.kind[i], state.pending.symbol[i], state.size[i]
        _meet(run, t, Wish(kind, j, size, state.pending.amount[i], False))
    state.count[0] = 0


@lean_inlined
def _meet(run: Run, t: int, wish: Wish) -> Filled:
    """Ask the market, then the account, and note what came of it."""
    state, ledger, j = run.state, run.state.ledger, wish.symbol
    reason, most, price, borrowable, of_class, asked = _NONE, wish.size, 0.0, 0.0, ANY, wish.asked
    if wish.kind != _REPAY:
        cap = volume_cap(run.market, t, j) - state.traded[j]
        held = shares_held(ledger, j, wish.kind == _SELL_TO_REPAY)
        quote = quote_at(run.market, t, j)
        if wish.kind == _BUY_TO_RETURN:
            asked = _returned(ledger, j, asked, quote.lot_minimum, quote.lot_step)
        reason, most, price = admit(wish.kind, wish.size, asked, held, cap, run.schedule.options.slippage, quote)
        of_class = run.market.fee_class[j]
        if wish.kind == _SHORT_SELL:
            owed = contract_shares(ledger, SHORT, j, ledger.account[0]["today"])
            borrowable = may_owe(run.market, t, j, owed)
    if reason == _NONE:
        terms = terms_on(run.schedule, t, of_class, j)
        shares = min(wish.size, asked)
        order = Order(wish.kind, j, shares, price, wish.size, wish.size, borrowable, wish.is_forced, most)
        effect = execute(ledger, order, state.price, state.haircut, terms)
        reason = effect.refusal
        if reason == _NONE:
            note_tax(run, t, j, effect.shares)
            return _note(run, t, wish, asked, price, effect)
    if not wish.is_forced:
        note_refusal(run.log, t, wish.kind, j, 0.0 if wish.kind == _REPAY else asked, reason)
    return Filled(0.0, np.nan, reason)


@lean
def _returned(ledger: Ledger, symbol: int, asked: float, minimum: float, step: float) -> float:
    """Return how many shares a purchase of `asked` returns: what is owed where that is less than its last lot."""
    owed = contract_shares(ledger, SHORT, symbol, ledger.account[0]["today"] + 1)
    return owed if 0.0 < owed < asked <= lots_above(owed, minimum, step) else asked


@lean_inlined
def note_tax(run: Run, t: int, j: int, shares: float) -> None:
    """Note the tax on dividends that a sale of `shares` paid, where it paid any."""
    account = run.state.ledger.account[0]
    if account["taxed"] > 0.0:
        note_entitlement(run.log, t, j, TAXED, shares, np.nan, -account["taxed"])
        account["taxed"] = 0.0


@lean_inlined
def _note(run: Run, t: int, wish: Wish, asked: float, price: float, effect: Effect) -> Filled:
    """Note an order that was carried out; a rest that met no volume expires."""
    if wish.kind == _REPAY:
        note_fill(run.log, t, wish.kind, -1, price, effect, wish.is_forced)
        return Filled(wish.size, np.nan, _NONE)
    run.state.traded[wish.symbol] += effect.shares
    note_fill(run.log, t, wish.kind, wish.symbol, price, effect, wish.is_forced)
    rest = wish.size - effect.shares
    if rest != 0.0 and not wish.is_forced:
        note_refusal(run.log, t, wish.kind, wish.symbol, asked - min(effect.shares, asked), _EXPIRED)
    return Filled(effect.shares, price, _NONE if rest == 0.0 else _EXPIRED)
