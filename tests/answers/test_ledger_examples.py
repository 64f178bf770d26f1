"""Worked examples of the credit account, with numbers that can be followed by hand."""

import math

import pytest
from liangrong.core.account.costs import CostTerms
from liangrong.core.account.credit import NOT_CLOSED, SHORT
from liangrong.core.types import OrderKind, Refusal
from oracles.ledger_bridge import KernelAccount, terms

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind
COSTS = CostTerms(0.00025, 5.0, 0.0005, 0.00001)


def near(expected):
    return pytest.approx(expected, abs=1e-6)  # CNY


def account(cash, *prices, conditions=None, haircut=0.65):
    """Return an account over as many securities as there are prices."""
    opened = KernelAccount(cash, len(prices), conditions=conditions or terms())
    opened.price[:] = prices
    opened.haircut[:] = haircut
    return opened


# --- ratios and margin -------------------------------------------------------------------------------------------


def worked_account():
    """Return cash of 150, 50 of it short proceeds; collateral of 200; 150 financed; a short of 50; 0.5 owed."""
    # One day at 90 % a year on 150 + 50 is the half yuan that is owed.
    opened = account(300.0, 1.0, 1.0, 1.0, conditions=terms(financing_rate=0.9, borrow_rate=0.9))
    opened.haircut[0] = 0.70
    opened.must(BUY, 0, 200)
    opened.must(MARGIN_BUY, 1, 150)
    opened.must(SHORT_SELL, 2, 50)
    opened.session(1)
    assert opened.cash == 150.0
    assert opened.available_cash == 100.0
    assert opened.sums.accrued == near(0.5)
    return opened


@pytest.mark.parametrize(
    ("financed", "shorted", "margin", "ratio"), [(165.0, 45.0, 57.5, 2.6343), (135.0, 55.0, 14.5, 2.3601)]
)
def test_gains_and_losses_in_margin_and_maintenance_ratio(financed, shorted, margin, ratio):
    opened = worked_account()
    opened.price[1:] = (financed / 150, shorted / 50)
    assert opened.margin == near(margin)
    assert round(opened.ratio, 4) == ratio


@pytest.mark.parametrize(
    ("ratio", "financed", "maintenance", "fall"),
    [(1.0, 100, 2.0, -0.35), (0.8, 125, 1.8, -0.278), (0.5, 200, 1.5, -0.133)],
)
def test_highest_leverage_from_a_hundred_of_cash(ratio, financed, maintenance, fall):
    opened = account(100.0, 1.0, conditions=terms(financing_ratio=ratio, warn=1.3))
    assert opened.do(MARGIN_BUY, 0, financed + 1).refusal == Refusal.NO_MARGIN
    opened.must(MARGIN_BUY, 0, financed)
    assert opened.do(MARGIN_BUY, 0, 1).refusal == Refusal.NO_MARGIN
    opened.must(BUY, 0, 100)
    assert opened.ratio == near(maintenance)
    to_the_call = 1.3 * financed / (100 + financed) - 1
    assert round(to_the_call, 3) == fall
    opened.price[0] = 1.0 + to_the_call
    assert opened.ratio == near(1.3)


def test_without_debt_the_ratio_is_infinite():
    opened = account(100.0, 1.0)
    opened.must(BUY, 0, 50)
    assert opened.ratio == math.inf


# --- interest ----------------------------------------------------------------------------------------------------


def test_five_thousand_at_eight_percent_for_thirty_days():
    opened = account(10_000.0, 5.0)
    opened.must(MARGIN_BUY, 0, 1000)
    for day in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 21, 22, 23, 24, 25, 28, 29, 30):  # weekends are free
        opened.session(day)
    assert opened.sums.accrued == near(100 / 3)
    effect = opened.must(REPAY, amount=1e9)
    assert effect.interest == pytest.approx(33.33, abs=0.005)
    assert opened.cash == near(10_000 - 5_000 - 100 / 3)


