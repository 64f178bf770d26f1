"""Sizes are `int` wherever backtrader's own broker has them: orders, their parts, positions, trades, analyzers."""

import backtrader as bt
import numpy as np
import pytest
from broker.desk import watched
from broker.markets import panel as panel_by_hand
from broker.plain import call, played
from liangrong.core.account.lots import whole
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.refusal_summary import OrdersRefused
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.types import OrderKind as Kind


def sizes_of(order):
    done = order.executed
    yield from (order.size, order.created.size, done.size, done.remsize, done.psize)
    for bit in done.exbits:
        yield from (bit.size, bit.opened, bit.closed, bit.psize)


@pytest.mark.parametrize("engine", [PanelCerebro, bt.Cerebro])
def test_every_size_that_a_strategy_meets_is_int(engine):
    script = {
        0: [call("buy", size=np.float64(1_000.0)), call("buy", size=500.0, kind=Kind.MARGIN_BUY)],
        2: [call("sell", size=np.int64(300)), call("sell", size=400.0, kind=Kind.SHORT_SELL)],
        5: [call("close"), lambda s: s.broker.return_shares(s, s.data, 100.0)],
        8: [lambda s: s.broker.repay(s, s.data, 1_000.0), call("buy", size=230.0, kind=Kind.BUY_TO_RETURN)],
        10: [lambda s: positions.append((s.position.size, s.broker.getposition(s.data).size))],
    }
    positions = []
    table = ActionTable({4: [Action(0, 0.0, 0.05)]})  # the position grows, and stays whole
    with pytest.warns(OrdersRefused):  # the repayment: close() left no debt
        done = played(script, engine=engine, actions=table)
    assert len(done.done()) == 7
    orders = [order for order in done.told if order.info.kind is not Kind.REPAY]
    assert {type(size) for order in orders for size in sizes_of(order)} == {int}
    assert {type(trade.size) for trade in done.trades} == {int}
    assert {type(size) for pair in positions for size in pair} == {int}
    amounts = [order.size for order in done.told if order.info.kind is Kind.REPAY]
    assert {type(amount) for amount in amounts} == {float}


def test_analyzers_are_told_int_too():
    def add(cerebro):
        cerebro.addanalyzer(bt.analyzers.Transactions, _name="transactions")
        cerebro.addanalyzer(bt.analyzers.PyFolio, _name="pyfolio")
        cerebro.addanalyzer(bt.analyzers.TradeAnalyzer, _name="trades")

    done = played({0: [call("buy", size=1_000.0)], 3: [call("order_target_percent", target=0.05)]}, add=add)
    rows = done.analyzers.transactions.get_analysis()
    assert [(row[0][0], type(row[0][0])) for row in rows.values()] == [(1_000, int), (-600, int)]
    _, _, table, _ = done.analyzers.pyfolio.get_pf_items()
    assert table["amount"].dtype == np.int64


def test_forced_sales_are_int():
    falling = panel_by_hand([10.0, 10.0, 10.0, 6.0, 6.0, 6.0])
    script = {0: [("buy_collateral", 0, 9_900)], 1: [("margin_buy", 0, 15_000)]}
    done = watched(falling, script)
    told = [order for order in done.broker.orders if "forced" in order.info and order.info.kind is not Kind.REPAY]
    assert told
    assert {type(size) for order in told for size in sizes_of(order)} == {int}


@pytest.mark.parametrize(
    ("size", "expected"), [(100, 100), (100.0, 100), (np.float64(7), 7), (np.int32(7), 7), (0.5, 0.5), (-3.0, -3)]
)
def test_what_is_whole_is_int_and_nothing_else_is_changed(size, expected):
    assert (whole(size), type(whole(size))) == (expected, type(expected))


@pytest.mark.parametrize("size", [float("nan"), float("inf")])
def test_what_is_no_count_stays(size):
    assert whole(size) == pytest.approx(size, nan_ok=True)
