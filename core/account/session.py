"""The compiled engine: the day loop over target weights, out of the functions that the backtrader broker calls.

One session follows `steps.STEPS`: a function for each of them, under its name.
"""

from typing import NamedTuple

import numpy as np

from ..kernels.jit import lean, lean_inlined
from ..types import MarginEvent, OrderKind, Refusal
from .admission import admit, lots_above
from .calls import event_amount, is_due_at_once, judge_close
from .cash_interest import credit_interest
from .corporate_actions import apply_action
from .credit import (
    FORCED,
    INSOLVENT,
    SHORT,
    Totals,
    available_cash,
    available_margin,
    contract_shares,
    equity,
    maintenance_ratio,
    shares_held,
    start_session,
    sweep,
    totals,
)
from .credit_contracts import post_interest, settle_extended
from .credit_orders import execute
from .due_contracts import judge_contracts, tell_recalls
from .forced_sales import Choice, is_restored, next_due_order, next_forced_order
from .held_positions import note_positions
from .order_terms import Effect, Order
from .quotes import (
    borrowable_row,
    dealing_prices,
    fill_marks,
    haircuts,
    is_listed,
    lots,
    may_owe,
    quote_at,
    volume_cap,
)
from .run_state import (
    DUE,
    INSOLVENCY,
    MAINTENANCE,
    NO_DAY,
    Filled,
    Run,
    note_credit,
    note_dividend,
    note_event,
    note_fill,
    note_forced,
    note_refusal,
)
from .sale_size import Dealing
from .schedule import ANY, charges_on, lines_on, sale_rule_on
from .schedule import borrowed_terms_on as terms_on
from .session_flows import move_all
from .target_orders import Book, holdings, is_empty, plan, purchase_fee_rate

_REPAY = int(OrderKind.REPAY)
_SELL_TO_REPAY = int(OrderKind.SELL_TO_REPAY)
_BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)
_NONE = int(Refusal.NONE)
_NO_SHARES = int(Refusal.NO_SHARES)
_EXPIRED = int(Refusal.EXPIRED)
_CALL = int(MarginEvent.CALL)
_NO_EVENT = int(MarginEvent.NONE)


class Wish(NamedTuple):
    """One order as it meets the market."""

    kind: int
    symbol: int  # -1 = none
    size: float  # shares to trade; CNY of a repayment
    asked: float  # shares that a cover returns, else `size`
    is_forced: bool


@lean
def simulate(run: Run, first: int, last: int) -> int:
    """Run the sessions from `first` up to `last` and return the next one.

    Parameters
    ----------
    run : Run
        State and log are changed in place.
    first, last : int
        Sessions; below `last` is returned where contracts or tables have no room for the next session: make room
        and call again from there.
    """
    for t in range(first, last):
        if not _has_room(run, t):
            return t
        _move(run, t)
        _accrue(run, t)
        _act(run, t)
        _post(run, t)
        _open(run, t)
        _force(run, t)
        _fill(run, t)
        sums = _mark(run, t)
        _judge(run, t, sums)
        _fall_due(run, t)
        _decide(run, t)
    return last


@lean_inlined
def _is_forced(run: Run) -> bool:
    """Tell whether this open sells by force."""
    return run.state.count[1] > 0 or run.state.ledger.account[0]["risk_state"] in (FORCED, INSOLVENT)


@lean_inlined
def _has_room(run: Run, t: int) -> bool:
    """Tell whether contracts and tables have room for whatever session `t` may bring."""
    state, log, tally = run.state, run.log, run.log.tally[0]
    account = state.ledger.account[0]
    contracts, pending = account["open_contracts"] + state.count[0], state.count[0]
    if contracts > state.ledger.contracts.size:
        return False
    # Every position is tried once by maintenance and once for each due contract, and what a sale brings is repaid.
    positions = account["held"] + account["open_contracts"] + 1
    forced = (state.count[1] + 1) * (3 * positions + 4) if _is_forced(run) else 0
    setting = run.setting
    actions = setting.action_from[t + 1] - setting.action_from[t]
    recalls = setting.recall_from[t + 1] - setting.recall_from[t]
    flows = setting.flow_from[t + 1] - setting.flow_from[t] + 1
    return (
        _fits(tally["fills"] + 1 + forced + pending, log.fills.size)
        and _fits(tally["refusals"] + pending, log.refusals.size)
        and _fits(tally["events"] + 2 + flows + (3 + recalls) * contracts, log.events.size)
        and _fits(tally["forced"] + forced, log.forced.size)
        and _fits(tally["dividends"] + actions, log.dividends.size)
        and _fits(tally["credits"] + 1, log.credits.size)
        and _fits(tally["closed"] + contracts, log.closed.size)
        and _fits(tally["flows"] + flows, log.flows.size)
        and _fits(tally["positions"] + state.ledger.collateral.size, log.positions.size)
    )


