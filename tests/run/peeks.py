"""Strategies in a file of a user's own that know the future in many ways, and honest ones beside them."""

from run.peeking_rules import RULES

STRATEGIES = '''
import time

import backtrader as bt
import numpy as np
from liangrong.core.types import OrderKind
from liangrong.strategies import MarginStrategy
from liangrong.core.ideas.target_strategy import TargetStrategy


class Hold(MarginStrategy):
    """Hold the three with the highest figure."""

    def hold(self, figure):
        weights = np.zeros(figure.shape)
        weights[np.argsort(np.nan_to_num(figure, nan=-9e9))[-3:]] = 0.2
        self.order_to_weights(weights)


def ahead(values, t):
    return values[min(t + 1, len(values) - 1)] / values[t] - 1


class Honest(Hold):
    def decide(self):
        close = self.seen("close")
        self.hold(close[-1] / close[max(len(close) - 6, 0)] - 1)


class NextRow(Hold):
    def decide(self):
        self.hold(ahead(self.history["close"], self.t))


class FeedAhead(Hold):
    def decide(self):
        figure = []
        for data in self.datas:
            try:
                figure.append(data.close[1] / data.close[0] - 1)
            except IndexError:
                figure.append(0.0)
        self.hold(np.array(figure))


class FeedGet(Hold):
    def decide(self):
        rows = [data.close.get(ago=1, size=1) or [0.0] for data in self.datas]
        self.hold(np.array([row[0] / data.close[0] for row, data in zip(rows, self.datas)]))


class FeedArray(Hold):
    def decide(self):
        t = min(len(self.data), len(self.data.close.array) - 1)
        self.hold(np.array([data.close.array[t] / data.close[0] for data in self.datas]))


class BrokerPanel(Hold):
    def decide(self):
        self.hold(ahead(self.broker.market.panel["close"], self.t))


class BrokerMarks(Hold):
    def decide(self):
        self.hold(ahead(self.broker.market.marks, self.t))


class FeedPanel(Hold):
    def decide(self):
        self.hold(ahead(self.datas[0].panel["close"], self.t))


class Indicator(Hold):
    def __init__(self):
        self.next_close = [data.close(1) for data in self.datas]

    def decide(self):
        try:
            self.hold(np.array([line[0] / data.close[0] for line, data in zip(self.next_close, self.datas)]))
        except IndexError:
            pass


class WholeSample(Hold):
    def prepare(self, panel):
        self.level = np.nanquantile(panel["close"], 0.7, axis=0)

    def decide(self):
        self.hold(self.history["close"][self.t] / self.level)


class LastPrice(Hold):
    """A feed stands at its end before the run begins."""

    def prepare(self, panel):
        self.last = np.array([data.close[0] for data in self.datas])

    def decide(self):
        self.hold(self.last / self.history["close"][self.t])


class Wraps(Hold):
    def decide(self):
        self.hold(np.array([data.close[0] / data.close[-3] for data in self.datas]))


class Unguarded(Hold):
    def decide(self):
        self.hold(self.history["close"][self.t + 1])


class ClassCache(Hold):
    KEPT = {}

    def decide(self):
        close = self.KEPT.setdefault("close", self.history["close"])
        self.hold(ahead(close, self.t))


class KnowsTheEnd(Hold):
    def decide(self):
        left = len(self.history.sessions) - self.t
        self.order_to_weights(np.full(len(self.datas), 0.02 if left > 3 else 0.0))


class UpTomorrow(MarginStrategy):
    """Whether the first security rises tomorrow; what is done with that is the subclass's."""

    def up(self):
        close = self.history["close"][:, 0]
        return bool(close[min(self.t + 1, len(close) - 1)] > close[self.t])


class Size(UpTomorrow):
    def decide(self):
        self.buy_collateral(1, 200 if self.up() else 100)


class Kind(UpTomorrow):
    def decide(self):
        self.buy(data=self.datas[1], size=100, kind=OrderKind.MARGIN_BUY if self.up() else OrderKind.BUY)


class Price(UpTomorrow):
    def decide(self):
        price = 900.0 + self.up()
        self.sell(data=self.datas[1], size=100, price=price, exectype=bt.Order.Limit, kind=OrderKind.SELL)


class Type(UpTomorrow):
    def decide(self):
        exectype = bt.Order.Stop if self.up() else bt.Order.Limit
        self.sell(data=self.datas[1], size=100, price=900.0, exectype=exectype, kind=OrderKind.SELL)


class Valid(UpTomorrow):
    def decide(self):
        valid = self.data.datetime.date(0).replace(year=2030 + self.up())
        self.buy(data=self.datas[1], size=100, price=0.5, exectype=bt.Order.Limit, valid=valid)


class Cancels(UpTomorrow):
    def decide(self):
        order = self.buy(data=self.datas[1], size=100, price=0.5, exectype=bt.Order.Limit)
        if self.up():
            self.cancel(order)


class Sequence(UpTomorrow):
    def decide(self):
        for j in (1, 2) if self.up() else (2, 1):
            self.buy_collateral(j, 100)


class Timing(UpTomorrow):
    """The same orders, on another session."""

    def decide(self):
        if self.up():
            self.buy_collateral(1, 100)


class Repays(UpTomorrow):
    def decide(self):
        self.repay(1000.0 + self.up())


class Cash(UpTomorrow):
    def decide(self):
        self.broker.add_cash(1000.0 * (1 + self.up()))


class Notified(UpTomorrow):
    """Orders as another one is filled, not in decide()."""

    def decide(self):
        self.buy_collateral(1, 100)

    def notify_order(self, order):
        if order.status == order.Completed and order.executed.size == 100 and self.up():
            self.buy_collateral(2, 200)


class OwnNext(UpTomorrow):
    def next(self):
        if self.t < len(self.history.sessions):
            self.buy_collateral(1, 200 if self.up() else 100)


class Unpublished(Hold):
    """The balance of the row that is decided, past its publication."""

    NEEDS = ("close", "financing_balance")

    def decide(self):
        self.hold(self.datas[0].panel["financing_balance"][self.t])


class OwnDecide(TargetStrategy):
    """A function of the panel by its base, and none by what it does."""

    def prepare(self, panel):
        pass

    def decide(self):
        self.order_to_weights(np.where(ahead(self.history["close"], self.t) > 0, 0.05, 0.0))


class TargetsAhead(TargetStrategy):
    @classmethod
    def targets(cls, setting, parameters):
        close = setting.panel["close"][setting.first :]
        return np.where(np.vstack([close[1:], close[-1:]]) > close, 0.05, 0.0)


class ShortList(TargetStrategy):
    """Buys what leaves the short list tomorrow."""

    @classmethod
    def targets(cls, setting, parameters):
        listed = setting.shortable
        return np.where(np.vstack([listed[1:], listed[-1:]]) != listed, 0.05, 0.0)


class Draws(Hold):
    def decide(self):
        self.hold(np.random.random(len(self.datas)))


class DrawsAnew(Hold):
    def prepare(self, panel):
        self.rng = np.random.default_rng()

    def decide(self):
        self.hold(self.rng.random(len(self.datas)))


class Seeded(DrawsAnew):
    def prepare(self, panel):
        self.rng = np.random.default_rng(3)


class OrderOfASet(Hold):
    def decide(self):
        symbols = list(set(self.history.symbols))
        self.hold(np.array([float(symbols.index(symbol)) for symbol in self.history.symbols]))


class Clock(Hold):
    def decide(self):
        self.hold(np.arange(float(len(self.datas))) * (1.0 if time.time_ns() // 1000 % 2 else -1.0))


class RunsOnce(Hold):
    """Counts its runs in its class."""

    RUNS = []

    def prepare(self, panel):
        self.RUNS.append(1)

    def decide(self):
        self.hold(self.seen("close")[-1] * (1 if len(self.RUNS) == 1 else -1))


class Exits(Hold):
    def decide(self):
        if len(self.history.sessions) < 9:
            raise SystemExit("enough")
        self.hold(self.seen("close")[-1])
'''


def write(folder):
    """Write strategies.py and rules.py into `folder`."""
    (folder / "strategies.py").write_text(STRATEGIES)
    (folder / "rules.py").write_text(RULES)
    return folder
