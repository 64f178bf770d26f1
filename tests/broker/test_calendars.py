"""Feeds of different days beside the credit account: an index, frames with gaps, weeks and months, and what is refused.

The reference is stock backtrader with its own broker on stock feeds. Market orders only: a stop or limit order of a
feed without a new bar is met by the bar that the decision has seen already, in stock backtrader; here it waits.
"""

from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from broker.gambling import stock_feeds
from broker.test_native import UNLIMITED, charged, market, plain_broker
from conditions import sections
from liangrong import credit_broker, panel_of_frames
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.errors import ConfigError
from liangrong.core.ideas.strategy import MarginStrategy
from liangrong.core.panel.panel import Panel
from liangrong.core.types import Board

# What these strategies are refused, by the stock broker too where it has no cash, is compared fill by fill.
pytestmark = pytest.mark.filterwarnings("ignore::liangrong.core.broker.refusal_summary.OrdersRefused")

ENGINES = [PanelCerebro, bt.Cerebro]
PANEL = market(3, sessions=50)
WEEKS, MONTHS = bt.TimeFrame.Weeks, bt.TimeFrame.Months
OPTIONS = [{}, {"runonce": False}, {"preload": False}, {"exactbars": -1}]


def frames_of(panel, lost=0.0):
    """One frame per security, each without some of the days, others for each."""
    rng = np.random.default_rng(1)
    names = ("open", "high", "low", "close", "volume")
    days = pd.DatetimeIndex(panel.sessions)
    whole = [pd.DataFrame({name: panel[name][:, j] for name in names}, index=days) for j in range(panel.shape[1])]
    return {s: frame[rng.random(len(frame)) >= lost] for s, frame in zip(panel.symbols, whole, strict=True)}


def index_of(kind):
    """An index with more days than the market, before it, after it and in between, or with fewer."""
    first, last = PANEL.sessions[[0, -1]]
    days = pd.bdate_range(first - 9, last + 9) if kind == "more" else pd.DatetimeIndex(PANEL.sessions[4:-4:3])
    close = np.linspace(3000.0, 3100.0, len(days))
    bars = dict.fromkeys(("open", "high", "low", "close"), close)
    return bt.feeds.PandasData(dataname=pd.DataFrame(bars | {"volume": 0.0}, index=days), name="index")


class Rotating(bt.Strategy):
    """Market orders by chance, one at a time for each security; writes down lengths, fills and cash."""

    params = (("names", ()),)

    def __init__(self):
        self.rng, self.log, self.waiting = np.random.default_rng(1), [], {}
        self.mine = [data for data in self.datas if data._name in self.p.names]

    def notify_order(self, order):
        if not order.alive():
            self.waiting.pop(order.data)
            done = order.executed
            self.log.append((order.data._name, order.getstatusname(), done.dt, done.size, done.price, done.pnl))

    def notify_cashvalue(self, cash, value):
        self.log.append((cash, value))

    def prenext(self):
        self.next()

    def next(self):
        self.log.append((len(self), *[len(data) for data in self.datas]))
        for data in self.mine:
            held, draw = self.getposition(data).size, self.rng.random()
            if not len(data) or data in self.waiting:
                continue
            if draw < 0.3:
                self.waiting[data] = self.buy(data, size=100)
            elif held and draw < 0.6:
                self.waiting[data] = self.sell(data, size=held)


def rotated(engine, panel, feeds, run=None, broker=None, add=None):
    cerebro = engine(stdstats=False)
    settings: dict[str, Any] = {"cash": 12_000.0, "boards": Board.MAIN, **sections(**charged(0.0), **UNLIMITED)}
    cerebro.broker = broker or credit_broker(panel, **settings)
    for feed in feeds:
        cerebro.adddata(feed)
    if add:
        add(cerebro)
    cerebro.addstrategy(Rotating, names=panel.symbols)
    log = cerebro.run(**(run or {}))[0].log
    if isinstance(cerebro.broker, CreditBroker):  # one close for each session, however many steps there were
        closes = cerebro.broker.journal.tables()["equity"]["date"]
        sessions = panel.sessions.tolist()
        assert closes == sessions[sessions.index(closes[0]) :][: len(closes)]
    return log


def assert_like(ours, theirs):
    assert len(ours) == len(theirs)
    assert sum(row[1] == "Completed" for row in theirs if len(row) == 6) > 8
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == (pytest.approx(other) if not isinstance(other[0], str) else (*other[:2], *map(near, other[2:])))


def near(x):
    return pytest.approx(x, abs=1e-9)


def stock_run(panel, feeds, run=None, add=None):
    return rotated(bt.Cerebro, panel, feeds, run, plain_broker(12_000.0, 0.0, checksubmit=False), add)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", ["more", "fewer"])
