"""Boards (板块) and what depends on them: lots, ticks, price-limit ratios and the first unlimited sessions."""

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..symbols import instead
from ..types import Board, Mask2D, Panel2D, Row, Sessions
from .rulebook import Rulebook

_PREFIXES: dict[str, dict[str, Board]] = {
    "SH": {"60": Board.MAIN, "688": Board.STAR, "689": Board.STAR, **dict.fromkeys(("51", "56", "58"), Board.ETF)},
    "SZ": {
        **dict.fromkeys(("000", "001", "002", "003", "004"), Board.MAIN),
        **dict.fromkeys(("300", "301", "302"), Board.CHINEXT),
        "15": Board.ETF,
    },
    "BJ": dict.fromkeys(("43", "83", "87", "92"), Board.BSE),
}
_SYMBOL = re.compile(r"(\d{6})\.(SH|SZ|BJ)")
_B_SHARES = {("SH", "900"), ("SZ", "200")}


class LotRule(NamedTuple):
    """Whole shares: the least order, and the step above it."""

    minimum: int
    step: int


def board_of(symbol: str) -> Board:
    """Return the board that a code belongs to.

    Parameters
    ----------
    symbol : str
        Such as ``600000.SH``, ``300750.SZ``, ``430047.BJ``, ``510300.SH``.

    Raises
    ------
    DataError
        A code outside the ranges of A shares and exchange-traded funds: a B share, an index, another market.

    Notes
    -----
    Rule: code ranges of SSE, SZSE and BSE. A code tells the board of today: a share that changed its code
    (NEEQ to BSE) has the board of the code it is stored under.
    """
    match = _SYMBOL.fullmatch(symbol)
    if match is None:
        raise DataError(
            f"`{symbol}` is no A-share code such as 600000.SH, 000001.SZ or 430047.BJ, so its board is unknown: "
            f"{instead(symbol) or 'give its board in the configuration'}"
        )
    code, exchange = match.groups()
    if (exchange, code[:3]) in _B_SHARES:
        raise DataError(f"`{symbol}` is a B share, which a credit account cannot trade: leave it out")
    for prefix, board in _PREFIXES[exchange].items():
        if code.startswith(prefix):
            return board
    raise DataError(
        f"`{symbol}` lies in no code range of {exchange} shares or funds (an index has no board): "
        "leave it out, or give its board in the configuration"
    )


def tick_of(board: Board) -> float:
    """Return the least price step of a board, CNY per share: 0.001 for funds, else 0.01.

    Notes
    -----
    Rule: trading rules of SSE and SZSE; the same over the whole record, so it is not a dated row.
    """
    return 0.001 if board == Board.ETF else 0.01


def lot_rule(board: Board, date: Any, rules: Rulebook | None = None) -> LotRule:
    """Return the lot of a board on a day.

    Parameters
    ----------
    board : Board
        Funds have the lot of the main board.
    date : str, date or datetime64
        A day.
    rules : Rulebook, optional
        By default the market's.

    Returns
    -------
    LotRule
        minimum and step, shares. STAR: from 200 in steps of 1.

    Raises
    ------
    DateError
        A day before the board opened.
    """
    book, ruled = rules or Rulebook.load(), ruled_as(board)
    minimum, step = (book.on(key, date, ruled).number for key in ("lot_minimum", "lot_step"))
    return LotRule(int(minimum), int(step))


