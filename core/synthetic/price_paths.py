"""The price side of the synthetic market: one session after another, inside the limits of the day."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.prices import limit_prices, round_half_up
from ..types import Row
from .careers import ARRANGEMENT, DECLINE
from .securities import INDUSTRIES, Universe

MARKET_VOLATILITY = 0.012
INDUSTRY_VOLATILITY = 0.006
"""Standard deviations of a session's market and industry returns, as fractions; securities draw their own."""

MARKET_REGIME, OWN_REGIME = 0.35, 0.35
"""Deviations of the logarithm of the volatility, of the market's (with the industries') and of each own one."""

REGIME_MEMORY = 0.985
"""Weight of yesterday in it: a half-life of two months, beside the days of GARCH."""

OVERNIGHT_WEIGHT = np.sqrt(0.2)
INTRADAY_WEIGHT = np.sqrt(0.8)
"""A fifth of a session's variance falls between the close and the open."""

NEWS_PROBABILITY = 0.002
LOCK_PROBABILITY = 0.6
"""Chance of an overnight jump of 8 to 25 %, and that a price which opens at its limit stays there all day."""

SUSPENSION_PROBABILITY = 1.0 / 2500.0
"""Chance per session that a security is suspended (停牌) for 3 to 40 sessions."""

DECAY = 0.010
"""Expected loss per session of a security that will be delisted, fraction."""

DEBUT = (0.35, 0.35)
"""Mean and deviation of the log return that a new listing makes up in its first sessions, as fast as limits let it."""


class PriceRow(NamedTuple):
    """One session (N,): CNY per share, whole shares, CNY. NaN where nothing was traded."""

    open: Row
    high: Row
    low: Row
    close: Row
    volume: Row
    amount: Row


