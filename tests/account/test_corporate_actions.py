"""Dividends, bonus and split shares: what long positions receive, what borrowers owe, and what stays as it was."""

from typing import Any

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import corporate_actions, credit, credit_contracts
from liangrong.core.account.corporate_actions import ActionEffect, apply_action
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import KernelAccount, taxed, terms
from oracles.ledger_interpreted import compiled_functions, interpreted

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind


def near(expected) -> Any:
    return pytest.approx(expected, abs=1e-6)  # CNY


def account():
    """Return collateral of 1,000 and of 0, financed 500, short 300 of security 0 at 10; and 100 of another."""
    opened = KernelAccount(100_000.0, 2, conditions=terms(financing_rate=0.0, borrow_rate=0.0))
    opened.price[:] = (10.0, 20.0)
    opened.must(BUY, 0, 1000)
    opened.must(BUY, 1, 100)
    opened.must(MARGIN_BUY, 0, 500)
    opened.must(SHORT_SELL, 0, 300)
    opened.session(1)
    return opened


def test_a_dividend_is_received_on_longs_and_owed_on_shorts():
    opened = account()
    cash = opened.cash
    effect = apply_action(opened.ledger, 0, 0.5, 0.0, taxed(0.0))
    assert effect == ActionEffect(750.0, 150.0, 0.0, 0.0)
    assert opened.cash == near(cash + 750.0)
    assert opened.contracts["compensation"].tolist() == [0.0, 150.0]
    assert opened.sums.accrued == near(150.0)


def test_tax_is_withheld_from_longs_and_lenders_get_the_gross_dividend():
    effect = apply_action(account().ledger, 0, 0.5, 0.0, taxed(0.2))
    assert effect == ActionEffect(near(600.0), near(150.0), 0.0, 0.0)


def test_bonus_shares_stay_with_what_they_come_from():
    opened = account()
    assert apply_action(opened.ledger, 0, 0.0, 0.3, taxed(0.0)) == ActionEffect(0.0, 0.0, 450.0, 90.0)
    assert opened.ledger.collateral.tolist() == [1300.0, 100.0]
    assert opened.contracts["shares"].tolist() == [650.0, 390.0]
    assert opened.contracts["sell_amount"].tolist() == [0.0, 3000.0]  # unchanged, and with it the borrow fee
    assert opened.contracts["locked"].tolist() == [0.0, 3000.0]
    assert opened.ledger.cost.tolist() == [10_000.0, 2000.0]
    assert opened.contracts["cost"].tolist() == [5000.0, 0.0]


def test_the_dividend_is_that_of_the_shares_before_the_bonus():
    assert apply_action(account().ledger, 0, 1.0, 1.0, taxed(0.0)) == ActionEffect(1500.0, 300.0, 1500.0, 300.0)


@pytest.mark.parametrize(("cash", "ratio", "ex_price"), [(0.5, 0.0, 9.5), (0.0, 1.0, 5.0), (1.0, 0.5, 6.0)])
def test_at_the_ex_right_price_an_action_changes_no_equity(cash, ratio, ex_price):
    opened = account()
    before = opened.equity
    apply_action(opened.ledger, 0, cash, ratio, taxed(0.0))
    opened.price[0] = ex_price
    assert opened.equity == near(before)


def test_dividends_owed_lower_ratio_and_margin():
    opened = account()
    margin, sums = opened.margin, opened.sums
    apply_action(opened.ledger, 0, 0.5, 0.0, taxed(0.0))
    assert opened.margin == near(margin + 750.0 - 150.0)
    debt = sums.principal + sums.short_value + 150.0
    assert opened.ratio == near((sums.cash + 750.0 + sums.long_value) / debt)


def test_dividends_owed_are_settled_with_the_fraction_that_is_returned():
    opened = account()
    apply_action(opened.ledger, 0, 0.5, 0.0, taxed(0.0))
    cash = opened.cash
    effect = opened.must(BUY_TO_RETURN, 0, 100)
    assert (effect.value, effect.interest) == (1000.0, 0.0)  # a dividend owed is no borrow fee
    assert opened.cash == near(cash - 1000.0 - 50.0)
    assert opened.contracts["compensation"][1] == near(100.0)
    opened.must(RETURN_SHARES, 0, 200)
    assert opened.cash == near(cash - 1000.0 - 150.0)
    (closed,) = opened.sweep()
    assert (closed["compensation"], closed["paid"]) == (0.0, 0.0)


