"""backtrader's own analyzers and observers beside margin debt, short positions, dividends and cash flows.

What they tell adds up to the account's equity, or they are refused with the name of what does.
"""

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from broker.markets import panel
from broker.test_native import UNLIMITED
from conditions import conditions, sections
from liangrong.core.account.terms import TermSchedule
from liangrong.core.broker import analyzers
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.easy import credit_broker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.errors import ConfigError
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.rulebook import Rulebook
from liangrong.core.types import OrderKind

ENGINES = [PanelCerebro, bt.Cerebro]
DAYS = pd.bdate_range("2023-11-20", periods=60).to_numpy().astype("datetime64[D]")
RNG = np.random.default_rng(4)
CLOSE = np.round([10.0, 20.0] * np.exp(np.cumsum(RNG.normal(0.0, 0.02, (60, 2)), axis=0)), 2)
MARKET = panel(np.vstack([CLOSE[:1], CLOSE[:-1]]), CLOSE, days=DAYS)
DIVIDEND = ActionTable({20: [Action(0, 0.5, 0.1), Action(1, 0.3, 0.0)]})
BLIND = ("GrossLeverage", "PositionsValue", "PyFolio")


class Levered(bt.Strategy):
    """Buys, borrows money and shares, receives and owes dividends, moves cash in, and closes a part."""

    def prenext(self):
        self.next()

    def next(self):
        first, second = self.datas[:2]
        steps = {
            2: lambda: self.buy(first, size=8_000),
            4: lambda: self.buy(first, size=6_000, kind=OrderKind.MARGIN_BUY),
            6: lambda: self.sell(second, size=1_000, kind=OrderKind.SHORT_SELL),
            12: lambda: self.broker.add_cash(20_000.0),
            30: lambda: self.sell(first, size=2_000, kind=OrderKind.SELL_TO_REPAY),
            40: lambda: self.buy(second, size=500, kind=OrderKind.BUY_TO_RETURN),
        }
        steps.get(len(first), lambda: None)()


def levered(engine, add, strategy=Levered, market=MARKET, extra=(), **words):
    """Run; return strategy, its equity by close and all tables."""
    cerebro = engine(**words)
    cerebro.broker = broker = credit_broker(market, cash=100_000.0, **sections(**UNLIMITED), actions=DIVIDEND)
    for feed in (*feeds_of(broker.market.panel), *extra):
        cerebro.adddata(feed)
    add(cerebro)
    cerebro.addstrategy(strategy)
    done = cerebro.run()[0]
    tables = broker.journal.tables()
    return done, np.array(tables["equity"]["equity"]), tables


def analysis_of(engine, kind, extra=(), **words):
    done, equity, tables = levered(engine, lambda cerebro: cerebro.addanalyzer(kind, _name="it", **words), extra=extra)
    return done.analyzers.it.get_analysis(), equity, tables


@pytest.mark.parametrize("engine", ENGINES)
def test_the_run_has_all_that_is_to_be_seen(engine):
    _, equity, tables = levered(engine, lambda _: None)
    table = tables["equity"]
    assert max(table["principal"]) > 50_000.0
    assert max(table["short_value"]) > 10_000.0
    assert max(table["accrued"]) > 0.0
    kinds = {"buy", "margin_buy", "short_sell", "sell_to_repay", "buy_to_return"}
    assert set(tables["fills"]["kind"]) == kinds
    assert len(equity) == 60


@pytest.mark.parametrize("engine", ENGINES)
def test_positions_and_cash_are_the_equity(engine):
    rows, equity, tables = analysis_of(engine, analyzers.PositionsValue, cash=True, headers=True)
    (_, names), *rows = rows.items()
    assert names == [*MARKET.symbols, "cash"]
    np.testing.assert_allclose([sum(values) for _, values in rows], equity, rtol=1e-12)
    assert [day for day, _ in rows] == list(DAYS.astype(object))
    assert min(values[-1] for _, values in rows) < -20_000.0  # what is borrowed
    both = zip(tables["equity"]["long_value"], tables["equity"]["short_value"], strict=True)
    assert [values[:2] for _, values in rows] == [pytest.approx([long, -short]) for long, short in both]


