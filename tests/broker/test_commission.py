"""What a credit account says that it charges, against what it charged."""

import backtrader as bt
import pandas as pd
import pytest
from broker.plain import call, frame, played
from conditions import sections
from liangrong.core.types import OrderKind


@pytest.mark.parametrize(
    ("day_size", "price", "fees"),
    [
        (1_000, 10.0, 5.0 + 0.10),  # the least commission, the transfer fee
        (-1_000, 10.0, 5.0 + 0.10 + 5.0),  # and the stamp duty of a sale
        (10_000, 10.0, 25.0 + 1.0),
        (-10_000, 10.0, 25.0 + 1.0 + 50.0),
        (-100, 3.33, 5.0 + 0.0 + 0.17),
        (0, 10.0, 0.0),
    ],
)
def test_all_fees_of_an_order_by_hand(day_size, price, fees):
    told = []
    played({2: [lambda s: told.append(s.broker.getcommissioninfo(s.data).getcommission(day_size, price))]})
    assert told == [pytest.approx(fees, abs=1e-12)]


def test_a_fund_pays_commission_only():
    told = []
    played({2: [lambda s: told.append(info(s).getcommission(-10_000, 10.0))]}, symbol="510300.SH")
    assert told == [25.0]


def info(strategy):
    return strategy.broker.getcommissioninfo(strategy.data)


def test_the_stamp_duty_is_that_of_the_session():
    """Halved on 2023-08-28, from one in a thousand."""
    bars = frame([10.0] * 6).set_index(pd.bdate_range("2023-08-23", periods=6))
    told = []
    step = [lambda s: told.append(info(s).getcommission(-10_000, 10.0))]
    played(dict.fromkeys(range(6), step), frames={"600000.SH": bars})
    assert told == [126.0, 126.0, 126.0, 76.0, 76.0, 76.0]


def test_it_is_what_the_fills_charged():
    asked = []

    def ask(strategy):
        asked.extend(info(strategy).getcommission(size, 10.0) for size in (3_000, -3_000))

    done = played({0: [ask, call("buy", size=3_000)], 2: [call("close")]}, **sections(commission_rate=0.0003))
    charged = [order.executed.comm for order in done.told if order.status == order.Completed]
    assert asked == pytest.approx(charged, abs=1e-12)
    assert charged == pytest.approx([9.30, 24.30])


def test_the_other_questions_have_a_stocks_answers():
    told = {}

    def ask(strategy):
        of = info(strategy)
        told.update(
            leverage=of.get_leverage(),
            margin=of.margin,
            is_stock=of.stocklike,
            value=of.getvaluesize(-300, 10.0),
            cost=of.getoperationcost(-300, 10.0),
            gain=of.profitandloss(300, 10.0, 11.0),
            sizes=[of.getsize(10.0, cash) for cash in (999.99, 1_000.0, 25_999.0, 0.0, -5_000.0)],
            position=of.getvalue(strategy.position, 12.0),
            rate=of.p.commission,
            interest=of.get_credit_interest(strategy.data, strategy.position, strategy.data.datetime.datetime()),
            confirmed=of.confirmexec(1_000, 10.0),
        )

    played({0: [call("sell", size=200, kind=OrderKind.SHORT_SELL)], 3: [ask]})
    assert told == {
        "leverage": 1.0,
        "margin": None,
        "is_stock": True,
        "value": -3_000.0,
        "cost": 3_000.0,
        "gain": 300.0,
        "sizes": [0, 100, 2_500, 0, 0],
        "position": -2_400.0,
        "rate": 0.00025,
        "interest": 0.0,  # it is the contract's
        "confirmed": pytest.approx(5.10),
    }
    assert {type(size) for size in told["sizes"]} == {int}


def test_a_feed_that_is_no_security_has_backtraders_answers():
    told = []

    def add(cerebro):
        cerebro.adddata(bt.feeds.PandasData(dataname=frame([3_000.0] * 12), name="index"))

    played({6: [lambda s: told.append(s.broker.getcommissioninfo(s.data1).getcommission(100, 10.0))]}, add=add)
    assert told == [0.0]