def test_interest_is_paid_before_principal():
    opened = account(10_000.0, 36.0)
    opened.must(MARGIN_BUY, 0, 100)  # 3,600 at 8 %: 0.80 a day
    opened.session(10)
    assert opened.must(REPAY, amount=5.0).interest == near(5.0)
    assert opened.contracts["principal"][0] == 3600.0
    assert opened.contracts["accrued"][0] == near(3.0)
    assert opened.must(REPAY, amount=603.0).interest == near(3.0)
    assert opened.contracts["principal"][0] == near(3000.0)
    assert opened.contracts["accrued"][0] == 0.0
    assert opened.contracts["paid"][0] == near(8.0)


def test_a_contract_closed_on_its_own_day_pays_one_day():
    opened = account(10_000.0, 36.0)
    opened.must(MARGIN_BUY, 0, 100)
    effect = opened.must(REPAY, amount=1e9)
    assert (effect.value, effect.interest) == (near(3600.8), near(0.8))
    assert opened.sweep()["paid"].tolist() == near([0.8])


def test_what_is_repaid_on_the_first_day_pays_that_day_once():
    opened = account(10_000.0, 36.0)
    opened.must(MARGIN_BUY, 0, 100)
    assert opened.must(REPAY, amount=1800.4).interest == near(0.4)
    assert opened.contracts["principal"][0] == near(1800.0)
    opened.session(1)
    assert opened.must(REPAY, amount=1e9).interest == near(0.4)  # the other half owes its own first day only


# --- repayment ---------------------------------------------------------------------------------------------------


def test_only_payment_in_full_releases_the_shares():
    opened = account(10_000.0, 36.0)
    opened.must(MARGIN_BUY, 0, 100)
    opened.session(1)
    opened.must(REPAY, amount=3600.0)
    assert opened.contracts["shares"][0] == 100.0
    assert opened.ledger.collateral[0] == 0.0
    assert opened.do(SELL, 0, 100).refusal == Refusal.NO_SHARES
    opened.must(REPAY, amount=1e9)
    assert opened.ledger.collateral[0] == 100.0
    (closed,) = opened.sweep()
    assert (closed["shares"], closed["principal"], closed["accrued"]) == (0.0, 0.0, 0.0)
    opened.must(SELL, 0, 100)


def test_shares_released_on_their_own_day_stay_locked_until_tomorrow():
    opened = account(10_000.0, 36.0)
    opened.must(MARGIN_BUY, 0, 100)
    opened.must(REPAY, amount=1e9)
    assert opened.do(SELL, 0, 100).refusal == Refusal.T_PLUS_1
    opened.session(1)
    opened.must(SELL, 0, 100)


def three_loans():
    """Return an account with 1,000 financed in security 0, then 500 in 1, then 2,000 in 0; all without interest."""
    opened = account(10_000.0, 10.0, 5.0, conditions=terms(financing_rate=0.0))
    opened.must(MARGIN_BUY, 0, 100)
    opened.must(MARGIN_BUY, 1, 100)
    opened.must(MARGIN_BUY, 0, 200)
    opened.session(1)
    return opened


def test_a_sale_repays_the_contracts_of_its_own_security_first():
    opened = three_loans()
    opened.must(SELL_TO_REPAY, 1, 100, 14.0)  # 500 to its own, 900 to the oldest
    assert opened.contracts["principal"].tolist() == [100.0, 0.0, 2000.0]
    opened.must(SELL_TO_REPAY, 0, 300)  # 100 and 2,000 to its own, 900 become cash
    assert opened.contracts["principal"].tolist() == [0.0, 0.0, 0.0]
    assert opened.cash == 10_000.0 + 900.0
    assert opened.sweep()["id"].tolist() == [1, 2, 3]


def test_a_repayment_goes_to_the_oldest_contract_whatever_its_security():
    opened = three_loans()
    opened.must(REPAY, 1, amount=1300.0)
    assert opened.contracts["principal"].tolist() == [0.0, 200.0, 2000.0]


