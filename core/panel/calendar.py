"""Trading sessions: the mainland exchanges' calendar, and the calendar of the data's own days where none is known.

The mainland calendar (Shanghai, Shenzhen and Beijing share their holidays) comes from the package exchange_calendars,
whose record of announced holidays ends; past its end a date is refused, never guessed.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import DateError
from ..types import Sessions

MAINLAND_START = "1990-12-03"
"""Where the record of the mainland exchanges begins; margin trading began on 2010-03-31."""

DateLike = str | np.datetime64


@dataclass(frozen=True)
class Calendar:
    """Sessions of one market over the days that its record covers.

    Parameters
    ----------
    name : str
        Such as ``XSHG``; errors name it.
    sessions : datetime64[D] (T,)
        Strictly increasing.
    first, last : datetime64[D]
        The first and the last calendar day about which the record says something.
    """

    name: str
    sessions: Sessions
    first: np.datetime64
    last: np.datetime64

    def between(self, start: DateLike, end: DateLike) -> Sessions:
        """Return the sessions from `start` to `end`, both included.

        Raises
        ------
        DateError
            A day outside the record.
        """
        low = int(np.searchsorted(self.sessions, self._known(start), side="left"))
        high = int(np.searchsorted(self.sessions, self._known(end), side="right"))
        return self.sessions[low:high]

    def is_session(self, days: DateLike | Sessions) -> NDArray[np.bool_]:
        """Return whether each of `days` is a session, as an array of bool; DateError for a day outside the record."""
        asked = np.atleast_1d(np.asarray(days, dtype="datetime64[D]"))
        if len(asked):
            self._known(asked.min())
            self._known(asked.max())
        place = np.minimum(np.searchsorted(self.sessions, asked), len(self.sessions) - 1)
        return self.sessions[place] == asked

    def follows(self, sessions: Sessions) -> NDArray[np.bool_]:
        """Return for each of `sessions` whether the one before it in the array is the session before it here.

        The first one follows nothing (False). A difference from one row to the next is a difference of one day only
        where this holds.
        """
        place = np.searchsorted(self.sessions, sessions)
        if len(sessions):
            self.is_session(sessions)
        adjacent = np.zeros(len(sessions), dtype=bool)
        adjacent[1:] = np.diff(place) == 1
        return adjacent

    def _known(self, day: DateLike) -> np.datetime64:
        """Return `day` as datetime64[D], or raise where the record says nothing about it."""
        asked = day.astype("datetime64[D]") if isinstance(day, np.datetime64) else np.datetime64(day, "D")
        if not self.first <= asked <= self.last:
            raise DateError(
                f"{asked} lies outside calendar {self.name}, which knows {self.first}..{self.last}: "
                "cut the data to that range, or install a release of exchange_calendars with a longer record"
            )
        return asked


@lru_cache(maxsize=1)
def taiwan() -> Calendar:
    """Return the calendar of Taiwan's exchange (XTAI): holidays by rule; days closed for a typhoon may be missing."""
    from exchange_calendars.exchange_calendar_xtai import XTAIExchangeCalendar

    first, last = "1995-01-01", f"{np.datetime64('today', 'Y')}-12-31"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = XTAIExchangeCalendar(start=first, end=last)
    sessions = known.sessions.to_numpy().astype("datetime64[D]")
    return Calendar("XTAI", sessions, np.datetime64(first), np.datetime64(last))


@lru_cache(maxsize=1)
def mainland() -> Calendar:
    """Return the calendar of the mainland exchanges (XSHG; Shenzhen and Beijing trade on the same days)."""
    # Imported here: it takes a third of a second, and most commands never ask for it.
    from exchange_calendars.exchange_calendar_xshg import XSHGExchangeCalendar

    last = XSHGExchangeCalendar.bound_max()
    with warnings.catch_warnings():
        # Deprecations between exchange_calendars and pandas are nothing that a user of ours could mend.
        warnings.simplefilter("ignore")
        known = XSHGExchangeCalendar(start=MAINLAND_START, end=last)
    sessions = known.sessions.to_numpy().astype("datetime64[D]")
    return Calendar("XSHG", sessions, np.datetime64(MAINLAND_START), np.datetime64(last.date(), "D"))
