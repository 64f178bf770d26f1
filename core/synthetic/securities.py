"""Who is in the synthetic market: codes, boards, sizes, and the sessions at which a security's standing changes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.prices import round_half_up
from ..panel.calendar import mainland
from ..rulebook import Rulebook
from ..types import Board, Sessions
from .careers import NEVER, Careers, draw_careers, pick

BOARD_SHARES = {Board.MAIN: 0.60, Board.CHINEXT: 0.20, Board.STAR: 0.15, Board.BSE: 0.05}
"""Part of the securities on each board."""

INDUSTRIES = 10
"""Number of industries that share a return of their own."""

LEAST_FLOAT = 0.3
"""Least part of the outstanding shares that floats."""

# Code ranges (first, one past the last, suffix); the main board is split between the two exchanges.
_CODES = {
    Board.MAIN: ((600_000, 606_000, "SH"), (1, 4_000, "SZ")),
    Board.CHINEXT: ((300_001, 302_000, "SZ"),),
    Board.STAR: ((688_001, 689_000, "SH"),),
    Board.BSE: ((830_001, 840_000, "BJ"),),
}


class Universe(NamedTuple):
    """Fixed facts of N securities; session indices count from the first session of the run, `NEVER` = not at all."""

    symbols: tuple[str, ...]
    boards: NDArray[np.int64]
    industries: NDArray[np.int64]
    first_price: NDArray[np.float64]  # CNY, the reference price of the first session
    float_shares: NDArray[np.float64]  # shares, whole lots, before the first corporate action
    outstanding_shares: NDArray[np.float64]  # shares, whole lots; those of the founders do not float
    is_large: NDArray[np.bool_]  # the larger half by float cap
    can_short: NDArray[np.bool_]  # on the short list whenever on the financing list
    careers: Careers
    age: NDArray[np.int64]  # sessions since the listing on the first session of the run, 1 = its first, or negative
    unlimited: NDArray[np.float64]  # sessions without price limits after a listing inside the run


def draw_universe(
    rng: np.random.Generator, events: np.random.Generator, securities: int, days: Sessions, history: bool
) -> Universe:
    """Draw the securities of a market.

    Parameters
    ----------
    rng, events : numpy.random.Generator
        Consumed in a fixed order that does not depend on the length of the run; `events` draws what `history` adds.
    securities : int
        N, 1 to 5,000.
    days : datetime64[D] (T,)
        Sessions of the run. A board opens on the first day on which it has rules; its securities are listed no earlier.
    history : bool
        As in `generate`.

    Returns
    -------
    Universe
    """
    boards = _draw_boards(securities)
    price = round_half_up(np.clip(np.exp(rng.normal(np.log(20.0), 0.65, securities)), 5.0, 120.0))
    cap = np.clip(np.exp(rng.normal(np.log(1.5e10), 1.1, securities)), 3e9, 3e11)
    book = Rulebook.load()
    opening = {board: book.table("price_limit", board).first_date for board in Board if board != Board.ETF}
    opens = np.array([opening[Board(board)] for board in boards])
    careers, can_short = _simple(rng, boards, _index(days, opens))
    if history:
        careers = draw_careers(events, boards, cap, days, opens)
    symbols, industries = _draw_symbols(rng, boards), rng.integers(0, INDUSTRIES, securities)
    lots = np.floor(cap / price / 100.0)
    return Universe(
        symbols=symbols,
        boards=boards,
        industries=industries,
        first_price=price,
        float_shares=lots * 100.0,
        outstanding_shares=np.floor(lots / rng.uniform(LEAST_FLOAT, 1.0, securities)) * 100.0,
        is_large=cap >= np.median(cap),
        can_short=can_short,
        careers=careers,
        age=_ages(events, careers, days, opens),
        unlimited=_unlimited(careers, boards, days),
    )


def within(first: NDArray[np.int64], until: NDArray[np.int64], start: int, stop: int) -> NDArray[np.bool_]:
    """Return bool (stop - start, N): True from session index `first` (N,) to the one before `until` (N,)."""
    t = np.arange(start, stop)[:, None]
    return (t >= first) & (t < until)


def _index(days: Sessions, first: Sessions) -> NDArray[np.int64]:
    """Return the index of the first session on or after each day (N,); `NEVER` if beyond the run."""
    return np.where(first <= days[-1], np.searchsorted(days, first), NEVER)


def _draw_boards(securities: int) -> NDArray[np.int64]:
    """Return the board of each security, in blocks; the cumulative shares are rounded, so every N adds up."""
    edges = np.floor(np.cumsum(list(BOARD_SHARES.values())) * securities + 0.5).astype(np.int64)
    return np.repeat([int(board) for board in BOARD_SHARES], np.diff(edges, prepend=0))


def _draw_symbols(rng: np.random.Generator, boards: NDArray[np.int64]) -> tuple[str, ...]:
    symbols: list[str] = []
    for board, ranges in _CODES.items():
        wanted = int(np.count_nonzero(boards == board))
        for i, (first, last, suffix) in enumerate(ranges):
            count = (wanted + len(ranges) - 1 - i) // len(ranges)
            codes = np.sort(rng.choice(np.arange(first, last), count, replace=False))
            symbols += [f"{code:06d}.{suffix}" for code in codes]
    return tuple(symbols)


def _simple(
    rng: np.random.Generator, boards: NDArray[np.int64], opened: NDArray[np.int64]
) -> tuple[Careers, NDArray[np.bool_]]:
    """Return the careers of a market without history, and who is on the short list.

    3 % come to the market in the first year; nobody leaves it. 72 % of the shares outside BSE are on the financing list
    from the start, 12 % join in the first year, 16 % never do; 2 % leave it and stay listed. Seven in ten of the
    financing list can be sold short. 3 %, of the main board and never on a list, are under special treatment (ST) for a
    while: the exchanges take ST shares off the lists, and so the margin rows of the rest stay whole.
    """
    count = len(boards)
    listed = np.zeros(count, dtype=np.int64)
    late = pick(rng, boards != Board.BSE, round(0.03 * count))
    listed[late] = rng.integers(20, 200, len(late))
    listed = np.maximum(opened, listed)
    rank = np.empty(count)
    rank[rng.permutation(count)] = (np.arange(count) + 0.5) / count
    start = np.where(rank < 0.72, 0, np.where(rank < 0.84, rng.integers(20, 200, count), NEVER))
    start = np.where(boards == Board.BSE, NEVER, np.maximum(start, listed))
    until, st_from, st_until = np.full((3, count), NEVER)
    leavers = pick(rng, start == 0, round(0.02 * count))
    until[leavers] = rng.integers(60, 240, len(leavers))
    can_short = rng.random(count) < 0.70
    chosen = pick(rng, (boards == Board.MAIN) & (start == NEVER) & (listed == 0), round(0.03 * count))
    st_from[chosen] = rng.integers(30, 160, len(chosen))
    st_until[chosen] = st_from[chosen] + rng.integers(60, 121, len(chosen))
    day = np.full(count, np.datetime64("NaT", "D"))
    return Careers(listed, np.full(count, NEVER), start, until, st_from, st_until, day), can_short


def _ages(rng: np.random.Generator, careers: Careers, days: Sessions, opens: Sessions) -> NDArray[np.int64]:
    """Return the sessions since the listing on the first session (N,), 1 = its first; no older than the board."""
    known = mainland().sessions
    first, opened = (np.searchsorted(known, day) for day in (days[0], opens))
    drawn = rng.integers(250, 4500, len(opens))
    exact = first - np.searchsorted(known, np.where(np.isnat(careers.listed_day), known[0], careers.listed_day)) + 1
    before = np.where(np.isnat(careers.listed_day), np.minimum(drawn, first - opened + 1), exact)
    return np.where(careers.listed_from > 0, 1 - careers.listed_from, np.maximum(before, 1))


def _unlimited(careers: Careers, boards: NDArray[np.int64], days: Sessions) -> NDArray[np.float64]:
    """Return the sessions without price limits after each listing inside the run (N,); 0 for all others."""
    out = np.zeros(len(boards))
    inside = (careers.listed_from > 0) & (careers.listed_from < len(days))
    for code in np.unique(boards[inside]):
        chosen = inside & (boards == code)
        listed = days[careers.listed_from[chosen]]
        out[chosen] = Rulebook.load().series("unlimited_first_sessions", listed, Board(code), before=0.0)
    return out
