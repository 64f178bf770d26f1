"""Delimited text -> columns of text and numbers, with every row accounted for.

All sources that are text read through here, so that thousands commas, wide spaces, dashes for missing values, blank
rows and repeated headers mean the same everywhere.
"""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..panel.user_csv import MAINLAND, decoded
from .base import EXAMPLES, Finding, finding

_MISSING = frozenset({"", "-", "--", "—", "nan", "NaN", "null", "None", "N/A"})
_INVISIBLE = re.compile("[\ufeff\ufffc\u200b]")
_HEADER_UNIT = re.compile(r"\((?:元|股|份|股/份)\)$")
_GROUPED = re.compile(r"^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$")
_EXCEL = {".xls", ".xlsx", ".xlsm"}


@dataclass
class Table:
    """The rows of one file, by canonical column name, still in the order of the file.

    Parameters
    ----------
    path : Path
        The file.
    lines : list of int
        Line of each row in the file, the header being line 1.
    texts : dict of str to list of str
        Every recognised column as cleaned text.
    findings : list of Finding
        What was noticed so far.
    """

    path: Path
    lines: list[int]
    texts: dict[str, list[str]]
    findings: list[Finding] = field(default_factory=list)

    def note(self, kind: str, places: Sequence[object], detail: str) -> None:
        """Add a finding about `places` of this file, unless there are none; the same kind and detail count together."""
        for one in finding(kind, places, detail, self.path.name):
            same = [i for i, other in enumerate(self.findings) if (other.kind, other.detail) == (kind, detail)]
            if same:
                before = self.findings[same[0]]
                examples = (before.examples + one.examples)[:EXAMPLES]
                self.findings[same[0]] = replace(one, count=before.count + one.count, examples=examples)
            else:
                self.findings.append(one)

    def numbers(self, name: str, *, blank_is_missing: bool = True) -> NDArray[np.float64]:
        """Return the column `name` as float64 (rows,): thousands commas parsed, dashes and blanks NaN.

        With `blank_is_missing` the NaN become a finding; without it the caller has yet to decide what they mean.

        Raises
        ------
        DataError
            A cell that is no number, with its line and column.
        """
        cells = self.texts[name]
        commas = [f"line {n}, `{name}`" for n, cell in zip(self.lines, cells, strict=True) if "," in cell]
        self.note("thousands_comma", commas, "thousands commas in numbers were removed")
        values = [_number(cell, self.path, line, name) for cell, line in zip(cells, self.lines, strict=True)]
        if blank_is_missing:
            missing = [f"line {n}" for n, v in zip(self.lines, values, strict=True) if v != v]
            self.note("missing_value", missing, f"`{name}` is blank or a dash: no observation (NaN), not 0")
        return np.array(values, dtype=np.float64)


def read_table(path: Path, columns: Mapping[str, str], required: Sequence[str], *, fallback: str = MAINLAND) -> Table:
    """Read a delimited text file into a `Table`.

    Parameters
    ----------
    path : Path
        UTF-8, with or without a byte order mark, or `fallback`.
    columns : mapping of str to str
        Header as the file writes it, without spaces and without the units 元 and 股 in brackets -> canonical name.
        Another unit in the header (万元, 亿元) is not recognised, on purpose.
    required : sequence of str
        Canonical names that must be there.
    fallback : str
        Encoding that is tried where the text is no UTF-8.

    Raises
    ------
    DataError
        An empty file, a missing or doubled column, a row with too few or too many cells, a spreadsheet.
    """
    rows = _rows(path, fallback)
    header = [_clean_header(cell) for cell in rows[0]]
    table = Table(path=path, lines=[], texts={})
    places = _column_places(path, rows[0], header, columns, required)
    unused = [cell for i, cell in enumerate(header) if i not in places.values() and cell]
    table.note("unused_column", unused, "no canonical field: not imported")
    kept = _kept_rows(table, rows, header)
    wide = []
    for name, place in places.items():
        raw = [row[place] for row in kept]
        table.texts[name] = [_clean_cell(cell) for cell in raw]
        pairs = zip(table.lines, raw, table.texts[name], strict=True)
        wide += [f"line {line}, `{name}`" for line, cell, text in pairs if cell.strip(" \t\r") != text]
    table.note("wide_space", wide, "wide or invisible spaces around a cell were stripped")
    return table


