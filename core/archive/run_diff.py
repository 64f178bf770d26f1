"""How two runs that are kept differ: configuration, data, release, figures and tables."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from ..account.columns import TABLES
from ..account.tables import make_table
from ..pages.departures_section import Departure, flat
from ..pages.formats import NONE
from ..pages.language import joined, say
from ..plain import plain
from ..run.parity import difference_in
from ..run.result import Result
from .run_list import KeptRun

HEADLINES = (
    *("total_return", "annualised_return", "volatility", "sharpe", "sortino", "calmar", "max_drawdown"),
    *("start_equity", "end_equity", "lowest_maintenance_ratio", "average_leverage", "highest_leverage", "turnover"),
    *("costs.total", "costs.financing_interest", "costs.borrow_fee", "fills", "refusals"),
    *("margin_calls", "forced_orders", "open_contracts"),
)
"""The figures that are shown whether or not they differ, in this order."""


_LABELS = ("name", "description")
"""Settings that decide nothing."""


_WINDOW = "window"
"""Of what differs in the data: the sessions that were run, which follow from data and configuration."""


class Figure(NamedTuple):
    """A figure of both runs; None where one has it not."""

    name: str  # dotted
    first: float | None
    second: float | None

    @property
    def change(self) -> float | None:
        """By how much the second is larger."""
        return None if self.first is None or self.second is None else self.second - self.first


class TableDifference(NamedTuple):
    """Where a table of two runs differs first: in which row and column, or in the number of rows (row -1)."""

    table: str
    first_rows: int
    second_rows: int
    row: int  # from 0, without the header
    column: str
    first: str
    second: str


@dataclass(frozen=True)
class RunDiff:
    """Two runs beside each other.

    Parameters
    ----------
    first, second : KeptRun
    """

    first: KeptRun
    second: KeptRun

    @cached_property
    def results(self) -> tuple[Result, Result]:
        """The whole results; raises as `load`."""
        return self.first.result(), self.second.result()

    @cached_property
    def settings(self) -> tuple[Departure, ...]:
        """The resolved keys that differ, `name` and `description` too."""
        return _departures(*(dict(flat(result.config)) for result in self.results))

    @cached_property
    def data(self) -> tuple[Departure, ...]:
        """What differs in what was read, and in the sessions that were run."""
        return _departures(*(dict(flat(_read(run))) for run in (self.first, self.second)))

    @cached_property
    def release(self) -> tuple[Departure, ...]:
        """What differs in release, layout and annualisation."""
        return _departures(*(dict(flat(_made_by(run))) for run in (self.first, self.second)))

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The headlines, and after them every other figure that differs, by name."""
        both = [dict(_numbers(run.head["metrics"])) for run in (self.first, self.second)]
        others = sorted({name for name in {*both[0], *both[1]} if both[0].get(name) != both[1].get(name)})
        names = [*HEADLINES, *(name for name in others if name not in HEADLINES)]
        made = (Figure(name, both[0].get(name), both[1].get(name)) for name in names)
        return tuple(one for one in made if (one.first, one.second) != (None, None))

    @cached_property
    def tables(self) -> tuple[TableDifference, ...]:
        """The tables that differ, each by its first difference, to the last digit."""
        return tuple(_tables(*self.results))

    @cached_property
    def notes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What only the first run says, and what only the second."""
        first, second = (result.notes for result in self.results)
        return tuple(n for n in first if n not in second), tuple(n for n in second if n not in first)

    @property
    def verdict(self) -> str:
        """In a sentence what is the same and what is not."""
        causes = [
            *([say("the configuration")] if any(one.key not in _LABELS for one in self.settings) else []),
            *([say("the data")] if any(not row.key.startswith(_WINDOW) for row in self.data) else []),
            *([say("the release")] if self.release else []),
        ]
        named = joined(causes, "{one}, {other}")
        if not self.tables and not causes:
            return say("Nothing differs: configuration, data, release and every table are the same.")
        if not self.tables:
            return say("Every table is the same to the last digit. What differs: {causes}.", causes=named)
        if not causes:
            return say(
                "The tables differ though configuration, data and release do not: a file that the configuration names "
                "has changed, or the code."
            )
        return say("The tables differ. What made them differs in this: {causes}.", causes=named)

    def as_record(self) -> dict[str, Any]:
        """Return what `liangrong runs diff --json` prints."""
        return plain(
            {
                "first": self.first.as_record(),
                "second": self.second.as_record(),
                "verdict": self.verdict,
                "configuration": [one._asdict() for one in _named(self.settings)],
                "data": [one._asdict() for one in _named(self.data)],
                "release": [one._asdict() for one in _named(self.release)],
                "figures": [{**one._asdict(), "change": one.change} for one in self.figures],
                "tables": [one._asdict() for one in self.tables],
                "notes": {"first": self.notes[0], "second": self.notes[1]},
            }
        )


class _Change(NamedTuple):
    key: str
    first: str
    second: str


def _named(rows: tuple[Departure, ...]) -> list[_Change]:
    return [_Change(*row) for row in rows]


def _read(run: KeptRun) -> dict[str, Any]:
    metrics = run.head["metrics"]
    return {**run.data, _WINDOW: {"start": metrics.get("start_date"), "end": metrics.get("end_date")}}


def _made_by(run: KeptRun) -> dict[str, Any]:
    return {name: run.head.get(name) for name in ("liangrong", "schema", "annualisation")}


def _departures(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Departure, ...]:
    keys = [*first, *(key for key in second if key not in first)]
    rows = (Departure(key, first.get(key, NONE), second.get(key, NONE)) for key in keys)
    return tuple(row for row in rows if row.stated != row.own)


def _numbers(value: Any, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield the numbers of a summary by their dotted names; lists are parts of a whole that stands there too."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _numbers(item, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield prefix, value


def _text(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return NONE if value is None or value is pd.NaT else str(value)


def _tables(first: Result, second: Result) -> Iterator[TableDifference]:
    for name in TABLES:
        ours, theirs = (make_table(name, getattr(of, name)) for of in (first, second))  # an optional one may be None
        found = difference_in(name, ours, theirs)
        if found is not None:
            values = (_text(value) for value in (found.first, found.second))
            yield TableDifference(name, len(ours), len(theirs), found.row, found.column, *values)
