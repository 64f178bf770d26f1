"""A table as a file has it: a header, and columns that are read when a layout has asked for them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import DataError
from ..types import Row
from .base import EXAMPLES, Finding, finding
from .file_cells import clean

_BRACKETS = str.maketrans("（）％，", "()%,")
_DAY = re.compile(r"^(19|20)\d\d[-/.]?\d{1,2}[-/.]?\d{1,2}")
FOOTNOTE = re.compile(
    r"^(合\s*计|总\s*计|小\s*计|注[:：\d]|备注[:：]|備註[:：]|说明|說明|#?(数据|資料|资料)?来源|#|※|Total\b)"
)
"""How a row begins that is no observation."""

Kinds = Mapping[int, bool]
"""Place of a column -> whether it holds numbers."""

Cells = pa.Array | pa.ChunkedArray | Row


@lru_cache(maxsize=1 << 16)
def header_key(cell: str) -> str:
    """Return a header without spaces, invisible signs and differences of case and brackets."""
    return re.sub(r"\s", "", clean(cell)).translate(_BRACKETS).lower()


@dataclass
class Taken:
    """Columns of a table.

    Parameters
    ----------
    lines : int (rows,)
        Where each row stands.
    columns : dict of int to cells
        Place -> text (Arrow) or numbers (float64, NaN where there is none).
    """

    lines: NDArray[np.int64]
    columns: dict[int, Cells]


class Reader(Protocol):
    """Returns columns of a table, given which of them hold numbers, and notes what it skipped."""

    def __call__(self, grid: "Grid", kinds: Kinds) -> Taken:
        """Return the columns at the places of `kinds`."""
        ...


@dataclass
class Grid:
    """One table of one file.

    Parameters
    ----------
    path : Path
        The file, for messages.
    header : list of str
        As written.
    read : Reader
        Called with the grid and the columns that are wanted.
    word : str
        What a row is called: ``line`` of a text, else ``row``.
    titles : list of str
        What stands above the header.
    head : list of rows
        The first rows as text, to tell what a column holds.
    day : str
        Of the whole table, where it says so beside its rows.
    delimiter : str
        Of a text.
    findings : list of Finding
    """

    path: Path
    header: list[str]
    read: Reader
    word: str = "line"
    titles: list[str] = field(default_factory=list)
    head: list[list[str]] = field(default_factory=list)
    day: str = ""
    delimiter: str = ""
    findings: list[Finding] = field(default_factory=list)

    @cached_property
    def keys(self) -> list[str]:
        """The header, cleaned."""
        return [header_key(cell) for cell in self.header]

    def note(self, kind: str, places: Sequence[object], detail: str) -> None:
        """Add a finding about `places`, unless there are none; the same kind and detail count together."""
        self.count(kind, len(places), places[:EXAMPLES], detail)

    def count(self, kind: str, count: int, examples: Sequence[object], detail: str) -> None:
        """Add a finding about `count` places of which some are examples."""
        if not count:
            return
        one = replace(finding(kind, list(examples) or [""], detail, self.path.name)[0], count=count)
        for i, other in enumerate(self.findings):
            if (other.kind, other.detail) == (kind, detail):
                both = (other.examples + one.examples)[:EXAMPLES]
                self.findings[i] = replace(other, count=other.count + count, examples=both)
                return
        self.findings.append(one)

    def is_day(self, place: int) -> bool:
        """Return whether the first cell of a column is a day."""
        return bool(self.head) and place < len(self.head[0]) and _DAY.match(clean(self.head[0][place])) is not None


def sorted_out(grid: Grid, rows: Sequence[Sequence[Any]], first: int) -> tuple[list[int], list[Sequence[Any]]]:
    """Return the lines and the rows that hold data; blank rows, footnotes and repeated headers become findings.

    Raises
    ------
    DataError
        A row with too few or too many cells.
    """
    width, keys = len(grid.header), grid.keys
    lines, kept = [], []
    skipped: dict[str, list[str]] = {"blank_row": [], "repeated_header": [], "footnote_row": []}
    for line, row in enumerate(rows, start=first):
        texts = [clean(cell) if isinstance(cell, str) else cell for cell in row]
        filled = [cell for cell in texts if cell not in ("", None)]
        if not filled:
            skipped["blank_row"].append(f"{grid.word} {line}")
        elif len(filled) > 1 and [header_key(str(cell)) for cell in row[:width]] == keys:
            skipped["repeated_header"].append(f"{grid.word} {line}")
        elif isinstance(filled[0], str) and (FOOTNOTE.match(filled[0]) or _is_remark(filled, width)):
            skipped["footnote_row"].append(f"{grid.word} {line}: {filled[0][:20]}")
        elif len(row) < width or any(cell not in ("", None) for cell in texts[width:]):
            raise DataError(
                f"{grid.path} {grid.word} {line} has {len(row)} cells, its header has {width}: mend the row"
            )
        else:
            lines.append(line)
            kept.append(row)
    grid.note("blank_row", skipped["blank_row"], "rows without any value were skipped")
    grid.note("repeated_header", skipped["repeated_header"], "the header occurs again among the rows and was skipped")
    grid.note("footnote_row", skipped["footnote_row"], "a total or a remark, no observation: skipped")
    return lines, kept


def _is_remark(filled: Sequence[Any], width: int) -> bool:
    """Return whether a row is one cell of words in a table of several columns."""
    return len(filled) == 1 and width > 2 and not re.search(r"^[\d.,\-/: ]+$|\d{6}", str(filled[0]))


def rows_reader(rows: Sequence[Sequence[Any]], first: int) -> Reader:
    """Return a reader of rows that are in memory; `first` is the line of the first of them."""

    def read(grid: Grid, kinds: Kinds) -> Taken:
        lines, kept = sorted_out(grid, rows, first)
        columns = {place: _column([row[place] for row in kept], is_number) for place, is_number in kinds.items()}
        return Taken(np.array(lines, dtype=np.int64), columns)

    return read


def _column(cells: list[Any], is_number: bool) -> Cells:
    if is_number and all(cell is None or type(cell) in (int, float) for cell in cells):
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    return pa.array([as_text(cell) for cell in cells], pa.string())


def as_text(cell: Any) -> str:
    """Return a cell of a spreadsheet or a JSON file as a text file would have it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    return str(cell)
