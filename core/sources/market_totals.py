"""Margin totals of the whole market beside the level of an index: a panel of one column."""

from .base import Imported, Paths, Source, as_files
from .mainland import Layout, read_mainland

LAYOUT = Layout(
    source="margin totals of Shanghai and Shenzhen with the close of an index",
    columns={
        "date": "date",
        "交易日期": "date",
        "close": "close",
        "收盘-沪深300": "close",
        "rzye": "financing_balance",
        "融资-余额": "financing_balance",
        "rzmre": "financing_buy",
        "融资买入额": "financing_buy",
        "rzche": "financing_repay",
        "融资偿还额": "financing_repay",
        "rqye": "short_balance",
        "融券余额": "short_balance",
        "rqyl": "short_volume",
        "融券余量": "short_volume",
        "rqmcl": "short_sell",
        "融券卖出量": "short_sell",
        "rqchl": "short_repay",
        "融券偿还量": "short_repay",
        "rzrqye": "total_balance",
        "融资融券余额": "total_balance",
        "rzrqyecz": "spread",
        "融资融券余额差值": "spread",
    },
    required=(
        "date",
        "close",
        "financing_balance",
        "financing_buy",
        "financing_repay",
        "short_balance",
        "short_volume",
        "total_balance",
        "spread",
    ),
)
"""Two ways of writing the same columns: pinyin initials, and Chinese with the unit."""


def read(paths: Paths, *, symbol: str = "000300.SH") -> Imported:
    """Return the panel of files with the market's margin totals.

    Parameters
    ----------
    paths : path or sequence of paths
        CSV.
    symbol : str
        The index whose level is in the file; the column of the panel has its name.

    Raises
    ------
    DataError, DateError
        See `read_mainland`.

    Notes
    -----
    The level is no price: what would multiply it with a number of shares (short_balance = q x close) does not hold.
    """
    return read_mainland(as_files(paths), LAYOUT, symbol=symbol)


SOURCE = Source(
    name="market_totals", description="margin totals of the market with an index level, CSV files", read=read
)
