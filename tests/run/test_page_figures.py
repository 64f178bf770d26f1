"""The figures of the run page, each by something that is not its code: pandas, empyrical, sums, or by hand."""

from dataclasses import replace
from typing import Any

import empyrical
import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.kernels import statistics
from liangrong.core.pages.language import speaking
from liangrong.core.run.account_path import account_path, session_returns
from liangrong.core.run.attribution_section import Step, waterfall, waterfall_chart
from liangrong.core.run.debt_section import charged, rates_by_day
from liangrong.core.run.drawdown_section import drawdown_section
from liangrong.core.run.drawdowns import Drawdown, drawdowns
from liangrong.core.run.engines import execute
from liangrong.core.run.equity_section import equity_chart
from liangrong.core.run.exposure_section import holdings_chart
from liangrong.core.run.headlines import headlines
from liangrong.core.run.maintenance_section import maintenance_chart
from liangrong.core.run.metrics import summarise
from liangrong.core.run.months import months_of
from liangrong.core.run.page import render
from liangrong.core.run.result import Result
from liangrong.core.run.rolling_section import rolling
from liangrong.core.run.scenario import prepare
from liangrong.core.run.trips_section import trips_chart
from run.configured import configured
from run.fabricated import fabricated_result
from run.test_page import Outline


@pytest.fixture(scope="module")
def result():
    made = fabricated_result()
    return replace(made, summary=summarise(made, start_equity=1e6))


@pytest.fixture(scope="module")
def ran():
    return execute(prepare(configured({"execution.engine": "compiled"})))


def account(values, start=None, begin="2024-01-30", **tables):
    """Return a result whose account holds cash alone."""
    days = pd.bdate_range(begin, periods=len(values))
    flat = dict.fromkeys(("long_value", "short_value", "principal", "accrued", "available_margin"), [0.0] * len(values))
    equity: Any = {**flat, "cash": values, "equity": values, "date": days, "maintenance_ratio": [np.inf] * len(values)}
    made = Result(name="made", config={"account": {"cash": start or values[0]}}, equity=equity, **tables)
    return replace(made, summary=summarise(made, start_equity=start or values[0]))


# ---- months, drawdowns, rolling figures ------------------------------------------------------------------------------


def test_months_compound_to_the_total_return_and_are_those_of_empyrical(result):
    found = months_of(result)
    known = found.months[np.isfinite(found.months)]
    assert np.prod(1.0 + known) - 1.0 == pytest.approx(result.summary["total_return"], rel=1e-12)
    assert np.prod(1.0 + found.whole) - 1.0 == pytest.approx(result.summary["total_return"], rel=1e-12)
    change = pd.Series(session_returns(result), pd.DatetimeIndex(result.equity["date"]))
    np.testing.assert_allclose(known, empyrical.aggregate_returns(change, "monthly"), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(found.whole, empyrical.aggregate_returns(change, "yearly"), rtol=1e-9)


def test_months_leave_out_what_moved_by_hand():
    """January ends at 110 of 100; 110 come in, and 220 become 198: February lost a tenth, not gained 80 %."""
    days = pd.bdate_range("2024-01-31", periods=2)
    flow: Any = {"date": [days[1]], "kind": ["deposit"], "symbol": [""], "shares": [0], "price": [np.nan]}
    made = account([110.0, 198.0], 100.0, "2024-01-31", flows=flow | {"amount": [110.0], "reason": [""]})
    found = months_of(made)
    np.testing.assert_allclose(found.months[0, :2], [0.1, -0.1], rtol=1e-12)
    assert np.isnan(found.months[0, 2:]).all()
    assert found.whole[0] == pytest.approx(1.1 * 0.9 - 1.0)


def test_months_after_a_loss_of_everything_have_no_return():
    found = months_of(account([80.0, -5.0, 20.0], 100.0, "2024-01-31"))
    assert found.months[0, 0] == pytest.approx(-0.2)
    assert found.months[0, 1] == pytest.approx(20.0 / 80.0 - 1.0)
    assert np.isnan(months_of(account([80.0, -5.0, 20.0], 100.0, "2024-01-30")).months[0, 1])


def test_drawdowns_by_hand():
    path = np.array([100.0, 110.0, 99.0, 110.0, 120.0, 60.0, 90.0, 130.0, 117.0, 125.0])
    assert [one._replace(depth=round(one.depth, 9)) for one in drawdowns(path)] == [
        Drawdown(-0.5, 4, 5, 7),
        Drawdown(-0.1, 1, 2, 3),
        Drawdown(-0.1, 7, 8, -1),
    ]
    assert drawdowns(np.array([1.0, 2.0, 2.0])) == []


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ([100.0, 90.0, 95.0], "The only drawdown was -10.00 %, from"),
        ([100.0, 90.0, 101.0, 99.0], "The deepest of 2 drawdowns was -10.00 %, from"),
    ],
)
def test_one_drawdown_is_the_only_one(path, told):
    assert told in drawdown_section(account(path, 100.0, "2024-01-30"))


