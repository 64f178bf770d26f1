"""A monthly rotation of a plain account through backtrader: panel feeds against the way that tutorials show.

Both contestants decide alike and must end with the same cash and value to the last digit: those of `account_of`, which
knows nothing of backtrader. Sizes are 50, 300 and 1,000 securities over 2,500 sessions, or 120 as an ordinary test.
"""

from functools import lru_cache

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of
from liangrong.core.panel.panel import Panel

SESSIONS, SESSIONS_UNTIMED = 2500, 120
SECURITIES = {"S": 50, "M": 300, "L": 1000}
WHOLE_MARKET = {"S": 60, "M": 3000, "L": 5000}
CASH, COMMISSION_RATE, LOT, INVESTED = 1e9, 0.0003, 100, 0.95
LOOK_BACK = 250  # sessions: a year


@lru_cache(maxsize=1)
def market(sessions, securities):
    """A panel with suspensions, the score that ranks it (past return) and the rows on which a month begins."""
    rng = np.random.default_rng(20)
    shape = (sessions, securities)
    close = np.round(20.0 * np.exp(np.cumsum(rng.normal(0.0002, 0.02, shape), axis=0)), 2) + 1.0
    before = np.vstack([close[:1], close[:-1]])  # opens near the last close: the reserve of cash then lasts
    opened = np.round(before * np.exp(rng.normal(0.0, 0.004, shape)), 2)
    gap = rng.random(shape) < 0.01
    gap[0] = False  # all are listed: a stock account turns to NaN once it has looked at one that is not
    fields = {"open": opened, "high": np.maximum(opened, close), "low": np.minimum(opened, close), "close": close}
    fields = {name: np.where(gap, np.nan, values) for name, values in fields.items()}
    days = np.busday_offset("2012-01-02", np.arange(sessions), roll="forward")
    panel = Panel(sessions=days, symbols=tuple(f"{j:06d}.SZ" for j in range(securities)), fields=fields)
    score = np.full(shape, -np.inf)
    look_back = min(LOOK_BACK, sessions // 2)
    score[look_back:] = close[look_back:] / close[:-look_back]
    months = days.astype("datetime64[M]")
    rows = 1 + np.flatnonzero(months[1:] != months[:-1])
    return panel, score, frozenset(rows[rows >= look_back].tolist())


@lru_cache(maxsize=1)
def filled(sessions, securities):
    """Open and close without gaps, by pandas: what both contestants trade at."""
    panel = market(sessions, securities)[0]
    close = pd.DataFrame(panel["close"]).ffill()
    return pd.DataFrame(panel["open"]).fillna(close).to_numpy(), close.to_numpy()


@lru_cache(maxsize=1)
def frames(sessions, securities):
    """One frame per security, as the stock feed wants them."""
    panel = market(sessions, securities)[0]
    opened, close = filled(sessions, securities)
    index = pd.DatetimeIndex(panel.sessions)
    high, low = (pd.DataFrame(panel[name]).fillna(pd.DataFrame(close)).to_numpy() for name in ("high", "low"))
    columns = {"open": opened, "high": high, "low": low, "close": close}
    return [
        pd.DataFrame({name: values[:, j] for name, values in columns.items()} | {"volume": 0.0}, index=index)
        for j in range(securities)
    ]


@lru_cache(maxsize=2)
def account_of(sessions, securities):
    """Return the final value, the cash and the number of orders, by hand: a dict of shares and a number for cash."""
    _, score, rows = market(sessions, securities)
    opened, close = filled(sessions, securities)
    cash, shares, entry, orders = CASH, {}, {}, 0
    for t in sorted(rows):
        top = sorted(range(securities), key=lambda j: -score[t, j])[: securities // 10]
        leaving, joining = sorted(set(shares) - set(top)), sorted(set(top) - set(shares))
        freed = cash + sum(shares[j] * close[t, j] for j in leaving)
        sizes = {j: freed * INVESTED / len(joining) // (close[t, j] * LOT) * LOT for j in joining}
        orders += len(leaving) + len(joining)
        if t + 1 == sessions:
            break
        for j in leaving:
            size, price = shares.pop(j), opened[t + 1, j]
            cash += size * entry[j] + size * (price - entry[j])
            cash -= size * COMMISSION_RATE * price
        for j in joining:
            shares[j], entry[j] = sizes[j], opened[t + 1, j]
            cash -= sizes[j] * entry[j]
            cash -= sizes[j] * COMMISSION_RATE * entry[j]
        assert cash >= 0.0
    value = 0.0
    for j in sorted(shares):  # backtrader adds the cost of a position and its gain one after the other
        worth, gain = shares[j] * close[-1, j], shares[j] * (close[-1, j] - entry[j])
        value = value + (worth - gain) + gain
    return float(cash + value), float(cash), orders


class Rotation(bt.Strategy):
    """Holds the best tenth by score; sees only the names that it holds and wants."""

    params = (("score", None), ("rows", frozenset()))

    def start(self):
        for data in self.datas:
            self.getposition(data)  # in this order the account adds positions up, as in the loop over all datas
        self.held, self.orders = [], 0

    def next(self):
        t = len(self) - 1
        if t not in self.p.rows:
            return
        top = np.argsort(-self.p.score[t], kind="stable")[: len(self.datas) // 10].tolist()
        leaving, joining = sorted(set(self.held) - set(top)), sorted(set(top) - set(self.held))
        self.rotate([self.datas[j] for j in leaving], [self.datas[j] for j in joining])
        self.held = top

    def rotate(self, leaving, joining):
        sizes = [self.getposition(data).size for data in leaving]
        freed = self.broker.getcash()
        freed += sum(size * data.close[0] for size, data in zip(sizes, leaving, strict=True))
        for size, data in zip(sizes, leaving, strict=True):
            self.sell(data, size=size)
        for data in joining:
            self.buy(data, size=freed * INVESTED / len(joining) // (data.close[0] * LOT) * LOT)
        self.orders += len(leaving) + len(joining)


class NaiveRotation(Rotation):
    """The same, as tutorials write it: every session walks over all datas."""

    def start(self):
        self.orders = 0

    def next(self):
        t = len(self) - 1
        wanted = {data: self.p.score[t, j] for j, data in enumerate(self.datas) if data.close[0] > 0.0}
        held = [data for data in self.datas if self.getposition(data).size]
        if t in self.p.rows:
            top = set(sorted(wanted, key=lambda data: -wanted[data])[: len(self.datas) // 10])
            new = top - set(held)  # sets: in a list, a feed with an equal close counts as the same
            self.rotate([data for data in held if data not in top], [data for data in self.datas if data in new])


def run_of(cerebro, feeds, strategy, score, rows):
    for feed in feeds:
        cerebro.adddata(feed)
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(COMMISSION_RATE)
    cerebro.addstrategy(strategy, score=score, rows=rows)
    orders = cerebro.run()[0].orders
    return cerebro.broker.getvalue(), cerebro.broker.getcash(), orders


def ours(sessions, securities):
    panel, score, rows = market(sessions, securities)
    return run_of(PanelCerebro(), feeds_of(panel), Rotation, score, rows)


def naive(sessions, securities):
    _, score, rows = market(sessions, securities)
    feeds = [bt.feeds.PandasData(dataname=frame) for frame in frames(sessions, securities)]
    return run_of(bt.Cerebro(stdstats=False), feeds, NaiveRotation, score, rows)


RIVALS = {"ours": ours, "naive backtrader": naive}


def same_account(expected):
    def check(answer):
        assert answer == expected
        assert answer[2] > 0

    return check


@pytest.mark.parametrize("rival", RIVALS)
def test_monthly_rotation(contest, benchmark, size, rival):
    shape = (SESSIONS_UNTIMED if benchmark.disabled else SESSIONS, SECURITIES[size])
    expected = account_of(*shape)
    contest("backtrader, monthly rotation", lambda: RIVALS[rival](*shape), check=same_account(expected))


@pytest.mark.parametrize("rival", ["ours"])
def test_whole_market(contest, benchmark, size, rival):
    shape = (SESSIONS_UNTIMED if benchmark.disabled else SESSIONS, WHOLE_MARKET[size])
    expected = account_of(*shape)
    contest("backtrader, whole market", lambda: RIVALS[rival](*shape), check=same_account(expected))
