"""The rulebook: every dated rule of the market, by key, board and status."""

import csv
import functools
import io
from collections import defaultdict
from collections.abc import Iterable
from importlib import resources
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, DataError, DateError
from ..types import Board, Sessions
from .table import DatedRule, DatedTable, as_day

_COLUMNS = ("key", "board", "status", "effective", "value", "applies_to", "binds", "grade", "source")
_BINDS = {"all": False, "new_contracts": True}

OF_PRICES = ("price_limit", "unlimited_first_sessions")
"""Rules under which the prices of the data came about: they are those of each day, whatever day's rules hold else."""

_RECORDED_LATE = ("transfer_fee",)
"""Rules that there were before their record begins: as of a day before it they are those of each day."""

_MARGIN_TRADING = "financing_margin_ratio"
"""The rule whose record begins with margin trading."""


class Rulebook:
    """Dated rules, asked by key and day; a day before a record begins has no answer.

    Parameters
    ----------
    rows : iterable of DatedRule
        In any order.
    as_of : datetime64[D], optional
        The day whose rules hold on every day; those of `OF_PRICES`, of a board that opened later and some that are not
        known on it are each day's all the same. By default each day has its own.

    Raises
    ------
    DataError
        Two rows of one rule on one date.

    Notes
    -----
    A question with a board or a status is answered by the most special table that covers the day: board and status,
    then board, then status, then neither. So ``price_limit`` of a ChiNext share under special treatment is that of
    ChiNext, and the short margin of a private fund before 2023-10-30 is everybody's.
    """

    def __init__(self, rows: Iterable[DatedRule], as_of: np.datetime64 | None = None) -> None:
        """Group the rows into one table per key, board and status."""
        self.as_of = as_of
        groups: dict[tuple[str, Board | None, str | None], list[DatedRule]] = defaultdict(list)
        for row in rows:
            groups[row.key, row.board, row.status].append(row)
        self._tables = {case: DatedTable(group) for case, group in groups.items()}
        self.keys = tuple(dict.fromkeys(key for key, _, _ in self._tables))

    @classmethod
    def load(cls) -> "Rulebook":
        """Return the market's rules as this package records them; read once, never changed."""
        return _load()

    def held(self, day: Any) -> "Rulebook":
        """Return the same rules as they stood on `day`, for whatever day is asked; these themselves where it is None.

        Raises
        ------
        DateError
            No day, or one before margin trading began.
        """
        if day is None:
            return self
        as_of, first = as_day(day), self.table(_MARGIN_TRADING).first_date
        if as_of < first:
            raise DateError(
                f"`market.rules_as_of` should be a day on which there was margin trading, {first} or later, got {as_of}"
            )
        return Rulebook((row for table in self._tables.values() for row in table.rows), as_of)

    @property
    def last_change(self) -> np.datetime64:
        """The latest first day of any rule; what has changed since is not known."""
        return max(table.rows[-1].effective for table in self._tables.values())

    def is_held(self, key: str, board: Board | None = None, status: str | None = None) -> bool:
        """Return whether the rule of one day holds on every day."""
        if self.as_of is None or key in OF_PRICES:
            return False
        is_recorded = any(table.first_date <= self.as_of for table in self._candidates(key, board, status))
        return is_recorded or (board is None and key not in _RECORDED_LATE)

    def ruling(self, key: str, days: Any, board: Board | None = None, status: str | None = None) -> Any:
        """Return the day, or the days, whose rule holds on `days`: those themselves, but where one day's is held."""
        if not self.is_held(key, board, status):
            return days
        return np.full(days.shape, self.as_of) if isinstance(days, np.ndarray) else self.as_of

    def table(self, key: str, board: Board | None = None, status: str | None = None) -> DatedTable:
        """Return the most special table of a rule; ConfigError for a key, board or status that it does not have."""
        return self._candidates(key, board, status)[0]

    def get(self, key: str, date: Any, board: Board | None = None, status: str | None = None) -> DatedRule | None:
        """Return the rule in force on `date`, None where the record begins later; otherwise as `on`."""
        day = self.ruling(key, date, board, status)
        found = (table.get(day) for table in self._candidates(key, board, status))
        return next((rule for rule in found if rule is not None), None)

    def on(self, key: str, date: Any, board: Board | None = None, status: str | None = None) -> DatedRule:
        """Return the rule in force on `date`.

        Parameters
        ----------
        key : str
            One of `keys`.
        date : str, date or datetime64
            A day; a string is written 2015-08-01.
        board : Board, optional
            Needed where the rule differs by board.
        status : str, optional
            A case of the key, such as ``st`` or ``private_fund``.

        Raises
        ------
        DateError
            A day before the record begins: it is never extended backwards. `get` returns None instead.
        ConfigError
            A key, board or status that the rulebook does not have.
        """
        rule = self.get(key, date, board, status)
        if rule is not None:
            return rule
        # The most general table reaches furthest back, so it names the date from which there is an answer.
        general = self._candidates(key, board, status)[-1]
        return general.on(self.ruling(key, date, board, status))

    def series(
        self,
        key: str,
        sessions: Sessions,
        board: Board | None = None,
        status: str | None = None,
        before: float | None = None,
    ) -> NDArray[np.float64]:
        """Return the number in force on each session.

        Parameters
        ----------
        key, board, status
            As in `on`.
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
            A session before the record, where `before` is None.
        ConfigError
            An unknown key, board or status, or a rule that is no number on one of the sessions.
        """
        days = self.ruling(key, np.asarray(sessions, dtype="datetime64[D]"), board, status)
        *special, general = self._candidates(key, board, status)
        values, open_days = np.empty(days.shape), np.ones(days.shape, dtype=bool)
        for table in special:
            covered = open_days & (days >= table.first_date)
            values[covered] = table.series(days[covered])
            open_days &= ~covered
        values[open_days] = general.series(days[open_days], before)
        return values

    def changes(self, start: Any, end: Any) -> list[DatedRule]:
        """Return the rules whose first day lies between `start` and `end`, both included, in the order of dates.

        A rule that is held does not change.
        """
        tables = [table for case, table in self._tables.items() if not self.is_held(*case)]
        found = [rule for table in tables for rule in table.changes(start, end)]
        return sorted(found, key=lambda rule: (rule.effective, rule.name))

    def in_force(self, date: Any) -> list[DatedRule]:
        """Return every rule in force on `date`; those whose record begins later are left out."""
        day = as_day(date)
        tables = self._tables.items()
        found = (table.get(self.ruling(key, day, board, status)) for (key, board, status), table in tables)
        return [rule for rule in found if rule is not None]

    def _candidates(self, key: str, board: Board | None, status: str | None) -> list[DatedTable]:
        """Return the tables that may answer, the most special first."""
        if key not in self.keys:
            raise ConfigError(f"the rulebook has no rule `{key}`; it has {', '.join(self.keys)}")
        statuses = {case[2] for case in self._tables if case[0] == key}
        if status is not None and status not in statuses:
            # A misspelt status would otherwise be answered by the general case.
            known = ", ".join(sorted(s for s in statuses if s)) or "none"
            raise ConfigError(f"`{key}` has no status {status!r}; it has {known}")
        cases = dict.fromkeys((key, b, s) for b, s in [(board, status), (board, None), (None, status), (None, None)])
        tables = [self._tables[case] for case in cases if case in self._tables]
        if not tables:
            known = ", ".join(table.rows[0].name for case, table in self._tables.items() if case[0] == key)
            asked = "no board" if board is None else f"board {Board(board).name.lower()}"
            raise ConfigError(f"`{key}` has no row for {asked} and status {status}; it has {known}")
        return tables


