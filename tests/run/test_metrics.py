import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.kernels.statistics import SESSIONS_PER_YEAR
from liangrong.core.rulebook.regimes import REGIMES, regime_of
from liangrong.core.run.metrics import exposure, maintenance_lines, summarise
from liangrong.core.run.result import Result
from oracles import statistics as oracle
from run.fabricated import LINES, SYMBOLS, fabricated_result

START = 1_000_000.0


@pytest.fixture(scope="module")
def result():
    return fabricated_result()


@pytest.fixture(scope="module")
def summary(result):
    return summarise(result, start_equity=START, synthetic=True, source="generated")


def account(equity, **columns):
    """Return an equity table of a debt-free account in cash, with `columns` replaced."""
    size = len(equity)
    base = {
        "date": pd.date_range("2024-01-02", periods=size),
        "cash": equity,
        **{name: [0.0] * size for name in ("long_value", "short_value", "principal", "accrued")},
        "equity": equity,
        "maintenance_ratio": [math.inf] * size,
        "available_margin": equity,
    }
    return make_table("equity", base | columns)


def test_worked_example():
    equity = account(
        [110.0, 88.0, 99.0, 121.0],
        cash=[-90.0, 38.0, 99.0, 121.0],
        long_value=[220.0, 88.0, 0.0, 0.0],
        short_value=[0.0, 38.0, 0.0, 0.0],
        principal=[20.0, 0.0, 0.0, 0.0],
        maintenance_ratio=[1.30, 1.05, math.inf, math.inf],
    )
    day = "2024-01-02"
    fills: Any = {
        "date": [day] * 3,
        "symbol": ["a"] * 3,
        "shares": [1] * 3,
        "price": [1.0] * 3,
        "kind": ["margin_buy", "repay", "forced_sell_to_repay"],
        "value": [200.0, 50.0, 8.0],
        "commission": [5.0, 0.0, 6.0],
        "stamp_duty": [0.0, 0.0, 0.5],
        "transfer_fee": [0.25, 0.0, 0.25],
        "interest": [0.0, 1.0, 1.0],
    }
    contracts: Any = {
        "id": [1, 2, 3],
        "kind": ["financing", "short", "financing"],
        "symbol": ["a", "a", "b"],
        "opened": [day] * 3,
        "due": [day] * 3,
        "closed": [day, None, None],
        **{name: [1, 1, 1] for name in ("principal", "sell_amount", "shares", "rate")},
        "interest": [2.0, 3.0, 4.0],
        "amount_years": [40.0, 30.0, 60.0],
    }
    amounts: Any = {"component": ["price_pnl", "commission"], "symbol": ["a", "a"], "amount": [32.0, -11.0]}
    made = summarise(
        Result(
            name="worked",
            config={"account": {"lines": LINES}},
            equity=equity,
            fills=fills,
            contracts=contracts,
            attribution=amounts,
        ),
        start_equity=100.0,
        sessions_per_year=8.0,
    )
    assert made["total_return"] == pytest.approx(0.21)
    assert made["annualised_return"] == pytest.approx(1.21**2 - 1)  # four sessions are half a year
    assert made["max_drawdown"] == pytest.approx(-0.2)
    dates = [made[f"max_drawdown_{name}"] for name in ("peak", "trough", "recovery")]
    assert dates == ["2024-01-02", "2024-01-03", "2024-01-05"]
    assert made["calmar"] == pytest.approx((1.21**2 - 1) / 0.2)
    assert made["traded_value"] == 208.0  # the repayment trades nothing
    assert made["turnover"] == pytest.approx(208.0 / 104.5 / 0.5)
    assert made["fills_by_kind"] == {"forced_sell_to_repay": 1, "margin_buy": 1, "repay": 1}
    assert (made["fills"], made["forced_fills"], made["open_contracts"]) == (3, 1, 2)
    assert made["highest_leverage"] == 2.0
    assert made["average_leverage"] == pytest.approx((2.0 + 126 / 88) / 4)
    assert made["average_long_exposure"] == pytest.approx(0.75)
    assert made["average_short_exposure"] == pytest.approx(38 / 88 / 4)
    assert (made["lowest_maintenance_ratio"], made["lowest_maintenance_date"]) == (1.05, "2024-01-03")
    assert [made[f"sessions_below_{line}"] for line in ("warn", "call", "instant")] == [
        2,
        1,
        1,
    ]  # at the line is not below it
    assert made["costs"] == {
        "commission": 11.0,
        "stamp_duty": 0.5,
        "transfer_fee": 0.5,
        "financing_interest": 6.0,
        "borrow_fee": 3.0,
        "total": 21.0,
        "still_accrued": 0.0,
    }
    assert made["rates_paid"] == {"financing_rate": pytest.approx(0.06), "borrow_rate": pytest.approx(0.1)}
    assert made["at_list_price"] == {"financing_interest": pytest.approx(8.35), "borrow_fee": pytest.approx(3.105)}
    assert made["attribution"] == {"price_pnl": 32.0, "commission": -11.0}
    assert made["attribution_residual"] == pytest.approx(0.0)
    assert made["largest_identity_error"] == 0.0


