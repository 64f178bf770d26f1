"""CreditBroker as backtrader's own broker: with nothing borrowed and no limits it is BackBroker, trade by trade.

What can be alike: backtrader's broker takes commissions with all their digits, a Chinese one in whole cents. So the two
are held together without commission, with one that cannot differ (lots of 1,000 shares, whole cents, one in a
thousand), and against a scheme for BackBroker that rounds half-up in integers. BackBroker judges cash when an order is
submitted too, by the last close; here that check is off, or cash is ample.
"""

import datetime as dt
import io

import backtrader as bt
import numpy as np
import pytest
from broker.gambling import stock_feeds
from broker.markets import free
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.easy import credit_broker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.broker.market import MarketSettings
from liangrong.core.broker.terms import BrokerTerms, BrokerValue
from liangrong.core.data.panel import Panel
from liangrong.core.types import Board

UNLIMITED = MarketSettings(price_limits=False, uptick=False, everything_eligible=True)
NO_TAX = {"stamp_duty_sell": BrokerValue(0.0, True), "transfer_fee": BrokerValue(0.0, True)}


def charged(rate):
    return BrokerTerms(commission_rate=rate, commission_minimum=0.0, rules=NO_TAX)


def market(seed, sessions=60, securities=3):
    """Prices in whole cents with wide bars, so that limits and stops are met; every security trades every day."""
    rng = np.random.default_rng(seed)
    shape = (sessions, securities)
    close = np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, shape), axis=0)), 2)
    opened = np.round(np.vstack([close[:1], close[:-1]]) * np.exp(rng.normal(0.0, 0.02, shape)), 2)
    high = np.maximum(close, opened) + np.round(rng.random(shape) * 0.4, 2)
    low = np.minimum(close, opened) - np.round(rng.random(shape) * 0.4, 2)
    fields = {"open": opened, "high": np.round(high, 2), "low": np.round(low, 2), "close": close}
    fields["volume"] = rng.integers(10**6, 10**7, shape).astype(float)
    days = np.busday_offset("2024-03-04", np.cumsum(rng.integers(1, 3, sessions)), roll="forward")
    return Panel(sessions=days, symbols=tuple(f"60000{j}.SH" for j in range(securities)), fields=fields)


class HalfUp(bt.CommInfoBase):
    """One in a thousand, half-up to the cent, by integers only."""

    params = (("commission", 0.001), ("stocklike", True), ("percabs", True))

    def _getcommission(self, size, price, pseudoexec):  # noqa: ARG002 - backtrader's signature
        return (round(abs(size)) * round(price * 100) + 500) // 1000 / 100


class Trader(bt.Strategy):
    """Orders of every type at random, never more sold than is held and free; writes down all it is told."""

    params = (("seed", 0), ("lot", 100))

    def __init__(self):
        self.rng = np.random.default_rng(self.p.seed)
        self.log, self.entries, self.promised, self.types = [], [], [], set()

    def notify_order(self, order):
        self.first = getattr(self, "first", order.ref)
        done = order.executed
        row = (order.ref - self.first, order.data._name, order.getstatusname(), order.isbuy(), order.exectype)
        figures = (done.dt, done.size, done.remsize, done.price, done.value, done.comm, done.pnl)
        self.log.append((*row, *(float(x or 0.0) for x in (*figures, done.psize, done.pprice))))
        if order.status == bt.Order.Completed:
            self.types.add(order.getordername() + " of a bracket" * (order.parent is not None))

    def notify_trade(self, trade):
        parts = (trade.size, trade.price, trade.value, trade.pnl, trade.pnlcomm, trade.commission)
        self.log.append((trade.data._name, trade.status, trade.barlen, *map(float, parts)))

    def notify_cashvalue(self, cash, value):
        held = [(float(pos.size), float(pos.price)) for pos in map(self.getposition, self.datas)]
        self.log.append(("account", float(cash), float(value), *(x for pair in held for x in pair)))

    def next(self):
        for _ in range(2):
            data = self.datas[self.rng.integers(len(self.datas))]
            size = int(self.rng.integers(1, 6)) * self.p.lot
            if self.rng.random() < 0.45:
                self.leave(data, min(size, self.free(data)))
            else:
                self.enter(data, size)
        alive = [order for order in self.entries if order.alive()]
        if alive and self.rng.random() < 0.1:
            self.cancel(alive[self.rng.integers(len(alive))])

    def free(self, data):
        """Return the shares that no living sale may still take."""
        size = self.getposition(data).size
        for of, promised, orders, parent in self.promised:
            is_due = parent is None or parent.status == bt.Order.Completed
            if of is data and is_due and any(order.alive() for order in orders):
                size -= promised
        return size

    def enter(self, data, size):
        price, kind = data.close[0], self.rng.integers(7)
        below, above = round(price * 0.985, 2), round(price * 1.015, 2)
        until = self.data.datetime.date(0) + dt.timedelta(days=4)
        if kind == 0:
            orders = [self.buy(data, size=size)]
        elif kind == 1:
            orders = [self.buy(data, size=size, exectype=bt.Order.Limit, price=below, valid=dt.timedelta(days=3))]
        elif kind == 2:
            orders = [self.buy(data, size=size, exectype=bt.Order.Stop, price=above, valid=until)]
        elif kind == 3:
            orders = [self.buy(data, size=size, exectype=bt.Order.StopLimit, price=above, plimit=above + 0.1)]
        elif kind == 4:
            orders = [self.buy(data, size=size, exectype=bt.Order.Close)]
        elif kind == 5:
            first = self.buy(data, size=size, exectype=bt.Order.Limit, price=below)
            orders = [first, self.buy(data, size=size, exectype=bt.Order.Stop, price=above, oco=first)]
        else:
            stop, limit = round(price * 0.95, 2), round(price * 1.05, 2)
            orders = self.buy_bracket(data, size=size, price=above, stopprice=stop, limitprice=limit)
            self.promised.append((data, size, orders[1:], orders[0]))
            orders = orders[:1]
        self.entries += orders

    def leave(self, data, size):
        if size <= 0:
            return
        price, kind = data.close[0], self.rng.integers(5)
        above, below = round(price * 1.02, 2), round(price * 0.98, 2)
        if kind == 0:
            orders = [self.sell(data, size=size, exectype=bt.Order.Limit, price=above)]
            orders.append(self.sell(data, size=size, exectype=bt.Order.Stop, price=below, oco=orders[0]))
        elif kind == 1:
            orders = [self.sell(data, size=size, exectype=bt.Order.StopTrail, trailpercent=0.02)]
        elif kind == 2:
            orders = [self.sell(data, size=size, exectype=bt.Order.Close)]
        elif kind == 3:
            orders = [self.sell(data, size=size, exectype=bt.Order.StopLimit, price=below, plimit=below - 0.1)]
        else:
            orders = [self.sell(data, size=size)]
        self.promised.append((data, size, orders, None))


