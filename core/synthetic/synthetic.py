"""A seeded synthetic A-share market: no data needed to try a strategy, and known answers to test one."""

import math

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, DateError
from ..kernels.prices import round_half_up
from ..panel.calendar import mainland
from ..panel.panel import Panel
from ..rulebook import Rulebook, limit_ratio
from ..rulebook.table import as_day
from ..types import Board, Mask2D, Panel2D, Sessions
from .margin import MarginProcess, MarginRow
from .price_paths import PriceProcess, PriceRow, day_limits
from .securities import INDUSTRIES, NEVER, Universe, draw_universe, within

MOST_SECURITIES = 5000
"""More would not fit into the code ranges of the boards."""

MOST_SIGNAL = 0.5
"""Beyond this the planted drift would outrun the price limits."""


def generate(
    *,
    seed: int = 7,
    securities: int = 60,
    sessions: int = 500,
    start: str = "2021-01-04",
    signal: float = 0.03,
) -> Panel:
    """Return a synthetic market: prices, margin balances and lists of securities that do not exist.

    Parameters
    ----------
    seed : int
        Not negative; one seed is one market, byte for byte.
    securities : int
        N, 1 to 5,000: 60 % main board, 20 % ChiNext, 15 % STAR, 5 % BSE.
    sessions : int
        T, at least 1. A longer run with the same other arguments begins with the same sessions.
    start : str
        First day, such as ``2021-01-04``; from 2010-03-31, when margin trading began.
    signal : float
        How much the flows know, 0 to 0.5: the expected return of the next session for a security whose net financing
        stands one cross-sectional standard deviation above the others', in units of its own volatility. 0 = nothing.

    Returns
    -------
    Panel
        ``synthetic=True``; every canonical field but the financing volumes.

    Raises
    ------
    ConfigError
        A parameter outside its range.
    DateError
        A run that reaches beyond the calendar's record or begins before the rulebook's.

    Notes
    -----
    The codes lie in the ranges of their boards, so some are also codes of real companies; nothing else of them is real.

    Prices: market, industry and own returns, each Student-t with clustered volatility, plus rare overnight news; cut at
    the limits of the day, where some sessions lock; pulled back gently once outside 3..200 CNY. No corporate actions:
    `pre_close` is the previous close and `adj_factor` is 1. A new listing has price limits from its first session on,
    which real ones have not.

    Planted mechanism: financing purchases are 5 to 15 % of the amount and rise with past returns (trend-chasing) and
    with a slow taste of each security. The cross-sectional score of the averaged net financing over float cap is the
    next session's drift, between its open and its close, so that an order at that open can earn it. Hence a change of
    the spread over float cap predicts the next sessions weakly, and with ``signal=0`` nothing does.

    NaN: everything before a listing (a board is not listed before it had rules: BSE from 2021-11-15); open, high, low,
    close, volume and amount of a suspended session; margin fields off the financing list. BSE and ST securities are
    never on the lists. Balances of a suspended session, `short_balance` and `float_cap` use the last close. A security
    that joins the list later begins with no debt; one that leaves it keeps its prices and loses its margin rows.
    """
    _check(seed, securities, sessions, signal)
    days = _sessions(start, sessions)
    static, prices, margin = (np.random.default_rng([seed, stream]) for stream in range(3))
    universe = draw_universe(static, securities, _openings(days))
    standing = _standing(universe, days)
    traded = _simulate(prices, margin, universe, standing, days, signal)
    return Panel(
        sessions=days,
        symbols=universe.symbols,
        fields={**traded, **_list_fields(universe, standing, days)},
        source=f"synthetic market, seed {seed}: no real security",
        synthetic=True,
        industries=tuple(f"industry {i + 1}" for i in range(INDUSTRIES)),
    )


def _check(seed: int, securities: int, sessions: int, signal: float) -> None:
    ranges = (("seed", seed, 0, None), ("securities", securities, 1, MOST_SECURITIES), ("sessions", sessions, 1, None))
    for name, value, least, most in ranges:
        is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not is_whole or value < least or (most is not None and value > most):
            bound = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise ConfigError(f"`{name}` of the synthetic market should be a whole number {bound}, got {value!r}")
    is_number = isinstance(signal, int | float | np.number) and not isinstance(signal, bool)
    if not (is_number and math.isfinite(signal) and 0.0 <= signal <= MOST_SIGNAL):
        raise ConfigError(
            f"`signal` of the synthetic market should be from 0 to {MOST_SIGNAL}, got {signal!r}: 0.03 is a weak one"
        )


