"""The task of `rebalance` as other engines are asked for it: vectorbt, and backtrader the way that tutorials show."""

from functools import lru_cache

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from .rebalance import CASH, COMMISSION_RATE, by_session, prices, rebalance_rows, target_weights, weekdays


@lru_cache(maxsize=2)
def vectorbt_frames(shape, invested):
    """Return open, close and the weights on the sessions that trade them, as frames."""
    opened, close = prices(shape)
    ordered = by_session(target_weights(shape, invested), shape)
    traded = np.vstack([np.full((1, shape[1]), np.nan), ordered[:-1]])
    index = pd.DatetimeIndex(weekdays(shape[0]))
    return [pd.DataFrame(values, index=index) for values in (opened, close, traded)]


def vectorbt(shape, invested, most_orders):
    """Return the portfolio; `most_orders` is the room for its records, by default one of each cell of the panel."""
    portfolio = pytest.importorskip("vectorbt").Portfolio
    opened, close, traded = vectorbt_frames(shape, invested)
    return portfolio.from_orders(
        close,
        size=traded,
        size_type="targetpercent",
        price=opened,
        fees=COMMISSION_RATE,
        init_cash=CASH,
        group_by=True,
        cash_sharing=True,
        call_seq="auto",
        max_orders=most_orders,
        freq="D",
    )


@lru_cache(maxsize=2)
def naive_frames(shape):
    """Return one frame per security, as the stock feed wants them."""
    opened, close = prices(shape)
    high, low, index = np.maximum(opened, close), np.minimum(opened, close), pd.DatetimeIndex(weekdays(shape[0]))
    columns = {"open": opened, "high": high, "low": low, "close": close, "volume": np.zeros(shape)}
    return [
        pd.DataFrame({name: values[:, j] for name, values in columns.items()}, index=index) for j in range(shape[1])
    ]


class Rebalance(bt.Strategy):
    """Walks over all datas, sales first: the account would refuse purchases that wait for their proceeds."""

    params = (("weights", None), ("rows", None))

    def start(self):
        self.values, self.orders = [], 0

    def next(self):
        t = len(self) - 1
        value = self.broker.getvalue()
        self.values.append(value)
        if t not in self.p.rows:
            return
        targets = dict(zip(self.datas, value * self.p.weights[self.p.rows[t]], strict=True))
        changes = {data: targets[data] - self.getposition(data).size * data.close[0] for data in self.datas}
        for data in sorted(self.datas, key=changes.__getitem__):
            if self.order_target_value(data, target=targets[data]) is not None:
                self.orders += 1


def naive(shape, weights):
    """Return the strategy after its run: its `values` at each close, its number of `orders`."""
    cerebro = bt.Cerebro(stdstats=False)
    for frame in naive_frames(shape):
        cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(COMMISSION_RATE)
    rows = {int(t): i for i, t in enumerate(rebalance_rows(shape))}
    cerebro.addstrategy(Rebalance, weights=weights, rows=rows)
    return cerebro.run()[0]
