"""The day that is looked at, and what its figures are counted in."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, DateError
from ..panel.panel import Panel
from ..rulebook.table import as_day
from ..types import Sessions

HISTORY = 250
"""Sessions of a security's own history that a percentile is in, about a year."""

SPANS = (1, 5, 20, 60)
"""Sessions over which changes are shown."""


class AskedDay(NamedTuple):
    """A row of the panel, and what has to be said where it is not the day that was asked for."""

    row: int
    words: str = ""


def asked_day(sessions: Sessions, on: Any = None) -> AskedDay:
    """Return the session that is looked at.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
    on : date or str, optional
        The last session where absent; a day that is none is answered with the last session before it, in words.

    Raises
    ------
    DataError
        No session at all.
    DateError
        No day, or one before the first session.
    """
    if not len(sessions):
        raise DataError("the data hold no session at all: import some")
    if on is None:
        return AskedDay(len(sessions) - 1)
    day = as_day(on)
    row = int(np.searchsorted(sessions, day, side="right")) - 1
    if row < 0:
        raise DateError(f"`on` {day} lies before the first session: the data cover {sessions[0]}..{sessions[-1]}")
    if sessions[row] == day:
        return AskedDay(row)
    why = "the data end there" if row == len(sessions) - 1 else "the last session before"
    return AskedDay(row, f"{day} is no session of the data: shown is {sessions[row]}, {why}.")


def currency_of(panel: Panel) -> str:
    """Return what amounts are counted in: TWD where all securities are Taiwan's, else CNY."""
    return "TWD" if panel.symbols and all(symbol.endswith(".TW") for symbol in panel.symbols) else "CNY"


def percentile(values: NDArray[np.float64]) -> tuple[float, int]:
    """Return the percentile rank of the last of `values` (T,) among the known ones, and how many these are.

    As `kernels.rolling_rank`: rank / number, equal values share the mean of theirs; NaN where the last is NaN.
    """
    known = values[~np.isnan(values)]
    if not len(values) or np.isnan(values[-1]):
        return np.nan, len(known)
    below, equal = np.count_nonzero(known < values[-1]), np.count_nonzero(known == values[-1])
    return (below + (equal + 1) / 2) / len(known), len(known)


def largest_first(values: NDArray[np.float64], place: int) -> tuple[int, int]:
    """Return the rank of one of `values` (N,), 1 = the largest, equal ones alike, and how many are known."""
    return int(np.count_nonzero(values > values[place])) + 1, int(np.count_nonzero(~np.isnan(values)))
