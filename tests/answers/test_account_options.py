"""Options of the account, worked by hand: fee basis, posting, concentration, ratios by haircut, overdue contracts."""

import numpy as np
import pytest
from liangrong.core.account import calls, credit, credit_contracts
from liangrong.core.types import OrderKind, Refusal
from oracles.ledger_bridge import KernelAccount, terms

BUY, SELL, MARGIN_BUY, SELL_TO_REPAY, REPAY, SHORT_SELL, BUY_TO_RETURN, RETURN_SHARES = OrderKind


def near(expected):
    return pytest.approx(expected, abs=1e-6)  # CNY


def account(cash, *prices, **changes):
    opened = KernelAccount(cash, len(prices), conditions=terms(**changes))
    opened.price[:] = prices
    return opened


# --- the basis of the borrow fee ---------------------------------------------------------------------------------


def test_the_borrow_fee_can_follow_the_value_of_what_is_owed():
    opened = account(100_000.0, 10.0, 10.0, borrow_rate=0.09, financing_rate=0.09)
    opened.must(SHORT_SELL, 0, 1000)
    opened.must(MARGIN_BUY, 1, 1000)
    for day, close in ((1, 12.0), (4, 8.0), (5, 0.5)):  # each with the last close before its days
        opened.session(day, np.array([close, 99.0]))
    assert opened.contracts["accrued"].tolist() == near(
        [3.0 + 3 * 2.0 + 0.125, 5 * 2.5]
    )  # loans follow their principal


def test_or_the_sell_amount_whatever_the_price():
    opened = account(100_000.0, 10.0, borrow_rate=0.09)
    opened.must(SHORT_SELL, 0, 1000)
    opened.price[0] = 20.0
    opened.session(4)
    assert opened.contracts["accrued"][0] == near(10.0)


def test_on_its_value_a_contract_that_is_partly_returned_pays_for_what_it_owes():
    opened = account(100_000.0, 10.0, borrow_rate=0.09)
    opened.must(SHORT_SELL, 0, 1000)
    opened.session(1, np.array([10.0]))
    opened.must(BUY_TO_RETURN, 0, 600)
    opened.session(2, np.array([20.0]))
    assert opened.contracts["accrued"][0] == near(0.4 * 2.5 + 400 * 20 * 0.09 / 360)


def test_a_price_that_is_missing_is_asked_of_open_shorts_only():
    opened = account(100_000.0, 10.0, 10.0)
    opened.must(MARGIN_BUY, 1, 1000)
    opened.session(1, np.array([np.nan, np.nan]))
    assert opened.contracts["accrued"][0] == near(10_000 * 0.08 / 360)


# --- the posting of interest -------------------------------------------------------------------------------------


def owing():
    """Return a loan with 10.00 and then a short with 5.00 accrued."""
    opened = account(100_000.0, 10.0, 10.0, financing_rate=0.09, borrow_rate=0.09)
    opened.must(MARGIN_BUY, 0, 1000)
    opened.session(2)
    opened.must(SHORT_SELL, 1, 1000)
    opened.session(4)
    assert opened.contracts["accrued"].tolist() == near([10.0, 5.0])
    return opened


def test_posting_pays_what_accrued_and_changes_no_equity():
    opened = owing()
    cash, worth = opened.cash, opened.equity
    assert credit_contracts.post_interest(opened.ledger, True) == near(15.0)
    assert opened.cash == near(cash - 15.0)
    assert opened.equity == near(worth)
    assert opened.contracts["paid"].tolist() == near([10.0, 5.0])
    assert opened.sums.accrued == 0.0
    opened.session(5)  # and no interest on interest
    assert opened.contracts["accrued"].tolist() == near([2.5, 2.5])


@pytest.mark.parametrize(("free", "left"), [(12.0, [0.0, 3.0]), (4.0, [6.0, 5.0]), (0.0, [10.0, 5.0])])
def test_without_the_right_to_proceeds_posting_takes_available_cash_only_the_oldest_contract_first(free, left):
    opened = owing()
    opened.ledger.account[0]["cash"] = credit.locked_cash(opened.ledger) + free
    assert credit_contracts.post_interest(opened.ledger, False) == near(free)
    assert opened.contracts["accrued"].tolist() == near(left)
    assert opened.available_cash == near(0.0)


def test_proceeds_pay_the_interest_that_other_cash_does_not():
    opened = owing()
    opened.ledger.account[0]["cash"] = 10_000.0 + 4.0  # 10,000 of proceeds; 15.00 accrued
    assert credit_contracts.post_interest(opened.ledger, True) == near(15.0)
    assert opened.contracts["accrued"].tolist() == near([0.0, 0.0])
    assert credit.locked_cash(opened.ledger) == near(9_989.0)
    assert opened.available_cash == near(0.0)


# --- concentration -----------------------------------------------------------------------------------------------

# One security may be at most 50 % of the assets below 180 %, at most 70 % below 240 %.
TIERS = {"tier_below": np.array([1.8, 2.4]), "tier_share": np.array([0.5, 0.7])}


