"""Industries (行业) of securities, from a table."""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..errors import DataError
from ..symbols import instead, is_no_symbol
from .panel import Panel
from .user_csv import read_texts


class Membership(NamedTuple):
    """The industry of a security from a day on; NaT = from the beginning."""

    symbol: str
    day: np.datetime64
    industry: str


def with_industries(panel: Panel, path: str | Path) -> Panel:
    """Return `panel` with the field `industry` of a table.

    Parameters
    ----------
    panel : Panel
    path : path
        CSV with the columns symbol and industry (a name), and optionally date: the first day on which it holds, so
        that a security which changes its industry has several rows. Without a date a row holds from the beginning.

    Returns
    -------
    Panel
        `industry` (T, N) holds numbers of `Panel.industries`; NaN where the table says nothing.

    Raises
    ------
    DataError
        No such file, a missing column, a date that is none, two rows for one security and date, a code that is
        spelt otherwise than the panel's, no security in common.
    """
    path = Path(path)
    table = read_texts(path, ("symbol", "industry"), "industries")
    rows = _dated(table, path, panel.symbols)
    column = {symbol: j for j, symbol in enumerate(panel.symbols)}
    rows = [row for row in rows if row[1] in column]
    if not rows:
        raise DataError(f"{path} names none of the {len(column)} securities, such as {', '.join(panel.symbols[:3])}")
    return industry_field(panel, [Membership(symbol, day, name) for day, symbol, name in rows])


def industry_field(panel: Panel, members: Sequence[Membership]) -> Panel:
    """Return `panel` with the field `industry` of `members`, which are securities of the panel.

    Rows without a day hold on all sessions, which is an assumption: `Panel.imputed` says so.
    """
    column = {symbol: j for j, symbol in enumerate(panel.symbols)}
    names = tuple(sorted({one.industry for one in members if one.industry}))
    number = {name: float(i) for i, name in enumerate(names)}
    codes = np.full(panel.shape, np.nan)
    beginning = np.datetime64("0001-01-01")
    dated = sorted((beginning if np.isnat(one.day) else one.day, one.symbol, one.industry) for one in members)
    for day, symbol, name in dated:
        codes[int(np.searchsorted(panel.sessions, day)) :, column[symbol]] = number.get(name, np.nan)
    undated = len({one.symbol for one in members if np.isnat(one.day)})
    how = f"of {undated} securities the table gives no day from which it holds: taken for all sessions"
    return replace(panel.with_fields({"industry": codes}, {"industry": how} if undated else {}), industries=names)


def _dated(table: pd.DataFrame, path: Path, known: Collection[str]) -> list[tuple[np.datetime64, str, str]]:
    """Return (first day, symbol, name) of every row."""
    texts = list(table["date"]) if "date" in table.columns else [""] * len(table)
    rows, seen = [], set()
    symbols = [symbol.strip() for symbol in table["symbol"]]
    for i, (text, symbol, name) in enumerate(zip(texts, symbols, table["industry"], strict=True)):
        try:
            day = np.datetime64(datetime.date.fromisoformat(text), "D") if text else np.datetime64("NaT", "D")
        except ValueError:
            raise DataError(f"{path}:{i + 2}: `date` should be a day such as 2024-06-20, got {text!r}") from None
        if symbol not in known and is_no_symbol(symbol):
            raise DataError(f"{path}:{i + 2}: `symbol` {symbol!r} is no symbol of the data: {instead(symbol, known)}")
        if (str(day), symbol) in seen:
            raise DataError(f"{path}:{i + 2}: {symbol} has two industries from the same day: keep one")
        seen.add((str(day), symbol))
        rows.append((day, symbol, name.strip()))
    return rows
