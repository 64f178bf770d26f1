"""PanelFeed: values, suspensions and listings against pandas; shared lines against backtrader's own."""

import datetime as dt
import gc
from array import array

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import PanelBars, PanelFeed, SharedLine, feeds_of
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.panel import Panel

T, N = 40, 4
LINES = ("close", "low", "high", "open", "volume", "openinterest", "datetime", "suspended")


def panel_of(**replaced):
    """Four securities without a gap; `replaced` fields take the place of the random ones, None removes one."""
    rng = np.random.default_rng(7)
    close = 10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (T, N)), axis=0))
    fields = {"close": close, "open": close * 0.99, "high": close * 1.02, "low": close * 0.98}
    fields["volume"] = rng.integers(1, 1000, (T, N)).astype(float)
    fields = {name: values for name, values in (fields | replaced).items() if values is not None}
    sessions = np.busday_offset("2020-01-01", np.arange(T), roll="forward")
    return Panel(sessions=sessions, symbols=("600000.SH", "000001.SZ", "300750.SZ", "688981.SH"), fields=fields)


def with_gaps():
    """Column 1 stops for rows 10-14, its open is lost on row 20; column 2 starts on row 8; 3 is flagged on row 5."""
    panel = panel_of()
    fields = {name: panel[name].copy() for name in panel.fields}
    for values in fields.values():
        values[10:15, 1] = np.nan
        values[:8, 2] = np.nan
    fields["open"][20, 1] = np.nan
    fields["suspended"] = np.zeros((T, N))
    fields["suspended"][5, 3] = 1.0
    return panel_of(**fields)


def line_of(feed, name):
    """The whole line, as an indicator sees it, after an ordinary preload."""
    feed.reset()
    feed.start()
    feed.preload()
    return np.array(getattr(feed, name).array)


def test_feeds_carry_name_column_and_panel():
    panel = panel_of()
    feeds = feeds_of(panel)
    assert [feed._name for feed in feeds] == list(panel.symbols)
    assert [feed.index for feed in feeds] == [0, 1, 2, 3]
    assert all(feed.panel is panel and isinstance(feed, PanelFeed) for feed in feeds)
    assert len({id(feed.bars) for feed in feeds}) == 1


@pytest.mark.parametrize("collecting", [True, False])
def test_the_collector_is_on_after_as_before(collecting):
    try:
        if not collecting:
            gc.disable()
        feeds_of(panel_of())
        assert gc.isenabled() == collecting
    finally:
        gc.enable()


def test_panel_without_securities_gives_no_feeds():
    assert feeds_of(panel_of().select([])) == []


def test_twin_is_what_the_constructor_makes():
    feeds = feeds_of(panel_of())
    # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
    built = PanelFeed(dataname=feeds[0].bars, column=2)
    twin = feeds[2]
    assert vars(twin).keys() == vars(built).keys()
    assert vars(twin.params) | {"column": 2} == vars(built.params)
    assert [type(line) for line in twin.lines.lines] == [type(line) for line in built.lines.lines]
    for name in LINES:
        line, other = getattr(twin, name), getattr(feeds[1], name)
        assert line is getattr(twin.lines, name)
        assert line is not other
        assert vars(line).keys() == vars(getattr(built, name)).keys()
        assert line.lines == [line]
        assert line._owner is twin
    own = ("lines", "params", "plotinfo", "plotlines", "notifs", "_filters", "_ffilters", "_barstack", "_barstash")
    assert all(getattr(twin, name) is not getattr(feeds[1], name) for name in own)
    assert twin.line1 is twin.line_1 is twin.lines[1]


def test_settings_of_one_feed_leave_the_others_alone():
    first, second = feeds_of(panel_of())[:2]
    second.plotinfo.plot = False
    second.p.fromdate = dt.datetime(2020, 2, 1)
    second.addfilter(bt.filters.SessionFilter)
    assert first.plotinfo.plot
    assert first.is_unfiltered
    assert not second.is_unfiltered