@pytest.mark.parametrize("engine", ENGINES)
def test_positions_beside_an_index_and_before_a_listing(engine):
    late = MARKET.with_fields({n: np.where(np.arange(60)[:, None] < [0, 3], np.nan, MARKET[n]) for n in MARKET.fields})
    close = np.linspace(3000.0, 3100.0, 60)
    bars = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "volume"), close), pd.DatetimeIndex(DAYS))
    index = bt.feeds.PandasData(dataname=bars, name="index")

    def add(cerebro):
        cerebro.addanalyzer(analyzers.PositionsValue, _name="it", cash=True)

    done, equity, _ = levered(engine, add, market=late, extra=[index])
    rows = list(done.analyzers.it.get_analysis().values())
    np.testing.assert_allclose([sum(values) for values in rows], equity, rtol=1e-12)
    assert all(values[2] == 0.0 for values in rows)


@pytest.mark.parametrize("engine", ENGINES)
def test_gross_leverage_is_both_sides_over_the_equity(engine):
    rows, equity, tables = analysis_of(engine, analyzers.GrossLeverage)
    sides = np.add(tables["equity"]["long_value"], tables["equity"]["short_value"])
    np.testing.assert_allclose(list(rows.values()), sides / equity, rtol=1e-12)
    assert max(rows.values()) > 1.0
    exposure = analysis_of(engine, analyzers.Exposure)[0]["sessions"]
    assert list(rows) == list(exposure)
    assert list(rows.values()) == pytest.approx([row["leverage"] for row in exposure.values()])


@pytest.mark.parametrize("engine", ENGINES)
def test_what_pyfolio_reads(engine):
    done, equity, tables = levered(engine, lambda cerebro: cerebro.addanalyzer(analyzers.PyFolio, _name="it"))
    returns, positions, transactions, leverage = done.analyzers.it.get_pf_items()
    days = pd.DatetimeIndex(DAYS, tz="UTC", name="index")
    assert all(table.index.equals(days) for table in (returns, positions, leverage))
    np.testing.assert_allclose((1.0 + returns).cumprod() * 100_000.0, equity, rtol=1e-12)
    np.testing.assert_allclose(positions.sum(axis=1), equity, rtol=1e-12)
    assert list(positions) == [*MARKET.symbols, "cash"]
    held = positions[list(MARKET.symbols)].abs().sum(axis=1)
    np.testing.assert_allclose(leverage, held / positions.sum(axis=1), rtol=1e-12)
    fills = pd.DataFrame(tables["fills"])
    signs = np.where(fills["kind"].str.contains("buy"), 1.0, -1.0)
    assert transactions["amount"].tolist() == (signs * fills["shares"]).tolist()
    assert transactions["value"].tolist() == pytest.approx((-signs * fills["value"]).tolist())
    assert transactions["symbol"].tolist() == fills["symbol"].tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [bt.analyzers.AnnualReturn, analyzers.AnnualReturn])
def test_annual_returns_are_those_of_the_equity(kind, engine):
    rows, equity, _ = analysis_of(engine, kind)
    last = int(np.sum(np.array([str(day) for day in DAYS]) < "2024")) - 1
    assert dict(rows) == pytest.approx({2023: equity[last] / equity[0] - 1.0, 2024: equity[-1] / equity[last] - 1.0})
    assert abs(rows[2024]) > 0.001