def assert_alike(ours, theirs):
    """Rows of texts and numbers: texts equal, numbers to 1e-9."""
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        texts = [[x for x in row if not isinstance(x, float)] for row in (mine, other)]
        numbers = [[x for x in row if isinstance(x, float)] for row in (mine, other)]
        assert texts[0] == texts[1], (mine, other)
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-6), (mine, other)


def plain_broker(cash, scheme, **settings):
    broker = bt.brokers.BackBroker(cash=cash, **settings)
    if isinstance(scheme, float):
        broker.setcommission(scheme)
    else:
        broker.addcommissioninfo(scheme)
    return broker


def played(cerebro, broker, feeds, strategy, run=None, add=None, **params):
    cerebro.broker = broker
    for feed in feeds:
        cerebro.adddata(feed)
    cerebro.addstrategy(strategy, **params)
    if add is not None:
        add(cerebro)
    return cerebro.run(**(run or {}))[0]


def ours_of(panel, cash, rate, strategy, engine=PanelCerebro, run=None, add=None, boards=Board.MAIN, **params):
    broker = credit_broker(panel, cash=cash, terms=charged(rate), settings=UNLIMITED, boards=boards)
    feeds = feeds_of(broker.market.panel)
    return played(engine(stdstats=False), broker, feeds, strategy, run, add, **params)


SCHEMES = {"free": (0.0, 0.0, 100), "whole cents": (0.001, 0.001, 1000), "half-up": (0.001, HalfUp(), 100)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SCHEMES)
def test_it_is_back_broker_when_nothing_is_borrowed(name, seed):
    rate, scheme, lot = SCHEMES[name]
    panel, cash = market(seed), 120.0 * lot  # soon spent: refusals for want of cash are alike too
    mine = ours_of(panel, cash, rate, Trader, seed=seed, lot=lot)
    stock = plain_broker(cash, scheme, checksubmit=False)
    theirs = played(bt.Cerebro(stdstats=False), stock, stock_feeds(panel), Trader, seed=seed, lot=lot)
    assert_alike(mine.log, theirs.log)
    assert mine.types == theirs.types
    statuses = {row[2] for row in mine.log if isinstance(row[2], str)}
    assert statuses >= {"Accepted", "Completed", "Canceled", "Margin"}


def test_the_comparison_meets_every_type_of_order():
    types, statuses = set(), set()
    for seed in range(4):
        done = ours_of(market(seed), 12_000.0, 0.0, Trader, seed=seed)
        types |= done.types
        statuses |= {row[2] for row in done.log if isinstance(row[2], str)}
    singles = {"Market", "Limit", "Stop", "StopLimit", "StopTrail", "Close"}
    assert types == singles | {"Stop of a bracket", "Limit of a bracket"}
    assert statuses == {"Accepted", "Completed", "Canceled", "Margin", "Expired"}


def test_with_ample_cash_the_check_at_submission_changes_nothing_but_a_notice():
    panel = market(7)
    mine = ours_of(panel, 1e7, 0.0, Trader, seed=7)
    theirs = played(bt.Cerebro(stdstats=False), plain_broker(1e7, 0.0), stock_feeds(panel), Trader, seed=7)
    told = [row for row in theirs.log if row[2] != "Submitted"]
    assert len(told) < len(theirs.log)
    assert_alike(mine.log, told)


