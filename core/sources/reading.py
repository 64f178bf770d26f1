"""The one engine of declared sources: grids and a layout -> a panel and what was noticed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa

from ..errors import DataError
from ..panel.calendar import mainland
from ..panel.frames import CodedSymbols, LongRows, panel_of
from ..panel.panel import Panel
from ..panel.units import check_units
from ..types import Panel2D, Row
from .adjustment import adjusted_by_values, adjusted_finding
from .base import EXAMPLES, Finding, Imported
from .codes import OtherExchange, code_in_name, is_b_share, symbol_of
from .file_cells import Numbers, Words, numbers_of, words_of
from .grid import Cells, Grid, Taken
from .layout import Column, Fit, Layout, has_unit
from .places import JoinedPlaces, LinePlaces
from .plausible import plausible
from .row_days import days_of
from .scale import scaled, settle

_FILES = " files"
_COLUMNS = 12
"""Columns of a file that an error names."""
# A folder of daily files has the same codes in each.
_symbol_of = lru_cache(maxsize=1 << 16)(symbol_of)
_is_b_share = lru_cache(maxsize=1 << 16)(is_b_share)


@dataclass(frozen=True)
class Part:
    """The checked rows of one table.

    Parameters
    ----------
    name : str
        Of its file.
    rows : LongRows
    adjusted : str
        What the table says about the adjustment of its prices; empty where it says nothing.
    open_units : frozenset of str
        Fields whose unit its header left open.
    falls : bool
        Whether it ran from the newest day to the oldest.
    findings : tuple of Finding
    """

    name: str

    rows: LongRows
    adjusted: str
    open_units: frozenset[str]
    falls: bool
    findings: tuple[Finding, ...]


def imported(fits: Iterable[tuple[Grid, Fit]], *, symbol: str | None = None, day: str | None = None) -> Imported:
    """Return the panel of tables that have one layout, and what was noticed.

    Parameters
    ----------
    fits : iterable of (Grid, Fit)
        All of one layout.
    symbol : str, optional
        The security of tables without a code column; else the file name begins with it.
    day : str, optional
        The day of tables without one.

    Raises
    ------
    DataError, DateError
        Whatever keeps a table from being read as declared; each message names file, line and remedy.
    """
    parts, layout = [], None
    for grid, found in fits:
        layout = found.layout
        parts.append(part_of(grid, found, symbol, day))
    if layout is None:
        raise DataError("no file to import: give at least one path")
    return whole(layout, parts)


def whole(layout: Layout, parts: Sequence[Part]) -> Imported:
    """Return the panel of the rows of tables that have one layout, and what was noticed; DataError as `imported`."""
    findings = [one for part in parts for one in part.findings]
    rows = joined([part.rows for part in parts])
    imputed = {one.field: one.sentence for one in layout.derived if one.sentence and one.field in rows.values}
    panel, repeats = panel_of(rows, source=layout.source, imputed=imputed)
    detail = "identical to another row of the same security and day: dropped"
    findings += _counted("duplicate_row", repeats, detail)
    falling = [part.rows.places[0] for part in parts if part.falls]
    findings += _counted("newest_first", falling, "rows run from the newest day to the oldest: sorted")
    where = parts[0].name if len(parts) == 1 else f"{len(parts)} files"
    if not panel.fields:
        raise DataError(f"{where} has rows without any observation: every cell is blank or a dash")
    panel, noticed = _settled(panel, layout, parts, where)
    return Imported(_listed(panel, layout), (*together(findings), *noticed))


def _counted(kind: str, places: Sequence[str], detail: str) -> list[Finding]:
    return [Finding(kind=kind, count=len(places), detail=detail, examples=tuple(places[:EXAMPLES]))] if places else []


def together(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings with those of one kind over several files as one."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.kind, one.detail), []).append(one)
    out = []
    for same in groups.values():
        names = list(dict.fromkeys(one.where for one in same))
        quoted = tuple(
            example if len(names) == 1 or one.where in example else f"{one.where} {example}"
            for one in same
            for example in one.examples
        )
        count = sum(one.count for one in same)
        out.append(replace(same[0], count=count, where=_where(names), examples=quoted[:EXAMPLES]))
    return out


def _where(names: Sequence[str]) -> str:
    """Return where a finding over several files is; some of `names` may count files already."""
    files = [int(name.removesuffix(_FILES)) if _counts(name) else bool(name) for name in names]
    return names[0] if len(names) == 1 else f"{sum(files)}{_FILES}"


def _counts(name: str) -> bool:
    return name.endswith(_FILES) and name.removesuffix(_FILES).isdigit()


def joined(parts: Sequence[LongRows]) -> LongRows:
    """Return the rows of several tables, one after the other; what a table lacks is NaN."""
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.values))
    return LongRows(
        days=np.concatenate([part.days for part in parts]),
        symbols=CodedSymbols.joined([_coded(part) for part in parts]),
        values={name: np.concatenate([_values(part, name) for part in parts]) for name in names},
        places=JoinedPlaces([part.places for part in parts]),
    )


def _coded(part: LongRows) -> CodedSymbols:
    assert isinstance(part.symbols, CodedSymbols)
    return part.symbols


def _values(part: LongRows, name: str) -> Row:
    return part.values.get(name, np.full(len(part.days), np.nan))


def part_of(grid: Grid, found: Fit, symbol: str | None = None, day: str | None = None) -> Part:
    """Return the checked rows of one table."""
    layout, places = found.layout, found.places
    unused = [cell for i, cell in enumerate(grid.header) if i not in found.known and cell.strip()]
    grid.note("unused_column", unused, "no canonical field: not imported")
    kinds = {place: column.field not in ("date", "code") and column.words is None for place, column in places.values()}
    taken = grid.read(grid, kinds)
    if not len(taken.lines):
        raise DataError(f"{grid.path} has a header and no row: nothing to import")
    values = {
        name: _field(grid, taken, place, column)
        for name, (place, column) in places.items()
        if name not in ("date", "code")
    }
    symbols = _symbols(grid, found, taken, symbol)
    words = _words(grid, taken, places.get("date"), "date")
    days = days_of(grid, taken.lines, words, symbols, values, mainland(), day)
    where = LinePlaces(grid.path.name, grid.word, taken.lines)
    adjusted = layout.adjusted(values, " ".join(grid.titles)) if layout.adjusted else ""
    values |= {name: np.ones(len(days)) for name in layout.present}
    for one in layout.derived:
        if one.field not in values and set(one.needs) <= set(values):
            values[one.field] = one.derive(values)
    stored = {name: column for name, column in values.items() if not name.startswith("_")}
    stored, noticed = plausible(stored, where, grid.path.name)
    grid.findings += noticed
    keep = _kept(grid, days, symbols)
    open_units = frozenset(
        name for name in layout.scales if name in places and not has_unit(grid.keys[places[name][0]])
    )
    falls = len(days) > 1 and bool(days[0] > days[-1])
    rows = _rows(days, symbols, stored, where, keep)
    return Part(grid.path.name, rows, adjusted, open_units, falls, tuple(grid.findings))


def _rows(
    days: np.ndarray, symbols: CodedSymbols, values: Mapping[str, Row], places: LinePlaces, keep: np.ndarray | None
) -> LongRows:
    # A field that a table has in its header only is none: what nobody observed is left out.
    seen = {name: column for name, column in values.items() if not np.isnan(column).all()}
    if keep is None:
        return LongRows(days=days, symbols=symbols, values=seen, places=places)
    return LongRows(
        days=days[keep],
        symbols=CodedSymbols(symbols.names, symbols.place[keep]),
        values={name: column[keep] for name, column in seen.items()},
        places=places.take(keep),
    )


def _kept(grid: Grid, days: np.ndarray, symbols: CodedSymbols) -> np.ndarray | None:
    """Return the rows to keep, None for all: B shares are left out, and rows without a day."""
    b_share = np.array([_is_b_share(name) for name in symbols.names], dtype=bool)
    drop = b_share[symbols.place] | np.isnat(days)
    if not drop.any():
        return None
    names = sorted({symbols.names[i] for i in np.flatnonzero(b_share).tolist()})
    count = int(b_share[symbols.place].sum())
    grid.count("b_share", count, names[:EXAMPLES], "rows of B shares (USD or HKD, on no margin list) were left out")
    if drop.all():
        raise DataError(f"{grid.path} has no row left: its rows are B shares, or have no day")
    return np.flatnonzero(~drop)


def _field(grid: Grid, taken: Taken, place: int, column: Column) -> Row:
    """Return a column as canonical numbers, with what was noticed about its cells."""
    name = column.field.removeprefix("_")
    cells = taken.columns[place]
    if column.words is not None:
        return _flags(grid, taken, cells, column.words, name)
    if isinstance(cells, np.ndarray):
        missing = np.flatnonzero(np.isnan(cells))
        found = Numbers(cells, missing, missing[:0], missing[:0])
    else:
        found = numbers_of(cells, lambda row: f"{grid.path} {grid.word} {taken.lines[row]}, column `{name}`")
    if grid.delimiter == ";" and len(found.commas):
        row = int(found.commas[0])
        raise DataError(
            f"{grid.path} {grid.word} {taken.lines[row]}, column `{name}`: `{cells[row]}` has a comma in a file that "
            "semicolons part, and it cannot be told whether it is a decimal one: write numbers without commas"
        )
    for kind, rows, detail in (
        ("thousands_comma", found.commas, "thousands commas in numbers were removed"),
        ("wide_space", found.wide, "wide or invisible spaces around a cell were stripped"),
    ):
        grid.count(kind, len(rows), [f"{grid.word} {taken.lines[i]}, `{name}`" for i in rows[:EXAMPLES]], detail)
    if not column.field.startswith("_"):
        lines = [f"{grid.word} {taken.lines[i]}" for i in found.missing[:EXAMPLES]]
        detail = f"`{name}` is blank or a dash: no observation (NaN), not 0"
        grid.count("missing_value", len(found.missing), lines, detail)
    return scaled(found.values, column.factor)


def _flags(grid: Grid, taken: Taken, cells: Cells, meanings: Mapping[str, float], name: str) -> Row:
    """Return what the words of a column mean."""
    assert not isinstance(cells, np.ndarray)
    words = words_of(cells)
    values = np.full(len(words.words), np.nan)
    for code in words.used():
        word = words.words[code]
        if word.lower() not in meanings and "*" not in meanings:
            line = taken.lines[int(np.flatnonzero(words.codes == code)[0])]
            raise DataError(
                f"{grid.path} {grid.word} {line}, column `{name}`: `{word}` is none of {', '.join(meanings)}"
            )
        values[code] = meanings.get(word.lower(), meanings.get("*", np.nan))
    return values[words.codes]


def _words(grid: Grid, taken: Taken, found: tuple[int, Column] | None, name: str) -> Words | None:
    if found is None:
        return None
    cells = taken.columns[found[0]]
    words = words_of(pa.array([str(cell) for cell in cells]) if isinstance(cells, np.ndarray) else cells)
    places = [f"{grid.word} {taken.lines[i]}, `{name}`" for i in words.wide[:EXAMPLES]]
    grid.count("wide_space", len(words.wide), places, "wide or invisible spaces around a cell were stripped")
    return words


def _without_code(grid: Grid) -> str:
    """Say how the security of a file is given that does not tell it."""
    return (
        f"{grid.path} has no code column and its name does not begin with a code: give the symbol, such as "
        f"`liangrong data import {grid.path} --to DIR --option symbol=600519.SH`, in a configuration as "
        "`data: {options: {symbol: 600519.SH}}`; or name the column of codes, `--columns code=COLUMN`: it has "
        f"{', '.join(grid.header[:_COLUMNS])}"
    )


def _symbols(grid: Grid, found: Fit, taken: Taken, symbol: str | None) -> CodedSymbols:
    """Return the symbol of each row: from the code column, the option, or the name of the file."""
    layout, rows = found.layout, len(taken.lines)
    words = _words(grid, taken, found.places.get("code"), "code")
    if words is None:
        code = symbol or layout.symbol or code_in_name(grid.path) or _code_in_titles(grid)
        if code is None:
            raise DataError(_without_code(grid))
        named = None if symbol is None else code_in_name(grid.path)
        if named is not None and symbol_of(named)[0] != symbol_of(code)[0]:
            grid.note("symbol_given", [grid.path.name], f"the name of the file says {named}: the symbol given is taken")
        name = code if layout.symbol and not symbol else symbol_of(code, layout.exchange)[0]
        if layout.symbol and not symbol:
            detail = "totals without a code stand under the index of their market; another one: `--option symbol=…`"
            grid.note("symbol_of_totals", [layout.symbol], detail)
        return CodedSymbols([name], np.zeros(rows, dtype=np.int64))
    names = _names(grid, layout, taken, words)
    if symbol is not None and set(names) - {""} != {symbol_of(symbol, layout.exchange)[0]}:
        raise DataError(
            f"{grid.path} holds {', '.join(sorted(set(names))[:5])}, but the symbol given is {symbol}: leave it out"
        )
    return CodedSymbols(names, words.codes)


def _names(grid: Grid, layout: Layout, taken: Taken, words: Words) -> list[str]:
    """Return the symbol of each word; codes of another exchange are refused together."""
    names = [""] * len(words.words)
    others: list[str] = []
    odd: dict[str, list[int]] = {"zeros": [], "space": []}
    for code in words.used():
        word = words.words[code]
        try:
            names[code], restored = _symbol_of(layout.codes.get(word, word), layout.exchange)
        except OtherExchange as error:
            others.append(f"line {_line(taken, words, code)}: {error}".partition(", and this file")[0])
            continue
        except DataError as error:
            raise DataError(f"{grid.path} {grid.word} {_line(taken, words, code)}: {error}") from None
        if restored:
            odd["zeros"].append(code)
        if not word.isalnum() and len(word.split()) > 1:
            odd["space"].append(code)
    if others:
        listed = "; ".join(others[:EXAMPLES]) + (
            f" and {len(others) - EXAMPLES} more" if len(others) > EXAMPLES else ""
        )
        raise OtherExchange(
            f"{grid.path} read as `{layout.name}`, a file of {layout.exchange} alone, has codes that are none of it: "
            f"{listed}. Split it by exchange; margin details of several exchanges together: `--source margin_details`; "
            "of Beijing: `--source bse_margin`"
        )
    for key, kind, detail in (
        ("zeros", "leading_zeros_restored", "the code had lost its leading zeros; the exchange makes it certain"),
        ("space", "inner_space", "spaces inside the code were removed"),
    ):
        rows = np.flatnonzero(np.isin(words.codes, odd[key])) if odd[key] else []
        quoted = [f"{grid.word} {taken.lines[i]}: {words.words[words.codes[i]]}" for i in rows[:EXAMPLES]]
        grid.count(kind, len(rows), quoted, detail)
    return names


def _line(taken: Taken, words: Words, code: int) -> int:
    return int(taken.lines[int(np.flatnonzero(words.codes == code)[0])])


def _code_in_titles(grid: Grid) -> str | None:
    """Return the six digits that stand above the header of an export, or None."""
    import re

    found = re.search(r"(?<!\d)\d{6}(?!\d)", " ".join(grid.titles))
    return found[0] if found else None


def _settled(panel: Panel, layout: Layout, parts: Sequence[Part], where: str) -> tuple[Panel, list[Finding]]:
    """Return the panel with open units decided and adjusted prices named; DataError where units contradict."""
    told = " and ".join(dict.fromkeys(part.adjusted for part in parts if part.adjusted))
    words, symbols = (told, panel.symbols) if told else adjusted_by_values(panel)
    open_units = frozenset().union(*(part.open_units for part in parts))
    panel, findings = settle(panel, layout, open_units, bool(words), where)
    if words:
        return replace(panel, adjusted=words), [*findings, *adjusted_finding(words, symbols, where)]
    check_units(panel)
    return panel, findings


def _listed(panel: Panel, layout: Layout) -> Panel:
    """Return the panel of a list: on the days of the list 0 for what it does not name."""
    lists = {name: on_listed_days(panel[name], panel.symbols) for name in layout.lists if name in panel}
    return panel.with_fields(lists) if lists else panel


def on_listed_days(flags: Panel2D, symbols: Sequence[str]) -> Panel2D:
    """Return flags with 0 for what an exchange's list of a day does not name; NaN on days without a list."""
    out = flags.copy()
    markets = np.array([symbol[-2:] for symbol in symbols])
    for market in np.unique(markets):
        ours = np.flatnonzero(markets == market)
        block = out[:, ours]
        days = np.isfinite(block).any(axis=1)
        block[days] = np.nan_to_num(block[days])
        out[:, ours] = block
    return out
