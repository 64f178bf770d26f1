"""What every rule about shorts, flows and markets, every control and every rule made of others has to keep."""

import inspect
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.strategies.rules.compose import Combine, Gate, IndustryRelative, Lag, Smooth
from liangrong.strategies.rules.controls import BuyAndHold, EqualWeight, PriceMomentum, PriceReversal, RandomScore
from liangrong.strategies.rules.flows import (
    FinancingBuyShare,
    FinancingToTurnover,
    ForceBalance,
    NetBuyDays,
    NetFinancingRate,
)
from liangrong.strategies.rules.short import DaysToCover, ShortInterestRatio, ShortPressure, ShortToTurnover
from liangrong.strategies.rules.whole_market import Breadth, MarketRegime
from liangrong.testing import check_rule
from oracles import rules_compose, rules_controls, rules_flows, rules_market, rules_short
from oracles.rule_panels import frames, market, torn

RATE, DAYS = NetFinancingRate(), DaysToCover()


def of_rate(function, **parameters):
    return lambda given: function(rules_flows.net_financing_rate(given), **parameters)


def of_rate_and_days(given):
    scores = [rules_flows.net_financing_rate(given), rules_short.days_to_cover(given)]
    return rules_compose.combine(scores, weights=(2.0, -1.0))


def with_breadth(given, **parameters):
    return rules_compose.gate(rules_flows.net_financing_rate(given), rules_market.breadth(given), **parameters)


DEFAULTS = {
    "short_pressure": ShortPressure(),
    "short_interest_ratio": ShortInterestRatio(),
    "days_to_cover": DAYS,
    "short_to_turnover": ShortToTurnover(),
    "financing_to_turnover": FinancingToTurnover(),
    "financing_buy_share": FinancingBuyShare(),
    "net_financing_rate": RATE,
    "force_balance": ForceBalance(),
    "net_buy_days": NetBuyDays(),
    "market_regime": MarketRegime(),
    "breadth": Breadth(),
    "equal_weight": EqualWeight(),
    "buy_and_hold": BuyAndHold(),
    "price_momentum": PriceMomentum(),
    "price_reversal": PriceReversal(),
    "industry_relative": IndustryRelative(rules=(RATE,)),
    "combine": Combine(rules=(RATE, DAYS)),
    "gate": Gate(rules=(RATE, Breadth())),
    "lag": Lag(rules=(RATE,)),
    "smooth": Smooth(rules=(RATE,)),
}
PANDAS = {
    **rules_short.PANDAS,
    **rules_flows.PANDAS,
    **rules_market.PANDAS,
    **rules_controls.PANDAS,
    **rules_compose.PANDAS,
}
PRESSURE = {
    "window": 10,
    "persistence_window": 7,
    "persistence_weight": 0.3,
    "scale": "turnover",
    "scale_window": 6,
}
OTHERS = {  # other parameters than the defaults, all of them
    "short_pressure": (ShortPressure(**PRESSURE), partial(rules_short.short_pressure, **PRESSURE)),
    "short_pressure own": (ShortPressure(scale="own"), partial(rules_short.short_pressure, scale="own")),
    "short_pressure outstanding": (
        ShortPressure(scale="outstanding_shares"),
        partial(rules_short.short_pressure, scale="outstanding_shares"),
    ),
    "short_interest_ratio": (
        ShortInterestRatio(of="float"),
        partial(rules_short.short_interest_ratio, of="float"),
    ),
    "days_to_cover": (DaysToCover(window=9), partial(rules_short.days_to_cover, window=9)),
    "short_to_turnover": (ShortToTurnover(window=9), partial(rules_short.short_to_turnover, window=9)),
    "financing_to_turnover": (
        FinancingToTurnover(window=3, threshold=1.5),
        partial(rules_flows.financing_to_turnover, window=3, threshold=1.5),
    ),
    "financing_buy_share": (
        FinancingBuyShare(window=8, threshold=0.02, of="week"),
        partial(rules_flows.financing_buy_share, window=8, threshold=0.02, of="week"),
    ),
    "net_financing_rate": (NetFinancingRate(window=20), partial(rules_flows.net_financing_rate, window=20)),
    "force_balance": (ForceBalance(window=4), partial(rules_flows.force_balance, window=4)),
    "net_buy_days": (NetBuyDays(window=5, threshold=0.7), partial(rules_flows.net_buy_days, window=5, threshold=0.7)),
    "market_regime": (
        MarketRegime(balance="financing_balance", sessions=3),
        partial(rules_market.market_regime, balance="financing_balance", sessions=3),
    ),
    "breadth": (Breadth(threshold=0.4), partial(rules_market.breadth, threshold=0.4)),
    "price_momentum": (PriceMomentum(sessions=60, skip=0), partial(rules_controls.price_momentum, sessions=60, skip=0)),
    "price_reversal": (PriceReversal(sessions=5), partial(rules_controls.price_reversal, sessions=5)),
    "combine": (Combine(rules=(RATE, DAYS), weights=(2.0, -1.0)), of_rate_and_days),
    "gate": (
        Gate(rules=(RATE, Breadth()), above=0.1, otherwise="negate"),
        partial(with_breadth, above=0.1, otherwise="negate"),
    ),
    "gate zero": (Gate(rules=(RATE, Breadth()), otherwise="zero"), partial(with_breadth, otherwise="zero")),
    "lag": (Lag(rules=(RATE,), sessions=4), of_rate(rules_compose.lag, sessions=4)),
    "smooth": (
        Smooth(rules=(RATE,), mean="exponential", window=9),
        of_rate(rules_compose.smooth, mean="exponential", window=9),
    ),
}
JUDGED = [pytest.param(rule, PANDAS[name], id=name) for name, rule in DEFAULTS.items()]
JUDGED += [pytest.param(rule, slow, id=f"{name}, other parameters") for name, (rule, slow) in OTHERS.items()]
EACH = [pytest.param(rule, id=name) for name, rule in (DEFAULTS | {"random_score": RandomScore()}).items()]
EACH += [pytest.param(rule, id=f"{name}, other parameters") for name, (rule, _) in OTHERS.items()]