MODES = [
    {"preload": preload, "runonce": runonce, "exactbars": exactbars}
    for preload in (True, False)
    for runonce in (True, False)
    for exactbars in (False, 1, -1, -2)
]


@pytest.mark.parametrize("engine", [PanelCerebro, bt.Cerebro])
def test_every_mode_gives_one_result(engine):
    panel = market(2, sessions=40)
    expected = repr(ours_of(panel, 12_000.0, 0.001, Trader, seed=2).log)
    for mode in MODES:
        assert repr(ours_of(panel, 12_000.0, 0.001, Trader, engine, mode, seed=2).log) == expected, mode


# ---- what users already have -----------------------------------------------------------------------------------------


class Crossing(bt.Strategy):
    """The strategy of every tutorial, with whatever sizer was added."""

    def __init__(self):
        self.cross = [bt.ind.CrossOver(bt.ind.SMA(d, period=4), bt.ind.SMA(d, period=9)) for d in self.datas]
        self.closed = []

    def notify_trade(self, trade):
        if trade.isclosed:
            self.closed.append(trade.pnlcomm)

    def next(self):
        for data, cross in zip(self.datas, self.cross, strict=True):
            if not self.getposition(data).size and cross[0] > 0:
                self.buy(data)
            elif self.getposition(data).size and cross[0] < 0:
                self.close(data)


class Targets(bt.Strategy):
    """Equal weights every five sessions; changes of less than the least order are left."""

    def next(self):
        if len(self) % 5 == 1:
            for data in self.datas:
                target = int(self.broker.getvalue() * 0.3 // data.close[0])
                if abs(target - self.getposition(data).size) >= 100:
                    self.order_target_percent(data, target=0.3)


ANALYZERS = {
    "SharpeRatio": {"timeframe": bt.TimeFrame.Days},
    "DrawDown": {},
    "TimeDrawDown": {},
    "TradeAnalyzer": {},
    "Returns": {},
    "LogReturnsRolling": {"timeframe": bt.TimeFrame.Days},
    "TimeReturn": {},
    "AnnualReturn": {},
    "SQN": {},
    "VWR": {},
    "Transactions": {},
    "PositionsValue": {"cash": True},
    "GrossLeverage": {},
    "PyFolio": {},
}
OBSERVERS = ("Broker", "Cash", "Value", "Trades", "BuySell", "DrawDown", "TimeReturn", "FundValue", "DataTrades")


def equipped(sizer=None):
    def add(cerebro):
        for name, words in ANALYZERS.items():
            cerebro.addanalyzer(getattr(bt.analyzers, name), _name=name, **words)
        for name in OBSERVERS:
            cerebro.addobserver(getattr(bt.observers, name))
        cerebro.addwriter(bt.WriterFile, csv=True, out=io.StringIO())
        if sizer:
            cerebro.addsizer(getattr(bt.sizers, sizer[0]), **sizer[1])

    return add


def flat(analysis, path=""):
    """Return an analysis as (path, number or text) pairs."""
    if hasattr(analysis, "items"):
        return [pair for key, value in analysis.items() for pair in flat(value, f"{path}/{key}")]
    if isinstance(analysis, list | tuple):
        return [pair for i, value in enumerate(analysis) for pair in flat(value, f"{path}/{i}")]
    return [(path, float(analysis) if isinstance(analysis, int | float) else str(analysis))]


def lines_of(strategy):
    """Return every line of every observer, drawn or not."""
    return [np.array(line.array, dtype=float) for observer in strategy.observers for line in observer.lines]


USERS = {
    "crossing, fixed size": (Crossing, ("FixedSize", {"stake": 700})),
    "crossing, percent of cash": (Crossing, ("PercentSizerInt", {"percents": 40})),
    "crossing, all in": (Crossing, ("AllInSizerInt", {"percents": 95})),
    "targets in percent": (Targets, None),
}


@pytest.mark.parametrize("name", USERS)
def test_strategies_analyzers_observers_and_writers_of_a_user(name):
    strategy, sizer = USERS[name]
    panel = market(11, sessions=80)
    add = equipped(sizer)  # boards of the north: from 100 shares in steps of 1, as sizers count
    mine = ours_of(panel, 100_000.0, 0.0, strategy, bt.Cerebro, add=add, boards=Board.BSE)
    stock = plain_broker(100_000.0, 0.0, checksubmit=False)
    theirs = played(bt.Cerebro(stdstats=False), stock, stock_feeds(panel), strategy, add=add)
    for analyzer in ANALYZERS:
        pairs = [flat(s.analyzers.getbyname(analyzer).get_analysis()) for s in (mine, theirs)]
        assert pairs[0], analyzer
        assert_alike(*pairs)
    assert mine.analyzers.TradeAnalyzer.get_analysis().total.total >= 3
    for drawn, expected in zip(lines_of(mine), lines_of(theirs), strict=True):
        np.testing.assert_allclose(drawn, expected, rtol=1e-9, atol=1e-9)
    assert mine.broker.journal.tables()["refusals"]["reason"] == []
