"""Listings, delistings, special treatment and margin lists that grow as the exchanges' did."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..rulebook import Rulebook
from ..types import Board, Sessions

NEVER = 1 << 40
"""A session index that no run reaches."""

ELIGIBLE = (
    ("2010-03-31", 90),
    ("2011-12-05", 278),
    ("2013-01-31", 500),
    ("2013-09-16", 700),
    ("2014-09-22", 900),
    ("2016-12-12", 950),
    ("2019-08-19", 1600),
    ("2022-10-24", 2200),
)
"""Shares on the financing lists of Shanghai and Shenzhen from a day on, as announced; shares that were listed under
registration are on them from their first session and come on top."""

MARKET = 5000
"""Number of A-shares that the announced figures are scaled by: a market of N securities has N / 5,000 of them."""

LISTED = {
    Board.MAIN: (
        ("2010-03-31", 0.53),
        ("2012-10-31", 0.66),
        ("2014-06-30", 0.66),
        ("2016-12-31", 0.76),
        ("2018-12-31", 0.87),
        ("2022-12-31", 0.98),
        ("2026-12-31", 1.0),
    ),
    Board.CHINEXT: (
        ("2009-10-30", 0.0),
        ("2012-10-31", 0.26),
        ("2014-06-30", 0.27),
        ("2018-12-31", 0.54),
        ("2022-12-31", 0.90),
        ("2026-12-31", 1.0),
    ),
    Board.STAR: (("2019-07-22", 0.04), ("2020-12-31", 0.37), ("2022-12-31", 0.86), ("2026-12-31", 1.0)),
    Board.BSE: (("2021-11-15", 0.30), ("2022-12-31", 0.60), ("2026-12-31", 1.0)),
}
"""Part of each board's securities that is listed by a day, linear in between: the growth of the boards in round figures
(from memory), with the halts of new listings of 2012-11 to 2014."""

DELISTED_PER_YEAR = 0.004
"""Chance per year of a listed security to leave the market, after its first."""

ST_SHARE = 0.25
"""Part of the securities that are under special treatment (ST) once, for one to two years."""

DECLINE = 250
"""Sessions of special treatment before a delisting."""

ARRANGEMENT = 15
"""Last sessions before a delisting: the delisting arrangement (退市整理期)."""

_YEAR = 244
_SPAN = 4200  # more sessions than the calendar knows since margin trading began


class Careers(NamedTuple):
    """Session indices (N,) at which a security's standing changes; until = the first session after."""

    listed_from: NDArray[np.int64]
    delisted_from: NDArray[np.int64]
    financing_from: NDArray[np.int64]
    financing_until: NDArray[np.int64]
    st_from: NDArray[np.int64]
    st_until: NDArray[np.int64]
    listed_day: Sessions  # NaT where it is not drawn: long ago


def draw_careers(
    rng: np.random.Generator, boards: NDArray[np.int64], cap: NDArray[np.float64], days: Sessions, opens: Sessions
) -> Careers:
    """Draw the careers of N securities in a market that grows as the real one did.

    Parameters
    ----------
    rng : numpy.random.Generator
        Consumed in a fixed order that does not depend on the length of the run.
    boards, cap : (N,)
        Float caps in CNY: the lists take the largest first.
    days : datetime64[D] (T,)
        Sessions of the run.
    opens : datetime64[D] (N,)
        First day of each security's board.

    Returns
    -------
    Careers
    """
    count = len(boards)
    listed_day = _listing_days(rng, boards, opens)
    listed = np.where(np.isnat(listed_day), 0, _rows(days, listed_day))
    life = _YEAR + np.floor(rng.exponential(_YEAR / DELISTED_PER_YEAR, count)).astype(np.int64)
    ends = listed + np.maximum(life, DECLINE + 1)
    delisted = np.where((boards == Board.BSE) | (ends >= _SPAN), NEVER, ends)
    st_from, st_until = _special_treatment(rng, listed, delisted)
    until = np.minimum(st_from, delisted)
    leavers = pick(rng, boards != Board.BSE, round(0.02 * count))
    until[leavers] = np.minimum(until[leavers], listed[leavers] + rng.integers(60, _SPAN, len(leavers)))
    start = _joining(boards, cap, listed, listed_day, until, days)
    return Careers(listed, delisted, start, until, st_from, st_until, listed_day)


