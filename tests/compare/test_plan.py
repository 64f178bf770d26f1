"""The trials of a comparison: what is expanded, what is refused, and all of it before anything runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from compare.small import RUN, WINDOWS, written
from liangrong.core.compare.comparing import prepare_comparison
from liangrong.core.compare.plan import plan_trials
from liangrong.core.config.comparison import RangeConfig, load_compare
from liangrong.core.errors import ConfigError

WINDOW = "strategy.rule.parameters.window"
OWN = '''from liangrong.core.ideas.strategy import MarginStrategy

class Daily(MarginStrategy):
    """Do nothing, day by day."""

    def decide(self):
        """Decide nothing."""
'''


def planned(path, overrides=()) -> Any:
    return plan_trials(*load_compare(path, overrides), path.parent)


def refused(path):
    with pytest.raises(ConfigError) as caught:
        planned(path)
    return str(caught.value).splitlines()


def test_a_grid_is_every_combination_and_the_five_controls_follow(tmp_path):
    keys = {"strategy.rule": ["balance_trend"], WINDOW: [5, 10], "account.financing_rate": [0.05, 0.08]}
    trials = planned(written(tmp_path, trials={"keys": keys})).trials
    seen = [(t.config.strategy.rule.parameters["window"], t.config.account.financing_rate) for t in trials[:4]]
    assert seen == [(5, 0.05), (5, 0.08), (10, 0.05), (10, 0.08)]
    assert trials[0].label == "rule=balance_trend window=5 financing_rate=0.05"
    assert [t.number for t in trials] == list(range(1, 10))
    controls = [t for t in trials if t.is_control]
    assert [t.label for t in controls] == [
        *("equal_weight", "price_momentum", "price_reversal", "random_score", "buy_and_hold")
    ]
    assert [t.config.strategy.name for t in controls] == ["quantile"] * 4 + ["buy_and_hold"]
    assert all(t.config.strategy.parameters == RUN["strategy"]["parameters"] for t in controls[:4])
    assert {t.config.execution.engine for t in trials} == {"compiled"}


def test_a_random_sample_is_seeded_and_within_its_bounds(tmp_path):
    ranges = {
        WINDOW: {"low": 5, "high": 40, "kind": "int"},
        "account.financing_rate": {"low": 0.001, "high": 0.1, "log": True},
        "strategy.rule": ["balance_trend"],
    }

    def drawn(seed):
        given = {"method": "random", "keys": ranges, "count": 60, "seed": seed}
        trials = planned(written(tmp_path, trials=given, controls=[{"strategy": {"name": "buy_and_hold"}}])).trials
        of = [t.config for t in trials if not t.is_control]
        return [(c.strategy.rule.parameters["window"], c.account.financing_rate) for c in of]

    first = drawn(1)
    assert first == drawn(1)
    assert first != drawn(2)
    windows, rates = zip(*first, strict=True)
    assert set(windows) <= set(range(5, 41))
    assert len(set(windows)) > 15
    assert all(0.001 <= rate <= 0.1 for rate in rates)
    assert 0.3 < sum(rate < 0.01 for rate in rates) / len(rates) < 0.7  # half of a logarithmic scale


def test_doubles_are_left_out_and_said(tmp_path):
    plan = planned(written(tmp_path, trials={"keys": {"strategy.rule": ["balance_trend"], WINDOW: [5, 6, 5]}}))
    assert sum(not t.is_control for t in plan.trials) == 2
    assert plan.notes == ("rule=balance_trend window=5 #2 is rule=balance_trend window=5 once more and left out.",)


def test_every_wrong_trial_is_named_with_its_key_before_anything_runs(tmp_path):
    given = [
        {"strategy.rule": "balance_trend", WINDOW: 1},
        {"strategy.rule": "balance_trend"},
        {"account.financing_rates": 0.1},
        {"strategy.rule": "balance_trent"},
        {"data.options.seed": 4},
        {"window.start": "2021-02-01"},
        {"costs.slippage.value": 0.1},
    ]
    wrong = refused(written(tmp_path, trials={"method": "list", "list": given}))
    assert len(wrong) == 6
    said = ["window", "account.financing_rates", "balance_trent", "data.options.seed", "window.start", "slippage"]
    for position, words, line in zip((1, 3, 4, 5, 6, 7), said, wrong, strict=True):
        assert line.startswith(f"trial {position} (")
        assert words in line


def test_what_the_data_do_not_suffice_for_is_said_before_anything_runs(tmp_path):
    rule = {"name": "balance_trend", "parameters": {"window": 95}}
    path = written(tmp_path, trials={"method": "list", "list": [{"strategy.rule": rule}]}, controls=[{"name": "base"}])
    with pytest.raises(ConfigError, match=r"trial 1 \(rule=balance_trend\(window=95\)\): .* looks back 95 sessions"):
        prepare_comparison(path)


def test_a_base_of_its_own_brings_its_strategy_and_nothing_else(tmp_path):
    other = {**RUN, "name": "other", "account": {"cash": 5}, "data": {"source": "nothing"}}
    other["strategy"] = {"name": "threshold", "rule": "balance_trend"}
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "other.yaml").write_text(yaml.safe_dump(other), encoding="utf-8")
    given = {"method": "list", "list": [{"base": "below/other.yaml", WINDOW: 7}]}
    trial = planned(written(tmp_path, trials=given)).trials[0]
    assert trial.label == "other window=7"
    assert (trial.config.strategy.name, trial.config.strategy.rule.parameters) == ("threshold", {"window": 7})
    assert (trial.config.account.cash, trial.config.data.source) == (10_000_000, "synthetic")


def test_paths_stay_beside_the_file_that_names_them(tmp_path):
    (tmp_path / "below").mkdir()
    base = {**RUN, "name": "base", "data": {**RUN["data"], "industries": "industries.csv"}}
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    own = {"name": "own", "data": {"source": "synthetic"}, "strategy": {"name": "daily.py:Daily"}}
    (tmp_path / "below" / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    (tmp_path / "below" / "daily.py").write_text(OWN, encoding="utf-8")
    path = tmp_path / "compare.yaml"
    given = {"name": "c", "base": "base.yaml", "trials": {"method": "list", "list": [{"base": "below/own.yaml"}]}}
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    trial = planned(path).trials[0]
    assert trial.config.data.industries == str(tmp_path / "industries.csv")
    assert trial.config.strategy.name == f"{tmp_path / 'below' / 'daily.py'}:Daily"
    assert trial.config.execution.engine == "backtrader"  # it decides day by day


WEIGHTED = """from liangrong.strategies.rules import Rule, parameter

