"""Analyzers of the credit account, by hand and against its tables; and those that a user of backtrader has already."""

import datetime as dt
import io

import backtrader as bt
import numpy as np
import pytest
from broker.markets import panel, run
from broker.test_native import assert_alike, gamble, market, ours_of, plain_broker, played, stock_feeds
from liangrong.core.broker import analyzers
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.errors import ConfigError
from liangrong.core.panel.completion import complete
from liangrong.core.types import Board

OURS = ("MaintenanceRatio", "InterestAndFees", "Refusals", "ForcedSales", "Exposure")
ENGINES = [PanelCerebro, bt.Cerebro]


def analysed(prices, script, terms=None, engine=PanelCerebro, options=None, **words):
    """Run a script with all five analyzers; return the run and their analyses by name."""
    # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
    cerebro = engine(stdstats=False)
    for name in OURS:
        cerebro.addanalyzer(getattr(analyzers, name), _name=name)
    terms = {} if terms is None else terms
    done = run(prices, script, terms, cerebro=cerebro, options=options, **words)
    return done, {name: done.strategy.analyzers.getbyname(name).get_analysis() for name in OURS}


def day(text):
    return dt.datetime.fromisoformat(text)


TWO = {"price_limits": False, "cash": 100_000.0}
# Security 0 falls from 10 to 4 on the Thursday; security 1 stays at 20.
FALL = panel(np.array([[10.0, 20.0]] * 3 + [[4.0, 20.0]] * 3))
SCRIPT = {
    0: [("buy_collateral", 0, 9_500), ("margin_buy", 0, 50)],
    1: [("margin_buy", 0, 6_000), ("short_sell", 1, 100)],
}


@pytest.fixture(scope="module")
def fall():
    return analysed(FALL, SCRIPT, **TWO)


def test_maintenance_ratio(fall):
    done, analysis = fall
    got = analysis["MaintenanceRatio"]
    ratios = done.column("equity", "maintenance_ratio")
    assert list(got["ratios"]) == [day(f"2024-03-{d:02}") for d in (4, 5, 6, 7, 8, 11)]
    assert list(got["ratios"].values()) == ratios
    assert ratios[0] == ratios[1] == np.inf
    # 4,975.30 of own cash and 1,993.98 locked; 15,500 shares; 60,015.60 borrowed and 2,000 owed, for two days.
    debt = 60_015.60 * (1 + 2 * 0.0835 / 360) + 2_000.0 * (1 + 2 * 0.1035 / 360)
    assert got["lowest"] == pytest.approx((4_975.30 + 1_993.98 + 15_500 * 4.0) / debt)
    assert got["lowest_on"] == day("2024-03-08")
    assert got["below"] == {"warn": 2, "call": 2, "instant": 0}
    assert 1.40 < got["last"] == ratios[-1]


def test_interest_and_fees(fall):
    done, analysis = fall
    got, fills = analysis["InterestAndFees"], done.tables["fills"]
    for name in ("commission", "stamp_duty", "transfer_fee"):
        assert got["total"][name] == pytest.approx(sum(fills[name]))
    of = got["by_security"]
    assert list(of) == ["600000.SH", "600001.SH"]
    short = {"commission": 5.0, "stamp_duty": 1.0, "transfer_fee": 0.02, "interest": 0.0}
    assert {name: of["600001.SH"][name] for name in short} == pytest.approx(short)
    assert of["600001.SH"]["borrow_fee_accrued"] == pytest.approx(2_000.0 * 0.1035 / 360 * 5)
    assert of["600000.SH"]["interest"] == pytest.approx(60_015.60 * 0.0835 / 360 * 5)  # paid by the forced sale
    assert of["600000.SH"]["borrow_fee_accrued"] == of["600001.SH"]["interest_accrued"] == 0.0
    assert all(sum(list(costs.values())[:-1]) == pytest.approx(costs["cost"]) for costs in (got["total"], *of.values()))


def test_refusals(fall):
    got = fall[1]["Refusals"]
    assert got["total"] == 1
    assert got["by_reason"] == {"lot": 1}
    assert got["by_security"] == {"600000.SH": 1}
    row = {"date": day("2024-03-05"), "symbol": "600000.SH", "kind": "margin_buy", "shares": 50, "reason": "lot"}
    assert got["orders"] == [row]


