"""Rules about short positions, worked out by hand."""

from typing import Any

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.strategies.rules.short import DaysToCover, ShortInterestRatio, ShortPressure, ShortToTurnover
from oracles.rule_panels import small

NAN = np.nan
PRESSURE: dict[str, Any] = {"window": 3, "persistence_window": 2}
SHORTS = [1.0, 2.0, 3.0, 3.0, 1.0]


def pressure(volumes=SHORTS, float_shares=100.0, **parameters: Any):
    panel = small(short_volume=volumes, float_shares=np.broadcast_to(float_shares, len(volumes)))
    return ShortPressure(**(PRESSURE | parameters)).score(panel)[:, 0]


def test_short_pressure_by_hand():
    # Row 2: x = 1, 2, 3 %: mean 2, deviation 1, z = 1; two rises of two: p = 1.
    # Row 3: 2, 3, 3 %: mean 8/3, squares 4/9 + 1/9 + 1/9 = 2/3 over 2, z = (1/3) / sqrt(1/3); one rise of two.
    # Row 4: 3, 3, 1 %: mean 7/3, squares 4/9 + 4/9 + 16/9 = 8/3 over 2, z = (-4/3) / sqrt(4/3); one fall of two.
    z = np.array([NAN, NAN, 1.0, np.sqrt(1 / 3), -np.sqrt(4 / 3)])
    p = np.array([NAN, NAN, 1.0, 0.5, -0.5])
    np.testing.assert_allclose(pressure(), -(z + p), rtol=1e-12)
    np.testing.assert_allclose(pressure(persistence_weight=0.5), -(z + 0.5 * p), rtol=1e-12)
    np.testing.assert_allclose(pressure(persistence_window=1), -(z + np.array([0, 1, 1, 0, -1])), rtol=1e-12)


def test_a_larger_float_makes_the_same_position_smaller():
    # 1, 2, 3 % and then 3 / 400: mean of 2, 3, 0.75 is 23/12, squares (1/12)^2 + (13/12)^2 + (14/12)^2 = 366/144.
    score = pressure(float_shares=[100.0, 100.0, 100.0, 400.0, 400.0])
    assert score[3] == pytest.approx(14 / 12 / np.sqrt(366 / 144 / 2) - 0.5)


def test_a_constant_position_has_no_score_and_a_missing_one_silences_its_windows():
    assert np.isnan(pressure([7.0, 7.0, 7.0, 7.0], float_shares=3.0)).all()
    assert np.isfinite(pressure([1.0, 2.0, NAN, 3.0, 1.0, 2.0, 3.0])).tolist() == [False] * 5 + [True] * 2


def test_short_pressure_against_the_turnover():
    # Mean volume of two: -, 10, 20, 20 (half of the window is enough, so 10 alone in row 0): x = 0.1, 0.2, 0.15, 0.15.
    panel = small(short_volume=[1.0, 2.0, 3.0, 3.0], volume=[10.0, 10.0, 30.0, 10.0])
    rule = ShortPressure(window=3, persistence_window=1, scale="turnover", scale_window=2)
    # Row 2: mean 0.15, so z = 0, and a rise. Row 3: mean 1/6, squares (2 (1/60)^2 + (1/30)^2) / 2 = 1/1200, no change.
    np.testing.assert_allclose(rule.score(panel)[2:, 0], [-1.0, (1 / 60) * np.sqrt(1200)], rtol=1e-12)
    assert rule.needs() == ("short_volume", "volume")
    assert rule.warmup() == 3


@pytest.mark.parametrize(
    ("parameters", "warmup"),
    [
        ({}, 60),
        ({"window": 5}, 21),
        ({"window": 5, "persistence_window": 3}, 5),
        ({"scale": "turnover"}, 69),
        ({"scale": "turnover", "scale_window": 5}, 62),
    ],
)
def test_warmup_of_short_pressure(parameters, warmup):
    rng = np.random.default_rng(0)
    panel = small(short_volume=rng.random(90), float_shares=np.ones(90), volume=np.ones(90))
    rule = ShortPressure(**parameters)
    assert rule.warmup() == warmup
    assert int(np.isfinite(rule.score(panel)).argmax()) == warmup - 1


