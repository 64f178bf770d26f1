"""Planning changes nothing that it is given: the record shows what the user wrote, each row its own parameters."""

import ast
import copy

import pandas as pd
import pytest
import yaml
from compare.small import RUN, written
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.plan import plan_trials
from liangrong.core.compare.save import save_comparison
from liangrong.core.config.comparison import load_compare

WINDOW = "strategy.rule.parameters.window"
RULES = [
    {"name": "spread_zscore", "parameters": {"scale": "turnover"}},
    {"name": "balance_trend", "parameters": {"window": 7}},
]
GRID = {"method": "grid", "keys": {"strategy.rule": RULES, WINDOW: [5, 8, 12]}}
RANDOM = {
    "method": "random",
    "count": 9,
    "keys": {"strategy.rule": RULES, WINDOW: {"low": 4, "high": 30, "kind": "int"}},
}
SHARED = {"name": "quantile", "rule": RULES[1], "parameters": {"minimum": 4}}
LIST = {"method": "list", "list": [{"strategy": SHARED, WINDOW: 5}, {"strategy": SHARED, WINDOW: 6}]}
CONTROLS = [{"strategy": {**SHARED, "rule": "equal_weight"}, "strategy.parameters.quantile": 0.3}, {"strategy": SHARED}]


def effective(trial):
    rule = trial.config.strategy.rule
    return rule.name, rule.parameters


def test_each_row_has_its_own_parameters_and_the_record_what_was_written(tmp_path):
    path = written(tmp_path, trials=GRID, stress=False)
    prepared = prepare_comparison(path)
    wanted = [
        *(("spread_zscore", {"scale": "turnover", "window": n}) for n in (5, 8, 12)),
        *(("balance_trend", {"window": n}) for n in (5, 8, 12)),
    ]
    assert [effective(trial) for trial in prepared.plan.trials[:6]] == wanted
    runs, _ = carry_out_all(prepared, tmp_path / "out")
    save_comparison(concluded(prepared, runs), tmp_path / "out")
    board = pd.read_csv(tmp_path / "out" / "leaderboard.csv").set_index("trial").sort_index().loc[1:6]
    assert board[WINDOW].tolist() == [5, 8, 12, 5, 8, 12]
    assert [ast.literal_eval(cell) for cell in board["strategy.rule"]] == [RULES[0]] * 3 + [RULES[1]] * 3
    assert board["total_return"].nunique() == 6
    recorded = yaml.safe_load((tmp_path / "out" / "compare.yaml").read_text(encoding="utf-8"))
    assert recorded["trials"]["keys"] == GRID["keys"]
    assert recorded["run"] == RUN


@pytest.mark.parametrize("trials", [GRID, RANDOM, LIST], ids=["grid", "random", "list"])
def test_planning_changes_nothing_that_it_is_given(tmp_path, trials):
    path = written(tmp_path, trials=trials, controls=CONTROLS)
    config, base = load_compare(path, ["run.strategy.rule.parameters.window=9"])
    before = copy.deepcopy((config.model_dump(), base))
    plan = plan_trials(config, base, tmp_path)
    assert (config.model_dump(), base) == before
    given = copy.deepcopy([(trial.keys, trial.config.model_dump()) for trial in plan.trials])
    again = plan_trials(config, base, tmp_path)
    assert [(trial.keys, trial.config.model_dump()) for trial in again.trials] == given
    for trial in plan.trials:  # what a trial is said to vary is what it has
        if WINDOW in trial.keys:
            assert effective(trial)[1]["window"] == trial.keys[WINDOW]


def test_one_mapping_in_two_trials_is_two(tmp_path):
    trials = plan_trials(*load_compare(written(tmp_path, trials=LIST, controls=CONTROLS)), tmp_path).trials
    assert [effective(trial)[1].get("window") for trial in trials] == [5, 6, None, 7]
    assert trials[2].config.strategy.parameters == {"minimum": 4, "quantile": 0.3}
    assert trials[3].config.strategy.parameters == {"minimum": 4}


def test_an_alias_in_an_override_is_no_shared_mapping(tmp_path):
    given = "run.strategy={name: quantile, rule: {name: gate, rules: [&r {name: balance_trend}, *r]}}"
    _, base = load_compare(written(tmp_path), [given])
    first, second = base.keys["strategy"]["rule"]["rules"]
    assert first == second
    assert first is not second
