"""Events of one's own: a CSV file with a day on each row, and where it matters a security and a kind."""

import datetime
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError, DateError
from ..pages.language import say
from ..panel.panel import Panel
from ..panel.user_csv import read_texts, refuse_misspelt
from ..symbols import instead, is_no_symbol
from .event_rows import MARKET, Event, row_of

COLUMNS = ("date", "symbol", "kind")
MOST_KINDS, LONGEST_KIND = 40, 60
"""Kinds of events, each of which is studied by itself, and signs of the name of one."""

MOST_MOVED = 6
"""Days without a session that notes name."""

_PLAIN = "event"


def read_events(given: Path | pd.DataFrame, panel: Panel, first: int = 0) -> tuple[list[Event], tuple[str, ...]]:
    """Return the events of a file or a frame, and notes on rows that the data do not cover.

    Parameters
    ----------
    given : Path or DataFrame
        CSV with the column date; symbol, empty or absent for an event of the whole market; kind, a name.
    panel : Panel
    first : int
        Row of `panel` from which on events count.

    Raises
    ------
    DataError
        No such file, a missing or misspelt column, a day that is none, a symbol that cannot be one, a row twice, no row
        at all, or none whose security the data have.
    DateError
        No row within the sessions.

    Notes
    -----
    A day without a session falls on the next one.
    """
    path, table = (given, read_texts(given, COLUMNS[:1], "events")) if isinstance(given, Path) else _framed(given)
    refuse_misspelt(table, COLUMNS, path)
    cells = {name: [text.strip() for text in table[name]] for name in COLUMNS if name in table}
    rows = list(zip(cells["date"], *(cells.get(name, [""] * len(table)) for name in COLUMNS[1:]), strict=True))
    if not rows:
        raise DataError(f"{path} has no row: give a day on each, such as 2015-11-23")
    column = {symbol: j for j, symbol in enumerate(panel.symbols)}
    read, seen = [], {}
    for line, (text, symbol, kind) in enumerate(rows, start=2):
        at = f"{path}:{line}"
        key = _day(text, at), _symbol(symbol, column, at), _kind(kind, at)
        if key in seen:
            raise DataError(f"{at}: the same event as on line {seen[key]}: keep one of them")
        seen[key] = line
        read.append(key)
    if len({kind for *_, kind in read}) > MOST_KINDS:
        raise DataError(
            f"{path}: `kind` should name at most {MOST_KINDS} kinds of events, each of which is studied by itself; got "
            f"{len({kind for *_, kind in read})}"
        )
    return _placed(read, panel, column, first, path)


def _framed(frame: pd.DataFrame) -> tuple[Path, pd.DataFrame]:
    """Return a frame as texts, and its name in messages."""
    if "date" not in frame:
        raise DataError(f"`events` should have the column date, it has {', '.join(map(str, frame.columns))}")
    path = Path("events")
    refuse_misspelt(frame.rename(columns=str), COLUMNS, path)
    for name in frame.columns.intersection(list(COLUMNS)):
        for line, cell in enumerate(frame[name], start=2):
            if pd.api.types.is_list_like(cell):
                raise DataError(f"{path}:{line}: `{name}` should be one value, got {cell!r}")
    texts = frame.astype(object).where(frame.notna(), "").astype(str)
    return path, texts.assign(date=texts["date"].str.removesuffix(" 00:00:00"))


def _placed(
    read: list[tuple[np.datetime64, str, str]], panel: Panel, column: dict[str, int], first: int, path: Path
) -> tuple[list[Event], tuple[str, ...]]:
    """Return the events of rows that are read, by session and column, and what is told of the others."""
    known = [row for row in read if not row[1] or row[1] in column]
    if not known:
        few = ", ".join(panel.symbols[:3])
        raise DataError(f"{path} names none of the {len(column)} securities, such as {few}")
    begin, end = panel.sessions[first], panel.sessions[-1]
    inside = [row for row in known if begin <= row[0] <= end]
    if not inside:
        days = sorted(row[0] for row in known)
        raise DateError(f"{path} has events on {days[0]}..{days[-1]}, none within the sessions {begin}..{end}")
    left = (len(read) - len(known), len(known) - len(inside))
    told = (
        say("Events of the file whose securities the data do not have: {n}.", n=f"{left[0]:,}"),
        say("Events of the file outside the sessions: {n}.", n=f"{left[1]:,}"),
    )
    events = [
        Event(row_of(panel.sessions, day), column[symbol] if symbol else MARKET, kind) for day, symbol, kind in inside
    ]
    moved = [
        say("{day} had no session: what happened on it counts on {other}.", day=str(day), other=str(session))
        for day in sorted({row[0] for row in inside})
        if (session := panel.sessions[row_of(panel.sessions, day)]) != day
    ]
    if len(moved) > MOST_MOVED:
        moved = [*moved[:MOST_MOVED], say("Other such days: {n}.", n=f"{len(moved) - MOST_MOVED:,}")]
    return sorted(events), (*(note for count, note in zip(left, told, strict=True) if count), *moved)


def _day(text: str, at: str) -> np.datetime64:
    try:
        return np.datetime64(datetime.date.fromisoformat(text), "D")
    except ValueError:
        raise DataError(f"{at}: `date` should be a day such as 2015-11-23, got {text!r}") from None


def _symbol(symbol: str, known: Collection[str], at: str) -> str:
    if symbol and symbol not in known and is_no_symbol(symbol):
        raise DataError(f"{at}: `symbol` {symbol!r} is no symbol of the data: {instead(symbol, known)}")
    return symbol


def _kind(kind: str, at: str) -> str:
    if len(kind) > LONGEST_KIND or not kind.isprintable():
        raise DataError(f"{at}: `kind` should be a name of at most {LONGEST_KIND} signs, got {kind[:80]!r}")
    return kind or _PLAIN
