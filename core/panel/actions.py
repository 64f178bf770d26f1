"""Corporate actions (分红送转): cash dividends, bonus and split shares, by ex-date and security."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..symbols import instead, is_no_symbol
from .panel import Panel
from .user_csv import read_texts

COLUMNS = ("date", "symbol", "cash_per_share", "share_ratio")


class Action(NamedTuple):
    """What one share receives on its ex-date."""

    symbol: int  # column j
    cash_per_share: float  # CNY, gross
    share_ratio: float  # new shares per share: 0.5 = five for ten; a split 1:2 is 1.0


@dataclass(frozen=True)
class ActionTable:
    """Corporate actions by session.

    Parameters
    ----------
    by_session : mapping of int to sequence of Action
        Row t of the panel -> the actions whose ex-date it is.
    """

    by_session: Mapping[int, Sequence[Action]] = field(default_factory=dict)

    def on(self, t: int) -> Sequence[Action]:
        """Return the actions of session `t`."""
        return self.by_session.get(t, ())


def read_actions(path: str | Path, panel: Panel) -> ActionTable:
    """Read a table of corporate actions for the securities and sessions of `panel`.

    Parameters
    ----------
    path : path
        CSV with the columns date (the ex-date), symbol, cash_per_share (CNY, gross) and share_ratio (new shares per
        share); an empty cell is 0. Other securities and dates outside the panel are left out.
    panel : Panel

    Raises
    ------
    DataError
        No such file, a missing column, a date that is none or no session, a negative number, a repeated row, a
        code that is spelt otherwise than the panel's.
    """
    path = Path(path)
    table = read_texts(path, COLUMNS, "corporate actions")
    index = {symbol: j for j, symbol in enumerate(panel.symbols)}
    actions: dict[int, list[Action]] = {}
    seen: set[tuple[str, str]] = set()
    for row, (date, symbol, cash, ratio) in enumerate(zip(*(table[name] for name in COLUMNS), strict=True)):
        where = f"{path}:{row + 2}"
        if (date, symbol) in seen:
            raise DataError(f"{where}: {symbol} has two rows on {date}: add them up in one")
        seen.add((date, symbol))
        day = _day(date, where)
        amounts = _number(cash, "cash_per_share", where), _number(ratio, "share_ratio", where)
        if symbol not in index and is_no_symbol(symbol):
            raise DataError(f"{where}: `symbol` {symbol!r} is no symbol of the data: {instead(symbol, panel.symbols)}")
        t = _session(day, panel, where) if symbol in index else None
        if t is not None:
            actions.setdefault(t, []).append(Action(index[symbol], *amounts))
    return ActionTable(actions)


def action_table(rows: Iterable[tuple[np.datetime64, str, float, float]], panel: Panel) -> ActionTable:
    """Return the actions of `rows`, which are day, symbol, cash and ratio each, on the securities and days of `panel`.

    Other securities and days outside the panel are left out; DataError for a day inside it that is no session.
    """
    index = {symbol: j for j, symbol in enumerate(panel.symbols)}
    actions: dict[int, list[Action]] = {}
    for day, symbol, cash, ratio in rows:
        t = _session(day, panel, symbol) if symbol in index else None
        if t is not None:
            actions.setdefault(t, []).append(Action(index[symbol], cash, ratio))
    return ActionTable(actions)


def _day(text: str, where: str) -> np.datetime64:
    try:
        if len(text) != len("2024-06-20"):
            raise ValueError(text)
        return np.datetime64(datetime.date.fromisoformat(text), "D")
    except ValueError:
        raise DataError(f"{where}: `date` should be a day such as 2024-06-20, got {text!r}") from None


def _session(day: np.datetime64, panel: Panel, where: str) -> int | None:
    """Return the row of `day`, None outside the panel."""
    if day < panel.sessions[0] or day > panel.sessions[-1]:
        return None
    t = int(np.searchsorted(panel.sessions, day))
    if panel.sessions[t] != day:
        raise DataError(f"{where}: {day} is no session of the data: an ex-date is a session")
    return t


def _number(text: str, name: str, where: str) -> float:
    try:
        value = float(text) if text.strip() else 0.0
    except ValueError:
        raise DataError(f"{where}: `{name}` should be a number, got {text!r}") from None
    if not 0.0 <= value < np.inf:
        raise DataError(f"{where}: `{name}` should not be negative, got {text}")
    return value
