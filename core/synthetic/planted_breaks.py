"""Breaks of the balance identities, planted and recorded, so that an audit can be scored on them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .margin import MarginRow


class PlantedBreak(NamedTuple):
    """One cell whose published repayment is not the one that moved the balance."""

    day: np.datetime64
    symbol: str
    field: str  # financing_repay or short_repay
    amount: float  # published less true: CNY, or shares


class BreakProcess:
    """Draws breaks, session by session: a market with breaks is otherwise the one without.

    Parameters
    ----------
    rng : numpy.random.Generator
    symbols : tuple of str (N,)
    share : float
        Fraction of the margin rows that follow a margin row, each of which has one break or none.
    """

    def __init__(self, rng: np.random.Generator, symbols: tuple[str, ...], share: float) -> None:
        self._rng = rng
        self._symbols = symbols
        self._share = share
        self._had_row = np.zeros(len(symbols), dtype=np.bool_)

    def step(self, day: np.datetime64, has_row: NDArray[np.bool_], row: MarginRow) -> list[PlantedBreak]:
        """Return the breaks of a session; they are in `row`, which is changed in place, afterwards.

        By 0.01 to 0.4 % of the balance, as on real securities, and at least one yuan or share.
        """
        judged, self._had_row = has_row & self._had_row, has_row
        drawn, side, size, sign = self._rng.random((4, len(has_row)))
        return list(self._plant(day, np.flatnonzero(judged & (drawn < self._share)), row, (side, size, sign)))

    def _plant(
        self, day: np.datetime64, columns: NDArray[np.int64], row: MarginRow, draws: tuple[NDArray[np.float64], ...]
    ) -> Iterator[PlantedBreak]:
        side, size, sign = draws
        for j in columns.tolist():
            is_short = bool(side[j] < 0.5 and row.short_volume[j] > 0.0)
            balance, repay = (
                (row.short_volume, row.short_repay) if is_short else (row.financing_balance, row.financing_repay)
            )
            amount = max(float(np.floor((1e-4 + 3.9e-3 * size[j]) * balance[j])), 1.0)
            if sign[j] < 0.5 and repay[j] >= amount:
                amount = -amount
            repay[j] += amount
            yield PlantedBreak(day, self._symbols[j], "short_repay" if is_short else "financing_repay", amount)
