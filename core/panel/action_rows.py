"""Corporate actions (分红送转配) as dated facts of securities: what one share receives on its ex-date."""

import csv
import datetime
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from .user_csv import read_texts, refuse_misspelt

COLUMNS = ("date", "symbol", "cash_per_share", "share_ratio")

RIGHTS = ("rights_ratio", "rights_price")
"""The columns that a table has beside them where it tells rights issues (配股)."""


class CorporateAction(NamedTuple):
    """A dividend, bonus shares, a split or a reverse split, a rights issue."""

    day: np.datetime64  # the ex-date
    symbol: str
    cash: float  # CNY per share, gross
    ratio: float  # new shares per share: 0.5 = five for ten; a split 1:2 is 1.0, a reverse split 2:1 is -0.5
    rights_ratio: float = 0.0  # shares offered per share: 0.15 = 1.5 for ten
    rights_price: float = 0.0  # CNY per share offered


def as_csv(actions: Iterable[CorporateAction]) -> str:
    """Return a table of `COLUMNS`, and of `RIGHTS` where there are any, by date and symbol."""
    ordered = sorted(actions, key=lambda one: (one.day, one.symbol))
    count = len(RIGHTS) if any(one.rights_ratio for one in ordered) else 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, *RIGHTS[:count]))
    writer.writerows(
        (str(day), symbol, *(repr(float(number)) for number in numbers[: 2 + count]))
        for day, symbol, *numbers in ordered
    )
    return text.getvalue()


def dated_actions(path: Path) -> tuple[CorporateAction, ...]:
    """Return the rows of a table of `COLUMNS`; raises as `located_actions`."""
    return tuple(one for _, one in located_actions(path))


def located_actions(path: Path) -> Iterator[tuple[str, CorporateAction]]:
    """Yield the rows of a CSV of `COLUMNS`, with or without `RIGHTS`, each with where it stands; an empty cell is 0.

    Raises
    ------
    DataError
        No such file, a missing column, a date that is none, a number that cannot be, a repeated row.
    """
    table = read_texts(path, COLUMNS, "corporate actions")
    refuse_misspelt(table, (*COLUMNS, *RIGHTS), path)
    seen: set[tuple[str, str]] = set()
    names = [*COLUMNS[2:], *(name for name in RIGHTS if name in table.columns)]
    for row, (date, symbol, *cells) in enumerate(zip(*(table[name] for name in (*COLUMNS[:2], *names)), strict=True)):
        where = f"{path}:{row + 2}"
        if (date, symbol) in seen:
            raise DataError(f"{where}: {symbol} has two rows on {date}: add them up in one")
        seen.add((date, symbol))
        amounts = {name: amount_of(cell, name, where) for name, cell in zip(names, cells, strict=True)}
        told = [amounts.get(name, 0.0) for name in (*COLUMNS[2:], *RIGHTS)]
        refuse_rights(told[2], told[3], where)
        yield where, CorporateAction(day_of(date, where), symbol, *told)


def day_of(text: str, where: str, name: str = "date") -> np.datetime64:
    """Return the day that a cell states; `where` it stands and the `name` of its column are for the error."""
    try:
        if len(text) != len("2024-06-20"):
            raise ValueError(text)
        return np.datetime64(datetime.date.fromisoformat(text), "D")
    except ValueError:
        raise DataError(f"{where}: `{name}` should be a day such as 2024-06-20, got {text!r}") from None


def amount_of(text: str, name: str, where: str) -> float:
    """Return the number in a cell of the column `name`, 0 where it is empty; `where` it stands is for the error."""
    try:
        value = float(text) if text.strip() else 0.0
    except ValueError:
        raise DataError(f"{where}: `{name}` should be a number, got {text!r}") from None
    if name == "share_ratio" and not -1.0 < value < np.inf:
        raise DataError(
            f"{where}: `share_ratio` should be above -1, got {text}: new shares per share; two shares that become one "
            "are -0.5"
        )
    if name != "share_ratio" and not 0.0 <= value < np.inf:
        raise DataError(f"{where}: `{name}` should not be negative, got {text}")
    return value


def refuse_rights(ratio: float, price: float, where: str) -> None:
    """Raise where a rights issue lacks its ratio or its price, or states shares for ten instead of for one.

    Notes
    -----
    Ten shares for ten or more are no rights issue: the law allows three for ten, and five since 2023-02-17.
    Source: CSRC measures on the issue of securities by listed companies (上市公司证券发行管理办法, 注册管理办法).
    """
    if ratio >= 1.0:
        raise DataError(
            f"{where}: `rights_ratio` should be below 1, got {ratio:g}: shares offered for one share, where "
            "announcements state them for ten (10配3 is 0.3)"
        )
    if (ratio > 0.0) != (price > 0.0):
        raise DataError(
            f"{where}: `rights_ratio` and `rights_price` belong together, got {ratio:g} and {price:g}: a rights issue "
            "offers shares at a price"
        )
