"""Rules about activity, volume and industries, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.strategies.rules.activity import (
    BadTimesCovering,
    FinancingTurnover,
    MarginVolatility,
    ShortMarginTrading,
)
from liangrong.strategies.rules.industry import IndustryHeat
from liangrong.strategies.rules.volume import TurnoverRate, VolumeTrend
from oracles.rule_panels import small

NAN = np.nan


def column(rule, **fields):
    return rule.score(small(**fields))[:, 0]


def test_financing_turnover_by_hand():
    fields = {"financing_buy": [10.0, 20.0, 30.0, NAN, 5.0], "financing_balance": [100.0, 200.0, 400.0, 100.0, 0.0]}
    # Of two sessions: 30 of a mean of 150, 50 of 300; then a purchase is missing in each window.
    score = column(FinancingTurnover(window=2), **fields)
    np.testing.assert_allclose(score, [NAN, -0.2, -1 / 6, NAN, NAN])
    score = column(FinancingTurnover(window=1), **fields)
    np.testing.assert_allclose(score, [-0.1, -0.1, -0.075, NAN, NAN])  # nothing is owed in the last


def test_short_margin_trading_by_hand():
    fields = {"close": [2.0, 3.0, NAN, 4.0], "financing_buy": [100.0, 100.0, 70.0, 50.0]}
    # Sold: 20, 60, - (suspended), 120. Of two sessions, one of which suffices: 80 of 200, 60 of 170, 120 of 120.
    score = column(ShortMarginTrading(window=2), short_sell=[10.0, 20.0, NAN, 30.0], **fields)
    np.testing.assert_allclose(score, [NAN, -0.4, -6 / 17, -1.0])
    assert np.isnan(column(ShortMarginTrading(window=2), short_sell=[NAN] * 4, **fields)).all()  # off the short list
    fields["financing_buy"] = [0.0] * 4
    assert np.isnan(column(ShortMarginTrading(window=2), short_sell=[10.0] * 4, **fields)).all()


def test_margin_volatility_by_hand():
    # Changes 10, 30, 0: of two, deviations sqrt(200) and sqrt(450) of means of 125 and 140; then unknown.
    score = column(MarginVolatility(window=2), financing_balance=[100.0, 110.0, 140.0, 140.0, NAN, 0.0])
    np.testing.assert_allclose(score, [NAN, NAN, -np.sqrt(200) / 125, -np.sqrt(450) / 140, NAN, NAN])
    # The same shares at prices of 10, 12, 9, 10: what moves is the price.
    held = {"financing_volume": [50.0] * 4, "financing_balance": [500.0, 600.0, 450.0, 500.0]}
    np.testing.assert_array_equal(column(MarginVolatility(window=2, of="financing_volume"), **held)[2:], [0.0, 0.0])
    assert (column(MarginVolatility(window=2), **held)[2:] < -0.1).all()
    assert MarginVolatility(of="financing_volume").needs() == ("financing_volume",)


def test_bad_times_covering_by_hand():
    fields = {
        "financing_repay": [5.0, 10.0, 20.0, 30.0, 40.0],
        "financing_balance": [100.0, 100.0, 100.0, 200.0, 200.0],
    }
    # Falling days are rows 1 and 3; a suspended one keeps its price. Sums of two: 10, 30, 30.
    score = column(BadTimesCovering(window=2), close=[10.0, 9.0, 9.5, 8.0, NAN], **fields)
    np.testing.assert_allclose(score, [NAN, NAN, -0.1, -0.15, -0.15])
    # A split is no fall.
    split = {"close": [10.0, 5.0, 5.0, 5.0, 5.0], "adj_factor": [1.0, 2.0, 2.0, 2.0, 2.0]}
    np.testing.assert_array_equal(column(BadTimesCovering(window=2), **split, **fields)[2:], [0.0] * 3)
    fields["financing_balance"] = [0.0] * 5
    assert np.isnan(column(BadTimesCovering(window=1), **split, **fields)).all()


def test_turnover_rate_by_hand():
    fields = {"volume": [10.0, 20.0, 30.0, 30.0, NAN], "float_shares": [100.0, 100.0, 100.0, 200.0, 200.0]}
    # Rates 0.1, 0.2, 0.3, 0.15; means of two, one is enough: 0.1, 0.15, 0.25, 0.225.
    score = column(TurnoverRate(window=2), **fields)
    np.testing.assert_allclose(score, [0.0, 1 / 3, 0.2, -1 / 3, NAN], atol=1e-15)
    # Alone: means 10, 15, 25, 30, and the new shares are not seen.
    score = column(TurnoverRate(window=2, of="own"), **fields)
    np.testing.assert_allclose(score, [0.0, 1 / 3, 0.2, 0.0, NAN], atol=1e-15)
    money = {"amount": [10.0, 40.0, 30.0], "float_cap": [100.0, 200.0, 0.0]}
    score = column(TurnoverRate(window=2, of="float_cap"), **money)
    np.testing.assert_allclose(score, [0.0, 1 / 3, NAN], atol=1e-15)


def test_volume_trend_by_hand():
    # Means of three, two are enough: -, 15, 20, 25, 45 (of 30 and 60).
    score = column(VolumeTrend(sessions=1, window=3), volume=[10.0, 20.0, 30.0, NAN, 60.0])
    np.testing.assert_allclose(score, [NAN, 1 / 3, 0.5, NAN, 1 / 3])
    assert np.isnan(column(VolumeTrend(sessions=1, window=2), volume=[0.0, 0.0])).all()
    assert (VolumeTrend().warmup(), VolumeTrend(sessions=50, window=9).warmup()) == (30, 25)


def test_industry_heat_by_hand():
    panel = small(
        industry=[[1.0, 1.0, 2.0, NAN], [1.0, 2.0, 2.0, NAN]],
        close=[[1.0] * 4, [1.0, 1.0, NAN, 1.0]],
        financing_buy=[[10.0, NAN, 6.0, 9.0], [10.0, 5.0, 6.0, 9.0]],
        financing_repay=[[4.0, 1.0, 8.0, 1.0], [10.0, 1.0, 8.0, 1.0]],
        amount=[[60.0, 500.0, 20.0, 10.0], [60.0, 20.0, 20.0, 10.0]],
    )
    # Industry 1: 6 of 60, which the member off the list has too, whose turnover does not count. Industry 2: -2 of 20.
    # Then the second has moved there: (4 - 2) of 40; the suspended one has no score, but its repayments count.
    score = IndustryHeat(window=1).score(panel)
    np.testing.assert_allclose(score, [[0.1, 0.1, -0.1, NAN], [0.0, 0.05, NAN, NAN]], atol=1e-15)
    # Of two sessions the second has no complete flows, but the heat of its new industry: -4 of 40.
    score = IndustryHeat(window=2).score(panel)
    np.testing.assert_allclose(score, [[NAN] * 4, [0.05, -0.1, NAN, NAN]])


@pytest.mark.parametrize(
    ("rule", "given", "message"),
    [
        (FinancingTurnover, {"window": 0}, "`window` of rule `x` should be a whole number at least 1, got 0"),
        (ShortMarginTrading, {"window": 0}, "`window` of rule `x` should be a whole number at least 1, got 0"),
        (MarginVolatility, {"window": 1}, "`window` of rule `x` should be a whole number at least 2, got 1"),
        (
            MarginVolatility,
            {"of": "close"},
            "`of` of rule `x` should be one of 'financing_balance', 'financ",
        ),
        (BadTimesCovering, {"window": 2.5}, "`window` of rule `x` should be a whole number at least 1, got 2.5"),
        (TurnoverRate, {"of": "shares"}, "`of` of rule `x` should be one of 'float_shares', 'float_cap', 'own'"),
        (VolumeTrend, {"sessions": 0}, "`sessions` of rule `x` should be a whole number at least 1, got 0"),
        (IndustryHeat, {"window": 0}, "`window` of rule `x` should be a whole number at least 1, got 0"),
    ],
)
def test_bad_parameters(rule, given, message):
    with pytest.raises(ConfigError, match=message):
        rule.build("x", given)


@pytest.mark.parametrize(
    ("rule", "fields", "instead"),
    [
        (TurnoverRate(), ("volume",), {"of": ("own",)}),
        (TurnoverRate(), ("volume", "amount", "float_cap"), {"of": ("float_cap", "own")}),
        (MarginVolatility(), ("financing_volume",), {"of": ("financing_volume",)}),
    ],
)
def test_what_the_data_allow_instead(rule, fields, instead):
    assert rule.choices_within(fields) == instead