def _sessions(start: str, count: int) -> Sessions:
    """Return the first `count` mainland sessions from `start`."""
    calendar = mainland()
    days = calendar.between(as_day(start), calendar.last)
    if len(days) < count:
        raise DateError(
            f"the synthetic market should have {count} sessions from {start}, but calendar {calendar.name} knows "
            f"{len(days)} until {calendar.last}: start earlier or ask for fewer"
        )
    return days[:count]


def _openings(days: Sessions) -> dict[Board, int]:
    """Return for each board the index of the first session on which it has price limits; `NEVER` if beyond the run."""
    book = Rulebook.load()
    first = {board: book.table("price_limit", board).first_date for board in Board if board != Board.ETF}
    return {board: int(np.searchsorted(days, day)) if day <= days[-1] else NEVER for board, day in first.items()}


def _standing(universe: Universe, days: Sessions) -> dict[str, Mask2D]:
    """Return the masks (T, N) that do not depend on prices: listed, on each list, ST."""
    count = len(days)
    never = np.full(len(universe.symbols), NEVER)
    is_financing = within(universe.financing_from, universe.financing_until, count)
    return {
        "is_listed": within(universe.listed_from, never, count),
        "financing_eligible": is_financing,
        "short_eligible": is_financing & universe.can_short,
        "is_st": within(universe.st_from, universe.st_until, count),
    }


def _simulate(
    price_rng: np.random.Generator,
    margin_rng: np.random.Generator,
    universe: Universe,
    standing: dict[str, Mask2D],
    days: Sessions,
    signal: float,
) -> dict[str, Panel2D]:
    """Return the fields that grow session by session: prices feed the flows, and the flows the next prices."""
    names = ("pre_close", "limit_up", "limit_down", "suspended", *PriceRow._fields, *MarginRow._fields)
    fields = {
        name: np.full((len(days), len(universe.symbols)), np.nan) for name in (*names, "float_cap", "short_balance")
    }
    ratios = limit_ratio(universe.boards, np.where(standing["is_listed"], standing["is_st"], np.nan), days)
    market = PriceProcess(price_rng, universe)
    first_cap = universe.float_shares * universe.first_price
    flows = MarginProcess(margin_rng, universe.first_price, first_cap, universe.can_short, signal)
    for t in range(len(days)):
        is_listed, has_row = standing["is_listed"][t], standing["financing_eligible"][t]
        is_suspended = market.draw_suspended(is_listed)
        is_trading = is_listed & ~is_suspended
        pre_close = np.where(is_listed, market.last_close, np.nan)
        up, down = day_limits(pre_close, ratios[t])
        volatility = market.volatility
        row = market.step(is_trading, flows.drift * volatility, up, down)
        close = market.last_close
        cap = universe.float_shares * close
        amount = np.where(is_trading, row.amount, 0.0)
        owed = flows.step(has_row, is_trading, market.last_return / volatility, close, cap, amount)
        values = (pre_close, up, down, np.where(is_listed, is_suspended, np.nan), *row, *owed)
        values += (np.where(is_listed, cap, np.nan), round_half_up(owed.short_volume * close))
        for field, value in zip(fields.values(), values, strict=True):
            field[t] = value
    fields["total_balance"] = fields["financing_balance"] + fields["short_balance"]
    fields["spread"] = fields["financing_balance"] - fields["short_balance"]
    return fields


def _list_fields(universe: Universe, standing: dict[str, Mask2D], days: Sessions) -> dict[str, Panel2D]:
    """Return the fields that prices do not change: lists, ST, haircuts, shares, adjustment factor, industry."""
    is_listed = standing["is_listed"]
    book = Rulebook.load()
    index, other, st = (
        book.series("haircut_cap", days, status=status)[:, None] for status in ("index_180_or_100", "other_share", "st")
    )
    haircut = np.where(standing["is_st"], st, np.where(universe.is_large, index, other))
    values: dict[str, NDArray] = {
        "financing_eligible": standing["financing_eligible"],
        "short_eligible": standing["short_eligible"],
        "is_st": standing["is_st"],
        "haircut": haircut,
        "float_shares": np.broadcast_to(universe.float_shares, is_listed.shape),
        "outstanding_shares": np.broadcast_to(universe.outstanding_shares, is_listed.shape),
        "adj_factor": np.ones(is_listed.shape),
        "industry": np.broadcast_to(universe.industries, is_listed.shape),
    }
    return {name: np.where(is_listed, value, np.nan) for name, value in values.items()}
