"""Every class of `bt.indicators` on panel feeds gives what it gives on backtrader's own feeds, NaN for NaN.

The reference is stock backtrader on `PandasData`, in the same mode: its own modes differ here and there.
"""

import inspect
import operator

import backtrader as bt
import numpy as np
import pytest
from broker.gambling import is_quick, stock_feeds
from broker.test_native import market
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of

PANEL = market(1, sessions=100, securities=2)
ABSTRACT = {
    *("Indicator", "OperationN", "BaseApplyN", "PeriodN", "MovingAverageBase", "OscillatorMixIn"),
    "OLS_BetaN",  # asks for pandas.ols, which pandas no longer has
}
SPECIAL = {
    "ApplyN": lambda first, _: bt.ind.ApplyN(first, func=max, period=3),
    "ReduceN": lambda first, _: bt.ind.ReduceN(first, function=operator.add, period=4),
    "FindFirstIndex": lambda first, _: bt.ind.FindFirstIndex(first, _evalfunc=max, period=7),
    "FindLastIndex": lambda first, _: bt.ind.FindLastIndex(first, _evalfunc=min, period=7),
    "DV2": lambda first, _: bt.ind.DV2(first, period=20),
    "Oscillator": lambda first, _: bt.ind.Oscillator(bt.ind.SMA(first, period=5)),
    "ExponentialSmoothingDynamic": lambda first, _: _smoothed(bt.ind.ExponentialSmoothingDynamic, first),
    "ExpSmoothingDynamic": lambda first, _: _smoothed(bt.ind.ExpSmoothingDynamic, first),
}
"""Those that cannot be made of feeds alone."""


def _smoothed(kind, data):
    return kind(data, alpha=(data.close / data.close) * 0.2, period=5)


def _on_feeds(kind):
    return lambda *feeds: kind(*feeds[: max(kind._mindatas, 1)])


def _kinds():
    """Return name -> maker of every indicator of backtrader, once for each class."""
    members = inspect.getmembers(bt.indicators, lambda it: inspect.isclass(it) and issubclass(it, bt.Indicator))
    classes = {kind.__name__: kind for _, kind in members if kind.__module__.startswith("backtrader")}
    makers = {name: SPECIAL.get(name) or _on_feeds(kind) for name, kind in classes.items() if name not in ABSTRACT}
    return dict(sorted(makers.items()))


KINDS = _kinds()


def is_stepped(name):
    """Tell whether an indicator switches the whole run to steps."""
    return name.lower().startswith(("heikin", "had"))


ALL = [name for name in KINDS if not is_stepped(name)]
OWN = [name for name in ALL if not getattr(bt.indicators, name).aliased]  # without second names of one class
STEPPED = [name for name in KINDS if is_stepped(name)]
WITH_NEXT = [name for name in OWN if getattr(bt.indicators, name).once.__name__ == "once_via_next"]


class Looking(bt.Strategy):
    """Makes indicators by name and writes down every line of each at every session."""

    params = (("names", ()),)

    def __init__(self):
        self.made = {name: KINDS[name](*self.datas) for name in self.p.names}
        self.log = []

    def prenext(self):
        self.next()

    def next(self):
        self.log.append([line[0] for indicator in self.made.values() for line in indicator.lines])


def lines_of(engine, feeds, names, options):
    """Return every line of every indicator, (T, lines), whether the run was quick, and the columns by name."""
    # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
    cerebro = engine(stdstats=False)
    for feed in feeds:
        cerebro.adddata(feed)
    cerebro.addstrategy(Looking, names=names)
    strategy = cerebro.run(**options)[0]
    owners = [name for name, indicator in strategy.made.items() for _ in indicator.lines]
    return np.array(strategy.log, dtype=float), is_quick(cerebro), owners


MODES = [{}, {"runonce": False}, {"preload": False}, {"exactbars": -1}]
_STEPPED = [*((OWN, options) for options in MODES[1:]), *((STEPPED, options) for options in MODES[1:])]
RUNS = [(ALL, {}), (STEPPED, {}), *(pytest.param(*run, marks=pytest.mark.slow) for run in _STEPPED)]


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # statsmodels, on a pair that moves together
@pytest.mark.parametrize(("names", "options"), RUNS)
def test_every_indicator_gives_what_stock_backtrader_gives(names, options):
    expected, _, owners = lines_of(bt.Cerebro, stock_feeds(PANEL), names, options)
    for engine in (PanelCerebro, bt.Cerebro):
        got, quick, _ = lines_of(engine, feeds_of(PANEL), names, options)
        wrong = {
            owners[i] for i in np.flatnonzero(~((got == expected) | (np.isnan(got) & np.isnan(expected))).all(axis=0))
        }
        assert got.shape == expected.shape
        assert not wrong
        assert quick == (engine is PanelCerebro and options == {} and names is ALL)
    seen = np.asarray(np.isfinite(expected).any(axis=0))
    assert seen.mean() > 0.97, [owner for owner, is_seen in zip(owners, seen, strict=True) if not is_seen]


