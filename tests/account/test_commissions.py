# ruff: noqa: ARG001, ARG002 - models are asked about the whole order
"""Commission models of a user's own: amounts by hand, what is refused, and forced sales that they size."""

import math
from typing import Any

import numba
import numpy as np
import pytest
from account import own_costs
from hypothesis import given, seed
from hypothesis import strategies as st
from liangrong.core.account import commissions
from liangrong.core.account.commissions import own_model
from liangrong.core.account.costs import CostTerms, order_fees, total_fees
from liangrong.core.account.forced_sales import CASH_FIRST
from liangrong.core.account.sale_size import Dealing, Need, SaleRule, shares_to_sell
from liangrong.core.config.options import DEFAULTS
from liangrong.core.config.run import CostsConfig
from liangrong.core.errors import ConfigError

COSTS = CostsConfig(commission_rate=0.0003, commission_minimum=4.0)


def terms(model, **parameters):
    made = own_model(model, parameters, COSTS)
    return CostTerms(made.rate, made.minimum, 0.0005, 0.00001, 0.0, made.at)


@pytest.mark.parametrize(
    ("shares", "price", "commission"),
    [
        (100, 10.0, 3.0),  # 0.50 by the rate
        (1_000, 10.0, 5.0),
        (4_900, 10.0, 24.5),
        (5_000, 10.0, 15.0),  # 50,000 is the next tier's
        (20_000, 10.0, 40.0),
        (12_345, 3.33, 20.55),  # 41,108.85 x 0.0005 = 20.554425
        (123, 100.5, 6.18),  # 12,361.5 x 0.0005 = 6.18075
    ],
)
def test_tiers_by_value_with_a_minimum(shares, price, commission):
    fees = order_fees(shares, shares * price, False, terms(own_costs.tiered))
    assert fees.commission == commission


def test_parameters_are_those_of_the_configuration():
    of = terms(own_costs.tiered, bounds=[20_000], rates=[0.001, 0.0001], least=0)
    assert [order_fees(100.0, value, False, of).commission for value in (10.0, 19_999.0, 20_000.0)] == [0.01, 20.0, 2.0]
    assert order_fees(100.0, 10_000.0, True, terms(own_costs.dearer_sale, on_sale=0.002)).commission == 20.0
    assert order_fees(100.0, 10_000.0, False, terms(own_costs.dearer_sale, on_sale=0.002)).commission == 1.0
    doubled = terms(own_costs.dearer_sale, on_sale=0.002, is_double=True)
    assert order_fees(100.0, 10_000.0, True, doubled).commission == 40.0


def test_rate_and_minimum_of_the_costs_reach_a_model_that_names_them():
    assert order_fees(100.0, 1_000.0, False, terms(own_costs.per_share)).commission == 4.0
    assert order_fees(1_000.0, 1_000.0, False, terms(own_costs.per_share)).commission == 10.0
    assert order_fees(100.0, 1_000.0, False, terms(own_costs.per_share, commission_minimum=2)).commission == 2.0
    assert order_fees(100.0, 100_000.0, False, terms(own_costs.as_shipped)).commission == 30.0


def test_the_other_fees_are_as_ever_and_a_return_costs_nothing():
    fees = order_fees(1_000.0, 10_000.0, True, terms(own_costs.tiered))
    assert (fees.stamp_duty, fees.transfer_fee) == (5.0, 0.1)
    assert order_fees(1_000.0, 0.0, True, terms(own_costs.tiered)) == (0.0, 0.0, 0.0)


@seed(11)
@given(st.integers(1, 10**6), st.integers(1, 200_000), st.booleans())
def test_the_shipped_formula_as_a_model_of_ones_own(shares, cents, is_sale):
    value = shares * (cents / 100.0)
    shipped = CostTerms(0.0003, 4.0, 0.0005, 0.00001)
    assert order_fees(shares, value, is_sale, terms(own_costs.as_shipped)) == order_fees(
        shares, value, is_sale, shipped
    )


def test_a_model_that_is_jitted_already_is_taken_as_it_is():
    jitted = numba.njit(own_costs.tiered)
    assert order_fees(1_000.0, 10_000.0, False, terms(jitted)).commission == 5.0


def test_one_model_with_the_same_parameters_is_compiled_once():
    first = own_model(own_costs.tiered, {"least": 1}, COSTS)
    assert own_model(own_costs.tiered, {"least": 1.0}, COSTS) is first
    assert own_model(own_costs.tiered, {"least": 2.0}, COSTS).at != first.at


def test_targets_are_planned_with_about_its_rate():
    assert own_model(own_costs.tiered, {}, COSTS).rate == 0.0003  # of 100,000 CNY
    assert own_model(own_costs.per_share, {"each": 0.02}, COSTS).rate == 0.002  # 10,000 shares at 10 CNY


# ---- what is refused ----------------------------------------------------------------------------------------------


def no_order(amount):
    return amount


def other_names(size, price, is_buy):
    return 0.0


def all_words(shares, value, is_sale, *more):
    return 0.0


