"""One result, whichever way backtrader is run: preload, runonce, exactbars, the stock engine, once or again."""

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from broker.markets import Scripted, account, run
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import SharedLine, feeds_of
from liangrong.core.broker.terms import BrokerTerms
from liangrong.core.data.panel import Panel
from liangrong.core.types import OrderKind

MODES = [
    {"preload": preload, "runonce": runonce, "exactbars": exactbars}
    for preload in (True, False)
    for runonce in (True, False)
    for exactbars in (False, 1, -1, -2)
]
METHODS = (
    "buy_collateral",
    "sell_collateral",
    "margin_buy",
    "sell_to_repay",
    "short_sell",
    "buy_to_return",
    "return_shares",
)


def market(sessions=40, securities=5, seed=3):
    """Prices that jump to their limits, suspensions, thin volume, and lists that change."""
    rng = np.random.default_rng(seed)
    shape = (sessions, securities)
    close = np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.04, shape), axis=0)), 2)
    opened = np.round(np.vstack([close[:1], close[:-1]]) * np.exp(rng.normal(0.0, 0.05, shape)), 2)
    halted = rng.random(shape) < 0.08
    halted[0] = False
    fields = {"open": opened, "high": np.maximum(opened, close), "low": np.minimum(opened, close), "close": close}
    fields = {name: np.where(halted, np.nan, values) for name, values in fields.items()}
    last = pd.DataFrame(fields["close"]).ffill().to_numpy()
    fields |= {
        "suspended": halted.astype(float),
        "pre_close": np.vstack([last[:1], last[:-1]]),
        "volume": rng.integers(1_000, 60_000, shape).astype(float),
        "short_volume": rng.integers(0, 20_000, shape).astype(float),
        "financing_eligible": (rng.random(shape) < 0.9).astype(float),
        "short_eligible": (rng.random(shape) < 0.8).astype(float),
    }
    days = np.busday_offset("2024-01-08", np.cumsum(rng.integers(1, 3, sessions)), roll="forward")
    symbols = ("600000.SH", "000001.SZ", "300001.SZ", "688001.SH", "510300.SH")[:securities]
    return Panel(sessions=days, symbols=symbols, fields=fields)


def gamble(strategy):
    """Draw an order by the session only, so that every run asks for the same."""
    rng = np.random.default_rng([9, strategy.session, len(strategy.orders)])
    j, shares = int(rng.integers(len(strategy.datas))), int(rng.integers(1, 12)) * 100
    draw = rng.random()
    if draw < 0.1:
        return strategy.repay(float(rng.integers(100, 20_000)))
    if draw < 0.2:
        price = strategy.datas[j].close[0] * 0.99
        return strategy.buy(strategy.datas[j], size=shares, exectype=bt.Order.Limit, price=price)
    return getattr(strategy, METHODS[int(rng.integers(len(METHODS)))])(j, shares)


PANEL = market()
SCRIPT = {session: [gamble] * 4 for session in range(39)}
SETTINGS = {"cash": 60_000.0, "volume_share": 0.1, "borrow_share": 0.1, "slippage": 0.001}


def image(done):
    """The tables as text with every digit, and all that the strategy was told."""
    told = (done.strategy.states, done.strategy.trades, done.strategy.accounts)
    return repr((done.tables, told)).encode()


def played(**words):
    return run(PANEL, SCRIPT, BrokerTerms(), **SETTINGS, **words)


@pytest.fixture(scope="module")
def expected():
    done = played()
    assert isinstance(done.strategy.datas[0].close, SharedLine)
    assert set(done.column("fills", "kind")) == {kind.name.lower() for kind in OrderKind}
    assert len(set(done.column("refusals", "reason"))) >= 9
    return image(done)


def test_the_same_run_twice_gives_the_same_bytes(expected):
    assert image(played()) == expected


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: "-".join(map(str, mode.values())))
@pytest.mark.parametrize("engine", [PanelCerebro, bt.Cerebro])
def test_every_mode_gives_one_result(expected, engine, mode):
    assert image(played(cerebro=engine(), options=mode)) == expected


def test_observers_and_analyzers_change_nothing(expected):
    cerebro = bt.Cerebro(stdstats=True)
    for analyzer in ("TimeReturn", "DrawDown", "TradeAnalyzer", "PositionsValue", "Transactions", "GrossLeverage"):
        cerebro.addanalyzer(getattr(bt.analyzers, analyzer))
    done = played(cerebro=cerebro)
    assert image(done) == expected
    curve = np.array(done.column("equity", "equity"))
    returns = np.array(list(done.strategy.analyzers.timereturn.get_analysis().values()))
    assert np.allclose(np.cumprod(1.0 + returns) * 60_000.0, curve, rtol=1e-12)
    trades = done.strategy.analyzers.tradeanalyzer.get_analysis()
    assert trades.total.total == trades.total.open + trades.total.closed > 5


def test_one_cerebro_may_run_twice():
    cerebro = PanelCerebro()
    cerebro.broker = account(PANEL, BrokerTerms(), **SETTINGS)
    for feed in feeds_of(PANEL):
        cerebro.adddata(feed)
    cerebro.addstrategy(Scripted, script=SCRIPT)
    tables = []
    for _ in range(2):
        cerebro.run()
        tables.append(repr(cerebro.broker.journal.tables()))
    assert tables[0] == tables[1]


def test_sessions_before_a_slow_indicator_is_ready_are_booked_too():
    class Slow(Scripted):
        def __init__(self):
            super().__init__()
            self.slow = bt.ind.SMA(self.datas[0], period=12)

    done = run(PANEL, SCRIPT, BrokerTerms(), strategy=Slow, **SETTINGS)
    assert len(done.column("equity", "date")) == 40
    assert min(done.column("fills", "date")) > PANEL.sessions[11]
