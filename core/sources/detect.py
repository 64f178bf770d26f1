"""Which source reads a table: told by its header, and by its values where headers are alike."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..errors import DataError, did_you_mean, nearest
from ..panel.panel import FIELDS, Panel
from .base import Imported
from .catalogue import LAYOUTS
from .file_cells import clean
from .grid import Grid, header_key
from .layout import CODES, Fit, Layout, expected, fit
from .reading import imported

_LOOSE = {
    "close": ("price", "last", "收盘", "现价", "最新", "adj"),
    "volume": ("shares", "qty", "vol", "量"),
    "amount": ("value", "turnover", "money", "额"),
    "date": ("day", "time", "日"),
    "code": ("ticker", "stock", "secid", "代码"),
}
"""Field -> parts of names under which others know it."""


_LAST = ("margin_details", "canonical")
"""What is tried where nothing else fits: both would fit what belongs to others."""


class Choice(NamedTuple):
    """What a table was taken for.

    Parameters
    ----------
    fit : Fit
    why : str
        In words.
    is_by_header : bool
        Whether its header alone told it, so that another table with that header is the same.
    """

    fit: Fit
    why: str
    is_by_header: bool = False


def renamed(layout: Layout, columns: Mapping[str, str]) -> Layout:
    """Return `layout` with the user's `columns`, header -> field, understood before its own.

    A field of the user's has its columns from the user alone.
    """
    if not columns:
        return layout
    wanted = {header_key(header): field for header, field in columns.items()}
    taken = set(wanted.values())
    kept = {key: None for key, one in layout.meanings().items() if one.field in taken and key not in wanted}
    own = {key: one for key, one in layout.columns.items() if key not in kept and key not in wanted}
    same = {one.field: one for one in layout.meanings().values()}
    mine = {key: same[field]._replace(words=None) if field in same else field for key, field in wanted.items()}
    return replace(layout, columns={**own, **mine}, ignored=tuple(set(layout.ignored) - set(wanted)))


def choose(grid: Grid, columns: Mapping[str, str], options: Mapping[str, Any]) -> Choice:
    """Return what `grid` is.

    Parameters
    ----------
    grid : Grid
    columns : mapping of str to str
        The user's: header -> field.
    options : mapping
        ``symbol`` and ``day``, for reading a table in more than one way.

    Raises
    ------
    DataError
        Nothing fits, or several do and give different panels; the message carries the way out.
    """
    has_code = "code" in columns.values() or not CODES.keys().isdisjoint(grid.keys)
    told = [layout for layout in LAYOUTS.values() if layout.is_told and not (layout.symbol and has_code)]
    fits = [found for layout in told if (found := _fit(renamed(layout, columns), grid))]
    whole = [found for found in fits if not found.missing]
    if not whole:
        for name in reversed(_LAST) if columns else _LAST:
            alone = _fit(renamed(LAYOUTS[name], columns), grid)
            if alone and not alone.missing and has_code and set(alone.places) - {"date", "code"}:
                return Choice(alone, "no source fits better, and its columns are named as the fields are")
        raise DataError(_unknown(grid, fits, columns))
    most = max(_speaks(found) for found in whole)
    best = sorted((found for found in whole if _speaks(found) == most), key=lambda one: one.layout.symbol is not None)
    why = f"it knows {most[0]} of the {len(grid.header)} columns, more than any other source"
    if len(best) == 1:
        return Choice(best[0], why, is_by_header="" not in grid.keys)
    return _by_values(grid, best, options)


def _fit(layout: Layout, grid: Grid) -> Fit | None:
    try:
        return fit(layout, grid)
    except DataError:
        return None


def _speaks(found: Fit) -> tuple[int, int]:
    """Return how much of a header speaks for a fit: columns that it knows, and those that are its own alone."""
    return len(found.known), len(found.layout.marks)


def _by_values(grid: Grid, best: Sequence[Fit], options: Mapping[str, Any]) -> Choice:
    """Return the one of several fits whose reading of the values is possible."""
    read: list[tuple[Fit, Imported]] = []
    errors: list[DataError] = []
    for found in best:
        if found.layout.table != "panel":
            raise DataError(f"{grid.path} fits {' and '.join(one.layout.name for one in best)}: give `--source`")
        try:
            read.append((found, imported([(replace(grid, findings=[]), found)], **options)))
        except DataError as error:
            errors.append(error)
    if not read:
        raise errors[0]
    first, panel = read[0][0], read[0][1].panel
    for other, (second, _) in read[1:]:
        apart = difference(panel, second)
        if apart:
            a, b = first.layout.name, other.layout.name
            raise DataError(
                f"{grid.path} fits `{a}` and `{b}`, which read it differently: {apart}. Say which it is: "
                f"`liangrong data import {grid.path} --to DIR --source {a}` or `… --source {b}`"
            )
    others = ", ".join(found.layout.name for found in best if found is not first)
    return Choice(first, f"its columns fit {others} too, its codes and values only {first.layout.name}")


def difference(first: Panel, second: Panel) -> str:
    """Say in what two readings of one table differ; empty where they do not."""
    if first.symbols != second.symbols:
        return f"{', '.join(first.symbols[:3])} against {', '.join(second.symbols[:3])}"
    if not np.array_equal(first.sessions, second.sessions):
        return f"sessions from {first.sessions[0]} against {second.sessions[0]}"
    for name in dict.fromkeys((*first.fields, *second.fields)):
        if name not in first or name not in second:
            return f"`{name}` is in one of them only"
        same = (first[name] == second[name]) | (np.isnan(first[name]) & np.isnan(second[name]))
        if not same.all():
            t, j = np.argwhere(~same)[0]
            place = f"{first.symbols[j]} on {first.sessions[t]}"
            return f"`{name}` of {place} is {first[name][t, j]:.15g} against {second[name][t, j]:.15g}"
    return ""


_ASK = "COLUMN"


def _nearness(grid: Grid, found: Fit) -> tuple[int, int]:
    """Return how near a layout comes: fields that are there or can be guessed, less thrice what is nowhere."""
    missing = [name for name in found.missing if name in found.layout.required]
    spare = [cell for i, cell in enumerate(grid.header) if i not in found.known and cell.strip()]
    nowhere = sum(header == _ASK for header in _guessed(grid, missing, spare).values())
    marks = len(found.missing) - len(missing)
    return len(found.places) + len(missing) - 4 * nowhere - 3 * marks, len(found.known)


_LIST_COLUMNS = 3
_LISTS = (
    ". A list of codes is nothing by itself: `--source eligible_list` takes it for those that may be financed and "
    "shorted, `--source index_list` for the members of an index"
)


def _unknown(grid: Grid, fits: Sequence[Fit], columns: Mapping[str, str]) -> str:
    """Say what a table lacks for the source that comes nearest, and how to name its columns."""
    told = [one for one in fits if one.layout.table == "panel" and not any(n.startswith("_") for n in one.missing)]
    near = max(told, key=lambda one: _nearness(grid, one))
    layout = near.layout
    missing = [name for name in near.missing if name in layout.required]
    marks = [name for name in near.missing if name not in layout.required]
    lacks = [f"`{name.removeprefix('_')}` (expected {expected(layout, name)})" for name in missing]
    lacks += [f"the column {mark}" for mark in marks]
    spare = [cell for i, cell in enumerate(grid.header) if i not in near.known and cell.strip()]
    wanted = missing if "code" in (*near.places, *missing) or layout.symbol else [*missing, "code"]
    found = {
        name: header for name, header in _guessed(grid, wanted, spare).items() if name in missing or header != _ASK
    }
    guess = {**{field: header for header, field in columns.items()}, **found}
    mapping = ",".join(f"{name}={header}" for name, header in (guess or {"close": _ASK}).items())
    quoted = f'"{mapping}"' if any(sign in mapping for sign in ' ()"&;|') else mapping
    return (
        f"{grid.path} fits no source: its columns are {', '.join(grid.header)}. The nearest is `{layout.name}` "
        f"({layout.description}), for which it lacks {'; '.join(lacks)}. Name its columns: "
        f"`liangrong data import {grid.path} --to DIR --columns {quoted}`, or choose a source: `--source NAME`"
        + (_LISTS if set(near.places) <= {"code", "date"} and len(grid.header) <= _LIST_COLUMNS else "")
    )


def _guessed(grid: Grid, missing: Sequence[str], spare: Sequence[str]) -> dict[str, str]:
    """Return for each missing field the spare column that is most likely it, or the word COLUMN."""
    left = list(spare)
    out = {}
    for name in missing:
        found = next((cell for cell in left if _may_be(grid, cell, name)), None)
        if found is None:
            found = next(iter(nearest(name, left, cutoff=0.5)), None)
        out[name] = found or _ASK
        if found:
            left.remove(found)
    return out


def _may_be(grid: Grid, header: str, name: str) -> bool:
    """Return whether the name of a column, or its first cell, speaks for a field."""
    if name == "date":
        return grid.is_day(grid.header.index(header))
    place = grid.header.index(header)
    if name == "code" and grid.head and place < len(grid.head[0]):
        cells = clean(grid.head[0][place])
        return len(cells) >= 6 and cells.isascii() and any(sign.isdigit() for sign in cells) and "." not in cells[:-3]
    key = header_key(header)
    return name in key or any(word in key for word in _LOOSE.get(name, ()))


def mapping_of(text: str) -> dict[str, str]:
    """Return header -> field of the user's ``date=day,close=price``.

    Raises
    ------
    DataError
        A part that is none, an unknown field, a field or a header that is named twice.
    """
    out: dict[str, str] = {}
    for part in text.split(","):
        name, equals, header = (piece.strip() for piece in part.partition("="))
        if not equals or not header:
            raise DataError(f"`--columns` should read date=day,close=price, got {part!r}")
        if name not in FIELDS and name not in ("date", "code"):
            hint = did_you_mean(name, [*FIELDS, "date", "code"])
            raise DataError(f"`--columns`: `{name}` is no field: {hint}known are date, code, {', '.join(FIELDS)}")
        if header in out or name in out.values():
            raise DataError(f"`--columns` names `{name}` or {header!r} twice: each once")
        out[header] = name
    return out
