"""The compiled engine against backtrader: every table of random and of real runs, to the last digit."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account import opened_account, session
from liangrong.core.cli import app
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import ConfigError, EngineError
from liangrong.core.ideas.strategy import MarginStrategy
from liangrong.core.run import compiled, engines
from liangrong.core.run.compiled import run_compiled
from liangrong.core.run.parity import Difference, first_difference
from liangrong.core.run.scenario import prepare
from liangrong.strategies.buy_and_hold import BuyAndHold
from oracles.ledger_interpreted import interpreted
from run.configured import configured
from run.random_scenarios import backtrader, draw, images, targets, with_targets

ROOT = Path(__file__).parents[2]
RARE = (69, 83, 113, 136, 174, 177, 225, 259, 318, 456, 77, 276, 403, 48, 153)
"""Forced sales that fail, insolvent accounts, due contracts that wait or are not extended, lines that change."""
SEEDS = (*range(36), *RARE)
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if not path.stem.startswith(("replay", "compare_")))
HOLD = {"name": "buy_and_hold", "parameters": {"leverage": 1.5}}
BOTH = {"execution.engine": "both"}


def both_images(scenario):
    return images(run_compiled(scenario)), images(backtrader(scenario))


@pytest.mark.parametrize("number", SEEDS)
def test_random_scenarios_with_everything_on(number):
    ours, theirs = both_images(draw(number, 36 if number % 3 else 120))
    for name, table in theirs.items():
        assert ours[name] == table, name


@seed(51)
@settings(max_examples=8, deadline=None)
@given(st.integers(10_000, 10_000_000), st.integers(2, 60))
def test_any_scenario(number, sessions):
    ours, theirs = both_images(draw(number, sessions))
    assert ours == theirs


def test_the_scenarios_meet_what_an_account_can_meet():
    """Otherwise equality would prove little: count the kinds of rows over the same seeds."""
    met = Counter()
    for number in SEEDS:
        tables = run_compiled(draw(number, 36 if number % 3 else 120)).journal.tables()
        for table, column in (("fills", "kind"), ("refusals", "reason"), ("margin_events", "event")):
            met.update(tables[table][column])
        met.update([k + r for k, r in zip(*(tables["flows"][n] for n in ("kind", "reason")), strict=True)]
                   if "flows" in tables else [])  # fmt: skip
        met.update(tables["entitlements"]["kind"] if "entitlements" in tables else [])
        forced = tables["forced_sales"]
        met.update(zip(forced["cause"], forced["kind"], strict=True))
    reasons = "suspended limit_up limit_down not_eligible no_cash no_margin credit_line no_borrow uptick float_cap"
    kinds = "buy sell margin_buy sell_to_repay repay short_sell buy_to_return forced_sell forced_buy_to_return"
    events = "warn call cured forced_sale instant restored insolvent due extended recalled removed "
    events += "warn_low call_low instant_low concentrated "
    events += "not_extended_ratio not_extended_interest not_extended_suspended not_extended_times"
    moves = "deposit withdrawal withdrawalno_cash withdrawalwithdraw_line transfer_in transfer_out"
    moves += " transfer_outno_shares transfer_outwithdraw_line call_deposit withdrawal_refused"
    entitled = "rights_subscribed rights_lapsed rights_owed dividend_tax"
    names = f"{reasons} {kinds} {events} {moves} {entitled} concentration expired frozen"
    missing = [name for name in names.split() if not met[name]]
    assert missing == []
    assert {("due", "repay"), ("maintenance", "sell_to_repay"), ("insolvent", "sell_to_repay")} <= set(met)
    assert {("recalled", "buy_to_return"), ("removed", "sell_to_repay")} <= set(met)


# ---- real data ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ashare_trend", "csi300_timing", "twse_spread"])
def test_random_targets_on_real_markets(name, real):  # noqa: ARG001 - skips where the data are absent
    scenario = prepare(load(ROOT / "configs" / f"{name}.yaml"))
    weights = targets(np.random.default_rng(7), scenario.panel.shape)
    weights[1::2] = np.nan
    weights[:, 60:] = np.nan  # of the universe a few dozen are enough
    ours, theirs = both_images(with_targets(scenario, weights))
    assert ours == theirs
    assert ours["fills"].count("margin_buy") + ours["fills"].count("short_sell") > 0


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_scenarios(path, request):
    if "LIANGRONG_REAL_DATA" in path.read_text(encoding="utf-8"):
        request.getfixturevalue("real")
    result = engines.run(load(path, ["execution.engine=both"]))
    assert len(result.fills) > 0


# ---- the machinery --------------------------------------------------------------------------------------------------


def test_without_compilation_the_day_loop_does_the_same():
    """Plain Python checks every index, which compiled code does not."""
    numbers = (0, 3, 8, 21)
    expected = [images(run_compiled(draw(number))) for number in numbers]
    with interpreted(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "simulate", session.simulate)
        patch.setattr(compiled, "holdings", compiled.holdings.py_func)
        assert [images(run_compiled(draw(number))) for number in numbers] == expected


def test_tables_and_contracts_grow_in_the_middle_of_a_run(monkeypatch):
    expected = [images(run_compiled(draw(number))) for number in range(6)]
    monkeypatch.setattr(compiled, "_CAPACITY", 1)
    monkeypatch.setattr(compiled, "_CHUNK", 7)
    monkeypatch.setattr(opened_account.Opening.ledger, "__defaults__", (1,))  # room for its own contracts, or one
    assert [images(run_compiled(draw(number))) for number in range(6)] == expected


def test_progress_ends_with_the_last_session():
    seen = []
    run_compiled(draw(0), lambda *words: seen.append(words))
    assert seen[-1] == (36, 36)


def test_results_of_both_engines_are_one_result():
    results = [
        engines.run(configured({"execution.engine": engine}, strategy=HOLD)) for engine in ("backtrader", "compiled")
    ]
    assert first_difference(*results, tolerance=0.0) is None
    assert len(results[0].fills) > 5
    assert results[0].summary == results[1].summary
    assert results[0].notes == results[1].notes
    assert engines.run(configured(BOTH, strategy=HOLD)).summary == results[0].summary


# ---- differences ----------------------------------------------------------------------------------------------------


def test_the_first_difference_is_the_first_by_row_and_then_by_column():
    result = engines.run(configured({}, strategy=HOLD))
    assert first_difference(result, result) is None
    fills = result.fills.copy()
    fills["commission"] += np.where(fills.index == 3, 0.01, 0.0)
    fills["price"] += np.where(fills.index == 3, 1.0, 0.0)
    fills.loc[5, "symbol"] = "other"
    other = replace(result, fills=fills)
    assert first_difference(result, other) == Difference(
        "fills", 3, "price", result.fills.loc[3, "price"], fills.loc[3, "price"]
    )
    difference = first_difference(result, replace(result, fills=fills.assign(symbol="other")))
    assert difference is not None
    assert difference[:3] == ("fills", 0, "symbol")


def test_a_difference_below_the_tolerance_and_missing_values_are_none():
    result = engines.run(configured({}, strategy=HOLD))
    equity = result.equity.copy()
    equity["cash"] *= 1.0 + 1e-11
    equity.loc[2, "available_margin"] = np.nan
    first = replace(result, equity=equity)
    assert first_difference(first, replace(result, equity=equity.copy())) is None
    difference = first_difference(result, first)
    assert difference is not None
    assert difference[:3] == ("equity", 2, "available_margin")
    assert first_difference(result, replace(result, equity=result.equity.assign(cash=equity["cash"]))) is None
    assert first_difference(result, replace(result, equity=result.equity.assign(cash=equity["cash"])), 0.0) is not None


def test_another_number_of_rows_is_a_difference():
    result = engines.run(configured({}, strategy=HOLD))
    shorter = replace(result, contracts=result.contracts.iloc[:-1])
    rows = len(result.contracts)
    assert first_difference(result, shorter) == Difference("contracts", -1, "rows", rows, rows - 1)


def test_engines_that_differ_are_reported(monkeypatch):
    other = prepare(configured({"costs.slippage": 0.001}, strategy=HOLD))
    monkeypatch.setattr(engines, "run_compiled", lambda *_: run_compiled(other))
    with pytest.raises(EngineError, match=r"differ on `mine`: table `equity`, row 1, column `cash`: .* by backtrader"):
        engines.run(configured(BOTH, strategy=HOLD))


def test_the_command_line_runs_both_and_exits_with_1_where_they_differ(tmp_path, monkeypatch, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ndata: {source: synthetic, options: {securities: 5, sessions: 20}}\n"
                    "strategy: {name: buy_and_hold}\n", encoding="utf-8")  # fmt: skip

    def call():
        words = ["liangrong", "run", str(path), "--engine", "both", "--out", str(tmp_path / "out")]
        monkeypatch.setattr(sys, "argv", words)
        try:
            app.main()
        except SystemExit as stopped:
            return stopped.code or 0
        return 0

    assert call() == 0
    other = prepare(load(path, ["costs.slippage=0.01"]))
    monkeypatch.setattr(engines, "run_compiled", lambda *_: run_compiled(other))
    assert call() == 1
    assert "the engines differ on `mine`: table `equity`" in capsys.readouterr().err


# ---- strategies that cannot -----------------------------------------------------------------------------------------


class EventDriven(MarginStrategy):
    def decide(self):
        self.repay(1.0)


@pytest.mark.parametrize("engine", ["compiled", "both"])
def test_an_event_driven_strategy_is_refused(engine):
    scenario = prepare(configured({"execution.engine": engine}, strategy=HOLD))
    with pytest.raises(ConfigError, match=rf"strategy `buy_and_hold`, got {engine}: the strategy is event-driven"):
        engines.execute(replace(scenario, strategy=EventDriven))


def test_a_target_strategy_that_decides_itself_is_refused():
    class Own(BuyAndHold):
        def decide(self):
            super().decide()

    scenario = replace(prepare(configured({"execution.engine": "compiled"}, strategy=HOLD)), strategy=Own)
    with pytest.raises(ConfigError, match=r"event-driven \(it defines decide of its own\)"):
        engines.execute(scenario)
