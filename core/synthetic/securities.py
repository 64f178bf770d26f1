"""Who is in the synthetic market: codes, boards, sizes, and the sessions at which a security's standing changes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.prices import round_half_up
from ..types import Board

BOARD_SHARES = {Board.MAIN: 0.60, Board.CHINEXT: 0.20, Board.STAR: 0.15, Board.BSE: 0.05}
"""Part of the securities on each board."""

INDUSTRIES = 10
"""Number of industries that share a return of their own."""

LEAST_FLOAT = 0.3
"""Least part of the outstanding shares that floats."""

NEVER = 1 << 40
"""A session index that no run reaches."""

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
    float_shares: NDArray[np.float64]  # shares, whole lots
    outstanding_shares: NDArray[np.float64]  # shares, whole lots; those of the founders do not float
    is_large: NDArray[np.bool_]  # the larger half by float cap
    listed_from: NDArray[np.int64]
    financing_from: NDArray[np.int64]
    financing_until: NDArray[np.int64]  # first session off the list
    can_short: NDArray[np.bool_]  # on the short list whenever on the financing list
    st_from: NDArray[np.int64]
    st_until: NDArray[np.int64]


def draw_universe(rng: np.random.Generator, securities: int, opens_at: dict[Board, int]) -> Universe:
    """Draw the securities of a market.

    Parameters
    ----------
    rng : numpy.random.Generator
        Consumed in a fixed order that does not depend on the length of the run.
    securities : int
        N, 1 to 5,000.
    opens_at : dict of Board to int
        Session index from which a board has rules; its securities are listed no earlier.

    Returns
    -------
    Universe
    """
    boards = _draw_boards(securities)
    price = round_half_up(np.clip(np.exp(rng.normal(np.log(20.0), 0.65, securities)), 5.0, 120.0))
    cap = np.clip(np.exp(rng.normal(np.log(1.5e10), 1.1, securities)), 3e9, 3e11)
    opened = np.array([opens_at[Board(board)] for board in boards])
    listed = np.maximum(opened, _new_listings(rng, boards))
    financing_from, financing_until, can_short = _draw_lists(rng, boards, listed)
    st_from, st_until = _draw_st(rng, boards, listed, financing_from)
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
        listed_from=listed,
        financing_from=financing_from,
        financing_until=financing_until,
        can_short=can_short,
        st_from=st_from,
        st_until=st_until,
    )


def within(first: NDArray[np.int64], until: NDArray[np.int64], sessions: int) -> NDArray[np.bool_]:
    """Return bool (T, N): True from session index `first` (N,) to the one before `until` (N,)."""
    t = np.arange(sessions)[:, None]
    return (t >= first) & (t < until)


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


def _pick(rng: np.random.Generator, candidates: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """Return up to `count` of the indices where `candidates` is True, in random order."""
    return rng.permutation(np.flatnonzero(candidates))[:count]


def _new_listings(rng: np.random.Generator, boards: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first session of each security: 3 % of them come to the market in the first year."""
    listed = np.zeros(len(boards), dtype=np.int64)
    late = _pick(rng, boards != Board.BSE, round(0.03 * len(boards)))
    listed[late] = rng.integers(20, 200, len(late))
    return listed


def _draw_lists(
    rng: np.random.Generator, boards: NDArray[np.int64], listed: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the session on, the session off the financing list, and who is on the short list.

    72 % of the shares outside BSE are on the list from the start, 12 % join in the first year, 16 % never do; 2 %
    leave it and stay listed. Seven in ten of the financing list can be sold short.
    """
    count = len(boards)
    rank = np.empty(count)
    rank[rng.permutation(count)] = (np.arange(count) + 0.5) / count
    start = np.where(rank < 0.72, 0, np.where(rank < 0.84, rng.integers(20, 200, count), NEVER))
    start = np.where(boards == Board.BSE, NEVER, np.maximum(start, listed))
    until = np.full(count, NEVER)
    leavers = _pick(rng, start == 0, round(0.02 * count))
    until[leavers] = rng.integers(60, 240, len(leavers))
    return start, until, rng.random(count) < 0.70


def _draw_st(
    rng: np.random.Generator,
    boards: NDArray[np.int64],
    listed: NDArray[np.int64],
    financing_from: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the period under special treatment (ST) of each security: 3 % of them, of the main board, never on a list.

    The exchanges take ST shares off the lists; drawing them from the others keeps the margin rows of the rest whole.
    """
    first = np.full(len(boards), NEVER)
    until = np.full(len(boards), NEVER)
    chosen = _pick(rng, (boards == Board.MAIN) & (financing_from == NEVER) & (listed == 0), round(0.03 * len(boards)))
    first[chosen] = rng.integers(30, 160, len(chosen))
    until[chosen] = first[chosen] + rng.integers(60, 121, len(chosen))
    return first, until
