"""Rules about flows against turnover, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.strategies.rules.flows import (
    FinancingBuyShare,
    FinancingToTurnover,
    ForceBalance,
    NetBuyDays,
    NetFinancingRate,
)
from oracles.rule_panels import small

NAN = np.nan
ALL = (FinancingToTurnover, FinancingBuyShare, NetFinancingRate, ForceBalance, NetBuyDays)


def column(rule, **fields):
    return rule.score(small(**fields))[:, 0]


def test_financing_to_turnover_by_hand():
    # Mean amount of two, one is enough: 100, 150, 300 (200 and 400), 400 (the suspended session does not count), 0.
    fields = {"financing_balance": [50.0, 60.0, 60.0, 80.0, 80.0], "amount": [100.0, 200.0, 400.0, NAN, 0.0]}
    score = column(FinancingToTurnover(window=2), **fields)
    np.testing.assert_allclose(score, [0.5 - 0.2, 0.4 - 0.2, 0.0, 0.0, NAN], atol=1e-15)
    score = column(FinancingToTurnover(window=1, threshold=0.0), **fields)
    np.testing.assert_allclose(score, [0.5, 0.3, 0.15, NAN, NAN])
    assert FinancingToTurnover(window=5).warmup() == 3


def test_no_balance_is_no_opinion():
    score = column(FinancingToTurnover(window=1), financing_balance=[NAN, 0.0], amount=[100.0, 100.0])
    np.testing.assert_allclose(score, [NAN, -0.2])


def test_financing_buy_share_is_the_claims_own_example():
    # The mean day is (22 + 38 + 21 + 13 + 24) / 5 = 23.6; 3.8 of it are 16.1 %, of the whole week 3.2 %.
    fields = {"financing_buy": [1.0, 0.9, 0.7, 0.5, 0.7], "amount": [22.0, 38.0, 21.0, 13.0, 24.0]}
    assert round(column(FinancingBuyShare(threshold=0.0), **fields)[-1], 3) == 0.161
    np.testing.assert_allclose(column(FinancingBuyShare(), **fields), [NAN] * 4 + [3.8 / 23.6 - 0.1])
    np.testing.assert_allclose(column(FinancingBuyShare(of="week"), **fields), [NAN] * 4 + [3.8 / 118 - 0.1])


def test_financing_buy_share_by_hand():
    # Sums of two: B 10, 30, 60; A 200, 300, 200 (the suspended session adds none); mean days 100, 150, 200.
    fields = {"financing_buy": [5.0, 5.0, 25.0, 35.0], "amount": [100.0, 100.0, 200.0, NAN]}
    score = column(FinancingBuyShare(window=2), **fields)
    np.testing.assert_allclose(score, [NAN, 0.1 - 0.1, 0.2 - 0.1, 0.3 - 0.1], atol=1e-15)
    score = column(FinancingBuyShare(window=2, of="week"), **fields)
    np.testing.assert_allclose(score, [NAN, 0.05 - 0.1, 0.1 - 0.1, 0.3 - 0.1], atol=1e-15)
    for of in ("day", "week"):
        score = column(FinancingBuyShare(window=1, threshold=0.05, of=of), **fields)
        np.testing.assert_allclose(score, [0.0, 0.0, 0.075, NAN])


@pytest.mark.parametrize(("of", "whole"), [("day", 3.0), ("week", 1.0)])
def test_turnover_of_less_than_half_the_window_or_of_nothing_is_no_opinion(of, whole):
    buys = [1.0] * 6
    rule = FinancingBuyShare(window=3, threshold=0.0, of=of)
    score = column(rule, financing_buy=buys, amount=[10.0, NAN, NAN, 5.0, 5.0, 5])
    # Two of three days trade 5 each: 3 of 10 in all, 3 of a mean day of 5; then 3 of 15, 3 of 5.
    np.testing.assert_allclose(score, [NAN] * 4 + ([0.3, 0.2] if of == "week" else [0.6, 0.6]))
    score = column(FinancingBuyShare(window=2, of=of), financing_buy=buys, amount=[0.0] * 6)
    assert np.isnan(score).all()
    everything = column(rule, financing_buy=[7.0] * 3, amount=[7.0] * 3)  # all that is traded is financed
    assert everything[-1] == pytest.approx(whole)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"threshold": 10}, r"should be at most 5, all that was traded \(of: day\), got 10: write 0.1 for 10 %"),
        ({"threshold": 10.0, "of": "week"}, r"should be at most 1, .* \(of: week\), got 10: write 0.1 for 10 %"),
        ({"of": "month"}, "`of` of rule `x` should be one of 'day', 'week', got 'month'"),
    ],
)
def test_a_threshold_in_percent_is_answered_with_the_fraction(given, message):
    with pytest.raises(ConfigError, match=message):
        FinancingBuyShare.build("x", given)


def test_net_financing_rate_by_hand():
    fields = {
        "financing_buy": [30.0, 10.0, 20.0, NAN, 8.0],
        "financing_repay": [10.0, 20.0, 20.0, 5.0, 10.0],
        "amount": [100.0, 100.0, 300.0, 100.0, 100.0],
    }
    # B - R: 20, -10, 0, -, -2; of two sessions: 10 of 200, -10 of 400, then a flow is missing.
    np.testing.assert_allclose(column(NetFinancingRate(window=2), **fields), [NAN, 0.05, -0.025, NAN, NAN])
    np.testing.assert_allclose(column(NetFinancingRate(window=1), **fields), [0.2, -0.1, 0.0, NAN, -0.02])


def test_force_balance_by_hand():
    fields = {
        "financing_buy": [30.0, 10.0, 20.0, 6.0],
        "financing_repay": [10.0, 20.0, 20.0, 2.0],
        "short_sell": [3.0, 0.0, 4.0, 0.0],
        "short_repay": [1.0, 1.0, 0.0, 0.0],
        "close": [5.0, 10.0, 2.0, NAN],
        "amount": [100.0, 100.0, 300.0, NAN],
    }
    # Long 20, -10, 0, 4; short 2 x 5 = 10, -1 x 10 = -10, 4 x 2 = 8, none (suspended). Net 10, 0, -8, 4.
    np.testing.assert_allclose(column(ForceBalance(window=1), **fields), [0.1, 0.0, -8 / 300, NAN])
    # Of two: (10 - 0) of 200; (-10 + 2) of 400; (4 - 8) of 300.
    np.testing.assert_allclose(column(ForceBalance(window=2), **fields), [NAN, 0.05, -0.02, -4 / 300])


def test_a_security_off_the_short_list_has_no_force_balance():
    flows = {"financing_buy": [3.0, 3.0], "financing_repay": [1.0, 1.0], "close": [5.0, 5.0], "amount": [10.0, 10.0]}
    score = column(ForceBalance(window=1), short_sell=[NAN, 0.0], short_repay=[NAN, 0.0], **flows)
    np.testing.assert_allclose(score, [NAN, 0.2])


def test_net_buy_days_by_hand():
    # Bought, repaid, neither (does not count), bought, bought, unknown.
    flows = {"financing_buy": [2.0, 1.0, 3.0, 4.0, 5.0, NAN], "financing_repay": [1.0, 2.0, 3.0, 3.0, 4.0, 1.0]}
    score = column(NetBuyDays(window=4), **flows)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, 2 / 4 - 0.5, 2 / 4 - 0.5, NAN])
    score = column(NetBuyDays(window=2, threshold=0.25), **flows)
    np.testing.assert_allclose(score, [NAN, 0.25, -0.25, 0.25, 0.75, NAN])


@pytest.mark.parametrize("rule", ALL)
def test_the_first_score_ends_the_warmup(rule):
    fields = ("financing_balance", "financing_buy", "financing_repay", "short_sell", "short_repay", "close", "amount")
    panel = small(**{name: np.arange(1.0, 41.0) for name in fields})
    for window in (1, 4, 7, 30):
        given = rule(window=window)
        assert int(np.isfinite(given.score(panel)).argmax()) == given.warmup() - 1
        assert given.warmup() == (window if rule is not FinancingToTurnover else (window + 1) // 2)


@pytest.mark.parametrize("rule", ALL)
def test_bad_parameters(rule):
    with pytest.raises(ConfigError, match="`window` of rule `x` should be a whole number at least 1, got 0"):
        rule.build("x", {"window": 0})
    if "threshold" in {p.name for p in rule.parameters()}:
        with pytest.raises(ConfigError, match=r"`threshold` of rule `x` should be a number at least 0.*, got -0\.1"):
            rule.build("x", {"threshold": -0.1})
    else:
        with pytest.raises(ConfigError, match="rule `x` has no parameter `threshold`"):
            rule.build("x", {"threshold": 0.1})


def test_a_share_does_not_exceed_the_whole():
    with pytest.raises(ConfigError, match="`threshold` of rule `x` should be a number at least 0 and at most 1"):
        NetBuyDays.build("x", {"threshold": 1.5})