def nothing_for_a_purchase(shares, value, is_sale):
    if is_sale:
        return 5.0
    return None


def negative(shares, value, is_sale):
    return -0.01 if is_sale and value > 1e6 else 1.0


def endless(shares, value, is_sale):
    return value / 0.0 if value > 1e6 else 1.0


def failing(shares, value, is_sale):
    return {}["x"]


def speaking(shares, value, is_sale):
    return float(f"{value:.2f}")


class Priced:
    def __call__(self, shares, value, is_sale):
        return 1.0


SHAPE = r"should be a function of \(shares, value, is_sale, and parameters of its own\), got"
WRONG = {
    "signature": (no_order, {}, rf"no_order {SHAPE} \(amount\)"),
    "names": (other_names, {}, rf"other_names {SHAPE} \(size, price, is_buy\)"),
    "star": (all_words, {}, rf"all_words {SHAPE} \(shares, value, is_sale, \*more\)"),
    "no function": (0.001, {}, rf"{SHAPE} 0.001"),
    "unknown": (own_costs.tiered, {"bound": [1]}, "tiered has no parameter `bound`: did you mean `bounds`"),
    "missing": (own_costs.dearer_sale, {}, "dearer_sale needs `on_sale`: give it under `parameters`"),
    "text": (
        own_costs.tiered,
        {"least": "5"},
        r"`least` of .* should be a number, .* list of numbers, got '5'",
    ),
    "nan": (own_costs.tiered, {"least": math.nan}, r"`least` of .*, got nan"),
    "texts": (own_costs.tiered, {"rates": [0.1, "x"]}, r"`rates` of .*, got \[0.1, 'x'\]"),
    "nothing": (
        nothing_for_a_purchase,
        {},
        "should return a finite number of CNY of at least 0, got None for a purchase",
    ),
    "negative": (negative, {}, "negative should return a finite number of CNY of at least 0, got -0.01 for a sale"),
    "endless": (endless, {}, "endless failed for .* CNY: ZeroDivisionError"),
    "failing": (failing, {}, "failing failed for 1 shares for 0.15 CNY: KeyError: 'x'"),
    "too few": (own_costs.tiered, {"rates": [0.1]}, "tiered failed for .*: IndexError"),
    "object": (Priced(), {}, "cannot be compiled by numba"),
    "uncompilable": (speaking, {}, "speaking cannot be compiled by numba"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_model_that_cannot_be_used(name):
    model, parameters, message = WRONG[name]
    wrong: Any = model
    with pytest.raises(ConfigError, match=rf"`costs.commission` .*{message}|{message}"):
        own_model(wrong, parameters, COSTS)


@pytest.mark.parametrize("name", ["sometimes_nothing", "sometimes_negative", "sometimes_fails"])
def test_an_order_for_which_a_model_has_no_amount_is_not_a_number_and_refused(name):
    made = own_model(getattr(own_costs, name), {}, COSTS)
    of = CostTerms(made.rate, 0.0, 0.0, 0.0, 0.0, made.at)
    assert order_fees(200.0, 1_000.0, False, of).commission == 1.0
    fees = order_fees(300.0, 1_000.0, False, of)
    assert math.isnan(fees.commission)
    commissions.check(made, 1.0)
    with pytest.raises(ConfigError, match=f"{name} should return .* for 300 shares it did not"):
        commissions.check(made, fees.commission, "300 shares")


# ---- forced sales -------------------------------------------------------------------------------------------------


NEEDS = Need(4e5, 0.0, 0.0, 0.0), Need(49_990.0, 0.0, 0.0, 0.0), Need(np.nan, 1.3e6, 1e6, 9e5)


def lacking(shares, price, of, need, restore):
    """What is missing, in CNY, of the cash or of the assets at the restore line after a sale."""
    net = shares * price - total_fees(order_fees(shares, shares * price, True, of))
    if not math.isnan(need.cash):
        return need.cash - net
    repaid = min(max(net, 0.0), need.owed)
    return restore * (need.debt - repaid) - (need.assets - shares * price + net - repaid)


@pytest.mark.parametrize("model", [own_costs.tiered, own_costs.per_share, own_costs.as_shipped])
@pytest.mark.parametrize("price", [1.7, 10.0, 333.3])
@pytest.mark.parametrize("need", NEEDS)
def test_a_forced_sale_is_large_enough_by_any_model(model, price, need):
    """And the least one where every lot brings more than its fees, which tried one after another shows."""
    of = terms(model)
    lot, at = np.array([100.0]), np.array([price])
    deal = Dealing(lot, lot.copy(), at, at.copy(), np.zeros(1, np.int64))
    rule = SaleRule(DEFAULTS._replace(forced_sale_cash=1 - CASH_FIRST), 1.4, True, (of,) * 4)
    found = shares_to_sell(0, price, 100.0, 100.0, deal, rule, need)
    assert lacking(found, price, of, need, 1.4) <= 1e-6
    least = next(n * 100.0 for n in range(1, 10**6) if lacking(n * 100.0, price, of, need, 1.4) <= 1e-6)
    assert found == least or (model is own_costs.tiered and found > least)
