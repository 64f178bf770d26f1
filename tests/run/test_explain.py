"""What rules and strategies say of themselves is complete, and their examples run."""

import pytest
import yaml
from liangrong.core.config.run import StrategyConfig
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.registry import ideas, resolve_rule, resolve_strategy
from liangrong.core.panel.panel import FIELDS
from liangrong.core.run.explain import explain_rule, explain_strategy, rules, strategies
from liangrong.strategies.rules import CONTROLS, RULES, Composed

CLAIMS = [
    "spread_level",
    "spread_momentum",
    "spread_zscore",
    "balance_trend",
    "balance_stage",
    "balance_repay_divergence",
    "dip_financing",
    "balance_rollover",
    "short_pressure",
    "short_interest_ratio",
    "days_to_cover",
    "financing_to_turnover",
    "financing_buy_share",
    "net_financing_rate",
    "force_balance",
    "expiry_overhang",
    "crowding",
    "net_buy_days",
    "deleveraging",
    "market_regime",
    "industry_relative",
    "combine",
    "turnover_rate",
    "volume_trend",
    "short_to_financing",
    "flow_climax",
    "breadth",
    "financing_turnover",
    "short_to_turnover",
    "short_margin_trading",
    "margin_volatility",
    "bad_times_covering",
    "industry_heat",
    "market_force",
    "market_short",
    "total_momentum",
    "trapped_buying",
    "gauge",
    "pressure",
]


def test_all_claims_and_controls_are_listed():
    assert len(CLAIMS) == 39  # of 36 claims: 22 has three rules, 32 two
    assert list(CONTROLS) == ["equal_weight", "price_momentum", "price_reversal", "random_score", "buy_and_hold"]
    composed = ["gate", "lag", "smooth"]
    assert set(RULES) == {*CLAIMS, *CONTROLS, *composed}
    assert [one.name for one in rules()] == list(RULES)


@pytest.mark.parametrize("name", list(RULES))
def test_a_rule_states_claim_formula_parameters_fields_and_an_example(name):
    one = explain_rule(name)
    assert len(one.summary) > 10
    assert len(one.claim) > 15
    assert len(one.formula) > 3
    assert all(field in FIELDS for field, _ in one.fields)
    assert all(when.startswith(("before the open", "at the close")) for _, when in one.fields)
    assert [p[0] for p in one.parameters] == [p.name for p in RULES[name].parameters()]
    assert all(len(doc) > 5 for *_, doc in one.parameters)
    assert bool(one.takes) is issubclass(RULES[name], Composed)
    config = StrategyConfig(**yaml.safe_load(one.example)["strategy"])
    assert config.rule is not None
    assert type(resolve_rule(config.rule)) is RULES[name]
    assert resolve_strategy(config).USES_RULE


@pytest.mark.parametrize("name", list(ideas().strategies))
def test_a_strategy_states_what_it_does_and_its_example_is_accepted(name):
    one = explain_strategy(name)
    assert len(one.summary) > 10
    assert {p[0] for p in one.parameters} == {
        p.name for p in (*ideas().strategies[name].PARAMETERS, *ideas().strategies[name].COMMON)
    }
    config = StrategyConfig(**yaml.safe_load(one.example)["strategy"])
    if name != "replay":  # which has no default order list
        resolve_strategy(config).check(config.parameters, name)
    assert [one.name for one in strategies()] == list(ideas().strategies)


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ConfigError, match="there is no rule `spread_zscor`: did you mean `spread_zscore`"):
        explain_rule("spread_zscor")
    with pytest.raises(ConfigError, match="there is no strategy `quantil`: did you mean `quantile`"):
        explain_strategy("quantil")


def test_a_strategy_without_a_docstring_is_explained_all_the_same(tmp_path):
    text = "from liangrong.strategies import MarginStrategy\n\n\nclass Mute(MarginStrategy):\n    NEEDS = ('close',)\n"
    (tmp_path / "mute.py").write_text(text)
    found = explain_strategy(f"{tmp_path}/mute.py:Mute")
    assert (found.summary, found.claim, found.notes) == ("", "", "")
    assert [field for field, _ in found.fields] == ["close"]