@pytest.mark.parametrize("panel", [market, torn], ids=["market", "torn"])
@pytest.mark.parametrize(("rule", "slow"), JUDGED)
def test_pandas_says_the_same(rule, slow, panel):
    score = rule.score(panel())
    assert np.isfinite(score).any()
    assert not np.isinf(score).any()
    np.testing.assert_allclose(score, slow(frames(panel())), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rule", EACH)
def test_the_contract(rule):
    check_rule(rule, torn())


@pytest.mark.parametrize("rule", EACH)
def test_fields_that_are_needed_are_read(rule):
    panel = torn()
    for name in rule.needs():
        lean = replace(panel, fields={other: values for other, values in panel.fields.items() if other != name})
        with pytest.raises(DataError, match=f"the panel has no field `{name}`"):
            rule.score(lean)


@pytest.mark.parametrize("rule", EACH)
def test_the_first_score_ends_the_warmup(rule):
    is_scored = np.isfinite(rule.score(market())).any(axis=1)
    # `Combine` speaks as soon as one of its rules does; its warm-up is that of the last one.
    expected = min(r.warmup() for r in rule.rules) if isinstance(rule, Combine) else rule.warmup()
    assert int(is_scored.argmax()) == expected - 1


@pytest.mark.parametrize("rule", EACH)
def test_docstrings_state_claim_and_formula(rule):
    text = inspect.cleandoc(type(rule).__doc__ or "")  # Python 3.13 strips the indent by itself
    assert "\nClaim: " in text
    assert "\nFormula: " in text
    assert all(p.name in text for p in type(rule).parameters())


def test_the_defaults_of_the_claims():
    given = {name: {p.name: p.default for p in type(rule).parameters()} for name, rule in DEFAULTS.items()}
    assert given["short_pressure"]["window"] == 60
    assert given["days_to_cover"] == {"window": 20}
    assert given["financing_to_turnover"] == {"window": 20, "threshold": 0.2}
    assert given["financing_buy_share"] == {"window": 5, "threshold": 0.1, "of": "day"}
    assert given["short_interest_ratio"] == {"of": "outstanding"}
    assert given["net_financing_rate"] == given["force_balance"] == {"window": 5}
    assert given["net_buy_days"] == {"window": 20, "threshold": 0.5}
    assert given["market_regime"] == {"balance": "total_balance", "sessions": 20}
    assert given["price_momentum"] == {"sessions": 250, "skip": 20}
    assert given["price_reversal"] == {"sessions": 20}
