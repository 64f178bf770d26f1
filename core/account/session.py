"""The compiled engine: the day loop over target weights, out of the functions that the backtrader broker calls.

One session follows `steps.STEPS`: a function for each of them, under its name.
"""

import numpy as np

from ..kernels.jit import lean, lean_inlined
from ..types import MarginEvent, OrderKind, Row
from .admission import lots_above
from .calls import event_amount, is_due_at_once, is_of_low, judge_close
from .cash_flows import PAYS_IN
from .cash_interest import credit_interest
from .concentration import crosses, excess, is_above, largest
from .corporate_actions import LAPSED, OWED, SUBSCRIBED, ActionEffect, Rights, apply_action, did_anything
from .credit import (
    Totals,
    available_cash,
    available_margin,
    equity,
    maintenance_ratio,
    shares_held,
    start_session,
    sweep,
    totals,
)
from .credit_contracts import post_interest, settle_extended
from .due_contracts import are_quiet, judge_contracts, tell_recalls
from .ended_securities import End, end_security, settle_ended
from .held_positions import note_positions
from .order_terms import Effect
from .quotes import (
    borrowable_row,
    fill_marks,
    haircuts,
    is_listed,
    lots,
)
from .run_state import (
    CLOSES,
    NO_DAY,
    Run,
    note_concentration,
    note_credit,
    note_dividend,
    note_entitlement,
    note_event,
    note_fill,
)
from .schedule import ANY, charges_on, lines_on
from .schedule import borrowed_terms_on as terms_on
from .session_flows import move_all
from .session_orders import fill_all, force_all, is_forced, note_tax
from .target_orders import Book, holdings, is_empty, plan, purchase_fee_rate
from .tax_lots import dividend_tax_on
from .worst_prices import AT_LOW, is_judged_after_fills, is_judged_before_fills, worst_totals

_REPAY = int(OrderKind.REPAY)
_BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)
_CALL = int(MarginEvent.CALL)
_CALL_LOW = int(MarginEvent.CALL_LOW)
_CONCENTRATED = int(MarginEvent.CONCENTRATED)
_NO_EVENT = int(MarginEvent.NONE)
_WORST = CLOSES.index("worst_ratio")


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
def _has_room(run: Run, t: int) -> bool:
    """Tell whether contracts and tables have room for whatever session `t` may bring."""
    state, log, tally = run.state, run.log, run.log.tally[0]
    account = state.ledger.account[0]
    contracts, pending = account["open_contracts"] + state.count[0], state.count[0]
    if contracts > state.ledger.contracts.size:
        return False
    # Every position is tried once by maintenance and once for each due contract, and what a sale brings is repaid.
    positions = account["held"] + account["open_contracts"] + 1
    forced = (state.count[1] + 1) * (3 * positions + 4) if is_forced(run) else 0
    setting = run.setting
    actions = setting.action_from[t + 1] - setting.action_from[t]
    ends = setting.end_from[t + 1] - setting.end_from[t]
    recalls = setting.recall_from[t + 1] - setting.recall_from[t]
    flows = setting.flow_from[t + 1] - setting.flow_from[t] + 1
    return (
        _fits(tally["fills"] + 1 + forced + pending, log.fills.size)
        and _fits(tally["refusals"] + pending, log.refusals.size)
        and _fits(tally["events"] + 3 + flows + (3 + recalls) * contracts, log.events.size)
        and _fits(tally["forced"] + forced, log.forced.size)
        and _fits(tally["dividends"] + actions, log.dividends.size)
        and _fits(tally["credits"] + 1, log.credits.size)
        and _fits(tally["entitlements"] + 3 * actions + ends + forced + pending, log.entitlements.size)
        and _fits(account["lots"] + 2 * actions + flows + forced + pending, state.ledger.lots.size)
        and _fits(tally["concentration"] + 1, log.concentration.size)
        and _fits(tally["closed"] + contracts, log.closed.size)
        and _fits(tally["flows"] + flows, log.flows.size)
        and _fits(tally["endings"] + 3 * ends, log.endings.size)
        and _fits(tally["positions"] + state.ledger.collateral.size, log.positions.size)
    )


@lean_inlined
def _fits(rows: int, size: int) -> bool:
    """Tell whether a table has room for so many rows; one of no size is counted only."""
    return size == 0 or rows <= size


# ---- before the open ------------------------------------------------------------------------------------------------


