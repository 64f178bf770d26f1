"""What backtrader's own test-suite looks at, over feeds x engines x brokers, against stock backtrader.

Each run is repeated on `PandasData` and on panel feeds, by `bt.Cerebro` and `PanelCerebro`, with backtrader's broker
and with a credit account that borrows nothing, charges nothing and knows no limits (a board whose orders count in
single shares above 100). Where a credit account cannot be what backtrader's broker is, a test says so.
"""

import io
from itertools import product
from typing import Any

import backtrader as bt
import numpy as np
import pytest
from broker.gambling import stock_feeds
from broker.test_analyzers import flat
from broker.test_native import UNLIMITED, assert_alike, charged, market
from conditions import sections
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.easy import credit_broker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.broker.refusal_summary import OrdersRefused
from liangrong.core.errors import ConfigError
from liangrong.core.types import Board

PANEL = market(12, sessions=120, securities=2)
CASH = 50_000.0
TRUTH = ("pandas", bt.Cerebro, "back")
OTHERS = [
    combo for combo in product(("pandas", "panel"), (bt.Cerebro, PanelCerebro), ("back", "credit")) if combo != TRUTH
]
WEEKS, MONTHS = bt.TimeFrame.Weeks, bt.TimeFrame.Months
QUICK = [("panel", PanelCerebro, "credit"), ("panel", PanelCerebro, "back"), ("pandas", bt.Cerebro, "credit")]
everywhere = pytest.mark.parametrize(
    "combo",
    [pytest.param(combo, marks=[pytest.mark.slow] * (combo not in QUICK)) for combo in OTHERS],
    ids=lambda c: f"{c[0]}-{c[1].__name__}-{c[2]}",
)


def engine_of(combo, feeds=2, optreturn=True):
    """Return an engine with feeds and broker, not yet run."""
    kind, engine, broker = combo
    cerebro = engine(stdstats=False, optreturn=optreturn)
    if broker == "credit":
        words: dict[str, Any] = {"boards": Board.BSE, **sections(**charged(0.0), **UNLIMITED)}
        cerebro.broker = credit_broker(PANEL, cash=CASH, **words)
    else:
        cerebro.broker.setcash(CASH)
        cerebro.broker.set_checksubmit(False)
    for feed in (stock_feeds(PANEL) if kind == "pandas" else feeds_of(PANEL))[:feeds]:
        cerebro.adddata(feed)
    return cerebro


def ran(combo, strategy, add=None, options=None, feeds=2, **params):
    cerebro = engine_of(combo, feeds)
    cerebro.addstrategy(strategy, **params)
    if add:
        add(cerebro)
    return cerebro.run(**(options or {}))[0]


class Crossing(bt.Strategy):
    """A moving average is crossed: in with 300 shares, and out; writes down all it is told."""

    params = (("period", 15), ("stake", 300))

    def __init__(self):
        self.log, self.waiting = [], None
        self.average = bt.ind.SMA(self.data, period=self.p.period)
        self.cross = bt.ind.CrossOver(self.data.close, self.average)

    def prenext(self):
        self.log.append(("prenext", len(self)))

    def nextstart(self):
        self.log.append(("nextstart", len(self), self.average[0]))
        self.next()

    def notify_order(self, order):
        if order.status in (order.Submitted, order.Accepted):
            return
        bits = [(bit.dt, bit.size, bit.price, bit.closed, bit.opened, bit.psize) for bit in order.executed.exbits]
        self.log.append(
            ("order", order.getstatusname(), order.getordername(), order.isbuy(), *map(float, sum(bits, ())))
        )
        self.waiting = None

    def notify_trade(self, trade):
        lengths = (trade.baropen, trade.barclose, trade.barlen)
        self.log.append(("trade", trade.status, trade.isclosed, *lengths, float(trade.pnl), float(trade.price)))
        self.log += [("history", e.status.status, float(e.status.size), float(e.event.size)) for e in trade.history]

    def notify_cashvalue(self, cash, value):
        self.log.append(("account", cash, value))

    def notify_fund(self, cash, value, fundvalue, shares):
        self.log.append(("fund", cash, value, fundvalue, shares))

    def next(self):
        if self.waiting is not None:
            return
        if not self.position.size and self.cross[0] > 0:
            self.waiting = self.buy(size=self.p.stake)
        elif self.position.size and self.cross[0] < 0:
            self.waiting = self.close()


