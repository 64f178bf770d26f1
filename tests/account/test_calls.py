"""Calls, forced sales and due contracts: worked states, and random histories that a slow desk judges."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import (
    calls,
    credit,
    credit_contracts,
    credit_orders,
    forced_sales,
    order_refusals,
    sale_size,
)
from liangrong.core.account.calls import Lines
from liangrong.core.account.credit import CALLED, CALM, FORCED, INSOLVENT, WARNED, Totals
from liangrong.core.types import MarginEvent, OrderKind, Refusal
from oracles.ledger_bridge import FREE, KernelAccount, dealing, sale_rule, terms
from oracles.ledger_histories import COSTS, eventful
from oracles.ledger_interpreted import MODULES, compiled_functions, interpreted

NONE, WARN, CALL, CURED, FORCED_SALE, INSTANT, RESTORED, INSOLVENCY, DUE, EXTENDED, *_ = MarginEvent
BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind
LINES = Lines(1.4, 1.3, 1.3, 1.4, 1.1, 1)
STATUTORY = Lines(1.4, 1.3, 1.5, 1.5, 1.1, 2)
HUNDREDS = dealing(np.full(4, 100.0), np.full(4, 100.0))


def with_ratio(ratio: float) -> Totals:
    return Totals(100.0 * ratio, 0.0, 0.0, 100.0, 0.0, 0.0)


def events(*ratios, lines=LINES, unsold=0):
    """Return the events of one close after the other; `unsold` is what forced sales leave."""
    ledger = credit.open_ledger(0.0, 1)
    found = []
    for t, ratio in enumerate(ratios):
        ledger.account[0]["unsold"] = unsold
        found.append(MarginEvent(calls.judge_close(ledger, with_ratio(ratio), lines, t)))
    return found


# ---- the state at the close -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ((1.5, 1.4, 1.39, 1.35, 1.3), [NONE, NONE, WARN, NONE, NONE]),  # a line itself is not below it
        ((1.29, 1.29), [CALL, FORCED_SALE]),  # sold at the open of the third session
        ((1.29, 1.3), [CALL, CURED]),
        ((1.29, 1.35, 1.29, 1.2), [CALL, CURED, CALL, FORCED_SALE]),  # a new call has a new deadline
        ((1.5, 1.09), [NONE, INSTANT]),
        ((1.5, 1.1), [NONE, CALL]),
        ((1.29, 1.09), [CALL, INSTANT]),
        ((1.09, 1.3), [INSTANT, RESTORED]),
        ((1.09, 1.45, 1.35), [INSTANT, RESTORED, WARN]),
        ((1.09, 1.29, 1.29), [INSTANT, CALL, FORCED_SALE]),  # it was sold as wanted and fell again
        ((1.09, 1.09), [INSTANT, INSTANT]),
        ((1.2, 0.99, 2.0, 0.5), [CALL, INSOLVENCY, NONE, NONE]),
        ((1.0,), [INSTANT]),  # debt equals assets
        ((np.inf,), [NONE]),
    ],
)
def test_events_of_a_path_of_ratios(ratios, expected):
    assert events(*ratios) == expected


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ((1.29, 1.49, 1.5), [CALL, NONE, CURED]),
        ((1.29, 1.49, 1.49), [CALL, NONE, FORCED_SALE]),
        ((1.29, 1.4, 1.45, 1.31), [CALL, NONE, FORCED_SALE, RESTORED]),
    ],
)
def test_the_statutory_call_of_two_sessions_to_150_percent(ratios, expected):
    assert events(*ratios, lines=STATUTORY) == expected


def test_what_could_not_be_sold_is_retried_and_begins_no_new_call():
    assert events(1.09, 1.2, 1.3, 1.39, 1.4, unsold=1) == [INSTANT, NONE, NONE, NONE, RESTORED]  # it aims at restore
    assert events(1.29, 1.4, 1.45, 1.45, 1.5, lines=STATUTORY, unsold=1) == [CALL, NONE, FORCED_SALE, NONE, RESTORED]


def test_without_grace_the_notice_is_judged_again_at_its_own_close():
    ledger = credit.open_ledger(0.0, 1)
    lines = LINES._replace(grace=0)
    assert calls.judge_close(ledger, with_ratio(1.29), lines, 7) == CALL
    assert calls.is_due_at_once(ledger, int(CALL), 7)
    assert calls.judge_close(ledger, with_ratio(1.29), lines, 7) == FORCED_SALE
    assert not calls.is_due_at_once(ledger, int(FORCED_SALE), 7)
    assert calls.judge_close(credit.open_ledger(0.0, 1), with_ratio(1.29), LINES, 7) == CALL


def test_states_and_deadline():
    ledger = credit.open_ledger(0.0, 1)
    account, states = ledger.account[0], []
    for t, ratio in enumerate((1.5, 1.35, 1.29, 1.28, 1.28, 0.9), start=7):
        calls.judge_close(ledger, with_ratio(ratio), LINES._replace(grace=2), t)
        states.append(int(account["risk_state"]))
    assert states == [CALM, WARNED, CALLED, CALLED, FORCED, INSOLVENT]
    assert account["deadline"] == 9 + 2


def test_the_deposit_that_restores():
    sums = Totals(20.0, 110.0, 30.0, 60.0, 10.0, 0.0)
    assert calls.amount_to_restore(sums, 1.4) == pytest.approx(10.0)
    assert credit.maintenance_ratio(sums._replace(cash=30.0)) == pytest.approx(1.4)
    assert calls.amount_to_restore(sums, 1.2) == 0.0


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (CALLED, set(OrderKind)),
        (FORCED, {SELL, SELL_TO_REPAY, REPAY, BUY_TO_RETURN, RETURN_SHARES}),
        (INSOLVENT, set()),
    ],
)
@pytest.mark.parametrize("kind", OrderKind)
def test_orders_that_a_state_freezes(state, allowed, kind):
    opened = KernelAccount(1e6, 2, conditions=terms(cover_delay=0))
    opened.price[:] = 10.0
    for opening in (BUY, MARGIN_BUY, SHORT_SELL):
        opened.must(opening, 0, 300)
    opened.session(1)
    opened.ledger.account[0]["risk_state"] = state
    refusal = opened.do(kind, 0, 100, amount=500.0).refusal
    assert refusal == (Refusal.NONE if kind in allowed else Refusal.FROZEN)
    if refusal:
        assert opened.force(kind, 0, 100.0).refusal == Refusal.NONE


# ---- contracts that fall due ----------------------------------------------------------------------------------------


def test_a_due_contract_is_extended_or_told_once():
    contracts = np.zeros(2, credit.CONTRACT)
    assert [calls.fall_due(contracts, 1, -1, False) for _ in range(2)] == [DUE, NONE]
    assert calls.fall_due(contracts, 1, 20_123, False) == EXTENDED
    assert (contracts[1]["due"], contracts[1]["told"], contracts[0]["due"]) == (20_123, 0, 0)
    assert calls.fall_due(contracts, 1, -1, False) == DUE  # at its next due day it is told again


def test_a_suspended_security_extends_a_due_contract_until_it_trades():
    contracts = np.zeros(1, credit.CONTRACT)
    told = [calls.fall_due(contracts, 0, -1, stops) for stops in (True, True, False, False, True)]
    assert told == [EXTENDED, NONE, DUE, NONE, EXTENDED]


def rule(order=forced_sales.LARGEST_FIRST, restore=1.4, costs=FREE, cash_first=False):
    return sale_rule(order, restore, costs, cash_first)


def due_orders(opened, identity, blocked=()):
    """Carry out what closes a due contract; return the orders."""
    tried, found = np.zeros((2, len(opened.price)), dtype=np.bool_), []
    while len(found) < 20:
        choice = forced_sales.next_due_order(
            opened.ledger, identity, opened.price, HUNDREDS, rule(costs=opened.terms.costs), tried
        )
        if choice.shares <= 0.0:
            return found
        kind, j, shares = OrderKind(choice.kind), choice.symbol, choice.shares
        found.append((kind, j if kind != REPAY else -1, round(shares, 6)))
        if kind != REPAY:
            tried[int(kind == BUY_TO_RETURN), j] = True
        if j not in blocked or kind == REPAY:
            assert opened.force(kind, j, shares).refusal == Refusal.NONE
    raise AssertionError("no end")


def due_account(fall_to):
    """Return 1,000 financed shares at 10, collateral of 500 at 10 in another security, and 2,000 of cash."""
    opened = KernelAccount(100_000.0, 2, conditions=terms(financing_rate=0.0, borrow_rate=0.0))
    opened.price[:] = 10.0
    opened.must(MARGIN_BUY, 0, 1000)
    opened.must(BUY, 1, 500)
    opened.session(180)
    opened.ledger.account[0]["cash"] = 2000.0
    opened.price[0] = fall_to
    return opened


def test_a_due_contract_sells_its_own_shares():
    opened = due_account(fall_to=11.0)
    assert due_orders(opened, 1) == [(SELL_TO_REPAY, 0, 1000.0)]
    assert opened.cash == 3000.0
    assert len(opened.sweep()) == 1
    assert due_orders(opened, 1) == []


def test_then_pays_from_cash_then_from_other_shares():
    opened = due_account(fall_to=6.0)
    assert due_orders(opened, 1) == [
        (SELL_TO_REPAY, 0, 1000.0),
        (REPAY, -1, 2000.0),
        (SELL, 1, 200.0),
        (REPAY, -1, 2000.0),
    ]
    assert len(opened.sweep()) == 1
    assert opened.cash == 0.0


def test_where_its_own_shares_do_not_trade_cash_comes_before_other_shares():
    opened = due_account(fall_to=11.0)
    found = due_orders(opened, 1, blocked={0})
    assert found[:2] == [(SELL_TO_REPAY, 0, 1000.0), (REPAY, -1, 2000.0)]


def test_other_shares_pay_the_due_contract_not_their_own_loan():
    opened = KernelAccount(100_000.0, 2, conditions=terms(financing_rate=0.0))
    opened.price[:] = 10.0
    opened.must(MARGIN_BUY, 0, 1000)
    opened.must(MARGIN_BUY, 1, 1000)
    opened.must(BUY, 1, 300)
    opened.session(180)
    opened.ledger.account[0]["cash"] = 0.0
    opened.price[0] = 8.0
    due_orders(opened, 1)
    assert opened.contracts["principal"].tolist() == [0.0, 10_000.0]


def test_a_due_short_is_bought_and_returned_with_longs_sold_where_cash_is_short():
    opened = KernelAccount(100_000.0, 2, conditions=terms(borrow_rate=0.0))
    opened.price[:] = 10.0
    opened.must(SHORT_SELL, 0, 1000)
    opened.must(BUY, 1, 1000)
    opened.session(180)
    opened.ledger.account[0]["cash"] = 10_000.0 + 500.0
    opened.price[0] = 12.0  # 12,000 to pay, 10,500 there
    assert due_orders(opened, 1) == [(SELL, 1, 200.0), (BUY_TO_RETURN, 0, 1000.0)]
    assert opened.available_cash == 500.0


@pytest.mark.parametrize(("missing", "sold"), [(0.0, []), (0.01, [(SELL, 1, 100.0)])])
def test_fees_and_dividends_owed_are_cash_that_a_cover_needs(missing, sold):
    opened = KernelAccount(100_000.0, 2, conditions=terms(COSTS, borrow_rate=0.0))
    opened.price[:] = 10.0
    opened.must(SHORT_SELL, 0, 1000)
    opened.must(BUY, 1, 1000)
    opened.session(180)
    opened.price[0] = 12.0
    opened.contracts["compensation"] = 500.0
    # 12,000.00 and 5.12 of fees and the dividends; 10,000.00 less 10.10 of fees are released.
    assert opened.contracts["locked"][0] == pytest.approx(9989.90)
    opened.ledger.account[0]["cash"] = 12_505.12 - missing + 1e-9
    assert due_orders(opened, 1) == [*sold, (BUY_TO_RETURN, 0, 1000.0)]


# ---- random histories -----------------------------------------------------------------------------------------------


@seed(20150615)
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(165)  # dividends owed lift the ratio with each share returned
@example(167)  # the first contract has paid its fees, the second has not
@pytest.mark.slow
def test_a_slow_desk_has_nothing_to_object(number):
    """Books, events and each forced order of one random history: equal to the oracle's, enough and not too much."""
    eventful(np.random.default_rng(number))


