"""Does a row fit a day? The financing balance of one session follows from that of the session before."""

from enum import Enum

import numpy as np

from ..panel.calendar import Calendar
from ..types import Row, Sessions

EXACT = 1.0
"""CNY; published balances are whole yuan."""

FAR = 0.01
"""Fraction of the balance: the identity misses by at most 0.4 % on a real security, so 1 % is a contradiction."""


class Verdict(Enum):
    """What the neighbours of a day say about a row."""

    CONFIRMED = "agrees with a neighbouring session to the yuan"
    OPEN = "nothing to compare, or a small miss"
    CONTRADICTED = "far from a neighbouring session"


class BalanceChain:
    """The rows of one security in one file, chained by F_t = F_{t-1} + buy - repay.

    Parameters
    ----------
    calendar : Calendar
        Says which session precedes and follows a day.
    balance, buy, repay : float64 (rows,)
        CNY, in file order; NaN = no observation, which neither confirms nor contradicts.
    """

    def __init__(self, calendar: Calendar, balance: Row, buy: Row, repay: Row) -> None:
        self._calendar = calendar
        self._balance, self._flow = balance, buy - repay

    def judge(self, row: int, day: np.datetime64, certain: Sessions) -> Verdict:
        """Return whether `row` fits `day`, given the `certain` days (NaT where unknown) of the other rows."""
        misses = [
            miss
            for miss in (
                self._miss(self._row_beside(day, -1, certain), row),
                self._miss(row, self._row_beside(day, 1, certain)),
            )
            if not np.isnan(miss)
        ]
        if any(miss > FAR * abs(self._balance[row]) for miss in misses):
            return Verdict.CONTRADICTED
        return Verdict.CONFIRMED if any(miss <= EXACT for miss in misses) else Verdict.OPEN

    def _row_beside(self, day: np.datetime64, step: int, certain: Sessions) -> int | None:
        """Return the row of the session before (`step` -1) or after (1) `day`, or None where there is none."""
        sessions = self._calendar.sessions
        place = int(np.searchsorted(sessions, day)) + step
        if not 0 <= place < len(sessions):
            return None
        rows = np.flatnonzero(certain == sessions[place])
        return int(rows[0]) if len(rows) else None

    def _miss(self, earlier: int | None, later: int | None) -> float:
        """Return |F_earlier + flow_later - F_later|, NaN where a side is missing."""
        if earlier is None or later is None:
            return float("nan")
        return float(abs(self._balance[earlier] + self._flow[later] - self._balance[later]))