@pytest.mark.parametrize("is_first", [True, False])
def test_an_index_with_other_days(kind, is_first, options, engine):
    def beside(feeds):
        return [index_of(kind), *feeds] if is_first else [*feeds, index_of(kind)]

    mine = rotated(engine, PANEL, beside(feeds_of(PANEL)), options)
    assert_like(mine, stock_run(PANEL, beside(stock_feeds(PANEL)), options))


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("kind", ["more", "fewer", None])
def test_frames_of_unequal_days(kind, options):
    frames = frames_of(PANEL, lost=0.2)

    def feeds():
        own = [bt.feeds.PandasData(dataname=frame, name=symbol) for symbol, frame in frames.items()]
        return [index_of(kind), *own] if kind else own

    panel = panel_of_frames(frames, adjusted=True)
    expected = stock_run(panel, feeds(), options)
    for engine in ENGINES:
        assert_like(rotated(engine, panel, feeds(), options), expected)


@pytest.mark.parametrize("options", [{}, {"exactbars": 1}])
@pytest.mark.parametrize("how", ["resampledata", "replaydata"])
@pytest.mark.parametrize("timeframe", [WEEKS, MONTHS])
@pytest.mark.parametrize("last", ["2024-04-12", "2024-04-15", "2024-04-30"])  # a Friday, a Monday, a month's end
def test_weeks_and_months_beside_the_sessions(last, timeframe, how, options):
    def slow(cerebro):
        getattr(cerebro, how)(cerebro.datas[0], timeframe=timeframe, name="slow")

    days = pd.bdate_range("2024-03-04", last)
    fields = {name: PANEL[name][: len(days)] for name in PANEL.fields}
    panel = Panel(sessions=days.to_numpy().astype("datetime64[D]"), symbols=PANEL.symbols, fields=fields)
    expected = stock_run(panel, stock_feeds(panel), options, slow)
    for engine in ENGINES:
        mine = rotated(engine, panel, feeds_of(panel), options, add=slow)
        assert_like(mine, expected)
    assert expected[-1][-1] >= 2  # weeks or months seen


@pytest.mark.parametrize("timeframe", [WEEKS, MONTHS])
def test_a_security_that_is_replayed_trades_session_by_session(timeframe):
    def replayed(panel, feeds, broker):
        def add(cerebro):
            cerebro.replaydata(feeds[0], timeframe=timeframe)
            for feed in feeds[1:]:
                cerebro.adddata(feed)

        return [row[:5] for row in rotated(bt.Cerebro, panel, [], None, broker, add) if row[1] == "Completed"]

    fills = replayed(PANEL, feeds_of(PANEL), None)
    days = {bt.date2num(day): t for t, day in enumerate(PANEL.sessions.astype("datetime64[us]").astype(object))}
    assert {name for name, *_ in fills} == set(PANEL.symbols)
    for name, _, stamp, _, price in fills:
        assert price == PANEL["open"][days[stamp], PANEL.symbols.index(name)]