def test_financed_shares_are_sold_before_collateral():
    opened = account(10_000.0, 10.0, conditions=terms(financing_rate=0.0))
    opened.must(BUY, 0, 100)
    opened.must(MARGIN_BUY, 0, 100)
    opened.must(MARGIN_BUY, 0, 100)
    opened.session(1)
    opened.must(SELL_TO_REPAY, 0, 150, 8.0)  # 1,200: the oldest is paid; it has no shares left to release
    assert opened.contracts["shares"].tolist() == [0.0, 50.0]
    assert opened.contracts["principal"].tolist() == [0.0, 800.0]
    assert opened.ledger.collateral[0] == 100.0
    opened.must(SELL_TO_REPAY, 0, 120)
    assert opened.ledger.collateral[0] == 30.0


def test_a_contract_sold_at_a_loss_lives_on():
    opened = account(10_000.0, 36.0)
    opened.must(MARGIN_BUY, 0, 100)
    opened.session(10)
    opened.must(SELL_TO_REPAY, 0, 100, 30.0)
    (loan,) = opened.contracts
    assert (loan["closed"], loan["shares"]) == (NOT_CLOSED, 0.0)
    assert loan["principal"] == near(3600.0 + 8.0 - 3000.0)  # the interest came first
    opened.session(19)
    assert loan["accrued"] == near(608.0 * 0.08 / 360 * 9)
    assert opened.sums.long_value == 0.0
    opened.must(REPAY, amount=1e9)
    assert len(opened.sweep()) == 1


def test_repayment_takes_no_locked_proceeds():
    opened = account(5_000.0, 10.0, 10.0, conditions=terms(short_ratio=0.5, financing_ratio=0.5))
    opened.must(SHORT_SELL, 1, 300)
    opened.must(MARGIN_BUY, 0, 400)
    opened.must(BUY, 0, 200)
    opened.session(1)
    assert (opened.cash, opened.available_cash) == (6000.0, 3000.0)
    assert opened.do(REPAY, amount=3000.01).refusal == Refusal.NO_CASH
    opened.must(REPAY, amount=3000.0)
    assert opened.available_cash == near(0.0)


# --- fees --------------------------------------------------------------------------------------------------------


def test_a_financed_purchase_finances_its_fees():
    opened = account(20_000.0, 10.0, conditions=terms(COSTS))
    effect = opened.must(MARGIN_BUY, 0, 1000)
    assert (effect.commission, effect.stamp_duty, effect.transfer_fee) == (5.0, 0.0, 0.1)
    assert opened.contracts["principal"][0] == near(10_005.1)
    assert opened.cash == 20_000.0


def test_or_pays_them_from_cash():
    opened = account(20_000.0, 10.0, conditions=terms(COSTS, finances_fees=False))
    opened.must(MARGIN_BUY, 0, 1000)
    assert opened.contracts["principal"][0] == near(10_000.0)
    assert opened.cash == near(19_994.9)


def test_and_is_refused_without_the_cash_for_them():
    opened = account(20_000.0, 10.0, conditions=terms(COSTS, finances_fees=False))
    opened.must(BUY, 0, 1999)
    assert opened.available_cash == near(4.8)  # the fees of the next order are 5.10
    assert opened.do(MARGIN_BUY, 0, 1000).refusal == Refusal.NO_CASH
    opened.terms = terms(COSTS)
    opened.must(MARGIN_BUY, 0, 1000)


@pytest.mark.parametrize(("line", "refusal"), [(10_005.09, Refusal.CREDIT_LINE), (10_005.11, Refusal.NONE)])
def test_financed_fees_draw_on_the_credit_line(line, refusal):
    opened = account(20_000.0, 10.0, conditions=terms(COSTS, credit_line=line))
    assert opened.do(MARGIN_BUY, 0, 1000).refusal == refusal


