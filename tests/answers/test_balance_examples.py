"""Worked examples of the balances, with numbers that can be followed by hand."""

import numpy as np
from liangrong.core.kernels.balance_series import Flows, balance_series
from liangrong.core.kernels.balances import (
    financing_repayment,
    impute_outflow,
    impute_short_balance,
    reconcile,
    roll_balance,
    short_repayment,
)
from numpy.testing import assert_array_equal

TEN_THOUSAND = 1e4


def test_company_a_and_company_b():
    # A owes 100 and buys 30 more on margin; B owes 80 and buys 20; nobody repays (in 10,000 yuan).
    bought = np.array([[30.0, 20.0]]) * TEN_THOUSAND
    balance = roll_balance(bought, np.zeros((1, 2)), opening=np.array([100.0, 80.0]) * TEN_THOUSAND)
    assert_array_equal(balance, np.array([[130.0, 100.0]]) * TEN_THOUSAND)


def test_todays_balance_is_yesterdays_plus_bought_less_repaid():
    # 100 + 30 - 25 = 105, then 105 + 10 - 40 = 75.
    balance = roll_balance([[30.0], [10.0]], [[25.0], [40.0]], opening=[100.0])
    assert_array_equal(balance, [[105.0], [75.0]])
    assert_array_equal(reconcile(balance, [[30.0], [10.0]], [[25.0], [40.0]], opening=[100.0]), [[0.0], [0.0]])


def test_an_exchange_that_publishes_no_repayments():
    # 100 -> 105 with 30 bought: 25 must have been repaid; the first session has no yesterday.
    values, is_imputed = impute_outflow([[100.0], [105.0]], [[12.0], [30.0]])
    assert_array_equal(values, [[np.nan], [25.0]])
    assert_array_equal(is_imputed, [[False], [True]])


def test_a_hundred_borrowed_shares_at_twenty_yuan():
    short_balance, is_imputed = impute_short_balance([[100.0]], [[20.0]])
    assert_array_equal(short_balance, [[2000.0]])
    assert is_imputed.all()


def test_one_security_over_three_sessions():
    series = balance_series(
        Flows(
            financing_buy=[[30.0], [10.0], [20.0]],
            financing_repay=[[25.0], [40.0], [5.0]],
            short_sell=[[100.0], [50.0], [0.0]],
            short_repay=[[0.0], [30.0], [120.0]],
            close=[[20.0], [21.0], [19.5]],
            financing_balance=[[np.nan], [np.nan], [95.0]],  # the identity gives 90; the published 95 stands
            opening_financing=[100.0],
            opening_short=[0.0],
        )
    )
    assert_array_equal(series.financing_balance[:, 0], [105.0, 75.0, 95.0])
    assert_array_equal(series.short_volume[:, 0], [100.0, 120.0, 0.0])
    assert_array_equal(series.short_balance[:, 0], [2000.0, 2520.0, 0.0])
    assert_array_equal(series.total_balance[:, 0], [2105.0, 2595.0, 95.0])
    assert_array_equal(series.spread[:, 0], [-1895.0, -2445.0, 95.0])


def test_financing_repayment_from_its_details():
    # Repaid in cash 1,000, by selling 2,500, by forced closing 400; adjustments of +30 and -80.
    details = {"direct": 1000.0, "by_selling": 2500.0, "forced": 400.0, "positive": 30.0, "negative": 80.0}
    assert financing_repayment(**details) == 3850.0
    # A negative adjustment larger than the rest makes a negative repayment: a reversal, as exchanges do publish them.
    assert financing_repayment(**{**details, "negative": 5000.0}) == -1070.0
    assert np.isnan(financing_repayment(**{**details, "forced": np.nan}))


def test_short_repayment_from_its_details():
    # Bought back 700, returned 300, forced 50; adjustments of +20 and -5; 65 lent shares were transferred out.
    details = {"bought_back": 700.0, "returned": 300.0, "forced": 50.0, "positive": 20.0, "negative": 5.0}
    assert short_repayment(**details, transferred_out=65.0) == 1000.0
    assert_array_equal(short_repayment(**details, transferred_out=np.array([0.0, np.nan])), [1065.0, np.nan])
