"""Values over the float cap or the mean turnover, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.strategies.rules.scales import half, ratio, scale_needs, scale_warmup, scaled
from liangrong.strategies.rules.short import ShortInterestRatio, ShortPressure
from liangrong.strategies.rules.spread import SpreadLevel, SpreadZscore
from liangrong.strategies.rules.whole_market import MarketRegime
from oracles.rule_panels import small

NAN = np.nan


def test_over_the_float_cap():
    panel = small(spread=[6.0, -6.0, 6.0, 6.0, 6.0, NAN], float_cap=[3.0, 4.0, 0.0, -1.0, NAN, 3.0])
    score = scaled(panel["spread"], panel, "float_cap", 20)
    np.testing.assert_array_equal(score[:, 0], [2.0, -1.5, NAN, NAN, NAN, NAN])


def test_over_the_mean_turnover():
    panel = small(spread=[6.0] * 7, amount=[1.0, 3.0, 5.0, NAN, NAN, NAN, 0.0])
    # Of three, two are enough: -, 2, 3, 4 (of 3 and 5), -, -, -.
    score = scaled(panel["spread"], panel, "turnover", 3)
    np.testing.assert_array_equal(score[:, 0], [NAN, 3.0, 2.0, 1.5, NAN, NAN, NAN])
    # Of one: each amount, and the last one is 0.
    score = scaled(panel["spread"], panel, "turnover", 1)
    np.testing.assert_array_equal(score[:, 0], [6.0, 2.0, 1.2, NAN, NAN, NAN, NAN])


def test_what_a_scale_reads_and_when_it_is_known():
    assert scale_needs("float_cap") == ("float_cap",)
    assert scale_needs("turnover") == ("amount",)
    assert scale_needs("own") == ()
    assert scale_warmup("float_cap", 20) == 1
    assert [scale_warmup("turnover", window) for window in (1, 2, 3, 20)] == [1, 1, 2, 10]
    assert scale_warmup("own", 20) == 1
    assert [half(window) for window in (1, 2, 3, 60)] == [1, 1, 2, 30]


@pytest.mark.parametrize(
    ("rule", "fields", "instead"),
    [
        (SpreadZscore(), ("spread", "amount", "close"), {"scale": ("turnover", "own")}),
        (SpreadZscore(scale="turnover"), ("spread",), {"scale": ("own",)}),
        (SpreadLevel(), ("spread", "amount"), {"scale": ("turnover",)}),
        (SpreadLevel(), ("spread",), {}),  # no choice helps
        (SpreadZscore(), ("amount",), {}),  # the spread itself is absent
        (SpreadZscore(), ("spread", "float_cap"), {}),  # nothing is absent
        (ShortPressure(), ("short_volume",), {"scale": ("own",)}),
        (ShortInterestRatio(), ("short_volume", "float_shares"), {"of": ("float",)}),
        (MarketRegime(), ("close", "financing_balance"), {"balance": ("financing_balance",)}),
    ],
)
def test_what_the_fields_allow_instead(rule, fields, instead):
    assert rule.choices_within(fields) == instead


def test_a_scale_that_the_data_lack():
    panel = small(spread=[6.0])
    with pytest.raises(DataError, match="the panel has no field `float_cap`; it has spread"):
        scaled(panel["spread"], panel, "float_cap", 20)
    with pytest.raises(DataError, match="the panel has no field `amount`; it has spread"):
        scaled(panel["spread"], panel, "turnover", 20)


def test_no_ratio_is_infinite():
    by = np.array([[0.0, -0.0, 0.5, NAN, -0.5]])
    np.testing.assert_array_equal(ratio(np.full((1, 5), 2.0), by), [[NAN, NAN, 4.0, NAN, NAN]])