def header_of(path: Path, fallback: str = MAINLAND) -> list[str]:
    """Return the cleaned header of a delimited text file; DataError as `read_table`."""
    return [_clean_header(cell) for cell in _rows(path, fallback)[0]]


def _rows(path: Path, fallback: str) -> list[list[str]]:
    """Return the cells of the file by line, the header first; DataError where it has no header or is a spreadsheet."""
    if path.suffix.lower() in _EXCEL:
        raise DataError(f"{path} is a spreadsheet: save it as CSV (UTF-8), keeping the codes as text")
    rows = list(csv.reader(io.StringIO(decoded(path, fallback), newline="")))
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise DataError(f"{path} is empty: expected a header line and at least one row")
    return rows


def _kept_rows(table: Table, rows: list[list[str]], header: list[str]) -> list[list[str]]:
    """Return the rows that hold data and note their lines; blank rows and repeated headers become findings."""
    kept, blank, repeated = [], [], []
    for line, row in enumerate(rows[1:], start=2):
        cells = row[: len(header)]
        if not any(_clean_cell(cell) for cell in row):
            blank.append(f"line {line}")
        elif [_clean_header(cell) for cell in cells] == header:
            repeated.append(f"line {line}")
        elif len(cells) < len(header) or any(cell.strip() for cell in row[len(header) :]):
            raise DataError(
                f"{table.path} line {line} has {len(row)} cells, its header has {len(header)}: mend the row"
            )
        else:
            kept.append(cells)
            table.lines.append(line)
    table.note("blank_row", blank, "rows without any value were skipped")
    table.note("repeated_header", repeated, "the header occurs again among the rows and was skipped")
    if not kept:
        raise DataError(f"{table.path} has a header and no row: nothing to import")
    return kept


def _column_places(
    path: Path, raw_header: list[str], header: list[str], columns: Mapping[str, str], required: Sequence[str]
) -> dict[str, int]:
    """Return canonical name -> position of its column."""
    places: dict[str, int] = {}
    for i, cell in enumerate(header):
        name = columns.get(cell)
        if name is None:
            continue
        if name in places:
            raise DataError(f"{path} has two columns for `{name}`: {raw_header[places[name]]} and {raw_header[i]}")
        places[name] = i
    for name in required:
        if name not in places:
            expected = " or ".join(key for key, value in columns.items() if value == name)
            raise DataError(
                f"{path} has no column for `{name}` (expected {expected}); its columns are {', '.join(header)}"
            )
    return places


def _clean_header(cell: str) -> str:
    """Return a header without spaces, invisible characters and the units that are ours anyway."""
    text = re.sub(r"\s", "", _INVISIBLE.sub("", cell)).replace("（", "(").replace("）", ")")
    return _HEADER_UNIT.sub("", text)


def _clean_cell(cell: str) -> str:
    return _INVISIBLE.sub("", cell).strip()


def _number(cell: str, path: Path, line: int, column: str) -> float:
    """Return the number in `cell`, NaN for the ways in which files write "missing"."""
    if cell in _MISSING:
        return math.nan
    try:
        value = float(cell.replace(",", "")) if "," not in cell or _GROUPED.match(cell) else math.inf
    except ValueError:
        value = math.inf
    if math.isinf(value) or "_" in cell:
        why = "has a comma that does not part groups of three digits" if "," in cell else "is not a number"
        raise DataError(f"{path} line {line}, column `{column}`: `{cell}` {why}")
    return value
