"""Worked forced sales, with numbers that can be followed by hand; and what other systems get wrong about them."""

import numpy as np
import pytest
from liangrong.core.account import admission, calls, credit, forced_sales
from liangrong.core.account.admission import Quote
from liangrong.core.account.costs import CostTerms
from liangrong.core.types import MarginEvent, OrderKind, Refusal
from oracles.ledger_bridge import FREE, KernelAccount, dealing, sale_rule, terms

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind
LINES = calls.Lines(1.4, 1.3, 1.3, 1.4, 1.1, 1)
COSTS = CostTerms(0.00025, 5.0, 0.0005, 0.00001)


def near(expected):
    return pytest.approx(expected, abs=1e-6)  # CNY


def holding(own, financed, *, price=10.0, costs=FREE):
    """Return an account with `own` and `financed` shares bought at 10 the day before, now at `price`, without cash."""
    opened = KernelAccount(1e9, 1, conditions=terms(costs, financing_rate=0.0, warn=1.3))
    opened.price[0] = 10.0
    opened.must(BUY, 0, own)
    opened.must(MARGIN_BUY, 0, financed)
    opened.session(1)
    opened.ledger.account[0]["cash"] = 0.0
    opened.price[0] = price
    return opened


def choose(opened, tried, *, order=forced_sales.LARGEST_FIRST, restore=1.4, lot=100.0, cash_first=False):
    n = len(opened.price)
    lots = dealing(np.full(n, lot), np.full(n, lot))
    rule = sale_rule(order, restore, opened.terms.costs, cash_first)
    return forced_sales.next_forced_order(opened.ledger, opened.price, lots, rule, tried)


def sell(opened, *, blocked=(), lot=100.0, **how):
    """Run a forced sale; return its orders as (kind, security, shares)."""
    tried, found = np.zeros((2, len(opened.price)), dtype=np.bool_), []
    while (choice := choose(opened, tried, lot=lot, **how)).shares > 0.0:
        kind = OrderKind(choice.kind)
        found.append((kind, choice.symbol, choice.shares))
        if kind != REPAY:
            tried[int(kind == BUY_TO_RETURN), choice.symbol] = True
        if choice.symbol not in blocked:
            assert opened.force(kind, choice.symbol, choice.shares, (lot, lot)).refusal == Refusal.NONE
        assert len(found) < 20
    return found


# --- the size ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "financed", "price", "shares"),
    [
        # 1.5x: 100,000 own and 50,000 financed. At 4.00: A 60,000, D 50,000, (1.4 x 50,000 - 60,000) / 0.4 = 25,000.
        (10_000, 5_000, 4.0, 6_250),
        # 2x: 100,000 and 100,000. At 6.00: A 120,000, D 100,000, (140,000 - 120,000) / 0.4 = 50,000.
        (10_000, 10_000, 6.0, 8_334),
        # 3x: 100,000 and 200,000. At 8.00: A 240,000, D 200,000, (280,000 - 240,000) / 0.4 = 100,000.
        (10_000, 20_000, 8.0, 12_500),
    ],
)
def test_the_size_at_any_leverage(own, financed, price, shares):
    """A size that assumes 2x leverage sells too little at 1.5x and too much at 3x."""
    opened = holding(own, financed, price=price)
    assert opened.ratio == near((own + financed) * price / (financed * 10.0))
    assert sell(opened, lot=1.0) == [(SELL_TO_REPAY, 0, shares)]
    assert 1.4 - 1e-9 <= opened.ratio < 1.4 + 1e-3


def test_the_size_is_rounded_up_to_lots():
    opened = holding(10_000, 10_000, price=6.0)
    assert sell(opened) == [(SELL_TO_REPAY, 0, 8400.0)]
    assert opened.ratio > 1.4


def test_the_size_is_net_of_fees():
    """50,000 would do without fees; 50,000 x 0.00076 = 38.00 of them ask for 1.4 / 0.4 as much: 50,133 and a bit."""
    opened = holding(10_000, 10_000, price=6.0, costs=COSTS)
    opened.contracts["principal"] = 100_000.0  # without the fees of the purchase
    assert sell(opened, lot=1.0) == [(SELL_TO_REPAY, 0, 8356.0)]
    assert 1.4 <= opened.ratio < 1.4 + 1e-4
    other = holding(10_000, 10_000, price=6.0, costs=COSTS)
    other.contracts["principal"] = 100_000.0
    other.force(SELL_TO_REPAY, 0, 8355.0, (1.0, 1.0))
    assert other.ratio < 1.4