@everywhere
@pytest.mark.parametrize(
    "options", [{}, {"runonce": False}, {"preload": False, "exactbars": -1}, {"tradehistory": True}]
)
def test_a_strategy(combo, options):
    expected, got = (ran(which, Crossing, options=options) for which in (TRUTH, combo))
    assert_alike(got.log, expected.log)
    assert sum(row[0] == "order" for row in expected.log) >= 6
    assert any(row[0] == "history" for row in expected.log) == ("tradehistory" in options)


@everywhere
@pytest.mark.parametrize("optreturn", [True, False])
def test_a_strategy_optimised(combo, optreturn):
    def ends(which):
        cerebro = engine_of(which, optreturn=optreturn)
        cerebro.optstrategy(Crossing, period=range(5, 40, 7), stake=[200, 300])
        cerebro.addanalyzer(bt.analyzers.TimeReturn, _name="it", timeframe=bt.TimeFrame.NoTimeFrame)
        cerebro.addanalyzer(bt.analyzers.TradeAnalyzer, _name="trades")
        told = []
        cerebro.optcallback(lambda done: told.append(len(done)))
        runs = cerebro.run(maxcpus=1)
        assert told == [1] * 10
        rows = [(run[0].params.period, run[0].params.stake) for run in runs]
        analyses = [flat(getattr(run[0].analyzers, name).get_analysis()) for run in runs for name in ("it", "trades")]
        return rows, [row for of_run in analyses for row in of_run]

    (expected, figures), (got, own) = ends(TRUTH), ends(combo)
    assert got == expected
    assert_alike(own, figures)
    assert len({value for path, value in figures if path.startswith("/None") or "T" not in path}) > 8


@everywhere
@pytest.mark.parametrize("stake", [300, 0])
def test_analyzers(combo, stake):
    frames = [bt.TimeFrame.Years, MONTHS, WEEKS, bt.TimeFrame.Days]

    def add(cerebro):
        for timeframe in frames:
            cerebro.addanalyzer(bt.analyzers.TimeReturn, timeframe=timeframe, _name=f"returns {timeframe}")
        cerebro.addanalyzer(bt.analyzers.TimeReturn, timeframe=MONTHS, data=cerebro.datas[1], _name="of a feed")
        cerebro.addanalyzer(bt.analyzers.SQN, _name="sqn")
        cerebro.addanalyzer(bt.analyzers.AnnualReturn, _name="annual")
        if type(cerebro) is bt.Cerebro:
            cerebro.addobserver(bt.observers.Broker)  # PanelCerebro brings it for those that read it

    def analyses(which):
        done = ran(which, Crossing if stake else bt.Strategy, add)
        return [flat(analyzer.get_analysis()) for analyzer in done.analyzers]

    expected, got = analyses(TRUTH), analyses(combo)
    for mine, other in zip(got, expected, strict=True):
        assert_alike(mine, other)
    assert len(expected[3]) == 120
    assert (dict(expected[5])["/trades"] >= 3.0) == (stake > 0)


class Slow(Crossing):
    """An average of the weeks or months, beside the crossing of the sessions."""

    def __init__(self):
        super().__init__()
        self.slow = bt.ind.SMA(self.datas[-1], period=2)
        self.highest = bt.ind.Highest(self.datas[-1].high, period=2)

    def next(self):
        self.log.append(
            (len(self), *map(len, self.datas), self.slow[0], self.highest[0], *self.datas[-1].close.get(size=2))
        )
        self.log.append((self.datas[-1].datetime.date(0), self.datas[-1].volume[0], self.datas[-1].open[0]))
        super().next()


@everywhere
@pytest.mark.parametrize("how", ["resampledata", "replaydata"])
@pytest.mark.parametrize(("timeframe", "compression"), [(WEEKS, 1), (WEEKS, 2), (MONTHS, 1), (bt.TimeFrame.Days, 3)])
def test_resampled_and_replayed_feeds(combo, how, timeframe, compression):
    def add(cerebro):
        getattr(cerebro, how)(cerebro.datas[0], name="slow", timeframe=timeframe, compression=compression)

    expected, got = (ran(which, Slow, add) for which in (TRUTH, combo))
    assert len(expected.log) > 200
    assert_alike(*([row for row in done.log if "fund" not in row] for done in (got, expected)))