def test_the_deepest_drawdown_is_the_maximum_drawdown(result):
    path, days = account_path(result), result.equity["date"]
    deepest = drawdowns(path)[0]
    change = pd.Series(session_returns(result))
    assert deepest.depth == result.summary["max_drawdown"] == pytest.approx(empyrical.max_drawdown(change))
    assert tuple(deepest) == tuple(statistics.max_drawdown(path))
    assert f"{days[deepest.trough - 1]:%Y-%m-%d}" == result.summary["max_drawdown_trough"]
    assert sum(one.recovery < 0 for one in drawdowns(path)) <= 1


def test_rolling_figures_are_those_of_each_window_alone(result):
    change = session_returns(result)
    ratio, deviation = rolling(change, 60, 243.0)
    assert np.isnan(ratio[:59]).all()
    for t in (59, 60, 200, len(change) - 1):
        part = change[t - 59 : t + 1]
        if not np.isnan(ratio[t]):
            assert ratio[t] == pytest.approx(statistics.sharpe(part, 243.0), rel=1e-6)
        assert deviation[t] == pytest.approx(empyrical.annual_volatility(part, annualization=243), rel=1e-6)
    assert np.isnan(rolling(np.full(100, 0.001), 60, 243.0)[0]).all()


# ---- money ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["result", "ran"])
def test_the_waterfall_sums_from_start_to_end(name, request):
    of = request.getfixturevalue(name)
    steps = waterfall(of)
    assert (steps[0].end, steps[-1].end) == (of.summary["start_equity"], of.summary["end_equity"])
    changes = [step for step in steps if not step.is_level]
    assert changes[0].begin == steps[0].end
    assert [one.begin for one in changes[1:]] == [one.end for one in changes[:-1]]
    assert changes[-1].end == pytest.approx(steps[-1].end, abs=0.005)
    totals = of.attribution.groupby("component")["amount"].sum()
    assert sorted(one.end - one.begin for one in changes if one.label != "Unexplained") == pytest.approx(
        sorted(total for total in totals if total)
    )


def test_what_is_unexplained_is_a_step_of_its_own(result):
    steps = waterfall(replace(result, summary=result.summary | {"end_equity": result.summary["end_equity"] + 1_000.0}))
    assert steps[-2].label == "Unexplained"
    assert steps[-2].end - steps[-2].begin == pytest.approx(1_000.0, abs=0.01)
    drawn = waterfall_chart(steps)["data"][0]
    bases, lengths = np.array(drawn["base"]), np.array(drawn["x"])
    np.testing.assert_allclose((bases + lengths)[1:-2], bases[2:-1], atol=1e-6)