def test_no_more_is_sold_than_the_loan_and_its_fees():
    """Shorts hold the ratio down; once the loan is paid, selling more repays nothing."""
    opened = KernelAccount(1e9, 3, conditions=terms(financing_rate=0.0, borrow_rate=0.0))
    opened.price[:] = 10.0
    opened.must(BUY, 0, 8000)
    opened.must(MARGIN_BUY, 1, 100)
    opened.must(SHORT_SELL, 2, 9000)
    opened.session(1)
    opened.ledger.account[0]["cash"] = 90_000.0 + 20_000.0
    opened.price[2] = 16.0
    assert sell(opened)[0] == (SELL_TO_REPAY, 0, 100.0)
    assert opened.ratio >= 1.4


def test_the_loan_that_is_paid_off_includes_its_interest():
    opened = KernelAccount(1e9, 2, conditions=terms(financing_rate=0.36, borrow_rate=0.0))
    opened.price[:] = 10.0
    opened.must(MARGIN_BUY, 0, 1000)  # 10,000 at 10 a day
    opened.must(SHORT_SELL, 1, 9000)
    opened.session(100)
    opened.ledger.account[0]["cash"] = 90_000.0 + 15_000.0
    assert sell(opened, lot=1.0)[0] == (SELL_TO_REPAY, 0, 1000.0)  # not enough for 11,000
    opened = KernelAccount(1e9, 2, conditions=opened.terms)
    opened.price[:] = 10.0
    opened.must(MARGIN_BUY, 0, 1000)
    opened.must(BUY, 0, 1000)
    opened.must(SHORT_SELL, 1, 9000)
    opened.session(100)
    opened.ledger.account[0]["cash"] = 90_000.0 + 5000.0
    assert sell(opened, lot=1.0)[0] == (SELL_TO_REPAY, 0, 1100.0)


def test_the_restore_line_is_the_one_that_is_asked_for():
    opened = holding(10_000, 10_000, price=6.0)
    sell(opened, restore=1.5, lot=1.0)  # (150,000 - 120,000) / 0.5 = 60,000
    assert opened.sums.long_value == near(60_000.0)
    assert opened.ratio == near(1.5)


# --- the lines ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "financed", "maintenance", "fall"),
    [(1.0, 10_000, 2.0, -0.350), (0.8, 12_500, 1.8, -0.278), (0.5, 20_000, 1.5, -0.133)],
)
def test_the_fall_that_calls_an_account_of_highest_leverage(ratio, financed, maintenance, fall):
    opened = KernelAccount(10_000.0, 1, conditions=terms(financing_rate=0.0, financing_ratio=ratio, warn=1.3))
    opened.price[0] = 1.0
    opened.must(MARGIN_BUY, 0, financed)
    assert opened.do(MARGIN_BUY, 0, 100).refusal == Refusal.NO_MARGIN
    opened.must(BUY, 0, 10_000)
    opened.session(1)
    assert opened.ratio == near(maintenance)
    found = []
    for price in (1.0 + fall + 0.001, 1.0 + fall - 0.001):
        opened.price[0] = price
        found.append(MarginEvent(calls.judge_close(opened.ledger, opened.sums, LINES._replace(warn=1.3), 0)))
    assert found == [MarginEvent.NONE, MarginEvent.CALL]


def test_a_short_of_half_the_cash_is_far_from_every_line():
    """10,000 and a short of 5,000 (300 %) were force-closed the next day: equity over long value is nothing there."""
    opened = KernelAccount(10_000.0, 1)
    opened.price[0] = 10.0
    opened.must(SHORT_SELL, 0, 500)
    opened.session(1)
    assert calls.judge_close(opened.ledger, opened.sums, LINES, 0) == MarginEvent.NONE
    assert opened.ledger.account[0]["risk_state"] == credit.CALM
    assert sell(opened) == []
    opened.price[0] = 21.5  # 15,000 against 10,750 and a fee
    assert calls.judge_close(opened.ledger, opened.sums, LINES, 1) == MarginEvent.WARN
    opened.price[0] = 23.1
    assert calls.judge_close(opened.ledger, opened.sums, LINES, 2) == MarginEvent.CALL


# --- the choice --------------------------------------------------------------------------------------------------


def three_positions():
    """Return 20,000 at 10 -> 6 financed (120,000), 5,000 at 10 -> 9 and 3,000 at 10 -> 2 of own; debt 200,000."""
    opened = KernelAccount(1e9, 3, conditions=terms(financing_rate=0.0))
    opened.price[:] = 10.0
    opened.must(BUY, 2, 3000)
    opened.must(BUY, 1, 5000)
    opened.must(MARGIN_BUY, 0, 20_000)
    opened.session(1)
    opened.ledger.account[0]["cash"] = 94_000.0
    opened.price[:] = (6.0, 9.0, 2.0)
    assert opened.ratio == near(1.325)  # 265,000 over 200,000: 37,500 are to be sold
    return opened


