"""What a credit account inside backtrader consists of, as its parts see it."""

from typing import Any

import backtrader as bt
import numpy as np

from ..account import credit
from ..account.cash_flows import Flow, Moved
from ..account.corporate_actions import TAXED
from ..account.journal import Journal
from ..account.market import Market
from ..account.terms import TermSchedule
from ..types import Row
from .clock import column_of, traded_feeds
from .refusal_summary import RefusalTally


class AccountState(bt.brokers.BackBroker):
    """backtrader's broker with what orders, upkeep and risk desk share; `CreditBroker` fills them."""

    t: int
    """Index of the session in the market's panel."""
    market: Market
    schedule: TermSchedule
    ledger: credit.Ledger
    journal: Journal
    tally: RefusalTally
    cash_flow: float
    """CNY of cash moved in, less what was moved out."""
    keeps_lines: bool
    """Whether orders and moves keep what they did to cash and shares, for a statement."""
    carried_out: list[Moved]
    """What came of the moves that were asked for."""
    bonus: dict[tuple[int, int], float]
    """Session and column -> shares that a corporate action brought, where lines are kept."""
    forced_elsewhere: set[int]
    """Sessions whose forced sales a statement tells: the risk desk sells nothing on them."""
    asked: list[Flow]
    """What strategies ask to move; it moves before the next session."""
    _column: dict[str, int]
    _feeds: list[Any]
    _fill_row: tuple[int, Row, Row]

    @property
    def date(self) -> np.datetime64:
        """Date of the session."""
        return self.market.panel.sessions[self.t]

    def feeds(self) -> list[Any]:
        """Return the feeds by column of the panel."""
        if not self._feeds:
            self._feeds = traded_feeds(self.cerebro.datas, self._column)
        return self._feeds

    def fill_valuation(self) -> tuple[Row, Row]:
        """Return prices (N,) and haircuts (N,) at which today's fills are judged."""
        if self._fill_row[0] != self.t:
            self._fill_row = (self.t, self.market.fill_marks(self.t), self.market.haircuts(self.t))
        return self._fill_row[1:]

    def fill_now(self, order: Any) -> None:
        """Accept an order of the risk desk and judge it at this session's fill."""
        self._ocoize(order, None)
        self.orders.append(order)
        order.submit(self)
        order.accept(self)
        self.notify(order)
        self._try_exec(order)

    def note_tax(self, j: int, shares: float) -> None:
        """Note the tax on dividends that a sale of `shares` paid, where it paid any."""
        tax = float(self.ledger.account[0]["taxed"])
        if tax > 0.0:
            self.journal.entitlement(self.date, j, TAXED, shares, np.nan, -tax)
            self.ledger.account[0]["taxed"] = 0.0

    def _index(self, data: Any) -> int:
        return column_of(data, self._column)

    def sums(self) -> credit.Totals:
        """Return the account's sums at the marks of the last close."""
        return credit.totals(self.ledger, self._marks())

    def _marks(self) -> Row:
        return self.market.marks[self.t] if self.t >= 0 else self.market.before

    def marks_before(self) -> Row:
        """Return the marks (N,) of the close before this session."""
        return self.market.marks[self.t - 1] if self.t > 0 else self.market.before