@pytest.mark.parametrize("engine", ENGINES)
def test_returns_drawdowns_and_observers_are_those_of_the_equity(engine):
    names = ("DrawDown", "TimeDrawDown", "Returns", "LogReturnsRolling", "Calmar", "VWR", "SharpeRatio", "PeriodStats")

    def add(cerebro):
        for name in (*names, "TimeReturn", "SQN", "TradeAnalyzer"):
            timed = {"SharpeRatio", "PeriodStats", "Calmar", "VWR", "TimeDrawDown", "LogReturnsRolling", "Returns"}
            words = {"timeframe": bt.TimeFrame.Days} if name in timed else {}
            cerebro.addanalyzer(getattr(bt.analyzers, name), _name=name, **words)
        cerebro.addanalyzer(bt.analyzers.TimeReturn, _name="fund", fund=True)
        for name in ("Broker", "Value", "Cash", "DrawDown", "Trades", "BuySell", "TimeReturn", "FundValue"):
            cerebro.addobserver(getattr(bt.observers, name))
        cerebro.addobserver(bt.observers.Benchmark, data=cerebro.datas[0], timeframe=bt.TimeFrame.Days)

    done, equity, tables = levered(engine, add, stdstats=False)
    of = {item: done.analyzers.getbyname(item).get_analysis() for item in (*names, "TimeReturn", "fund", "SQN")}
    returns = np.diff(equity, prepend=100_000.0) / np.append(100_000.0, equity[:-1])
    peak = np.maximum.accumulate(equity)
    np.testing.assert_allclose(list(of["TimeReturn"].values()), returns, atol=1e-12)
    np.testing.assert_allclose(list(of["LogReturnsRolling"].values()), np.log1p(returns), atol=1e-12)
    assert of["DrawDown"].max.drawdown == pytest.approx(100.0 * np.max(1.0 - equity / peak))
    assert of["TimeDrawDown"]["maxdrawdown"] == pytest.approx(100.0 * np.max(1.0 - equity / peak))
    assert of["Returns"]["rtot"] == pytest.approx(np.log(equity[-1] / 100_000.0))
    excess = returns - (1.01 ** (1.0 / 252.0) - 1.0)
    assert of["SharpeRatio"]["sharperatio"] == pytest.approx(excess.mean() / excess.std())
    assert of["PeriodStats"]["best"] == pytest.approx(returns.max())
    drawdown = np.max(100.0 * (1.0 - equity / peak))
    assert list(of["Calmar"].values())[-1] == pytest.approx(np.log(equity[-1] / equity[25]) / 36 / drawdown)
    assert 0.0 < abs(of["VWR"]["vwr"]) < 100.0
    # A fund's value leaves the cash flows out: what came in at the 13th session earned nothing, nor did it cost.
    flows = np.where(np.arange(60) == 12, 20_000.0, 0.0)
    own = (equity - np.append(100_000.0, equity[:-1]) - flows) / (np.append(100_000.0, equity[:-1]) + flows)
    np.testing.assert_allclose(list(of["fund"].values()), own, atol=1e-12)
    for observer, line in (("broker", "value"), ("value", "value")):
        drawn = getattr(getattr(done.stats, observer).lines, line).array
        np.testing.assert_allclose(list(drawn)[:60], equity, rtol=1e-12)
    np.testing.assert_allclose(
        list(done.stats.drawdown.lines.drawdown.array)[:60], 100.0 * (1.0 - equity / peak), atol=1e-9
    )
    spendable = list(done.stats.cash.lines.cash.array)[:60]
    assert spendable == list(done.stats.broker.lines.cash.array)[:60]
    short = np.array(tables["equity"]["short_value"]) > 0.0
    assert np.all(np.array(tables["equity"]["cash"])[short] - np.array(spendable)[short] > 9_000.0)  # locked proceeds
    assert of["SQN"]["trades"] == 0


# ---- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", BLIND)
def test_what_cannot_see_debt_is_refused_and_told_what_can(name, engine):
    words = {"cash": True} if name == "PositionsValue" else {}
    with pytest.raises(
        ConfigError, match=rf"bt\.analyzers\.{name} takes spendable cash.*core\.broker\.analyzers\.{name} in"
    ):
        analysis_of(engine, getattr(bt.analyzers, name), **words)
    assert analysis_of(engine, getattr(analyzers, name), **words)[0]


def test_positions_without_cash_claim_nothing_more():
    rows, _, tables = analysis_of(PanelCerebro, bt.analyzers.PositionsValue)
    long = tables["equity"]["long_value"]
    assert [sum(row) for row in rows.values()] == pytest.approx(np.subtract(long, tables["equity"]["short_value"]))