def test_dividends_owed_need_cash_like_fees():
    opened = KernelAccount(10_000.0, 1, conditions=terms(short_ratio=0.5, borrow_rate=0.0))
    opened.must(SHORT_SELL, 0, 1000, 10.0)
    opened.session(1)
    opened.must(BUY, 0, 900)  # leaves 1,000
    apply_action(opened.ledger, 0, 2.0, 0.0, taxed(1.0))  # taxed away: nothing is received, 2,000 are owed
    assert opened.do(BUY_TO_RETURN, 0, 1000, 9.01).refusal
    opened.must(BUY_TO_RETURN, 0, 1000, 9.0)
    assert opened.available_cash == near(0.0)


def test_returning_shares_needs_cash_for_the_dividends_owed_too():
    opened = KernelAccount(20_000.0, 1, conditions=terms(short_ratio=0.5, borrow_rate=0.0))
    opened.must(BUY, 0, 1000, 10.0)
    opened.must(SHORT_SELL, 0, 1000)
    opened.session(1)
    apply_action(opened.ledger, 0, 0.5, 0.0, taxed(1.0))
    for own, is_refused in ((-9500.01, True), (-9499.99, False)):  # with the 10,000 released: 499.99 or 500.01
        opened.ledger.account[0]["cash"] = 10_000.0 + own
        assert bool(opened.do(RETURN_SHARES, 0, 1000).refusal) == is_refused


def test_posting_pays_interest_and_leaves_dividends_owed():
    opened = account()
    apply_action(opened.ledger, 0, 0.5, 0.0, taxed(0.0))
    opened.contracts["accrued"] += (3.0, 2.0)
    cash = opened.cash
    assert credit_contracts.post_interest(opened.ledger, True) == 5.0
    assert opened.cash == cash - 5.0
    assert opened.contracts["compensation"].tolist() == [0.0, 150.0]
    assert opened.contracts["paid"].tolist() == [3.0, 2.0]


@pytest.mark.parametrize(
    ("shares", "ratio", "new"), [(100, 0.57, 57), (100, 0.29, 29), (1000, 0.007, 7), (99, 0.5, 49)]
)
def test_new_shares_are_the_whole_ones_of_the_decimal_product(shares, ratio, new):
    opened = KernelAccount(1e6, 1)
    opened.must(BUY, 0, shares, 1.0)
    assert apply_action(opened.ledger, 0, 0.0, ratio, taxed(0.0)).long_shares == new


@seed(14)
@settings(max_examples=150, deadline=None)
@given(st.integers(1, 10_000_000), st.integers(0, 40_000))
def test_new_shares_against_integers(shares, ten_thousandths):
    ledger = credit.open_ledger(0.0, 1)
    ledger.collateral[0] = shares
    apply_action(ledger, 0, 0.0, ten_thousandths / 10_000, taxed(0.0))
    assert ledger.collateral[0] == shares + shares * ten_thousandths // 10_000


def test_shares_of_an_earlier_day_bear_bonus_shares_that_may_be_sold_at_once():
    opened = account()
    apply_action(opened.ledger, 0, 0.0, 0.5, taxed(0.0))
    opened.must(SELL, 0, 1500)
    opened.must(SELL_TO_REPAY, 0, 750)


def test_a_closed_contract_and_other_securities_have_no_part_in_it():
    opened = account()
    opened.must(SELL_TO_REPAY, 0, 500)
    before = opened.contracts[0].copy()
    assert before["closed"] != credit.NOT_CLOSED
    apply_action(opened.ledger, 0, 1.0, 1.0, taxed(0.0))
    assert opened.contracts[0] == before
    assert opened.ledger.collateral[1] == 100.0


def test_compiled_and_interpreted_agree():
    def answers():
        opened = account()
        effect = apply_action(opened.ledger, 0, 0.123, 0.57, taxed(0.1))
        return [
            tuple(effect),
            corporate_actions.whole_shares(56.99999999999999),
            *(part.tobytes() for part in opened.ledger),
        ]

    compiled = answers()
    assert set(compiled_functions(corporate_actions)) == {
        "apply_action",
        "whole_shares",
        "did_anything",
        "_note_lots",
        "_subscribe",
        "_worth",
    }
    with interpreted(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "apply_action", corporate_actions.apply_action)
        assert answers() == compiled
    assert compiled[1] == 57.0
