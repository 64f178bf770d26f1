"""CreditBroker as backtrader's own broker: with nothing borrowed and no limits it is BackBroker, trade by trade.

What can be alike: backtrader's broker takes commissions with all their digits, a Chinese one in whole cents. So the two
are held together without commission, with one that cannot differ (lots of 1,000 shares, whole cents, one in a
thousand), and against a scheme for BackBroker that rounds half-up in integers. BackBroker judges cash when an order is
submitted too, by the last close; here that check is off, or cash is ample.
"""

import datetime as dt

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from broker.gambling import stock_feeds
from broker.markets import FREE, Scripted, free, run
from broker.markets import panel as panel_by_hand
from conditions import sections
from liangrong import credit_broker, panel_of_frames
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.panel.panel import Panel
from liangrong.core.types import Board, OrderKind

# Who orders at random is refused now and then, by both brokers alike.
pytestmark = pytest.mark.filterwarnings("ignore::liangrong.core.broker.refusal_summary.OrdersRefused")

UNLIMITED = {"price_limits": False, "uptick": False, "eligibility": "all", "volume_share": None}


def charged(rate):
    return free(commission_rate=rate)


def market(seed, sessions=60, securities=3):
    """Prices in whole cents with wide bars, so that limits and stops are met; every security trades every day."""
    rng = np.random.default_rng(seed)
    shape = (sessions, securities)
    close = np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.03, shape), axis=0)), 2)
    opened = np.round(np.vstack([close[:1], close[:-1]]) * np.exp(rng.normal(0.0, 0.02, shape)), 2)
    high = np.maximum(close, opened) + np.round(rng.random(shape) * 0.4, 2)
    low = np.minimum(close, opened) - np.round(rng.random(shape) * 0.4, 2)
    fields = {"open": opened, "high": np.round(high, 2), "low": np.round(low, 2), "close": close}
    fields["volume"] = rng.integers(10**6, 10**7, shape).astype(float)
    days = np.busday_offset("2024-03-04", np.cumsum(rng.integers(1, 3, sessions)), roll="forward")
    return Panel(sessions=days, symbols=tuple(f"60000{j}.SH" for j in range(securities)), fields=fields)


class HalfUp(bt.CommInfoBase):
    """One in a thousand, half-up to the cent, by integers only."""

    params = (("commission", 0.001), ("stocklike", True), ("percabs", True))

    def _getcommission(self, size, price, pseudoexec):  # noqa: ARG002 - backtrader's signature
        return (round(abs(size)) * round(price * 100) + 500) // 1000 / 100


class Trader(bt.Strategy):
    """Orders of every type at random, never more sold than is held and free; writes down all it is told."""

    params = (("seed", 0), ("lot", 100))

    def __init__(self):
        self.rng = np.random.default_rng(self.p.seed)
        self.log, self.entries, self.promised, self.types = [], [], [], set()

    def notify_order(self, order):
        self.first = getattr(self, "first", order.ref)
        done = order.executed
        row = (order.ref - self.first, order.data._name, order.getstatusname(), order.isbuy(), order.exectype)
        figures = (done.dt, done.size, done.remsize, done.price, done.value, done.comm, done.pnl)
        self.log.append((*row, *(float(x or 0.0) for x in (*figures, done.psize, done.pprice))))
        if order.status == bt.Order.Completed:
            self.types.add(order.getordername() + " of a bracket" * (order.parent is not None))

    def notify_trade(self, trade):
        parts = (trade.size, trade.price, trade.value, trade.pnl, trade.pnlcomm, trade.commission)
        self.log.append((trade.data._name, trade.status, trade.barlen, *map(float, parts)))

    def notify_cashvalue(self, cash, value):
        held = [(float(pos.size), float(pos.price)) for pos in map(self.getposition, self.datas)]
        self.log.append(("account", float(cash), float(value), *(x for pair in held for x in pair)))

    def next(self):
        alive = [order for order in self.entries if order.alive()]
        if alive and self.rng.random() < 0.15:
            self.cancel(alive[self.rng.integers(len(alive))])
        for _ in range(2):
            data = self.datas[self.rng.integers(len(self.datas))]
            size = int(self.rng.integers(1, 6)) * self.p.lot
            if self.rng.random() < 0.45:
                self.leave(data, min(size, self.free(data)))
            else:
                self.enter(data, size)

    def free(self, data):
        """Return the shares that no living sale may still take."""
        size = self.getposition(data).size
        for of, promised, orders, parent in self.promised:
            is_due = parent is None or parent.status == bt.Order.Completed
            if of is data and is_due and any(order.alive() for order in orders):
                size -= promised
        return size

    def enter(self, data, size):
        price, kind = data.close[0], self.rng.integers(7)
        below, above = round(price * 0.985, 2), round(price * 1.015, 2)
        until = self.data.datetime.date(0) + dt.timedelta(days=4)
        if kind == 0:
            orders = [self.buy(data, size=size)]
        elif kind == 1:
            orders = [self.buy(data, size=size, exectype=bt.Order.Limit, price=below, valid=dt.timedelta(days=3))]
        elif kind == 2:
            orders = [self.buy(data, size=size, exectype=bt.Order.Stop, price=above, valid=until)]
        elif kind == 3:
            orders = [self.buy(data, size=size, exectype=bt.Order.StopLimit, price=above, plimit=above + 0.1)]
        elif kind == 4:
            orders = [self.buy(data, size=size, exectype=bt.Order.Close)]
        elif kind == 5:
            first = self.buy(data, size=size, exectype=bt.Order.Limit, price=below)
            orders = [first, self.buy(data, size=size, exectype=bt.Order.Stop, price=above, oco=first)]
        else:
            stop, limit = round(price * 0.95, 2), round(price * 1.05, 2)
            orders = self.buy_bracket(data, size=size, price=above, stopprice=stop, limitprice=limit)
            self.promised.append((data, size, orders[1:], orders[0]))
            orders = orders[:1]
        self.entries += orders

    def leave(self, data, size):
        if size <= 0:
            return
        price, kind = data.close[0], self.rng.integers(5)
        above, below = round(price * 1.02, 2), round(price * 0.98, 2)
        if kind == 0:
            orders = [self.sell(data, size=size, exectype=bt.Order.Limit, price=above)]
            orders.append(self.sell(data, size=size, exectype=bt.Order.Stop, price=below, oco=orders[0]))
        elif kind == 1:
            orders = [self.sell(data, size=size, exectype=bt.Order.StopTrail, trailamount=0.2)]
        elif kind == 2:
            orders = [self.sell(data, size=size, exectype=bt.Order.Close)]
        elif kind == 3:
            orders = [self.sell(data, size=size, exectype=bt.Order.StopLimit, price=below, plimit=below - 0.1)]
        else:
            orders = [self.sell(data, size=size)]
        self.promised.append((data, size, orders, None))