@pytest.mark.parametrize("name", WITH_NEXT)
def test_an_indicator_with_next_alone_in_the_run(name):
    """Alone, it finds no feed that another one has moved and put back."""
    expected, *_ = lines_of(bt.Cerebro, stock_feeds(PANEL), [name], {})
    got, quick, _ = lines_of(PanelCerebro, feeds_of(PANEL), [name], {})
    np.testing.assert_array_equal(got, expected)
    assert quick


def test_none_is_left_out():
    assert len(KINDS) > 300
    assert {"ParabolicSAR", "LaguerreRSI", "LaguerreFilter", "DicksonMovingAverage", "ZeroLagIndicator"} <= set(ALL)
    assert {"HurstExponent", "KnowSureThing", "HeikinAshi"} <= set(KINDS)
    assert len(WITH_NEXT) >= 6
    assert "HeikinAshi" in STEPPED


# ---- a user's own ----------------------------------------------------------------------------------------------------


class Mean(bt.Indicator):
    """Only `next`."""

    lines = ("mean",)
    params = (("period", 5),)

    def __init__(self):
        self.addminperiod(self.p.period)

    def next(self):
        # pyrefly: ignore[missing-attribute]  backtrader turns the tuple into an object of its own
        self.lines.mean[0] = sum(self.data.get(size=self.p.period)) / self.p.period


class Gap(bt.Indicator):
    """Only `next`, over both feeds, lines of feeds and another such indicator; `prenext` and `nextstart` too."""

    lines = ("gap", "calls")
    _mindatas = 2

    def __init__(self):
        # pyrefly: ignore[bad-argument-count, unexpected-keyword]  backtrader's metaclass passes arguments on
        self.own = Mean(self.data1, period=4)
        # pyrefly: ignore[bad-argument-count, unexpected-keyword]  backtrader's metaclass passes arguments on
        self.of_mean = Mean(self.own, period=3)
        self.count = 0

    def prenext(self):
        # pyrefly: ignore[missing-attribute]  backtrader turns the tuple into an object of its own
        self.lines.calls[0] = -1.0

    def nextstart(self):
        self.count += 100
        self.next()

    def next(self):
        self.count += 1
        # pyrefly: ignore[missing-attribute]  backtrader turns the tuple into an object of its own
        self.lines.calls[0] = self.count
        past = self.data0.close[-1] + self.data0_high[0] + self.data1.volume[-2]
        # pyrefly: ignore[missing-attribute]  backtrader turns the tuple into an object of its own
        self.lines.gap[0] = past + self.of_mean[0] - self.own[-1] + len(self.data0) * len(self.data1)


class Using(Looking):
    def __init__(self):
        super().__init__()
        first, second = self.datas
        # pyrefly: ignore[bad-argument-count]  backtrader's metaclass passes arguments on
        mixed = bt.If(first.close > second.close, first.high, Mean(second))
        both = bt.And(first.close > first.open, second.close > second.open(-1))
        self.made = {
            # pyrefly: ignore[bad-argument-count]  backtrader's metaclass passes arguments on
            "mean": Mean(first),
            # pyrefly: ignore[bad-argument-count, unexpected-keyword]  backtrader's metaclass passes arguments on
            "of a line": Mean(first.low, period=3),
            # pyrefly: ignore[bad-argument-count]  backtrader's metaclass passes arguments on
            "gap": Gap(first, second),
            # pyrefly: ignore[bad-argument-count]  backtrader's metaclass passes arguments on
            "of an average": Mean(bt.ind.SMA(second, period=6)),
            # pyrefly: ignore[bad-argument-count, unexpected-keyword]  backtrader's metaclass passes arguments on
            "if": Mean(bt.Max(mixed, second.low), period=2),
            "and": bt.ind.CumulativeSum(both),
            "any": bt.Any(first.close > second.close, both),
            "fractal": bt.studies.Fractal(first),
            "delayed": second.close(-3) - first.close(-1),
        }


@pytest.mark.parametrize("options", [*MODES, {"exactbars": 1}])
@pytest.mark.parametrize("engine", [PanelCerebro, bt.Cerebro])
def test_a_users_own_indicators(engine, options):
    def rows(engine, feeds):
        # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
        cerebro = engine(stdstats=False)
        for feed in feeds:
            cerebro.adddata(feed)
        cerebro.addstrategy(Using)
        done = cerebro.run(**options)[0]
        flat = [[line[0] for it in done.made.values() for line in getattr(it, "lines", [it])]]
        return np.array([*done.log, *flat], dtype=float), is_quick(cerebro)

    expected, _ = rows(bt.Cerebro, stock_feeds(PANEL))
    got, quick = rows(engine, feeds_of(PANEL))
    np.testing.assert_array_equal(got, expected)
    assert np.isfinite(expected[-1]).mean() > 0.8
    assert quick == (engine is PanelCerebro and options == {})


def test_worked_means():
    """Five closes by hand, in every engine."""
    for engine in (PanelCerebro, bt.Cerebro):
        for options in MODES:
            # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
            cerebro = engine(stdstats=False)
            for feed in feeds_of(PANEL):
                cerebro.adddata(feed)
            cerebro.addindicator(Mean)
            done = cerebro.run(**options)[0]
            assert done.getindicators()[0].mean[0] == sum(PANEL["close"][-5:, 0].tolist()) / 5
