"""A table of a broker's or of the user's: columns by their meaning, cells as plain text, numbers with their place."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from ..errors import DataError, did_you_mean
from ..sources.base import Finding
from ..sources.codes import symbol_of
from ..sources.dates import resolve_days
from ..sources.file_cells import numbers_of, words_of
from ..sources.grid import FOOTNOTE, Cells, Grid, header_key
from ..sources.opening import grids
from ..symbols import instead
from ..types import Row

_OUR_UNIT = re.compile(r"\((?:元|股|份|股/份|人民币|rmb|cny)\)$")


class NamedColumns:
    """The rows of one table.

    Parameters
    ----------
    path : path
        CSV (UTF-8 or GBK) or a spreadsheet.
    columns : mapping of str to str
        Header -> meaning; "" = known, and not read.
    needed : collection of str
        Meanings that have to be there.
    what, row : str
        What the table and what a row of it is, for messages.
    stand_ins : mapping of str to str, optional
        Header -> meaning where no other column has it, the earlier before the later.

    Notes
    -----
    Rows of totals (合计) and remarks (备注：…) are no rows: `skipped` says where they stand.

    Raises
    ------
    DataError
        No such file, an unknown, doubled or missing column, a row that is none.
    """

    def __init__(
        self,
        path: str | Path,
        columns: Mapping[str, str],
        needed: Collection[str],
        what: str,
        row: str,
        stand_ins: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.path, self._columns, self._stand_ins = Path(path), columns, stand_ins
        if not self.path.is_file():
            listed = ", ".join(dict.fromkeys(meaning for meaning in columns.values() if meaning))
            raise DataError(f"no {what} at {path}: give a CSV with columns out of {listed}")
        self.passed: dict[str, str] = {}
        """Header of a column that another one made needless -> its meaning."""
        self.skipped: list[str] = []
        """Rows of totals and remarks: `line 44: 合计`."""
        grid = next(iter(grids(self.path, {*columns, *stand_ins}, [])))
        places = self._places(grid, needed)
        taken = grid.read(grid, dict.fromkeys(places.values(), False))
        for one in grid.findings:
            if one.kind == "footnote_row":
                self._skip(one, row)
        if not len(taken.lines):
            raise DataError(f"{path} has a header and no row: nothing to read")
        self.lines: list[int] = taken.lines.tolist()
        """Where each row stands in the file."""
        self.where = [f"{path} {grid.word} {line}" for line in self.lines]
        """Path and line of each row, for messages."""
        self.texts: dict[str, list[str]] = {name: _plain(taken.columns[place]) for name, place in places.items()}
        """Meaning -> cells; full-width characters are plain ones."""
        self.headers = {name: grid.header[place] for name, place in places.items()}
        """Meaning -> header as written."""

    def text(self, name: str) -> list[str]:
        """Return the cells of a column; empty ones where it is absent."""
        return self.texts.get(name, [""] * len(self.lines))

    def days(self, name: str, is_needed: bool = False) -> list[np.datetime64]:
        """Return the days of a column; NaT where a cell is empty, unless each is needed."""
        texts = self.text(name)
        given = [i for i, text in enumerate(texts) if text or is_needed]
        out: list[np.datetime64] = [np.datetime64("NaT", "D")] * len(texts)
        if given:
            days, _ = resolve_days([texts[i] for i in given], [self.lines[i] for i in given], self.path, padded=False)
            for i, day in zip(given, days, strict=True):
                out[i] = day
        return out

    def numbers(self, name: str) -> Row:
        """Return the numbers of a column, NaN where a cell is empty or a dash."""
        texts = pa.array(self.text(name), pa.string())
        return numbers_of(texts, lambda row: f"{self.where[row]}, column `{name}`").values

    def symbol(self, i: int) -> str:
        """Return the symbol of row `i`, whose code may be written in any of the usual ways; "" where it has none."""
        code = self.text("symbol")[i]
        if not code:
            return ""
        try:
            return symbol_of(code)[0]
        except DataError as error:
            raise DataError(f"{self.where[i]}, column `symbol`: {error}") from None

    def _skip(self, found: Finding, row: str) -> None:
        """Note the rows of totals and remarks; DataError for one cell of words that may be a broken row."""
        for example in found.examples:
            if not FOOTNOTE.match(example.partition(": ")[2]):
                raise DataError(f"{self.path} {example} is no {row}: remove the row")
        if found.count > len(found.examples):
            raise DataError(f"{self.path} has {found.count} rows that are no {row}, {found.examples[0]}: remove them")
        self.skipped += found.examples

    def _places(self, grid: Grid, needed: Collection[str]) -> dict[str, int]:
        """Return meaning -> position of its column; DataError for one that is unknown, doubled or missing."""
        ranks = {header: rank for rank, header in enumerate(self._stand_ins, start=1)}
        found: dict[str, list[tuple[int, int]]] = {}
        for i, cell in enumerate(grid.header):
            key = _OUR_UNIT.sub("", header_key(cell))
            name = self._meaning(key, cell)
            if name:
                found.setdefault(name, []).append((ranks.get(key, 0), i))
        places: dict[str, int] = {}
        for name, those in found.items():
            (rank, place), *others = sorted(those)
            for other, i in others:
                if other == rank:
                    pair = f"{grid.header[place]} and {grid.header[i]}"
                    raise DataError(f"{self.path} has two columns for `{name}`: {pair}")
                self.passed[grid.header[i]] = name
            places[name] = place
        if "kind" not in places and "side" in places:
            places["kind"] = places["side"]
        for name in needed:
            if name not in places:
                expected = " or ".join(header for header, meaning in self._columns.items() if meaning == name)
                raise DataError(
                    f"{self.path} has no column for `{name}` (expected {expected}); its columns are "
                    f"{', '.join(grid.header)}"
                )
        return places

    def _meaning(self, key: str, cell: str) -> str:
        """Return what a header means, "" = it is not read; DataError for an unknown one."""
        name = self._columns.get(key, self._stand_ins.get(key))
        if name is None and self._columns.get(key.removesuffix("(%)")) == "rate":
            name = "rate"
        if name is None and key:
            hint = did_you_mean(key, self._columns)
            listed = ", ".join(self._columns)
            raise DataError(
                f"{self.path} line 1: unknown column `{cell}`: {hint}rename it to one of {listed}, or remove it"
            )
        return name or ""


def column_of(where: str, symbol: str, columns: Mapping[str, int]) -> int:
    """Return the column of a security whose code may be written in any of the usual ways; DataError without it."""
    if symbol in columns:
        return columns[symbol]
    try:
        full, _ = symbol_of(symbol)
    except DataError as error:
        raise DataError(f"{where}, column `symbol`: {error}") from None
    if full not in columns:
        near = instead(full, columns)
        raise DataError(
            f"{where}, column `symbol`: the data have no security {full}: add it or drop the row"
            + (f" ({near})" if near else "")
        )
    return columns[full]


def _plain(cells: Cells) -> list[str]:
    assert not isinstance(cells, np.ndarray)
    return [unicodedata.normalize("NFKC", text).strip() for text in words_of(cells).texts()]