def test_histories_reach_every_event_and_every_way_out():
    found, forced, chosen, ties, due = Counter(), Counter(), Counter(), 0, 0
    for number in (*range(150), 215, 622, 708, 731):  # the last: insolvent accounts that sell for cash
        story = eventful(np.random.default_rng(number))
        found.update(story.twins.events)
        forced.update(story.forced)
        chosen.update(story.twins.chosen)
        ties += story.is_tied
        due += story.due
    assert ties <= 6, "histories that end at a tie prove little: the generator has gone astray"
    names = ("warn", "call", "cured", "forced_sale", "instant", "restored", "insolvent")
    assert min(found[name] for name in names) >= 3, found
    assert min(forced["forced"], forced["insolvent"], due) >= 40
    ways = ("SELL_TO_REPAY", "SELL", "BUY_TO_RETURN")  # SELL: where the cash for a cover is short
    assert min(chosen[f"{state} {way}"] for state in ("forced", "insolvent") for way in ways) >= 3, chosen


def test_compiled_and_interpreted_histories_end_in_the_same_bytes():
    def ends():
        stories = [eventful(np.random.default_rng(number)) for number in range(30, 42)]
        return [b"".join(part.tobytes() for part in story.twins.kernel.ledger) for story in stories]

    compiled = ends()
    with interpreted():
        assert ends() == compiled


