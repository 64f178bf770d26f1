"""Parameters of strategies: their types, ranges and choices, and what a misspelt one is told."""

import pytest
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.parameters import Parameter, checked, defaults
from liangrong.strategies import STRATEGIES, MarginStrategy

WINDOW = Parameter("window", int, 20, "sessions", low=2, high=250)
WEIGHT = Parameter("weight", float, 1.5, "over equity", low=0.0)
PLAIN = Parameter("share", float, 0.5, "fraction")
SCALE = Parameter("scale", str, "cap", "divisor", choices=("cap", "turnover"))
SIDE = Parameter("side", int, 1, "sign", choices=(1, -1))
IS_ON = Parameter("is_on", bool, True, "switch")
MULTIPLE = Parameter("multiple", float, 1.0, "weight", low=0.0, high=3.0)
PART = Parameter("part", float, 0.1, "fraction", low=0.0, high=0.5)
ALL = (WINDOW, WEIGHT, PLAIN, SCALE, SIDE, IS_ON)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [(WINDOW, 2), (WINDOW, 250), (WEIGHT, 0.0), (WEIGHT, 2.5), (SCALE, "turnover"), (SIDE, -1), (IS_ON, False)],
)
def test_values_that_fit_come_back_as_they_are(parameter, value):
    assert parameter.check(value, "mine") is value


def test_a_whole_number_is_a_float_where_one_is_wanted():
    got = WEIGHT.check(2, "mine")
    assert isinstance(got, float)
    assert got == 2.0


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        (WINDOW, 1, "a whole number at least 2 and at most 250, got 1"),
        (WINDOW, 251, "at most 250, got 251"),
        (WINDOW, 20.0, "a whole number at least 2 and at most 250, got 20.0"),
        (WINDOW, True, "a whole number at least 2 and at most 250, got True"),
        (WINDOW, "20", "a whole number at least 2 and at most 250, got '20'"),
        (WINDOW, None, "got None"),
        (WEIGHT, -0.1, "a number at least 0, got -0.1"),
        (WEIGHT, False, "a number at least 0, got False"),
        (WEIGHT, float("nan"), "a number at least 0, got nan"),
        (PLAIN, float("nan"), "a number, got nan"),
        (PLAIN, float("inf"), "a number, got inf"),
        (PART, 30, "a number at least 0 and at most 0.5, got 30.0: write 0.3 for 30 %"),
        (PART, 0.6, "at most 0.5, got 0.6$"),  # who writes 0.6 has written no percent
        (MULTIPLE, 8, "at most 3, got 8.0$"),  # eightfold, not 8 %
        (MULTIPLE, 150, "at most 3, got 150.0: write 1.5 for 150 %"),
        (PART, "30%", "got '30%': write 0.3"),
        (PART, 80, "at most 0.5, got 80.0$"),  # 80 % would be too much, too
        (WINDOW, "1,000", "got '1,000': write 1_000"),
        (SCALE, "volume", "one of 'cap', 'turnover', got 'volume'"),
        (SIDE, 0, "one of 1, -1, got 0"),
        (SIDE, True, "one of 1, -1, got True"),
        (IS_ON, 1, "true or false, got 1"),
        (SCALE, ["cap"], r"one of 'cap', 'turnover', got \['cap'\]"),
    ],
)
def test_values_that_do_not_fit_are_refused(parameter, value, expected):
    with pytest.raises(ConfigError, match=f"`{parameter.name}` of strategy `mine` should be .*{expected}"):
        parameter.check(value, "strategy `mine`")


def test_defaults_fill_what_is_not_given():
    assert dict(defaults(ALL)) == {p.name: p.default for p in ALL}
    assert checked(ALL, {"weight": 2}, "mine") == {**dict(defaults(ALL)), "weight": 2.0}


def test_a_misspelt_name_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="`mine` has no parameter `windw`: did you mean `window`\\? it has window, "):
        checked(ALL, {"windw": 20}, "strategy `mine`")
    with pytest.raises(ConfigError, match="has no parameter `zzz`: it has none"):
        checked((), {"zzz": 1}, "strategy `mine`")


@pytest.mark.parametrize("name", sorted(STRATEGIES.keys() - {"replay"}))  # which has no default order list
def test_the_strategies_accept_their_own_defaults_and_say_what_each_is(name):
    strategy = STRATEGIES[name]
    values = strategy.check({}, name)
    assert strategy.check(values, name) == values
    for parameter in strategy.PARAMETERS:
        assert len(parameter.doc) > 5
        assert getattr(strategy.params, parameter.name) == parameter.default


def test_warmup_is_the_longest_window_of_a_strategy():
    class Two(MarginStrategy):
        PARAMETERS = (WINDOW, Parameter("other_window", int, 30, "sessions"), WEIGHT)

    assert Two.warmup(Two.check({}, "x")) == 30
    assert Two.warmup(Two.check({"window": 40}, "x")) == 40
    assert STRATEGIES["buy_and_hold"].warmup({"leverage": 1.0}) == 1
