"""Taiwan (臺灣證券交易所): margin table with all flows in shares, and daily bars in lots."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import DataError
from ..panel.frames import LongRows, join, panel_of
from ..panel.panel import Panel
from ..panel.units import check_units
from ..types import Row, Sessions
from .base import Finding, Imported, Paths, Source, finding
from .dates import day_in_name, resolve_days, writes_leading_zeros
from .file_cells import numbers_of, words_of
from .grid import Grid
from .opening import grids
from .plausible import plausible
from .reading import together
from .twse_margin import (
    COLUMNS,
    HEADERS,
    LOTS,
    SHARES_PER_LOT,
    MarginRows,
    decide_blanks,
    eligibility,
    headers_of,
    revised,
    shares_of,
)

_BARS = {name: name for name in ("code", "date", "open", "high", "low", "close", "volume_lots")}
_WORDS = ("code", "date", "mark")
_CODE = re.compile(r"^\d{4,5}[0-9A-Z]{0,2}$")
_VALUED = {
    "financing_balance": "financing_volume",
    "financing_buy": "financing_buy_volume",
    "financing_repay": "financing_repay_volume",
}


def read(paths: Paths) -> Imported:
    """Return the panel of Taiwan's margin table and daily bars.

    Parameters
    ----------
    paths : path or sequence of paths
        Files or folders: CSV, JSON (TWSE MI_MARGN, TPEx), parquet. What a table holds is told by its columns: 股票代號,
        融資買進, … are the margin table (the day of a CSV is in its name), code, open, … the bars.

    Returns
    -------
    Imported
        Shares: financing_volume and its flows, short_volume and its flows, volume (lots x 1,000). The financing side in
        money is shares x close of the day and stands in `imputed`. Eligibility is that of `eligibility`.

    Raises
    ------
    DataError
        A file that is neither; a missing column; rows that contradict each other; a wrong unit.

    Notes
    -----
    There is no calendar of Taiwan here: the sessions are the days of the data.
    """
    findings: list[Finding] = []
    panel, noticed = of_grids(list(grids(paths, HEADERS, findings)))
    return Imported(panel, (*findings, *noticed))


def of_grids(tables: Sequence[Grid]) -> Imported:
    """Return the panel of tables of Taiwan; DataError as `read`."""
    findings: list[Finding] = []
    margin, bars = [], []
    for grid in tables:
        table = _table_of(grid)
        (margin if "mark" in table.columns else bars).append(table)
    parts = [_margin_panel(margin, findings)] if margin else []
    parts += [_bar_panel(bars, findings)] if bars else []
    source = "Taiwan's exchanges, margin table with daily bars" if bars else "Taiwan's exchanges, margin table"
    panel = join(parts, source=source)
    panel = _valued(panel)
    check_units(panel)
    return Imported(panel, tuple(findings))


def is_taiwan(grid: Grid) -> bool:
    """Return whether a table is Taiwan's margin table, or bars in lots."""
    return {"股票代號", "融資買進"} <= set(headers_of(grid)) or "volume_lots" in grid.keys


class _Table:
    """The columns of one table by canonical name."""

    def __init__(self, grid: Grid, places: Mapping[str, int]) -> None:
        self.grid, self.path = grid, grid.path
        taken = grid.read(grid, {place: name not in _WORDS for name, place in places.items()})
        if not len(taken.lines):
            raise DataError(f"{grid.path} has a header and no row: nothing to import")
        self.lines = taken.lines
        self.columns = {name: taken.columns[place] for name, place in places.items()}

    def texts(self, name: str) -> list[str]:
        """Return a column of words, cleaned."""
        cells = self.columns[name]
        assert not isinstance(cells, np.ndarray)
        return words_of(cells).texts()

    def numbers(self, name: str) -> Row:
        """Return a column of lots or prices, NaN where blank."""
        cells = self.columns[name]
        if isinstance(cells, np.ndarray):
            return cells
        found = numbers_of(cells, lambda row: f"{self.path} {self.grid.word} {self.lines[row]}, column `{name}`")
        places = [f"{self.grid.word} {self.lines[i]}, `{name}`" for i in found.commas[:5]]
        self.grid.count("thousands_comma", len(found.commas), places, "thousands commas in numbers were removed")
        return found.values

    def places(self) -> list[str]:
        """Return where each row stands."""
        return [f"{self.path.name} {self.grid.word} {line}" for line in self.lines.tolist()]


def _table_of(grid: Grid) -> _Table:
    """Return the columns of a table, told apart by its headers."""
    headers = headers_of(grid)
    is_margin = "股票代號" in headers
    columns = COLUMNS if is_margin else _BARS
    places: dict[str, int] = {}
    for i, header in enumerate(headers):
        if header in columns:
            places.setdefault(columns[header], i)
    for name in columns.values():
        if name not in places and not (name == "date" and is_margin):
            expected = " or ".join(old for old, new in columns.items() if new == name)
            raise DataError(
                f"{grid.path} has no column for `{name}` (expected {expected}); it has {', '.join(grid.header)}"
            )
    unused = [cell for i, cell in enumerate(grid.header) if i not in places.values() and cell.strip()]
    grid.note("unused_column", unused, "no canonical field: not imported")
    return _Table(grid, places)