def assert_alike(ours, theirs):
    """Rows of texts and numbers: texts equal, numbers to 1e-9."""
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        texts = [[x for x in row if not isinstance(x, float)] for row in (mine, other)]
        numbers = [[x for x in row if isinstance(x, float)] for row in (mine, other)]
        assert texts[0] == texts[1], (mine, other)
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-9, abs=1e-6, nan_ok=True), (mine, other)


def plain_broker(cash, scheme, **settings):
    broker = bt.brokers.BackBroker(cash=cash, **settings)
    if isinstance(scheme, float):
        broker.setcommission(scheme)
    else:
        broker.addcommissioninfo(scheme)
    return broker


def played(cerebro, broker, feeds, strategy, run=None, add=None, **params):
    cerebro.broker = broker
    for feed in feeds:
        cerebro.adddata(feed)
    cerebro.addstrategy(strategy, **params)
    if add is not None:
        add(cerebro)
    return cerebro.run(**(run or {}))[0]


def ours_of(panel, cash, rate, strategy, engine=PanelCerebro, run=None, add=None, boards=Board.MAIN, **params):
    broker = credit_broker(panel, cash=cash, **sections(**charged(rate), **UNLIMITED), boards=boards)
    feeds = feeds_of(broker.market.panel)
    # pyrefly: ignore[unexpected-keyword]  backtrader's metaclass passes arguments on
    return played(engine(stdstats=False), broker, feeds, strategy, run, add, **params)


SCHEMES = {"free": (0.0, 0.0, 100), "whole cents": (0.001, 0.001, 1000), "half-up": (0.001, HalfUp(), 100)}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SCHEMES)
def test_it_is_back_broker_when_nothing_is_borrowed(name, seed):
    rate, scheme, lot = SCHEMES[name]
    panel, cash = market(seed), 120.0 * lot  # soon spent: refusals for want of cash are alike too
    mine = ours_of(panel, cash, rate, Trader, seed=seed, lot=lot)
    stock = plain_broker(cash, scheme, checksubmit=False)
    theirs = played(bt.Cerebro(stdstats=False), stock, stock_feeds(panel), Trader, seed=seed, lot=lot)
    assert_alike(mine.log, theirs.log)
    assert mine.types == theirs.types
    statuses = {row[2] for row in mine.log if isinstance(row[2], str)}
    assert statuses >= {"Accepted", "Completed", "Canceled", "Margin"}


def test_the_comparison_meets_every_type_of_order():
    types, statuses = set(), set()
    for seed in range(4):
        done = ours_of(market(seed), 12_000.0, 0.0, Trader, seed=seed)
        types |= done.types
        statuses |= {row[2] for row in done.log if isinstance(row[2], str)}
    singles = {"Market", "Limit", "Stop", "StopLimit", "StopTrail", "Close"}
    assert types == singles | {"Stop of a bracket", "Limit of a bracket"}
    assert statuses == {"Accepted", "Completed", "Canceled", "Margin", "Expired"}