def test_forced_sales(fall):
    got = fall[1]["ForcedSales"]
    assert got["calls"] == 1
    assert list(got["events"].items()) == [("call", 1), ("forced_sale", 1), ("restored", 1)]
    assert [event["date"].day for event in got["event_list"]] == [7, 8, 11]
    assert [event["deadline"] for event in got["event_list"]] == [day("2024-03-08"), None, None]
    assert (got["orders"], got["unsold"], got["by_cause"]) == (2, 0, {"maintenance": 2})
    assert [order["kind"] for order in got["order_list"]] == ["repay", "sell_to_repay"]
    order = got["order_list"][1]
    assert order["date"] == day("2024-03-11")
    assert order["done"] == order["wanted"] == 10_100.0


def test_forced_orders_that_find_no_buyer():
    shut = panel([10.0, 10.0, 10.0, 4.0, np.nan, np.nan, np.nan])
    script = {0: [("buy_collateral", 0, 9_500)], 1: [("margin_buy", 0, 6_000)]}
    done, analysis = analysed(shut, script, **TWO)
    got = analysis["ForcedSales"]
    assert done.column("forced_sales", "reason") == [""] + ["suspended"] * (got["orders"] - 1)  # cash repays first
    assert got["unsold"] == got["orders"] - 1 >= 1


def test_exposure(fall):
    got = fall[1]["Exposure"]
    equity = 4_975.30 + 1_993.98 + 155_000 - 60_015.60 - 2_000
    third = got["sessions"][day("2024-03-06")]
    long, short = 155_000 / equity, 2_000 / equity
    expected = {"long": long, "short": short, "net": long - short, "leverage": long + short}
    assert dict(third) == pytest.approx(expected)
    for name in expected:
        values = [row[name] for row in got["sessions"].values()]
        assert got["average"][name] == pytest.approx(sum(values) / 6)
        assert got["highest"][name] == max(values)


def test_an_account_that_is_worth_nothing_has_no_exposure():
    lost = panel([10.0, 10.0, 10.0, 2.0, np.nan])
    script = {0: [("buy_collateral", 0, 9_500)], 1: [("margin_buy", 0, 6_000)]}
    done, analysis = analysed(lost, script, **TWO)
    assert done.column("equity", "equity")[-1] < 0.0
    got = analysis["Exposure"]
    assert np.isnan([*got["sessions"].values()][-1]["leverage"])
    assert got["highest"]["long"] == pytest.approx(155_000 / (155_000 + 5_000 - 60_000), rel=1e-3)


def test_an_account_without_orders():
    done, analysis = analysed(panel([10.0] * 3), {})
    assert analysis["MaintenanceRatio"]["lowest"] == np.inf
    assert analysis["MaintenanceRatio"]["lowest_on"] is None
    assert set(analysis["InterestAndFees"]["total"].values()) == {0.0}
    assert analysis["InterestAndFees"]["by_security"] == {}
    assert analysis["Refusals"]["total"] == analysis["ForcedSales"]["orders"] == 0
    assert set(analysis["Exposure"]["average"].values()) == {0.0}
    assert done.broker.getvalue() == 100_000.0


@pytest.mark.parametrize("seed", range(3))
def test_costs_are_those_of_fills_and_contracts(seed):
    words = {"eligibility": "all", "cash": 60_000.0, "uptick": False, "price_limits": False}
    prices = market(seed, securities=2)
    done, analysis = analysed(complete(prices), {session: [gamble] * 3 for session in range(58)}, **words)
    total, fills = analysis["InterestAndFees"]["total"], done.tables["fills"]
    for name in ("commission", "stamp_duty", "transfer_fee"):
        assert total[name] == pytest.approx(sum(fills[name]), abs=1e-9)
    pairs = list(zip(fills["kind"], fills["interest"], strict=True))
    of_shorts = sum(paid for kind, paid in pairs if kind in ("buy_to_return", "return_shares"))
    assert total["borrow_fee"] == pytest.approx(of_shorts, abs=1e-9)
    assert total["interest"] == pytest.approx(sum(fills["interest"]) - of_shorts, abs=1e-9)
    owed = total["interest_accrued"] + total["borrow_fee_accrued"]
    assert owed == pytest.approx(done.column("equity", "accrued")[-1], abs=1e-9)
    assert min(total[name] for name in ("interest", "borrow_fee", "commission")) > 0.0
    by_security = analysis["InterestAndFees"]["by_security"]
    assert list(by_security) == ["600000.SH", "600001.SH"]  # a repayment belongs to its contract's security
    assert sum(costs["cost"] for costs in by_security.values()) == pytest.approx(total["cost"])