class Weighted(Rule):
    NEEDS = ("close",)
    weights_file: str = parameter("", "CSV")
"""


def test_a_path_starts_at_the_file_that_states_it_wherever_the_base_lies(tmp_path, monkeypatch):
    below, beside = tmp_path / "below", tmp_path / "beside"
    for folder in (below, beside):
        folder.mkdir()
        (folder / "own.py").write_text(WEIGHTED, encoding="utf-8")
    rule = {"name": "own.py:Weighted", "parameters": {"weights_file": "w.csv"}}
    base = {"name": "base", **RUN, "strategy": {**RUN["strategy"], "rule": rule}}
    (below / "base.yaml").write_text(yaml.safe_dump(base), encoding="utf-8")
    file = "strategy.rule.parameters.weights_file"
    given = [
        {"account.cash": 5},
        {file: "x.csv"},
        {"strategy.rule": rule},
        {"base": "../below/base.yaml", file: "y.csv"},
        {"strategy.rule": {"name": "lag", "rules": [rule]}},
    ]
    content: dict[str, Any] = {"name": "c", "base": "../below/base.yaml", "trials": {"method": "list", "list": given}}
    content["controls"] = [{"strategy.rule": rule, "account.cash": 6}]
    (beside / "c.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")

    def named(path, overrides=()):
        rules = [trial.config.strategy.rule for trial in planned(path, overrides).trials]
        rules = [rule.rules[0] if rule.rules else rule for rule in rules]
        return [(rule.name, rule.parameters["weights_file"]) for rule in rules]

    own = f"{below / 'own.py'}:Weighted", f"{beside / 'own.py'}:Weighted"
    files = below / "w.csv", beside / "w.csv"
    expected = [(own[0], files[0]), (own[0], beside / "x.csv"), (own[1], files[1])]
    expected += [(own[0], beside / "y.csv"), (own[1], files[1]), (own[1], files[1])]
    assert named(beside / "c.yaml") == [(name, str(path)) for name, path in expected]
    over = ["run.strategy.rule.name=own.py:Weighted", "trials.list=[{account.cash: 7}]"]  # on the command line
    assert named(beside / "c.yaml", over)[0] == (own[1], str(files[0]))
    monkeypatch.chdir(tmp_path)
    assert named(Path("beside/c.yaml"))[0] == ("below/own.py:Weighted", "below/w.csv")


def test_overrides_reach_the_run_and_the_trials(tmp_path):
    plan = planned(
        written(tmp_path), ["run.account.cash=500", f"trials.keys={{{WINDOW}: [9], strategy.rule: [force_balance]}}"]
    )
    assert [(t.label, t.config.account.cash) for t in plan.trials[:1]] == [("window=9 rule=force_balance", 500)]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"trials": {"method": "grid"}}, "`method: grid` needs `keys`"),
        ({"trials": {"method": "list", "keys": {"a": [1]}}}, "`method: list` needs `list`"),
        ({"trials": {"method": "random", "keys": {"a": [1]}}}, "`count` belongs to `method: random`"),
        ({"trials": {"keys": {"a": {"low": 1, "high": 2}}}}, "a range belongs to `method: random`"),
        ({"trials": {"keys": {"a": []}}}, "`a` should have one value or more"),
        ({"trials": {"method": "random", "count": 1, "keys": {"a": {"low": 2, "high": 1}}}}, "`low` should lie below"),
        ({"run": {}}, "`base`, a run configuration, or `run`"),
        ({"controls": []}, "`controls` should name one or more"),
        ({"judge": {"alpha": 2.0}}, "judge.alpha"),
        ({"trails": {}}, "did you mean `trials`"),
    ],
)
def test_a_wrong_comparison_is_refused(tmp_path, keys, words):
    with pytest.raises(ConfigError) as caught:
        load_compare(written(tmp_path, **keys))
    assert words in str(caught.value)


def test_the_small_comparison_is_what_other_tests_take_it_for(tmp_path):
    trials = planned(written(tmp_path)).trials
    assert [t.config.strategy.rule.parameters["window"] for t in trials[: len(WINDOWS)]] == WINDOWS


def test_a_rule_in_the_place_of_the_bases_says_what_it_leaves_behind(tmp_path):
    run = {**RUN, "strategy": {**RUN["strategy"], "rule": {"name": "spread_zscore", "parameters": {"sign": 1}}}}
    keys = {"strategy.rule": ["spread_zscore", {"name": "spread_zscore", "parameters": {"sign": 1}}], WINDOW: [5, 10]}
    notes = planned(written(tmp_path, run=run, trials={"keys": keys})).notes
    assert [note for note in notes if "sign" in note] == [
        "`strategy.rule` takes the place of the base's whole rule: its `sign: 1` does not hold in 2 trials, which have "
        "their rule's default or what they state; vary {name: …, parameters: {sign: 1}} to keep it."
    ]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"stress": {"nope": 3}}, "`stress.nope` is not a known key: known here are best"),
        ({"stress": {"best": 2, "nope": 3}}, "`stress.nope` is not a known key: known here are best"),
        ({"stress": {}}, "`stress.best` is required and absent"),
        ({"stress": {"best": 0}}, "`stress.best`: input should be greater than or equal to 1, got 0"),
        ({"stress": 3}, "`stress`: should be true, false or a mapping of keys, got 3"),
        ({"controls": [5]}, "`controls.0`: should be a text or a mapping of keys, got 5"),
        ({"trials": {"keys": {"a.b": 5}}}, "`trials.keys.a.b`: should be a list or a mapping of keys, got 5"),
        (
            {"trials": {"keys": {"a": {"low": 1, "hgh": 2}}}},
            "`trials.keys.a.hgh` is not a known key: did you mean `high`",
        ),
        ({"controls": ["nope"]}, "(nope): there is no rule `nope`"),
    ],
)
def test_a_value_of_several_types_has_one_answer(tmp_path, keys, told):
    (line,) = refused(written(tmp_path, **keys))
    assert told in line


def test_a_control_may_be_named_by_its_rule(tmp_path):
    named = planned(written(tmp_path, controls=["equal_weight", "buy_and_hold"])).trials
    every = planned(written(tmp_path)).trials
    expected = [
        trial.config.strategy for label in ("equal_weight", "buy_and_hold") for trial in every if trial.label == label
    ]
    controls = [trial for trial in named if trial.is_control]
    assert [trial.label for trial in controls] == ["equal_weight", "buy_and_hold"]
    assert [trial.config.strategy for trial in controls] == expected


def test_a_label_tells_the_parameters_of_a_rule(tmp_path):
    rules = [
        {"name": "spread_level", "parameters": {"scale": "turnover"}},
        {"name": "gate", "rules": ["balance_trend", {"name": "lag", "rules": ["spread_level"]}]},
    ]
    plan = planned(written(tmp_path, trials={"keys": {"strategy.rule": rules}}))
    labels = [trial.label for trial in plan.trials if not trial.is_control]
    assert labels == ["rule=spread_level(scale=turnover)", "rule=gate(balance_trend, lag(spread_level))"]


def test_set_reaches_the_dotted_keys_of_trials(tmp_path):
    path = written(tmp_path)
    given = [
        "trials.keys.strategy.rule.parameters.window=[3, 4]",
        "trials.keys.strategy.parameters.quantile=[0.25, 0.5]",
    ]
    config, _ = load_compare(path, given)
    assert config.trials.keys["strategy.rule.parameters.window"] == [3, 4]
    assert config.trials.keys["strategy.parameters.quantile"] == [0.25, 0.5]
    assert config.trials.keys["strategy.rule"] == ["balance_trend"]
    keys = {"strategy.parameters.quantile": {"low": 0.1, "high": 0.3}}
    drawn = written(tmp_path, "drawn", trials={"method": "random", "count": 2, "keys": keys})
    config, _ = load_compare(drawn, ["trials.keys.strategy.parameters.quantile.high=0.2"])
    assert config.trials.keys["strategy.parameters.quantile"] == RangeConfig(low=0.1, high=0.2)
    with pytest.raises(ConfigError, match=r"trials\.keys"):
        load_compare(path, ["trials.keys=3"])