def test_lines_without_gaps_are_the_panels_own_memory():
    panel = panel_of()
    seen = []

    class Look(bt.Strategy):
        def next(self):
            lines = {name: np.asarray(getattr(self.data1, name).array) for name in LINES[:5]}
            seen.extend(np.shares_memory(line, panel[name]) for name, line in lines.items())

    cerebro = PanelCerebro()
    for feed in feeds_of(panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(Look)
    cerebro.run()
    assert len(seen) == 5 * T
    assert all(seen)


@pytest.mark.parametrize("column", range(N))
def test_gaps_are_filled_as_pandas_would(column):
    panel = with_gaps()
    frame = pd.DataFrame({name: panel[name][:, column] for name in ("open", "high", "low", "close", "volume")})
    halted = frame["close"].isna() | (panel["suspended"][:, column] == 1.0)
    close = frame["close"].ffill()
    feed = feeds_of(panel)[column]
    np.testing.assert_array_equal(line_of(feed, "close"), close)
    for name in ("open", "high", "low"):
        np.testing.assert_array_equal(line_of(feed, name), frame[name].mask(halted).fillna(close))
    np.testing.assert_array_equal(line_of(feed, "volume"), frame["volume"].mask(halted & close.notna(), 0.0))
    np.testing.assert_array_equal(line_of(feed, "suspended"), halted.astype(float))
    np.testing.assert_array_equal(line_of(feed, "openinterest"), np.zeros(T))


def test_worked_gap():
    panel, feeds = with_gaps(), feeds_of(with_gaps())
    close = line_of(feeds[1], "close")
    assert set(close[10:15]) == {panel["close"][9, 1]}
    assert line_of(feeds[1], "open")[12] == panel["close"][9, 1]
    assert list(line_of(feeds[1], "suspended")[9:16]) == [0, 1, 1, 1, 1, 1, 0]
    assert list(line_of(feeds[1], "volume")[10:15]) == [0, 0, 0, 0, 0]
    assert line_of(feeds[1], "open")[20] == panel["close"][20, 1]
    assert np.isnan(line_of(feeds[2], "close")[:8]).all()
    assert np.isnan(line_of(feeds[2], "volume")[:8]).all()
    assert line_of(feeds[3], "high")[5] == panel["close"][5, 3]


def test_index_that_has_closes_only():
    panel = panel_of(open=None, high=None, low=None, volume=None)
    feed = feeds_of(panel)[0]
    for name in ("open", "high", "low", "close"):
        np.testing.assert_array_equal(line_of(feed, name), panel["close"][:, 0])
    assert np.isnan(line_of(feed, "volume")).all()


def test_dates_are_backtraders():
    panel = panel_of()
    expected = [bt.date2num(dt.datetime.combine(day, dt.time())) for day in panel.sessions.astype(object)]
    assert line_of(feeds_of(panel)[3], "datetime").tolist() == expected


class Windows(bt.Strategy):
    """What a strategy may ask a line, at every session that has a past."""

    params = (("whole", False),)

    def __init__(self):
        self.rows = []

    def next(self):
        if self.p.whole:
            self.rows.append(self.data1.close[-2])  # before the start, backtrader reads from the end
        if len(self) < 4:
            return
        line = self.data1.close
        windows = [line.get(size=3), line.get(ago=-1, size=2), line.get(), line.get(ago=0, size=0)]
        assert all(type(window) is array for window in windows)
        self.rows.append(([w.tolist() for w in windows], line[0], line[-1], self.data1[0], line.datetime(0)))
        self.rows.append((line.idx, line.lencount, len(line), len(self.data1), len(self.data1.lines)))
        self.rows.append((self.data1.datetime.date(0), self.data1.datetime.datetime(-1), self.data1.num2date()))
        self.rows.append((self.data1.close > self.data1.open, self.data1.suspended[0], line < 9.9))
        if self.p.whole:
            self.rows.append((line.getzero(1, 3).tolist(), line.getzeroval(2), line.buflen(), self.data1.buflen()))
            self.rows.append((line.plot().tolist(), line.plotrange(2, 5).tolist(), line.get(ago=-2, size=9).tolist()))


@pytest.mark.parametrize("stepped", [False, True])
def test_a_line_answers_as_backtraders_own(stepped):
    def rows_of(cerebro):
        for feed in feeds_of(with_gaps()):
            cerebro.adddata(feed)
        cerebro.addstrategy(Windows, whole=not stepped)
        strategy = cerebro.run()[0]
        assert isinstance(cerebro.datas[0].close, SharedLine) == isinstance(cerebro, PanelCerebro)
        return strategy.rows

    stock = bt.Cerebro(stdstats=False, runonce=not stepped, preload=not stepped)
    assert repr(rows_of(PanelCerebro())) == repr(rows_of(stock))


def test_shared_lines_cannot_be_moved_or_written_one_by_one():
    tried = []

    class Mover(bt.Strategy):
        def next(self):
            for move in (self.data.close.forward, self.data.close.advance, self.data.rewind):
                with pytest.raises(AttributeError):
                    move()
            with pytest.raises(TypeError, match="read-only"):
                self.data.close[0] = 1.0
            tried.append(len(self.data))

    cerebro = PanelCerebro()
    cerebro.adddata(feeds_of(panel_of())[0])
    cerebro.addstrategy(Mover)
    cerebro.run()
    assert tried == list(range(1, T + 1))


class Days(bt.Strategy):
    def __init__(self):
        self.days = []

    def next(self):
        self.days.append(self.data.datetime.date(0))


@pytest.mark.parametrize("preload", [True, False])
@pytest.mark.parametrize("engine", [bt.Cerebro, PanelCerebro])
@pytest.mark.parametrize(("first", "last"), [(5, 20), (5, None), (None, 20)])
def test_date_limits_of_a_feed_are_obeyed(engine, preload, first, last):
    panel = panel_of()
    days = panel.sessions.astype(object)
    cerebro = engine(stdstats=False, preload=preload)
    limits = {"fromdate": first and dt.datetime.combine(days[first], dt.time()), "todate": last and days[last]}
    # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
    cerebro.adddata(PanelFeed(dataname=PanelBars(panel), column=1, **limits))
    cerebro.addstrategy(Days)
    for _ in range(2):
        assert cerebro.run()[0].days == list(days[first or 0 : (last or T) + 1])


@pytest.mark.parametrize("preload", [True, False])
@pytest.mark.parametrize("engine", [bt.Cerebro, PanelCerebro])
def test_filters_of_a_feed_are_applied(engine, preload):
    def mondays_off(data):
        is_monday = data.datetime.date(0).weekday() == 0
        if is_monday:
            data.backwards()
        return is_monday

    panel = panel_of()
    feed = feeds_of(panel)[1]
    feed.addfilter(mondays_off)
    cerebro = engine(stdstats=False, preload=preload)
    cerebro.adddata(feed)
    cerebro.addstrategy(Days)
    assert cerebro.run()[0].days == [day for day in panel.sessions.astype(object) if day.weekday()]


def test_constructor_refuses_what_is_no_bars():
    with pytest.raises(ConfigError, match=r"`dataname` of a PanelFeed should be PanelBars, got Panel: use feeds_of"):
        # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
        PanelFeed(dataname=panel_of())


@pytest.mark.parametrize("column", [-1, N])
def test_constructor_refuses_a_column_outside_the_panel(column):
    with pytest.raises(ConfigError, match=rf"`column` should be in \[0, {N}\), the panel's securities, got {column}"):
        # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
        PanelFeed(dataname=PanelBars(panel_of()), column=column)


def test_panel_without_close_is_refused():
    with pytest.raises(DataError, match="the panel has no field `close`"):
        feeds_of(panel_of(close=None))
