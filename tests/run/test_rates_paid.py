"""The rate paid on average, and the cost at the list price: of whole runs on both engines, from a constant rate."""

import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.run.engines import run
from liangrong.core.run.page import render
from liangrong.core.run.rates_paid import rates_paid
from run.configured import SYNTHETIC, TREND, configured

RATES = {"account.financing_rate": 0.06, "account.borrow_rate": 0.09, "execution.engine": "both"}


@pytest.mark.parametrize("posting", [None, 20])
def test_a_constant_rate_is_what_is_paid(posting):
    result = run(configured(RATES | {"account.interest_posting_day": posting}, data=SYNTHETIC))
    assert set(result.contracts["kind"]) == {"financing", "short"}
    paid, listed, costs = (result.summary[name] for name in ("rates_paid", "at_list_price", "costs"))
    assert paid == {"financing_rate": pytest.approx(0.06, rel=1e-9), "borrow_rate": pytest.approx(0.09, rel=1e-9)}
    assert listed["financing_interest"] == pytest.approx(costs["financing_interest"] * 0.0835 / 0.06, rel=1e-9)
    assert listed["borrow_fee"] == pytest.approx(costs["borrow_fee"] * 0.1035 / 0.09, rel=1e-9)
    page = render(result)
    assert "Paid on average" in page
    assert "6.00 %" in page


def test_dated_rates_are_paid_between_their_extremes():
    rows = [{"date": "2022-01-04", "rate": 0.04}, {"date": "2022-02-20", "rate": 0.08}]
    keys = RATES | {"account.financing_rate": rows, "account.rate_of": "day"}
    result = run(configured(keys, data=SYNTHETIC, strategy=TREND))
    assert 0.04 < result.summary["rates_paid"]["financing_rate"] < 0.08
    assert result.summary["rates_paid"]["borrow_rate"] == pytest.approx(0.09, rel=1e-9)


def test_what_was_not_borrowed_has_no_rate():
    result = run(configured({"account.financing_rate": 0.06}, strategy={"name": "buy_and_hold"}))
    assert result.summary["rates_paid"] == {"financing_rate": None, "borrow_rate": None}
    assert "Paid on average" not in render(result)
    figures = rates_paid(make_table("contracts"))
    assert figures["at_list_price"] == {"financing_interest": 0.0, "borrow_fee": 0.0}
    assert all(rate != rate for rate in figures["rates_paid"].values())