@lean_inlined
def _fits(rows: int, size: int) -> bool:
    """Tell whether a table has room for so many rows; one of no size is counted only."""
    return size == 0 or rows <= size


# ---- before the open ------------------------------------------------------------------------------------------------


@lean
def _move(run: Run, t: int) -> None:
    move_all(run, t)


@lean_inlined
def _accrue(run: Run, t: int) -> None:
    marks, schedule = run.market.marks[t - 1] if t > 0 else run.market.before, run.schedule
    today, due, year = schedule.day[t], schedule.due[t], schedule.day_count[t]
    start_session(run.state.ledger, today, due, year, marks, schedule.options, charges_on(schedule, t))


@lean_inlined
def _act(run: Run, t: int) -> None:
    setting, ledger, options = run.setting, run.state.ledger, run.schedule.options
    for i in range(setting.action_from[t], setting.action_from[t + 1]):
        j = setting.action_symbol[i]
        effect = apply_action(ledger, j, setting.action_cash[i], setting.action_ratio[i], options)
        if effect.received != 0.0 or effect.owed != 0.0:
            note_dividend(run.log, j, effect.received, effect.owed)


@lean_inlined
def _post(run: Run, t: int) -> None:
    ledger, posts, posted = run.state.ledger, run.schedule.posts[t], 0.0
    if run.schedule.rates.credits[t]:
        of_cash, of_proceeds = credit_interest(ledger)
        if of_cash + of_proceeds > 0.0:
            note_credit(run.log, t, of_cash, of_proceeds)
    if posts:
        posted = post_interest(ledger, run.schedule.proceeds_pay[t])
    elif ledger.account[0]["settling"] > 0:
        posted = settle_extended(ledger, run.schedule.proceeds_pay[t])
    if posted > 0.0:
        effect = Effect(0, 0.0, posted, 0.0, 0.0, 0.0, posted)
        note_fill(run.log, t, _REPAY, -1, 0.0, effect, False)


@lean_inlined
def _open(run: Run, t: int) -> None:
    """Fill the rows of the prices and haircuts at which the orders of this session are judged, where there are any."""
    state = run.state
    if state.count[0] > 0 or _is_forced(run):
        state.traded[:] = 0.0
        fill_marks(run.market, t, state.price)
        haircuts(run.market, t, state.haircut)


@lean
def _force(run: Run, t: int) -> None:
    """Close the contracts that fell due, then sell until the ratio is back or every position was tried."""
    if not _is_forced(run):
        return
    state, account = run.state, run.state.ledger.account[0]
    deal, rule = _dealing(run, t), sale_rule_on(run.schedule, t)
    for i in range(state.count[1]):
        state.tried[:] = False
        while True:
            choice = next_due_order(state.ledger, state.due[i], state.priced, deal, rule, state.tried)
            if choice.shares <= 0.0 or not _carry_out(run, t, choice, DUE):
                break
    if account["risk_state"] not in (FORCED, INSOLVENT):
        return
    state.tried[:] = False
    cause = INSOLVENCY if account["risk_state"] == INSOLVENT else MAINTENANCE
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


# ---- orders ---------------------------------------------------------------------------------------------------------


@lean_inlined
def _fill(run: Run, t: int) -> None:
    state = run.state
    for i in range(state.count[0]):
        kind, j, size = state.pending.kind[i], state.pending.symbol[i], state.size[i]
        _meet(run, t, Wish(kind, j, size, state.pending.amount[i], False))
    state.count[0] = 0


@lean_inlined
def _meet(run: Run, t: int, wish: Wish) -> Filled:
    """Ask the market, then the account, and note what came of it."""
    state, ledger, j = run.state, run.state.ledger, wish.symbol
    reason, most, price, borrowable, of_class = _NONE, wish.size, 0.0, 0.0, ANY
    if wish.kind != _REPAY:
        cap = volume_cap(run.market, t, j) - state.traded[j]
        held = shares_held(ledger, j, wish.kind == _SELL_TO_REPAY)
        quote = quote_at(run.market, t, j)
        reason, most, price = admit(wish.kind, wish.size, wish.asked, held, cap, run.schedule.options.slippage, quote)
        owed = contract_shares(ledger, SHORT, j, ledger.account[0]["today"])
        borrowable, of_class = may_owe(run.market, t, j, owed), run.market.fee_class[j]
    if reason == _NONE:
        terms = terms_on(run.schedule, t, of_class, j)
        shares = min(wish.size, wish.asked)
        order = Order(wish.kind, j, shares, price, wish.size, wish.size, borrowable, wish.is_forced, most)
        effect = execute(ledger, order, state.price, state.haircut, terms)
        reason = effect.refusal
        if reason == _NONE:
            return _note(run, t, wish, price, effect)
    if not wish.is_forced:
        note_refusal(run.log, t, wish.kind, j, 0.0 if wish.kind == _REPAY else wish.asked, reason)
    return Filled(0.0, np.nan, reason)


