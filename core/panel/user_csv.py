"""Tables that users write: UTF-8, or GBK as spreadsheets in China save it."""

import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..errors import DataError, nearest
from ..path_kinds import nearly, require_regular

MAINLAND = "gb18030"
"""Encoding of mainland files that are not UTF-8; it contains GBK."""


def _decoded(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without its mark, or `MAINLAND`; DataError where it is neither."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", MAINLAND):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{path} is neither UTF-8 nor {MAINLAND} text: save it as UTF-8")


def read_texts(path: Path, columns: Sequence[str], what: str) -> pd.DataFrame:
    """Return the cells of a CSV file as texts; what it has beside `columns` is kept too.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        That it has to have.
    what : str
        What the table is, for the errors: "industries".

    Raises
    ------
    DataError
        No such file, no regular file, another encoding, a ragged or empty table, a missing column.
    """
    require_regular(path)
    if not path.is_file():
        told = "it is a folder; " if path.is_dir() else nearly(path)
        raise DataError(f"no table of {what} at {path}: {told}give a CSV with the columns {', '.join(columns)}")
    try:
        text = _decoded(path)
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
        head = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, header=None, nrows=1)
    except DataError:
        raise
    except ValueError as error:  # empty or ragged
        raise DataError(f"{path} cannot be read as CSV: {error}") from None
    own = [name.strip() for name in head.iloc[0].astype(str)]  # pandas writes `date.1` for a second `date`
    table.columns = [mine or theirs for mine, theirs in zip(own, table.columns.str.strip(), strict=True)]
    _refuse_twice(table, columns, path)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataError(f"{path}: the column {', '.join(missing)} is missing; it has {', '.join(table.columns)}")
    return table


def _refuse_twice(table: pd.DataFrame, columns: Sequence[str], path: Path) -> None:
    """Refuse a table that has one of the `columns` twice; DataError."""
    for name in columns:
        if list(table.columns).count(name) > 1:
            raise DataError(f"{path}: the column `{name}` stands there twice: keep one of them")


def refuse_misspelt(table: pd.DataFrame, known: Sequence[str], path: Path) -> None:
    """Refuse a table with a column likely meant for one of the `known`, which it has not, or with one twice; DataError.

    Other columns, such as a name or a remark, are nobody's business.
    """
    _refuse_twice(table, known, path)
    absent = [name for name in known if name not in table.columns]
    for column in table.columns:
        if column in known:
            continue
        near = [name for name in absent if name in column] or nearest(column, absent, cutoff=0.75)
        if near:
            raise DataError(f"{path}: the column `{column}` is none that is read: write `{near[0]}`, or leave it out")