def pick(rng: np.random.Generator, candidates: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
    """Return up to `count` of the indices where `candidates` is True, in random order."""
    return rng.permutation(np.flatnonzero(candidates))[:count]


def _rows(days: Sessions, wanted: Sessions) -> NDArray[np.int64]:
    """Return the index of the first session on or after each day; `NEVER` beyond the run."""
    return np.where(wanted <= days[-1], np.searchsorted(days, wanted), NEVER).astype(np.int64)


def _listing_days(rng: np.random.Generator, boards: NDArray[np.int64], opens: Sessions) -> Sessions:
    """Return the listing day of each security; NaT before the record of the board's growth."""
    out = np.full(len(boards), np.datetime64("NaT", "D"))
    for board, growth in LISTED.items():
        own = pick(rng, boards == board, len(boards))
        place = (np.arange(len(own)) + 0.5) / max(len(own), 1)
        known = np.array([day for day, _ in growth], dtype="datetime64[D]").astype(np.int64)
        shares = np.array([share for _, share in growth])
        day = np.floor(np.interp(place, shares, known)).astype("datetime64[D]")
        is_old = (place < shares[0]) & (known[0] > opens[own].astype(np.int64))
        out[own] = np.where(is_old, np.datetime64("NaT", "D"), day)
    return out


def _special_treatment(
    rng: np.random.Generator, listed: NDArray[np.int64], delisted: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first session and end of special treatment: once for some, and before every delisting."""
    count = len(listed)
    first, length = rng.integers(1, _SPAN, count), rng.integers(_YEAR, 2 * _YEAR, count)
    is_chosen = (rng.random(count) < ST_SHARE) & (first > listed)
    declines = delisted < NEVER
    first = np.where(declines, delisted - DECLINE, np.where(is_chosen, first, NEVER))
    return first, np.where(declines, delisted, np.minimum(first + length, NEVER))


def _joining(
    boards: NDArray[np.int64],
    cap: NDArray[np.float64],
    listed: NDArray[np.int64],
    listed_day: Sessions,
    until: NDArray[np.int64],
    days: Sessions,
) -> NDArray[np.int64]:
    """Return the session on which each security joins the financing list; `NEVER` for those that never do.

    At each step of `ELIGIBLE` the largest that are listed fill the list up; a share that is listed under registration
    is on it from its first session.
    """
    start = np.full(len(boards), NEVER)
    registered = _registered(boards, listed_day)
    start[registered] = listed[registered]
    by_size = np.argsort(-cap, kind="stable")
    for day, announced in ELIGIBLE:
        row = int(_rows(days, np.array([day], dtype="datetime64[D]"))[0])
        if row >= NEVER:
            break
        open_ = ~registered & (boards != Board.BSE) & (listed <= row) & (row < until)
        wanted = round(announced * len(boards) / MARKET) - np.count_nonzero(open_ & (start <= row))
        joins = by_size[(open_ & (start == NEVER))[by_size]][: max(wanted, 0)]
        start[joins] = row
    return np.where(start < until, start, NEVER)


def _registered(boards: NDArray[np.int64], listed_day: Sessions) -> NDArray[np.bool_]:
    """Return who was listed under registration: the rulebook dates it by the first sessions without limits."""
    out = np.zeros(len(boards), dtype=np.bool_)
    for code in np.unique(boards[boards != Board.BSE]):
        chosen = (boards == code) & ~np.isnat(listed_day)
        out[chosen] = (
            Rulebook.load().series("unlimited_first_sessions", listed_day[chosen], Board(code), before=0.0) > 0.0
        )
    return out