@lean_inlined
def _note(run: Run, t: int, wish: Wish, price: float, effect: Effect) -> Filled:
    """Note an order that was carried out; a rest that met no volume expires."""
    if wish.kind == _REPAY:
        note_fill(run.log, t, wish.kind, -1, price, effect, wish.is_forced)
        return Filled(wish.size, np.nan, _NONE)
    run.state.traded[wish.symbol] += effect.shares
    note_fill(run.log, t, wish.kind, wish.symbol, price, effect, wish.is_forced)
    rest = wish.size - effect.shares
    if rest != 0.0 and not wish.is_forced:
        note_refusal(run.log, t, wish.kind, wish.symbol, wish.asked - min(effect.shares, wish.asked), _EXPIRED)
    return Filled(effect.shares, price, _NONE if rest == 0.0 else _EXPIRED)


# ---- after the close ------------------------------------------------------------------------------------------------


@lean_inlined
def _mark(run: Run, t: int) -> Totals:
    """Hand closed contracts to the log, note the account at the marks of the close, and return its sums."""
    state, log, tally = run.state, run.log, run.log.tally[0]
    ledger, marks = state.ledger, run.market.marks[t]
    if ledger.account[0]["closed_today"] > 0:
        moved = sweep(ledger, state.swept)
        for i in range(moved):
            if tally["closed"] < log.closed.size:
                log.closed[tally["closed"]] = state.swept[i]
            tally["closed"] += 1
    if log.positions.size > 0:
        scratch = state.book.financed, state.book.short
        tally["positions"] = note_positions(t, ledger, marks, *scratch, log.positions, tally["positions"])
    sums = totals(ledger, marks)
    closes = log.closes[t]
    closes[0], closes[1], closes[2], closes[3] = sums.cash, sums.long_value, sums.short_value, sums.principal
    closes[4], closes[5] = sums.accrued, sums.locked
    if run.setting.keeps_margin:
        haircuts(run.market, t, state.haircut)
        closes[6] = available_margin(ledger, marks, state.haircut)
    return sums


@lean_inlined
def _judge(run: Run, t: int, sums: Totals) -> None:
    ledger, log, lines = run.state.ledger, run.log, lines_on(run.schedule, t)
    event = judge_close(ledger, sums, lines, t)
    while event != _NO_EVENT:
        deadline = ledger.account[0]["deadline"] if event == _CALL else run.schedule.day.size
        day = run.schedule.day[deadline] if deadline < run.schedule.day.size else NO_DAY
        note_event(log, t, event, maintenance_ratio(sums), day, event_amount(event, sums, lines), 0)
        event = judge_close(ledger, sums, lines, t) if is_due_at_once(ledger, event, t) else _NO_EVENT


@lean_inlined
def _fall_due(run: Run, t: int) -> None:
    """Tell recalls; extend the contracts that fell due, or put them on the list for the next open."""
    tell_recalls(run, t)
    judge_contracts(run, t)


@lean
def _decide(run: Run, t: int) -> None:
    """Plan the orders that bring the account to the targets of this close; they meet the next session."""
    row, state, market = run.setting.row[t], run.state, run.market
    if row < 0 or is_empty(run.setting.weights[row]):
        return
    book, ledger = state.book, state.ledger
    lots(market, t, book.lot_minimum, book.lot_step)
    for j in range(book.long.size):
        book.is_financing_eligible[j] = 1.0 if is_listed(market.financing_eligible, t, j) else 0.0
    holdings(ledger, book)
    borrowable_row(market, t, book.short, book.borrowable)
    sums = totals(ledger, market.marks[t])
    known = Book(
        market.marks[t],
        book.long,
        book.financed,
        book.short,
        book.locked,
        equity(sums),
        available_cash(ledger),
        sums.principal,
        book.lot_minimum,
        book.lot_step,
        book.is_financing_eligible,
        book.borrowable,
        purchase_fee_rate(terms_on(run.schedule, t, ANY, -1)),
    )
    count = plan(run.setting.weights[row], known, run.setting.reserve, state.target, state.pending)
    for i in range(count):
        size, j = state.pending.amount[i], state.pending.symbol[i]
        if state.pending.kind[i] == _BUY_TO_RETURN:
            size = lots_above(size, book.lot_minimum[j], book.lot_step[j])
        state.size[i] = size
    state.count[0] = count