def test_the_largest_position_first():
    assert sell(three_positions()) == [(SELL_TO_REPAY, 0, 6300.0)]


def test_or_the_worst_loser_first():
    # 6,000 of the position at 2.00, then 31,500 of the one at 6.00.
    assert sell(three_positions(), order=forced_sales.LOSERS_FIRST) == [
        (SELL_TO_REPAY, 2, 3000.0),
        (SELL_TO_REPAY, 0, 5300.0),
    ]


def test_or_all_of_them_by_their_value():
    # 120 : 45 : 6 of 37,500: 26,316, 9,868, and what is left.
    found = sell(three_positions(), order=forced_sales.PRO_RATA, lot=1.0)
    assert found == [(SELL_TO_REPAY, 0, 4386.0), (SELL_TO_REPAY, 1, 1097.0), (SELL_TO_REPAY, 2, 656.0)]


def test_a_security_that_does_not_trade_gives_way_to_the_next():
    opened = three_positions()
    assert sell(opened, blocked={0}) == [(SELL_TO_REPAY, 0, 6300.0), (SELL_TO_REPAY, 1, 4200.0)]
    assert opened.contracts["shares"][0] == 20_000.0


def test_at_limit_down_nothing_is_sold_and_the_next_session_tries_again():
    """Others sell at the last close, free of fees, through limit-down."""
    locked = Quote(9.0, 9.0, 9.0, 11.0, 9.0, False, True, True, 100.0, 100.0)
    for kind in (SELL, SELL_TO_REPAY):
        assert admission.market_refusal(int(kind), locked) == Refusal.LIMIT_DOWN
    opened = holding(10_000, 10_000, price=6.0)
    opened.ledger.account[0]["risk_state"] = credit.FORCED
    assert sell(opened, blocked={0}) == [(SELL_TO_REPAY, 0, 8400.0)]
    opened.ledger.account[0]["unsold"] = 1
    assert calls.judge_close(opened.ledger, opened.sums, LINES, 5) == MarginEvent.NONE
    assert opened.ledger.account[0]["risk_state"] == credit.FORCED
    opened.session(2)
    opened.price[0] = 5.4  # at the fill's price, not at the last close: (140,000 - 108,000) / 0.4 = 80,000
    assert sell(opened) == [(SELL_TO_REPAY, 0, 14_900.0)]
    assert opened.sums.principal == near(100_000.0 - 14_900 * 5.4)


def test_shares_bought_today_are_not_sold():
    opened = holding(10_000, 10_000, price=6.0)
    opened.ledger.bought_today[0] = 9_500.0
    opened.contracts["opened"] = 10_001
    assert sell(opened) == [(SELL_TO_REPAY, 0, 500.0)]


# --- shorts ------------------------------------------------------------------------------------------------------


def short_account(cash, own=0):
    """Return a short of 10,000 sold at 10, `cash` of own cash and `own` shares of another security at 10."""
    opened = KernelAccount(1e9, 2, conditions=terms(borrow_rate=0.0))
    opened.price[:] = 10.0
    opened.must(SHORT_SELL, 0, 10_000)
    if own:
        opened.must(BUY, 1, own)
    opened.session(1)
    opened.ledger.account[0]["cash"] = 100_000.0 + cash
    return opened


def test_an_account_of_shorts_buys_back():
    opened = short_account(cash=50_000.0)
    opened.price[0] = 12.0  # 150,000 over 120,000 = 125 %; (168,000 - 150,000) / 0.4 = 45,000
    assert sell(opened) == [(BUY_TO_RETURN, 0, 3800.0)]
    assert opened.ratio == near((150_000 - 45_600) / (120_000 - 45_600))


def test_longs_are_sold_where_the_cash_for_a_cover_is_short():
    opened = short_account(cash=2_000.0, own=5_000)
    opened.price[0] = 14.5  # 152,000 over 145,000; 127,500 to cover = 8,800 shares for 127,600; 102,000 of cash
    assert sell(opened) == [(SELL, 1, 2600.0), (BUY_TO_RETURN, 0, 8800.0)]
    assert opened.ratio >= 1.4
    assert opened.available_cash >= 0.0


def test_the_proceeds_of_all_shorts_pay_for_a_cover():
    opened = short_account(cash=2_000.0, own=5_000)
    opened.price[0] = 12.5  # 152,000 over 125,000; 57,500 to cover = 4,600 shares; 102,000 of cash, proceeds included
    assert sell(opened) == [(BUY_TO_RETURN, 0, 4600.0)]
    assert opened.cash == near(44_500.0)
    assert credit.locked_cash(opened.ledger) == near(
        44_500.0
    )  # 54,000 were left of them, 2,000 of other cash went first


