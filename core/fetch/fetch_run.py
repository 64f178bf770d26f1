"""One fetch at work: calls day by day, answers kept, imported, and compared with the session before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import ConfigError, DataError
from ..panel.calendar import Calendar
from ..plain import plain
from ..types import Sessions
from .asking import ask_day
from .by_symbol import BARS, ask_symbol, range_name, symbols_held
from .clients import Client
from .gaps import Gap, gap_lines, gaps_of
from .in_parts import import_in_parts
from .pace import Clock, NoAnswer, Pace
from .raw_folder import RawFolder, Record, packed
from .served import SERVICES, Table

Progress = Callable[[int, int], object]

_PATIENCE = 3
"""Calls in a row that may fail for good before the fetch stops."""


class Fetched(NamedTuple):
    """What a fetch brought.

    Parameters
    ----------
    info : dict
        As `import_data` returns it.
    raw : Path
        The folder of the answers.
    asked, kept : int
        Tables of days that were asked for, and those whose answer lay there already.
    gaps : tuple of Gap
    notes : tuple of str
        What was left out, and why.
    """

    info: dict[str, Any]
    raw: Path
    asked: int
    kept: int
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]

    @property
    def counted(self) -> str:
        """How much was asked for, and where the answers are, in words."""
        return f"Asked: {self.asked:,}; from before: {self.kept:,}; answers as they came: {self.raw}"

    @property
    def lines(self) -> list[str]:
        """What is missing and what was left out, in words."""
        return [*gap_lines(self.gaps), *self.notes]

    def as_record(self) -> dict[str, Any]:
        """Return what came and what is missing as plain values."""
        counted = {"asked": self.asked, "kept": self.kept, "raw": self.raw, "gaps": self.gaps, "lines": self.lines}
        return plain({**self.info, **counted})

    @property
    def exit_code(self) -> int:
        """1 where something is missing that should be there."""
        return int(any(gap.is_wrong for gap in self.gaps))


@dataclass(kw_only=True)
class FetchRun:
    """One fetch.

    Parameters
    ----------
    folder : Path
        The dataset.
    raw : RawFolder
    record : Record
        Of `raw`, with what is asked for now.
    client : Client
    pace : Pace
    clock : Clock
    calendar : Calendar
    forced : datetime64[D], optional
        A session that is asked for again, as are those of the record: for a dataset that goes on where it ends.
    notes : list of str
    """

    folder: Path
    raw: RawFolder
    record: Record
    client: Client
    pace: Pace
    clock: Clock
    calendar: Calendar
    forced: np.datetime64 | None = None
    notes: list[str] = field(default_factory=list)
    asked: int = 0
    kept: int = 0
    in_a_row: int = 0
    failed: dict[str, dict[np.datetime64, str]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def carry_out(self, wanted: Sequence[str], first: np.datetime64, last: np.datetime64, tell: Progress) -> Fetched:
        """Ask for everything, import it, and say what is missing.

        Raises
        ------
        ConfigError, DateError, DataError, OutputError
            As `fetch_data`.
        """
        sessions = self._sessions(first, last)
        days = {table: self._days_of(table, sessions) for table in self._tables(wanted)}
        self._fetch_days(days, tell)
        has_bars = not {*wanted}.isdisjoint(SERVICES[self.record.source].by_symbol)
        bars = self._fetch_bars(list(days), sessions, tell) if has_bars else []
        self._look_for_gaps(days)
        by_day = [(day, path) for table in days for day in days[table] for path in self._lying(table.name, packed(day))]
        if not by_day and not bars:
            raise DataError("nothing came: " + "; ".join(gap_lines(self.gaps) or ["no table begins so early"]))
        info = import_in_parts(by_day, bars, self.folder)
        return Fetched(info, self.raw.folder, self.asked, self.kept, tuple(self.gaps), tuple(self.notes))

    def _sessions(self, first: np.datetime64, last: np.datetime64) -> Sessions:
        if first > last:
            raise ConfigError(f"nothing to ask for: it would begin on {first}, and the last day that is over is {last}")
        sessions = self.calendar.between(first, last)
        if not len(sessions):
            raise ConfigError(f"nothing to ask for: there is no session from {first} to {last}")
        return sessions

    def _tables(self, wanted: Sequence[str]) -> list[Table]:
        """Return the tables of what is wanted that the client has."""
        source = self.record.source
        found = [table for table in SERVICES[source].tables if table.what in wanted]
        lacking = [table.name for table in found if not self.client.has(table.name)]
        if lacking:
            self.notes.append(f"left out, this {source} has no {', '.join(lacking)}: `pip install -U {source}`")
        return [table for table in found if table.name not in lacking]

    def _days_of(self, table: Table, sessions: Sessions) -> Sessions:
        """Return the sessions to ask a table for: those of its record, and in an update those to be asked again."""
        days = sessions if table.first is None else sessions[sessions >= np.datetime64(table.first, "D")]
        if self.forced is None:
            return days
        again = np.array(self.record.again.get(table.name, ()), dtype="datetime64[D]")
        return np.union1d(days, again[again <= sessions[-1]])

    def _fetch_days(self, days: Mapping[Table, Sessions], tell: Progress) -> None:
        """Ask for all tables of the first day, then of the next."""
        tables = list(days)
        calls = sorted((day, place) for place, table in enumerate(tables) for day in days[table])
        for done, (day, place) in enumerate(calls):
            tell(done, len(calls))
            self._fetch_day(tables[place], day)
        tell(len(calls), len(calls))

    def _fetch_day(self, table: Table, day: np.datetime64) -> None:
        name = packed(day)
        is_doubtful = day == self.forced or str(day) in self.record.again.get(table.name, ())
        if not is_doubtful and self._is_final(self.raw.asked_on(table.name, name), day):
            self.kept += 1
            return
        self.asked += 1
        try:
            frame = ask_day(self.client, self.pace, table, day, is_paged=SERVICES[self.record.source].is_paged)
        except NoAnswer as error:
            self._failed(table.name, day, str(error))
            return
        self.in_a_row = 0
        has_former = self.raw.path(table.name, name).is_file()
        if len(frame) or (table.may_be_empty and not has_former):
            self.raw.store(table.name, name, frame, self.clock.today())
        elif has_former:
            self.failed.setdefault(table.name, {})[day] = "asked for again, and nothing came"

    def _failed(self, table: str, day: np.datetime64, words: str) -> None:
        """Note a call that failed; the third one in a row ends the fetch."""
        self.failed.setdefault(table, {})[day] = words
        if day >= self._due():
            return  # nothing has to be published there: that says nothing about the service
        self.in_a_row += 1
        if self.in_a_row >= _PATIENCE:
            raise DataError(
                f"{self.in_a_row} calls in a row failed, at last {table} of {day}: {words}. "
                f"What came lies in {self.raw.folder}: give the same command again, it goes on from there"
            )

    def _is_final(self, asked_on: np.datetime64 | None, day: np.datetime64) -> bool:
        """Return whether an answer was given when nothing was left to come: after the session that follows its day.

        Margin details are published before the next session's open, and restated with that session's.
        """
        after = self.calendar.sessions[np.searchsorted(self.calendar.sessions, day, side="right") :]
        return asked_on is not None and len(after) > 0 and bool(asked_on > after[0])

    def _due(self) -> np.datetime64:
        """Return the session from which on nothing has to be published yet: the last one before today."""
        place = int(np.searchsorted(self.calendar.sessions, self.clock.today()))
        return self.calendar.sessions[max(place - 1, 0)]

    def _fetch_bars(self, tables: Sequence[Table], sessions: Sessions, tell: Progress) -> list[Path]:
        """Ask for bars security by security and return the answers that lie there."""
        first, last = sessions[0], sessions[-1]
        names = {symbol: range_name(first, last, symbol) for symbol in self._symbols(tables, sessions)}
        for done, (symbol, name) in enumerate(names.items()):
            tell(done, len(names))
            if last != self.forced and self._is_final(self.raw.asked_on(BARS, name), last):
                self.kept += 1
                continue
            self.asked += 1
            try:
                frame = ask_symbol(self.client, self.pace, symbol, first, last)
            except NoAnswer as error:
                self.gaps.append(Gap(BARS, "no answer", last, f"{symbol}: {error}", is_wrong=True))
                self._failed(BARS, last, f"{symbol}: {error}")
                continue
            self.in_a_row = 0
            self.raw.store(BARS, name, frame, self.clock.today())
        return [path for name in names.values() for path in self._lying(BARS, name)]

    def _symbols(self, tables: Sequence[Table], sessions: Sessions) -> Sequence[str]:
        """Return the securities whose bars are asked for."""
        if self.record.symbols:
            return self.record.symbols
        symbols, funds = symbols_held(self.raw, tables or self._tables(["margin"]), sessions)
        if not symbols:
            raise ConfigError(
                "`--what daily` asks for bars security by security: name them, `--symbols 600519.SH,000001.SZ`, or "
                "fetch margin too, whose securities are taken"
            )
        if funds:
            self.notes.append(f"bars: {funds:,} funds of the margin details left out, {BARS} has only shares")
        return symbols

    def _lying(self, table: str, name: str) -> list[Path]:
        """Return the answer of a call, where there is one with rows."""
        path = self.raw.path(table, name)
        return [path] if path.is_file() else []

    def _look_for_gaps(self, days: Mapping[Table, Sessions]) -> None:
        """Compare the answers by exchange and day, and write down which are to be asked for again."""
        again = dict(self.record.again)
        for table, asked in days.items():
            found = gaps_of(table, asked, self.raw, self.calendar, self._due(), self.failed.get(table.name, {}))
            self.gaps += found
            new = {str(gap.day) for gap in found if gap.is_wrong or gap.day >= self._due()}
            other = {*again.get(table.name, ())} - set(asked.astype(str).tolist())
            again[table.name] = tuple(sorted(other | new))
        self.record = replace(self.record, again=again)
        self.raw.write(self.record)