@pytest.mark.parametrize(
    ("owed", "share", "refusal"),
    [
        # Assets 100,000 after the purchase; `owed` of them is lent, `share` is in one security then.
        (60_000, 50_000, Refusal.NONE),  # 166.7 %
        (60_000, 50_100, Refusal.CONCENTRATION),
        (50_000, 50_100, Refusal.NONE),  # 200 %
        (50_000, 70_000, Refusal.NONE),
        (50_000, 70_100, Refusal.CONCENTRATION),
        (40_000, 90_000, Refusal.NONE),  # 250 %
    ],
)
def test_tiers_of_concentration(owed, share, refusal):
    opened = account(1e6, 1.0, 1.0, warn=1.0, financing_ratio=0.5)
    opened.must(MARGIN_BUY, 1, owed)
    opened.ledger.account[0]["cash"] = 100_000.0 - owed
    opened.must(BUY, 0, min(share, 100_000 - owed) - 200)
    if share > 100_000 - owed:  # the rest is collateral that came from elsewhere, in the place of other shares
        opened.ledger.collateral[0] += share - (100_000 - owed)
        opened.contracts["shares"][0] -= share - (100_000 - owed)
    opened.terms = opened.terms._replace(**TIERS)
    assert opened.do(BUY, 0, 200).refusal == refusal


def test_the_tier_is_that_of_the_ratio_after_a_financed_purchase():
    opened = account(100_000.0, 1.0, 1.0, financing_ratio=0.5, **TIERS)
    opened.must(BUY, 1, 100_000)
    # 82,000 more: 182,000 over 82,000 = 222 %, 45 %; 126,000: 226,000 over 126,000 = 179 %, 55.8 %.
    opened.haircut[:] = 0.7
    assert opened.do(MARGIN_BUY, 0, 126_000).refusal == Refusal.CONCENTRATION
    opened.must(MARGIN_BUY, 0, 82_000)


def test_without_debt_nothing_is_too_concentrated():
    opened = account(100_000.0, 1.0, **TIERS)
    opened.must(BUY, 0, 100_000)


def test_sales_are_never_too_concentrated():
    opened = account(100_000.0, 1.0, 1.0, financing_ratio=0.5)
    opened.must(MARGIN_BUY, 0, 100_000)
    opened.session(1)
    opened.terms = opened.terms._replace(**TIERS)
    opened.must(SELL_TO_REPAY, 0, 100)


# --- the financing ratio -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("haircut", "ratio"), [(0.70, 1.0), (0.65, 1.05), (0.0, 1.7)])
def test_a_lower_haircut_asks_for_more_margin(haircut, ratio):
    """Brokers ask for max(1.7 - haircut, 1.0)."""
    opened = account(100_000.0, 1.0, financing_ratio_base=1.7)
    opened.haircut[0] = haircut
    most = int(100_000 / ratio + 1e-6)
    assert opened.do(MARGIN_BUY, 0, most + 1).refusal == Refusal.NO_MARGIN
    opened.must(MARGIN_BUY, 0, most)
    assert opened.contracts["ratio"][0] == pytest.approx(ratio)
    opened.haircut[0] = 0.1  # the contract keeps the ratio of its day
    assert opened.margin == near(100_000 - most * ratio)


@pytest.mark.parametrize(("haircut", "ratio"), [(0.90, 0.5), (0.65, 0.75), (0.0, 1.4)])
def test_and_of_a_short_sale_likewise(haircut, ratio):
    """max(1.4 - haircut, 0.5); a short sale adds nothing to the margin but what its gain is worth."""
    opened = account(100_000.0, 1.0, short_ratio_base=1.4, short_ratio=0.5)
    opened.haircut[0] = haircut
    most = int(100_000 / ratio + 1e-6)
    assert opened.do(SHORT_SELL, 0, most + 1).refusal == Refusal.NO_MARGIN
    opened.must(SHORT_SELL, 0, most)
    assert opened.contracts["ratio"][0] == pytest.approx(ratio)
    opened.haircut[0] = 0.1
    assert opened.margin == near(100_000 - most * ratio)


# --- overdue contracts -------------------------------------------------------------------------------------------


def overdue(**changes):
    """Return a loan of 36,000 at 5 % and a short of 18,000 at 10 % after two days: 5.00 a day each."""
    opened = account(100_000.0, 10.0, 10.0, financing_rate=0.05, borrow_rate=0.10, **changes)
    opened.must(MARGIN_BUY, 0, 3_600)
    opened.must(SHORT_SELL, 1, 1_800)
    opened.session(2)
    return opened


def after(opened, day):
    opened.session(day)
    return opened.contracts["accrued"].tolist()


def test_a_contract_that_fell_due_pays_the_penalty_rate_while_it_is_open():
    """At 18 % the loan pays 18.00 a day; the short, which is not due, its own 5.00."""
    opened = overdue(penalty_rate=0.18)
    calls.fall_due(opened.contracts, 0, -1, False)
    assert after(opened, 5) == near([10.0 + 3 * 18.0, 25.0])
    calls.fall_due(opened.contracts, 1, -1, False)
    assert after(opened, 6) == near([64.0 + 18.0, 25.0 + 9.0])


def test_without_a_penalty_rate_it_pays_its_own():
    opened = overdue()
    calls.fall_due(opened.contracts, 0, -1, False)
    assert after(opened, 5) == near([25.0, 25.0])


def test_a_penalty_rate_of_nothing_is_one():
    opened = overdue(penalty_rate=0.0)
    calls.fall_due(opened.contracts, 0, -1, False)
    assert after(opened, 5) == near([10.0, 25.0])


def test_what_waits_for_a_suspended_security_or_was_extended_is_not_overdue():
    opened = overdue(penalty_rate=0.18)
    calls.fall_due(opened.contracts, 0, -1, True)
    calls.fall_due(opened.contracts, 1, 20_000, False)
    assert after(opened, 5) == near([25.0, 25.0])
    calls.fall_due(opened.contracts, 0, -1, False)  # it trades again
    assert after(opened, 6) == near([43.0, 30.0])
