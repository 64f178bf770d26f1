"""Long rows (day, security, values) -> Panel, and panels of different files -> one panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..types import Panel2D, Row, Sessions
from .panel import Panel


class CodedSymbols(Sequence[str]):
    """The symbol of each row, each distinct one written once.

    Parameters
    ----------
    names : sequence of str
        Two of them may be alike.
    place : int (rows,)
        Which of them each row has.
    """

    def __init__(self, names: Sequence[str], place: NDArray[np.integer]) -> None:
        self.names, self.place = names, place

    def __len__(self) -> int:
        return len(self.place)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> "CodedSymbols": ...
    def __getitem__(self, row: int | slice) -> "str | CodedSymbols":
        if isinstance(row, slice):
            return CodedSymbols(self.names, self.place[row])
        return self.names[self.place[row]]

    @staticmethod
    def joined(parts: Sequence["CodedSymbols"]) -> "CodedSymbols":
        """Return the rows of several files, one after the other."""
        starts = np.cumsum([0, *(len(part.names) for part in parts)])
        index = [part.place.astype(np.int64) + start for part, start in zip(parts, starts[:-1], strict=True)]
        return CodedSymbols([name for part in parts for name in part.names], np.concatenate(index))


@dataclass(frozen=True)
class LongRows:
    """Observations, one row per day and security.

    Parameters
    ----------
    days : datetime64[D] (rows,)
        Any order.
    symbols : sequence of str (rows,)
        Such as ``600519.SH``.
    values : mapping of str to float64 (rows,)
        Canonical field -> values; NaN = no observation.
    places : sequence of str (rows,)
        Where each row stands, such as ``margin.csv line 7``; messages quote it.
    """

    days: Sessions
    symbols: Sequence[str]
    values: Mapping[str, Row]
    places: Sequence[str]


def panel_of(rows: LongRows, *, source: str, imputed: Mapping[str, str] | None = None) -> tuple[Panel, list[str]]:
    """Return the panel of `rows` and the places of the rows that repeat another one exactly.

    Rows of one cell that do not contradict each other complete each other: an absent value is none to differ from.

    Parameters
    ----------
    rows : LongRows
        At least one row.
    source : str
        Goes into `Panel.source`.
    imputed : mapping of str to str, optional
        Goes into `Panel.imputed`.

    Returns
    -------
    tuple of Panel and list of str
        Sessions ascending whatever the order of the rows; symbols sorted; NaN where there is no row.

    Raises
    ------
    DataError
        No row; two rows of one security and day with different values of a field.
    """
    if not len(rows.days):
        raise DataError(f"{source or 'the data'}: no row is left to import")
    sessions, t = _ranks(np.asarray(rows.days, dtype="datetime64[D]"))
    names, j = _codes(rows.symbols)
    cell = t.astype(np.int64) * len(names) + j
    shape = (len(sessions), len(names))
    repeats = np.empty(0, dtype=np.int64)
    filled = np.zeros(shape[0] * shape[1], dtype=bool)
    filled[cell] = True
    is_twice = bool(np.count_nonzero(filled) < len(cell))
    fields = {name: _scatter(values, cell, shape, is_twice) for name, values in rows.values.items()}
    if is_twice:
        _refuse_conflict(rows, cell, fields)
        repeats = _repeats(rows, cell)
    panel = Panel(sessions=sessions, symbols=names, fields=fields, source=source, imputed=imputed or {})
    return panel, [rows.places[i] for i in np.sort(repeats)]


def join(panels: Sequence[Panel], *, source: str) -> Panel:
    """Return one panel over the union of the sessions and securities of `panels`.

    Parameters
    ----------
    panels : sequence of Panel
        Cells that two of them observe must agree; NaN in one is filled from the other.
    source : str
        Goes into `Panel.source`.

    Raises
    ------
    DataError
        Two panels that observe one cell differently.
    """
    sessions = np.unique(np.concatenate([panel.sessions for panel in panels]))
    symbols = tuple(sorted({symbol for panel in panels for symbol in panel.symbols}))
    column = {symbol: j for j, symbol in enumerate(symbols)}
    fields: dict[str, Panel2D] = {}
    for panel in panels:
        t = np.searchsorted(sessions, panel.sessions)
        j = np.array([column[symbol] for symbol in panel.symbols], dtype=np.int64)
        where = np.ix_(t, j)
        for name, values in panel.fields.items():
            whole = fields.setdefault(name, np.full((len(sessions), len(symbols)), np.nan))
            clash = np.isfinite(whole[where]) & np.isfinite(values) & (whole[where] != values)
            if clash.any():
                row, col = np.argwhere(clash)[0]
                raise DataError(
                    f"`{name}` of {panel.symbols[col]} on {panel.sessions[row]} is {values[row, col]:.15g} in one file "
                    f"and {whole[where][row, col]:.15g} in another: keep one of them"
                )
            whole[where] = np.where(np.isnan(values), whole[where], values)
    imputed = {name: how for panel in panels for name, how in panel.imputed.items()}
    words = " and ".join(dict.fromkeys(panel.adjusted for panel in panels if panel.adjusted))
    return Panel(sessions=sessions, symbols=symbols, fields=fields, source=source, imputed=imputed, adjusted=words)


def _ranks(days: Sessions) -> tuple[Sessions, NDArray[np.int64]]:
    """Return the distinct days in order and the row of each: by counting, since sorting a million days takes longer."""
    numbers = days.astype(np.int64)
    first = int(numbers.min())
    seen = np.zeros(int(numbers.max()) - first + 1, dtype=bool)
    seen[numbers - first] = True
    rank = np.cumsum(seen) - 1
    return (np.flatnonzero(seen) + first).astype("datetime64[D]"), rank[numbers - first]


def _codes(symbols: Sequence[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the sorted distinct symbols and the column of each row."""
    if isinstance(symbols, CodedSymbols):
        used = np.flatnonzero(np.bincount(symbols.place, minlength=len(symbols.names))).tolist()
        names = tuple(sorted({symbols.names[i] for i in used}))
        column = {name: j for j, name in enumerate(names)}
        place = np.zeros(len(symbols.names), dtype=np.int64)
        place[used] = [column[symbols.names[i]] for i in used]
        return names, place[symbols.place]
    names = tuple(sorted(set(symbols)))
    column = {name: j for j, name in enumerate(names)}
    return names, np.fromiter((column[symbol] for symbol in symbols), dtype=np.int64, count=len(symbols))


