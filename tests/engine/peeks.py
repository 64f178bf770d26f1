"""Strategies and rules in files of a user's own that know the future in many ways, and honest ones beside them."""

STRATEGIES = '''
import time

import backtrader as bt
import numpy as np
from liangrong.core.types import OrderKind
from liangrong.strategies import MarginStrategy
from liangrong.strategies.targets import TargetStrategy


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

RULES = '''
import functools

import numpy as np
import pandas as pd
from liangrong.strategies.rules import Rule, parameter

KEPT = {}


class Close(Rule):
    """A figure of the closes.

    Claim: none.
    Formula: none
    """

    NEEDS = ("close",)

    def score(self, panel):
        return np.asarray(self.of(pd.DataFrame(panel["close"])))

    def of(self, close):
        return close / close.shift(3) - 1


class Shift(Close):
    def of(self, close):
        return close.shift(-1) / close - 1


class Backfill(Close):
    def of(self, close):
        is_shown = np.broadcast_to(np.arange(len(close))[:, None] % 5 == 4, close.shape)
        return close.where(is_shown).bfill()


class Centred(Close):
    def of(self, close):
        return close / close.rolling(5, center=True, min_periods=1).mean()


class Mean(Close):
    def of(self, close):
        return close - close.mean()


class Deviation(Close):
    def of(self, close):
        return close / close.std()


class Rank(Close):
    def of(self, close):
        return close.rank(pct=True)


class Quantile(Close):
    def of(self, close):
        return close > close.quantile(0.9)


class Reversed(Close):
    def of(self, close):
        return close[::-1].ewm(5).mean()[::-1]


class Regression(Close):
    def of(self, close):
        t = np.arange(len(close))
        slope, level = np.polyfit(t, close.fillna(0.0), 1)
        return close - (level + np.outer(t, slope))


class Survivors(Close):
    """Only those that trade to the end."""

    def of(self, close):
        return (close / close.shift(3) - 1).where(close.iloc[-1].notna())


class Length(Close):
    def of(self, close):
        return close / len(close)


class LastRow(Close):
    def of(self, close):
        score = close.copy()
        score.iloc[-1] = 0.0
        return score


class NextDate(Rule):
    """Sees in the calendar that a month ends, and takes the end of the history for one.

    Claim: none.
    Formula: none
    """

    def score(self, panel):
        month = panel.sessions.astype("datetime64[M]")
        ends = np.append(month[1:] != month[:-1], True)
        return np.repeat(ends[:, None], len(panel.symbols), axis=1)


class Parameter(Close):
    """Looks as far ahead as its parameter says."""

    ahead: int = parameter(2, "sessions")

    def of(self, close):
        return close.shift(-self.ahead) / close - 1


class Tiny(Close):
    """A peek in the tenth digit."""

    def of(self, close):
        return close + 1e-9 * close.shift(-1).fillna(0.0)


class FirstPanel(Rule):
    """Keeps the first panel and answers from it, one session ahead.

    Claim: none.
    Formula: C[t+1]/C[t] - 1
    """

    NEEDS = ("close",)

    def score(self, panel):
        close = KEPT.setdefault("close", np.array(panel["close"]))
        ahead = np.full(close.shape, np.nan)
        ahead[:-1] = close[1:] / close[:-1] - 1
        return ahead[: panel.shape[0]]


class EveryTwenty(Rule):
    """Peeks on one session of twenty.

    Claim: none.
    Formula: C[t+1]/C[t] - 1 where t % 20 = 7
    """

    NEEDS = ("close",)

    def score(self, panel):
        close = np.array(panel["close"])
        score = np.zeros(close.shape)
        for t in range(7, len(close) - 1, 20):
            score[t] = close[t + 1] / close[t] - 1
        return score


class NeedsSome(Rule):
    """Honest from the 12th session on, and cannot do with fewer.

    Claim: none.
    Formula: C / C[11] - 1
    """

    NEEDS = ("close",)

    def score(self, panel):
        return panel["close"] / panel["close"][11] - 1


class NeedsMost(NeedsSome):
    """One fixed session near the end."""

    def score(self, panel):
        return panel["close"] / panel["close"][26] - 1


class Fails(NeedsSome):
    """An error on histories of one length in four."""

    def score(self, panel):
        if len(panel.sessions) % 4 == 1:
            raise ValueError("not this length")
        return panel["close"] / panel["close"][0]


class Kept(Close):
    """Honest in a process of its own; the answer of its first call for ever."""

    def of(self, close):
        return KEPT.setdefault(len(close), close / close.shift(3) - 1)


@functools.lru_cache
def momentum(length, columns):
    return np.random.default_rng(columns).random((length, columns))


class Cached(Close):
    """Keeps what depends on the length alone, in a cache."""

    def of(self, close):
        return momentum(*close.shape)


class Product(Close):
    """Honest: a matrix product, whose last digits depend on the length."""

    def of(self, close):
        mixed = np.random.default_rng(0).normal(size=(close.shape[1], close.shape[1]))
        return close.fillna(0.0).to_numpy() @ mixed


class NotLate(Close):
    """Honest, and cannot do without a first session."""

    def of(self, close):
        if close.iloc[0].isna().all():
            raise ValueError("no first session")
        return close / close.shift(3) - 1
'''


def write(folder):
    """Write strategies.py and rules.py into `folder`."""
    (folder / "strategies.py").write_text(STRATEGIES)
    (folder / "rules.py").write_text(RULES)
    return folder