@lean_inlined
def _move(run: Run, t: int) -> None:
    """Move what moves; asked here, since a call that is handed the whole run costs more than most sessions."""
    flow_from, rates = run.setting.flow_from, run.schedule.rates
    may_pay = run.schedule.options.on_call == PAYS_IN
    if flow_from[t + 1] > flow_from[t] or may_pay or rates.cash[t] > 0.0 or rates.proceeds[t] > 0.0:
        move_all(run, t)
    else:
        run.log.closes[t, -1] = 0.0


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
        rights = Rights(setting.action_rights[i], setting.action_price[i], run.market.pre_close[t, j])
        cash, ratio, tax = setting.action_cash[i], setting.action_ratio[i], dividend_tax_on(run.schedule, t)
        effect = apply_action(ledger, j, cash, ratio, options, rights, tax)
        if did_anything(effect):
            note_dividend(run.log, t, j, effect)
        if rights.ratio > 0.0:
            _note_rights(run, t, j, rights, effect)
    for i in range(setting.end_from[t], setting.end_from[t + 1]):
        e, log = setting.ends[i], run.log
        end = End(e["symbol"], e["successor"], e["ratio"], e["cash"], e["price"], e["left"])
        held = shares_held(ledger, end.symbol, True)
        log.tally[0]["endings"] = end_security(ledger, t, end, log.endings, log.tally[0]["endings"])
        note_tax(run, t, end.symbol, held)


@lean
def _note_rights(run: Run, t: int, j: int, rights: Rights, effect: ActionEffect) -> None:
    if effect.subscribed > 0.0:
        note_entitlement(run.log, t, j, SUBSCRIBED, effect.subscribed, rights.price, -effect.paid)
    if effect.lapsed > 0.0:
        note_entitlement(run.log, t, j, LAPSED, effect.lapsed, rights.price, effect.lost)
    if effect.rights_owed > 0.0:
        note_entitlement(run.log, t, j, OWED, effect.rights_due, rights.price, -effect.rights_owed)


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
    if ledger.account[0]["unsettled"] > 0:
        posted += settle_ended(ledger, run.schedule.proceeds_pay[t])
    if posted > 0.0:
        effect = Effect(0, 0.0, posted, 0.0, 0.0, 0.0, posted, 0.0)
        note_fill(run.log, t, _REPAY, -1, 0.0, effect, False)


@lean_inlined
def _open(run: Run, t: int) -> None:
    """Fill the rows of the prices and haircuts at which the orders of this session are judged, where there are any."""
    state = run.state
    if state.count[0] > 0 or is_forced(run):
        state.traded[:] = 0.0
        fill_marks(run.market, t, state.price)
        haircuts(run.market, t, state.haircut)


@lean_inlined
def _force(run: Run, t: int) -> None:
    if is_judged_before_fills(run.market):
        _keep_worst(run, t)
    if is_forced(run):
        force_all(run, t)


@lean_inlined
def _fill(run: Run, t: int) -> None:
    if run.state.count[0] > 0:
        fill_all(run, t)


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
    if is_judged_after_fills(run.market):
        _keep_worst(run, t)
    worst = _kept(run.state.worst)
    lowest = log.closes[t, _WORST] if lines.options.judge == AT_LOW else np.inf
    event = judge_close(ledger, sums, lines, t, lowest)
    while event != _NO_EVENT:
        deadline = ledger.account[0]["deadline"] if event in (_CALL, _CALL_LOW) else run.schedule.day.size
        day = run.schedule.day[deadline] if deadline < run.schedule.day.size else NO_DAY
        of = worst if is_of_low(event) else sums
        note_event(log, t, event, maintenance_ratio(of), day, event_amount(event, of, lines), 0)
        event = judge_close(ledger, sums, lines, t, lowest) if is_due_at_once(ledger, event, t) else _NO_EVENT
    if run.schedule.tier_below.size > 0:
        _watch(run, t, sums)


@lean
def _watch(run: Run, t: int, sums: Totals) -> None:
    """Note whether one security is more of the assets than its tier allows."""
    ledger, schedule = run.state.ledger, run.schedule
    tiers = schedule.tier_below, schedule.tier_share
    one = largest(ledger, sums, run.market.marks[t], tiers[0], tiers[1], run.state.book.financed)
    if is_above(one):
        note_concentration(run.log, t, one)
    if crosses(ledger, one):
        note_event(run.log, t, _CONCENTRATED, one.ratio, NO_DAY, excess(one), 0)


@lean
def _keep_worst(run: Run, t: int) -> None:
    """Note the account at the worst prices of session `t`."""
    kept = run.state.worst
    kept[0], kept[1], kept[2], kept[3], kept[4], kept[5] = worst_totals(run.state.ledger, run.market, t)
    run.log.closes[t, _WORST] = maintenance_ratio(_kept(kept))


@lean_inlined
def _kept(row: Row) -> Totals:
    return Totals(row[0], row[1], row[2], row[3], row[4], row[5])


@lean_inlined
def _fall_due(run: Run, t: int) -> None:
    """Tell recalls; extend the contracts that fell due, or put them on the list for the next open."""
    if run.setting.recall_from[t + 1] > run.setting.recall_from[t]:
        tell_recalls(run, t)
    run.state.count[1] = 0
    if not are_quiet(run, t):
        judge_contracts(run, t)


@lean_inlined
def _decide(run: Run, t: int) -> None:
    row = run.setting.row[t]
    if row >= 0 and not is_empty(run.setting.weights[row]):
        plan_session(run, t)


@lean
def plan_session(run: Run, t: int) -> None:
    """Plan the orders that bring the account to the targets of this close; they meet the next session."""
    row, state, market = run.setting.row[t], run.state, run.market
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