def test_with_ample_cash_the_check_at_submission_changes_nothing_but_a_notice():
    panel = market(7)
    mine = ours_of(panel, 1e7, 0.0, Trader, seed=7)
    theirs = played(bt.Cerebro(stdstats=False), plain_broker(1e7, 0.0), stock_feeds(panel), Trader, seed=7)
    told = [row for row in theirs.log if row[2] != "Submitted"]
    assert len(told) < len(theirs.log)
    # The orders of the last session are never looked at by the stock broker, and are accepted by ours.
    assert_alike(*(log[: max(i for i, row in enumerate(log) if row[0] == "account")] for log in (mine.log, told)))


@pytest.mark.parametrize("symbol", ["600519.SH", "000001.SZ"])
def test_on_real_bars_too(real, symbol):
    bars = pd.read_csv(real / "ashare" / f"{symbol[:6]}_daily.csv").rename(columns={"day": "date"})
    panel = panel_of_frames({symbol: bars}, adjusted=False)
    cash = 1_200.0 * panel["close"][0, 0]
    broker = credit_broker(panel, cash=cash, **sections(**charged(0.001), **UNLIMITED), boards=Board.MAIN)
    mine = played(PanelCerebro(), broker, feeds_of(broker.market.panel), Trader, seed=1)
    stock = plain_broker(cash, HalfUp(), checksubmit=False)
    theirs = played(bt.Cerebro(stdstats=False), stock, stock_feeds(panel), Trader, seed=1)
    assert_alike(mine.log, theirs.log)
    assert len(mine.types) >= 7


MODES = [
    {"preload": preload, "runonce": runonce, "exactbars": exactbars}
    for preload in (True, False)
    for runonce in (True, False)
    for exactbars in (False, 1, -1, -2)
]


@pytest.mark.parametrize("engine", [PanelCerebro, bt.Cerebro])
def test_every_mode_gives_one_result(engine):
    panel = market(2, sessions=40)
    expected = repr(ours_of(panel, 12_000.0, 0.001, Trader, seed=2).log)
    for mode in MODES:
        assert repr(ours_of(panel, 12_000.0, 0.001, Trader, engine, mode, seed=2).log) == expected, mode


# ---- what a credit account adds --------------------------------------------------------------------------------------

METHODS = ("buy_collateral", "margin_buy", "short_sell", "sell_collateral", "sell_to_repay", "buy_to_return")


def gamble(strategy):
    """Draw one of the eight orders by the session only."""
    rng = np.random.default_rng([5, strategy.session, len(strategy.orders)])
    j, shares, draw = int(rng.integers(2)), int(rng.integers(1, 15)) * 100, rng.random()
    if draw < 0.15:
        return strategy.repay(float(rng.integers(100, 20_000)))
    if draw < 0.25:
        return strategy.return_shares(j, shares)
    return getattr(strategy, METHODS[int(rng.integers(6))])(j, shares)


@pytest.mark.parametrize("seed", range(5))
def test_trades_hold_every_fee_and_all_interest_that_a_fill_paid(seed):
    broker = credit_broker(market(seed, securities=2), cash=60_000.0, **sections(**UNLIMITED))
    script = {session: [gamble] * 3 for session in range(58)}
    strategy = played(PanelCerebro(), broker, feeds_of(broker.market.panel), Scripted, script=script)
    fills, sums = broker.journal.tables()["fills"], broker.sums()
    assert {"repay", "return_shares", "sell_to_repay", "buy_to_return"} <= set(fills["kind"])
    trades = [t for data in strategy.datas for of_id in strategy._trades[data].values() for t in of_id]
    booked = sum(trade.pnlcomm for trade in trades)
    pairs = zip(fills["kind"], fills["interest"], strict=True)
    without_trade = sum(
        paid for kind, paid in pairs if kind.endswith(("repay", "return_shares")) and "sell" not in kind
    )
    marks = broker.market.marks[-1]
    held = [(broker.getposition(data), marks[j]) for j, data in enumerate(strategy.datas)]
    open_gain = sum(position.size * (mark - position.price) for position, mark in held)
    gain = broker.getvalue() - 60_000.0
    assert gain == pytest.approx(booked + open_gain - without_trade - sums.accrued, abs=1e-6)
    assert without_trade > 0.0
    closed = [pnlcomm for _, is_closed, _, _, pnlcomm in strategy.trades if is_closed]
    assert sum(closed) == pytest.approx(sum(t.pnlcomm for t in trades if t.isclosed), abs=1e-9)
    opened = sum(1 for _, is_closed, *_ in strategy.trades if not is_closed)
    assert opened == sum(1 for trade in trades if trade.isopen or trade.isclosed)