def test_the_largest_short_is_bought_back_first():
    opened = KernelAccount(1e9, 2, conditions=terms(borrow_rate=0.0))
    opened.price[:] = 10.0
    opened.must(SHORT_SELL, 0, 4000)
    opened.must(SHORT_SELL, 1, 6000)
    opened.session(1)
    opened.ledger.account[0]["cash"] = 100_000.0 + 35_000.0  # (140,000 - 135,000) / 0.4 = 12,500
    assert sell(opened) == [(BUY_TO_RETURN, 1, 1300.0)]


def test_what_the_cash_does_not_reach_is_covered_in_part():
    opened = short_account(cash=2_000.0, own=5_000)
    opened.price[0] = 14.5
    found = sell(opened, blocked={1})
    assert found == [(SELL, 1, 2600.0), (BUY_TO_RETURN, 0, 7000.0)]  # 102,000 pay for 7,034
    assert opened.cash == near(500.0)
    assert opened.available_cash == near(0.0)


def test_cash_repays_before_anything_is_sold():
    # 20,000 at 6 on a debt of 100,000, with 10,000 of cash: (140,000 - 130,000) / 0.4 = 25,000; 15,000 of it by sale.
    opened = holding(10_000, 10_000, price=6.0)
    opened.ledger.account[0]["cash"] = 10_000.0
    found = sell(opened, cash_first=True)
    assert found == [(REPAY, -1, 10_000.0), (SELL_TO_REPAY, 0, 2500.0)]
    assert opened.ratio == near(1.4)
    kept = holding(10_000, 10_000, price=6.0)
    kept.ledger.account[0]["cash"] = 10_000.0
    assert sell(kept) == [(SELL_TO_REPAY, 0, 4200.0)]  # 25,000 at 6


def test_no_more_cash_repays_than_the_line_asks_for():
    opened = holding(10_000, 10_000, price=6.0)
    opened.ledger.account[0]["cash"] = 15_000.0  # (140,000 - 135,000) / 0.4
    assert sell(opened, cash_first=True) == [(REPAY, -1, 12_500.0)]
    assert opened.ratio == near(1.4)


def test_loans_before_shorts():
    opened = KernelAccount(1e9, 2, conditions=terms(borrow_rate=0.0, financing_rate=0.0))
    opened.price[:] = 10.0
    opened.must(SHORT_SELL, 0, 10_000)
    opened.must(MARGIN_BUY, 1, 8000)
    opened.session(1)
    opened.ledger.account[0]["cash"] = 100_000.0 + 60_000.0
    opened.price[:] = (11.0, 9.0)  # 232,000 over 190,000: the whole position, then the shorts
    # (1.4 x 118,000 - 160,000) / 0.4 = 13,000 after the loan lost 72,000 of its 80,000.
    assert sell(opened) == [(SELL_TO_REPAY, 1, 8000.0), (BUY_TO_RETURN, 0, 1200.0)]
    assert opened.ratio >= 1.4


# --- insolvency --------------------------------------------------------------------------------------------------


def test_an_insolvent_account_sells_all_and_stops():
    opened = holding(10_000, 20_000, price=6.0)
    assert calls.judge_close(opened.ledger, opened.sums, LINES, 3) == MarginEvent.INSOLVENT
    assert calls.amount_to_restore(opened.sums, 1.0) == near(20_000.0)  # the loss beyond equity
    opened.session(2)
    assert sell(opened) == [(SELL_TO_REPAY, 0, 30_000.0)]
    assert opened.equity == near(-20_000.0)
    for kind in OrderKind:
        assert opened.do(kind, 0, 100, amount=1.0).refusal == Refusal.FROZEN
    assert calls.judge_close(opened.ledger, opened.sums, LINES, 4) == MarginEvent.NONE


def test_an_insolvent_account_that_recovers_is_sold_all_the_same():
    opened = holding(10_000, 20_000, price=6.0)
    calls.judge_close(opened.ledger, opened.sums, LINES, 3)
    opened.session(2)
    opened.price[0] = 12.0
    assert opened.ratio > 1.4
    assert sell(opened) == [(SELL_TO_REPAY, 0, 30_000.0)]
    assert opened.cash == near(160_000.0)


def test_what_cash_an_insolvent_account_has_repays():
    opened = holding(10_000, 20_000, price=5.0)
    opened.ledger.account[0]["cash"] = 1234.56
    calls.judge_close(opened.ledger, opened.sums, LINES, 3)
    opened.session(2)
    assert sell(opened)[-1] == (REPAY, -1, near(1234.56))
    assert opened.sums.principal == near(200_000 - 150_000 - 1234.56)