def test_the_books_of_the_fabricated_account_close(result, summary):
    assert summary["attribution_residual"] == pytest.approx(0.0, abs=1e-6)
    assert summary["largest_identity_error"] < 1e-6
    costs, parts = summary["costs"], summary["attribution"]
    for name in ("commission", "stamp_duty", "transfer_fee", "financing_interest", "borrow_fee"):
        assert costs[name] == pytest.approx(-parts[name], rel=1e-12), name
    # Paid with the fills, or still owed: nothing between.
    owed = costs["financing_interest"] + costs["borrow_fee"]
    assert result.fills["interest"].sum() + costs["still_accrued"] == pytest.approx(owed, rel=1e-12)


def test_the_residual_shows_a_missing_cost(result):
    short = result.attribution[result.attribution["component"] != "stamp_duty"]
    found = summarise(replace(result, attribution=short), start_equity=START)["attribution_residual"]
    assert found == pytest.approx(-result.fills["stamp_duty"].sum())
    wrong = result.equity.assign(cash=result.equity["cash"] + 3.0)
    assert summarise(replace(result, equity=wrong))["largest_identity_error"] == pytest.approx(3.0)


def test_performance_equals_the_oracles(result, summary):
    path = [START, *result.equity["equity"]]
    change = oracle.returns(path)
    assert summary["volatility"] == pytest.approx(oracle.volatility(change, SESSIONS_PER_YEAR), rel=1e-9)
    assert summary["sharpe"] == pytest.approx(oracle.sharpe(change, SESSIONS_PER_YEAR), rel=1e-9)
    assert summary["sortino"] == pytest.approx(oracle.sortino(change, SESSIONS_PER_YEAR), rel=1e-9)
    depth, peak, trough, _ = oracle.max_drawdown(path)
    assert summary["max_drawdown"] == pytest.approx(depth)
    days = result.equity["date"].dt.strftime("%Y-%m-%d").tolist()
    assert (summary["max_drawdown_peak"], summary["max_drawdown_trough"]) == (days[peak - 1], days[trough - 1])


def test_the_first_session_counts_only_with_a_start_equity():
    made = Result(name="x", config={}, equity=account([90.0, 99.0]))
    assert summarise(made)["total_return"] == pytest.approx(0.10)
    from_start = summarise(made, start_equity=100.0)
    assert from_start["total_return"] == pytest.approx(-0.01)
    assert from_start["max_drawdown"] == pytest.approx(-0.10)
    assert from_start["max_drawdown_peak"] == from_start["start_date"]


def test_counts_add_up(result, summary):
    assert sum(summary["fills_by_kind"].values()) == summary["fills"] == len(result.fills)
    assert sum(summary["refusals_by_reason"].values()) == summary["refusals"] == len(result.refusals)
    assert list(summary["refusals_by_reason"].values()) == sorted(summary["refusals_by_reason"].values(), reverse=True)
    assert summary["forced_fills"] == 5
    assert set(result.fills["symbol"]) <= set(SYMBOLS)


@pytest.mark.parametrize(
    "equity", [[], [100.0], [100.0] * 5, [math.nan] * 3, [100.0, -20.0, -30.0], [0.0, 0.0]], ids=str
)
def test_awkward_accounts_give_plain_values(equity):
    made = summarise(Result(name="x", config={}, equity=account(equity)), risk_free_rate=0.02)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert made["lowest_maintenance_ratio"] is None
    assert made["sessions_below_call"] is None
    assert made["turnover"] in (0.0, None)
    assert made["sharpe"] is None or np.isfinite(made["sharpe"])


def test_exposure_of_an_insolvent_account_does_not_exist():
    shares = exposure(account([100.0, -20.0], long_value=[50.0, 50.0], short_value=[20.0, 20.0]))
    assert shares.iloc[0].tolist() == [0.5, 0.2, 0.3, 0.7]
    assert shares.iloc[1].isna().all()


def test_lines_that_are_not_set_are_left_out():
    assert maintenance_lines({"account": {"lines": {"call": 1.3, "withdraw": None}}}) == {"call": 1.3}
    assert maintenance_lines({"account": None}) == {}
    assert maintenance_lines({}) == {}


def test_regimes_follow_each_other_and_cover_the_run(result, summary):
    starts = [regime.start for regime in REGIMES]
    assert starts == sorted(starts)
    days = np.array(["2009-01-05", "2015-05-31", "2015-06-01", "2015-11-22", "2015-11-23", "2026-01-19"], dtype="M8[D]")
    assert regime_of(days).tolist() == [0, 0, 1, 2, 3, 6]
    rows = summary["regimes"]
    assert sum(row["sessions"] for row in rows) == summary["sessions"]
    assert [rows[0]["start_date"], rows[-1]["end_date"]] == [summary["start_date"], summary["end_date"]]
    assert math.prod(1 + row["total_return"] for row in rows) == pytest.approx(1 + summary["total_return"])
    assert [row["regime"] for row in rows] == ["Financing ratio 100 %", "Financing ratio 80 %", "Relending suspended"]
    assert rows[1]["start_date"] == "2023-09-11"
    assert result.equity["date"].is_unique


def test_of_a_ruin_the_lowest_ratio_is_nothing_and_its_day_the_first():
    """A forced sale leaves 5.8e-11 in cash: 1e-15 of the debt, which falls on as interest accrues."""
    ratios = [math.inf, 1.5, 1.3e-15, 1.2e-15, 1.1e-15]
    made = Result(name="x", config={}, equity=account([100.0] * 5, maintenance_ratio=ratios))
    made = summarise(made, start_equity=100.0)
    assert (made["lowest_maintenance_ratio"], made["lowest_maintenance_date"]) == (0.0, "2024-01-04")
    assert made["sessions_with_return"] == 5
