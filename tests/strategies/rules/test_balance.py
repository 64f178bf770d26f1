"""Rules about the course of the financing balance, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.strategies.rules.balance import BalanceRepayDivergence, BalanceStage, BalanceTrend
from oracles.rule_panels import small

NAN = np.nan


def column(rule, **fields):
    return rule.score(small(**fields))[:, 0]


def test_balance_trend_by_hand():
    balance = [100.0, 300.0, 100.0, NAN, 0.0, 0.0]
    # Means of two: 200, 200, then a balance is missing, then nobody owes anything.
    np.testing.assert_allclose(
        column(BalanceTrend(window=2), financing_balance=balance), [NAN, 0.5, -0.5, NAN, NAN, NAN]
    )
    # Of three: 500 / 3, then one is missing.
    score = column(BalanceTrend(window=3), financing_balance=balance)
    np.testing.assert_allclose(score, [NAN, NAN, 0.6 - 1, NAN, NAN, NAN])


RISE = [5.0, 6.0, 7.0, 8.0, NAN, 9.0, 10.0, 11.0, 11.0, 12.0, 11.0, 13.0]


def test_balance_stage_by_hand():
    # Above its mean of two sessions = above the session before. Ages: -, 1, 2, 3, -, - (its mean lacks the gap),
    # 4 (the gap counts nothing and ends nothing), 5, 0 (equal), 1, below, 1.
    # Young up to 1, old from 5: 1 - 2 (age - 1) / 4 = 1, 0.5, 0, -0.5, -1.
    score = column(BalanceStage(window=2, young_sessions=1, old_sessions=5), financing_balance=RISE)
    np.testing.assert_allclose(score, [NAN, 1.0, 0.5, 0.0, NAN, NAN, -0.5, -1.0, 0.0, 1.0, 0.0, 1.0])
    # Young up to 2, old from 3: at once.
    score = column(BalanceStage(window=2, young_sessions=2, old_sessions=3), financing_balance=RISE)
    np.testing.assert_allclose(score, [NAN, 1.0, 1.0, -1.0, NAN, NAN, -1.0, -1.0, 0.0, 1.0, 0.0, 1.0])


def test_balance_stage_is_bounded():
    # Ages 1 to 6 with nothing young: 1 - 2 age / 3 below 3 sessions, -1 from then on.
    rule = BalanceStage(window=2, young_sessions=0, old_sessions=3)
    score = column(rule, financing_balance=np.arange(1.0, 8.0))
    np.testing.assert_allclose(score, [NAN, 1 / 3, -1 / 3, -1.0, -1.0, -1.0, -1.0], atol=1e-15)
    rule = BalanceStage(window=2, young_sessions=4, old_sessions=6)
    score = column(rule, financing_balance=np.arange(1.0, 10.0))
    np.testing.assert_allclose(score, [NAN, 1.0, 1.0, 1.0, 1.0, 0.0, -1.0, -1.0, -1.0])


def test_the_mean_of_a_stage():
    # Mean of three: 2, 8 / 3, 3: 3 > 2, 3 > 8 / 3, 3 = 3.
    rule = BalanceStage(window=3, young_sessions=5, old_sessions=6)
    score = column(rule, financing_balance=[0.0, 3.0, 3.0, 3.0, 3.0])
    np.testing.assert_array_equal(score, [NAN, NAN, 1.0, 0.0, 0.0])


FLOWS = {
    "financing_balance": [100.0, 130.0, 150.0, 160.0, 150.0, 200.0, 200.0],
    "financing_buy": [0.0, 40.0, 30.0, 30.0, 10.0, 60.0, 5.0],
    "financing_repay": [0.0, 10.0, 10.0, 20.0, 20.0, 10.0, NAN],
}


def test_balance_repay_divergence_by_hand():
    # R - B: 0, -30, -20, -10, 10, -50, -. Its change over one session: -, -30, 10, 10, 20, -60, -.
    # F over two sessions: -, -, 50, 30, 0, 40, 50. Both rise in rows 2 and 3: 10 of 150, 10 of 160. In row 4 F does
    # not rise, in row 5 repayment does not.
    score = column(BalanceRepayDivergence(rise_sessions=2, sessions=1), **FLOWS)
    np.testing.assert_allclose(score, [NAN, NAN, -10 / 150, -10 / 160, 0.0, 0.0, NAN])
    # F over one session: 30, 20, 10, -10, 50, 0.
    score = column(BalanceRepayDivergence(rise_sessions=1, sessions=1), **FLOWS)
    np.testing.assert_allclose(score, [NAN, 0.0, -10 / 150, -10 / 160, 0.0, 0.0, NAN])
    # Sums of two: -, -30, -50, -30, 0, -40, -; against two sessions ago: 0, 50, -10 in rows 3 to 5.
    score = column(BalanceRepayDivergence(rise_sessions=1, sessions=2), **FLOWS)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, 0.0, 0.0, 0.0, NAN])
    score = column(BalanceRepayDivergence(rise_sessions=3, sessions=2), **FLOWS)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, 0.0, -50 / 150, 0.0, NAN])


def test_no_balance_no_divergence():
    flows = {"financing_buy": [0.0, 0.0, 0.0], "financing_repay": [0.0, 1.0, 3.0]}
    rule = BalanceRepayDivergence(rise_sessions=1, sessions=1)
    np.testing.assert_array_equal(column(rule, financing_balance=[4.0, 3.0, 0.0], **flows), [NAN, 0.0, NAN])
    np.testing.assert_array_equal(column(rule, financing_balance=[NAN, 3.0, 4.0], **flows), [NAN, NAN, -0.5])


def test_nothing_expected_is_a_plain_zero():
    score = column(BalanceRepayDivergence(rise_sessions=1, sessions=1), **FLOWS)
    assert not np.signbit(score[score == 0.0]).any()


def test_needs_and_warmup():
    assert BalanceTrend().needs() == BalanceStage().needs() == ("financing_balance",)
    assert BalanceRepayDivergence().needs() == ("financing_balance", "financing_buy", "financing_repay")
    assert (BalanceTrend().warmup(), BalanceStage(window=30).warmup()) == (20, 30)
    assert (BalanceRepayDivergence().warmup(), BalanceRepayDivergence(sessions=15).warmup()) == (21, 30)


@pytest.mark.parametrize(
    ("rule", "given", "message"),
    [
        (BalanceTrend, {"window": 1}, "`window` of rule `x` should be a whole number at least 2, got 1"),
        (BalanceStage, {"window": 1}, "`window` of rule `x` should be a whole number at least 2, got 1"),
        (BalanceStage, {"young_sessions": -1}, "`young_sessions` of rule `x` should be a whole number at least 0"),
        (BalanceStage, {"old_sessions": 0}, "`old_sessions` of rule `x` should be a whole number at least 1, got 0"),
        (
            BalanceStage,
            {"old_sessions": 10},
            r"`old_sessions` of rule `BalanceStage` should be more than its `young_sessions` \(10\), got 10",
        ),
        (BalanceRepayDivergence, {"sessions": 0}, "`sessions` of rule `x` should be a whole number at least 1"),
        (BalanceRepayDivergence, {"rise_sessions": 0}, "`rise_sessions` of rule `x` should be a whole number at lea"),
    ],
)
def test_bad_parameters(rule, given, message):
    with pytest.raises(ConfigError, match=message):
        rule.build("x", given)