def test_interest_so_far_ends_at_that_of_the_contracts(ran):
    assert ran.contracts["interest"].sum() > 1_000.0
    assert charged(ran)[-1] == pytest.approx(ran.contracts["interest"].sum(), rel=1e-9)
    assert (np.diff(charged(ran)) > -1e-6).all()


def test_average_rates_by_hand():
    """100 at 6 % over all sessions, 300 at 8 % on the middle one: 6, 7.5 and 6 %; the short one at 10 % to the end."""
    days = pd.bdate_range("2024-01-30", periods=3)
    none = pd.NaT
    rows = [
        (1, "financing", "a", days[0], none, none, 100.0, 0.0, 10, 0.06, 0.6, 10.0),
        (2, "financing", "a", days[1], none, days[2], 300.0, 0.0, 10, 0.08, 2.4, 30.0),
        (3, "short", "b", days[1], none, none, 0.0, 50.0, 10, 0.10, 1.0, 10.0),
    ]
    contracts = pd.DataFrame(rows, columns=list(make_table("contracts")))
    rates = rates_by_day(account([1.0, 1.0, 1.0], contracts=contracts))
    np.testing.assert_allclose(rates.financing, [0.06, 0.075, 0.06])
    np.testing.assert_allclose(rates.short, [np.nan, 0.10, 0.10])


def test_every_round_trip_is_in_the_histogram(ran):
    drawn = trips_chart(ran.trades)["data"]
    assert sum(sum(bars["y"]) for bars in drawn) == (ran.trades["is_open"] == 0).sum() > 10
    won = sum(n for bars in drawn for x, n in zip(bars["x"], bars["y"], strict=True) if x > 0.0)
    assert won == ((ran.trades["is_open"] == 0) & (ran.trades["return"] >= 0.0)).sum()


# ---- holdings, benchmark ---------------------------------------------------------------------------------------------


def test_the_hover_names_the_largest_holdings_by_hand():
    days = pd.bdate_range("2024-01-30", periods=2)
    symbols, values = [f"s{n}" for n in range(7)], [10.0, -50.0, 20.0, 5.0, 30.0, 1.0, 40.0]
    rows: Any = {"date": [days[1]] * 7, "symbol": symbols, "collateral": [1] * 7, "financed": [0] * 7, "short": [0] * 7}
    figure = holdings_chart(account([100.0, 200.0], positions=rows | {"price": [1.0] * 7, "value": values}))
    five, largest, count = figure["data"]
    assert five["text"] == ["", "s1 -25.0 %<br>s6 20.0 %<br>s4 15.0 %<br>s2 10.0 %<br>s0 5.0 %"]
    assert (five["y"], largest["y"], count["y"]) == ([0.0, 0.75], [0.0, 0.25], [0, 7])


def test_holdings_of_an_account_that_owes_more_than_it_has_are_no_fraction_of_it():
    days = pd.bdate_range("2024-01-30", periods=2)
    rows: Any = {"date": days, "symbol": ["a", "a"], "collateral": [1, 1], "financed": [0, 0], "short": [0, 0]}
    figure = holdings_chart(account([-100.0, 0.0], 50.0, positions=rows | {"price": [1.0] * 2, "value": [1.0] * 2}))
    assert [(line["y"], line.get("text", ["", ""])) for line in figure["data"]] == [([0.0, 0.0], ["", ""])] * 3


def test_the_null_strategy_begins_with_what_the_account_had(ran):
    lines = {line["name"]: line["y"] for line in equity_chart(ran)["data"]}
    null = ran.benchmark["equal_weight"]
    assert lines["Null strategy"][0] == lines["Equity"][0]
    assert lines["Null strategy"][-1] / lines["Null strategy"][0] == pytest.approx(
        null.iloc[-1] / null.iloc[0], rel=1e-5
    )


