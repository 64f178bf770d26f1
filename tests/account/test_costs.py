"""Fees against exact decimals: half-up to the cent, the minimum, the duty on sales only."""

import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import costs
from liangrong.core.account.costs import CostTerms, Fees, order_fees, total_fees
from oracles.ledger_books import half_up
from oracles.ledger_interpreted import compiled_functions, interpreted

RATES = ("0.00025", "0.0003", "0.0005", "0.001", "0.00001", "0.00002", "0.000854", "0.0001145")


def fee(value: float, rate: float, *, is_sale: bool = False, minimum: float = 0.0) -> Fees:
    return order_fees(100.0, value, is_sale, CostTerms(rate, minimum, rate, rate))


@pytest.mark.parametrize(
    ("shares", "price", "rate", "expected"),
    [
        # Half a cent to the last digit: the binary products fall short of it.
        (7_000, 5.45, 0.0003, 11.45),
        (19_000, 132.39, 0.0005, 1257.71),
        (20_700, 45.05, 0.001, 932.54),
        (5_100, 259.5, 0.0003, 397.04),
        # A hair below half a cent stays below it.
        (100, 100.49, 0.0005, 5.02),
        (100, 100.50, 0.0005, 5.03),
    ],
)
def test_half_a_cent_goes_up(shares, price, rate, expected):
    assert fee(shares * price, rate, is_sale=True) == Fees(expected, expected, expected)


@seed(1)
@settings(max_examples=400, deadline=None)
@given(st.integers(1, 3_000_000), st.integers(1, 9_999), st.integers(1, 300_000), st.sampled_from(RATES), st.booleans())
def test_fees_are_the_decimal_ones(odd, lots, ticks, rate, in_lots):
    shares = lots * 100 if in_lots else odd
    value = min(shares, 3_000_000) * (ticks / 1000)
    exact = half_up(Decimal(min(shares, 3_000_000)) * Decimal(ticks) / 1000 * Decimal(rate))
    found = fee(value, float(rate), is_sale=True)
    assert found == Fees(float(exact), float(exact), float(exact))


def test_ties_of_every_rate_go_up():
    wrong = []
    for rate in RATES:
        for cents in range(5, 400_000, 7_910):  # fees that end in half a cent
            value = (Decimal(cents) / 1000 / Decimal(rate)).quantize(Decimal("0.001"), ROUND_HALF_UP)
            expected = float(half_up(value * Decimal(rate)))
            if fee(float(value), float(rate)).commission != expected:
                wrong.append((rate, value))
    assert wrong == []


@pytest.mark.parametrize(
    ("value", "commission"), [(19_980.0, 5.0), (20_000.0, 5.0), (20_020.0, 5.01), (1.0, 5.0), (1e6, 250.0)]
)
def test_the_commission_has_a_minimum(value, commission):
    assert order_fees(100.0, value, False, CostTerms(0.00025, 5.0, 0.0, 0.0)).commission == commission


def test_the_duty_falls_on_sales_and_the_transfer_fee_on_both_sides():
    terms = CostTerms(0.00025, 5.0, 0.0005, 0.00001)
    assert order_fees(100.0, 100_000.0, True, terms) == Fees(25.0, 50.0, 1.0)
    assert order_fees(100.0, 100_000.0, False, terms) == Fees(25.0, 0.0, 1.0)
    assert total_fees(order_fees(100.0, 100_000.0, True, terms)) == 76.0


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_without_a_traded_value_nothing_is_due(value):
    assert order_fees(100.0, value, True, CostTerms(0.00025, 5.0, 0.001, 0.00002)) == Fees(0.0, 0.0, 0.0)


def test_a_minimum_in_fractions_of_a_cent_is_rounded_too():
    assert order_fees(100.0, 1.0, False, CostTerms(0.0, 4.995, 0.0, 0.0)).commission == 5.0
    assert order_fees(100.0, 1.0, False, CostTerms(0.0, math.nextafter(4.995, 0.0), 0.0, 0.0)).commission == 4.99


def test_compiled_and_interpreted_fees_agree():
    terms = CostTerms(0.00025, 5.0, 0.0005, 0.00001)

    def answers():
        fees = [
            costs.order_fees(100.0, value, sale, terms)
            for value in (0.0, 10.0, 38_150.0, 3.3e7)
            for sale in (True, False)
        ]
        return (
            fees,
            [costs.total_fees(each) for each in fees],
            [costs._share(value, 0.0003) for value in (1.0, 38_150.0)],
            [repr(float(costs.amount_of(said))) for said in (0.0, 1.005, math.inf, -0.01, math.nan)],
        )

    compiled = answers()
    own = {"order_fees", "rate_with_minimum", "total_fees", "amount_of", "_share"}
    assert set(compiled_functions(costs)) == {*own, "asked"}, "`asked` calls an address, which Python cannot"
    with interpreted():
        assert answers() == compiled
