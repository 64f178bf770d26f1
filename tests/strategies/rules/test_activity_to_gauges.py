"""What every rule about activity, volume, industries and the market has to keep."""

import inspect
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.strategies.rules.activity import (
    BadTimesCovering,
    FinancingTurnover,
    MarginVolatility,
    ShortMarginTrading,
)
from liangrong.strategies.rules.gauges import Gauge
from liangrong.strategies.rules.industry import IndustryHeat
from liangrong.strategies.rules.volume import TurnoverRate, VolumeTrend
from liangrong.strategies.rules.whole_market import MarketForce, MarketShort
from liangrong.testing import check_rule
from oracles import rule_panels, rules_activity, rules_market
from oracles.rule_panels import frames

RULES = {
    "financing_turnover": FinancingTurnover,
    "short_margin_trading": ShortMarginTrading,
    "margin_volatility": MarginVolatility,
    "bad_times_covering": BadTimesCovering,
    "turnover_rate": TurnoverRate,
    "volume_trend": VolumeTrend,
    "industry_heat": IndustryHeat,
    "market_force": MarketForce,
    "market_short": MarketShort,
    "gauge": Gauge,
}
PANDAS = {**rules_activity.PANDAS, **rules_market.PANDAS}
OTHERS = [  # other parameters than the defaults, all of them, and every choice
    ("financing_turnover", {"window": 10}),
    ("short_margin_trading", {"window": 5}),
    ("margin_volatility", {"window": 9, "of": "financing_volume"}),
    ("bad_times_covering", {"window": 6}),
    ("turnover_rate", {"window": 9, "of": "float_cap"}),
    ("turnover_rate", {"window": 30, "of": "own"}),
    ("volume_trend", {"sessions": 3, "window": 10}),
    ("industry_heat", {"window": 5}),
    ("market_force", {"window": 5}),
    ("market_force", {"window": 7, "by": "balances"}),
    ("market_short", {"sessions": 3}),
    ("gauge", {"measure": "percentile", "window": 40, "sign": 1}),
    ("gauge", {"series": "float_share", "sign": 1}),
    ("gauge", {"series": "average_maintenance", "measure": "percentile", "window": 12}),
    ("gauge", {"series": "average_maintenance"}),
    ("gauge", {"series": "estimated_maintenance"}),
]
CASES = [pytest.param(name, {}, id=name) for name in RULES]
CASES += [pytest.param(name, given, id=f"{name}, {', '.join(map(str, given.values()))}") for name, given in OTHERS]


def with_more(panel):
    """Return the panel with what is financed in shares, and a maintenance ratio of all accounts."""
    rng = np.random.default_rng(3)
    ratio = 2.6 + np.cumsum(rng.normal(0.0, 0.01, len(panel.sessions)))
    ratio = np.where(np.isnan(panel["close"]), np.nan, ratio[:, None])
    own = np.where(rng.random(panel.shape) < 0.1, np.nan, 1.2 + rng.random(panel.shape))
    shares = panel["financing_balance"] / panel["close"]
    return panel.with_fields({"financing_volume": shares, "average_maintenance": ratio, "estimated_maintenance": own})


@cache
def market():
    return with_more(rule_panels.market())


@cache
def torn():
    return with_more(rule_panels.torn())


@pytest.mark.parametrize("panel", [market, torn], ids=["market", "torn"])
@pytest.mark.parametrize(("name", "given"), CASES)
def test_pandas_says_the_same(name, given, panel):
    score = RULES[name](**given).score(panel())
    assert np.nanmax(np.abs(score)) > 0.0
    assert not np.isinf(score).any()
    np.testing.assert_allclose(score, PANDAS[name](frames(panel()), **given), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "given"), CASES)
def test_the_contract(name, given):
    check_rule(RULES[name](**given), torn())


@pytest.mark.parametrize(("name", "given"), CASES)
def test_fields_that_are_needed_are_read(name, given):
    rule, panel = RULES[name](**given), torn()
    for field in rule.needs():
        lean = replace(panel, fields={other: values for other, values in panel.fields.items() if other != field})
        with pytest.raises(DataError, match=f"the panel has no field `{field}`"):
            rule.score(lean)


@pytest.mark.parametrize(("name", "given"), CASES)
def test_the_first_score_ends_the_warmup(name, given):
    rule = RULES[name](**given)
    assert int(np.isfinite(rule.score(market())).any(axis=1).argmax()) == rule.warmup() - 1


@pytest.mark.parametrize("name", RULES)
def test_docstrings_state_claim_and_formula(name):
    text = inspect.cleandoc(RULES[name].__doc__ or "")  # Python 3.13 strips the indent by itself
    assert "\nClaim: " in text
    assert "\nFormula: " in text
    assert all(p.name in text for p in RULES[name].parameters())


@pytest.mark.parametrize("name", ["market_force", "market_short", "gauge"])
def test_a_market_score_is_one_for_all_that_have_a_close(name):
    score, close = RULES[name]().score(torn()), torn()["close"]
    low, high = np.nanmin(score[60:], axis=1), np.nanmax(score[60:], axis=1)
    np.testing.assert_array_equal(low, high)
    assert np.isnan(score[np.isnan(close)]).all()


def test_the_defaults_of_the_claims():
    assert {name: {p.name: p.default for p in rule.parameters()} for name, rule in RULES.items()} == {
        "financing_turnover": {"window": 5},
        "short_margin_trading": {"window": 20},
        "margin_volatility": {"window": 60, "of": "financing_balance"},
        "bad_times_covering": {"window": 20},
        "turnover_rate": {"window": 20, "of": "float_shares"},
        "volume_trend": {"sessions": 5, "window": 60},
        "industry_heat": {"window": 20},
        "market_force": {"window": 20, "by": "flows"},
        "market_short": {"sessions": 20},
        "gauge": {"series": "buy_share", "measure": "level", "window": 250, "sign": -1},
    }