@pytest.mark.parametrize(
    ("price", "cause", "sold"),
    # Debt 60,000 and two days of interest. At 4.0: x = (1.4 debt - assets of 64,600) / 0.4, 1,000 of it in cash, the
    # rest in whole lots.
    [(4.0, "maintenance", 11_900.0), (3.7, "insolvent", 15_900.0)],
)
def test_a_forced_sale_is_told_like_any_other_order_and_its_trade_pays_the_interest(price, cause, sold):
    falling, told = panel_by_hand([10.0] * 3 + [price] * 3), []

    class Listening(Scripted):
        def notify_order(self, order):
            told.append((order.info.get("forced"), order.info["kind"].name, order.getstatusname(), order.executed.size))

    script = {0: [("buy_collateral", 0, 9_900)], 1: [("margin_buy", 0, 6_000)]}
    done = run(falling, script, strategy=Listening, price_limits=False)
    assert [row for row in told if row[0] and row[1] == "SELL_TO_REPAY"][:2] == [
        (cause, "SELL_TO_REPAY", "Accepted", 0),
        (cause, "SELL_TO_REPAY", "Completed", -sold),
    ]
    trade = done.strategy._trades[done.strategy.data][0][-1]
    assert trade.pnl == pytest.approx(sold * (price - 10.0))
    interest = 60_000.0 * 0.0835 / 360 * 2
    paid_by_cash = interest if cause == "maintenance" else 0.0  # it repays first
    assert trade.pnlcomm == pytest.approx(trade.pnl - interest + paid_by_cash)
    is_closed = sold == 15_900.0
    assert done.strategy.trades[-1][1:3] == (is_closed, 0.0 if is_closed else 9_900.0)


def test_a_hedged_security_is_one_net_position():
    """Position, trade and the value of the data are net; value and cash of the account know both sides."""
    steps = {0: [("buy_collateral", 0, 1000), ("short_sell", 0, 400)], 2: [lambda s: s.close()]}
    done = run(panel_by_hand([10.0, 10.0, 12.0, 12.0, 15.0]), steps, price_limits=False)
    a_day = 400 * 10.0 * 0.1035 / 360
    assert done.strategy.accounts[2] == pytest.approx((90_000.0, 100_000.0 + 600 * 2.0 - a_day))  # 4,000 are locked
    # close() sells the net 600: the trade is over, the hedge and its fee go on, whatever the price.
    assert done.strategy.accounts[4] == pytest.approx((97_200.0, 101_200.0 - 3 * a_day))
    assert done.strategy.trades == [
        ("600000.SH", False, 1000.0, 0.0, 0.0),
        ("600000.SH", True, 0.0, pytest.approx(1200.0), pytest.approx(1200.0)),
    ]
    assert done.position()[0] == done.broker.getvalue([done.strategy.data]) == 0.0
    assert [side.tolist() for side in done.broker.holdings()] == [[400.0], [400.0]]


@pytest.mark.parametrize(
    ("entry", "words", "left"),
    [
        ("short_sell", {}, ([0.0], [0.0])),
        ("short_sell", {"kind": OrderKind.BUY_TO_RETURN}, ([0.0], [0.0])),
        ("margin_buy", {}, ([0.0], [0.0])),
        ("margin_buy", {"kind": OrderKind.SELL_TO_REPAY}, ([0.0], [0.0])),
        ("margin_buy", {"kind": OrderKind.SELL}, ([500.0], [0.0])),  # financed shares are no collateral yet: refused
    ],
)
def test_what_close_closes(entry, words, left):
    done = run(panel_by_hand([10.0] * 5), {0: [(entry, 0, 500)], 2: [lambda s: s.close(**words)]}, FREE)
    assert tuple(side.tolist() for side in done.broker.holdings()) == left
    assert done.orders[1][1] == ("no_shares" if left == ([500.0], [0.0]) else "")


def test_bonus_shares_enter_the_open_trade():
    halved = panel_by_hand([10.0, 10.0, 10.0, 5.0, 5.0, 5.0, 6.0, 6.0])
    actions = ActionTable({3: [Action(0, 0.0, 1.0)]})
    broker = credit_broker(halved, cash=20_000.0, **sections(**FREE, **UNLIMITED), actions=actions)
    script = {0: [("buy_collateral", 0, 1000)], 5: [lambda strategy: strategy.close()]}
    done = played(PanelCerebro(), broker, feeds_of(broker.market.panel), Scripted, script=script)
    assert done.trades[-1][1:] == (True, 0.0, pytest.approx(2000.0), pytest.approx(2000.0))
    assert broker.getvalue() == pytest.approx(22_000.0)
