"""The quotes of one session: one by one, or all at once where orders come by the hundred.

A compiled function is handed every array of the market at each call, which takes longer than what it reads off them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import lean
from ..types import Mask2D, Row
from . import quotes
from .admission import Quote
from .quotes import MarketArrays

_CODES = {float: np.float64, bool: np.bool_, int: np.int64}
QUOTE = np.dtype([(name, _CODES[kind]) for name, kind in Quote.__annotations__.items()])
"""A `Quote` as a record."""

_FEW, _SHARE = 4, 100
"""Asked one by one in a session, before all are read at once: this many, and one for so many securities.

One by one costs some 10 us an answer, all at once some 0.05 us a security.
"""


class _Session(NamedTuple):
    """What the orders of session `t` meet, of all securities (N,)."""

    market: MarketArrays
    t: int
    quotes: NDArray[np.void]  # QUOTE
    caps: Row  # shares
    limits: Row  # shares, of `lending_limit`
    is_beside: Mask2D  # (N,), of `lending_limit`

    def quote(self, j: int) -> Quote:
        return Quote(*self.quotes[j].item())

    def may_owe(self, j: int, owed: float) -> float:
        return float(owed + self.limits[j] if self.is_beside[j] else self.limits[j])


class SessionQuotes:
    """Reads a market session by session; the answers are those of `quotes`, to the last digit and type."""

    def __init__(self) -> None:
        self._seen: _Session | None = None
        self._asked = (-1, 0)  # the session, and how often

    def quote(self, market: MarketArrays, t: int, j: int) -> Quote:
        """Return security `j` as an order of session `t` meets it."""
        seen = self._session(market, t)
        return quotes.quote_at(market, t, j) if seen is None else seen.quote(j)

    def volume_cap(self, market: MarketArrays, t: int, j: int) -> float:
        """Return the most shares that the orders of session `t` may fill."""
        seen = self._session(market, t)
        return quotes.volume_cap(market, t, j) if seen is None else float(seen.caps[j])

    def may_owe(self, market: MarketArrays, t: int, j: int, owed: float) -> float:
        """Return the most shares that the account may owe at the fills of session `t`, of which it owed `owed`."""
        seen = self._session(market, t)
        return quotes.may_owe(market, t, j, owed) if seen is None else seen.may_owe(j, owed)

    def _session(self, market: MarketArrays, t: int) -> _Session | None:
        """Return the whole session once it was asked for often enough."""
        seen = self._seen
        if seen is not None and seen.t == t and seen.market is market:
            return seen
        self._asked = t, self._asked[1] + 1 if self._asked[0] == t else 1
        size = len(market.board)
        if self._asked[1] <= max(_FEW, size // _SHARE):
            return None
        rows = np.empty(size, QUOTE), np.empty(size), np.empty(size), np.empty(size, np.bool_)
        fill_session(market, t, *rows)
        self._seen = seen = _Session(market, t, *rows)  # `seen`: another thread may be at another session
        return seen


@lean
def fill_session(
    market: MarketArrays, t: int, out: NDArray[np.void], caps: Row, limits: Row, is_beside: Mask2D
) -> None:
    """Fill rows (N,) with the quotes, volume caps and lending limits of session `t`."""
    for j in range(caps.size):
        caps[j] = quotes.volume_cap(market, t, j)
        limits[j], is_beside[j] = quotes.lending_limit(market, t, j)
        _fill_quote(quotes.quote_at(market, t, j), out, j)


@lean
def _fill_quote(quote: Quote, out: NDArray[np.void], j: int) -> None:
    row = out[j]
    row["price"], row["high"], row["floor"] = quote.price, quote.high, quote.floor
    row["limit_up"], row["limit_down"] = quote.limit_up, quote.limit_down
    row["is_suspended"] = quote.is_suspended
    row["is_financing_eligible"], row["is_short_eligible"] = quote.is_financing_eligible, quote.is_short_eligible
    row["lot_minimum"], row["lot_step"] = quote.lot_minimum, quote.lot_step
    row["is_capped"], row["is_short_capped"] = quote.is_capped, quote.is_short_capped
    row["is_in_range"], row["per_unit"] = quote.is_in_range, quote.per_unit
    row["highest"], row["lowest"], row["is_in_universe"] = quote.highest, quote.lowest, quote.is_in_universe
