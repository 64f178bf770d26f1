"""Rules about the spread, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.strategies.rules.spread import ShortToFinancing, SpreadLevel, SpreadMomentum, SpreadZscore, TotalMomentum
from oracles.rule_panels import small

NAN = np.nan
ALL = (SpreadLevel, SpreadMomentum, SpreadZscore)


def column(rule, **fields):
    return rule.score(small(**fields))[:, 0]


def test_spread_level_by_hand():
    fields = {"spread": [60.0, -30.0, NAN, 90.0], "float_cap": [300.0, 300.0, 300.0, NAN]}
    np.testing.assert_allclose(column(SpreadLevel(), **fields), [0.2, -0.1, NAN, NAN])
    # Mean amount of two, one is enough: 100, 150, 200, 300.
    fields["amount"] = [100.0, 200.0, NAN, 300.0]
    score = column(SpreadLevel(scale="turnover", scale_window=2), **fields)
    np.testing.assert_allclose(score, [0.6, -0.2, NAN, 0.3])
    score = column(SpreadLevel(scale="turnover", scale_window=1), **fields)
    np.testing.assert_allclose(score, [0.6, -0.15, NAN, 0.3])


def test_spread_momentum_by_hand():
    fields = {"spread": [60.0, 80.0, 50.0, NAN, 90.0], "float_cap": [300.0, 200.0, 100.0, 100.0, 400.0]}
    # Over two sessions: 50 - 60 = -10 of 100, then unknown, then 90 - 50 = 40 of 400.
    score = column(SpreadMomentum(sessions=2), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, -0.1, NAN, 0.1])
    # Over one: 20 of 200, -30 of 100.
    score = column(SpreadMomentum(sessions=1), **fields)
    np.testing.assert_allclose(score, [NAN, 0.1, -0.3, NAN, NAN])
    fields["amount"] = [40.0, 40.0, 60.0, 60.0, 100.0]
    # 20 of 40, -30 of (40 + 60) / 2 = 50.
    score = column(SpreadMomentum(sessions=1, scale="turnover", scale_window=2), **fields)
    np.testing.assert_allclose(score, [NAN, 0.5, -0.6, NAN, NAN])


def test_spread_zscore_by_hand():
    fields = {"spread": [10.0, 20.0, 60.0, 60.0, 60.0], "float_cap": [100.0] * 5}
    # Of three, two are enough. 0.1, 0.2: mean 0.15, squares 0.005: 0.05 / sqrt(0.005) = 1 / sqrt(2).
    # 0.1, 0.2, 0.6: mean 0.3, squares 0.14: 0.3 / sqrt(0.07). 0.2, 0.6, 0.6: mean 1.4 / 3, squares 0.32 / 3:
    # (0.4 / 3) / (0.4 / sqrt(3)) = 1 / sqrt(3). Then nothing moves.
    expected = np.array([NAN, 1 / np.sqrt(2), 0.3 / np.sqrt(0.07), 1 / np.sqrt(3), NAN])
    np.testing.assert_allclose(column(SpreadZscore(window=3), **fields), -expected)
    np.testing.assert_allclose(column(SpreadZscore(window=3, sign=1), **fields), expected)
    fields["amount"] = [20.0, 40.0, 60.0, 60.0, 60.0]
    # Over the amounts 0.5, 0.5: none; 0.5, 0.5, 1: mean 2 / 3, squares 1 / 6: (1 / 3) / sqrt(1 / 12) = 2 / sqrt(3);
    # 0.5, 1, 1: mean 5 / 6, squares 1 / 6: (1 / 6) / sqrt(1 / 12) = 1 / sqrt(3).
    score = column(SpreadZscore(window=3, sign=1, scale="turnover", scale_window=1), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, 2 / np.sqrt(3), 1 / np.sqrt(3), NAN])


def test_a_zscore_by_itself_needs_no_scale():
    rule = SpreadZscore(window=3, sign=1, scale="own")
    # 10, 20: 1 / sqrt(2). 10, 20, 60: mean 30, squares 1400: 30 / sqrt(700). 20, 60, 60: 1 / sqrt(3). Then none moves.
    expected = [NAN, 1 / np.sqrt(2), 30 / np.sqrt(700), 1 / np.sqrt(3), NAN]
    np.testing.assert_allclose(column(rule, spread=[10.0, 20.0, 60.0, 60.0, 60.0]), expected)
    assert (rule.needs(), rule.warmup()) == (("spread",), 2)


def test_a_spread_that_moves_by_rounding_alone_has_no_zscore():
    # 0.1 of the float cap on every session; the quotients differ in their last digit.
    caps = np.random.default_rng(1).uniform(1e9, 9e9, 12)
    fields = {"spread": caps * 0.1, "float_cap": caps}
    assert len(set(fields["spread"] / caps)) > 1
    assert np.isnan(column(SpreadZscore(window=4), **fields)).all()


def test_half_of_the_window_suffices_for_a_zscore():
    # A suspended session has no float cap; 1 and 3 of the four are known: z = 1 / sqrt(2). One alone is not enough.
    fields = {"spread": [1.0, 2.0, 3.0, 4.0, 5.0], "float_cap": [1.0, NAN, 1.0, NAN, NAN]}
    score = column(SpreadZscore(window=4, sign=1), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, 1 / np.sqrt(2), NAN, NAN])
    fields["float_cap"] = [1.0, NAN, NAN, 1.0, 1.0]
    # 1, -, -, 4: (4 - 2.5) / (3 / sqrt(2)); -, -, 4, 5 the same.
    score = column(SpreadZscore(window=4, sign=1), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, 1 / np.sqrt(2), 1 / np.sqrt(2)])


def test_short_to_financing_by_hand():
    score = column(
        ShortToFinancing(),
        short_balance=[5.0, 0.0, NAN, 5.0, 5.0],
        financing_balance=[100.0, 100.0, 100.0, 0.0, NAN],
    )
    np.testing.assert_allclose(score, [-0.05, 0.0, NAN, NAN, NAN])
    assert ShortToFinancing().needs() == ("short_balance", "financing_balance")


def test_total_momentum_by_hand():
    total = [100.0, 110.0, 99.0, NAN, 0.0, 5.0]
    # Changes 10, -11, -, -, 5 of the float cap of the session.
    score = column(TotalMomentum(sessions=1), total_balance=total, float_cap=[50.0, 50.0, 100.0, 100.0, 100.0, 100.0])
    np.testing.assert_allclose(score, [NAN, 0.2, -0.11, NAN, NAN, 0.05])
    # Of the mean amount of two, one is enough: 10 of 20, -11 of 40.
    amount = [10.0, 30.0, 50.0, 50.0, 50.0, 50.0]
    score = column(TotalMomentum(sessions=1, scale="turnover", scale_window=2), total_balance=total, amount=amount)
    np.testing.assert_allclose(score, [NAN, 0.5, -0.275, NAN, NAN, 0.1])
    # Of what it grew from, which in the end is nothing.
    score = column(TotalMomentum(sessions=1, scale="own"), total_balance=total)
    np.testing.assert_allclose(score, [NAN, 0.1, -0.1, NAN, NAN, NAN])
    assert TotalMomentum().choices_within(("total_balance", "amount")) == {"scale": ("turnover", "own")}


@pytest.mark.parametrize("rule", ALL)
def test_the_scale_decides_what_is_needed(rule):
    assert rule().needs() == ("spread", "float_cap")
    assert rule(scale="turnover").needs() == ("spread", "amount")


def test_warmup():
    assert (SpreadLevel().warmup(), SpreadLevel(scale="turnover", scale_window=9).warmup()) == (1, 5)
    assert (SpreadMomentum().warmup(), SpreadMomentum(scale="turnover", scale_window=30).warmup()) == (6, 15)
    assert (SpreadZscore().warmup(), SpreadZscore(scale="turnover").warmup()) == (30, 39)


@pytest.mark.parametrize(
    ("rule", "given", "message"),
    [
        *(
            (rule, {"scale": "cap"}, "`scale` of rule `x` should be one of 'float_cap', 'turnover', .*got 'cap'")
            for rule in ALL
        ),
        *(
            (rule, {"scale_window": 0}, "`scale_window` of rule `x` should be a whole number at least 1")
            for rule in ALL
        ),
        (SpreadMomentum, {"sessions": 0}, "`sessions` of rule `x` should be a whole number at least 1, got 0"),
        (SpreadZscore, {"window": 2}, "`window` of rule `x` should be a whole number at least 3, got 2"),
        (SpreadLevel, {"scale": "own"}, "`scale` of rule `x` should be one of 'float_cap', 'turnover', got 'own'"),
        (SpreadZscore, {"sign": 0}, "`sign` of rule `x` should be one of -1, 1, got 0"),
        (ShortToFinancing, {"scale": "turnover"}, "rule `x` has no parameter `scale`: it has none"),
    ],
)
def test_bad_parameters(rule, given, message):
    with pytest.raises(ConfigError, match=message):
        rule.build("x", given)