# ---- runs that are hardly runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("values", [[1e6] * 5, [1e6, 5e5, -2e5, -2e5, -1e5], [1e6, 0.0, 0.0, 0.0, 0.0], [1e6, 1e6 + 1]])
def test_odd_runs_have_a_page(values, language):
    made = account(values)
    assert made.summary["sessions"] == len(values)
    with speaking(language):
        texts = Outline(render(made)).texts
    assert not [text for text in texts if "nan" in text.lower().split() or "inf" in text.lower().split()]
    assert not [text for text in texts if "{" in text and "output" not in text]


def test_a_real_run_of_five_sessions_without_a_trade_says_so():
    still = {"data.options": {"seed": 5, "securities": 4, "sessions": 5, "start": "2022-01-04"}}
    strategy = {"name": "quantile", "rule": {"name": "spread_zscore", "parameters": {"window": 3}}, "parameters": {}}
    made = execute(prepare(configured({**still, "execution.engine": "compiled"}, strategy=strategy)))
    texts = Outline(render(made)).texts
    assert made.fills.empty
    for told in ("No order was filled.", "Nothing was held at any close.", "61 sessions are needed, the run has 5."):
        assert told in texts
    assert "Null strategy" in texts


def test_a_run_from_before_there_was_a_benchmark_has_a_page(ran):
    old = {key: value for key, value in ran.summary.items() if key not in ("null_strategy", "benchmark", "rules")}
    texts = Outline(render(replace(ran, benchmark=None, forced_marks=None, positions=None, summary=old))).texts
    assert "Excess return" not in texts
    assert "The run kept no positions: `output.positions: true` keeps them." in texts


def test_the_rules_are_shown_with_their_grades(ran):
    rules = {rule["name"]: rule for rule in ran.summary["rules"]}
    assert rules["maintenance_call_ratio"]["grade"] in "ABC"
    assert {rule["grade"] for rule in rules.values()} <= set("ABC")
    assert "Assumptions and their grades" in Outline(render(ran)).texts


def test_an_equity_below_zero_stands_on_zero():
    steps = [Step("begin", 0.0, 100.0, True), Step("loss", 100.0, -20.0), Step("end", 0.0, -20.0, True)]
    drawn = waterfall_chart(steps)["data"][0]
    assert (drawn["base"], drawn["x"]) == ([0.0, 100.0, 0.0], [100.0, -120.0, -20.0])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"sharpe": -3.62, "sessions": 148, "sessions_with_return": 65},
            "±1.96, one standard error of 65 sessions: less",
        ),
        (
            {"sharpe": -3.62, "sessions": 148, "sessions_with_return": 148},
            "±1.30, one standard error of 148 sessions: two",
        ),
        ({"sharpe": None, "sessions_with_return": 120}, "the returns do not vary: there is no ratio"),
        ({"sharpe": None, "sessions_with_return": 1}, "too few sessions to tell"),
    ],
)
def test_a_ratio_is_told_from_zero_by_the_returns_that_it_rests_on(changes, told):
    """One error of 65 returns at -3.62: sqrt((1 + 0.5 x 3.62^2 / 243) x 243 / 65) = 1.96."""
    cards = {title: beneath for title, _, beneath, _ in headlines(changes, 243.0)}
    assert told in cards["Sharpe ratio"]


def test_the_axis_of_the_ratio_reaches_to_where_the_account_usually_stood(result):
    for usual, top in ((5.0, 5.75), (50.0, 11.5), (1.5, 3.45)):
        rich = replace(result, equity=result.equity.assign(maintenance_ratio=np.r_[1.4, np.full(639, usual)]))
        assert maintenance_chart(rich)["layout"]["yaxis"]["range"][1] == pytest.approx(top)


def test_a_step_too_small_for_the_unit_of_the_axis_is_written_in_full():
    steps = [Step("begin", 0.0, 2e6, True), Step("gain", 2e6, 2.2e6), Step("fee", 2.2e6, 2.2e6 - 823.0)]
    assert waterfall_chart(steps)["data"][0]["text"] == ["2", "+0.2", "-823 CNY"]
