"""The margin side of the synthetic market: balances that chase returns, flows that know a little of the next."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Row

BUY_SHARE_RANGE = (0.05, 0.15)
"""Financing purchases over the amount traded, fraction."""

MEMORY = 0.8
"""Weight of yesterday in the moving averages of returns and of flows: a half-life of three sessions."""


FALLS = 3.0
"""Weight of a fall beside a rise of the same size in what the buyers on margin feel."""

PANIC = 0.8
"""Growth of the logarithm of repayments with the average fall, in own volatilities."""

_LEVEL = (FALLS - 1.0) * 0.36
"""Its mean, taken off, so that the weight moves flows and not the level of balances."""

MOST_FELT = 6.0
"""Own volatilities beyond which a return counts no more: a first session without limits is no fivefold trend."""


class MarginRow(NamedTuple):
    """One session (N,): CNY for the financing side, shares for the short side; NaN where a security has no row."""

    financing_balance: Row
    financing_buy: Row
    financing_repay: Row
    short_volume: Row
    short_sell: Row
    short_repay: Row


class MarginProcess:
    """Financing and short balances, whole yuan and whole shares, rolled forward by their own flows.

    Parameters
    ----------
    rng : numpy.random.Generator
        Consumed session by session, each session alike.
    price, float_cap : float64 (N,)
        CNY per share and CNY before the first session.
    can_short : bool (N,)
        On the short list whenever on the financing list.
    signal : float
        Expected next return for one cross-sectional standard deviation of the flow, in units of the own volatility.

    Notes
    -----
    Financing purchases are a share of the amount that rises with the average of past returns (trend-chasing), in which
    falls weigh `FALLS` times as much as rises, and with a slow taste of each security; repayments pull the balance to
    the security's own fraction of its float cap. Short sales lean against rises. Shares owed stay as they are on an
    ex-date: lenders are compensated in money. A security without a row in the first session loses its balance there, so
    that whoever joins later begins with none.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        price: Row,
        float_cap: Row,
        can_short: NDArray[np.bool_],
        signal: float,
    ) -> None:
        """Draw what stays the same for the whole run, and set the balances before the first session."""
        count = len(float_cap)
        self._rng = rng
        self._signal = signal
        self._can_short = can_short
        self._target = rng.uniform(0.02, 0.06, count)  # financing balance / float cap
        self._short_target = rng.uniform(0.010, 0.035, count)  # short balance / financing balance
        self._balance = np.floor(self._target * float_cap)
        self._shorted = np.floor(np.where(can_short, self._short_target * self._balance / price, 0.0))
        self._taste = np.zeros(count)
        self._trend = np.zeros(count)
        self._mood = np.zeros(count)  # the same with falls weighted
        self._flow = np.zeros(count)
        self._drift = np.zeros(count)

    @property
    def drift(self) -> Row:
        """Expected return of the next session, its open to its close (N,), as a multiple of the own volatility."""
        return self._drift

    def step(
        self,
        has_row: NDArray[np.bool_],
        is_trading: NDArray[np.bool_],
        score: Row,
        close: Row,
        float_cap: Row,
        amount: Row,
    ) -> MarginRow:
        """Draw a session's flows, after its close.

        Parameters
        ----------
        has_row : bool (N,)
            On the financing list.
        is_trading : bool (N,)
            Listed and not suspended: a suspended security has no new contracts, but repayments.
        score : float64 (N,)
            The session's return in units of the own volatility.
        close, float_cap : float64 (N,)
            CNY per share and CNY, the last ones known.
        amount : float64 (N,)
            CNY traded; 0 where none.

        Returns
        -------
        MarginRow
        """
        normals = self._rng.standard_normal((4, len(score)))
        felt = np.clip(score, -MOST_FELT, MOST_FELT)
        self._trend = MEMORY * self._trend + (1.0 - MEMORY) * felt
        self._mood = MEMORY * self._mood + (1.0 - MEMORY) * (np.where(felt < 0.0, FALLS * felt, felt) + _LEVEL)
        self._taste = 0.85 * self._taste + np.sqrt(1.0 - 0.85**2) * normals[0]
        buy = np.where(is_trading & has_row, np.floor(amount * self._buy_share()), 0.0)
        repay = self._financing_repay(normals[1], is_trading, amount, float_cap, buy)
        balance = np.where(has_row, self._balance + buy - repay, 0.0)
        self._follow((buy - repay) / float_cap, has_row)
        self._balance = balance
        volume, sold, returned = self._short_side(normals[2:], has_row, is_trading, close, amount)
        return MarginRow(*(np.where(has_row, x, np.nan) for x in (balance, buy, repay, volume, sold, returned)))

    def _buy_share(self) -> Row:
        low, high = BUY_SHARE_RANGE
        return low + (high - low) / (1.0 + np.exp(-(0.7 * self._mood + 0.8 * self._taste)))

    def _financing_repay(
        self, normal: Row, is_trading: NDArray[np.bool_], amount: Row, float_cap: Row, buy: Row
    ) -> Row:
        """Return repayments, CNY: a share of the amount that grows with the balance; few without trading."""
        fullness = self._balance / (self._target * float_cap)
        usual = amount * np.mean(BUY_SHARE_RANGE) * fullness
        wanted = np.where(is_trading, usual, 0.002 * self._balance) * np.exp(0.25 * normal)
        wanted *= np.exp(PANIC * np.clip(-self._trend, 0.0, 3.0))
        return np.minimum(np.floor(wanted), self._balance + buy)

    def _follow(self, flow: Row, has_row: NDArray[np.bool_]) -> None:
        """Turn the session's net financing over float cap into tomorrow's drift.

        The cross-sectional score is what counts, so the market as a whole gains nothing from it.
        """
        self._flow = np.where(has_row, MEMORY * self._flow + (1.0 - MEMORY) * flow, 0.0)
        self._drift = np.zeros(len(flow))
        if np.count_nonzero(has_row) > 1:
            known = self._flow[has_row]
            deviation = known.std()
            if deviation > 0.0:
                self._drift[has_row] = self._signal * np.clip((known - known.mean()) / deviation, -3.0, 3.0)

    def _short_side(
        self,
        normals: NDArray[np.float64],
        has_row: NDArray[np.bool_],
        is_trading: NDArray[np.bool_],
        close: Row,
        amount: Row,
    ) -> tuple[Row, Row, Row]:
        """Return shares owed, sold short and returned (N,); zeros for who is on the financing list only."""
        wanted = np.where(self._can_short, self._short_target * self._balance / close, 0.0)
        sold = 0.05 * wanted * np.exp(0.3 * normals[0] + 0.5 * np.clip(self._trend, -2.0, 2.0))
        sold = np.minimum(sold, 0.1 * amount / close)
        sold = np.where(is_trading & has_row, np.floor(sold / 100.0) * 100.0, 0.0)
        returned = np.floor(np.where(is_trading, 0.05, 0.002) * self._shorted * np.exp(0.3 * normals[1]))
        returned = np.minimum(returned, self._shorted)
        self._shorted = np.where(has_row, self._shorted + sold - returned, 0.0)
        return self._shorted, sold, returned
