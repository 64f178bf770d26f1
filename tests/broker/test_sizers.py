"""Sizers: backtrader's own are cut to lots, and LotSizer, whose sizes the exchange takes."""

import backtrader as bt
import pytest
from broker.plain import call, frame, played
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.refusal_summary import OrdersRefused
from liangrong.core.broker.sizers import LotSizer
from liangrong.core.errors import ConfigError
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.types import OrderKind as Kind

ROUND_TRIP = {1: [call("buy")], 4: [call("sell")]}


def sized(sizer, script=ROUND_TRIP, price=9.97, *, symbol="600000.SH", **words):
    return played(script, [price] * 8, symbol=symbol, add=lambda cerebro: cerebro.addsizer(sizer, **words))


@pytest.mark.parametrize(
    ("sizer", "words", "symbol", "size"),
    [
        (bt.sizers.PercentSizer, {}, "600000.SH", 2_000),  # 2,006.02
        (bt.sizers.PercentSizerInt, {"percents": 50}, "600000.SH", 5_000),  # 5,015
        (bt.sizers.PercentSizer, {}, "688001.SH", 2_006),
        (bt.sizers.FixedSize, {"stake": 150}, "600000.SH", 100),
        (bt.sizers.FixedSize, {"stake": 250}, "830001.BJ", 250),
        (LotSizer, {}, "600000.SH", 100),
        (LotSizer, {}, "688001.SH", 200),
        (LotSizer, {"shares": 1_050}, "600000.SH", 1_000),
        (LotSizer, {"shares": 1_050, "rounding": "up"}, "600000.SH", 1_100),
        (LotSizer, {"shares": 1_060, "rounding": "nearest"}, "600000.SH", 1_100),
        (LotSizer, {"shares": 1_040, "rounding": "nearest"}, "600000.SH", 1_000),
        (LotSizer, {"percent": 0.2}, "600000.SH", 2_000),
        (LotSizer, {"percent": 0.2, "rounding": "up"}, "600000.SH", 2_100),
    ],
)
@pytest.mark.parametrize("engine", [PanelCerebro, bt.Cerebro])
def test_a_round_trip_in_lots(engine, sizer, words, symbol, size):
    done = played(
        ROUND_TRIP, [9.97] * 8, symbol=symbol, engine=engine, add=lambda cerebro: cerebro.addsizer(sizer, **words)
    )
    assert [row[2] for row in done.done()] == [size, -size]


def test_all_cash_leaves_room_for_the_fees():
    """100,000 pay 10,000 shares at 9.9975 but not their fees: 25 and 1; backtrader's AllInSizer is refused."""
    done = sized(LotSizer, {1: [call("buy")]}, 9.9975, percent=1.0)
    assert done.done() == [(2, "BUY", 9_900)]
    assert sized(LotSizer, {1: [call("buy")]}, 9.997, percent=1.0).done() == [(2, "BUY", 10_000)]  # 99,996.00
    with pytest.warns(OrdersRefused, match="^1 of 1 orders refused: no_cash 1"):
        sized(bt.sizers.AllInSizer, {1: [call("buy")]}, 9.9975)


def test_less_than_a_lot_is_refused_and_counted_where_backtrader_sizes():
    """backtrader's default is one share; nothing is rounded away in silence."""
    with pytest.warns(OrdersRefused, match="^2 of 2 orders refused: lot 2 .*LotSizer"):
        played(ROUND_TRIP)


def test_a_lot_sizer_that_cannot_pay_a_lot_orders_nothing():
    assert sized(LotSizer, {1: [call("buy")]}, 600.0, percent=0.5).told == []


def test_sales_are_of_what_is_held_and_returns_of_what_is_owed():
    script = {
        0: [call("buy", size=300)],
        2: [call("sell")],
        3: [call("sell", size=700, kind=Kind.SHORT_SELL)],
        5: [call("buy", kind=Kind.BUY_TO_RETURN)],
    }
    assert [row[2] for row in sized(LotSizer, script, 10.0, percent=0.5).done()] == [300, -300, -700, 700]
    assert [row[2] for row in sized(LotSizer, script, 10.0, shares=500).done()] == [300, -300, -700, 500]


@pytest.mark.parametrize("size", [1_050, 1_000, 50, 80])
def test_an_odd_remainder_is_sold_whole_or_stays(size):
    """A sizer that says 80 of 1,050 sells the odd 50; 1,000 and 1,050 are both a sale."""

    class Fixed(bt.Sizer):
        def _getsizing(self, comminfo, cash, data, isbuy):  # noqa: ARG002 - backtrader's signature
            return size

    script = {0: [call("buy", size=1_000)], 3: [call("sell")]}
    table = ActionTable({2: [Action(0, 0.0, 0.05)]})
    done = played(script, [10.0] * 6, actions=table, add=lambda cerebro: cerebro.addsizer(Fixed))
    assert done.done()[-1] == (4, "SELL", -50 if size == 80 else -size)


def test_an_odd_debt_is_returned_whole():
    """1,050 are owed after bonus shares; 1,100 are bought, and 50 stay as collateral."""
    script = {0: [call("sell", size=1_000, kind=Kind.SHORT_SELL)], 3: [call("buy", kind=Kind.BUY_TO_RETURN)]}
    table = ActionTable({2: [Action(0, 0.0, 0.05)]})
    done = played(script, [10.0] * 6, actions=table, add=lambda cerebro: cerebro.addsizer(LotSizer, percent=0.5))
    assert done.broker.holding(done.data) == (50.0, 0.0, 0.0)


def test_more_than_is_held_stays_the_orders_own():
    """FixedReverser sells twice its stake to turn round; a plain sale cannot, and that is said."""
    script = {0: [call("buy")], 2: [call("sell")]}
    with pytest.warns(OrdersRefused, match="^1 of 2 orders refused: no_shares 1"):
        sized(bt.sizers.FixedReverser, script, stake=100)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"percent": 20}, r"`percent` of LotSizer should be a fraction in \(0, 1\], got 20: 0.2 is 20 %"),
        ({"shares": 0}, "`shares` of LotSizer should be above 0, got 0"),
        ({"shares": 100, "percent": 0.1}, "`percent` or `shares`, got both"),
        ({"rounding": "off"}, "`rounding` of LotSizer should be down, up, nearest, got 'off'"),
    ],
)
def test_parameters_out_of_range_are_told(words, message):
    with pytest.raises(ConfigError, match=message):
        LotSizer(**words)


def test_another_broker_knows_no_lots():
    class Buyer(bt.Strategy):
        def next(self):
            self.buy()

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame([10.0] * 3)))
    cerebro.addsizer(LotSizer)
    cerebro.addstrategy(Buyer)
    with pytest.raises(ConfigError, match="LotSizer needs a CreditBroker"):
        cerebro.run()
