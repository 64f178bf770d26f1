"""Random markets, a strategy that gambles and logs all it sees, and runs that must be alike.

The reference is stock backtrader on one `PandasData` per security, filled by pandas.
"""

import datetime as dt

import backtrader as bt
import numpy as np
import pandas as pd
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import SharedLine, feeds_of
from liangrong.core.panel.panel import Panel

FIELDS = ("open", "high", "low", "close", "volume")


def market(seed=0, shape=(45, 5), holes=0.06):
    """Random prices; each security has suspensions, the last one is listed after a fifth of the sessions."""
    rng = np.random.default_rng(seed)
    close = np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, shape), axis=0)), 2)
    opened = np.round(close * np.exp(rng.normal(0.0, 0.01, shape)), 2)
    high = np.maximum(close, opened) + np.round(rng.random(shape) * 0.1, 2)
    low = np.minimum(close, opened) - np.round(rng.random(shape) * 0.1, 2)
    gap = rng.random(shape) < holes
    gap[: shape[0] // 5, -1] = shape[1] > 1
    values = (opened, high, low, close, rng.integers(100, 1000, shape).astype(float))
    sessions = np.busday_offset("2021-03-01", np.cumsum(rng.integers(1, 3, shape[0])), roll="forward")
    fields = {name: np.where(gap, np.nan, field) for name, field in zip(FIELDS, values, strict=True)}
    return Panel(sessions=sessions, symbols=tuple(f"60{j:04d}.SH" for j in range(shape[1])), fields=fields)


def stock_feeds(panel):
    """backtrader's own way: one filled frame per security."""
    feeds = []
    for j, symbol in enumerate(panel.symbols):
        frame = pd.DataFrame({name: panel[name][:, j] for name in FIELDS}, index=pd.DatetimeIndex(panel.sessions))
        close, halted = frame["close"].ffill(), frame["close"].isna()
        for name in FIELDS[:4]:
            frame[name] = frame[name].fillna(close)
        frame["volume"] = frame["volume"].mask(halted & close.notna(), 0.0)
        frame["openinterest"] = 0.0
        feeds.append(bt.feeds.PandasData(dataname=frame, name=symbol))
    return feeds


class Gambler(bt.Strategy):
    """Trades at random, by prices, indicators and its account, and writes down all that it sees."""

    params = (("seed", 0), ("period", 6), ("shorts", False))

    def __init__(self):
        self.rng = np.random.default_rng(self.p.seed)
        self.log = []
        self.average = [bt.ind.SMA(data.close, period=self.p.period) for data in self.datas]
        self.strength = [bt.ind.RSI(data, period=5, safediv=True) for data in self.datas]
        self.spread = self.datas[0].close - self.datas[0].open(-1)

    def prenext(self):
        self.log.append(("prenext", len(self)))

    def nextstart(self):
        self.log.append(("nextstart", len(self)))
        self.next()

    def notify_order(self, order):
        done = order.executed
        row = (order.ref - self.first_ref(order), order.data._name, order.getstatusname(), order.isbuy())
        self.log.append((*row, done.dt, done.size, done.price, done.comm, done.pnl))

    def first_ref(self, order):
        self.ref0 = getattr(self, "ref0", order.ref)
        return self.ref0

    def notify_trade(self, trade):
        self.log.append(
            (trade.data._name, trade.size, trade.price, trade.pnl, trade.pnlcomm, trade.barlen, trade.status)
        )

    def notify_cashvalue(self, cash, value):
        self.log.append(("account", cash, value))

    def next(self):
        for j, data in enumerate(self.datas):
            window = list(data.close.get(size=5))
            self.log.append((len(data), data.datetime.date(0), data.open[0], data.close[-1], window, data.volume[0]))
            self.log.append((self.average[j][0], self.average[j][-1], self.strength[j][0], self.spread[0]))
        for _ in range(2):
            self.order_something()

    def order_something(self):
        data = self.datas[self.rng.integers(len(self.datas))]
        kind, size, draw = self.rng.integers(5), int(self.rng.integers(1, 20)), self.rng.random()
        price = data.close[0]
        if price != price:
            return
        held = self.getposition(data).size
        if draw < 0.4 and (held > 0 or self.p.shorts):
            self.sell(data, size=size if self.p.shorts else min(size, held))
        elif kind == 0:
            self.buy(data, size=size, exectype=bt.Order.Limit, price=price * 0.99, valid=dt.timedelta(days=3))
        elif kind == 1:
            self.buy(data, size=size, exectype=bt.Order.Stop, price=price * 1.01)
        elif kind == 2:
            self.buy(data, size=size, exectype=bt.Order.Close)
        elif kind == 3:
            self.buy_bracket(data, size=size, price=price, stopprice=price * 0.95, limitprice=price * 1.05)
        else:
            self.order_target_percent(data, target=draw / 4)


def finished(cerebro, feeds, strategy=Gambler, adjust=None, run=None, **params):
    """Run and return the engine and its first strategy."""
    for feed in feeds:
        cerebro.adddata(feed)
    cerebro.broker.setcash(5000.0)
    cerebro.broker.setcommission(0.001)
    cerebro.addstrategy(strategy, **params)
    if adjust:
        adjust(cerebro)
    return cerebro, cerebro.run(**(run or {}))[0]


def assert_same_run(panel, strategy=Gambler, adjust=None, stock_run=None, panel_run=None, **params):
    """Run stock backtrader on stock feeds and a PanelCerebro on panel feeds; return the latter."""
    stock = finished(bt.Cerebro(stdstats=False), stock_feeds(panel), strategy, adjust, stock_run, **params)
    ours = finished(PanelCerebro(), feeds_of(panel), strategy, adjust, panel_run, **params)
    assert repr(ours[1].log) == repr(stock[1].log)
    assert repr(ours[0].broker.getvalue()) == repr(stock[0].broker.getvalue())
    return ours


def is_quick(cerebro):
    return all(isinstance(feed.close, SharedLine) for feed in cerebro.datas)


class Buyer(bt.Strategy):
    def __init__(self):
        self.log = []

    def next(self):
        self.buy(self.datas[len(self) % len(self.datas)], size=1)
        self.log.append((len(self), self.broker.getvalue(), self.broker.getcash()))
