"""Rights issues and reverse splits in the account, by hand: CITIC Securities' issue of 2022."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import corporate_actions, credit
from liangrong.core.account.corporate_actions import Rights, apply_action
from liangrong.core.config.options import DEFAULTS
from liangrong.core.kernels.reference import ex_right_price
from liangrong.core.types import OrderKind
from oracles.ledger_bridge import KernelAccount, terms
from oracles.ledger_interpreted import interpreted

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind
CITIC = Rights(0.15, 14.43, 24.23)
"""600030: 1.5 for 10 at 14.43; 25.70 on the record date 2022-01-18, ex on 2022-01-27:
(25.70 + 14.43 x 0.15) / 1.15 = 27.8645 / 1.15 = 24.23."""
ON, OFF = DEFAULTS._replace(subscribe_rights=True), DEFAULTS


def near(expected) -> Any:
    return pytest.approx(expected, abs=1e-6)  # CNY


def account(cash=100_000.0):
    """Return 1,000 own, 500 financed and 300 borrowed shares of security 0 at 25.70."""
    opened = KernelAccount(cash, 1, conditions=terms(financing_rate=0.0, borrow_rate=0.0))
    opened.price[:] = 25.70
    opened.must(BUY, 0, 1000)
    opened.must(MARGIN_BUY, 0, 500)
    opened.must(SHORT_SELL, 0, 300)
    opened.session(1)
    return opened


def test_the_ex_right_price_of_the_issue():
    assert ex_right_price(25.70, 0.0, 0.0, 100, 0.15, 14.43) == 24.23
    assert ex_right_price(28.06, 0.0, 0.0, 100, 0.2, 18.00) == 26.38  # 601166 in 2010: 31.66 / 1.2 = 26.3833
    assert ex_right_price(10.0, 1.0, 0.5, 100, 0.3, 5.0) == 5.83  # (10 - 1 + 1.5) / 1.8
    assert ex_right_price(2.0, 0.0, -0.5, 100) == 4.0


def test_own_and_financed_shares_are_subscribed_with_available_cash():
    opened = account()
    cash = opened.cash
    effect = apply_action(opened.ledger, 0, 0.0, 0.0, ON, CITIC)
    # 1,500 held: 225 shares for 3,246.75
    assert (effect.subscribed, effect.paid, effect.lapsed) == (225.0, near(3246.75), 0.0)
    assert opened.cash == near(cash - 3246.75)
    assert opened.ledger.collateral[0] == 1225.0
    assert opened.ledger.cost[0] == near(25_700.0 + 3246.75)
    assert opened.contracts["shares"].tolist() == [500.0, 300.0]
    assert opened.contracts["principal"][0] == 12_850.0
    # T+1: those of today are locked.
    assert opened.ledger.bought_today[0] == 225.0
    assert opened.do(SELL, 0, 1225).refusal
    opened.must(SELL, 0, 1000)
    opened.session(2)
    opened.must(SELL, 0, 225)


def test_the_borrower_owes_what_the_right_was_worth():
    opened = account()
    effect = apply_action(opened.ledger, 0, 0.0, 0.0, ON, CITIC)
    # 300 x 0.15 x (24.23 - 14.43) = 45 x 9.80
    assert (effect.rights_due, effect.rights_owed) == (near(45.0), near(441.0))
    assert (effect.owed, effect.short_shares) == (0.0, 0.0)
    assert opened.contracts["compensation"].tolist() == [0.0, near(441.0)]
    cash = opened.cash
    opened.must(BUY_TO_RETURN, 0, 300, 24.23)
    assert opened.cash == near(cash - 7269.0 - 441.0)


@pytest.mark.parametrize(("options", "loss"), [(ON, 0.0), (OFF, 225 * 9.80)])
def test_at_the_ex_right_price_only_a_right_that_lapses_costs_equity(options, loss):
    opened = account()
    before = opened.equity
    effect = apply_action(opened.ledger, 0, 0.0, 0.0, options, CITIC)
    opened.price[0] = 24.23
    assert opened.equity == near(before - loss)
    assert effect.lost == near(loss)


def test_available_cash_pays_for_as_many_whole_shares_as_it_can():
    opened = account()
    opened.ledger.account[0]["cash"] = opened.contracts["locked"].sum() + 1000.0
    effect = apply_action(opened.ledger, 0, 0.0, 0.0, ON, CITIC)
    # 1,000 / 14.43 = 69.3; locked proceeds buy nothing.
    assert (effect.subscribed, effect.paid, effect.lapsed) == (69.0, near(995.67), 156.0)
    assert effect.lost == near(156 * 9.80)
    assert opened.available_cash == near(4.33)


def test_a_dividend_of_the_same_day_comes_first_and_new_shares_bear_no_rights():
    opened = KernelAccount(1000.0, 1)
    opened.must(BUY, 0, 100, 10.0)
    opened.session(1)
    reference = ex_right_price(10.0, 1.0, 0.5, 100, 0.3, 3.0)  # 9.9 / 1.8 = 5.50
    effect = apply_action(opened.ledger, 0, 1.0, 0.5, ON, Rights(0.3, 3.0, reference))
    assert (effect.received, effect.long_shares, effect.subscribed) == (100.0, 50.0, 30.0)  # 100 pay for 30 at 3.00
    assert opened.cash == near(10.0)
    opened.price[0] = reference
    assert opened.equity == near(1000.0)


@pytest.mark.parametrize("reference", [14.43, 12.0])
def test_rights_that_are_worth_nothing_lapse_and_cost_nothing(reference):
    opened = account()
    effect = apply_action(opened.ledger, 0, 0.0, 0.0, ON, Rights(0.15, 14.43, reference))
    assert (effect.subscribed, effect.lapsed, effect.lost, effect.rights_owed) == (0.0, 225.0, 0.0, 0.0)


def test_an_insolvent_account_subscribes_to_nothing():
    opened = account()
    opened.ledger.account[0]["risk_state"] = credit.INSOLVENT
    assert apply_action(opened.ledger, 0, 0.0, 0.0, ON, CITIC).subscribed == 0.0


def test_a_reverse_split_leaves_whole_shares_and_all_that_is_owed_in_money():
    opened = account()
    before = opened.equity
    effect = apply_action(opened.ledger, 0, 0.0, -0.5, ON)
    assert (effect.long_shares, effect.short_shares) == (-750.0, -150.0)
    assert opened.ledger.collateral[0] == 500.0
    assert opened.contracts["shares"].tolist() == [250.0, 150.0]
    assert opened.contracts["principal"].tolist() == [12_850.0, 0.0]
    assert opened.contracts["sell_amount"].tolist() == [0.0, 7710.0]
    opened.price[0] = ex_right_price(25.70, 0.0, -0.5, 100)
    assert opened.price[0] == 51.40
    assert opened.equity == near(before)


def test_fractions_of_a_reverse_split_are_dropped_and_a_short_owes_one_share_at_least():
    opened = KernelAccount(10_000.0, 1)
    opened.must(BUY, 0, 105, 10.0)
    opened.must(SHORT_SELL, 0, 1)
    opened.session(1)
    apply_action(opened.ledger, 0, 0.0, -0.3, ON)
    assert opened.ledger.collateral[0] == 73.0  # of 73.5
    assert opened.contracts["shares"].tolist() == [1.0]  # of 0.7
    apply_action(opened.ledger, 0, 0.0, -0.99, ON)
    assert (opened.ledger.collateral[0], opened.ledger.cost[0]) == (0.0, 0.0)


def test_recalled_shares_shrink_with_those_owed():
    opened = account()
    opened.contracts["recalled"][1] = 100.0
    apply_action(opened.ledger, 0, 0.0, -0.5, ON)
    assert opened.contracts["recalled"][1] == 50.0
    opened.contracts["recalled"][1] = 150.0
    apply_action(opened.ledger, 0, 0.0, -0.5, ON)
    assert opened.contracts["recalled"][1] == opened.contracts["shares"][1] == 75.0


@seed(31)
@settings(max_examples=100, deadline=None)
@given(
    *(st.integers(0, 100_000), st.integers(1, 100_000), st.integers(1, 99), st.integers(1, 2_000)),
    st.integers(0, 10_000_000),
)
def test_subscriptions_against_integers(own, financed, ratio, price, cash):
    """Shares, hundredths of a share per share, cents and cents of cash."""
    ledger = credit.open_ledger(cash / 100, 1)
    ledger.account[0]["open_contracts"] = 1
    ledger.collateral[0] = own
    ledger.contracts[0]["kind"], ledger.contracts[0]["shares"] = credit.FINANCING, financed
    rights = Rights(ratio / 100, price / 100, np.inf)
    effect = apply_action(ledger, 0, 0.0, 0.0, ON, rights)
    offered = (own + financed) * ratio // 100
    assert effect.subscribed == min(offered, cash // price)
    assert effect.subscribed + effect.lapsed == offered
    assert ledger.account[0]["cash"] == near(cash / 100 - effect.subscribed * price / 100)


def test_compiled_and_interpreted_agree():
    def answers():
        opened = account()
        effect = apply_action(opened.ledger, 0, 0.123, -0.43, ON, CITIC)
        return [tuple(effect), *(part.tobytes() for part in opened.ledger)]

    compiled = answers()
    with interpreted(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "apply_action", corporate_actions.apply_action)
        assert answers() == compiled
