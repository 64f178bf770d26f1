"""Recalls of borrowed shares (出借方提前召回): on which day a lender wants which shares back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..symbols import instead, is_no_symbol
from .action_rows import day_of
from .panel import Panel
from .user_csv import read_texts

COLUMNS = ("date", "symbol", "shares")
_ALL = ("", "all")


class Recall(NamedTuple):
    """One recall."""

    symbol: int  # column j
    shares: float  # inf = all that are owed


@dataclass(frozen=True)
class RecallTable:
    """Recalls by session.

    Parameters
    ----------
    by_session : mapping of int to sequence of Recall
        Row t of the panel -> the recalls that are told at its close.
    """

    by_session: Mapping[int, Sequence[Recall]] = field(default_factory=dict)

    def on(self, t: int) -> Sequence[Recall]:
        """Return the recalls of session `t`."""
        return self.by_session.get(t, ())


def read_recalls(path: str | Path, panel: Panel) -> RecallTable:
    """Read a table of recalls for the securities and sessions of `panel`.

    Parameters
    ----------
    path : path
        CSV with the columns date, symbol and shares; `all`, or an empty cell, recalls all that are owed. A day that is
        no session counts at the next one; other securities and days outside the panel are left out.
    panel : Panel

    Raises
    ------
    DataError
        No such file, a missing column, a date that is none, a count that is no whole number of shares above 0, a code
        that is spelt otherwise than the panel's.
    """
    table = read_texts(Path(path), COLUMNS, "recalls")
    column = {symbol: j for j, symbol in enumerate(panel.symbols)}
    recalls: dict[int, list[Recall]] = {}
    for row, (date, symbol, shares) in enumerate(zip(*(table[name] for name in COLUMNS), strict=True)):
        where = f"{path}:{row + 2}"
        if symbol not in column and is_no_symbol(symbol):
            raise DataError(f"{where}: `symbol` {symbol!r} is no symbol of the data: {instead(symbol, panel.symbols)}")
        day, count = day_of(date, where), _count(shares, where)
        if symbol in column and panel.sessions[0] <= day <= panel.sessions[-1]:
            t = int(np.searchsorted(panel.sessions, day))
            recalls.setdefault(t, []).append(Recall(column[symbol], count))
    return RecallTable(recalls)


def _count(text: str, where: str) -> float:
    if text.strip().lower() in _ALL:
        return np.inf
    try:
        count = float(text)
    except ValueError:
        count = np.nan
    if not (count > 0.0 and count.is_integer()):
        raise DataError(f"{where}: `shares` should be a whole number of shares above 0, or all, got {text!r}")
    return count
