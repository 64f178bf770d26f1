"""What holds between the day of an opening and the first session, and of its contracts: by hand, on both engines."""

from typing import Any

import pytest
from liangrong.core.run.engines import run
from run.test_opening import IDLE, A, B, began

FEES = {"account.rate_of": "day", "account.borrow_rate": 0.0}
LOAN = {"kind": "financing", "symbol": B, "shares": 1_000, "principal": 18_000.0, "due": "2024-08-20"}


def borrowed(day, **more):
    """Return an opening of `day` with a loan that owes nothing yet."""
    loan = {**LOAN, "opened": day, "accrued": 0.0, **more}
    return {"date": day, "cash": 36_000.0, "contracts": [loan]}


def test_the_days_before_the_first_session_pay_each_days_rate(tmp_path):
    # From Tuesday 02-27 to Monday 03-04: two days at 3.6 % of 18,000, 1.80 each; the 29th to 03-03, four, at 7.2 %.
    rates = [{"date": "2024-01-01", "rate": 0.036}, {"date": "2024-02-29", "rate": 0.072}]
    keys = {**FEES, "account.financing_rate": rates, "account.cash_rate": rates}
    result: Any = run(began(tmp_path, borrowed("2024-02-27"), keys, orders=IDLE))
    assert result.equity["accrued"].iloc[0] == pytest.approx(2 * 1.80 + 4 * 3.60, abs=1e-9)
    # Of 36,000 of cash the double, until Wednesday 03-20, 16 days after the first session, when it is credited.
    assert result.cash_interest["amount"].tolist() == [pytest.approx(2 * 3.60 + (4 + 16) * 7.20, abs=1e-9)]


def test_days_that_no_row_knows_pay_the_first_rows_rate(tmp_path):
    rates = [{"date": "2024-03-01", "rate": 0.036}, {"date": "2024-03-03", "rate": 0.072}]
    result = run(began(tmp_path, borrowed("2024-02-27"), {**FEES, "account.financing_rate": rates}, orders=IDLE))
    assert result.equity["accrued"].iloc[0] == pytest.approx(5 * 1.80 + 3.60, abs=1e-9)


def test_interest_is_posted_and_credited_on_the_first_session_where_its_day_has_come(tmp_path):
    keys = {"account.financing_rate": 0.036, "account.interest_posting_day": 1}
    result = run(began(tmp_path, borrowed("2024-02-29"), keys, orders=IDLE))
    posted = result.fills.iloc[0]
    assert (str(posted["date"].date()), posted["kind"], posted["interest"]) == (
        "2024-03-04",
        "repay",
        pytest.approx(7.2),
    )
    assert run(began(tmp_path, borrowed("2024-03-01"), keys, orders=IDLE)).fills["kind"].tolist() == ["sell_to_repay"]


def test_a_contract_that_states_no_ratio_has_that_of_its_haircut(tmp_path):
    # 1.8 less the haircut of 0.6: 1.2 of the principal; 36,000 + 0.6 x 2,000 - 1.2 x 18,000, with nothing accrued.
    keys = {"account.financing_ratio_base": 1.8, "account.financing_rate": 0.0}
    result = run(began(tmp_path, borrowed("2024-03-01"), keys, orders=IDLE))
    assert result.equity["available_margin"].iloc[0] == pytest.approx(36_000 + 1_200 - 21_600)
    short = {"kind": "short", "symbol": A, "shares": 1_000, "sell_amount": 10_000.0, "accrued": 0.0, "rate": 0.0}
    opening = {"cash": 36_000.0, "contracts": [{**short, "opened": "2024-03-01", "due": "2024-08-20"}]}
    result = run(began(tmp_path, opening, {"account.short_ratio_base": 2.0}, orders=IDLE))
    assert result.equity["available_margin"].iloc[0] == pytest.approx(36_000 - 10_000 - 1.4 * 10_000)


def test_both_engines_know_them(tmp_path):
    rates = [{"date": "2024-01-01", "rate": 0.036}, {"date": "2024-02-29", "rate": 0.072}]
    keys = {**FEES, "account.financing_rate": rates, "account.cash_rate": 0.01, "account.interest_posting_day": 1}
    keys |= {"execution.engine": "both", "account.financing_ratio_base": 1.8}
    assert "gave the same tables" in run(began(tmp_path, borrowed("2024-02-27"), keys)).notes[-1]
