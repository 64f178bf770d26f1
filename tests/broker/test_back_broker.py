"""PanelBackBroker against backtrader's BackBroker: every figure of every account to the last digit."""

import backtrader as bt
import numpy as np
import pytest
from broker.gambling import Buyer, Gambler, assert_same_run, finished, is_quick, market, stock_feeds
from liangrong.core.broker.cerebro import PanelBackBroker, PanelCerebro
from liangrong.core.broker.feed import feeds_of


class Charged(bt.CommInfoBase):
    """Interest on longs and shorts."""

    params = (
        ("commission", 0.001),
        ("interest", 0.08),
        ("interest_long", True),
        ("stocklike", True),
        ("percabs", True),
    )


class Haircut(bt.CommInfoBase):
    """A scheme of the user's that values shares at 70 %."""

    params = (("commission", 0.001), ("stocklike", True), ("percabs", True))

    def getvaluesize(self, size, price):
        return 0.7 * size * price


ACCOUNTS = {
    "interest": lambda broker: broker.addcommissioninfo(Charged()),
    "interest on one": lambda broker: broker.addcommissioninfo(Charged(), name="600001.SH"),
    "own valuation": lambda broker: broker.addcommissioninfo(Haircut()),
    "futures": lambda broker: broker.setcommission(1.0, margin=50.0, mult=2.0),
    "leverage": lambda broker: broker.setcommission(0.001, leverage=2.0),
    "no short cash": lambda broker: broker.set_shortcash(False),
    "slippage": lambda broker: broker.set_slippage_perc(0.01),
    "filler": lambda broker: broker.set_filler(bt.fillers.FixedBarPerc(perc=1.0)),
    "close": lambda broker: broker.set_coc(True),
    "fund": lambda broker: broker.set_fundmode(True),
    "no check": lambda broker: broker.set_checksubmit(False),
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_other_accounts(name):
    panel = market(22, holes=0.03)
    panel = panel.select(panel.symbols[:4])
    cerebro, strategy = assert_same_run(
        panel, adjust=lambda cerebro: ACCOUNTS[name](cerebro.broker), seed=22, shorts=True
    )
    assert is_quick(cerebro)
    assert sum("Completed" in row for row in strategy.log) > 10


CHANGES = {
    "set": lambda broker: broker.setcommission(0.002, interest=0.1, interest_long=True),
    "added": lambda broker: broker.addcommissioninfo(Haircut()),
    "margin": lambda broker: broker.setcommission(1.0, margin=20.0, mult=2.0),
}


class Auditor(Gambler):
    """Reads every figure that the account offers; changes its cash and scheme while positions are open."""

    # pyrefly: ignore[bad-override]  backtrader adds them to the parent's
    params = (("change", None),)

    def next(self):
        super().next()
        broker = self.broker
        if len(self) == 20:
            broker.add_cash(1234.5)
        if len(self) in (24, 36):
            CHANGES[self.p.change](broker)
        if len(self) == 30:
            broker.setcommission(0.001)
        self.log.append((broker.fundvalue, broker.fundshares, broker.get_leverage(), broker._unrealized))
        self.log.append([broker.get_value(mkt=mkt, lever=lever) for mkt in (True, False) for lever in (True, False)])
        self.log.append(broker.get_value([self.data]))
        self.log.append(broker.get_value(self.datas[:3], lever=True))


@pytest.mark.parametrize("change", CHANGES)
def test_every_figure_of_the_account(change):
    panel = market(23)
    panel = panel.select(panel.symbols[:4])
    _, strategy = assert_same_run(panel, Auditor, seed=23, shorts=True, change=change)
    assert any(position.size for position in strategy.broker.positions.values())


@pytest.mark.parametrize("change", CHANGES)
def test_a_scheme_that_changes_while_nothing_is_traded(change):
    class Holder(Buyer):
        def next(self):
            if len(self) < 3:
                super().next()
            elif len(self) == 6:
                CHANGES[change](self.broker)
            self.log.append((self.broker.getvalue(), self.broker.getcash()))

    _, strategy = assert_same_run(market(30, (12, 3), holes=0.0).select(["600000.SH", "600001.SH"]), Holder)
    assert len({value for value, _ in strategy.log[-5:]}) == 5


@pytest.mark.parametrize("broker", [bt.brokers.BackBroker, PanelBackBroker])
@pytest.mark.parametrize("engine", [bt.Cerebro, PanelCerebro])
def test_broker_and_engine_are_exchangeable(engine, broker):
    def fitted(cerebro):
        cerebro.broker = broker(cash=5000.0)

    panel = market(24)
    expected = finished(bt.Cerebro(stdstats=False), stock_feeds(panel), adjust=fitted, seed=24)[1]
    got = finished(engine(stdstats=False), feeds_of(panel), adjust=fitted, seed=24)[1]
    assert repr(got.log) == repr(expected.log)


def test_asking_for_an_unlisted_position_does_not_poison_the_account():
    class Asking(bt.Strategy):
        def start(self):
            self.asked = [self.getposition(data) for data in self.datas]
            self.values = []

        def next(self):
            self.values.append(self.broker.getvalue())

    panel = market(25)
    assert np.isnan(panel["close"][0, -1])
    _, strategy = finished(PanelCerebro(), feeds_of(panel), Asking)
    assert set(strategy.values) == {5000.0}


def test_positions_are_listed_to_strategies():
    class Listing(Buyer):
        def next(self):
            super().next()
            self.seen = [(data._name, pos.size) for data, pos in self.broker.positions.items() if pos.size]

    panel = market(26, (10, 4), holes=0.0)
    _, strategy = finished(PanelCerebro(), feeds_of(panel.select(panel.symbols[:3])), Listing)
    assert strategy.seen == [("600001.SH", 3), ("600002.SH", 3), ("600000.SH", 3)]
