"""Small markets made by hand, a strategy that follows a script, and a run whose parts can be looked at.

Without other words: one security of the main board, sessions from Monday 2024-03-04 on (stamp duty 0.0005, transfer
fee 0.00001, margin ratios 0.8), no gap between the close and the next open, and no shortage of volume.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from conditions import FREE, conditions
from liangrong.core.account.market import Market
from liangrong.core.account.terms import TermSchedule
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.credit_broker import CreditBroker
from liangrong.core.broker.feed import feeds_of
from liangrong.core.ideas.strategy import MarginStrategy
from liangrong.core.panel.panel import Panel
from liangrong.core.rulebook import Rulebook, board_of
from liangrong.core.types import Board

MONDAY = "2024-03-04"
SHARES = ("600000.SH", "600001.SH", "600002.SH", "600003.SH")


def free(**changes: Any) -> dict[str, Any]:
    """Return the options without fees, with `changes`."""
    return {**FREE, **changes}


def rows(values: Any, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Return (T, N) from one number per session, one per session and security, or one for all."""
    array = np.asarray(values, dtype=float)
    if array.ndim == 1:
        array = array[:, None]
    return np.array(np.broadcast_to(array, shape)) if shape else array


def panel(opens: Any, closes: Any = None, *, days: Any = MONDAY, symbols: Any = None, **fields: Any) -> Panel:
    """Return a complete panel; a NaN close is a suspended session, `days` the first session or all of them."""
    opened = rows(opens)
    shape = opened.shape
    closed = opened.copy() if closes is None else rows(closes, shape)
    if isinstance(days, str):
        days = np.busday_offset(days, np.arange(shape[0]), roll="forward")
    before = np.vstack([opened[:1], closed[:-1]])
    given = {
        "open": opened,
        "close": closed,
        "high": np.fmax(opened, closed),
        "low": np.fmin(opened, closed),
        "pre_close": before,
        "volume": np.full(shape, 1e9),
        "suspended": np.isnan(closed).astype(float),
    }
    given |= {name: rows(values, shape) for name, values in fields.items()}
    return Panel(
        sessions=np.array(days, dtype="datetime64[D]"),
        symbols=SHARES[: shape[1]] if symbols is None else tuple(symbols),
        fields=given,
    )


class Scripted(MarginStrategy):
    """Submits what its script says and writes down what it is told.

    The script maps a session (0 = the first) to orders: the name of a method of the strategy and its arguments, or a
    function of the strategy.
    """

    params = (("script", None),)

    def __init__(self) -> None:
        self.orders, self.states, self.trades, self.accounts, self.ledgers = [], [], [], [], []

    def decide(self) -> None:
        for step in self.p.script.get(self.session, ()):
            order = step(self) if callable(step) else getattr(self, step[0])(*step[1:])
            self.orders.append(order)

    def next(self) -> None:
        self.accounts.append((self.broker.getcash(), self.broker.getvalue()))
        super().next()

    def notify_order(self, order: Any) -> None:
        first = min(o.ref for o in self.orders if o is not None) if self.orders else order.ref
        executed = order.executed
        self.states.append((order.ref - first, order.getstatusname(), executed.size, executed.price, executed.comm))

    def notify_trade(self, trade: Any) -> None:
        self.trades.append((trade.data._name, trade.isclosed, trade.size, trade.pnl, trade.pnlcomm))


@dataclass
class Run:
    """A finished run."""

    broker: CreditBroker
    strategy: Any
    tables: dict[str, dict[str, list[Any]]]

    @property
    def orders(self) -> list[tuple[str, str]]:
        """Status and refusal of every order of the script, in the order of submission."""
        pairs = [(order.getstatusname(), order.info.get("refusal")) for order in self.strategy.orders]
        return [(status, reason.name.lower() if reason else "") for status, reason in pairs]

    @property
    def cash(self) -> float:
        """All cash, locked short proceeds included."""
        return float(self.broker.ledger.account[0]["cash"])

    def position(self, j: int = 0) -> tuple[float, float]:
        position = self.broker.positions[self.strategy.datas[j]]
        return position.size, position.price

    def column(self, table: str, name: str) -> list[Any]:
        return self.tables[table][name]


def account(
    panel: Panel,
    terms: dict[str, Any] = FREE,
    *,
    cash: float = 100_000.0,
    boards: list[Board] | None = None,
    broker_class: type = CreditBroker,
    **options: Any,
) -> CreditBroker:
    """Return a broker over `panel`; of these options. Tests read the refusals, not the last line."""
    rulebook = Rulebook.load()
    boards = [board_of(symbol) for symbol in panel.symbols] if boards is None else boards
    given = conditions(**{**terms, **options})
    market = Market(panel, boards, rulebook, given)
    schedule = TermSchedule(rulebook, given, panel.sessions, market.arrays.fee_class)
    return broker_class(cash=cash, market=market, schedule=schedule, refusal_line=False)


def run(
    panel: Panel,
    script: dict[int, list[Any]] | None,
    terms: dict[str, Any] = FREE,
    *,
    cerebro: Any = None,
    options: dict[str, Any] | None = None,
    strategy: type = Scripted,
    parameters: dict[str, Any] | None = None,
    **account_of: Any,
) -> Run:
    """Run a script, or another strategy with `parameters`, over `panel`; `options` go to Cerebro.run."""
    cerebro = PanelCerebro() if cerebro is None else cerebro
    cerebro.broker = broker = account(panel, terms, **account_of)
    for feed in feeds_of(panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(strategy, **({"script": script} if parameters is None else parameters))
    strategies = cerebro.run(**(options or {}))
    return Run(broker, strategies[0], broker.journal.tables())
