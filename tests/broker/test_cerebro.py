"""PanelCerebro against stock backtrader: the same orders, cash and value to the last digit, whatever is switched on."""

import datetime as dt
import gc
import io
from importlib.metadata import version

import backtrader as bt
import pytest
from broker.gambling import Buyer, Gambler, assert_same_run, finished, is_quick, market, stock_feeds
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import PanelFeed, feeds_of
from liangrong.core.errors import ConfigError


def test_backtrader_is_the_version_whose_private_methods_are_replaced():
    assert version("backtrader") == bt.__version__ == "1.9.78.123", (
        "PanelCerebro, PanelBackBroker and PanelFeed replace private methods of backtrader 1.9.78.123: compare "
        "Cerebro._runonce, Strategy._oncepost, BackBroker.next and _get_value with the new ones before moving the pin"
    )


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])  # a seed does not shrink
@given(st.integers(0, 10_000), st.booleans())
def test_random_markets_end_alike_to_the_last_digit(seed, shorts):
    cerebro, strategy = assert_same_run(market(seed), seed=seed, shorts=shorts)
    assert is_quick(cerebro)
    assert sum("Completed" in row for row in strategy.log) > 5


@pytest.mark.parametrize("run", [{"oldsync": True}, {"lookahead": 2}, {"quicknotify": True}, {"tradehistory": True}])
def test_other_options_of_a_run(run):
    cerebro, _ = assert_same_run(market(4), stock_run=run, panel_run=run, seed=4)
    assert is_quick(cerebro) == (not {"oldsync", "lookahead"} & run.keys())


def test_one_security():
    assert is_quick(assert_same_run(market(5, (40, 1)), seed=5)[0])


@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_few_sessions(sessions):
    _, strategy = assert_same_run(market(5, (sessions, 2), holes=0.0), Buyer)
    assert len(strategy.log) == sessions


def test_minimum_period_is_that_of_the_slowest_security():
    class Waiting(bt.Strategy):
        def __init__(self):
            self.log, self.slow = [], bt.ind.SMA(self.datas[1], period=11)

        def prenext(self):
            self.log.append(("prenext", len(self), self._minperstatus))

        def nextstart(self):
            self.log.append(("nextstart", len(self), self._minperstatus, self.slow[0]))

        def next(self):
            self.log.append(("next", len(self), self._minperstatus, self.slow[0]))

    _, strategy = assert_same_run(market(6), Waiting)
    assert [row[:2] for row in strategy.log[9:12]] == [("prenext", 10), ("nextstart", 11), ("next", 12)]


def test_analyzers_and_observers():
    def watched(cerebro):
        for analyzer in ("DrawDown", "TradeAnalyzer", "TimeReturn", "SQN", "PositionsValue", "Transactions"):
            cerebro.addanalyzer(getattr(bt.analyzers, analyzer))
        for observer in ("Broker", "Value", "DrawDown", "TimeReturn", "Trades"):
            cerebro.addobserver(getattr(bt.observers, observer))
        cerebro.addobservermulti(bt.observers.BuySell)

    class Watched(Gambler):
        def stop(self):
            for observer in self.getobservers():
                self.log.append([list(line.array) for line in observer.lines])
            self.log += [analyzer.get_analysis() for analyzer in self.analyzers]

    panel = market(7, holes=0.0)
    panel = panel.select(panel.symbols[:4])
    cerebro, strategy = assert_same_run(panel, Watched, watched, seed=7)
    assert is_quick(cerebro)
    assert len(strategy.analyzers._items) == 6


class Timed(Gambler):
    def start(self):
        self.add_timer(bt.timer.SESSION_START, cheat=True)
        self.add_timer(dt.time(0, 0), weekdays=[1, 3], weekcarry=True, monthdays=[5], monthcarry=True)

    def notify_timer(self, timer, when):
        self.log.append(("timer", timer.p.cheat, when, len(self), len(self.data)))
        if timer.p.cheat and len(self.data) % 4 == 0:
            self.buy(self.data, size=1)


def test_timers():
    _, strategy = assert_same_run(market(8), Timed, seed=8)
    assert {row[1] for row in strategy.log if row[0] == "timer"} == {True, False}


def test_cheat_on_open():
    class Early(Gambler):
        def next_open(self):
            self.log.append(("open", len(self), len(self.data), self.data.open[0]))
            self.buy(self.data, size=2)

        def nextstart_open(self):
            self.log.append("first open")

        def prenext_open(self):
            self.log.append("no open yet")

    run = {"cheat_on_open": True}
    _, strategy = assert_same_run(market(9), Early, stock_run=run, panel_run=run, seed=9)
    assert "no open yet" in strategy.log


@pytest.mark.parametrize("where", ["next", "next_open", "notify_order"])
def test_runstop(where):
    def stop(self, *_):
        self.log.append("stop")
        if len(self.data) > 12:
            self.env.runstop()
        elif where != "notify_order":
            self.buy(self.data, size=3)  # what is held and pending at the stop tells whether a session was run on

    run = {"cheat_on_open": where == "next_open", "quicknotify": True}
    stopping = type("Stopping", (Gambler,), {where: stop} if where != "next" else {"order_something": stop})
    cerebro, strategy = assert_same_run(market(10), stopping, stock_run=run, panel_run=run, seed=10)
    assert is_quick(cerebro)
    assert 12 < len(strategy.data) < 45
    assert strategy.log[-1] == "stop" or where == "notify_order"


