"""Rules about too much borrowed money, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.core.rulebook import Rulebook
from liangrong.strategies.rules.crowding import Crowding, ExpiryOverhang, FlowClimax
from oracles.rule_panels import small

NAN = np.nan


def column(rule, **fields):
    return rule.score(small(**fields))[:, 0]


def test_expiry_overhang_by_hand():
    fields = {"financing_balance": [10.0, 13.0, 20.0, 18.0, NAN, 0.0, 0.0], "float_cap": [100.0] * 6 + [50.0]}
    # Net financing 3, 7, -2, -, - from row 1 on. One to two sessions ago, both: row 3: 3 + 7; row 4: 7 - 2;
    # row 5: unknown; row 6: the balance went from 18 to 0, whatever lies between, of half the float cap.
    score = column(ExpiryOverhang(near_sessions=1, far_sessions=2), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, -0.1, -0.05, NAN, 0.36])
    # Two to three sessions ago: row 4: 3 + 7, row 5: 7 - 2, row 6: unknown.
    score = column(ExpiryOverhang(near_sessions=2, far_sessions=3), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, NAN, -0.1, -0.05, NAN])
    # Three sessions ago alone: 3, 7, -2 of half the float cap by then: repayment of old is no overhang.
    score = column(ExpiryOverhang(near_sessions=3, far_sessions=3), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, NAN, -0.03, -0.07, 0.04])
    fields["amount"] = [10.0, 10.0, 10.0, 10.0, 10.0, 20.0, 40.0]
    # Mean amounts of the last three rows: 10, 15, 30.
    score = column(ExpiryOverhang(near_sessions=3, far_sessions=3, scale="turnover", scale_window=2), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, NAN, NAN, -0.3, -7 / 15, 2 / 30])


def test_the_overhang_is_the_sum_of_the_flows():
    rng = np.random.default_rng(3)
    net = rng.integers(-50, 50, 40).astype(float)
    balance = 1000.0 + np.cumsum(net)
    score = column(ExpiryOverhang(near_sessions=4, far_sessions=9), financing_balance=balance, float_cap=np.ones(40))
    for t in range(11, 40):
        assert score[t] == -sum(net[t - i] for i in range(4, 10))
    assert np.isnan(score[:10]).all()


FULL = {
    "financing_balance": [10.0, 24.0, 25.0, 22.0, 20.0, 19.0, 24.0, 30.0, NAN, 22.0],
    "float_cap": [100.0] * 10,
}


def test_crowding_by_hand():
    # Suspended from 0.25 itself on, also at 0.20 itself, not below; again from 0.30 on, and an unknown balance in
    # between changes nothing.
    share = np.array([0.10, 0.24, 0.25, 0.22, 0.20, 0.19, 0.24, 0.30, NAN, 0.22])
    flag = np.array([0, 0, 1, 1, 1, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(column(Crowding(), **FULL), -share - flag)
    np.testing.assert_allclose(column(Crowding(penalty=0.0), **FULL), -share)
    np.testing.assert_allclose(column(Crowding(penalty=0.5), **FULL), -share - 0.5 * flag)
    # Suspended from 0.30, resumed below 0.23.
    flag = np.array([0, 0, 0, 0, 0, 0, 0, 1, 1, 0])
    np.testing.assert_allclose(column(Crowding(suspend=0.3, resume=0.23), **FULL), -share - flag)
    # One line: suspended at or above it.
    flag = np.array([0, 1, 1, 0, 0, 0, 1, 1, 1, 0])
    np.testing.assert_allclose(column(Crowding(suspend=0.24, resume=0.24), **FULL), -share - flag)


def test_a_suspended_security_is_the_worst():
    rng = np.random.default_rng(8)
    balance = rng.uniform(0.0, 40.0, (50, 6))
    score = Crowding().score(small(financing_balance=balance, float_cap=np.full((50, 6), 100.0)))
    is_suspended = score < -1.0
    assert is_suspended.any()
    assert score[is_suspended].max() < score[~is_suspended].min()
    assert (is_suspended >= (balance >= 25.0)).all()
    assert not is_suspended[balance < 20.0].any()


def test_crowding_by_turnover_has_no_flag():
    fields = FULL | {"amount": [10.0, 10.0, 50.0, 10.0, 10.0, 10.0, 10.0, 0.0, 5.0, 10.0]}
    score = column(Crowding(scale="turnover", scale_window=1), **fields)
    np.testing.assert_allclose(score, [-1.0, -2.4, -0.5, -2.2, -2.0, -1.9, -2.4, NAN, NAN, -2.2])


def test_the_two_lines_are_those_of_the_rulebook():
    book, day = Rulebook.load(), np.datetime64("2024-03-04")
    assert Crowding().suspend == book.on("float_cap_suspend", day).number
    assert Crowding().resume == book.on("float_cap_resume", day).number


def test_flow_climax_by_hand():
    buy = [1.0, 1.0, 4.0, 2.0, 3.0, 4.0, 4.0, 4.0]
    repay = [1.0, 2.0, 3.0, 9.0, NAN, 3.0, 2.0, 7.0]
    # z of three sessions. B: 1, 1, 4: mean 2, deviation sqrt(3): 2 / sqrt(3); 1, 4, 2: -1 / sqrt(21) (mean 7 / 3,
    # squares 14 / 3); 4, 2, 3: 0; 2, 3, 4: 1; 3, 4, 4: 1 / sqrt(3); 4, 4, 4: none.
    # R: 1, 2, 3: 1; 2, 3, 9: mean 14 / 3, squares 86 / 3: (13 / 3) / sqrt(43 / 3); unknown three times;
    # 3, 2, 7: mean 4, squares 14: 3 / sqrt(7).
    high = (13 / 3) / np.sqrt(43 / 3)  # 1.1445; 2 / sqrt(3) is 1.1547
    fields = {"financing_buy": buy, "financing_repay": repay}
    score = column(FlowClimax(window=3, threshold=0.0), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, 1.0 - 2 / np.sqrt(3), high, NAN, NAN, NAN, NAN])
    # 1 is not above 1; panic repayment alone in row 3.
    score = column(FlowClimax(window=3, threshold=1.0), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, -2 / np.sqrt(3), high, NAN, NAN, NAN, NAN])
    score = column(FlowClimax(window=3, threshold=1.15), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, -2 / np.sqrt(3), 0.0, NAN, NAN, NAN, NAN])
    score = column(FlowClimax(window=3, threshold=1.16), **fields)
    np.testing.assert_allclose(score, [NAN, NAN, 0.0, 0.0, NAN, NAN, NAN, NAN])
    # Of four sessions R: 1, 2, 3, 9: mean 3.75, squares 38.75: 5.25 / sqrt(38.75 / 3). B: 1, 1, 4, 2: 0, its mean.
    score = column(FlowClimax(window=4, threshold=1.0), **fields)
    np.testing.assert_allclose(score[:4], [NAN, NAN, NAN, 5.25 / np.sqrt(38.75 / 3)])


def test_needs_and_warmup():
    for rule in (ExpiryOverhang, Crowding):
        assert rule().needs() == ("financing_balance", "float_cap")
        assert rule(scale="turnover").needs() == ("financing_balance", "amount")
    assert FlowClimax().needs() == ("financing_buy", "financing_repay")
    assert (ExpiryOverhang().warmup(), ExpiryOverhang(scale="turnover", scale_window=300).warmup()) == (132, 150)
    assert (Crowding().warmup(), Crowding(scale="turnover").warmup()) == (1, 10)
    assert FlowClimax(window=30).warmup() == 30


@pytest.mark.parametrize(
    ("rule", "given", "message"),
    [
        (ExpiryOverhang, {"near_sessions": 0}, "`near_sessions` of rule `x` should be a whole number at least 1"),
        (ExpiryOverhang, {"far_sessions": 0}, "`far_sessions` of rule `x` should be a whole number at least 1"),
        (
            ExpiryOverhang,
            {"far_sessions": 114},
            r"`far_sessions` of rule `ExpiryOverhang` should not be less than its `near_sessions` \(115\), got 114",
        ),
        (ExpiryOverhang, {"scale": "cap"}, "`scale` of rule `x` should be one of 'float_cap', 'turnover', got 'cap'"),
        (Crowding, {"scale": "cap"}, "`scale` of rule `x` should be one of 'float_cap', 'turnover', got 'cap'"),
        (Crowding, {"scale_window": 0}, "`scale_window` of rule `x` should be a whole number at least 1, got 0"),
        (Crowding, {"suspend": -0.1}, "`suspend` of rule `x` should be a number at least 0 and at most 1, got -0.1"),
        (Crowding, {"suspend": 25}, "should be .* at most 1, got 25.0: write 0.25 for 25 %"),
        (Crowding, {"penalty": -1}, "`penalty` of rule `x` should be a number at least 0, got -1"),
        (
            Crowding,
            {"resume": 0.3},
            r"`resume` of rule `Crowding` should not lie above its `suspend` \(0.25\), got 0.3",
        ),
        (FlowClimax, {"window": 2}, "`window` of rule `x` should be a whole number at least 3, got 2"),
        (FlowClimax, {"threshold": -1}, "`threshold` of rule `x` should be a number at least 0 and at most 30, got -1"),
        (
            FlowClimax,
            {"scale": "turnover"},
            "rule `x` has no parameter `scale`: it has window, threshold",
        ),
    ],
)
def test_bad_parameters(rule, given, message):
    with pytest.raises(ConfigError, match=message):
        rule.build("x", given)
