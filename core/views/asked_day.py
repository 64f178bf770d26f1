"""What is looked at: the day, the security, the currency; and its place among others."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, DataError, DateError
from ..pages.language import say
from ..panel.panel import Panel
from ..rulebook.table import as_day
from ..symbols import remedies, spellings
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
    why = say("the data end there") if row == len(sessions) - 1 else say("the last session before")
    told = "{day} is no session of the data: shown is {session}, {why}."
    return AskedDay(row, say(told, day=day, session=sessions[row], why=why))


def no_balance_words(panel: Panel, row: int) -> str:
    """Return what a session has where nobody has a financing balance: nothing, or volumes without the close."""
    day, volume = panel.sessions[row], panel.get("financing_volume")
    count = 0 if volume is None else int(np.isfinite(volume[row]).sum())
    if not count:
        return say("No financing balance is known on {day}", day=day)
    one, many = "1 security has a financing volume", "{n} securities have a financing volume"
    who = say(one) if count == 1 else say(many, n=f"{count:,}")
    told = "{who} on {day} but no close, and the balance in money is the volume times the close"
    return say(told, who=who, day=day)


def found_symbol(panel: Panel, text: str) -> str:
    """Return the symbol of a panel that a text means; DataError with the nearest where it has none, or has two."""
    if not isinstance(text, str):
        raise ConfigError(f"`symbol` should be a code such as 600519.SH, got {text!r}")
    stripped = text.strip()
    for one in (stripped, stripped.upper()):
        if one in panel.symbols:
            return one
    meant = [symbol for symbol in (*spellings(stripped), f"{stripped}.TW") if symbol in panel.symbols]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise DataError(f"`symbol` {text} means {' and '.join(meant)} of these data: write one of them")
    told = remedies([stripped], panel.symbols)
    raise DataError(
        f"`symbol`: the data have no security {text!r}; they have {len(panel.symbols):,} others"
        f"{told and ': '}{told}; `liangrong data show DIR` lists them"
    )


def currency_of(panel: Panel) -> str:
    """Return what amounts are counted in: TWD where all securities are Taiwan's, else CNY."""
    return "TWD" if panel.symbols and all(symbol.endswith(".TW") for symbol in panel.symbols) else "CNY"


def percentile(values: NDArray[np.float64], value: float) -> tuple[float, int]:
    """Return which part of the others lies strictly below `value`, one of `values`, and how many are known with it.

    1 only where every other one lies below; NaN for NaN, and where there is no other.
    """
    count = int(np.count_nonzero(~np.isnan(values)))
    if np.isnan(value) or count < 2:
        return np.nan, count
    return np.count_nonzero(values < value) / (count - 1), count


def percentiles(values: NDArray[np.float64], window: int | None = None) -> NDArray[np.float64]:
    """Return the `percentile` of each (T,) among the last `window` until it, among all until it where absent."""
    first = [0 if window is None else max(t + 1 - window, 0) for t in range(len(values))]
    return np.array([percentile(values[first[t] : t + 1], value)[0] for t, value in enumerate(values)])


def largest_first(values: NDArray[np.float64], value: float) -> int | None:
    """Return the rank of `value`, one of `values`: 1 = the largest, equal ones alike; None for NaN."""
    return None if np.isnan(value) else int(np.count_nonzero(values > value)) + 1