class Unlevered(bt.Strategy):
    def next(self):
        if len(self) == 2:
            self.buy(size=4_000)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", BLIND)
def test_without_debt_backtraders_are_right_and_ours_are_the_same(name, engine):
    def add(cerebro):
        words = {"cash": True} if name == "PositionsValue" else {}
        cerebro.addanalyzer(getattr(bt.analyzers, name), _name="stock", **words)
        cerebro.addanalyzer(getattr(analyzers, name), _name="ours", **words)

    done, _, _ = levered(engine, add, Unlevered)
    stock, ours = (done.analyzers.getbyname(which).get_analysis() for which in ("stock", "ours"))
    assert list(stock) == list(ours)
    for key in stock:
        if isinstance(stock[key], dict):
            assert list(stock[key]) == list(ours[key])
        else:
            assert stock[key] == pytest.approx(ours[key], abs=1e-9)


@pytest.mark.parametrize("name", ["LogReturnsRolling", "Calmar", "VWR"])
def test_what_compounds_is_refused_when_nothing_is_left(name):
    lost = panel(np.array([[10.0, 20.0]] * 8 + [[2.0, 20.0]] * 4))

    class Gone(bt.Strategy):
        def next(self):
            if len(self) == 1:
                self.buy(size=9_000)
            if len(self) == 3:
                self.buy(size=7_000, kind=OrderKind.MARGIN_BUY)

    def add(cerebro):
        cerebro.addanalyzer(getattr(bt.analyzers, name))

    with pytest.raises(ConfigError, match=f"the analyzer {name} compounds returns, and the account's debts exceed"):
        levered(PanelCerebro, add, Gone, lost)
    assert levered(PanelCerebro, lambda cerebro: cerebro.addanalyzer(bt.analyzers.DrawDown), Gone, lost)[1][-1] < 0.0


def test_annual_returns_beside_weeks():
    """The week after the last bar is a step more than data 0 has bars: backtrader's would be a session out."""

    def with_weeks(kind):
        def add(cerebro):
            cerebro.resampledata(cerebro.datas[0], timeframe=bt.TimeFrame.Weeks, name="slow")
            cerebro.addanalyzer(kind, _name="it")

        return add

    with pytest.raises(
        ConfigError, match=r"takes every step for a bar of data 0.*core\.broker\.analyzers\.AnnualReturn"
    ):
        levered(bt.Cerebro, with_weeks(bt.analyzers.AnnualReturn))
    done, _, _ = levered(bt.Cerebro, with_weeks(analyzers.AnnualReturn))
    assert done.analyzers.it.get_analysis() == analysis_of(PanelCerebro, analyzers.AnnualReturn)[0]


def test_a_standard_observer_that_is_not_there():
    class Reading(bt.Strategy):
        def next(self):
            self.seen = self.stats.broker.value[0]

    def nothing(_):
        return None

    with pytest.raises(ConfigError, match=r"`stats\.broker` is a standard observer.*PanelCerebro\(stdstats=True\)"):
        levered(PanelCerebro, nothing, Reading)
    assert levered(PanelCerebro, nothing, Reading, stdstats=True)[0].seen == 100_000.0


def test_each_close_is_held_against_the_lines_of_its_own_session():
    """A run that begins within the panel."""
    asked = []

    class Asking(TermSchedule):
        def lines(self, t):
            asked.append(t)
            return super().lines(t)

    cerebro = PanelCerebro()
    cerebro.broker = broker = credit_broker(MARKET, **sections(**UNLIMITED))
    broker.p.schedule = Asking(Rulebook.load(), conditions(), MARKET.sessions)
    for feed in feeds_of(MARKET.window(MARKET.sessions[7], MARKET.sessions[30])):
        cerebro.adddata(feed)
    cerebro.addstrategy(bt.Strategy)
    cerebro.addanalyzer(analyzers.MaintenanceRatio, _name="it")
    done = cerebro.run()[0]
    assert len(done.analyzers.it.get_analysis()["ratios"]) == 24
    assert asked[-24:] == list(range(7, 31))