class PriceProcess:
    """Market, industry and own returns with fat tails and clustered volatility, cut at the day's limits.

    Parameters
    ----------
    rng : numpy.random.Generator
        Consumed session by session, each session alike: a longer run begins with the same sessions.
    events : numpy.random.Generator
        Draws what new listings gain.
    universe : Universe
        The N securities.
    """

    def __init__(self, rng: np.random.Generator, events: np.random.Generator, universe: Universe) -> None:
        """Draw what stays the same for the whole run, and set the prices before the first session."""
        count = len(universe.symbols)
        self._rng = rng
        self._universe = universe
        self._beta = rng.uniform(0.7, 1.3, count)
        self._own_volatility = rng.uniform(0.013, 0.026, count)
        self._turnover = np.clip(np.exp(rng.normal(np.log(0.010), 0.4, count)), 0.003, 0.04)
        self._scale: Row = np.ones(count)  # own variance over its mean
        self._market_scale = 1.0
        self._regimes: Row = rng.standard_normal(count + 1)  # of the market first
        self._stress: Row = _stress(self._regimes)
        self._left = np.zeros(count, dtype=np.int64)  # sessions of suspension still to come
        debut = np.clip(events.normal(*DEBUT, count), -0.3, 1.5)
        self._due = np.where(universe.careers.listed_from > 0, debut, 0.0)  # log return still to be made up
        self._until = universe.careers.delisted_from
        self.float_shares = universe.float_shares.copy()
        self.last_close = universe.first_price.copy()
        self.last_return = np.zeros(count)

    @property
    def volatility(self) -> Row:
        """Standard deviation of the next session's own return (N,), fraction."""
        return self._own_volatility * self._stress[1:] * np.sqrt(self._scale)

    def draw_suspended(self, is_listed: NDArray[np.bool_], may_pause: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return who is suspended in the session that begins, bool (N,); to be called once per session."""
        count = len(is_listed)
        drawn = self._rng.random(count) < SUSPENSION_PROBABILITY
        starts = drawn & is_listed & (self._left == 0)
        lengths = self._rng.integers(3, 41, count)
        self._left = np.where(may_pause, np.where(starts, lengths, np.maximum(self._left - 1, 0)), 0)
        return self._left > 0

    def go_ex(self, columns: list[int], references: list[float], float_shares: Row) -> None:
        """Put ex-right reference prices in the place of the last closes, and take the shares after new ones."""
        self.last_close = self.last_close.copy()
        self.last_close[columns] = references
        self.float_shares = float_shares

    def step(self, t: int, is_trading: NDArray[np.bool_], drift: Row, limit_up: Row, limit_down: Row) -> PriceRow:
        """Draw a session.

        Parameters
        ----------
        t : int
            Its index.
        is_trading : bool (N,)
            Listed and not suspended; the others keep their price.
        drift : float64 (N,)
            Expected return between the open and the close, fraction.
        limit_up, limit_down : float64 (N,)
            CNY per share; infinite and 0 where there is no limit.

        Returns
        -------
        PriceRow
        """
        shocks = self._shocks()
        news = self._news()
        volatility = self.volatility
        gap = OVERNIGHT_WEIGHT * shocks[0] + news + self._due
        declines = t >= self._until - DECLINE
        move = INTRADAY_WEIGHT * shocks[1] + drift + np.where(declines, -DECAY, _pull(self.last_close))
        start = _inside(self.last_close * np.exp(gap), limit_up, limit_down)
        end = _inside(start * np.exp(move), limit_up, limit_down)
        at_limit = (start == limit_up) | (start == limit_down)
        is_locked = at_limit & (self._rng.random(len(start)) < LOCK_PROBABILITY)
        end = np.where(is_locked, start, end)
        reach = np.abs(self._rng.standard_normal((2, len(start)))) * 0.4 * volatility
        reach[:, is_locked] = 0.0
        high = _inside(np.maximum(start, end) * (1.0 + reach[0]), limit_up, limit_down)
        low = _inside(np.minimum(start, end) * np.maximum(1.0 - reach[1], 0.5), limit_up, limit_down)
        self.last_return = np.where(is_trading, end / self.last_close - 1.0, 0.0)
        self._make_up(np.where(is_trading, np.log(start / self.last_close), 0.0))
        volume, amount = self._trade(low, high, is_locked)
        self.last_close = np.where(is_trading, end, self.last_close)
        return PriceRow(*(np.where(is_trading, x, np.nan) for x in (start, high, low, end, volume, amount)))

    def _make_up(self, gap: Row) -> None:
        """Take from what new listings have to make up what the opening of a session (log return) made up."""
        sign = np.sign(self._due)
        left = np.maximum(np.abs(self._due) - np.maximum(gap * sign, 0.0), 0.0)
        self._due = np.where(left < 0.02, 0.0, left * sign)

    def _shocks(self) -> NDArray[np.float64]:
        """Return two log returns (2, N) of a whole session's size, for night and day; advance the volatilities."""
        rng, count = self._rng, len(self._beta)
        market = _student(rng, (2, 1))
        industry = _student(rng, (2, INDUSTRIES))[:, self._universe.industries]
        own = _student(rng, (2, count))
        common = self._stress[0] * np.sqrt(self._market_scale)
        shared = self._beta * MARKET_VOLATILITY * market + INDUSTRY_VOLATILITY * industry
        shocks = common * shared + self.volatility * own
        self._scale = np.asarray(_next_scale(self._scale, 0.2 * own[0] ** 2 + 0.8 * own[1] ** 2))
        self._market_scale = float(_next_scale(self._market_scale, 0.2 * market[0, 0] ** 2 + 0.8 * market[1, 0] ** 2))
        fresh = rng.standard_normal(count + 1)
        self._regimes = REGIME_MEMORY * self._regimes + np.sqrt(1.0 - REGIME_MEMORY**2) * fresh
        self._stress = _stress(self._regimes)
        return shocks

    def _news(self) -> Row:
        """Return the overnight jumps (N,), zero for nearly all."""
        chance, size, side = self._rng.random((3, len(self._beta)))
        return np.where(chance < NEWS_PROBABILITY, np.where(side < 0.5, -1.0, 1.0) * (0.08 + 0.17 * size), 0.0)

    def _trade(self, low: Row, high: Row, is_locked: NDArray[np.bool_]) -> tuple[Row, Row]:
        """Return volume (shares; an odd lot in one of five) and amount (CNY, at a price of the day's range)."""
        count = len(low)
        noise = np.exp(0.25 * self._rng.standard_normal(count))
        chance, odd, place = self._rng.random((3, count))
        surprise = np.abs(self.last_return) / self._own_volatility
        turnover = (
            self._turnover * noise * self._stress[1:] * np.sqrt(self._scale) * (0.6 + 0.3 * np.minimum(surprise, 8.0))
        )
        turnover = np.minimum(np.where(is_locked, 0.1 * turnover, turnover), 0.25)
        lots = np.maximum(np.floor(turnover * self.float_shares / 100.0), 1.0)
        volume = lots * 100.0 + np.where(chance < 0.2, np.floor(odd * 100.0), 0.0)
        mean_price = np.minimum(low + place * (high - low), high)
        return volume, round_half_up(volume * mean_price)


def day_limits(pre_close: Row, ratio: Row) -> tuple[Row, Row]:
    """Return the upper and lower limit prices (N,), CNY per share, of one session."""
    up, down = limit_prices(pre_close[None, :], ratio[None, :])
    return up[0], down[0]


def _student(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return Student shocks with five degrees of freedom and variance 1."""
    return rng.standard_t(5, shape) / np.sqrt(5.0 / 3.0)


def _next_scale(scale: Row | float, square: Row | float) -> Row | float:
    """Return the next variance over its mean: GARCH(1, 1) with persistence 0.96, bounded against explosions."""
    return np.clip(0.04 + scale * (0.10 * np.minimum(square, 16.0) + 0.86), 0.2, 9.0)


def _stress(regimes: Row) -> Row:
    """Return the factors of the volatilities, whose squares have mean 1: that of the market first."""
    size = np.where(np.arange(len(regimes)) == 0, MARKET_REGIME, OWN_REGIME)
    return np.exp(size * regimes - size**2)


def _pull(price: Row) -> Row:
    """Return a drift that turns a price back once it is outside 3..200 CNY: long runs stay plausible."""
    return np.where(price < 3.0, 0.01, np.where(price > 200.0, -0.01, 0.0))


def is_arranged(t: int, delisted_from: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return who is in the delisting arrangement at session `t` (N,): it trades to its last day."""
    return t >= delisted_from - ARRANGEMENT


def _inside(price: Row, limit_up: Row, limit_down: Row) -> Row:
    return np.clip(round_half_up(price), limit_down, limit_up)
