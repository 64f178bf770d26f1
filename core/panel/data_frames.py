"""Daily bars that lie in one data frame per security -> Panel."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from ..symbols import instead, is_misspelt, quoted
from ..types import Row, Sessions
from .panel import FIELDS, Panel
from .possible import ABOVE_ZERO, NEGATIVE, faults

_PRICES = ("open", "high", "low", "close")


def panel_of_frames(frames: Mapping[str, pd.DataFrame], *, adjusted: bool, source: str = "data frames") -> Panel:
    """Return the panel of daily bars that lie in one data frame per security.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Symbol -> bars, one row per day in any order, dated by a `DatetimeIndex` or a column ``date``. Columns open,
        high, low, close (CNY per share), as a rule volume (shares), and whatever else is a canonical field (`FIELDS`),
        in any case; other columns are left out.
    adjusted : bool
        Whether the prices are adjusted for dividends and splits; noted in ``Panel.source``. Unadjusted prices want a
        table of corporate actions, or every ex-date is a loss. Adjusted ones are not those that price limits and lots
        were made for: consider ``credit_broker(..., market={"price_limits": False})``.
    source : str
        Where the bars come from, in words.

    Returns
    -------
    Panel
        Sessions: all days that some frame has; securities in the order of `frames`.

    Raises
    ------
    DataError
        No frame or an empty one, a code in another spelling than ``600519.SH``, a missing column, dates that are none,
        a day twice, text among the numbers, a price that is not positive, a high below the low, an open or close
        outside of both, anything else that cannot be (`possible.faults`): infinite, or negative.

    Notes
    -----
    NaN handling: a day that a frame lacks, or whose close is NaN, is a session without trade. So is a day with a volume
    of 0; but a security whose volume is 0 or NaN on all days, or that has no such column (an index), trades whenever it
    has a close, in any quantity, and so does a day whose volume is NaN.
    """
    if not frames:
        raise DataError("`frames` should map symbols to data frames, got none")
    _check_symbols(frames)
    bars = {symbol: _bars(symbol, frame) for symbol, frame in frames.items()}
    sessions = np.unique(np.concatenate([days for days, _ in bars.values()]))
    fields: dict[str, np.ndarray] = {}
    for j, (days, columns) in enumerate(bars.values()):
        t = np.searchsorted(sessions, days)
        for name, values in columns.items():
            fields.setdefault(name, np.full((len(sessions), len(bars)), np.nan))[t, j] = values
    stated = "adjusted prices" if adjusted else "unadjusted prices"
    return Panel(sessions=sessions, symbols=tuple(bars), fields=fields, source=f"{source}, {stated}")


def _check_symbols(frames: Mapping[Any, Any]) -> None:
    """Refuse keys that are numbers, or mainland codes in another spelling: the suffix tells exchange and board."""
    for symbol in frames:
        if not isinstance(symbol, str):
            raise DataError(f"`frames` should map symbols to data frames: {symbol!r} {quoted(symbol)}")
        if is_misspelt(symbol):
            raise DataError(f"`frames` should map symbols such as '600519.SH', got {symbol!r}: {instead(symbol)}")


def _bars(symbol: str, frame: pd.DataFrame) -> tuple[Sessions, dict[str, Row]]:
    """Return the days (rows,) and the canonical columns of one frame, checked."""
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"`frames[{symbol!r}]` should be a DataFrame, got {type(frame).__name__}")
    named = {str(name).strip().lower(): name for name in frame.columns}
    missing = [name for name in _PRICES if name not in named]
    if missing or frame.empty:
        what = f"lacks the column {', '.join(missing)}" if missing else "is empty"
        raise DataError(f"`frames[{symbol!r}]` {what}; it has {', '.join(map(str, frame.columns))}")
    days = _days(symbol, frame[named["date"]] if "date" in named else frame.index)
    columns = {name: _numbers(symbol, name, frame[named[name]]) for name in FIELDS if name in named}
    _check_bars(symbol, days, columns)
    return days, columns


def _days(symbol: str, stamps: "pd.Series | pd.Index") -> Sessions:
    """Return the day of each row; numbers are no dates, pandas would count nanoseconds from 1970."""
    where = f"the dates of `frames[{symbol!r}]`"
    if pd.api.types.is_numeric_dtype(stamps):
        raise DataError(f"{where} are numbers: date the rows by a DatetimeIndex or a column `date`")
    try:
        parsed = pd.DatetimeIndex(pd.to_datetime(stamps, format="ISO8601"))
    except (ValueError, TypeError) as error:
        raise DataError(f"{where} cannot be read as days ({error}): write 2024-03-04") from None
    if parsed.tz is not None:
        raise DataError(f"{where} carry the time zone {parsed.tz}: give the exchange's days without one")
    days = parsed.to_numpy().astype("datetime64[D]")
    if np.isnat(days).any():
        raise DataError(f"{where} have a gap in row {int(np.flatnonzero(np.isnat(days))[0])}: every row needs its day")
    unique, counts = np.unique(days, return_counts=True)
    if (counts > 1).any():
        raise DataError(f"{where} have {unique[counts > 1][0]} more than once: the bars should be daily ones")
    return days


def _numbers(symbol: str, name: str, column: pd.Series) -> Row:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise DataError(f"`{name}` of `frames[{symbol!r}]` should be numbers ({error})") from None


def _check_bars(symbol: str, days: Sessions, columns: dict[str, Row]) -> None:
    """Raise DataError at the first bar that no market could have made."""
    opened, high, low, close = (columns[name] for name in _PRICES)
    found = {_said(name, fault.what): fault.where for name in columns for fault in faults(name, columns[name])}
    found["a high below its low, open or close"] = (high < low) | (high < opened) | (high < close)
    found["a low above its open or close"] = (low > opened) | (low > close)
    for what, is_faulty in found.items():
        if is_faulty.any():
            row = int(np.flatnonzero(is_faulty)[0])
            bar = ", ".join(f"{name} {columns[name][row]:.15g}" for name in columns)
            raise DataError(f"`frames[{symbol!r}]` has {what} on {days[row]}: {bar}; mend or drop the bar")


def _said(name: str, what: str) -> str:
    if name in ABOVE_ZERO:
        return f"a {name} that is no positive price"
    return f"a negative {name}" if what == NEGATIVE else f"a value of {name} that is {what}"