def test_writers():
    texts = {}

    def writing(cerebro):
        texts[type(cerebro)] = io.StringIO()
        cerebro.addwriter(bt.WriterFile, csv=True, out=texts[type(cerebro)], rounding=6)

    panel = market(11, (20, 2))
    assert_same_run(panel, adjust=writing, seed=11)
    stock, ours = (texts[engine].getvalue().splitlines() for engine in (bt.Cerebro, PanelCerebro))
    dropped = [i for i, name in enumerate(ours[1].split(",")) if name == "suspended"]
    assert len(dropped) == 2
    cells = [[cell for i, cell in enumerate(row.split(",")) if i not in dropped] for row in ours[1:22]]
    assert cells == [row.split(",") for row in stock[1:22]]
    assert ours[22:] == stock[22:]


def test_two_strategies_share_the_account():
    _, strategy = assert_same_run(market(12), adjust=lambda cerebro: cerebro.addstrategy(Gambler, seed=99), seed=12)
    assert len(strategy.cerebro.runstrats[0]) == 2


def test_an_own_minimum_period_status_is_respected():
    class Eager(Gambler):
        def _getminperstatus(self):
            self._minperstatus = -1 if len(self) > 9 else 1
            return self._minperstatus

    assert is_quick(assert_same_run(market(13), Eager, seed=13)[0])


def test_the_strategy_is_left_as_it_was():
    cerebro, strategy = finished(PanelCerebro(), feeds_of(market(13)))
    assert "_getminperstatus" not in vars(strategy)
    assert strategy.lines.datetime.array.tolist() == cerebro.datas[0].bars.clock.dates.tolist()
    assert not cerebro._is_looping


class Stepped(bt.Indicator):
    """An indicator that only knows `next` and asks for it, as HeikinAshi does."""

    _nextforce = True
    lines = ("total",)

    def __init__(self):
        self.total = 0.0

    def next(self):
        self.total += self.data.close[0]
        # pyrefly: ignore[missing-attribute]  backtrader turns the tuple into an object of its own
        self.lines.total[0] = self.total


def test_an_indicator_that_must_be_stepped():
    class Counting(Gambler):
        def __init__(self):
            super().__init__()
            # pyrefly: ignore[bad-argument-count]  backtrader's metaclass passes arguments on
            self.total = Stepped(self.datas[0])
            self.candle = bt.ind.HeikinAshi(self.datas[1])

        def next(self):
            super().next()
            self.log.append((self.total[0], self.candle.ha_open[0], self.average[1][0]))

    cerebro, _ = assert_same_run(market(14), Counting, seed=14)
    assert not is_quick(cerebro)


def test_two_runs_of_one_engine():
    class Plain(Gambler):
        stepping = False

        def __init__(self):
            super().__init__()
            if self.stepping:
                # pyrefly: ignore[bad-argument-count]  backtrader's metaclass passes arguments on
                Stepped(self.data)

    cerebro, first = finished(PanelCerebro(), feeds_of(market(15)), Plain, seed=15)
    quick = is_quick(cerebro)
    Plain.stepping = True
    second = cerebro.run()[0]
    assert quick
    assert not is_quick(cerebro)
    Plain.stepping = False
    third = cerebro.run()[0]
    assert is_quick(cerebro)
    assert repr(second.log) == repr(first.log) == repr(third.log)


def test_optimisation_in_one_process():
    def values(cerebro, feeds):
        for feed in feeds:
            cerebro.adddata(feed)
        cerebro.optstrategy(Gambler, seed=[1, 2], period=[5, 8])
        cerebro.addanalyzer(bt.analyzers.TimeReturn)
        one = {} if isinstance(cerebro, PanelCerebro) else {"maxcpus": 1}  # ours takes one by itself
        return [result[0].analyzers.timereturn.get_analysis() for result in cerebro.run(**one)]

    panel = market(21)
    assert values(PanelCerebro(), feeds_of(panel)) == values(bt.Cerebro(stdstats=False), stock_feeds(panel))


def test_optimisation_over_processes_is_refused():
    cerebro = PanelCerebro()
    cerebro.adddata(feeds_of(market())[0])
    cerebro.optstrategy(Gambler, seed=[1, 2])
    with pytest.raises(ConfigError, match=r"`maxcpus` should be 1 in a PanelCerebro.*got 2; run\(maxcpus=1\)"):
        cerebro.run(maxcpus=2)


@pytest.mark.parametrize("frozen_before", [False, True])
@pytest.mark.slow
def test_the_collector_is_left_as_it_was(frozen_before):
    counts = []

    class Looking(bt.Strategy):
        def nextstart(self):
            counts.append(gc.get_freeze_count())

    if frozen_before:
        gc.freeze()
    before = gc.get_freeze_count()
    try:
        finished(PanelCerebro(), feeds_of(market(27)), Looking)
        assert counts[0] > 0
        assert (gc.get_freeze_count() > 0) == frozen_before
        assert gc.get_freeze_count() <= before
    finally:
        gc.unfreeze()


def test_an_error_in_a_strategy_leaves_nothing_behind():
    class Failing(bt.Strategy):
        def next(self):
            raise RuntimeError("mine")

    cerebro = PanelCerebro()
    with pytest.raises(RuntimeError, match="mine"):
        finished(cerebro, feeds_of(market(28)), Failing)
    assert gc.get_freeze_count() == 0
    assert not cerebro._is_looping
    assert isinstance(cerebro.datas[0], PanelFeed)
