"""Tables that are no panel: corporate actions, listings, industries, members of indices. Rows of texts, checked."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ..errors import DataError
from ..panel.action_rows import CorporateAction, refuse_rights
from ..panel.calendar import mainland
from ..panel.frames import CodedSymbols
from ..panel.indices import Constituent, member_field
from ..panel.industries import Membership
from .base import EXAMPLES, Finding
from .codes import code_in_name, symbol_of
from .dates import resolve_days
from .file_cells import numbers_of, words_of
from .grid import Grid
from .layout import Fit
from .row_days import days_of

_PAID = ("", "实施", "实施方案", "1")
"""What a dividend's state has to be: a plan is no action yet."""


_NO_DAY = np.datetime64("NaT", "D")


class Listing(NamedTuple):
    """First and last day of a security; NaT where it is still listed."""

    symbol: str
    first: np.datetime64
    last: np.datetime64
    successor: str = ""  # whose shares its holders receive at its end
    ratio: float = 0.0  # shares of the successor per share
    cash: float = 0.0  # CNY per share that they receive


class Tables(NamedTuple):
    """What came with the panels."""

    actions: list[CorporateAction]
    listings: list[Listing]
    industries: list[Membership]
    members: list[Constituent]


def no_tables() -> Tables:
    """Return tables without rows."""
    return Tables([], [], [], [])


def rows_of(
    grid: Grid, found: Fit, into: Tables, *, symbol: str | None = None, day: str | None = None
) -> list[Finding]:
    """Read the rows of a table `into` its kind and return what was noticed.

    Parameters
    ----------
    grid : Grid
    found : Fit
    into : Tables
    symbol, day : str, optional
        The index and the day of a list of members that says neither.

    Raises
    ------
    DataError
        A day, a code or a number that is none.
    """
    places = {name: place for name, (place, _) in found.places.items()}
    taken = grid.read(grid, dict.fromkeys(places.values(), False))
    if not len(taken.lines):
        raise DataError(f"{grid.path} has a header and no row: nothing to import")
    texts = {name: words_of(_arrow(taken.columns[place])).texts() for name, place in places.items()}
    texts["code"] = _symbols(grid, taken.lines, texts["code"])
    if found.layout.table == "members":
        into.members.extend(_members(grid, taken.lines, texts, symbol, day))
        return list(grid.findings)
    readers = {"actions": _actions, "listings": _listings, "industries": _industries}
    readers[found.layout.table](grid, taken.lines, texts, into)
    if found.layout.table == "listings" and "industry" in texts:
        _industries(grid, taken.lines, {name: texts[name] for name in ("code", "industry")}, into)
    return list(grid.findings)


def _arrow(cells: object) -> pa.Array:
    return pa.array([str(cell) for cell in cells]) if isinstance(cells, np.ndarray) else cells  # pyrefly: ignore[bad-return]  pyarrow has no types


def _symbols(grid: Grid, lines: np.ndarray, codes: list[str]) -> list[str]:
    known: dict[str, str] = {}
    for line, code in zip(lines, codes, strict=True):
        if code not in known:
            try:
                known[code] = symbol_of(code)[0]
            except DataError as error:
                raise DataError(f"{grid.path} {grid.word} {line}: {error}") from None
    return [known[code] for code in codes]


def _days(grid: Grid, lines: np.ndarray, texts: list[str]) -> list[np.datetime64]:
    """Return days, NaT for blanks."""
    known = dict.fromkeys(("", "nan", "None"), _NO_DAY)
    for line, text in zip(lines, texts, strict=True):
        if text not in known:
            known[text] = resolve_days([text], [int(line)], grid.path, padded=False)[0][0]
    return [known[text] for text in texts]


def _numbers(grid: Grid, lines: np.ndarray, texts: list[str], name: str, above: float | None = None) -> list[float]:
    """Return numbers, 0 for blanks; none is negative, or each lies above a number."""
    where = f"{grid.path} {grid.word}"
    values = numbers_of(pa.array(texts, pa.string()), lambda row: f"{where} {lines[row]}, column `{name}`").values
    wrong = values < 0 if above is None else values <= above
    if wrong.any():
        line = lines[int(np.flatnonzero(wrong)[0])]
        kind = "not be negative" if above is None else f"be above {above:g}"
        raise DataError(f"{where} {line}: `{name}` should {kind}: correct the row")
    return np.nan_to_num(values).tolist()


def _actions(grid: Grid, lines: np.ndarray, texts: Mapping[str, list[str]], into: Tables) -> None:
    rows = len(lines)
    days = _days(grid, lines, texts["date"])
    cash = _numbers(grid, lines, texts.get("cash", texts.get("cash_after_tax", [""] * rows)), "cash")
    ratio = _numbers(grid, lines, texts.get("ratio", [""] * rows), "ratio", above=-1.0)
    offered, price = _rights(grid, lines, texts)
    if "cash" not in texts and "cash_after_tax" in texts:
        grid.note("cash_after_tax", ["cash_div"], "no dividend before tax: the one after tax is taken")
    states = texts.get("state", [""] * rows)
    planned = [i for i in range(rows) if states[i] not in _PAID or np.isnat(days[i])]
    grid.note("no_ex_date", [f"{grid.word} {lines[i]}" for i in planned], "a plan, or no ex-date: no action, left out")
    seen: dict[CorporateAction, int] = {}
    repeated = []
    for i in sorted(set(range(rows)) - set(planned)):
        one = CorporateAction(days[i], texts["code"][i], cash[i], ratio[i], offered[i], price[i])
        if one in seen:
            repeated.append(f"{grid.word} {lines[i]}")
        else:
            into.actions.append(one)
        seen[one] = i
    grid.note("duplicate_row", repeated, "identical to another row of the same security and day: dropped")