def test_the_histories_run_through_every_compiled_function():
    """A function that no history calls would be proved by nothing: count the interpreted calls."""
    called, elsewhere = set(), {"fall_due", "amount_to_restore", "event_amount", "settle_extended", "is_of_low"}

    def counted(function):
        def call(*args):
            called.add(function.__name__)
            return function(*args)

        return call

    modules = (credit_contracts, credit_orders, order_refusals, forced_sales, sale_size, calls)
    names = {name for module in modules for name in compiled_functions(module)}
    assert {"next_forced_order", "pay_debt", "execute"} <= names
    with interpreted(), pytest.MonkeyPatch.context() as patch:
        for module in MODULES:
            for name in names & set(vars(module)):
                patch.setattr(module, name, counted(getattr(module, name)))
        for number in (*range(60), 76):  # 76: an insolvent account that cannot pay for its cover
            eventful(np.random.default_rng(number))
    assert called | elsewhere == names


def test_what_the_histories_do_not_call_agrees_interpreted():
    def answers():
        contracts, sums = np.zeros(3, credit.CONTRACT), Totals(20.3, 110.7, 30.1, 60.9, 10.1, 0.0)
        told = [calls.fall_due(contracts, i % 3, i % 4 * 7 - 7 or -1, i % 2 == 0) for i in range(12)]
        amounts = [calls.amount_to_restore(sums, line) for line in (1.1, 1.3, 1.4)]
        asked = [
            calls.event_amount(event, sums, Lines(1.4, 1.3, 1.35, 1.4, 1.1, 1)) for event in range(len(MarginEvent))
        ]
        return told, contracts.tobytes(), amounts, asked

    compiled = answers()
    with interpreted():
        assert answers() == compiled


