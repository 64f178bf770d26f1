"""What every rule about spread, balance, extremes and crowding has to keep."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.strategies.rules.balance import BalanceRepayDivergence, BalanceStage, BalanceTrend
from liangrong.strategies.rules.crowding import Crowding, ExpiryOverhang, FlowClimax
from liangrong.strategies.rules.extremes import BalanceRollover, Deleveraging, DipFinancing, TrappedBuying
from liangrong.strategies.rules.spread import ShortToFinancing, SpreadLevel, SpreadMomentum, SpreadZscore, TotalMomentum
from liangrong.testing import check_rule
from oracles import rules_balance, rules_crowding, rules_extremes, rules_spread
from oracles.rule_panels import frames, market, torn

TURNOVER = {"scale": "turnover", "scale_window": 7}
RULES = {
    "spread_level": SpreadLevel,
    "spread_momentum": SpreadMomentum,
    "spread_zscore": SpreadZscore,
    "short_to_financing": ShortToFinancing,
    "total_momentum": TotalMomentum,
    "balance_trend": BalanceTrend,
    "balance_stage": BalanceStage,
    "balance_repay_divergence": BalanceRepayDivergence,
    "dip_financing": DipFinancing,
    "trapped_buying": TrappedBuying,
    "balance_rollover": BalanceRollover,
    "deleveraging": Deleveraging,
    "expiry_overhang": ExpiryOverhang,
    "crowding": Crowding,
    "flow_climax": FlowClimax,
}
PANDAS = {**rules_spread.PANDAS, **rules_balance.PANDAS, **rules_extremes.PANDAS, **rules_crowding.PANDAS}
OTHERS = {  # other parameters than the defaults, all of them
    "spread_level": TURNOVER,
    "spread_momentum": {"sessions": 3, **TURNOVER},
    "spread_zscore": {"window": 11, "sign": 1, **TURNOVER},
    "total_momentum": {"sessions": 3, **TURNOVER},
    "balance_trend": {"window": 5},
    "balance_stage": {"window": 5, "young_sessions": 2, "old_sessions": 9},
    "balance_repay_divergence": {"rise_sessions": 8, "sessions": 3},
    "dip_financing": {"sessions": 4, "range_window": 30, "low": 0.4, "sign": -1},
    "trapped_buying": {"sessions": 4, "range_window": 30, "low": 0.4, "sign": 1},
    "balance_rollover": {"sessions": 2, "range_window": 40, "top": 0.25},
    "deleveraging": {"sessions": 3, "fall": 0.04},
    "expiry_overhang": {"near_sessions": 20, "far_sessions": 27, **TURNOVER},
    "crowding": {"penalty": 2.0, "suspend": 0.05, "resume": 0.04},
    "flow_climax": {"window": 12, "threshold": 1.0},
}
CASES = [pytest.param(name, {}, id=name) for name in RULES]
CASES += [pytest.param(name, given, id=f"{name}, other parameters") for name, given in OTHERS.items()]
CASES += [
    pytest.param("crowding", TURNOVER, id="crowding, turnover"),
    pytest.param("spread_zscore", {"scale": "own", "window": 11}, id="spread_zscore, own"),
    pytest.param("total_momentum", {"scale": "own", "sessions": 7}, id="total_momentum, own"),
]


@pytest.mark.parametrize("panel", [market, torn], ids=["market", "torn"])
@pytest.mark.parametrize(("name", "given"), CASES)
def test_pandas_says_the_same(name, given, panel):
    score = RULES[name](**given).score(panel())
    assert np.isfinite(score).any()
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
    is_scored = np.isfinite(rule.score(market())).any(axis=1)
    assert int(is_scored.argmax()) == rule.warmup() - 1


@pytest.mark.parametrize("name", RULES)
def test_docstrings_state_claim_and_formula(name):
    text = inspect.cleandoc(RULES[name].__doc__ or "")  # Python 3.13 strips the indent by itself
    assert "\nClaim: " in text
    assert "\nFormula: " in text
    assert all(p.name in text for p in RULES[name].parameters())


def test_the_defaults_of_the_claims():
    scale = {"scale": "float_cap", "scale_window": 20}
    assert {name: {p.name: p.default for p in rule.parameters()} for name, rule in RULES.items()} == {
        "spread_level": scale,
        "spread_momentum": {"sessions": 5, **scale},
        "spread_zscore": {"window": 60, "sign": -1, **scale},
        "short_to_financing": {},
        "total_momentum": {"sessions": 20, **scale},
        "balance_trend": {"window": 20},
        "balance_stage": {"window": 20, "young_sessions": 10, "old_sessions": 40},
        "balance_repay_divergence": {"rise_sessions": 20, "sessions": 5},
        "dip_financing": {"sessions": 20, "range_window": 250, "low": 0.25, "sign": 1},
        "trapped_buying": {"sessions": 20, "range_window": 250, "low": 0.25, "sign": -1},
        "balance_rollover": {"sessions": 5, "range_window": 250, "top": 0.1},
        "deleveraging": {"sessions": 5, "fall": 0.1},
        "expiry_overhang": {"near_sessions": 115, "far_sessions": 130, **scale},
        "crowding": {"suspend": 0.25, "resume": 0.2, "penalty": 1.0, **scale},
        "flow_climax": {"window": 60, "threshold": 2.0},
    }
