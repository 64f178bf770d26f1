"""What every form keeps to, on random settings: a slow oracle, no look ahead, inputs left as they are."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.strategies.forms import FORMS
from liangrong.testing import check_strategy
from oracles import forms as oracle
from oracles.form_settings import parameters, random_setting, setting

VARIANTS = [
    ("quantile", {"minimum": 4}),
    ("quantile", {"rebalance": "daily", "minimum": 7, "quantile": 0.3, "neutral": "industry"}),
    ("quantile", {"rebalance": "weekly", "minimum": 4, "sizing": "volatility", "volatility_window": 8}),
    ("quantile", {"rebalance": "every", "every": 4, "minimum": 6, "short_weight": 0.0, "long_weight": 0.7}),
    ("long_only", {"rebalance": "every", "every": 3, "minimum": 2, "quantile": 1.0}),
    ("long_only", {"minimum": 3, "quantile": 0.4, "sizing": "volatility", "volatility_window": 11}),
    ("threshold", {"enter": 0.8, "leave": 0.2}),
    ("threshold", {"signal": "rank", "enter": 0.5, "rebalance": "monthly", "neutral": "industry", "minimum": 5}),
    ("threshold", {"signal": "zscore", "enter": 1.0, "sizing": "volatility", "volatility_window": 10}),
    ("timing", {"enter": 0.3, "leave": -0.1, "short_weight": 0.5}),
    ("timing", {"short_weight": 0.4, "rebalance": "weekly", "sizing": "volatility", "volatility_window": 7}),
]
NAMES = [f"{form}-{'-'.join(map(str, given.values()))}" for form, given in VARIANTS]


@pytest.mark.parametrize(("form", "given"), VARIANTS, ids=NAMES)
def test_a_slow_oracle_finds_the_same_weights(form, given):
    ordered = 0
    for seed in range(4):
        made, using = random_setting(seed), parameters(form, **given)
        got, expected = FORMS[form].table(made, using), oracle.targets(form, made, using)
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)
        ordered += np.count_nonzero(~np.isnan(got).all(axis=1))
        assert (got > 0.0).any()
        assert (got < 0.0).any() == (using.get("short_weight", 0.0) > 0.0)
    assert 8 <= ordered <= 4 * 63


@pytest.mark.parametrize(("form", "given"), VARIANTS, ids=NAMES)
def test_the_contract(form, given):
    check_strategy(FORMS[form], given)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_what_does_not_trade_is_left_alone(form):
    made = random_setting(5)
    rows = slice(made.first, None)
    halted = (made.panel["suspended"][rows] > 0.0) | np.isnan(made.panel["close"][rows])
    got = FORMS[form].table(made, parameters(form, rebalance="daily", minimum=1))
    assert np.isnan(got[halted]).all()
    assert halted.sum() > 20


@pytest.mark.parametrize("form", sorted(FORMS))
def test_without_a_score_nothing_is_ordered(form):
    empty = setting(np.full((12, 5), np.nan))
    assert np.isnan(FORMS[form].table(empty, parameters(form, minimum=1))).all()


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"rebalance": "every"}, r"`every` of strategy `mine` should be at least 1 session where `rebalance` is every"),
        ({"every": 5}, r"`every` of strategy `mine` is read where `rebalance` is every, not (monthly|weekly): set"),
        ({"rebalance": "yearly"}, r"`rebalance` of strategy `mine` should be one of 'daily', 'weekly', 'monthly'"),
        ({"minimum": 0}, r"`minimum` of strategy `mine` should be a whole number at least 1, got 0"),
        ({"sizing": "rank"}, r"`sizing` of strategy `mine` should be one of 'equal', 'volatility'"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(form, given, match):
    with pytest.raises(ConfigError, match=match):
        FORMS[form].check(given, "mine")


@pytest.mark.parametrize("form", ["threshold", "timing"])
def test_hysteresis_upside_down_is_refused(form):
    with pytest.raises(
        ConfigError, match=r"`leave` of strategy `mine` should not lie above `enter` \(0.02\), got 0.03"
    ):
        FORMS[form].check({"enter": 0.02, "leave": 0.03}, "mine")


def test_needs_and_warmup_follow_the_parameters():
    form = FORMS["quantile"]
    assert form.needs(parameters("quantile")) == ("close",)
    assert form.needs(parameters("quantile", neutral="industry")) == ("close", "industry")
    assert form.warmup(parameters("quantile", volatility_window=80)) == 1
    for window in (8, 11):
        using = parameters("quantile", sizing="volatility", volatility_window=window, minimum=1, rebalance="daily")
        rng = np.random.default_rng(1)
        made = setting(rng.normal(size=(30, 3)), closes=rng.uniform(9.0, 11.0, (30, 3)))
        got = form.table(made, using)
        assert np.isnan(got[: form.warmup(using) - 1]).all()
        assert np.isfinite(got[form.warmup(using) - 1]).all()


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_form_without_a_score_is_refused(form):
    with pytest.raises(
        ConfigError, match="a portfolio form trades a rule: the setting should have its score, got None"
    ):
        FORMS[form].table(setting([[1.0]])._replace(score=None), parameters(form))
