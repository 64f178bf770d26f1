"""Rules about the whole market, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.strategies.rules.whole_market import Breadth, MarketForce, MarketRegime, MarketShort
from oracles.rule_panels import small

NAN = np.nan


def test_market_regime_by_hand():
    panel = small(
        close=[[1.0, 1.0, NAN], [1.0, 1.0, 1.0], [1.0, NAN, 1.0], [1.0, 1.0, 1.0]],
        total_balance=[[100.0, 300.0, NAN], [110.0, 300.0, 900.0], [99.0, 330.0, 990.0], [NAN, 330.0, 990.0]],
        financing_balance=[[50.0, NAN, NAN], [75.0, NAN, NAN], [60.0, NAN, NAN], [60.0, NAN, NAN]],
    )
    # Of one session: (110 + 300) / (100 + 300), the listing left out; then (99 + 330 + 990) / 1310; then (330 + 990) /
    # (330 + 990). The suspended security of row 2 has no score, but its balance counts.
    one = [[NAN] * 3, [0.025] * 3, [109 / 1310, NAN, 109 / 1310], [0.0] * 3]
    np.testing.assert_allclose(MarketRegime(sessions=1).score(panel), one, atol=1e-15)
    # Of two: (99 + 330) / 400; then (330 + 990) / (300 + 900).
    two = [[NAN] * 3] * 2 + [[0.0725, NAN, 0.0725], [0.1] * 3]
    np.testing.assert_allclose(MarketRegime(sessions=2).score(panel), two)
    financing = MarketRegime(balance="financing_balance", sessions=1).score(panel)
    np.testing.assert_allclose(financing, [[NAN] * 3, [0.5] * 3, [-0.2, NAN, -0.2], [0.0] * 3])
    assert MarketRegime().needs() == ("close", "total_balance")
    assert MarketRegime(balance="financing_balance").needs() == ("close", "financing_balance")


def test_a_market_without_balances_has_no_regime():
    panel = small(close=[1.0] * 4, total_balance=[0.0, 5.0, NAN, 5.0])
    assert np.isnan(MarketRegime(sessions=1).score(panel)).all()  # from 0, to NaN, from NaN
    assert np.isnan(MarketRegime(sessions=9).score(panel)).all()  # longer than the panel


def test_one_series_of_totals_is_a_market():
    panel = small(close=[1.0] * 3, total_balance=[100.0, 120.0, 90.0])
    np.testing.assert_allclose(MarketRegime(sessions=1).score(panel)[:, 0], [NAN, 0.2, -0.25])


def test_breadth_by_hand():
    panel = small(
        close=[[1.0, 1.0, 1.0, NAN], [1.0] * 4, [1.0] * 4],
        financing_buy=[[2.0, 2.0, 2.0, 2.0], [2.0, NAN, 2.0, 1.0], [NAN] * 4],
        financing_repay=[[1.0, 2.0, 3.0, 1.0], [1.0, 1.0, 1.0, 2.0], [1.0] * 4],
    )
    # Two of four (a tie is not bought; the suspended security counts but has no score); two of three; nobody.
    expected = np.array([[0.5, 0.5, 0.5, NAN], [2 / 3] * 4, [NAN] * 4])
    np.testing.assert_allclose(Breadth().score(panel), expected - 0.5)
    np.testing.assert_allclose(Breadth(threshold=0.6).score(panel), expected - 0.6)
    assert (Breadth().warmup(), MarketRegime().warmup()) == (1, 21)


def test_market_force_by_hand():
    panel = small(
        close=[[3.0, 1.0, 1.0], [4.0, NAN, 1.0]],
        financing_buy=[[10.0, 20.0, NAN], [30.0, 20.0, 5.0]],
        financing_repay=[[5.0, 10.0, 1.0], [10.0, 10.0, 5.0]],
        short_sell=[[2.0, NAN, 9.0], [1.0, NAN, 5.0]],
        short_repay=[[0.0, NAN, 0.0], [3.0, NAN, 0.0]],
        amount=[[100.0, 50.0, 900.0], [80.0, NAN, 20.0]],
    )
    # Long 15, short 6 (the second is off the short list), traded 150: the third's flows are not known. Then long 30,
    # short -8 + 5, traded 100. Of both: 45 - 3 of 250.
    score = MarketForce(window=1).score(panel)
    np.testing.assert_allclose(score, [[0.06] * 3, [0.33, NAN, 0.33]])
    np.testing.assert_allclose(MarketForce(window=2).score(panel), [[NAN] * 3, [0.168, NAN, 0.168]])
    nobody = panel.with_fields({"short_sell": np.full(panel.shape, NAN)})
    assert np.isnan(MarketForce(window=1).score(nobody)).all()


def test_market_force_of_balances_by_hand():
    panel = small(
        close=[[1.0, 1.0]] * 3,
        spread=[[90.0, NAN], [95.0, 10.0], [100.0, 20.0]],
        total_balance=[[110.0, NAN], [115.0, 20.0], [130.0, 25.0]],
    )
    # 5 of 110, the listing left out; 5 + 10 of 115 + 20.
    score = MarketForce(window=1, by="balances").score(panel)
    np.testing.assert_allclose(score, [[NAN] * 2, [1 / 22] * 2, [1 / 9] * 2])
    assert (MarketForce().warmup(), MarketForce(by="balances").warmup()) == (20, 21)
    totals = ("close", "spread", "total_balance", "financing_buy", "short_sell")
    assert MarketForce().choices_within(totals) == {"by": ("balances",)}


def test_market_short_by_hand():
    panel = small(close=[[1.0, 1.0]] * 3, short_balance=[[10.0, NAN], [12.0, 5.0], [9.0, 6.0]])
    np.testing.assert_allclose(MarketShort(sessions=1).score(panel), [[NAN] * 2, [-0.2] * 2, [2 / 17] * 2])
    assert np.isnan(MarketShort(sessions=1).score(small(close=[1.0] * 2, short_balance=[0.0, 5.0]))).all()


@pytest.mark.parametrize(
    ("rule", "given", "message"),
    [
        (MarketRegime, {"sessions": 0}, "`sessions` of rule `x` should be a whole number at least 1, got 0"),
        (MarketRegime, {"balance": "spread"}, "`balance` of rule `x` should be one of 'total_balance', 'financing_bal"),
        (Breadth, {"threshold": 1.5}, r"`threshold` of rule `x` should be a number at least 0 and at most 1, got 1\.5"),
        (Breadth, {"threshold": -0.5}, r"`threshold` of rule `x` should be a number at least 0 and at most 1, got -0"),
    ],
)
def test_bad_parameters(rule, given, message):
    with pytest.raises(ConfigError, match=message):
        rule.build("x", given)


def test_a_missing_balance_is_named():
    with pytest.raises(DataError, match="the panel has no field `total_balance`"):
        MarketRegime().score(small(close=[1.0]))