def _days(table: _Table) -> Sessions:
    """Return the day of each row: from its column, what stands beside the table, or the name of the file."""
    if "date" in table.columns:
        texts = table.texts("date")
        days, found = resolve_days(texts, table.lines.tolist(), table.path, padded=writes_leading_zeros(texts))
        for one in found:
            table.grid.count(one.kind, one.count, one.examples, one.detail)
        return days
    beside = table.grid.day and resolve_days([table.grid.day], [0], table.path, padded=True)[0][0]
    named = day_in_name(table.path)
    if not beside and named is None:
        raise DataError(
            f"{table.path} has no date column and no day in its name: name it with its day, such as 20251103_x.csv"
        )
    if beside and named is not None and beside != named:
        raise DataError(f"{table.path} is of {named} by its name and of {beside} by its content: mend one of them")
    kind, what = ("date_beside_rows", "beside the rows") if beside else ("date_from_file_name", "of the file name")
    table.grid.note(kind, [str(beside or named)], f"no date column: the day is that {what}")
    return np.full(len(table.lines), beside or named)


def _codes(table: _Table) -> list[str]:
    codes = table.texts("code")
    for code, line in zip(codes, table.lines.tolist(), strict=True):
        if not _CODE.match(code):
            raise DataError(
                f"{table.path} line {line}: `{code}` is not a code of Taiwan (0050 becomes 50 in a spreadsheet)"
            )
    return codes


def _margin_panel(tables: Sequence[_Table], findings: list[Finding]) -> Panel:
    """Return the panel of the margin tables: shares and eligibility."""
    rows = MarginRows(
        days=np.concatenate([_days(table) for table in tables]),
        codes=[code for table in tables for code in _codes(table)],
        lots={name: np.concatenate([table.numbers(name) for table in tables]) for name in LOTS},
        marks=[mark for table in tables for mark in table.texts("mark")],
        places=[place for table in tables for place in table.places()],
    )
    where = tables[0].path.name if len(tables) == 1 else f"{len(tables)} files"
    lots, noticed = decide_blanks(rows, where)
    values, implausible = plausible(shares_of(lots), rows.places, where)
    symbols = [f"{code}.TW" for code in rows.codes]
    long = LongRows(days=rows.days, symbols=symbols, values=values, places=rows.places)
    panel, repeats = panel_of(long, source="Taiwan Stock Exchange, margin table")
    findings += together([one for table in tables for one in table.grid.findings])
    findings += [*noticed, *implausible, *revised(rows, lots, where)]
    findings += finding(
        "duplicate_row", repeats, "identical to another row of the same security and day: dropped", where
    )
    return panel.with_fields(eligibility(panel.sessions, panel.symbols, rows, symbols))


def _bar_panel(tables: Sequence[_Table], findings: list[Finding]) -> Panel:
    """Return the panel of the daily bars; rows without any price are no observation."""
    parts = []
    for table in tables:
        values = {name: table.numbers(name) for name in ("open", "high", "low", "close")}
        values["volume"] = table.numbers("volume_lots") * SHARES_PER_LOT
        places, codes, days = table.places(), _codes(table), _days(table)
        values, noticed = plausible(values, places, table.path.name)
        seen = np.any([np.isfinite(column) for column in values.values()], axis=0)
        empty = [f"{places[i]}: {codes[i]} {days[i]}" for i in np.flatnonzero(~seen)]
        table.grid.note("no_price", empty, "no open, high, low, close and volume: no observation")
        findings += [*table.grid.findings, *noticed]
        keep = np.flatnonzero(seen)
        kept = {name: column[keep] for name, column in values.items()}
        symbols = [f"{codes[i]}.TW" for i in keep]
        parts.append(LongRows(days=days[keep], symbols=symbols, values=kept, places=[places[i] for i in keep]))
    long = LongRows(
        days=np.concatenate([part.days for part in parts]),
        symbols=[one for part in parts for one in part.symbols],
        values={name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
        places=[one for part in parts for one in part.places],
    )
    panel, repeats = panel_of(long, source="Taiwan Stock Exchange, daily bars")
    findings += finding("duplicate_row", repeats, "identical to another row of the same security and day: dropped")
    return panel


def _valued(panel: Panel) -> Panel:
    """Return the panel with the financing side in money, where there is a close: shares x close of the day."""
    if not {"close", *_VALUED.values()} <= set(panel.fields):
        return panel
    valued = {money: panel[shares] * panel["close"] for money, shares in _VALUED.items()}
    notes = {money: f"{shares} x close of the day (TWD)" for money, shares in _VALUED.items()}
    return panel.with_fields(valued, notes)


SOURCE = Source(
    name="twse",
    description="Taiwan's margin tables (TWSE, TPEx; CSV, JSON, parquet) and daily bars in lots of 1,000",
    read=read,
)
