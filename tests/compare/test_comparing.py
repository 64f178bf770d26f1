"""A finished comparison: its rows are those of the runs alone, its stresses change what they say, its ranks add up."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from compare.small import contents, written
from liangrong.core.compare.board_section import forced_words
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison, run_trial
from liangrong.core.compare.ground import (
    ground_of,
    make_ground,
    map_parts,
    parts_of,
    remove_parts,
    write_parts,
)
from liangrong.core.compare.jobs import STRESSES, jobs_of
from liangrong.core.compare.keys import key_of
from liangrong.core.compare.leaderboard import leaderboard, rank_by_sharpe, stress_table
from liangrong.core.compare.measure import Measured, capacity, returns_of
from liangrong.core.compare.page import render_leaderboard
from liangrong.core.compare.save import prepare_folder, save_comparison
from liangrong.core.compare.trial_books import Opened
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import ConfigError, OutputError
from liangrong.core.inference.sharpe import moments, sharpe_error
from liangrong.core.kernels.statistics import SESSIONS_PER_YEAR
from liangrong.core.panel.identity import identity_of
from liangrong.core.run.engines import run
from liangrong.core.run.scores import target_weights
from liangrong.core.sources import Finding

CONFIGS = Path(__file__).parents[2] / "configs"
MARKET = "{source: synthetic, options: {seed: 7, securities: 20, sessions: 270, start: 2021-01-04}}"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    prepared = prepare_comparison(written(folder))
    runs, _ = carry_out_all(prepared, folder / "out")
    return prepared, runs, concluded(prepared, runs), folder


def test_a_row_run_alone_gives_the_same_figures_and_the_same_bytes(small):
    prepared, runs, comparison, folder = small
    for number in (1, 9):
        result, _ = run_trial(prepared, number)
        row = comparison.board.set_index("trial").loc[number]
        for name in ("total_return", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "turnover", "fills"):
            assert row[name] == result.summary[name]
        assert row["interest"] == result.summary["costs"]["financing_interest"]
        assert row["borrow_fee"] == result.summary["costs"]["borrow_fee"]
        assert row["refusals"] == sum(row[name] for name in row.index if name.startswith("refused_"))
        assert (runs[number]["plain"].equity == result.equity["equity"].to_numpy()).all()
        # And the folder is that of `liangrong run` on the configuration that the trial has.
        kept = result.save(folder / f"trial{number}", report="")
        again = run(load(kept / "config.yaml")).save(folder / f"again{number}", report="")
        assert {p.name: p.read_bytes() for p in kept.iterdir()} == {p.name: p.read_bytes() for p in again.iterdir()}


def test_the_engines_give_the_same_leaderboard(small, tmp_path):
    _, _, ours, _ = small
    prepared = prepare_comparison(written(tmp_path, engine="backtrader", stress=False))
    theirs = concluded(prepared, carry_out_all(prepared, tmp_path / "out")[0])
    assert set(theirs.board["engine"]) == {"backtrader"}
    pd.testing.assert_frame_equal(
        ours.board.drop(columns="engine"), theirs.board.drop(columns="engine"), check_exact=False, rtol=1e-9
    )


def test_a_default_control_that_the_data_do_not_suffice_for_is_left_out_and_said(small):
    _, _, comparison, _ = small
    assert [trial.number for trial in comparison.trials] == [1, 2, 3, 4, 5, 7, 8, 9]
    assert [note for note in comparison.notes if note.startswith("The control price_momentum is left out: ")] != []


def test_the_board_is_sorted_and_whole(small):
    _, _, comparison, _ = small
    board = comparison.board
    assert board["rank"].tolist() == list(range(1, 9))
    sharpe = board["sharpe"].fillna(0.0).to_numpy(dtype=float)
    assert (np.diff(sharpe) <= 0.0).all()
    assert board["kind"].value_counts().to_dict() == {"control": 4, "trial": 4}
    assert sorted(board["strategy.rule.parameters.window"].dropna()) == [5, 8, 12, 16]
    own = board[board["kind"] == "trial"]
    returns = comparison.returns[[str(number) for number in own["trial"]]].to_numpy()
    year = SESSIONS_PER_YEAR**0.5
    assert own["sharpe"].tolist() == pytest.approx((moments(returns).sharpe * year).tolist(), rel=1e-12)
    assert own["sharpe_error"].tolist() == pytest.approx((sharpe_error(returns) * year).tolist(), rel=1e-12)
    judged = returns[comparison.luck.by_regime.sessions.sum() * -1 :]  # those that the slowest can trade in
    assert len(returns) - len(judged) == 21  # a control, price momentum
    luck = dict(zip(comparison.luck.names, comparison.luck.sharpe, strict=True))
    found = [luck[label] for label in own["label"]]
    assert found == pytest.approx((moments(judged).sharpe * year).tolist(), rel=1e-12)


def test_returns_multiply_to_the_total(small):
    _, _, comparison, _ = small
    for row in comparison.board.itertuples():
        grown = np.prod(1.0 + comparison.returns[str(row.trial)].to_numpy())
        assert grown - 1.0 == pytest.approx(row.total_return, rel=1e-12)


def test_the_same_bytes_again(small, tmp_path):
    _, _, comparison, folder = small
    save_comparison(comparison, folder / "out")
    prepared = prepare_comparison(folder / "small.yaml")
    runs, now = carry_out_all(prepared, folder / "out")
    assert now == 0
    tmp_path.joinpath("again").mkdir()
    save_comparison(concluded(prepared, runs), tmp_path / "again")
    assert contents(tmp_path / "again") == contents(folder / "out")
    told = json.loads((folder / "out" / "luck.json").read_text(encoding="utf-8"))
    assert told["headline"] == comparison.luck.headline
    board = pd.read_csv(folder / "out" / "leaderboard.csv")
    assert board["sharpe"].tolist() == comparison.board["sharpe"].tolist()  # every digit


def test_stresses_change_what_they_say_and_nothing_else(small):
    prepared, *_ = small
    trial = prepared.plan.trials[0]
    jobs = jobs_of(trial, prepared.identity, STRESSES)
    plain = trial.config.resolved()

    def changed(name):
        other = jobs[name].config.resolved()
        return {
            f"{s}.{k}": v for s, of in other.items() if isinstance(of, dict) for k, v in of.items() if v != plain[s][k]
        }

    assert changed("financing") == {"account.financing_rate": pytest.approx(0.1035)}
    assert changed("borrow_fee") == {"account.borrow_rate": pytest.approx(0.207)}
    assert changed("slippage") == {"costs.slippage": pytest.approx(0.001)}
    assert changed("short_supply") == {
        "account.borrow_share": pytest.approx(0.05),
        "account.borrowable_share": pytest.approx(0.5),
    }
    assert changed("delay") == {}
    assert [name for name, job in jobs.items() if job.delay] == ["delay"]
    assert len({job.key for job in jobs.values()}) == 6


def test_a_delay_carries_the_same_targets_out_one_session_later(small):
    prepared, runs, *_ = small
    config = prepared.plan.trials[0].config
    at_once = prepared.ground.scenario(config)
    later = prepared.ground.scenario(config, delay=1)
    decided, carried = (target_weights(scenario, scenario.score) for scenario in (at_once, later))
    assert np.isnan(carried[0]).all()
    assert np.array_equal(carried[1:], decided[:-1], equal_nan=True)
    assert not np.array_equal(runs[1]["delay"].equity, runs[1]["plain"].equity)


def test_dearer_money_costs_more(small):
    _, runs, comparison, _ = small
    for trial in comparison.trials:
        of = runs[trial.number]
        if of["plain"].figures["interest"] > 0.0:
            assert of["financing"].figures["interest"] > 1.15 * of["plain"].figures["interest"]
        if of["plain"].figures["borrow_fee"] > 0.0:
            assert of["borrow_fee"].figures["borrow_fee"] > 1.9 * of["plain"].figures["borrow_fee"]


def test_ranks_under_stress_by_hand(small):
    trials = [trial for trial in small[2].trials if trial.number in (1, 2, 5)]  # two trials and a control
    given = {1: (1.0, 0.4), 2: (0.9, 0.6), 5: (0.5, None)}

    def measured(sharpe):
        return Measured({"sharpe": sharpe}, np.zeros(1))

    runs = {n: {"plain": measured(a), "delay": measured(b)} for n, (a, b) in given.items()}
    assert rank_by_sharpe(trials, runs, "delay") == {1: 2, 2: 1, 5: None}  # it stood still
    table = stress_table(trials, runs, [s for s in STRESSES if s.name == "delay"]).set_index("trial")
    assert table["rank_plain"].to_dict() == {1: 1, 2: 2, 5: 3}
    assert table["keeps_beating"].to_dict() == {1: True, 2: True, 5: False}  # a control that stood still counts as 0
    runs[5]["delay"] = measured(0.5)
    kept = stress_table(trials, runs, [s for s in STRESSES if s.name == "delay"]).set_index("trial")["keeps_beating"]
    assert kept.to_dict() == {1: False, 2: True, 5: False}


def test_returns_after_ruin():
    got = returns_of(np.array([110.0, 55.0, -5.0, 3.0, 6.0]), 100.0)
    assert got.tolist() == pytest.approx([0.1, -0.5, -1.0, 0.0, 0.0])


def test_capacity_by_hand(small):
    prepared, *_ = small
    scenario = prepared.ground.scenario(prepared.plan.trials[0].config)
    panel, cash = scenario.panel, scenario.config.account.cash
    volume = panel["volume"]
    opened = Opened(np.array([0, 1, 2]), np.array([0, 1, 2]), np.array([500.0, 700.0, 900.0]))
    equity = cash * np.arange(2.0, 2.0 + len(panel.sessions))
    each = [cash * 0.1 * volume[0, 0] / 500, 2 * cash * 0.1 * volume[1, 1] / 700, 3 * cash * 0.1 * volume[2, 2] / 900]
    assert capacity(opened, equity, scenario) == pytest.approx(sorted(each)[1], rel=1e-12)
    for row, alone in enumerate(each):
        one = Opened(opened.session[[row]], opened.security[[row]], opened.shares[[row]])
        assert capacity(one, equity, scenario) == pytest.approx(alone, rel=1e-12)
    none = Opened(opened.session[:0], opened.security[:0], opened.shares[:0])
    assert capacity(none, equity, scenario) is None


def test_a_ground_survives_being_taken_apart(small, tmp_path):
    config = small[0].plan.trials[0].config
    late = config.model_copy(
        update={"data": config.data.model_copy(update={"publication_lag": {"financing_balance": 2}})}
    )
    noticed = Finding(kind="double", count=3, detail="dropped", where="a.csv", examples=("x", "y"))
    ground = make_ground(small[0].ground.raw, (noticed,), [config, late])
    folder = write_parts(parts_of(ground), tmp_path / ".panel")
    made = ground_of(map_parts(folder))
    assert identity_of(made.raw) == identity_of(ground.raw)
    assert made.findings == ground.findings
    assert len({identity_of(panels.history) for panels in made.seen.values()}) == 2
    for key, panels in ground.seen.items():
        assert made.seen[key].first == panels.first
        assert identity_of(made.seen[key].panel) == identity_of(panels.panel)
        assert identity_of(made.seen[key].history) == identity_of(panels.history)
    mapped = made.raw["close"]
    while isinstance(mapped.base, np.ndarray):
        mapped = mapped.base
    assert isinstance(mapped, np.memmap)
    remove_parts(tmp_path / ".panel")
    assert list(tmp_path.iterdir()) == []


def test_the_key_knows_what_decides_a_result(small, tmp_path):
    prepared, *_ = small
    config = prepared.plan.trials[0].config
    key = key_of(config, 0, "data")
    named = config.model_copy(update={"name": "other", "description": "other"})
    assert key_of(named, 0, "data") == key
    account = config.account.model_copy(update={"cash": 1.0})
    assert len({key, key_of(config, 1, "data"), key_of(config, 0, "other")}) == 3
    assert key_of(config.model_copy(update={"account": account}), 0, "data") != key
    own = tmp_path / "rules.py"
    ruled = config.strategy.model_copy(update={"rule": config.strategy.rule.model_copy(update={"name": f"{own}:A"})})
    keys = set()
    for text in ("a", "b"):
        own.write_text(text, encoding="utf-8")
        keys.add(key_of(config.model_copy(update={"strategy": ruled}), 0, "data"))
    assert len(keys) == 2


def test_a_number_that_is_no_trial(small):
    with pytest.raises(ConfigError, match=r"1 to 9, got 10"):
        run_trial(small[0], 10)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"holds mine.txt, which no comparison wrote"):
        prepare_folder(tmp_path)


SMALL = [f"run.data={MARKET}", "judge.repetitions=100", "stress=false"]
GRID = (
    "trials.keys={strategy.rule: [spread_zscore, balance_trend], strategy.rule.parameters.window: [5, 20], "
    "strategy.parameters.quantile: [0.1, 0.3]}"
)


@pytest.mark.parametrize(
    ("name", "overrides", "count"), [("compare_claims", SMALL, 37), ("compare_windows", [*SMALL, GRID], 8)]
)
def test_a_comparison_that_comes_along_runs_in_a_small_version(tmp_path, name, overrides, count):
    prepared = prepare_comparison(CONFIGS / f"{name}.yaml", overrides)
    runs, _ = carry_out_all(prepared, tmp_path)
    comparison = concluded(prepared, runs)
    assert len(comparison.luck.names) == count
    assert (comparison.board.loc[comparison.board["kind"] == "trial", "fills"] > 0).mean() > 0.6
    assert all(math.isfinite(value) for value in comparison.board["total_return"])
    assert comparison.stress.empty
    assert comparison.returns.shape == (270, count + 6)


DAILY = '''
import numpy as np
from liangrong.core.ideas.strategy import MarginStrategy

class Daily(MarginStrategy):
    """Hold the first security, decided day by day."""

    def decide(self):
        """Buy once."""
        if self.session == 0:
            weights = np.full(len(self.history.symbols), np.nan)
            weights[0] = 0.5
            self.order_to_weights(weights)
'''


def test_a_strategy_that_decides_day_by_day_runs_on_backtrader_and_is_said(tmp_path):
    (tmp_path / "daily.py").write_text(DAILY, encoding="utf-8")
    given = {"method": "list", "list": [{"name": "daily", "strategy": {"name": "daily.py:Daily"}}, {"name": "base"}]}
    prepared = prepare_comparison(written(tmp_path, trials=given, controls=[{"strategy": {"name": "buy_and_hold"}}]))
    comparison = concluded(prepared, carry_out_all(prepared, tmp_path / "out")[0])
    assert comparison.board.set_index("label")["engine"].to_dict()["daily"] == "backtrader"
    assert comparison.board.set_index("label")["engine"].to_dict()["base"] == "compiled"
    assert "Run by backtrader, without the stress of a later session: daily." in comparison.notes
    row = comparison.stress.set_index("label").loc["daily"]
    assert pd.isna(row["rank_delay"])
    assert not pd.isna(row["rank_slippage"])
    assert comparison.board.set_index("label").loc["daily", "fills"] == 1
    assert "daily" in render_leaderboard(comparison)


def test_a_contract_that_fell_due_is_no_margin_call(small):
    _, runs, comparison, _ = small

    def caused(number, by_cause):
        plain = runs[number]["plain"]
        return {"plain": plain._replace(figures=plain.figures | {"forced_orders_by_cause": by_cause})}

    causes = {number: caused(number, {}) for number in runs}
    causes |= {1: caused(1, {"due": 3, "maintenance": 1}), 2: caused(2, {"due": 2})}
    board = leaderboard(comparison.trials, causes).set_index("trial")
    columns = [name for name in board.columns if name.startswith("forced_for_")]
    assert columns == ["forced_for_due", "forced_for_maintenance"]
    assert board.loc[[1, 2, 3], columns].to_numpy().tolist() == [[3, 1], [2, 0], [0, 0]]
    told = forced_words(board.assign(forced_orders=board[columns].sum(axis=1), margin_calls=0))
    assert (
        told == "Margin calls of all rows together: 0. Orders of the broker's own: 6, by cause: due 5, maintenance 1."
    )
    assert forced_words(board.assign(forced_orders=0, margin_calls=0)) == ""
