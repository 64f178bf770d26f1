"""One result, whichever way backtrader is run: preload, runonce, exactbars, the stock engine, once or again."""

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from broker.markets import Scripted, account, panel, run
from liangrong.core.broker import analyzers
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.broker.feed import SharedLine, feeds_of
from liangrong.core.panel.panel import Panel
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
    return run(PANEL, SCRIPT, {}, **SETTINGS, **words)


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
    for analyzer in ("TimeReturn", "DrawDown", "TradeAnalyzer", "PositionsValue", "Transactions"):
        cerebro.addanalyzer(getattr(bt.analyzers, analyzer))
    cerebro.addanalyzer(analyzers.PyFolio)
    done = played(cerebro=cerebro)
    assert image(done) == expected
    curve = np.array(done.column("equity", "equity"))
    returns = np.array(list(done.strategy.analyzers.timereturn.get_analysis().values()))
    assert np.allclose(np.cumprod(1.0 + returns) * 60_000.0, curve, rtol=1e-12)
    trades = done.strategy.analyzers.tradeanalyzer.get_analysis()
    assert trades.total.total == trades.total.open + trades.total.closed > 5


def test_one_cerebro_may_run_twice():
    cerebro = PanelCerebro()
    cerebro.broker = account(PANEL, {}, **SETTINGS)
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

    done = run(PANEL, SCRIPT, {}, strategy=Slow, **SETTINGS)
    assert len(done.column("equity", "date")) == 40
    assert min(done.column("fills", "date")) > PANEL.sessions[11]


CRASH = panel(
    np.array([10.0, 10.0, 10.0, 9.1, 8.2, 7.4, 6.7, 6.1, 5.5, 5.0, 4.6, 4.3, 4.3, 4.2, 4.2])[:, None] * [1.0, 2.0, 1.0],
    suspended=np.array([[t in (10, 11), False, False] for t in range(15)], dtype=float),
)
LEVERED = {
    0: [("buy_collateral", 0, 5_000), ("buy_collateral", 1, 2_000), ("short_sell", 2, 100)],
    1: [("margin_buy", 0, 4_000), ("margin_buy", 1, 2_000)],
    5: [lambda strategy: strategy.sell(strategy.datas[0], size=200, exectype=bt.Order.Stop, price=5.2)],
}


def test_forced_sales_are_the_same_in_every_mode():
    def image_of(**words):
        done = run(CRASH, LEVERED, {}, broker_class=Audited, **words)
        return done, image(done)

    done, expected = image_of()
    assert {"sell_to_repay", "sell"} & set(done.column("forced_sales", "kind"))
    assert any(kind.startswith("forced_") for kind in done.column("fills", "kind"))
    assert "call" in done.column("margin_events", "event")
    assert "suspended" in done.column("forced_sales", "reason")
    for engine in (PanelCerebro, bt.Cerebro):
        for mode in MODES[::3]:
            assert image_of(cerebro=engine(), options=mode)[1] == expected, (engine, mode)


class Audited(CreditBroker):
    """Checks after every order and every session what must hold whatever happens."""

    def _try_exec(self, order):
        cash = self.getcash()
        super()._try_exec(order)
        self.audit()
        assert self.getcash() >= min(cash, 0.0) - 1e-6, "an order may not spend what is not there"
        if order.executed.size and order.info["kind"] not in (OrderKind.REPAY, OrderKind.RETURN_SHARES):
            quote = self.market.quote(self.t, self._index(order.data))
            assert not quote.is_suspended
            if order.isbuy():
                assert order.executed.price <= quote.limit_up
            else:
                assert order.executed.price >= quote.limit_down
            if order.exectype == bt.Order.Market:
                assert quote.price < quote.limit_up if order.isbuy() else quote.price > quote.limit_down

    def audit(self):
        ledger = self.ledger
        live = ledger.contracts[: ledger.account[0]["open_contracts"]]
        for name in ("shares", "principal", "sell_amount", "locked", "accrued", "paid"):
            assert (live[name] >= 0.0).all(), name
        assert (ledger.collateral >= 0.0).all()
        assert (ledger.bought_today <= ledger.collateral).all()
        long, short = self.holdings()
        for data, position in self.positions.items():
            j = self._index(data)
            assert position.size == long[j] - short[j]


@pytest.mark.parametrize("seed", range(4))
def test_what_must_always_hold(seed):
    given = market(60, seed=seed)
    done = run(given, {t: [gamble] * 5 for t in range(59)}, {}, broker_class=Audited, **SETTINGS)
    table = {name: np.array(values) for name, values in done.tables["equity"].items()}
    parts = table["cash"] + table["long_value"] - table["short_value"] - table["principal"] - table["accrued"]
    assert np.abs(table["equity"] - parts).max() < 1e-9
    names = ("commission", "stamp_duty", "transfer_fee")
    fees = sum(sum(done.column("fills", name)) for name in names) + sum(done.column("contracts", "interest"))
    signs = {"buy": -1, "margin_buy": -1, "buy_to_return": -1, "sell": 1, "sell_to_repay": 1, "short_sell": 1}
    fills = zip(done.column("fills", "kind"), done.column("fills", "value"), strict=True)
    flow = sum(signs.get(kind, 0) * value for kind, value in fills)
    long, short = done.broker.holdings()
    left = float(np.nansum((long - short) * done.broker.market.marks[-1]))
    assert table["equity"][-1] - 60_000.0 == pytest.approx(flow + left - fees, abs=1e-6)
    assert len(done.column("fills", "kind")) > 40