def test_what_each_event_asks_for():
    # Assets 1,200 on a debt of 1,000: 1.25 wants 50, 1.35 wants 150, 1.5 wants 300; 900 are 100 short of the debt.
    sums, lines = Totals(200.0, 1_000.0, 300.0, 650.0, 50.0, 0.0), Lines(1.4, 1.25, 1.35, 1.5, 1.1, 1)
    asked = {event: calls.event_amount(int(event), sums, lines) for event in MarginEvent}
    wanted = {MarginEvent.CALL: 150.0, MarginEvent.FORCED_SALE: 300.0, MarginEvent.INSTANT: 300.0}
    wanted |= {MarginEvent.CALL_LOW: 150.0, MarginEvent.INSTANT_LOW: 300.0}
    assert {event: amount for event, amount in asked.items() if amount} == pytest.approx(wanted)
    poor = sums._replace(long_value=700.0)
    assert calls.event_amount(int(MarginEvent.INSOLVENT), poor, lines) == pytest.approx(100.0)


# ---- the formula ----------------------------------------------------------------------------------------------------


@seed(15)
@settings(max_examples=150, deadline=None)
@given(st.floats(1.0, 1e9), st.floats(1.0, 3.0), st.floats(1.05, 3.0))
def test_the_sale_of_the_formula_restores_at_any_leverage(debt, ratio, restore):
    value = forced_sales.sale_to_restore(ratio * debt, debt, restore)
    if ratio >= restore:
        assert value == pytest.approx(0.0, abs=1e-6 * debt)
    elif value < 0.999 * debt:
        assert (ratio * debt - value) / (debt - value) == pytest.approx(restore, rel=1e-6)


def test_fees_are_part_of_what_is_sold():
    opened = KernelAccount(10_000.0, 1, conditions=terms(COSTS, financing_ratio=0.5, financing_rate=0.0))
    opened.price[0] = 10.0
    opened.must(MARGIN_BUY, 0, 2000)
    opened.session(1)
    opened.ledger.account[0]["cash"] = 0.0
    opened.price[0] = 13.0
    lots = dealing(np.full(1, 1.0), np.full(1, 1.0))
    tried = np.zeros((2, 1), dtype=np.bool_)
    free, costly = (
        forced_sales.next_forced_order(opened.ledger, opened.price, lots, rule(costs=costs), tried).shares
        for costs in (FREE, COSTS)
    )
    assert costly > free
    opened.force(SELL_TO_REPAY, 0, costly, (1.0, 1.0))
    assert 1.4 <= opened.ratio < 1.4 + 0.001
