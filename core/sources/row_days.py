"""The day of every row of a table: from its column, the name of its file, what stands beside it, or the user."""

from collections.abc import Mapping

import numpy as np

from ..errors import DataError
from ..panel.calendar import Calendar
from ..panel.frames import CodedSymbols
from ..types import Row, Sessions
from .chain import BalanceChain
from .dates import day_in_name, resolve_days, writes_leading_zeros
from .file_cells import Words
from .grid import Grid

_CHAIN = ("financing_balance", "financing_buy", "financing_repay")


def days_of(
    grid: Grid,
    lines: np.ndarray,
    words: Words | None,
    symbols: CodedSymbols,
    values: Mapping[str, Row],
    calendar: Calendar | None,
    day: str | None,
) -> Sessions:
    """Return the day of each row, NaT where it cannot be known.

    Parameters
    ----------
    grid : Grid
        For its name and its findings.
    lines : int (rows,)
    words : Words or None
        The column of days; None where the table has none.
    symbols : CodedSymbols
    values : mapping of str to float64 (rows,)
        Balances that tell whether a row fits a day.
    calendar : Calendar or None
        None where the market has no calendar here.
    day : str, optional
        That the user gives for files without one.

    Raises
    ------
    DataError
        No day, one that is none, or one that is no session.
    """
    named = day_in_name(grid.path)
    if words is None:
        return np.full(len(lines), _one_day(grid, named, calendar, day))
    rows = len(words.codes)
    first = np.full(len(words.words), -1)
    first[words.codes[::-1]] = np.arange(rows)[::-1]
    padded = writes_leading_zeros(words.words)
    known = np.full(len(words.words), np.datetime64("NaT", "D"))
    doubtful = False
    for code in np.flatnonzero(first >= 0).tolist():
        known[code] = resolve_days([words.words[code]], [int(lines[first[code]])], grid.path, padded=padded)[0][0]
        doubtful |= bool(np.isnat(known[code]))
    used = known[first >= 0]
    if calendar is not None and not doubtful:
        doubtful = not calendar.is_session(used[~np.isnat(used)]).all()
    days = known[words.codes]
    if doubtful:
        days = _by_security(grid, lines, words, symbols, values, calendar, padded)
    if day is not None:
        grid.note("option_unused", [grid.path.name], f"`day` {day} has no meaning: the table has its days")
    if named is not None:
        other = np.flatnonzero(days != named)
        places = [f"{grid.word} {lines[i]}: {days[i]}, the name says {named}" for i in other[:5]]
        grid.count(
            "day_disagrees_with_file_name",
            len(other),
            places,
            "rows of another day than the file name says: the rows are believed",
        )
    return days


def _one_day(grid: Grid, named: np.datetime64 | None, calendar: Calendar | None, day: str | None) -> np.datetime64:
    """Return the day of a table without a column of days."""
    try:
        given = resolve_days([day], [0], grid.path, padded=False)[0][0] if day is not None else None
    except DataError:
        raise DataError(f"`day` should be a day such as 2024-01-31, got {day!r}") from None
    beside = resolve_days([grid.day], [0], grid.path, padded=True)[0][0] if grid.day else None
    told = given if given is not None else beside if beside is not None else named
    if told is None:
        raise DataError(
            f"{grid.path} has neither a date column nor a day in its name: "
            "name it with its day, such as margin_20240131.csv, or say it: "
            f"`liangrong data import {grid.path} --to DIR --option day=2024-01-31`"
        )
    if calendar is not None and not calendar.is_session(told)[0]:
        where = (
            "the day given"
            if given is not None
            else "the day beside its rows"
            if beside is not None
            else "the day in its name"
        )
        raise DataError(f"{grid.path}: {where}, {told}, is no trading session")
    if given is None and beside is not None and named is not None and beside != named:
        raise DataError(f"{grid.path} is of {named} by its name and of {beside} by its content: give `--option day=…`")
    kind = "date_given" if given is not None else "date_beside_rows" if beside is not None else "date_from_file_name"
    where = {
        "date_given": "no date column: the day is the one given",
        "date_beside_rows": "no date column: the day stands beside the rows",
        "date_from_file_name": "no date column: the day is that of the file name",
    }
    grid.note(kind, [f"{told}"], where[kind])
    return told


def _by_security(
    grid: Grid,
    lines: np.ndarray,
    words: Words,
    symbols: CodedSymbols,
    values: Mapping[str, Row],
    calendar: Calendar | None,
    padded: bool,
) -> Sessions:
    """Return the days where some are doubtful: each security's rows tell about each other."""
    texts = words.texts()
    days = np.empty(len(texts), dtype="datetime64[D]")
    order = np.argsort(symbols.place, kind="stable")
    bounds = np.flatnonzero(np.diff(symbols.place[order])) + 1
    has_chain = all(name in values for name in _CHAIN)
    for rows in np.split(order, bounds):
        chain = BalanceChain(calendar, *(values[name][rows] for name in _CHAIN)) if has_chain and calendar else None
        days[rows], found = resolve_days(
            [texts[i] for i in rows],
            [int(lines[i]) for i in rows],
            grid.path,
            padded=padded,
            calendar=calendar,
            chain=chain,
        )
        for one in found:
            grid.count(one.kind, one.count, one.examples, one.detail)
    return days
