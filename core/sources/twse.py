"""Taiwan (臺灣證券交易所): margin table with all flows in shares, and daily bars in lots."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError
from ..panel.frames import LongRows, join, panel_of
from ..panel.panel import Panel
from ..panel.units import check_units
from ..types import Row, Sessions
from .base import Finding, Imported, Paths, Source, as_paths, finding
from .csv_table import Table, header_of, read_table
from .dates import day_in_name, resolve_days, writes_leading_zeros
from .plausible import plausible
from .twse_margin import COLUMNS, LOTS, SHARES_PER_LOT, MarginRows, decide_blanks, eligibility, revised, shares_of

_BARS = {name: name for name in ("code", "date", "open", "high", "low", "close", "volume_lots")}
_ENCODING = "cp950"  # Big5, in which the exchange's own files come
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
        Files, or a folder: its ``.parquet`` files, or its ``.csv`` files where it has none. What a file holds is told
        by its columns: 股票代號, 融資買進, … are the margin table (a CSV's day is in its name), code, open, … the bars.

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
    margin, bars = [], []
    for path in _files(as_paths(paths), findings):
        table = _table_of(path)
        (margin if "mark" in table.texts else bars).append(table)
    parts = [_margin_panel(margin, findings)] if margin else []
    parts += [_bar_panel(bars, findings)] if bars else []
    panel = join(parts, source="Taiwan Stock Exchange, margin table" + (" with daily bars" if bars else ""))
    panel = _valued(panel)
    check_units(panel)
    return Imported(panel, tuple(findings))


def _files(paths: Sequence[Path], findings: list[Finding]) -> list[Path]:
    """Return the files to read; what a folder holds besides them becomes a finding."""
    files = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(path.iterdir())
        taken = [one for one in inside if one.suffix == ".parquet"] or [one for one in inside if one.suffix == ".csv"]
        if not taken:
            raise DataError(f"{path} holds no .parquet and no .csv file")
        others = [one.name for one in inside if one not in taken]
        findings += finding("unused_file", others, "not read from this folder", path.name)
        files += taken
    return files


def _table_of(path: Path) -> Table:
    """Return the text or the columns of a file as a `Table`, told apart by its columns."""
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
        names = list(frame.columns)
        if not len(frame):
            raise DataError(f"{path} has columns and no row: nothing to import")
    else:
        frame, names = None, header_of(path, _ENCODING)
    is_margin = "股票代號" in names
    columns = COLUMNS if is_margin else _BARS
    required = [name for name in columns.values() if name != "date" or not is_margin]
    if frame is None:
        return read_table(path, columns, required, fallback=_ENCODING)
    return _from_frame(path, frame, columns, required)


def _from_frame(path: Path, frame: pd.DataFrame, columns: Mapping[str, str], required: Sequence[str]) -> Table:
    """Return the columns of a parquet file; numbers stay numbers (`Table.numbers` is not asked for them)."""
    renamed = {old: new for old, new in columns.items() if old in frame.columns}
    for name in required:
        if name not in renamed.values():
            expected = " or ".join(old for old, new in columns.items() if new == name)
            raise DataError(
                f"{path} has no column for `{name}` (expected {expected}); it has {', '.join(frame.columns)}"
            )
    table = Table(path=path, lines=list(range(1, len(frame) + 1)), texts={})
    table.note("unused_column", [c for c in frame.columns if c not in renamed], "no canonical field: not imported")
    for old, new in renamed.items():
        table.texts[new] = frame[old].tolist()
    return table


def _numbers(table: Table, name: str) -> Row:
    """Return a column of lots or prices as float64, NaN where blank."""
    cells = table.texts[name]
    if isinstance(cells[0], str):
        return table.numbers(name, blank_is_missing=False)
    return np.array(cells, dtype=np.float64)


def _days(table: Table) -> Sessions:
    """Return the day of each row: from its column, else from the name of the file."""
    if "date" in table.texts:
        texts = [str(text) for text in table.texts["date"]]
        days, found = resolve_days(texts, table.lines, table.path, padded=writes_leading_zeros(texts))
        table.findings += found
        return days
    named = day_in_name(table.path)
    if named is None:
        raise DataError(
            f"{table.path} has no date column and no day in its name: name it with its day, such as 20251103_x.csv"
        )
    table.note("date_from_file_name", [str(named)], "no date column: the day is that of the file name")
    return np.full(len(table.lines), named)


def _codes(table: Table) -> list[str]:
    codes = [str(code).strip() for code in table.texts["code"]]
    for code, line in zip(codes, table.lines, strict=True):
        if not _CODE.match(code):
            raise DataError(
                f"{table.path} line {line}: `{code}` is not a code of Taiwan (0050 becomes 50 in a spreadsheet)"
            )
    return codes


def _places(table: Table) -> list[str]:
    word = "row" if table.path.suffix == ".parquet" else "line"
    return [f"{table.path.name} {word} {line}" for line in table.lines]


def _margin_panel(tables: Sequence[Table], findings: list[Finding]) -> Panel:
    """Return the panel of the margin tables: shares and eligibility."""
    rows = MarginRows(
        days=np.concatenate([_days(table) for table in tables]),
        codes=[code for table in tables for code in _codes(table)],
        lots={name: np.concatenate([_numbers(table, name) for table in tables]) for name in LOTS},
        marks=[str(mark).strip() for table in tables for mark in table.texts["mark"]],
        places=[place for table in tables for place in _places(table)],
    )
    where = tables[0].path.name if len(tables) == 1 else f"{len(tables)} files"
    lots, noticed = decide_blanks(rows, where)
    values, implausible = plausible(shares_of(lots), rows.places, where)
    symbols = [f"{code}.TW" for code in rows.codes]
    long = LongRows(days=rows.days, symbols=symbols, values=values, places=rows.places)
    panel, repeats = panel_of(long, source="Taiwan Stock Exchange, margin table")
    findings += [one for table in tables for one in table.findings]
    findings += [*noticed, *implausible, *revised(rows, lots, where)]
    findings += finding(
        "duplicate_row", repeats, "identical to another row of the same security and day: dropped", where
    )
    return panel.with_fields(eligibility(panel.sessions, panel.symbols, rows, symbols))


def _bar_panel(tables: Sequence[Table], findings: list[Finding]) -> Panel:
    """Return the panel of the daily bars; rows without any price are no observation."""
    parts = []
    for table in tables:
        values = {name: _numbers(table, name) for name in ("open", "high", "low", "close")}
        values["volume"] = _numbers(table, "volume_lots") * SHARES_PER_LOT
        places, codes, days = _places(table), _codes(table), _days(table)
        values, noticed = plausible(values, places, table.path.name)
        seen = np.any([np.isfinite(column) for column in values.values()], axis=0)
        empty = [f"{places[i]}: {codes[i]} {days[i]}" for i in np.flatnonzero(~seen)]
        table.note("no_price", empty, "no open, high, low, close and volume: no observation")
        findings += [*table.findings, *noticed]
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
    description="Taiwan's margin table and daily bars: folder of .parquet or .csv files, or the files",
    read=read,
)
