"""Rules made of others, worked out by hand on scores that are fields of a panel."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.rule import Rule, parameter
from liangrong.strategies.rules.compose import Combine, Gate, IndustryRelative, Lag, Smooth
from oracles.rule_panels import small

NAN = np.nan


class Field(Rule):
    """A field as a score."""

    field: str = parameter("close", "which")
    window: int = parameter(1, "sessions that it pretends to need")

    def needs(self):
        return (self.field,)

    def warmup(self):
        return self.window

    def score(self, panel):
        return panel[self.field]


CLOSE, VOLUME, LATE = Field(), Field(field="volume"), Field(window=7)


def test_industry_relative_by_hand():
    panel = small(
        close=[[1.0, 3.0, NAN, 10.0, 5.0], [1.0, 3.0, 8.0, 10.0, 5.0]],
        industry=[[0.0, 0.0, 0.0, 1.0, NAN], [0.0, 1.0, 0.0, 1.0, 1.0]],
    )
    # Row 0: mean of industry 0 is 2, one is alone in 1, one has no industry. Row 1: means 4.5 and 6; one has moved.
    expected = [[-1.0, 1.0, NAN, 0.0, NAN], [-3.5, -3.0, 3.5, 4.0, -1.0]]
    rule = IndustryRelative(rules=(LATE,))
    np.testing.assert_allclose(rule.score(panel), expected)
    assert rule.needs() == ("industry", "close")
    assert rule.warmup() == 7


TWO = {
    "close": [[1.0, 2.0, 3.0, 4.0], [5.0, 5.0, NAN, 7.0], [NAN] * 4],
    "volume": [[9.0, 8.0, 7.0, NAN], [1.0, 2.0, 3.0, NAN], [NAN, 1.0, NAN, 2.0]],
}


def test_combine_by_hand():
    # Ranks less their mean. Row 0: -3/8, -1/8, 1/8, 3/8 by close; 1/3, 0, -1/3, none by volume.
    # Row 1: two share rank 1.5 of 3: -1/6, -1/6, none, 1/3; -1/3, 0, 1/3, none. Row 2: none; none, -1/4, none, 1/4.
    close = np.array([[-3 / 8, -1 / 8, 1 / 8, 3 / 8], [-1 / 6, -1 / 6, 0.0, 1 / 3], [0.0] * 4])
    volume = np.array([[1 / 3, 0.0, -1 / 3, 0.0], [-1 / 3, 0.0, 1 / 3, 0.0], [NAN, -1 / 4, NAN, 1 / 4]])
    score = Combine(rules=(CLOSE, VOLUME)).score(small(**TWO))
    np.testing.assert_allclose(score, (close + volume) / 2, atol=1e-15)
    score = Combine(rules=(CLOSE, VOLUME), weights=(3.0, -1.0)).score(small(**TWO))
    np.testing.assert_allclose(score, (3 * close - volume) / 4, atol=1e-15)
    score = Combine(rules=(CLOSE, VOLUME), weights=(0.0, 2.0)).score(small(**TWO))
    np.testing.assert_allclose(score, volume, atol=1e-15)


def test_equal_scores_combine_to_nothing():
    panel = small(close=[[5.0] * 4], volume=[[1.0, NAN, NAN, NAN]])
    np.testing.assert_array_equal(Combine(rules=(CLOSE, VOLUME)).score(panel), [[0.0] * 4])


def test_combined_rules_say_what_they_need():
    rule = Combine(rules=(CLOSE, VOLUME, LATE))
    assert rule.needs() == ("close", "volume")
    assert rule.warmup() == 7


@pytest.mark.parametrize(
    ("count", "weights", "message"),
    [
        (1, (), r"rule `Combine` takes 2 or more rules in `rules` \(the rules to combine\), got 1"),
        (2, (1.0,), "`weights` of rule `Combine` should be one number for each of its 2 rules, got 1"),
        (2, (1.0, 2.0, 3.0), "`weights` of rule `Combine` should be one number for each of its 2 rules, got 3"),
        (2, (0.0, 0.0), "`weights` of rule `Combine` should not all be 0"),
    ],
)
def test_weights_that_do_not_fit(count, weights, message):
    with pytest.raises(ConfigError, match=message):
        Combine(rules=(CLOSE,) * count, weights=weights)


def test_weights_from_a_configuration():
    made = Combine.build("combine", {"weights": [1, -2]}, [CLOSE, VOLUME])
    assert isinstance(made, Combine)
    assert made.weights == (1.0, -2.0)
    with pytest.raises(ConfigError, match="`weights` of rule `combine` should be a list of numbers, got 'equal'"):
        Combine.build("combine", {"weights": "equal"}, [CLOSE, VOLUME])
    with pytest.raises(ConfigError, match=r"`weights` of rule `combine` should be a list of numbers, got \(nan, "):
        Combine.build("combine", {"weights": [NAN, 1.0]}, [CLOSE, VOLUME])


GATED = {"close": [5.0, -6.0, 7.0, NAN, 8.0], "volume": [1.0, 0.0, NAN, 1.0, -1.0]}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [5.0, NAN, NAN, NAN, NAN]),
        ({"above": -0.5}, [5.0, -6.0, NAN, NAN, NAN]),
        ({"otherwise": "zero"}, [5.0, 0.0, NAN, NAN, 0.0]),
        ({"otherwise": "negate"}, [5.0, 6.0, NAN, NAN, -8.0]),
        ({"otherwise": "negate", "above": -0.5}, [5.0, -6.0, NAN, NAN, -8.0]),
    ],
)
def test_gate_by_hand(parameters, expected):
    rule = Gate.build("gate", parameters, [CLOSE, VOLUME])
    np.testing.assert_array_equal(rule.score(small(**GATED))[:, 0], expected)
    assert rule.needs() == ("close", "volume")


def test_lag_by_hand():
    panel = small(close=[1.0, NAN, 3.0, 4.0])
    np.testing.assert_array_equal(Lag(rules=(CLOSE,)).score(panel)[:, 0], [NAN, 1.0, NAN, 3.0])
    np.testing.assert_array_equal(Lag(rules=(CLOSE,), sessions=3).score(panel)[:, 0], [NAN, NAN, NAN, 1.0])
    assert Lag(rules=(LATE,), sessions=3).warmup() == 10


def test_smooth_by_hand():
    panel = small(close=[1.0, 3.0, 8.0, NAN, 2.0, 4.0])
    rolling = Smooth(rules=(CLOSE,), window=2).score(panel)[:, 0]
    np.testing.assert_allclose(rolling, [NAN, 2.0, 5.5, NAN, NAN, 3.0])
    # Span 3: a weight of 1/2 a session. (1/2 + 3) / (3/2); (1/4 + 3/2 + 8) / (7/4); a gap lets time pass:
    # (1/16 + 3/8 + 8/4 + 2) / (1 + 7/16); then half of both, 4 more and 1 more.
    means = np.array([1.0, 3.5 / 1.5, 9.75 / 1.75, NAN, 4.4375 / 1.4375, (4.4375 / 2 + 4.0) / (1.4375 / 2 + 1.0)])
    exponential = Smooth(rules=(CLOSE,), window=3, mean="exponential").score(panel)[:, 0]
    np.testing.assert_allclose(exponential, [NAN, NAN, *means[2:]])
    np.testing.assert_array_equal(Smooth(rules=(CLOSE,), window=1).score(panel), panel["close"])
    assert Smooth(rules=(LATE,), window=5).warmup() == 11


@pytest.mark.parametrize(
    ("rule", "given", "count", "message"),
    [
        (Gate, {}, 1, r"rule `Gate` takes 2 rules in `rules` \(the rule, then its gate\), got 1"),
        (Gate, {"otherwise": "nan"}, 2, "`otherwise` of rule `x` should be one of 'none', 'zero', 'negate', got 'nan'"),
        (Gate, {"above": NAN}, 2, "`above` of rule `x` should be a number, got nan"),
        (Lag, {"sessions": 0}, 1, "`sessions` of rule `x` should be a whole number at least 1, got 0"),
        (Lag, {}, 2, "rule `Lag` takes 1 rule in"),
        (Smooth, {"window": 0}, 1, "`window` of rule `x` should be a whole number at least 1, got 0"),
        (Smooth, {"mean": "median"}, 1, "`mean` of rule `x` should be one of 'rolling', 'exponential', got 'median'"),
        (Smooth, {}, 0, "rule `Smooth` takes 1 rule in"),
        (IndustryRelative, {}, 2, "rule `IndustryRelative` takes 1 rule in"),
        (IndustryRelative, {"window": 3}, 1, "rule `x` has no parameter `window`: it has none"),
    ],
)
def test_bad_parameters(rule, given, count, message):
    with pytest.raises(ConfigError, match=message):
        rule.build("x", given, [CLOSE] * count)
