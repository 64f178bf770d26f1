"""The market as the account meets it: marks, quotes, lists, limits and lots, session by session."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import quantities
from ..data.actions import ActionTable
from ..data.panel import Panel
from ..kernels import quotes
from ..kernels.admission import Quote
from ..kernels.prices import carry_forward, round_half_up, ticks_per_unit
from ..kernels.states import hysteresis
from ..rulebook import Rulebook, limit_ratio, ruled_as, tick_of
from ..types import Board, Panel2D, Row


@dataclass(frozen=True, kw_only=True)
class MarketSettings:
    """How the market's rules apply.

    Parameters
    ----------
    fill_at_close : bool
        Orders meet the close of the session after their decision, not its open.
    price_limits, uptick : bool
        Whether these rules hold.
    everything_eligible : bool
        Every security may be financed and shorted, whatever the panel's lists say.
    volume_share : float
        Most of a session's volume that one order may be; inf = no limit.
    borrow_share : float
        Most that may be owed, as a share of the short volume published for the session before; inf = no limit.
    haircut : float, optional
        The broker's cap beside the rule's: the lower holds.
    haircut_overrides : bool
        The broker's haircut holds alone.
    float_cap : bool
        Financing of a security stops while its financing balance is too large a share of its float cap.

    Raises
    ------
    ConfigError
        A share or a haircut that cannot be meant, with what to write instead.
    """

    fill_at_close: bool = False
    price_limits: bool = True
    uptick: bool = True
    everything_eligible: bool = False
    volume_share: float = np.inf
    borrow_share: float = np.inf
    haircut: float | None = None
    haircut_overrides: bool = False
    float_cap: bool = True

    def __post_init__(self) -> None:
        """Judge every number by what it is, as a configuration does."""
        for name, kind in (("volume_share", quantities.POSITIVE_SHARE), ("borrow_share", quantities.SHARE)):
            if getattr(self, name) != np.inf:
                quantities.check(name, getattr(self, name), kind)
        if self.haircut is not None:
            quantities.check("haircut", self.haircut, quantities.HAIRCUT)


_YOUNG = 30  # sessions; a security that is older throughout has no unlimited one


class Market:
    """Quotes and marks of a panel.

    Parameters
    ----------
    panel : Panel
        Complete: close, pre_close and suspended at least; T sessions, N securities.
    boards : sequence of Board (N,)
    rulebook : Rulebook
    settings : MarketSettings
    actions : ActionTable, optional
        Corporate actions; where the panel's pre_close is imputed, it becomes the ex-right reference on their dates.

    Raises
    ------
    DataError
        A field is absent that the settings need.
    DateError
        A session before the record of a rule of one of the boards.

    Notes
    -----
    Rows are computed when a session needs them: of 5,000 securities a run trades a few dozen.
    """

    def __init__(
        self,
        panel: Panel,
        boards: list[Board],
        rulebook: Rulebook,
        settings: MarketSettings,
        actions: ActionTable | None = None,
    ) -> None:
        self.actions = actions or ActionTable()
        self.panel = panel = _ex_right(panel, self.actions, boards)
        self.settings = settings
        self.marks: Panel2D = carry_forward(panel["close"])
        """float64 (T, N): the close, carried forward where a security does not trade; NaN before its first."""
        self.boards = boards
        self.arrays = _arrays(panel, boards, rulebook, settings, self.marks)
        """The same market for compiled code."""

    @property
    def has_float_cap(self) -> bool:
        """Whether financing stops where a security's financing balance is too large a share of its float cap."""
        return len(self.arrays.is_capped) > 0

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
        """
        panel, quote = self.panel, quotes.quote_at(self.arrays, t, j)
        if stated is None or np.isnan(quote.price):
            return quote
        low, high = quote.limit_down, quote.limit_up
        if "low" in panel and "high" in panel:
            low, high = panel["low"][t, j], panel["high"][t, j]
        return quote._replace(price=stated, high=stated, is_in_range=bool(low <= stated <= high))

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
        return quotes.volume_cap(self.arrays, t, j)

    def borrowable_next(self, t: int) -> Row:
        """Return the most shares (N,) that the account may owe on session t+1.

        A share of the short volume that is published for t; inf = no limit.
        """
        out = np.empty(len(self.boards))
        quotes.borrowable_row(self.arrays, t, out)
        return out

    def is_eligible(self, name: str, t: int) -> NDArray[np.bool_]:
        """Return which securities (N,) are on the list `name` (financing_eligible, short_eligible) at session `t`."""
        lists = self.panel.get(name)
        if self.settings.everything_eligible or lists is None:
            return np.ones(len(self.boards), dtype=np.bool_)
        return lists[t] > 0.0

    def shortable(self) -> Panel2D:
        """Return the short list of every session (T, N): 1 where the security may be shorted."""
        rows = range(len(self.panel.sessions))
        return np.array([self.is_eligible("short_eligible", t) for t in rows], dtype=np.float64)


def _arrays(
    panel: Panel, boards: list[Board], rulebook: Rulebook, settings: MarketSettings, marks: Panel2D
) -> quotes.MarketArrays:
    """Return the market as compiled code reads it."""
    absent = np.empty((0, len(boards)))
    absent.flags.writeable = False  # like a panel's own fields: one type, one compilation

    def known(name: str, is_used: bool = True) -> Panel2D:
        values = panel.get(name) if is_used else None
        return absent if values is None else values

    at_close = settings.fill_at_close or "open" not in panel
    own_boards = sorted(set(boards))
    lots = [_lots(board, rulebook, panel) for board in own_boards]
    capped = _capped(panel, rulebook) if settings.float_cap else None
    return quotes.MarketArrays(
        marks=marks,
        base=panel["close" if at_close else "open"],
        high=known("high", not settings.fill_at_close),
        pre_close=panel["pre_close"],
        suspended=panel["suspended"],
        limit_ratio=_limit_ratios(panel, boards, rulebook) if settings.price_limits else np.empty((0, len(boards))),
        limit_up=known("limit_up"),
        limit_down=known("limit_down"),
        financing_eligible=known("financing_eligible", not settings.everything_eligible),
        short_eligible=known("short_eligible", not settings.everything_eligible),
        volume=known("volume"),
        short_volume=known("short_volume"),
        haircut=known("haircut"),
        is_st=known("is_st"),
        is_capped=np.empty((0, len(boards)), np.bool_) if capped is None else capped,
        haircut_cap=_haircut_caps(boards, rulebook, panel),
        ticks_per_unit=ticks_per_unit([tick_of(board) for board in boards]),
        board=np.array([own_boards.index(board) for board in boards], dtype=np.int64),
        is_fund=np.array([board is Board.ETF for board in boards], dtype=np.bool_),
        lot_minimum=np.array([minimum for minimum, _ in lots]),
        lot_step=np.array([step for _, step in lots]),
        uptick=bool(settings.uptick),
        volume_share=float(settings.volume_share),
        borrow_share=float(settings.borrow_share),
        own_haircut=np.inf if settings.haircut is None else float(settings.haircut),
        own_haircut_alone=bool(settings.haircut_overrides and settings.haircut is not None),
    )


def _limit_ratios(panel: Panel, boards: list[Board], rulebook: Rulebook) -> Panel2D:
    """Return the limit ratio (T, N); infinite on the first sessions of a listing where the data tell them."""
    is_st = panel.get("is_st")
    status = np.zeros(panel.shape) if is_st is None else np.nan_to_num(is_st)
    ratios = limit_ratio(boards, np.where(np.isnan(panel["close"]), np.nan, status), panel.sessions, rules=rulebook)
    age = panel.get("listed_sessions")
    if age is None:
        return ratios
    key = "unlimited_first_sessions"
    for j in np.flatnonzero(np.nanmin(age, axis=0, initial=np.inf) < _YOUNG):
        if boards[j] is not Board.ETF:
            unlimited = rulebook.series(key, panel.sessions, boards[j], before=0.0)
            ratios[age[:, j] <= unlimited, j] = np.inf
    return ratios


def _ex_right(panel: Panel, actions: ActionTable, boards: list[Board]) -> Panel:
    """Return the panel with the ex-right reference price (除权除息参考价) where its pre_close is the last close.

    Rule: trading rules of SSE and SZSE: (previous close - cash dividend) / (1 + new shares per share), half-up to the
    tick; it is the base of the price limits and the floor of short sales.
    """
    if not actions.by_session or "pre_close" not in panel.imputed:
        return panel
    before = panel["pre_close"].copy()
    for t, of_day in actions.by_session.items():
        for j, cash, ratio in of_day:
            reference = (before[t, j] - cash) / (1.0 + ratio)
            before[t, j] = round_half_up(np.array([reference]), tick_of(boards[j]))[0]
    return panel.with_fields({"pre_close": before})


def _capped(panel: Panel, rulebook: Rulebook) -> NDArray[np.bool_] | None:
    """Return where financing is suspended (T, N), by the balances published for the session before.

    From the share of the float cap at which the exchange suspends it, until below that at which it resumes.
    """
    balance, cap = panel.get("financing_balance"), panel.get("float_cap")
    if balance is None or cap is None:
        return None
    day = panel.sessions[0]
    suspend, resume = (rulebook.on(key, day).number for key in ("float_cap_suspend", "float_cap_resume"))
    with np.errstate(invalid="ignore", divide="ignore"):
        state = hysteresis(balance / cap, np.nextafter(suspend, 0.0), resume)
    is_capped = np.zeros(panel.shape, dtype=np.bool_)
    is_capped[1:] = state[:-1] > 0.0
    return is_capped


def _lots(board: Board, rulebook: Rulebook, panel: Panel) -> tuple[Row, Row]:
    """Return the least order and the step above it (T,) of a board; NaN before it opened."""
    of = ruled_as(board)
    minimum, step = (rulebook.series(key, panel.sessions, of, before=np.nan) for key in ("lot_minimum", "lot_step"))
    return minimum, step


def _haircut_caps(boards: list[Board], rulebook: Rulebook, panel: Panel) -> Row:
    """Return the rule's cap (N,) by class; index membership is not known, so shares have the lower of both caps."""
    day = panel.sessions[0]
    share = rulebook.on("haircut_cap", day, status="other_share").number
    fund = rulebook.on("haircut_cap", day, status="etf").number
    return np.where([board is Board.ETF for board in boards], fund, share)
