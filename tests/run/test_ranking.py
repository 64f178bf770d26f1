"""What is told of scores that give a ranking strategy nothing to rank, by hand."""

import dataclasses

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.ideas.registry import ideas
from liangrong.core.run.config_check import check_config
from liangrong.core.run.engines import run
from liangrong.core.run.explain import explain_rule
from liangrong.core.run.ranking import one_score, ranked_score, ties_of
from liangrong.core.run.scenario import prepare
from run.configured import configured, dataset

MARKET_WIDE = ("gauge", "market_regime", "breadth", "market_force", "market_short")
RANKING = [
    {"name": "long_only", "parameters": {"minimum": 5, "quantile": 0.2}},
    {"name": "quantile", "parameters": {"minimum": 5}},
    {"name": "threshold", "parameters": {"signal": "rank"}},
    {"name": "threshold", "parameters": {"signal": "zscore"}},
]


def told(strategy, rule, **more):
    config = configured(strategy={**strategy, "rule": rule}, **more)
    unusual = {one.kind: one.told() for one in check_config(config).unusual}
    return unusual, "\n".join(run(config).notes)


@pytest.mark.parametrize("strategy", RANKING)
def test_one_score_for_all_is_told_where_it_is_ranked(strategy):
    unusual, notes = told(strategy, "breadth")
    assert unusual["one_score"].startswith("`breadth` gives all securities one score on 100 % of the sessions: ")
    assert f"`breadth` gives all securities one score on 100 % of the sessions, so `{strategy['name']}` ranks" in notes


@pytest.mark.parametrize("name", MARKET_WIDE)
def test_every_rule_of_the_whole_market_is_told_from_its_score_and_its_example_times(name):
    config = configured(strategy={"name": "long_only", "rule": name, "parameters": {"minimum": 5}})
    assert "one_score" in {one.kind for one in check_config(config).unusual}
    assert explain_rule(name).example.startswith("strategy:\n  name: timing\n")


def test_the_example_of_a_rule_that_tells_securities_apart_ranks_them():
    wide = {name for name in ideas().rules if "name: timing" in explain_rule(name).example}
    assert wide == set(MARKET_WIDE)


@pytest.mark.parametrize(
    ("strategy", "rule"),
    [
        ({"name": "timing"}, "breadth"),
        ({"name": "threshold"}, "breadth"),  # a level, not an order
        ({"name": "long_only", "parameters": {"minimum": 5}}, "balance_trend"),
        ({"name": "long_only", "parameters": {"minimum": 5}}, "equal_weight"),  # a control that holds everything
        (
            {"name": "long_only", "parameters": {"minimum": 5}},
            {"name": "gate", "rules": ["balance_trend", "breadth"]},
        ),
    ],
)
def test_what_ranks_something_or_does_not_rank_is_not_told(strategy, rule):
    unusual, notes = told(strategy, rule)
    assert not {"one_score", "ties"} & unusual.keys()
    assert "one score" not in notes


def test_one_score_by_hand():
    """Four sessions have two scores or more, of which three have one for all; a single score ranks nothing either."""
    nan = np.nan
    score = np.array([[1.0, 1.0, nan], [2.0, nan, nan], [3.0, 3.0, 3.0], [nan] * 3, [0.0, 0.0, 1.0], [0.0, -0.0, 0.0]])
    assert one_score(score) == pytest.approx(0.75)
    assert one_score(np.full((3, 2), nan)) == 0.0


BALANCES = np.cumprod(np.where(np.arange(8) < 4, 1.1, 1.0 + 0.01 * np.arange(8)) * np.ones((12, 1)), axis=0)


def tied(tmp_path, quantile=0.25):
    """Eight securities, four with one trend and four below it, each with its own; a quarter of eight is two."""
    given = panel(np.full((12, 8), 10.0), symbols=[f"60000{j}.SH" for j in range(8)], financing_balance=1e8 * BALANCES)
    strategy = {
        "name": "long_only",
        "rule": {"name": "balance_trend", "parameters": {"window": 4}},
        "parameters": {"minimum": 3, "quantile": quantile, "rebalance": "daily"},
    }
    return configured(data=dataset(given, tmp_path), strategy=strategy)


def test_ties_at_the_boundary_by_hand(tmp_path):
    """The best two of eight are four, who all tie with the last; a half of eight is those four."""
    config = tied(tmp_path)
    notes = "\n".join(run(config).notes)
    assert "of the 4.0 that a rebalance chooses on average, 100 % tie with the last" in notes
    assert "where `quantile` 0.25 alone would be 2.0" in notes
    unusual = {one.kind: one.told() for one in check_config(config).unusual}
    assert "a rebalance chooses 4.0 where `quantile` 0.25 is 2.0, and 100 % of them tie" in unusual["ties"]


def test_a_quantile_that_ends_with_its_ties_is_the_one_asked_for(tmp_path):
    scenario = prepare(tied(tmp_path, 0.5))
    score = ranked_score(scenario)
    assert score is not None
    found = ties_of(scenario, score)
    assert found is not None
    assert (found.asked, found.chosen, found.tied) == (4.0, 4.0, 1.0)
    assert "same trial" not in "\n".join(run(scenario.config).notes)
    industry = dataclasses.replace(scenario, parameters={**scenario.parameters, "neutral": "industry"})
    assert ties_of(industry, score) is None