@functools.cache
def _load() -> Rulebook:
    package = cast(str, __package__)  # None only in a file that runs as a script
    return Rulebook(read_rules(resources.files(package).joinpath("rules.csv").read_text(encoding="utf-8")))


def read_rules(text: str) -> list[DatedRule]:
    """Return the rows of a rule table.

    Parameters
    ----------
    text : str
        CSV with the columns key, board, status, effective, value, applies_to, binds, grade and source.

    Raises
    ------
    DataError
        Another header, or a row that cannot be read: the message gives its line.
    """
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != _COLUMNS:
        raise DataError(f"a rule table should have the columns {', '.join(_COLUMNS)}, got {reader.fieldnames}")
    rows = []
    for record in reader:
        try:
            rows.append(_rule(record))
        except (LookupError, ValueError, TypeError) as cause:
            raise DataError(f"line {reader.line_num} of the rule table cannot be read ({cause}): {record}") from cause
    return rows


def _rule(record: dict[str, str]) -> DatedRule:
    if None in record or record["grade"] not in ("A", "B", "C") or not (record["source"] and record["value"]):
        raise ValueError("nine columns, a value, a grade A, B or C, and a source are needed")
    return DatedRule(
        key=record["key"],
        board=Board[record["board"].upper()] if record["board"] else None,
        status=record["status"] or None,
        effective=as_day(record["effective"]),
        value=_value(record["value"]),
        applies_to=record["applies_to"],
        binds_new_contracts_only=_BINDS[record["binds"]],
        grade=record["grade"],
        source=record["source"],
    )


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
