"""Plain daily bars: day, open, high, low, close, volume, with or without amount and code."""

from .base import Imported, Paths, Source, as_files
from .mainland import Layout, read_mainland

LAYOUT = Layout(
    source="daily bars, unadjusted",
    columns={
        "day": "date",
        "date": "date",
        "日期": "date",
        "code": "code",
        "symbol": "code",
        "证券代码": "code",
        "open": "open",
        "high": "high",
        "low": "low",
        "close": "close",
        "preclose": "pre_close",
        "pre_close": "pre_close",
        "volume": "volume",
        "amount": "amount",
    },
    required=("date", "open", "high", "low", "close", "volume"),
)
"""Prices in CNY, unadjusted; volume in shares; amount in CNY (checked where it is there: `check_units`)."""


def read(paths: Paths, *, symbol: str | None = None) -> Imported:
    """Return the panel of files with daily bars of the mainland exchanges.

    Parameters
    ----------
    paths : path or sequence of paths
        CSV. The security comes from the code column, from `symbol`, or from the name of the file
        (``600519_daily.csv``).
    symbol : str, optional
        Of files without a code column.

    Raises
    ------
    DataError, DateError
        See `read_mainland`.
    """
    return read_mainland(as_files(paths), LAYOUT, symbol=symbol)


SOURCE = Source(
    name="ohlcv", description="plain daily bars, CSV files (day, open, high, low, close, volume)", read=read
)