def _rights(grid: Grid, lines: np.ndarray, texts: Mapping[str, list[str]]) -> tuple[list[float], list[float]]:
    """Return the shares offered per share and their price, CNY; a source may state the shares for ten."""
    blank = [""] * len(lines)
    offered = _numbers(grid, lines, texts.get("rights_ratio", blank), "rights_ratio")
    if "rights_for_ten" in texts:
        of_ten = _numbers(grid, lines, texts["rights_for_ten"], "rights_for_ten")
        offered = [round(shares / 10.0, 12) for shares in of_ten]
    price = _numbers(grid, lines, texts.get("rights_price", blank), "rights_price")
    for line, ratio, at in zip(lines, offered, price, strict=True):
        refuse_rights(ratio, at, f"{grid.path} {grid.word} {line}")
    return offered, price


def _listings(grid: Grid, lines: np.ndarray, texts: Mapping[str, list[str]], into: Tables) -> None:
    first = _days(grid, lines, texts["listed"])
    last = _days(grid, lines, texts["delisted"]) if "delisted" in texts else [_NO_DAY] * len(lines)
    unknown = [f"{grid.word} {lines[i]}" for i in range(len(lines)) if np.isnat(first[i])]
    grid.count("no_listing_day", len(unknown), unknown[:EXAMPLES], "no day of listing: left out")
    none = [""] * len(lines)
    successors = texts.get("successor", none)
    ratio, cash = (_numbers(grid, lines, texts.get(name, none), name) for name in ("ratio", "cash"))
    if any(successors):
        named = [i for i, code in enumerate(successors) if code]
        codes = _symbols(grid, lines[named], [successors[i] for i in named])
        successors = list(successors)
        for i, code in zip(named, codes, strict=True):
            successors[i] = code
            if not ratio[i] > 0.0:
                raise DataError(
                    f"{grid.path} {grid.word} {lines[i]}: {texts['code'][i]} has the successor {code} and no ratio: "
                    "give the shares of the successor per share (a new code: 1)"
                )
    rows = zip(texts["code"], first, last, successors, ratio, cash, strict=True)
    into.listings.extend(Listing(*row) for row in rows if not np.isnat(row[1]))


def _industries(grid: Grid, lines: np.ndarray, texts: Mapping[str, list[str]], into: Tables) -> None:
    days = _days(grid, lines, texts["date"]) if "date" in texts else [_NO_DAY] * len(lines)
    into.industries.extend(
        Membership(code, day, name)
        for code, day, name in zip(texts["code"], days, texts["industry"], strict=True)
        if name
    )


def _members(
    grid: Grid, lines: np.ndarray, texts: Mapping[str, list[str]], symbol: str | None, day: str | None
) -> list[Constituent]:
    """Return the rows of a table of members; DataError where it names no index, or an unknown one."""
    fields = _indices(grid, lines, texts, symbol)
    left = _days(grid, lines, texts["left"]) if "left" in texts else []
    if not all(np.isnat(one) for one in left):
        first, is_listed = _days(grid, lines, texts.get("entered", [""] * len(lines))), False
    else:  # who left is not told, so the rows are the members of one day, whatever their days of entry
        left, is_listed = [_NO_DAY] * len(lines), True
        one_day = None if "date" in texts else _list_day(grid, lines, day)
        first = _days(grid, lines, texts["date"]) if one_day is None else [one_day] * len(lines)
    blank = [f"{grid.word} {lines[i]}" for i in range(len(lines)) if np.isnat(first[i])]
    grid.count("no_member_day", len(blank), blank[:EXAMPLES], "no day from which it is a member: left out")
    rows = zip(fields, texts["code"], first, left, strict=True)
    return [Constituent(*row, is_listed) for row in rows if not np.isnat(row[2])]


def _indices(grid: Grid, lines: np.ndarray, texts: Mapping[str, list[str]], symbol: str | None) -> list[str]:
    """Return the field of each row's index."""
    named = symbol or code_in_name(grid.path)
    if "index" not in texts and named is None:
        raise DataError(
            f"{grid.path} does not say of which index these are the members: name it with its code, such as "
            "000300_20240628.csv, or give `--option symbol=000300.SH`"
        )
    known: dict[str, str] = {}
    codes = texts.get("index", [named or ""] * len(lines))
    for line, code in zip(lines, codes, strict=True):
        if code not in known:
            try:
                known[code] = member_field(code)
            except DataError as error:
                raise DataError(f"{grid.path} {grid.word} {line}: {error}") from None
    return [known[code] for code in codes]


def _list_day(grid: Grid, lines: np.ndarray, day: str | None) -> np.datetime64:
    """Return the day of a list that does not say it: of the user, or of the name of its file."""
    nobody = CodedSymbols([], np.zeros(0, dtype=np.int64))
    return days_of(grid, lines[:1], None, nobody, {}, mainland(), day)[0]
