"""A spreadsheet (.xls, .xlsx) -> the grid of the sheet, and in it of the row, with most known headers."""

import contextlib
import io
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ..errors import DataError
from . import compound_file
from .base import in_one_line
from .grid import Grid, as_text, header_key, rows_reader

_HEADER_ROWS = 20
"""Above the header there are a few rows of titles at most."""

Rows = list[list[Any]]


def sheet_grid(path: Path, raw: bytes, known: Collection[str]) -> Grid:
    """Return the table of a spreadsheet.

    Raises
    ------
    DataError
        No workbook, a damaged one, or an empty one.
    """
    best: tuple[int, int, Rows] | None = None
    for rows in _sheets(path, raw):
        for i, row in enumerate(rows[:_HEADER_ROWS]):
            hits = sum(header_key(as_text(cell)) in known for cell in row)
            if best is None or hits > best[0]:
                best = (hits, i, rows)
    if best is None:
        raise DataError(f"{path} is empty: expected a header line and at least one row")
    _, index, rows = best
    header = [as_text(cell) for cell in rows[index]]
    while header and not header[-1].strip():
        header.pop()
    body = [row[: len(header)] for row in rows[index + 1 :]]
    grid = Grid(path=path, header=header, read=rows_reader(body, index + 2), word="row")
    grid.titles = [" ".join(as_text(cell) for cell in row).strip() for row in rows[:index]]
    grid.head = [[as_text(cell) for cell in row] for row in body[:3]]
    return grid


def _sheets(path: Path, raw: bytes) -> list[Rows]:
    """Return the rows of every sheet."""
    from python_calamine import CalamineError, CalamineWorkbook

    if raw[:8] == compound_file.MAGIC and not compound_file.is_sound(raw):
        raise _damaged(path, "its container does not hold together")
    try:
        with _without_a_panic_on_stderr():
            book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
            return [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError, ArithmeticError) as error:
        raise _damaged(path, in_one_line(error)) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how the reader gives up on cells that lie; it is no Exception
            raise
        raise _damaged(path, in_one_line(error)) from None


def _damaged(path: Path, why: str) -> DataError:
    return DataError(f"{path} is a spreadsheet that cannot be read ({why}): fetch it again or save it as CSV")


@contextlib.contextmanager
def _without_a_panic_on_stderr() -> Iterator[None]:
    """Keep the reader from printing what it raises anyway."""
    try:
        stream = sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # none, or no file
        yield
        return
    kept, nowhere = os.dup(stream), os.open(os.devnull, os.O_WRONLY)
    try:
        sys.stderr.flush()
        os.dup2(nowhere, stream)
        yield
    finally:
        os.dup2(kept, stream)
        os.close(kept)
        os.close(nowhere)
