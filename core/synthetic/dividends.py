"""Corporate actions of the synthetic market: cash dividends and bonus shares in the season of the annual meetings."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.prices import TICK_PER_UNIT
from ..kernels.reference import ex_right_price
from ..types import Row

SEASON = (5, 6, 7)
"""Months of the ex-dates."""

CHANCE = 0.012
"""Per session of the season: two in three securities go ex once a year or more."""

BONUS_SHARE, BONUS_SHARE_DEAR, DEAR = 0.12, 0.6, 50.0
"""Part of the actions that also bring new shares; that of shares above `DEAR` CNY."""

RATIOS = (0.2, 0.3, 0.4, 0.5, 1.0)
"""New shares per share."""


class ExRight(NamedTuple):
    """One corporate action, by column."""

    j: int
    cash: float  # CNY per share, gross
    ratio: float  # new shares per share
    last: float  # CNY, the close before
    reference: float  # CNY, the ex-right reference price


class ActionProcess:
    """Draws corporate actions, session by session, and keeps the adjustment factor and the shares.

    Parameters
    ----------
    rng : numpy.random.Generator
    float_shares, outstanding_shares : float64 (N,)
        Before the first action.
    """

    def __init__(self, rng: np.random.Generator, float_shares: Row, outstanding_shares: Row) -> None:
        self._rng = rng
        self.float_shares = float_shares.copy()
        self.outstanding_shares = outstanding_shares.copy()
        self.adj_factor: Row = np.ones(len(float_shares))

    def step(self, day: np.datetime64, may: NDArray[np.bool_], last_close: Row) -> list[ExRight]:
        """Draw the actions whose ex-date is `day`, before its open.

        Parameters
        ----------
        day : datetime64[D]
        may : bool (N,)
            Who trades that day and the day before.
        last_close : float64 (N,)
            CNY.

        Returns
        -------
        list of ExRight
            The shares of `RATIOS` are whole afterwards; adj_factor grows by last / reference, as vendors count it.
        """
        if int(day.astype("datetime64[M]").astype(np.int64) % 12) + 1 not in SEASON:
            return []
        drawn, bonus, which = self._rng.random((3, len(may)))
        payout = np.exp(self._rng.normal(np.log(0.012), 0.6, len(may)))
        found = list(self._actions(np.flatnonzero(may & (drawn < CHANCE)), last_close, payout, bonus, which))
        for one in found:
            self.adj_factor[one.j] *= one.last / one.reference
            for shares in (self.float_shares, self.outstanding_shares):
                shares[one.j] = np.floor(shares[one.j] * (1.0 + one.ratio) + 1e-6)
        return found

    def _actions(
        self, columns: NDArray[np.int64], last_close: Row, payout: Row, bonus: Row, which: Row
    ) -> Iterator[ExRight]:
        for j in columns.tolist():
            last = float(last_close[j])
            cash = round(max(min(float(payout[j]), 0.05) * last, 0.01), 3)
            has_bonus = bonus[j] < (BONUS_SHARE_DEAR if last > DEAR else BONUS_SHARE)
            ratio = RATIOS[int(which[j] * len(RATIOS))] if has_bonus else 0.0
            yield ExRight(j, cash, ratio, last, ex_right_price(last, cash, ratio, TICK_PER_UNIT))