def test_short_interest_ratio_by_hand():
    panel = small(
        short_volume=[[20.0, 5.0, NAN, 8.0], [0.0, 5.0, 1.0, 8.0]],
        float_shares=[[100.0, 0.0, 100.0, NAN], [100.0, 50.0, 100.0, 80.0]],
        outstanding_shares=[[200.0, 50.0, 0.0, 100.0], [200.0, 50.0, NAN, 100.0]],
    )
    # A float of 0 is no float; no short volume is no opinion, a short volume of 0 is one.
    of_float = ShortInterestRatio(of="float")
    np.testing.assert_equal(of_float.score(panel), [[-0.2, NAN, NAN, NAN], [0.0, -0.1, -0.01, -0.1]])
    np.testing.assert_equal(ShortInterestRatio().score(panel), [[-0.1, -0.1, NAN, -0.08], [0.0, -0.1, NAN, -0.08]])
    assert of_float.needs() == ("short_volume", "float_shares")
    assert ShortInterestRatio().needs() == ("short_volume", "outstanding_shares")
    assert (ShortInterestRatio().warmup(), of_float.warmup()) == (1, 1)


def test_short_pressure_by_itself_needs_no_scale():
    # 1, 2, 3; 2, 3, 3; 3, 3, 1 as of a float that stays: the same z-scores.
    fields = ("short_volume",)
    alone = ShortPressure(window=3, persistence_window=2, scale="own")
    assert (alone.needs(), alone.warmup()) == (fields, 3)
    np.testing.assert_allclose(alone.score(small(short_volume=SHORTS))[:, 0], pressure(), rtol=1e-12)
    # The mean of all shares instead of those that float: a placement of new shares makes the position smaller.
    issued = small(short_volume=[1.0, 2.0, 3.0, 3.0], outstanding_shares=[100.0, 100.0, 100.0, 400.0])
    score = ShortPressure(window=3, persistence_window=2, scale="outstanding_shares").score(issued)[:, 0]
    assert score[3] == pytest.approx(14 / 12 / np.sqrt(366 / 144 / 2) - 0.5)


def test_days_to_cover_by_hand():
    # Means of the last three volumes, of two at least: -, 15, 20, 30 (10 left), 35 (the suspended one does not count).
    panel = small(short_volume=[30.0, 30.0, 30.0, 60.0, 70.0], volume=[10.0, 20.0, 30.0, 40.0, NAN])
    np.testing.assert_allclose(DaysToCover(window=3).score(panel)[:, 0], [NAN, -2.0, -1.5, -2.0, -2.0])
    np.testing.assert_allclose(DaysToCover(window=1).score(panel)[:, 0], [-3.0, -1.5, -1.0, -1.5, NAN])
    assert (DaysToCover(window=3).warmup(), DaysToCover().warmup()) == (2, 10)


def test_short_to_turnover_by_hand():
    # Means of two amounts, one is enough: 10, 15, 20 (the suspended one does not count).
    panel = small(short_balance=[30.0, 30.0, 60.0, NAN], amount=[10.0, 20.0, NAN, 10.0])
    np.testing.assert_allclose(ShortToTurnover(window=2).score(panel)[:, 0], [-3.0, -2.0, -3.0, NAN])
    assert ShortToTurnover().warmup() == 10


def test_many_suspended_sessions_leave_no_mean_volume():
    panel = small(short_volume=[30.0] * 5, volume=[10.0, NAN, NAN, NAN, 10.0])
    np.testing.assert_equal(DaysToCover(window=4).score(panel)[:, 0], [NAN] * 5)
    np.testing.assert_equal(DaysToCover(window=2).score(panel)[:, 0], [-3.0, -3.0, NAN, NAN, -3.0])


@pytest.mark.parametrize(
    ("rule", "given", "message"),
    [
        (ShortPressure, {"window": 2}, "`window` of rule `x` should be a whole number at least 3, got 2"),
        (ShortPressure, {"persistence_window": 0}, "`persistence_window` of rule `x` should be a whole number at leas"),
        (ShortPressure, {"persistence_weight": -1.0}, "`persistence_weight` of rule `x` should be a number at least 0"),
        (ShortPressure, {"scale": "float_cap"}, "`scale` of rule `x` should be one of 'float_shares', 'outstanding_sh"),
        (ShortInterestRatio, {"of": "volume"}, "`of` of rule `x` should be one of 'outstanding', 'float'"),
        (ShortInterestRatio, {"scale": "turnover"}, "rule `x` has no parameter `scale`: it has of"),
        (DaysToCover, {"window": 0}, "`window` of rule `x` should be a whole number at least 1, got 0"),
        (DaysToCover, {"windw": 5}, "rule `x` has no parameter `windw`: did you mean `window`"),
    ],
)
def test_bad_parameters(rule, given, message):
    with pytest.raises(ConfigError, match=message):
        rule.build("x", given)


def test_a_missing_field_is_named():
    with pytest.raises(DataError, match="the panel has no field `outstanding_shares`"):
        ShortInterestRatio().score(small(short_volume=[1.0]))
