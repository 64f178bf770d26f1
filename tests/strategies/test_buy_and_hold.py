"""BuyAndHold: equal parts once, by hand."""

import numpy as np
from broker.markets import free, panel, run
from liangrong.strategies import BuyAndHold

NAN = np.nan


def fills(given, leverage=1.0):
    done = run(given, None, free(), strategy=BuyAndHold, parameters={"leverage": leverage})
    return list(
        zip(done.column("fills", "symbol"), done.column("fills", "kind"), done.column("fills", "shares"), strict=True)
    ), done


def test_equal_parts_less_the_reserve():
    # 50,000 each: 5,000 of the first; of the second 48,000 / 20, since 2,000 stay in cash.
    rows, done = fills(panel([[10.0, 20.0]] * 4))
    assert rows == [("600000.SH", "buy", 5_000), ("600001.SH", "buy", 2_400)]
    assert done.cash == 2_000.0
    assert set(done.column("fills", "date")) == {panel([[10.0, 20.0]] * 4).sessions[1]}


def test_what_does_not_trade_on_the_first_session_is_left_out():
    rows, _ = fills(panel([[10.0, NAN], [10.0, 20.0], [10.0, 20.0]]))
    assert rows == [("600000.SH", "buy", 9_800)]
    assert fills(panel([[NAN], [10.0], [10.0]]))[0] == []


def test_a_row_without_trading_is_no_trade_either():
    """A source may carry the price through a suspension, with a volume of 0."""
    given = panel([[10.0, 20.0]] * 4).with_fields({"suspended": np.array([[0.0, 1.0]] + [[0.0, 0.0]] * 3)})
    assert fills(given)[0] == [("600000.SH", "buy", 9_800)]


def test_leverage_is_financed():
    rows, done = fills(panel([10.0] * 4), leverage=1.5)
    assert rows == [("600000.SH", "buy", 9_800), ("600000.SH", "margin_buy", 5_200)]
    assert done.broker.sums().principal == 52_000.0


def test_less_than_the_equity_stays_in_cash():
    rows, _ = fills(panel([10.0] * 4), leverage=0.5)
    assert rows == [("600000.SH", "buy", 5_000)]
