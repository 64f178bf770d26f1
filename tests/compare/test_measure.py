"""A trial's figures come from arrays; they are those of the run's own tables and summary to the last digit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from liangrong.core.compare.measure import FIGURES, Measured, capacity, measure
from liangrong.core.compare.trial_books import account_of
from liangrong.core.run.compiled import run_compiled
from liangrong.core.run.engines import execute
from liangrong.core.run.result import Result
from run.random_scenarios import draw

BESIDE = {"sharpe_error", "interest", "borrow_fee", "fees", "capacity"}
"""Figures that a summary has elsewhere, or not at all."""

SEEDS = (0, 3, 5, 8, 14, 23, 27, 74, 100, 123)


def on(scenario, engine):
    execution = scenario.config.execution.model_copy(update={"engine": engine})
    return replace(scenario, config=scenario.config.model_copy(update={"execution": execution}))


def assert_is_that_of_the_run(measured: Measured, result: Result) -> None:
    own, summary = measured.figures, result.summary
    for name in set(FIGURES) - BESIDE | {"refusals_by_reason", "forced_orders_by_cause"}:
        assert own[name] == summary[name], name
    costs = summary["costs"]
    assert own["interest"] == costs["financing_interest"]
    assert own["borrow_fee"] == costs["borrow_fee"]
    assert own["fees"] == costs["commission"] + costs["stamp_duty"] + costs["transfer_fee"]
    assert list(own["refusals_by_reason"]) == list(summary["refusals_by_reason"])
    assert own["forced_orders_by_cause"] == result.forced_sales["cause"].value_counts().to_dict()
    if result.flows is None:
        assert measured.equity.tolist() == result.equity["equity"].tolist()
    else:  # the path of the time-weighted returns, which the result chains by itself
        returns = result.returns().to_numpy()
        alive = ~np.isnan(returns)
        chained = np.cumprod(1.0 + np.maximum(returns[alive], -1.0))
        path = np.maximum(measured.equity[alive], 0.0)  # a loss beyond equity ends at nothing, as returns do
        np.testing.assert_allclose(path / measured.equity[0] * chained[0], chained, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_figures_are_those_of_the_run_whatever_the_account(seed):
    scenario = on(draw(seed, sessions=80), "compiled")
    assert_is_that_of_the_run(measure(scenario), execute(scenario))


def test_the_drawn_accounts_have_what_a_figure_could_miss():
    found = [measure(draw(seed, sessions=80)).figures for seed in SEEDS]
    for name in ("interest", "borrow_fee", "margin_calls", "forced_orders", "refusals"):
        assert sum(figures[name] > 0 for figures in found) > 1, name
    assert any(figures["insolvent_date"] for figures in found)
    causes = {cause for figures in found for cause in figures["forced_orders_by_cause"]}
    assert {"maintenance", "due"} <= causes


@pytest.mark.parametrize("seed", SEEDS)
def test_what_opened_positions_is_what_the_fills_say(seed):
    """By hand from the table of fills: date, symbol, shares of each opening fill, and the median by a loop."""
    scenario = on(draw(seed, sessions=80), "compiled")
    fills, panel = execute(scenario).fills, scenario.panel
    kinds = ("buy", "margin_buy", "short_sell")
    rows: list[Any] = [row for row in fills.itertuples() if row.kind in kinds]
    account = account_of(scenario)
    dates = panel.sessions[account.opened.session].astype("datetime64[s]")
    symbols = [panel.symbols[j] for j in account.opened.security]
    assert dates.tolist() == [row.date.to_pydatetime() for row in rows]
    assert symbols == [row.symbol for row in rows]
    assert account.opened.shares.tolist() == [row.shares for row in rows]
    share, volume = scenario.config.execution.volume_share, panel.get("volume")
    path, each = [scenario.config.account.cash, *account.books.equity], []
    for t, j, shares in zip(*account.opened, strict=True):
        each += [path[t] * share * volume[t, j] / shares] if share and np.isfinite(volume[t, j]) else []
    assert capacity(account.opened, account.books.equity, scenario) == (float(np.median(each)) if each else None)


def test_the_engines_agree_to_the_last_digit():
    for seed in SEEDS:
        scenario = draw(seed)
        ours, theirs = (measure(on(scenario, engine)) for engine in ("compiled", "backtrader"))
        assert ours.figures == theirs.figures
        assert ours.equity.tolist() == theirs.equity.tolist()


def test_a_run_with_more_rows_than_the_log_has_room_for_loses_none(monkeypatch):
    scenario = on(draw(3, sessions=80), "compiled")
    whole = measure(scenario)
    monkeypatch.setattr("liangrong.core.run.compiled._CAPACITY", 8)
    again = measure(scenario)
    assert whole.figures["fills"] > 8
    assert again.figures == whole.figures
    assert repr(run_compiled(scenario).journal.tables()["equity"]["equity"]) == repr(again.equity.tolist())