def test_an_order_waits_for_a_bar_of_its_own_feed():
    """Decided on the bar of Monday while the feed pauses on Tuesday: a stop below the market meets Wednesday's bar."""
    days = pd.bdate_range("2024-03-04", periods=4)
    bars = {name: [10.0, 9.0, 10.5, 10.5] for name in ("open", "high", "low", "close")} | {"volume": 1e6}
    whole = pd.DataFrame(bars, index=days)
    frames = {"600000.SH": whole, "600001.SH": whole.iloc[[0, 2, 3]]}
    fills = []

    class Stopped(bt.Strategy):
        def prenext(self):
            self.next()

        def next(self):
            if len(self) == 2:
                self.buy(self.data1, size=100, exectype=bt.Order.Stop, price=9.5)

        def notify_order(self, order):
            if order.status == order.Completed:
                fills.append((bt.num2date(order.executed.dt).date().isoformat(), order.executed.price))

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = credit_broker(panel_of_frames(frames, adjusted=True), **sections(**UNLIMITED))
    for symbol, frame in frames.items():
        cerebro.adddata(bt.feeds.PandasData(dataname=frame, name=symbol))
    cerebro.addstrategy(Stopped)
    cerebro.run()
    assert fills == [("2024-03-06", 10.5)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_may_begin_and_end_within_the_panel(engine):
    broker = credit_broker(PANEL, cash=12_000.0, **sections(**charged(0.0), **UNLIMITED))
    part = PANEL.window(PANEL.sessions[7], PANEL.sessions[40])
    mine = rotated(engine, PANEL, feeds_of(part), broker=broker)
    assert_like(mine, stock_run(part, stock_feeds(part)))
    assert broker.journal.tables()["equity"]["date"] == list(part.sessions)


# ---- what is refused, and that the advice helps ----------------------------------------------------------------------


def with_advice(match, panel, feeds, advised, run=None):
    """The feeds are refused; those that the message asks for run."""
    for engine in ENGINES:
        with pytest.raises(ConfigError, match=match):
            rotated(engine, panel, feeds(), run)
        assert len(rotated(engine, panel, advised())) > len(panel.sessions)


def test_a_session_that_no_feed_shows():
    frames = frames_of(PANEL, lost=0.2)
    panel = panel_of_frames(frames, adjusted=True)
    with_advice(
        r"no feed has a bar on 2024-\d\d-\d\d, a session of the market's panel, after .*: add the feeds of feeds_of",
        panel,
        lambda: [bt.feeds.PandasData(dataname=frames["600001.SH"], name="600001.SH")],
        lambda: feeds_of(panel),
    )


def test_a_bar_on_a_day_that_is_no_session():
    frames = frames_of(PANEL)
    panel = panel_of_frames({s: frame.drop(index=frame.index[[5]]) for s, frame in frames.items()}, adjusted=True)
    with_advice(
        r"the feed `60000\d.SH` has a bar on 2024-\d\d-\d\d, which is no session.*: add the feeds of feeds_of",
        panel,
        lambda: [bt.feeds.PandasData(dataname=frame, name=symbol) for symbol, frame in frames.items()],
        lambda: feeds_of(panel),
    )


def test_weeks_only():
    def weekly(name="600000.SH"):
        feed = feeds_of(PANEL)[0]
        feed.resample(timeframe=WEEKS)
        feed._name = name
        return [feed]

    match = "no feed is a security of the market's panel by its name, only `600000.SH`, or it is resampled: add the"
    with_advice(match, PANEL, weekly, lambda: feeds_of(PANEL) + weekly("weekly"))


def test_feeds_without_a_name():
    frames = frames_of(PANEL)
    match = "no feed is a security of the market's panel by its name, only ``, or it is resampled: add the feeds of"
    with_advice(
        match,
        PANEL,
        lambda: [bt.feeds.PandasData(dataname=frames["600000.SH"])],
        lambda: [bt.feeds.PandasData(dataname=frames["600000.SH"], name="600000.SH")],
    )


def test_two_feeds_of_one_security():
    def named(name):
        return lambda: [*feeds_of(PANEL), bt.feeds.PandasData(dataname=frames_of(PANEL)["600000.SH"], name=name)]

    with_advice("`600000.SH` has two feeds, and an account has one", PANEL, named("600000.SH"), named("signal"))


@pytest.mark.parametrize("kind", ["more", "fewer"])
@pytest.mark.parametrize("is_first", [True, False])
def test_ring_buffers_and_different_days(kind, is_first):
    """Stock backtrader ends in an IndexError here, or fills at the prices of another day."""

    def feeds():
        return [index_of(kind), *feeds_of(PANEL)] if is_first else [*feeds_of(PANEL), index_of(kind)]

    with_advice(
        "`exactbars=1` should be left out where feeds have different days", PANEL, feeds, feeds, {"exactbars": 1}
    )


@pytest.mark.parametrize("target", ["index", "slow"])
def test_an_order_to_a_feed_that_is_not_traded(target):
    class Buyer(bt.Strategy):
        def next(self):
            self.buy(self.getdatabyname(target if self.p.astray else "600000.SH"), size=100)

        params = (("astray", True),)

    for astray in (True, False):
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker = broker = credit_broker(PANEL, **sections(**UNLIMITED))
        for feed in [*feeds_of(PANEL), index_of("fewer")]:
            cerebro.adddata(feed)
        cerebro.resampledata(cerebro.datas[0], timeframe=WEEKS, name="slow")
        cerebro.addstrategy(Buyer, astray=astray)
        if astray:
            what = {"index": "is no security of the market's panel", "slow": "is resampled"}[target]
            with pytest.raises(
                ConfigError, match=f"orders cannot go to the feed `{target}`, which {what}: order through"
            ):
                cerebro.run()
        else:
            cerebro.run()
            assert len(broker.journal.tables()["fills"]["date"]) > 5


# ---- a strategy of the panel beside other feeds ----------------------------------------------------------------------


class Counting(MarginStrategy):
    """Notes the sessions it decides."""

    def prepare(self, panel):  # noqa: ARG002 - the signature of a strategy
        self.seen_days = []

    def decide(self):
        self.seen_days.append(self.t)


def decided(feeds):
    cerebro = PanelCerebro()
    cerebro.broker = credit_broker(PANEL, **sections(**UNLIMITED))
    for feed in feeds:
        cerebro.adddata(feed)
    cerebro.addstrategy(Counting)
    return cerebro.run()[0].seen_days


@pytest.mark.parametrize("kind", ["more", "fewer"])
def test_a_margin_strategy_decides_once_in_each_session(kind):
    first = 0 if kind == "more" else 4  # backtrader waits until every feed has a bar
    assert decided([*feeds_of(PANEL), index_of(kind)]) == list(range(first, 49))


def test_a_margin_strategy_wants_the_feeds_of_the_panel_first():
    match = "the feeds of a MarginStrategy should be those of feeds_of.*got `index`.*: add them first"
    for feeds in ([index_of("more"), *feeds_of(PANEL)], [index_of("more")]):
        with pytest.raises(ConfigError, match=match):
            decided(feeds)
    with pytest.raises(ConfigError, match=r"in its order, got `600001\.SH`, `600000\.SH`"):
        decided([feeds_of(PANEL)[j] for j in (1, 0)])
