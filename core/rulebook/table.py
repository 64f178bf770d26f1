"""One dated rule, and the table of its changes over time."""

import contextlib
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, DataError, DateError
from ..types import Board, Sessions


@dataclass(frozen=True, kw_only=True)
class DatedRule:
    """What held from one day on.

    Parameters
    ----------
    key : str
        Such as ``financing_margin_ratio``.
    board : Board, optional
        None = every board.
    status : str, optional
        The case within a key, such as ``st`` or ``private_fund``; None = the general case.
    effective : datetime64[D]
        First day on which it holds.
    value : float or str
        Fraction, shares, sessions, months or days, as `key` says; text where the rule is not a number.
    applies_to : str
        In words.
    binds_new_contracts_only : bool
        True where a contract that is open on `effective` keeps the rule of its opening day.
    grade : str
        A = text of an exchange, a regulator or state media; B = quoted by a vendor or repository; C = a secondary page.
    source : str
        The notice or rule it was taken from.
    """

    key: str
    board: Board | None
    status: str | None
    effective: np.datetime64
    value: float | str
    applies_to: str
    binds_new_contracts_only: bool
    grade: str
    source: str

    @property
    def is_secondary(self) -> bool:
        """Whether the row should be checked by the user: a secondary page, or partly from memory."""
        return self.grade == "C" or "from memory" in self.source

    @property
    def name(self) -> str:
        """The key with its board and its status: ``price_limit (main, st)``."""
        board = None if self.board is None else self.board.name.lower()
        parts = [part for part in (board, self.status) if part]
        return f"{self.key} ({', '.join(parts)})" if parts else self.key

    @property
    def number(self) -> float:
        """The value where it is a number; ConfigError where the rule leaves it to somebody else."""
        if isinstance(self.value, str):
            raise ConfigError(
                f"`{self.name}` is no number since {self.effective}, it is {self.value!r} ({self.applies_to}): "
                "give a number in the configuration"
            )
        return self.value


class DatedTable:
    """The rows of one rule in the order of their dates; a date before the first row has no answer.

    Parameters
    ----------
    rows : iterable of DatedRule
        Of one key, board and status; in any order.

    Raises
    ------
    DataError
        No row, rows of several rules, or two rows of one date.
    """

    def __init__(self, rows: Iterable[DatedRule]) -> None:
        """Sort and check the rows."""
        self.rows = tuple(sorted(rows, key=lambda row: row.effective))
        names = {row.name for row in self.rows}
        if len(names) != 1:
            raise DataError(f"a dated table should hold the rows of one rule, got {len(names)}: {sorted(names)}")
        self._dates = np.array([row.effective for row in self.rows], dtype="datetime64[D]")
        twice = self._dates[1:][np.diff(self._dates) == np.timedelta64(0, "D")]
        if twice.size:
            raise DataError(f"`{self.rows[0].name}` has two rows of {twice[0]}: keep one")

    @property
    def first_date(self) -> np.datetime64:
        """The first day that the record covers."""
        return self._dates[0]

    def get(self, date: Any) -> DatedRule | None:
        """Return the rule in force on `date`, None before the record begins."""
        index = int(np.searchsorted(self._dates, as_day(date), side="right")) - 1
        return self.rows[index] if index >= 0 else None

    def on(self, date: Any) -> DatedRule:
        """Return the rule in force on `date`.

        Parameters
        ----------
        date : str, date or datetime64
            A day; a string is written 2015-08-01.

        Raises
        ------
        DateError
            A day before the first row: the record is never extended backwards.
        """
        rule = self.get(date)
        if rule is None:
            raise self._unknown(as_day(date))
        return rule

    def series(self, sessions: Sessions, before: float | None = None) -> NDArray[np.float64]:
        """Return the value in force on each session.

        Parameters
        ----------
        sessions : datetime64[D] (T,)
            In any order.
        before : float, optional
            What to use before the record begins: a number of the configuration, or NaN. None refuses such sessions.

        Returns
        -------
        float64 (T,)
            Unit of the rule.

        Raises
        ------
        DateError
            A session before the first row, where `before` is None.
        ConfigError
            A rule in force on one of the sessions that is no number.
        """
        days = np.asarray(sessions, dtype="datetime64[D]")
        index = np.searchsorted(self._dates, days, side="right")
        if before is None and np.any(index == 0):
            raise self._unknown(days[index == 0].min())
        # Entry 0 is never read where `before` is None, and the numbers of rows that do not occur are not asked for.
        values = np.full(len(self.rows) + 1, np.nan if before is None else before)
        for row in np.unique(index[index > 0]):
            values[row] = self.rows[row - 1].number
        return values[index]

    def changes(self, start: Any, end: Any) -> list[DatedRule]:
        """Return the rows whose first day lies between `start` and `end`, both included."""
        first, last = as_day(start), as_day(end)
        return [row for row in self.rows if first <= row.effective <= last]

    def _unknown(self, day: np.datetime64) -> DateError:
        return DateError(
            f"the rulebook does not know `{self.rows[0].name}` on {day}, its record begins on {self.first_date}: "
            "start later, or give a number in the configuration"
        )


def as_day(date: Any) -> np.datetime64:
    """Return `date` as datetime64[D]; DateError for what is not a day."""
    day = np.datetime64("NaT", "D")
    with contextlib.suppress(ValueError, TypeError):
        if isinstance(date, str):
            # By way of fromisoformat: numpy would take "2015" and "2015-08" for the first of the year or the month.
            date = datetime.date.fromisoformat(date)
        # Nothing else: numpy would read the number 20150801 as days since 1970.
        if isinstance(date, datetime.date):
            day = np.datetime64(date, "D")
        elif isinstance(date, np.datetime64):
            day = date.astype("datetime64[D]")
    if np.isnat(day):
        raise DateError(f"a date should be written like 2015-08-01, got {date!r}")
    return day
