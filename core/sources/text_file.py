"""Delimited text -> a grid: encoding, delimiter and header are found; a well-formed file is parsed by Arrow.

The slow way, cell by cell, is for what Arrow cannot take: ragged rows, footnotes, repeated headers, blank lines. It
names the line of what is wrong, and skips the same rows whatever way was tried first.
"""

import codecs
import csv
import io
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from ..errors import DataError
from .file_cells import MISSING, clean
from .grid import FOOTNOTE, Cells, Grid, Kinds, Taken, header_key, sorted_out

ENCODINGS = ("utf-8-sig", "gb18030", "cp950")
"""UTF-8, then the mainland's (it contains GBK), then Taiwan's (Big5)."""

_HEAD, _CHUNK = 80_000, 1 << 20
"""Bytes in which the header is looked for, and that are checked at a time."""

_DELIMITERS = ",\t;|"
_TITLE_LINES = 20
"""Above the header of an export there are a few lines of titles at most."""


def text_grid(path: Path, raw: bytes, known: Collection[str]) -> Grid:
    """Return the table of a text file.

    Parameters
    ----------
    path : Path
        For messages.
    raw : bytes
    known : collection of str
        Headers (`header_key`) of all sources: the header is the line that has most of them.

    Raises
    ------
    DataError
        No encoding fits, or there is no line.
    """
    data, delimiter, index, header = _found(path, raw, known)
    grid = Grid(path=path, header=header, read=_reader(data, delimiter, index), delimiter=delimiter)
    lines = [line.decode() for line in _first_lines(data, index + 4)]
    grid.titles = [line.strip() for line in lines[:index] if line.strip()]
    grid.head = list(csv.reader(lines[index + 1 : index + 4], delimiter=delimiter))
    grid.head = [row for row in grid.head if row]
    return grid


def _found(path: Path, raw: bytes, known: Collection[str]) -> tuple[bytes, str, int, list[str]]:
    """Return the text as UTF-8 with plain line ends, delimiter, index of the header line and header.

    Of several encodings that fit, the one in which most headers are known.
    """
    best: tuple[int, bytes, str, int, list[str]] | None = None
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS:
        try:
            data = _as_utf8(raw, encoding)
        except UnicodeDecodeError:
            continue
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        hits, delimiter, index, header = _header(data[:_HEAD].decode(errors="ignore"), known)
        if best is None or hits > best[0]:
            best = (hits, data, delimiter, index, header)
        if encoding == "utf-8-sig" or hits > 1:
            break
    if best is None:
        raise DataError(f"{path} is neither UTF-8 nor GB18030 nor Big5 text: save it as UTF-8")
    if not any(cell.strip() for cell in best[4]):
        raise DataError(f"{path} is empty: expected a header line and at least one row")
    return best[1:]


def _as_utf8(raw: bytes, encoding: str) -> bytes:
    """Return a text in UTF-8; what is UTF-8 already is checked and not copied. UnicodeDecodeError where it is none."""
    if encoding != "utf-8-sig":
        return raw.decode(encoding).encode()
    check = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), _CHUNK):
        check.decode(raw[start : start + _CHUNK], final=start + _CHUNK >= len(raw))
    return raw.removeprefix(codecs.BOM_UTF8)


def _first_lines(data: bytes, count: int) -> list[bytes]:
    """Return the first lines of a text, without their ends."""
    lines, start = [], 0
    while len(lines) < count and start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        lines.append(data[start:end])
        start = end + 1
    return lines


def _header(text: str, known: Collection[str]) -> tuple[int, str, int, list[str]]:
    """Return how many headers are known, the delimiter, the index of the line and its cells."""
    best: tuple[int, int, str, int, list[str]] = (-1, 0, ",", 0, [""])
    for i, line in enumerate(text[:20_000].split("\n", _TITLE_LINES)[:_TITLE_LINES]):
        if not line.strip():
            continue
        for delimiter in _DELIMITERS:
            cells = next(csv.reader([line], delimiter=delimiter))
            hits = sum(header_key(cell) in known for cell in cells)
            if (hits, len(cells)) > best[:2] and (hits > 1 or best[0] < 0 or best[3] == i):
                best = (hits, len(cells), delimiter, i, cells)
    hits, _, delimiter, index, header = best
    return hits, delimiter, index, header


def _reader(data: bytes, delimiter: str, index: int):
    def read(grid: Grid, kinds: Kinds) -> Taken:
        return _by_arrow(data, delimiter, index, grid, kinds) or _by_cell(data, delimiter, index, grid, kinds)

    return read


def _by_arrow(data: bytes, delimiter: str, index: int, grid: Grid, kinds: Kinds) -> Taken | None:
    """Return the columns of a well-formed file; None where it is not."""
    expected = data.count(b"\n") + (not data.endswith(b"\n")) - index - 1
    names = [str(place) for place in range(len(grid.header))]
    for as_numbers in (True, False):
        types = {
            str(place): pa.float64()
            if is_number and as_numbers
            else pa.string()
            if is_number
            else pa.dictionary(pa.int32(), pa.string())
            for place, is_number in kinds.items()
        }
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(data),
                read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=index + 1, block_size=1 << 22),
                parse_options=arrow_csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=True),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=types,
                    include_columns=list(types),
                    null_values=list(MISSING),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid:
            continue
        if table.num_rows != expected:
            return None
        columns = {place: _taken(table.column(str(place)), is_number) for place, is_number in kinds.items()}
        if any(isinstance(c, np.ndarray) and np.isinf(c).any() for c in columns.values()):
            continue
        if _has_other_rows(grid, columns, kinds):
            return None
        return Taken(np.arange(index + 2, index + 2 + expected, dtype=np.int64), columns)
    return None


def _taken(column: pa.ChunkedArray, is_number: bool) -> Cells:
    if is_number and pa.types.is_floating(column.type):
        return np.asarray(column.to_numpy(), dtype=np.float64)
    return column.combine_chunks() if is_number else column.unify_dictionaries().combine_chunks()


def _has_other_rows(grid: Grid, columns: dict[int, Cells], kinds: Kinds) -> bool:
    """Return whether a column of text holds its own header, a footnote or a blank; footnotes begin in the first."""
    for place, is_number in kinds.items():
        key = grid.keys[place]
        if is_number:
            cells = columns[place]
            if place == 0 and not isinstance(cells, np.ndarray) and _has_footnote(cells):
                return True
            continue
        coded = columns[place]
        assert isinstance(coded, pa.DictionaryArray)
        if coded.null_count or any(_is_other(word, key) for word in coded.dictionary.to_pylist()):
            return True
    return False


def _has_footnote(cells: pa.Array | pa.ChunkedArray) -> bool:
    return any(FOOTNOTE.match(clean(word)) for word in cells.unique().to_pylist() if word)


@lru_cache(maxsize=1 << 16)  # a folder of daily files has the same codes in each
def _is_other(word: str, key: str) -> bool:
    text = clean(word)
    return not text or FOOTNOTE.match(text) is not None or header_key(text) == key


def _by_cell(data: bytes, delimiter: str, index: int, grid: Grid, kinds: Kinds) -> Taken:
    try:
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))[index + 1 :]
    except csv.Error as error:
        raise DataError(f"{grid.path} cannot be read as a table ({error}): fetch the file again") from None
    lines, kept = sorted_out(grid, rows, index + 2)
    columns: dict[int, Cells] = {place: pa.array([row[place] for row in kept], pa.string()) for place in kinds}
    return Taken(np.array(lines, dtype=np.int64), columns)
