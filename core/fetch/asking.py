"""One table of one day: asked page by page, and refused where the answer is not what was asked for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .clients import Client
from .pace import NoAnswer, Pace
from .raw_folder import packed
from .served import Table

_LEAST_PAGE, _ROUND = 1000, 100
"""Every limit of rows is at least a thousand and a multiple of a hundred: an answer of that size may have been cut."""


def ask_day(client: Client, pace: Pace, table: Table, day: np.datetime64, *, is_paged: bool) -> pd.DataFrame:
    """Return the rows of a table on a day; a frame without rows where there is nothing.

    Parameters
    ----------
    client : Client
    pace : Pace
    table : Table
    day : datetime64[D]
    is_paged : bool
        Whether the service gives a part of the rows, from `offset` on, up to `limit`.

    Raises
    ------
    ConfigError
        The service refuses for good.
    NoAnswer
        No call succeeded; an answer without the table's columns, of another day, or cut where it cannot be gone on.

    Notes
    -----
    A service that limits rows does not say that it cut its answer. So an answer whose size may be a limit is followed
    by a call for the rows after it, until one is shorter.
    """
    first: dict[str, Any] = {table.asked_by: packed(day)}
    pages = [_asked(client, pace, table, first, day)]
    while is_paged and _may_be_cut(pages[-1]):
        size = len(pages[0])
        more = {**first, "offset": size * len(pages), "limit": size}
        page = _asked(client, pace, table, more, day)
        _refuse_overlap(table, pages, page)
        pages.append(page)
    if len(pages) == 1:
        return pages[0]
    return pd.concat([page for page in pages if len(page)], ignore_index=True)


def _may_be_cut(page: pd.DataFrame) -> bool:
    return len(page) >= _LEAST_PAGE and len(page) % _ROUND == 0


def _asked(client: Client, pace: Pace, table: Table, parameters: Mapping[str, Any], day: np.datetime64) -> pd.DataFrame:
    def call() -> pd.DataFrame:
        return client.ask(table.name, parameters)

    answer = pace.patiently(client, call)
    if len(answer):
        _refuse_other(table, answer, day)
    return answer


def _refuse_other(table: Table, answer: pd.DataFrame, day: np.datetime64) -> None:
    """Raise where an answer has not the columns of the table, or rows of another day."""
    lacking = [name for name in (table.code, table.day) if name is not None and name not in answer.columns]
    if lacking:
        raise NoAnswer(f"the answer has no column {', '.join(lacking)}, it has {', '.join(map(str, answer.columns))}")
    if table.day is None:
        return
    days = {str(cell).replace("-", "")[:8] for cell in answer[table.day].unique()}
    other = sorted(days - {packed(day)})
    if other:
        raise NoAnswer(f"the answer has rows of {', '.join(other[:3])}")


def _refuse_overlap(table: Table, pages: list[pd.DataFrame], page: pd.DataFrame) -> None:
    """Raise where a page repeats securities of those before it: what lies between the pages cannot be known."""
    before = {str(code) for one in pages for code in one[table.code]}
    if len(page) and not before.isdisjoint(map(str, page[table.code])):
        rows = sum(map(len, pages))
        raise NoAnswer(f"the answer was cut at {rows:,} rows, and the rows after them repeat some of these")