def test_the_credit_line_caps_financing_and_shorts_at_their_market_value():
    opened = account(1e6, 10.0, conditions=terms(credit_line=30_000.0))
    opened.must(MARGIN_BUY, 0, 1000)
    opened.must(SHORT_SELL, 0, 1000)
    assert opened.do(SHORT_SELL, 0, 1001).refusal == Refusal.CREDIT_LINE
    assert opened.do(SHORT_SELL, 0, 100, 19.5).refusal == Refusal.CREDIT_LINE
    opened.must(SHORT_SELL, 0, 100, 18.0)


def test_fees_above_the_proceeds_of_a_tiny_short_sale_come_from_own_cash():
    opened = account(100.0, 2.0, conditions=terms(COSTS))
    opened.must(SHORT_SELL, 0, 1)
    assert opened.contracts["locked"][0] == 0.0
    assert opened.cash == opened.available_cash == near(97.0)
    assert account(2.5, 2.0, conditions=terms(COSTS)).do(SHORT_SELL, 0, 1).refusal == Refusal.NO_CASH


# --- short sales -------------------------------------------------------------------------------------------------


def shorted(cash=20_000.0, **changes):
    """Return an account that is short 1,000 shares sold at 10 for four days; the fee is 2.50 a day."""
    opened = account(cash, 10.0, conditions=terms(borrow_rate=0.09, **changes))
    opened.must(SHORT_SELL, 0, 1000)
    opened.session(4)
    return opened


def test_a_partial_return_settles_its_fraction():
    opened = shorted()
    effect = opened.must(BUY_TO_RETURN, 0, 400, 9.0)
    assert effect.interest == near(4.0)
    (loan,) = opened.contracts
    assert (loan["shares"], loan["sell_amount"], loan["locked"]) == (600.0, 6000.0, 6000.0)
    assert (loan["accrued"], loan["paid"]) == (near(6.0), near(4.0))
    assert opened.available_cash == near(20_000 + 4000 - 3600 - 4)
    opened.session(6)
    assert loan["accrued"] == near(6.0 + 2 * 1.5)


def test_a_return_goes_to_the_oldest_contract_first():
    opened = shorted()
    opened.must(SHORT_SELL, 0, 500, 11.0)
    opened.session(5)
    opened.must(BUY_TO_RETURN, 0, 1200)
    rows = opened.contracts[opened.contracts["kind"] == SHORT]
    assert rows["shares"].tolist() == [0.0, 300.0]
    assert rows["sell_amount"].tolist() == [0.0, near(3300.0)]
    assert opened.sweep()["paid"].tolist() == [near(12.5)]


def test_an_odd_remainder_is_bought_up_to_a_lot():
    opened = shorted()
    effect = opened.must(BUY_TO_RETURN, 0, 250)
    assert effect.shares == 300.0
    assert effect.value == 3000.0
    assert opened.contracts["shares"][0] == 750.0
    assert opened.ledger.collateral[0] == 50.0
    assert opened.do(SELL, 0, 50).refusal == Refusal.T_PLUS_1  # the excess was bought today
    opened.session(5)
    opened.must(SELL, 0, 50)


def test_buying_to_return_may_spend_what_it_releases():
    opened = shorted(cash=10_000.0)
    opened.must(BUY, 0, 900)
    assert opened.available_cash == 1000.0
    opened.price[0] = 10.99
    opened.must(BUY_TO_RETURN, 0, 1000)  # 10,990 and 10.00 of fee out of 1,000 and the 10,000 released
    assert opened.available_cash == near(0.0)


def test_but_no_more_than_that():
    opened = shorted(cash=10_000.0)
    opened.must(BUY, 0, 900)
    assert opened.do(BUY_TO_RETURN, 0, 1000, 11.0).refusal == Refusal.NO_CASH  # 10.00 of fee beside
    # All proceeds pay for a part of it: 1,000 and 10,000, of which 5.00 is for the fee.
    assert opened.do(BUY_TO_RETURN, 0, 500, 22.0).refusal == Refusal.NO_CASH
    opened.must(BUY_TO_RETURN, 0, 500, 21.99)
    assert opened.cash == near(0.0)


