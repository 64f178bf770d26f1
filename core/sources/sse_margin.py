"""Margin details of Shanghai (上海证券交易所融资融券明细): a file holds one security, or all securities of one day."""

from .base import Imported, Paths, Source, as_files
from .mainland import Layout, read_mainland

LAYOUT = Layout(
    source="Shanghai Stock Exchange, margin details",
    columns={
        "日期": "date",
        "信用交易日期": "date",
        "date": "date",
        "标的证券代码": "code",
        "证券代码": "code",
        "融资余额": "financing_balance",
        "本日融资余额": "financing_balance",
        "融资买入额": "financing_buy",
        "本日融资买入额": "financing_buy",
        "融资偿还额": "financing_repay",
        "本日融资偿还额": "financing_repay",
        "融券余量": "short_volume",
        "本日融券余量": "short_volume",
        "融券卖出量": "short_sell",
        "本日融券卖出量": "short_sell",
        "融券偿还量": "short_repay",
        "本日融券偿还量": "short_repay",
    },
    required=("financing_balance", "financing_buy", "financing_repay", "short_volume", "short_sell", "short_repay"),
    exchange="SH",
)
"""Shanghai publishes repayments, and the short side in shares only: no short balance in CNY."""


def read(paths: Paths, *, symbol: str | None = None) -> Imported:
    """Return the panel of files with margin details of Shanghai.

    Parameters
    ----------
    paths : path or sequence of paths
        CSV. The security comes from the code column, from `symbol`, or from the name of the file
        (``600519_margin_sse.csv``); the day from the date column or from the name (``rzrqjygk20240131.csv``).
    symbol : str, optional
        Of files without a code column.

    Raises
    ------
    DataError, DateError
        See `read_mainland`.
    """
    return read_mainland(as_files(paths), LAYOUT, symbol=symbol)


SOURCE = Source(name="sse_margin", description="margin details of Shanghai, CSV files (融资余额(元), …)", read=read)
