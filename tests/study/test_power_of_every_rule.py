"""Every rule where its claim was made true with a known strength, and where nothing is true."""

from functools import cache

import liangrong as lr
import numpy as np
import pytest
from honesty import stated_of_rule
from liangrong.core.dataset.store import save
from liangrong.core.guides.guide_power import MARKETS, STRENGTHS, power_of_rules
from liangrong.core.ideas.registry import ideas
from liangrong.core.study.names import every_rule
from study.planted_scores import planted, quiet_market, score_of, with_part

ROWS = {row.rule: row for row in power_of_rules()}
MEASURED = [name for name, row in ROWS.items() if row.found]


@cache
def market(seed):
    return quiet_market(seed)


@pytest.fixture
def studied(tmp_path):
    """Return what studies a rule on a market as a user does, on a dataset."""

    def _studied(rule, panel):
        save(panel, [], tmp_path / "ds")
        return lr.study(rule, tmp_path / "ds", horizons=(5,))

    return _studied


def counts(verdicts):
    """Return how many verdicts support the rule, and how many would but for the controls."""
    return f"{verdicts.count('supported')}+{verdicts.count('not beyond controls')}"


@pytest.mark.slow
@pytest.mark.parametrize("rule", MEASURED)
def test_power_of_a_rule(rule, studied):
    found = {}
    for strength in ROWS[rule].found:
        told = []
        for seed in range(MARKETS):
            panel, _ = planted(every_rule()[rule], market(seed), strength) if strength else (market(seed), None)
            told.append(studied(rule, panel).summary["verdict"])
        found[strength] = counts(told)
    stated_of_rule(rule, found)


def test_where_a_claim_is_strongly_true_it_is_found_and_elsewhere_not(studied):
    panel = quiet_market(3, securities=50, sessions=160)
    before, after = (studied("net_financing_rate", each) for each in (panel, planted(RULE, panel, 0.2)[0]))
    assert (before.summary["verdict"], after.summary["verdict"]) == ("not shown", "supported")
    (first,), (then,) = (one.tables["decay"].query("horizon == 1")["ic"] for one in (before, after))
    assert then - first == pytest.approx(0.2, abs=0.05)


RULE = every_rule()["net_financing_rate"]


@pytest.mark.parametrize("rule", ["price_reversal", "breadth", "spread_level"])
def test_what_is_planted_follows_the_score_that_the_market_has_at_the_end(rule):
    panel = quiet_market(0, securities=20, sessions=80)
    made, score = planted(every_rule()[rule], panel, 0.05)
    np.testing.assert_array_equal(score, score_of(every_rule()[rule], made))
    ratio = made["open"] / panel["open"]
    part = ratio[2:] / ratio[1:-1] - 1.0
    for t in range(20, 70) if rule != "breadth" else ():
        known = np.isfinite(score[t]) & np.isfinite(part[t])
        order = np.argsort(score[t, known], kind="stable")
        assert (np.diff(part[t, known][order]) >= -1e-12).all()
        assert len(order) < 3 or part[t, known].max() > 0.0
    if rule == "breadth":
        known = np.isfinite(score[:-2]).any(axis=1)
        np.testing.assert_allclose(np.nanstd(part, axis=1), 0.0, atol=1e-12)
        order = np.argsort(np.nanmax(score[:-2][known], axis=1), kind="stable")
        assert (np.diff(np.nanmax(part[known], axis=1)[order]) >= -1e-12).all()


def test_a_part_is_earned_between_the_open_and_the_close_and_stays():
    panel = quiet_market(0, securities=3, sessions=4)
    part = np.zeros((4, 3))
    part[1, 0] = 0.01
    made = with_part(panel, part)
    ratios = {name: (made[name] / panel[name])[:, 0] for name in ("open", "close", "pre_close", "amount")}
    np.testing.assert_allclose(ratios["open"], [1.0, 1.0, 1.01, 1.01])
    np.testing.assert_allclose(ratios["pre_close"], ratios["open"])
    np.testing.assert_allclose(ratios["close"], [1.0, 1.01, 1.01, 1.01])
    np.testing.assert_allclose(ratios["amount"], ratios["close"])
    assert (made["high"] >= np.maximum(made["open"], made["close"]) - 1e-9)[~np.isnan(made["close"])].all()
    assert (made["low"] <= np.minimum(made["open"], made["close"]) + 1e-9)[~np.isnan(made["close"])].all()


def test_every_rule_has_its_row():
    names = {rule.partition("(")[0] for rule in ROWS}
    assert names == set(ideas().rules)
    assert len(ROWS) == len(names)
    assert set(MEASURED) <= set(every_rule())
    assert all(set(row.found) <= set(STRENGTHS) for row in ROWS.values())
    assert all(row.en and row.zh for row in ROWS.values() if not row.found)