def test_collateral_can_be_returned():
    opened = shorted()
    opened.must(BUY, 0, 300)
    assert opened.do(RETURN_SHARES, 0, 300).refusal == Refusal.T_PLUS_1
    opened.session(8)
    assert opened.do(RETURN_SHARES, 0, 301).refusal == Refusal.NO_SHARES
    effect = opened.must(RETURN_SHARES, 0, 300)
    assert (effect.value, effect.commission, effect.interest) == (0.0, 0.0, near(6.0))
    assert opened.ledger.collateral[0] == 0.0
    assert opened.contracts["locked"][0] == near(7000.0)


def test_a_short_is_covered_from_the_next_session():
    opened = account(20_000.0, 10.0)
    opened.must(SHORT_SELL, 0, 1000)
    assert opened.do(BUY_TO_RETURN, 0, 1000).refusal == Refusal.T_PLUS_1
    opened.session(1)
    opened.must(BUY_TO_RETURN, 0, 1000)


def test_before_august_2015_on_its_own_day_for_one_day_of_fee():
    opened = account(20_000.0, 10.0, conditions=terms(borrow_rate=0.09, cover_delay=0))
    opened.must(SHORT_SELL, 0, 1000)
    assert opened.must(BUY_TO_RETURN, 0, 400).interest == near(1.0)
    opened.must(BUY, 0, 600)
    assert opened.must(RETURN_SHARES, 0, 600).interest == near(1.5)
    assert opened.cash == near(20_000 - 2.5)
    assert opened.sweep()["paid"].tolist() == [near(2.5)]


def test_returned_shares_of_today_are_no_longer_locked_shares_of_today():
    opened = account(50_000.0, 10.0, conditions=terms(cover_delay=0, financing_rate=0.0))
    opened.must(MARGIN_BUY, 0, 100)
    opened.must(BUY, 0, 100)
    opened.session(1)
    opened.must(SHORT_SELL, 0, 300)
    opened.must(BUY, 0, 200)
    opened.must(RETURN_SHARES, 0, 200)  # the older hundred first, then a hundred of today
    assert (opened.ledger.collateral[0], opened.ledger.bought_today[0]) == (100.0, 100.0)
    assert opened.do(SELL, 0, 100).refusal == Refusal.T_PLUS_1
    opened.must(REPAY, amount=1e9)  # releases a hundred of yesterday
    opened.must(SELL, 0, 100)
    assert opened.do(SELL, 0, 100).refusal == Refusal.T_PLUS_1


def test_a_short_sale_needs_its_own_margin_ratio():
    opened = account(1200.0, 10.0, conditions=terms(financing_ratio=0.5, short_ratio=1.2))
    assert opened.do(SHORT_SELL, 0, 101).refusal == Refusal.NO_MARGIN
    opened.must(SHORT_SELL, 0, 100)


def test_borrowing_ends_where_nothing_is_left_to_borrow():
    opened = account(1e6, 10.0)
    opened.must(SHORT_SELL, 0, 400, borrowable=500)
    assert opened.do(SHORT_SELL, 0, 200, borrowable=500).refusal == Refusal.NO_BORROW
    opened.must(SHORT_SELL, 0, 100, borrowable=500)


def test_the_oldest_terms_stay_with_a_contract():
    opened = account(100_000.0, 10.0, conditions=terms(financing_ratio=0.5, financing_rate=0.06))
    opened.must(MARGIN_BUY, 0, 3600)
    opened.terms = terms(financing_ratio=1.0, financing_rate=0.10)
    opened.session(10)
    assert opened.sums.accrued == near(36_000 * 0.06 / 360 * 10)
    assert opened.margin == near(100_000 - 36_000 * 0.5 - 60.0)