def limit_ratio(
    boards: ArrayLike,
    is_st: ArrayLike,
    sessions: Sessions,
    listed: ArrayLike | None = None,
    rules: Rulebook | None = None,
) -> Panel2D:
    """Return the price-limit ratio (涨跌幅限制) of every security on every session.

    Parameters
    ----------
    boards : Board (N,)
        Board of each security.
    is_st : float64 or bool (T, N)
        1 under special treatment, 0 not, NaN where the security has no observation (not listed, no data).
    sessions : datetime64[D] (T,)
        Strictly increasing.
    listed : datetime64[D] (N,), optional
        Listing days, as in `unlimited_sessions`; by default no session is unlimited.
    rules : Rulebook, optional
        By default the market's.

    Returns
    -------
    float64 (T, N)
        Fraction of the previous close; NaN where `is_st` is NaN; +inf on the first unlimited sessions.

    Raises
    ------
    DataError
        Shapes that do not fit, or a board that is none.
    DateError
        A security that is observed before the record of its board begins.

    Notes
    -----
    Funds are given the ratio of the main board. That is an assumption: funds that track ChiNext or STAR have had
    20 % since those boards have, and a code does not tell which fund tracks what.
    """
    days, codes, book = np.asarray(sessions, dtype="datetime64[D]"), _board_codes(boards), rules or Rulebook.load()
    status = np.asarray(is_st, dtype=np.float64)
    if status.shape != (days.size, codes.size):
        raise DataError(f"`is_st` should have shape {(days.size, codes.size)} (sessions, boards), got {status.shape}")
    plain, special = np.full((2, days.size, len(Board)), np.nan)
    for code in np.unique(codes):
        board = ruled_as(Board(code))
        plain[:, code] = book.series("price_limit", days, board, before=np.nan)
        special[:, code] = book.series("price_limit", days, board, "st", before=np.nan)
    ratio = np.take(plain, codes, axis=1)
    np.copyto(ratio, np.take(special, codes, axis=1), where=status != 0.0)
    missing = np.isnan(status)
    unknown = np.isnan(ratio) & ~missing
    if unknown.any():
        t, j = np.argwhere(unknown)[0]
        # Raises, and names the rule and the day on which its record begins.
        book.on("price_limit", days[t], ruled_as(Board(codes[j])), "st" if status[t, j] else None)
    ratio[missing] = np.nan
    if listed is not None:
        ratio[unlimited_sessions(codes, listed, days, book) & ~missing] = np.inf
    return ratio


def widest_fund_limit(sessions: Sessions, rules: Rulebook) -> Row:
    """Return the widest price-limit ratio (T,) of a board that a fund may track, since its code does not tell which."""
    boards = (Board.MAIN, Board.CHINEXT, Board.STAR)
    return np.max([rules.series("price_limit", sessions, board, before=0.0) for board in boards], axis=0)


def unlimited_sessions(
    boards: ArrayLike, listed: ArrayLike, sessions: Sessions, rules: Rulebook | None = None
) -> Mask2D:
    """Return where a newly listed share has no price limit yet.

    Parameters
    ----------
    boards : Board (N,)
        Board of each security.
    listed : datetime64[D] (N,)
        Listing days; NaT = long ago.
    sessions : datetime64[D] (T,)
        Strictly increasing, without holes: the first sessions are counted on it.
    rules : Rulebook, optional
        By default the market's.

    Returns
    -------
    bool (T, N)
        True on the first unlimited sessions.

    Raises
    ------
    DataError
        Shapes that do not fit, or a board that is none.

    Notes
    -----
    A listing before the record of its board counts as limited from its first session. What held then is not in the
    rulebook (an own band on the first day); the ordinary band refuses purchases of a first day that soars, which errs
    on the side of caution. A listing before the first session counts as long ago. Funds have no unlimited session.
    """
    days, codes = np.asarray(sessions, dtype="datetime64[D]"), _board_codes(boards)
    dates, book = np.asarray(listed, dtype="datetime64[D]"), rules or Rulebook.load()
    if dates.shape != codes.shape:
        raise DataError(f"`listed` should have one day per security {codes.shape}, got shape {dates.shape}")
    counts = np.zeros(codes.shape)
    inside = ~np.isnat(dates) & (codes != Board.ETF)
    inside &= dates >= (days[0] if days.size else np.datetime64("NaT", "D"))
    for code in np.unique(codes[inside]):
        chosen = inside & (codes == code)
        counts[chosen] = book.series("unlimited_first_sessions", dates[chosen], Board(code), before=0.0)
    first = np.searchsorted(days, dates)
    age = np.arange(days.size)[:, None] - first
    return (age >= 0) & (age < counts)


def ruled_as(board: Board) -> Board:
    """Return the board whose rows hold for `board`: funds have none of their own and follow the main board."""
    return Board.MAIN if board == Board.ETF else board


def _board_codes(boards: ArrayLike) -> NDArray[np.int64]:
    codes = np.asarray(boards)
    known = [int(board) for board in Board]
    if codes.ndim != 1 or not np.isin(codes, known).all():
        raise DataError(f"`boards` should be one Board per security ({', '.join(b.name for b in Board)}), got {boards}")
    return codes.astype(np.int64)