@pytest.mark.parametrize("engine", ENGINES)
def test_one_analysis_in_every_mode_and_on_paper(fall, engine):
    expected = repr(fall[1])
    for preload, runonce, exactbars in ((True, True, False), (True, False, False), (False, False, 1), (True, True, -2)):
        options = {"preload": preload, "runonce": runonce, "exactbars": exactbars}
        assert repr(analysed(FALL, SCRIPT, None, engine, options, **TWO)[1]) == expected
    paper = io.StringIO()
    fall[0].strategy.analyzers.MaintenanceRatio.print(out=paper)
    assert "lowest_on: 2024-03-08" in paper.getvalue()


@pytest.mark.parametrize("name", OURS)
def test_another_broker_has_no_journal(name):
    def add(cerebro):
        cerebro.addanalyzer(getattr(analyzers, name))

    with pytest.raises(ConfigError, match=f"{name} reads the journal of a CreditBroker.*is a BackBroker"):
        played(bt.Cerebro(), plain_broker(1e5, 0.0), stock_feeds(market(0)), bt.Strategy, add=add)


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
    """Equal weights every five sessions, in whole shares; changes of less than the least order are left."""

    def next(self):
        if len(self) % 5 == 1:
            for data in self.datas:
                target = int(self.broker.getvalue() * 0.3 // data.close[0])
                if abs(target - self.getposition(data).size) >= 100:
                    self.order_target_size(data, target=target)


ANALYZERS = {
    "SharpeRatio": {"timeframe": bt.TimeFrame.Days},
    "DrawDown": {},
    "TimeDrawDown": {},
    "TradeAnalyzer": {},
    "Returns": {},
    "LogReturnsRolling": {"timeframe": bt.TimeFrame.Days},
    "TimeReturn": {},
    "Calmar": {"period": 3},
    "PeriodStats": {"timeframe": bt.TimeFrame.Months},
    "SharpeRatio_A": {"timeframe": bt.TimeFrame.Weeks},
    "AnnualReturn": {},
    "SQN": {},
    "VWR": {},
    "Transactions": {},
    "PositionsValue": {"cash": True},
    "GrossLeverage": {},
    "PyFolio": {},
}
OBSERVERS = (
    *("Broker", "Cash", "Value", "Trades", "BuySell", "DrawDown", "DrawDown_Old", "TimeReturn", "LogReturns"),
    *("FundValue", "FundShares", "DataTrades", "Benchmark"),
)


def equipped(sizer=None):
    def add(cerebro):
        words_of = {"Benchmark": {"data": cerebro.datas[1], "timeframe": bt.TimeFrame.Days}}
        for name, words in ANALYZERS.items():
            cerebro.addanalyzer(getattr(bt.analyzers, name), _name=name, **words)
        for name in OBSERVERS:
            cerebro.addobserver(getattr(bt.observers, name), **words_of.get(name, {}))
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
    "targets": (Targets, None),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", USERS)
def test_strategies_analyzers_observers_and_writers_of_a_user(name, engine):
    strategy, sizer = USERS[name]
    panel = market(11, sessions=80)
    add = equipped(sizer)  # boards of the north: from 100 shares in steps of 1, as sizers count
    mine = ours_of(panel, 1e7, 0.0, strategy, engine, add=add, boards=Board.BSE)
    stock = plain_broker(1e7, 0.0, checksubmit=False)
    theirs = played(bt.Cerebro(stdstats=False), stock, stock_feeds(panel), strategy, add=add)
    for analyzer in ANALYZERS:
        pairs = [flat(s.analyzers.getbyname(analyzer).get_analysis()) for s in (mine, theirs)]
        assert pairs[0], analyzer
        assert_alike(*pairs)
    assert mine.analyzers.TradeAnalyzer.get_analysis().total.total >= 3
    for drawn, expected in zip(lines_of(mine), lines_of(theirs), strict=True):
        np.testing.assert_allclose(drawn, expected, rtol=1e-9, atol=1e-9)
    assert mine.broker.journal.tables()["refusals"]["reason"] in ([], ["no_cash"])
