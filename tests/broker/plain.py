"""Plain backtrader strategies in a credit account: a script of functions, and what they are told."""

from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
from liangrong import credit_broker, panel_of_frames
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of

MONDAY = "2024-03-04"


def frame(price: Any, **columns: Any) -> pd.DataFrame:
    """Return bars without width from Monday 2024-03-04 on; `columns` replace some."""
    price = np.asarray(price, dtype=float)
    bars = {"open": price, "high": price, "low": price, "close": price, "volume": 1e9}
    return pd.DataFrame({**bars, **columns}, index=pd.bdate_range(MONDAY, periods=len(price)))


class Plain(bt.Strategy):
    """Calls the functions that `script` has for a session (0 = the first) and notes what it is told."""

    params = (("script", None),)

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.trades: list[Any] = []

    def next(self) -> None:
        for step in self.p.script.get(len(self) - 1, ()):
            step(self)

    def notify_order(self, order: Any) -> None:
        self.told.append(order)

    def notify_trade(self, trade: Any) -> None:
        self.trades.append(trade)

    def done(self, status: int = bt.Order.Completed) -> list[tuple[int, str, int]]:
        """Return session, kind and size of all orders that were told of as `status`, completed or other."""
        first = self.data.datetime.array[0]
        return [
            (round((order.executed.dt - first) // 7 * 5 + (order.executed.dt - first) % 7), order.info.kind.name, size)
            for order in self.told
            if order.status == status and (size := order.size)
        ]


def played(
    script: Any,
    price: Any = (10.0,) * 12,
    *,
    symbol: str = "600000.SH",
    frames: Any = None,
    engine: Any = PanelCerebro,
    strategy: Any = Plain,
    add: Any = None,
    **account: Any,
) -> Any:
    """Return the strategy after its run; `account` goes to `credit_broker`, `add` is called with the engine."""
    cerebro = engine()
    panel = panel_of_frames({symbol: frame(price)} if frames is None else frames, adjusted=True)
    cerebro.broker = broker = credit_broker(panel, cash=account.pop("cash", 100_000.0), **account)
    for feed in feeds_of(broker.market.panel):
        cerebro.adddata(feed)
    if add is not None:
        add(cerebro)
    cerebro.addstrategy(strategy, **({} if script is None else {"script": script}))
    return cerebro.run()[0]


def call(name: str, *args: Any, **words: Any) -> Any:
    """Return a step of a script: the strategy's method `name`."""
    return lambda strategy: getattr(strategy, name)(*args, **words)
