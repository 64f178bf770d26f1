"""The market as the account meets it: marks, quotes, lists, limits and lots, session by session."""

import copy
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..config.run import Conditions
from ..panel.actions import ActionTable
from ..panel.dated_facts import while_absent
from ..panel.endings import EndingTable
from ..panel.ex_right import ex_right
from ..panel.panel import Panel
from ..panel.recalls import RecallTable
from ..rulebook import Rulebook
from ..types import Board, Panel2D, Row
from . import quotes
from .admission import Quote
from .ended_securities import End
from .market_arrays import listing_rows, market_arrays, own_terms
from .market_ends import ends_of, struck_off
from .session_quotes import SessionQuotes


class Market:
    """Quotes and marks of a panel.

    Parameters
    ----------
    panel : Panel
        Complete: close, pre_close and suspended at least; T sessions, N securities.
    boards : sequence of Board (N,)
    rulebook : Rulebook
    conditions : Conditions
    actions : ActionTable, optional
        Corporate actions: derived cells of the panel's pre_close become the ex-right reference, and marks follow it.
    recalls : RecallTable, optional
        What lenders want back.
    endings : EndingTable, optional
        Ends of listings: what is held then is exchanged, paid for, or valued by `market.after_delisting`.
    listed : int (N,), optional
        `listing_rows` of all the data; by default the panel is all there is. Not read where the panel has
        `listed_sessions`.

    Raises
    ------
    DataError
        A field is absent that the conditions need.
    DateError
        A session before the record of a rule of one of the boards.

    Notes
    -----
    Rows are computed when a session needs them: of 5,000 securities a run trades a few dozen, and where it trades
    hundreds all are read at once.
    """

    def __init__(
        self,
        panel: Panel,
        boards: list[Board],
        rulebook: Rulebook,
        conditions: Conditions,
        actions: ActionTable | None = None,
        listed: NDArray[np.int64] | None = None,
        recalls: RecallTable | None = None,
        endings: EndingTable | None = None,
    ) -> None:
        self.actions = actions or ActionTable()
        self.recalls = recalls or RecallTable()
        self.marks: Panel2D
        """float64 (T, N): the close, carried forward (ex rights) where nothing trades; NaN before the first."""
        referred, self.marks = ex_right(panel, self.actions, boards)
        self.endings = endings or EndingTable()
        left = conditions.market.after_delisting
        self._left = 1.0 if left == "last_close" else left
        unknown = np.full(len(boards), np.nan)
        self.ends: Mapping[int, Sequence[End]] = ends_of(self.endings, self.marks, unknown, self._left)
        """Session -> what becomes of the securities that are listed no longer from its open on."""
        self.panel = panel = referred if self.actions.by_session else panel
        self.boards = boards
        self.listed = listing_rows(panel) if listed is None else listed
        """int (N,): row of the panel on which each security was listed, as far as the data tell."""
        arrays = market_arrays(panel, boards, rulebook, conditions, self.marks, self.listed)
        self._has_short_list = len(arrays.short_eligible) > 0
        self.arrays = struck_off(arrays, self.endings, panel)
        """The same market for compiled code."""
        self._session = SessionQuotes()
        self._seen: dict[str, tuple[Panel, Panel2D]] = {}  # made when it is asked for, once for all conditions

    def under(self, conditions: Conditions) -> "Market":
        """Return the same market, its arrays shared, under conditions of one `shape` with its own."""
        market = copy.copy(self)
        market.arrays = self.arrays._replace(**own_terms(conditions))
        return market

    def opened(self, before: Row) -> "Market":
        """Return the same market for an account that holds something before the first session.

        Parameters
        ----------
        before : float64 (N,)
            CNY per share, the marks of the close before the first session; NaN = unknown. A security that does not
            trade on the first sessions keeps its mark from then on.
        """
        market = copy.copy(self)
        unknown = np.isnan(self.marks).cumprod(axis=0, dtype=np.bool_) & ~np.isnan(before)
        if unknown.any():
            market.marks = np.where(unknown, before, self.marks)
        if min(self.endings.by_session, default=1) <= 0:
            market.marks = market.marks.copy()
            market.ends = ends_of(self.endings, market.marks, before, self._left)
        market.arrays = self.arrays._replace(marks=market.marks, before=np.ascontiguousarray(before, np.float64))
        return market

    @property
    def before(self) -> Row:
        """Return the marks (N,) of the close before the first session, else of the first."""
        return self.arrays.before

    @staticmethod
    def shape(conditions: Conditions) -> str:
        """Return what decides the arrays of a market over given data, as a key."""
        return f"{conditions.market!r} {conditions.execution.fill} {conditions.account.judge}"

    def fill_marks(self, t: int) -> Row:
        """Return the prices (N,) at which every security is valued at a fill of session `t`.

        The open, or the close where orders fill there; the previous close of a security that does not trade.
        """
        out = np.empty(len(self.boards))
        quotes.fill_marks(self.arrays, t, out)
        return out

    def haircuts(self, t: int) -> Row:
        """Return the haircuts (折算率) (N,) of session `t`: the panel's or the rule's cap; the broker's if lower."""
        out = np.empty(len(self.boards))
        quotes.haircuts(self.arrays, t, out)
        return out

    def quote(self, t: int, j: int, stated: float | None = None) -> Quote:
        """Return security `j` as an order of session `t` meets it; one that trades at the price `stated` and no other.

        A stated price is in range between the session's low and high; between the price limits where those are absent.
        There it was traded, so no queue at the limit stands in its way.
        """
        panel, quote = self.panel, self._session.quote(self.arrays, t, j)
        if stated is None or np.isnan(quote.price):
            return quote
        low, high = quote.lowest, quote.highest
        if "low" in panel and "high" in panel:
            low, high = panel["low"][t, j], panel["high"][t, j]
        is_in_range = bool(low <= stated <= high)
        return quote._replace(price=stated, high=stated, limit_up=np.inf, limit_down=0.0, is_in_range=is_in_range)

    def dealing_prices(self, t: int, slippage: float) -> tuple[Row, Row]:
        """Return the prices (N,) that a sale gets and a purchase pays on session `t`; NaN = does not trade."""
        sold, bought = np.empty(len(self.boards)), np.empty(len(self.boards))
        quotes.dealing_prices(self.arrays, t, slippage, sold, bought)
        return sold, bought

    def lot(self, t: int, j: int) -> tuple[float, float]:
        """Return the least number of shares of an order in security `j` and the step above it."""
        board = self.arrays.board[j]
        return float(self.arrays.lot_minimum[board, t]), float(self.arrays.lot_step[board, t])

    def lots(self, t: int) -> tuple[Row, Row]:
        """Return `lot` for every security: minimum (N,) and step (N,); NaN before the board opened."""
        minimum, step = np.empty(len(self.boards)), np.empty(len(self.boards))
        quotes.lots(self.arrays, t, minimum, step)
        return minimum, step

    def volume_cap(self, t: int, j: int) -> float:
        """Return the most shares that one order may fill of session `t`; inf where the volume is not published."""
        return self._session.volume_cap(self.arrays, t, j)

    def may_owe(self, t: int, j: int, owed: float) -> float:
        """Return the most shares that the account, which owed `owed`, may owe at the fills of session `t`."""
        return self._session.may_owe(self.arrays, t, j, owed)

    def borrowable_next(self, t: int, owed: Row) -> Row:
        """Return the most shares (N,) that the account, which owes `owed` (N,), may be expected to owe on session t+1.

        What can be borrowed as the broker stated it for t beside them, else a share of the short volume that is
        published for t; inf = no limit.
        """
        out = np.empty(len(self.boards))
        quotes.borrowable_row(self.arrays, t, owed, out)
        return out

    def is_eligible(self, name: str, t: int) -> NDArray[np.bool_]:
        """Return which securities (N,) are on the list `name` (financing_eligible, short_eligible) at session `t`."""
        lists = getattr(self.arrays, name)
        return lists[t] > 0.0 if len(lists) else np.ones(len(self.boards), dtype=np.bool_)

    def shortable(self, history: Panel, first: int) -> Panel2D:
        """Return the short list as decisions see it (T, N), read only: 1 where the security may be shorted.

        Parameters
        ----------
        history : Panel
            As `published` makes it: also whether a security had a row is known only from then on.
        first : int
            Row of `history` on which the market begins.
        """
        if "shortable" not in self._seen or self._seen["shortable"][0] is not history:
            table = np.ones(self.panel.shape)
            if self._has_short_list:
                table = (while_absent(history, "short_eligible")[first:] > 0.0).astype(np.float64)
            table.flags.writeable = False
            self._seen["shortable"] = history, table
        return self._seen["shortable"][1]
