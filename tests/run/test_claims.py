"""A configuration for each claim: it runs as it is, trades what the claim says, and its tables are sane."""

import functools
import math
from pathlib import Path

import numpy as np
import pytest
from liangrong.core.config.yaml_file import load
from liangrong.core.run.engines import run
from liangrong.core.synthetic import synthetic
from liangrong.strategies.forms import FORMS
from liangrong.strategies.rules import CONTROLS, RULES

CLAIMS = sorted((Path(__file__).parents[2] / "configs" / "claims").glob("*.yaml"))
GENERATED = functools.cache(synthetic.generate)
COMPOSING = {"gate", "lag", "smooth"}  # the rules that are no claim of their own
LONG_ONLY = {"07_dip_financing", "12_financing_to_turnover", "13_financing_buy_share", "21_industry_relative"}
BOUGHT, SOLD = {"buy", "margin_buy"}, {"sell", "sell_to_repay"}


def names(rule):
    """Return the names of a rule and of all that it is made of."""
    return {rule.name}.union(*(names(child) for child in rule.rules))


def test_every_claim_has_a_configuration_and_every_rule_a_claim():
    assert [int(path.stem[:2]) for path in CLAIMS] == sorted([*range(1, 37), 32])  # 32 has two rules
    configs = [load(path) for path in CLAIMS]
    assert set.union(*(names(config.strategy.rule) for config in configs)) >= RULES.keys() - CONTROLS - COMPOSING
    assert {config.strategy.name for config in configs} >= FORMS.keys()


@pytest.fixture
def one_market(monkeypatch):
    """Generate the market that all of them have once; a panel cannot be changed."""
    monkeypatch.setattr(synthetic, "generate", GENERATED)


@pytest.mark.usefixtures("one_market")
@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.stem)
def test_a_claim_runs(path):
    assert path.read_text(encoding="utf-8").startswith(f"# Claim {int(path.stem[:2])}: ")
    config = load(path)
    assert config.name == path.stem
    assert path.stem[3:] in names(config.strategy.rule)
    result = run(config)
    kinds = set(result.fills["kind"])
    assert kinds & BOUGHT
    assert kinds & SOLD
    assert ("short_sell" in kinds) is (path.stem not in LONG_ONLY)
    _check_tables(result, config.account.cash)


def _check_tables(result, cash):
    equity, fills = result.equity, result.fills
    assert len(fills) >= 50
    assert len(equity) == result.summary["sessions"] == 500
    parts = equity["cash"] + equity["long_value"] - equity["short_value"] - equity["principal"] - equity["accrued"]
    assert np.abs(equity["equity"] - parts).max() < 1e-6
    assert (equity["equity"] > 0.4 * cash).all()
    assert (equity[["long_value", "short_value", "principal", "accrued"]] >= 0.0).all(axis=None)
    change = equity["equity"].iloc[-1] - cash
    assert result.attribution["amount"].sum() == pytest.approx(change, abs=1e-5)
    assert not result.refusals["reason"].isin(["not_eligible", "no_shares", "frozen"]).any()
    summary = result.summary
    assert summary["fills"] == len(fills)
    assert summary["total_return"] == pytest.approx(change / cash)
    assert 0.1 < summary["average_leverage"] < 2.0
    assert summary["margin_calls"] == 0
    assert all(math.isfinite(summary[name]) for name in ("volatility", "sharpe", "max_drawdown", "turnover"))
