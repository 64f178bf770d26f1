"""Margin details of Shenzhen (深圳证券交易所融资融券明细): a file holds one security, or all securities of one day."""

from .base import Imported, Paths, Source, as_files
from .mainland import Layout, read_mainland

LAYOUT = Layout(
    source="Shenzhen Stock Exchange, margin details",
    columns={
        "日期": "date",
        "date": "date",
        "证券代码": "code",
        "融资买入额": "financing_buy",
        "融资余额": "financing_balance",
        "融券卖出量": "short_sell",
        "融券余量": "short_volume",
        "融券余额": "short_balance",
        "融资融券余额": "total_balance",
    },
    required=("financing_balance", "financing_buy", "short_volume", "short_sell", "short_balance"),
    exchange="SZ",
)
"""Shenzhen publishes no repayments: they stay absent here and are derived, flagged as imputed, elsewhere."""


def read(paths: Paths, *, symbol: str | None = None) -> Imported:
    """Return the panel of files with margin details of Shenzhen.

    Parameters
    ----------
    paths : path or sequence of paths
        CSV. The security comes from the code column (lost leading zeros are restored: Shenzhen's codes are the ones
        that begin with zeros), from `symbol`, or from the name of the file (``000001_margin_szse.csv``); the day from
        the date column or from the name of the file.
    symbol : str, optional
        Of files without a code column.

    Raises
    ------
    DataError, DateError
        See `read_mainland`.
    """
    return read_mainland(as_files(paths), LAYOUT, symbol=symbol)


SOURCE = Source(name="szse_margin", description="margin details of Shenzhen, CSV files (融券余额(元), …)", read=read)