def _scatter(values: Row, cell: NDArray[np.int64], shape: tuple[int, int], is_twice: bool) -> Panel2D:
    """Return the values on their cells; where cells may come twice, an absent value leaves what is there."""
    out = np.full(shape, np.nan)
    known = ~np.isnan(values) if is_twice else slice(None)
    out.ravel()[cell[known]] = values[known]
    return out


def _repeats(rows: LongRows, cell: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows that are equal in every field, the absent ones too, to the row of their cell before them."""
    order = np.argsort(cell, kind="stable")
    first, second = order[:-1], order[1:]
    same = cell[first] == cell[second]
    for values in rows.values.values():
        a, b = values[first], values[second]
        same &= (a == b) | (np.isnan(a) & np.isnan(b))
    return second[same]


def _refuse_conflict(rows: LongRows, cell: NDArray[np.int64], fields: Mapping[str, Panel2D]) -> None:
    """Raise where a row has another value than the one that came to stand in its cell."""
    for name, values in rows.values.items():
        stands = fields[name].ravel()[cell]
        differ = np.flatnonzero(~np.isnan(values) & (values != stands))
        if len(differ):
            i = int(differ[0])
            m = int(np.flatnonzero((cell == cell[i]) & (values == stands[i]))[0])
            raise DataError(
                f"two rows of {rows.symbols[i]} on {rows.days[i]} differ in `{name}`: {values[i]:.15g} "
                f"({rows.places[i]}) and {values[m]:.15g} ({rows.places[m]}): keep one of them"
            )
