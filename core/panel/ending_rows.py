"""Ends of listings (终止上市) as dated facts of securities: delistings, mergers by exchange of shares, new codes."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from .action_rows import amount_of, day_of
from .user_csv import read_texts, refuse_misspelt

COLUMNS = ("date", "symbol", "successor", "ratio", "cash", "announced")
_REQUIRED = COLUMNS[:2]
_NO_DAY = np.datetime64("NaT", "D")


class Ending(NamedTuple):
    """A security that is listed no longer."""

    day: np.datetime64  # the first on which it is not
    symbol: str
    successor: str = ""  # whose shares its holders receive; empty = none
    ratio: float = 0.0  # shares of the successor per share
    cash: float = 0.0  # CNY per share that its holders receive
    announced: np.datetime64 = _NO_DAY  # NaT = not said


def as_csv(endings: Iterable[Ending]) -> str:
    """Return a table of `COLUMNS`, by date and symbol."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in sorted(endings, key=lambda one: (one.day, one.symbol)):
        announced = "" if np.isnat(one.announced) else str(one.announced)
        writer.writerow((str(one.day), *one[1:3], repr(float(one.ratio)), repr(float(one.cash)), announced))
    return text.getvalue()


def dated_endings(path: Path) -> tuple[Ending, ...]:
    """Return the rows of a table of `COLUMNS`; raises as `located_endings`."""
    return tuple(one for _, one in located_endings(path))


def located_endings(path: Path) -> Iterator[tuple[str, Ending]]:
    """Yield the rows of a CSV of date and symbol, and the other `COLUMNS` where it has them, each with its place.

    Raises
    ------
    DataError
        No such file, a missing column, a day that is none, a negative number, a second row of a security, a successor
        without a ratio or a ratio without one, a security that succeeds itself.
    """
    table = read_texts(path, _REQUIRED, "endings")
    refuse_misspelt(table, COLUMNS, path)
    columns = [table[name] if name in table else [""] * len(table) for name in COLUMNS]
    seen: set[str] = set()
    for row, (date, symbol, successor, ratio, cash, announced) in enumerate(zip(*columns, strict=True)):
        where = f"{path}:{row + 2}"
        if symbol in seen:
            raise DataError(f"{where}: {symbol} has two rows: a listing ends once")
        seen.add(symbol)
        one = Ending(
            day_of(date, where),
            symbol,
            successor.strip(),
            amount_of(ratio, "ratio", where),
            amount_of(cash, "cash", where),
            day_of(announced, where, "announced") if announced.strip() else _NO_DAY,
        )
        _refuse_unclear(one, where)
        yield where, one


def _refuse_unclear(one: Ending, where: str) -> None:
    if bool(one.successor) != (one.ratio > 0.0):
        raise DataError(
            f"{where}: `ratio`, shares of the successor per share, should be above 0 where there is a `successor`, and "
            f"empty where there is none; got {f'{one.ratio:g}' if one.ratio else 'none'} and {one.successor!r}"
        )
    if one.successor == one.symbol:
        raise DataError(f"{where}: {one.symbol} should not be its own `successor`")
    if one.announced >= one.day:
        raise DataError(f"{where}: `announced` {one.announced} should lie before `date`, {one.day}")
