"""The way that files of the mainland exchanges share: text -> days, symbols, checked values -> panel."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..panel.calendar import mainland
from ..panel.frames import LongRows, panel_of
from ..panel.units import check_units
from ..types import Row, Sessions
from .base import Finding, Imported, finding
from .chain import BalanceChain
from .codes import code_in_name, symbol_of
from .csv_table import Table, read_table
from .dates import day_in_name, resolve_days, writes_leading_zeros
from .plausible import plausible

_CHAIN = ("financing_balance", "financing_buy", "financing_repay")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What the columns of one kind of file mean.

    Parameters
    ----------
    source : str
        In words; goes into `Panel.source`.
    columns : mapping of str to str
        Header -> canonical field, or ``date`` or ``code``.
    required : sequence of str
        Fields that must be there; day and code may come from the file name.
    exchange : {"SH", "SZ"} or None
        Of the whole file.
    """

    source: str
    columns: Mapping[str, str]
    required: Sequence[str]
    exchange: str | None = None


def read_mainland(paths: Sequence[Path], layout: Layout, *, symbol: str | None = None) -> Imported:
    """Return the panel of `paths` and what was noticed.

    Parameters
    ----------
    paths : sequence of Path
        Files of one layout.
    layout : Layout
        Of all of them.
    symbol : str, optional
        The security of files that have no code column; else the file name begins with it.

    Raises
    ------
    DataError
        Whatever keeps a file from being read as declared; each message names file, line and remedy.
    DateError
        A day outside the calendar.
    """
    findings: list[Finding] = []
    parts = [_read_one(path, layout, symbol, findings) for path in paths]
    names = list(dict.fromkeys(name for part in parts for name in part.values))
    rows = LongRows(
        days=np.concatenate([part.days for part in parts]),
        symbols=[one for part in parts for one in part.symbols],
        values={name: np.concatenate([_column(part, name) for part in parts]) for name in names},
        places=[one for part in parts for one in part.places],
    )
    panel, repeats = panel_of(rows, source=layout.source)
    findings += finding("duplicate_row", repeats, "identical to another row of the same security and day: dropped")
    findings += _newest_first(parts)
    check_units(panel)
    return Imported(panel, tuple(findings))


def _column(part: LongRows, name: str) -> Row:
    """Return a column of `part`, all NaN where its file lacks it."""
    return part.values.get(name, np.full(len(part.days), np.nan))


def _newest_first(parts: Sequence[LongRows]) -> list[Finding]:
    falling = [p.places[0] for p in parts if len(p.days) > 1 and p.days[0] > p.days[-1]]
    return finding("newest_first", falling, "rows run from the newest day to the oldest: sorted")


def _read_one(path: Path, layout: Layout, symbol: str | None, findings: list[Finding]) -> LongRows:
    """Return the checked rows of one file."""
    table = read_table(path, layout.columns, layout.required)
    fields = [name for name in table.texts if name not in ("date", "code")]
    values = {name: table.numbers(name) for name in fields}
    symbols = _symbols(table, layout.exchange, symbol)
    days = _days(table, symbols, values)
    places = [f"{path.name} line {line}" for line in table.lines]
    values, noticed = plausible(values, places, path.name)
    findings += [*table.findings, *noticed]
    keep = np.flatnonzero(~np.isnat(days))
    return LongRows(
        days=days[keep],
        symbols=[symbols[i] for i in keep],
        values={name: column[keep] for name, column in values.items()},
        places=[places[i] for i in keep],
    )


def _symbols(table: Table, exchange: str | None, symbol: str | None) -> list[str]:
    """Return the symbol of each row: from the code column, the option, or the name of the file."""
    rows = len(table.lines)
    codes = table.texts.get("code")
    if codes is None:
        code = symbol or code_in_name(table.path)
        if code is None:
            raise DataError(f"{table.path} has no code column and its name does not begin with a code: give the symbol")
        return [symbol_of(code, exchange)[0]] * rows
    known: dict[str, tuple[str, bool]] = {}
    for code, line in zip(codes, table.lines, strict=True):
        if code not in known:
            try:
                known[code] = symbol_of(code, exchange)
            except DataError as error:
                raise DataError(f"{table.path} line {line}: {error}") from None
    wrong = [f"line {n}: {code}" for code, n in zip(codes, table.lines, strict=True) if known[code][1]]
    table.note("leading_zeros_restored", wrong, "the code had lost its leading zeros; the exchange makes it certain")
    spaced = [f"line {n}: {code}" for code, n in zip(codes, table.lines, strict=True) if re.search(r"\s", code)]
    table.note("inner_space", spaced, "spaces inside the code were removed")
    symbols = [known[code][0] for code in codes]
    if symbol is not None and set(symbols) != {symbol_of(symbol, exchange)[0]}:
        raise DataError(f"{table.path} holds {', '.join(sorted(set(symbols))[:5])}, but the symbol given is {symbol}")
    return symbols


def _days(table: Table, symbols: list[str], values: Mapping[str, Row]) -> Sessions:
    """Return the day of each row: from its column, else from the name of the file."""
    texts = table.texts.get("date")
    named = day_in_name(table.path)
    if texts is None:
        if named is None:
            raise DataError(
                f"{table.path} has neither a date column nor a day in its name: "
                "name it with its day, such as margin_20240131.csv"
            )
        if not mainland().is_session(named)[0]:
            raise DataError(f"{table.path}: the day in its name, {named}, is no trading session")
        table.note("date_from_file_name", [f"{named}"], "no date column: the day is that of the file name")
        return np.full(len(table.lines), named)
    days = np.empty(len(texts), dtype="datetime64[D]")
    padded = writes_leading_zeros(texts)
    groups: dict[str, list[int]] = {}
    for i, symbol in enumerate(symbols):
        groups.setdefault(symbol, []).append(i)
    for rows in groups.values():
        days[rows], found = resolve_days(
            [texts[i] for i in rows],
            [table.lines[i] for i in rows],
            table.path,
            padded=padded,
            calendar=mainland(),
            chain=_chain(values, rows),
        )
        table.findings += found
    if named is not None:
        other = [f"line {n}: {d}" for n, d in zip(table.lines, days, strict=True) if d != named]
        table.note("day_disagrees_with_file_name", other, f"the file name says {named}; the rows are believed")
    return days


def _chain(values: Mapping[str, Row], rows: list[int]) -> BalanceChain | None:
    if not all(name in values for name in _CHAIN):
        return None
    return BalanceChain(mainland(), *(values[name][rows] for name in _CHAIN))
