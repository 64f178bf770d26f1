"""Bars that a client gives security by security (akshare's `stock_zh_a_hist`), unadjusted."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ..errors import ConfigError, DataError
from ..sources.codes import symbol_of
from .clients import Client
from .pace import NoAnswer, Pace
from .raw_folder import RawFolder, packed
from .served import Table

BARS = "stock_zh_a_hist"
"""akshare's function; its folder has one folder for each range of days, with a file for each security."""

_SHARES = {"SH": ("6",), "SZ": ("0", "3"), "BJ": ("4", "8", "9")}


def is_share(symbol: str) -> bool:
    """Return whether a symbol is one of shares, which are all that the function has; funds are not."""
    code, _, exchange = symbol.partition(".")
    return code.startswith(_SHARES.get(exchange, ()))


def checked_symbols(given: Iterable[str]) -> tuple[str, ...]:
    """Return the symbols that a user named.

    Raises
    ------
    ConfigError
        A code that is none, or no share.
    """
    out = []
    for code in given:
        try:
            symbol = symbol_of(code)[0]
        except DataError as error:
            raise ConfigError(f"`--symbols`: {error}") from None
        if not is_share(symbol):
            raise ConfigError(f"`--symbols`: {symbol} is no share, and akshare's {BARS} has only shares: leave it out")
        out.append(symbol)
    return tuple(dict.fromkeys(out))


def symbols_held(raw: RawFolder, tables: Sequence[Table], days: Iterable[np.datetime64]) -> tuple[list[str], int]:
    """Return the shares that the margin details of some days name, and how many of their securities are funds."""
    names = [packed(day) for day in days]
    found = {
        f"{code}.{table.exchange}"
        for table in tables
        for name in names
        for code in raw.codes(table.name, name, table.code)
    }
    shares = sorted(filter(is_share, found))
    return shares, len(found) - len(shares)


def range_name(start: np.datetime64, end: np.datetime64, symbol: str) -> str:
    """Return the name of an answer below the folder of the function."""
    return f"{packed(start)}-{packed(end)}/{symbol.partition('.')[0]}"


def ask_symbol(client: Client, pace: Pace, symbol: str, start: np.datetime64, end: np.datetime64) -> pd.DataFrame:
    """Return the unadjusted bars of a security; a frame without rows where there are none.

    Raises
    ------
    ConfigError, NoAnswer
        As `ask_day`.
    """
    code = symbol.partition(".")[0]
    parameters = {
        "symbol": code,
        "period": "daily",
        "start_date": packed(start),
        "end_date": packed(end),
        "adjust": "",
    }
    answer = pace.patiently(client, lambda: client.ask(BARS, parameters))
    if len(answer):
        lacking = [name for name in ("日期", "股票代码", "收盘") if name not in answer.columns]
        if lacking:
            raise NoAnswer(f"the answer has no column {', '.join(lacking)}")
        others = sorted({str(one).zfill(6) for one in answer["股票代码"]} - {code})
        if others:
            raise NoAnswer(f"the answer is of {', '.join(others[:3])}")
    return answer