@pytest.mark.parametrize("broker", ["back", "credit"])
@pytest.mark.parametrize("engine", [bt.Cerebro, PanelCerebro])
@pytest.mark.parametrize("kind", ["pandas", "panel"])
def test_a_feed_of_weeks_that_is_coupled_to_the_sessions(kind, engine, broker):
    """data1() has the length of data 0, and repeats the week until the next one; stock: steps only."""

    class Coupled(Slow):
        def __init__(self):
            super().__init__()
            self.pivot = self.datas[-1].close()

        def next(self):
            super().next()
            self.log.append(("pivot", len(self.pivot), self.pivot[0]))

    def add(cerebro):
        cerebro.resampledata(cerebro.datas[0], name="slow", timeframe=WEEKS)

    options = {"runonce": False}
    expected, got = (ran(which, Coupled, add, options) for which in (TRUTH, (kind, engine, broker)))
    assert_alike(*([row for row in done.log if "fund" not in row] for done in (got, expected)))
    assert sum(row[0] == "pivot" for row in expected.log) > 80


@everywhere
def test_writers(combo):
    def add(cerebro):
        cerebro.addobserver(bt.observers.Value)
        cerebro.addanalyzer(bt.analyzers.DrawDown)
        cerebro.addwriter(bt.WriterFile, csv=True, out=paper, rounding=2)

    texts = []
    for which in (TRUTH, combo):
        paper = io.StringIO()
        ran(which, Crossing, add)
        lines = paper.getvalue().splitlines()
        extra = [i for i, name in enumerate(lines[1].split(",")) if name == "suspended"]
        cells = [[cell for i, cell in enumerate(row.split(",")) if i not in extra] for row in lines[1:122]]
        texts.append((cells, [row.rstrip("0").rstrip(".") for row in lines[122:]]))
    assert texts[1] == texts[0]
    assert len(texts[0][1]) > 30


# ---- signals, timers and what else people use ------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("kind", [bt.SIGNAL_LONG, bt.SIGNAL_LONG_INV, bt.SIGNAL_LONG_ANY])
def test_signals(combo, kind):
    def values(which):
        cerebro = engine_of(which)
        cerebro.add_signal(kind, Above, period=9)
        cerebro.addsizer(bt.sizers.FixedSize, stake=200)
        cerebro.addanalyzer(bt.analyzers.TimeReturn, _name="it")
        done = cerebro.run()[0]
        return flat(done.analyzers.it.get_analysis())

    class Above(bt.Indicator):
        lines = ("signal",)
        params = (("period", 9),)

        def __init__(self):
            # pyrefly: ignore[missing-attribute]  backtrader turns the tuple into an object of its own
            self.lines.signal = self.data - bt.ind.SMA(self.data, period=self.p.period)

    expected = values(TRUTH)
    assert sum(value != 0.0 for _, value in expected) > 20
    assert_alike(values(combo), expected)


class Plain(bt.Strategy):
    """Small things that strategies do."""

    def __init__(self):
        self.log = []
        self.add_timer(bt.timer.SESSION_START, monthdays=[1], monthcarry=True)
        self.state = bt.If(self.data.close > self.data.open, self.data.high, self.data1.low)
        self.both = bt.And(self.data.close > self.data.open, self.data1.close > self.data1.close(-1))

    def notify_timer(self, timer, when, *args, **kwargs):  # noqa: ARG002 - backtrader's signature
        self.log.append(("timer", when.isoformat(), len(self)))

    def next(self):
        second = self.getdatabyname(PANEL.symbols[1])
        assert second is self.data1 is self.dnames[PANEL.symbols[1]] is self.env.datasbyname[PANEL.symbols[1]]
        day = (
            self.data.datetime.date(0),
            self.data.datetime.datetime(-1),
            self.datetime.date(),
            self.data.datetime.time(0),
        )
        self.log.append((*map(str, day), len(self.data), len(second), self.data.lines.close[-1], self.data.lines[0][0]))
        self.log.append(
            (self.data.close[-2], second.l.close[0], float(self.state[0]), float(self.both[0]), self.data1[0])
        )
        self.log.append((self.data.close.get(ago=-1, size=2).tolist(), self.data0_high[0], self.data_close[0]))
        self.log.append((self.broker.getvalue([self.data]), self.broker.getcash(), self.broker.getvalue()))
        self.log.append((float(self.getposition(second).size), float(self.positionsbyname[second._name].size)))
        if len(self) == 10:
            self.buy(data=second._name, size=200)
        if len(self) == 20:
            self.order_target_size(second._name, target=500)
        if len(self) == 30:
            self.close(second)


