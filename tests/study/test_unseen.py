"""What a claim speaks of and the data never show is said, in each study and beside all of them."""

import numpy as np
import pytest
from liangrong.core.config.run import RuleConfig
from liangrong.core.config.yaml_file import load
from liangrong.core.ideas.rule import NEGATIVE, POSITIVE
from liangrong.core.study import command as engine
from liangrong.core.study.design import Design
from liangrong.core.study.names import named_rules
from liangrong.core.study.unseen import unseen, unseen_note
from liangrong.strategies.rules import RULES, Composed
from liangrong.strategies.rules.crowding import Crowding
from liangrong.strategies.rules.extremes import DipFinancing, TrappedBuying
from liangrong.strategies.rules.gauges import Gauge
from liangrong.strategies.rules.spread import SpreadLevel
from oracles.rule_panels import market

NAN, INF = np.nan, np.inf
NEVER = "a negative spread"
ONE_SIDED = {"spread_level", "financing_to_turnover", "financing_buy_share", "crowding", "gauge"}
"""Rules of which the synthetic market shows one side alone."""


@pytest.mark.parametrize(
    ("scores", "states"),
    [
        ([0.1, 0.2, NAN], [NEVER]),
        ([-0.1, 0.0], ["a positive spread"]),
        ([0.0, 0.0], ["a positive spread", NEVER]),
        ([0.1, -0.1], []),
        ([NAN, NAN], []),  # nothing is scored: there is nothing to miss
        ([], []),
    ],
)
def test_states_without_a_score(scores, states):
    assert unseen(SpreadLevel(), np.array(scores)[:, None]) == states
    told = unseen_note(states)
    assert told == [] if not states else told[0].startswith(f"Never seen in these data: {', '.join(states)}. ")


def test_the_side_of_a_state_turns_with_the_sign():
    words = "a balance that rises under a price that falls"
    assert DipFinancing().states() == TrappedBuying(sign=1).states() == {words: POSITIVE}
    assert TrappedBuying().states() == DipFinancing(sign=-1).states() == {words: NEGATIVE}
    cold, hot = "a market beyond its cold line", "a market beyond its hot line"
    assert Gauge().states() == {cold: (1.0, INF), hot: (-INF, -1.0)}
    assert Gauge(sign=1).states() == {cold: (-INF, -1.0), hot: (1.0, INF)}
    assert Gauge(measure="percentile").states() == {}  # some session is always the highest so far


def test_a_suspended_financing_is_told_from_a_large_one():
    panel = market()
    crowd = panel["financing_balance"] / panel["float_cap"]
    most = float(np.nanmax(crowd))
    at = {"suspend": 0.8 * most, "resume": 0.5 * most}
    assert unseen(Crowding(**at), Crowding(**at).score(panel)) == []
    beyond = {"suspend": 1.1 * most, "resume": most}
    assert unseen(Crowding(**beyond), Crowding(**beyond).score(panel)) == ["a security whose financing is suspended"]
    assert Crowding(penalty=0.1).states() == Crowding(scale="turnover").states() == {}


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if not issubclass(rule, Composed)])
def test_states_are_scores_that_a_rule_gives(name):
    rule = RULES[name]()
    assert all(low < high and words == words.lower() for words, (low, high) in rule.states().items())
    assert bool(unseen(rule, rule.score(market()))) is (name in ONE_SIDED)


def test_totals_of_the_market_never_had_a_negative_spread(real, tmp_path):
    path = tmp_path / "totals.yaml"
    source = f"{{source: market_totals, path: {real / 'ashare_market' / 'clean.csv'}}}"
    path.write_text(f"name: totals\ndata: {source}\nstrategy: {{name: buy_and_hold}}\n", encoding="utf-8")
    config = load(path)
    studied = engine.prepare_study(config, Design(horizons=(5,), focus=5, resamples=10))
    made = engine.study_rule(studied, RuleConfig(name="spread_level"), "spread_level")
    assert made.subject.unseen == (NEVER,)
    assert f"Never seen in these data: {NEVER}. What is claimed of it cannot be judged." in made.notes
    comparison = engine.study_rules(studied, named_rules(["spread_level", "market_short"]))
    assert f"spread_level: never seen in these data: {NEVER}." in comparison.notes
    assert not any(note.startswith("market_short: never") for note in comparison.notes)
