"""Corporate actions (分红送转) as dated facts of securities: what one share receives on its ex-date."""

import csv
import datetime
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from .user_csv import read_texts

COLUMNS = ("date", "symbol", "cash_per_share", "share_ratio")


class CorporateAction(NamedTuple):
    """A dividend, bonus shares or a split."""

    day: np.datetime64  # the ex-date
    symbol: str
    cash: float  # CNY per share, gross
    ratio: float  # new shares per share: 0.5 = five for ten; a split 1:2 is 1.0


def as_csv(actions: Iterable[CorporateAction]) -> str:
    """Return a table of `COLUMNS`, by date and symbol."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    ordered = sorted(actions, key=lambda one: (one.day, one.symbol))
    writer.writerows((str(one.day), one.symbol, repr(float(one.cash)), repr(float(one.ratio))) for one in ordered)
    return text.getvalue()


def dated_actions(path: Path) -> tuple[CorporateAction, ...]:
    """Return the rows of a table of `COLUMNS`; raises as `located_actions`."""
    return tuple(one for _, one in located_actions(path))


def located_actions(path: Path) -> Iterator[tuple[str, CorporateAction]]:
    """Yield the rows of a CSV of `COLUMNS`, each with where it stands; an empty cell is 0.

    Raises
    ------
    DataError
        No such file, a missing column, a date that is none, a negative number, a repeated row.
    """
    table = read_texts(path, COLUMNS, "corporate actions")
    seen: set[tuple[str, str]] = set()
    for row, (date, symbol, cash, ratio) in enumerate(zip(*(table[name] for name in COLUMNS), strict=True)):
        where = f"{path}:{row + 2}"
        if (date, symbol) in seen:
            raise DataError(f"{where}: {symbol} has two rows on {date}: add them up in one")
        seen.add((date, symbol))
        amounts = _number(cash, "cash_per_share", where), _number(ratio, "share_ratio", where)
        yield where, CorporateAction(day_of(date, where), symbol, *amounts)


def day_of(text: str, where: str, name: str = "date") -> np.datetime64:
    """Return the day that a cell states; `where` it stands and the `name` of its column are for the error."""
    try:
        if len(text) != len("2024-06-20"):
            raise ValueError(text)
        return np.datetime64(datetime.date.fromisoformat(text), "D")
    except ValueError:
        raise DataError(f"{where}: `{name}` should be a day such as 2024-06-20, got {text!r}") from None


def _number(text: str, name: str, where: str) -> float:
    try:
        value = float(text) if text.strip() else 0.0
    except ValueError:
        raise DataError(f"{where}: `{name}` should be a number, got {text!r}") from None
    if not 0.0 <= value < np.inf:
        raise DataError(f"{where}: `{name}` should not be negative, got {text}")
    return value