@everywhere
def test_small_things(combo):
    expected, got = (ran(which, Plain) for which in (TRUTH, combo))
    assert_alike(got.log, expected.log)
    assert sum(row[0] == "timer" for row in expected.log) >= 4


# ---- brokers ---------------------------------------------------------------------------------------------------------


class Partial(Crossing):
    """Keeps what is told of orders that fill in parts."""

    def notify_order(self, order):
        done = order.executed
        pending = [(bit.size, bit.price) for bit in done.iterpending()]
        self.log.append(
            (order.getstatusname(), done.size, done.remsize, done.price, done.value, done.comm, str(pending))
        )
        if not order.alive():
            self.waiting = None


@pytest.mark.parametrize(
    "scheme", [{"commission": 2.0, "mult": 10.0, "margin": 100.0}, {"commission": 0.002}, {"leverage": 3.0}]
)
def test_fills_in_parts_and_commissions_of_futures(scheme):
    """Of backtrader's broker and ours in its place; a credit account has neither, and says where they belong."""

    def add(cerebro):
        cerebro.broker.setcommission(**scheme)
        cerebro.broker.set_filler(bt.fillers.FixedSize(size=130))

    expected = ran(TRUTH, Partial, add)
    for kind, engine in product(("pandas", "panel"), (bt.Cerebro, PanelCerebro)):
        assert_alike(ran((kind, engine, "back"), Partial, add).log, expected.log)
    assert sum(row[0] == "Partial" for row in expected.log) >= 4
    with pytest.raises(ConfigError, match="`setcommission` has no meaning for a credit account"):
        ran(("panel", PanelCerebro, "credit"), Partial, add)


class Shorting(Crossing):
    def next(self):
        if len(self) == 20:
            self.sell(size=300)


def test_a_plain_sale_of_what_is_not_held_is_a_short_position_in_stock_and_refused_in_a_credit_account():
    assert ran(("panel", PanelCerebro, "back"), Shorting).position.size == -300
    with pytest.warns(OrdersRefused, match="no_shares 1"):
        done = ran(("panel", PanelCerebro, "credit"), Shorting)
    assert done.position.size == 0
    assert [row[1] for row in done.log if row[0] == "order"] == ["Rejected"]
    assert done.broker.journal.tables()["refusals"]["reason"] == ["no_shares"]


def test_a_position_is_counted_as_backtrader_counts_it():
    """Openings, additions, reductions and closings, by hand and in the account."""
    position, steps = bt.Position(), [(300, 10.0), (200, 12.0), (-100, 11.0), (-400, 13.0)]
    rows = [position.update(size, price) for size, price in steps]
    assert rows == [(300, 10.0, 300, 0), (500, 10.8, 200, 0), (400, 10.8, 0, -100), (0, 0.0, 0, -400)]

    class Stepping(bt.Strategy):
        def __init__(self):
            self.rows = []

        def next(self):
            if len(self) in (2, 4, 6, 8):
                size = steps[len(self) // 2 - 1][0]
                (self.buy if size > 0 else self.sell)(size=abs(size))
            elif len(self) in (3, 5, 7, 9):
                self.rows.append((float(self.position.size), float(self.position.price)))

    mine, stock = (ran(("panel", PanelCerebro, broker), Stepping).rows for broker in ("credit", "back"))
    assert mine == [pytest.approx(row) for row in stock]
    assert [size for size, _ in stock] == [300.0, 500.0, 400.0, 0.0]
    assert not np.isclose(stock[1][1], stock[0][1])
