"""Margin details of Shenzhen and Beijing (融资融券明细), whose columns are the same: the codes tell them apart."""

from .layout import Layout

_COLUMNS = {
    "融资买入额": "financing_buy",
    "融资余额": "financing_balance",
    "融券卖出量": "short_sell",
    "融券余量": "short_volume",
    "融券余额": "short_balance",
    "融资融券余额": "total_balance",
}
_REQUIRED = ("financing_balance", "financing_buy", "short_volume", "short_sell", "short_balance")
_NAMES = ("证券简称", "股票简称")

LAYOUTS = (
    Layout(
        name="szse_margin",
        description="Margin details of Shenzhen: its .xlsx, akshare stock_margin_detail_szse, CSV (融券余额)",
        source="Shenzhen Stock Exchange, margin details",
        columns=_COLUMNS,
        required=_REQUIRED,
        ignored=_NAMES,
        exchange="SZ",
    ),
    Layout(
        name="bse_margin",
        description="Margin details of Beijing: its file, akshare's of Beijing (the columns of Shenzhen)",
        source="Beijing Stock Exchange, margin details",
        columns=_COLUMNS,
        required=_REQUIRED,
        ignored=_NAMES,
        exchange="BJ",
    ),
    Layout(
        name="margin_details",
        description="Margin details of several exchanges in one file; each code tells its own",
        source="margin details of several exchanges",
        columns={**_COLUMNS, "融资偿还额": "financing_repay", "融券偿还量": "short_repay", "差值": "spread"},
        required=("financing_balance",),
        ignored=(*_NAMES, "标的证券简称"),
        is_told=False,
    ),
)
"""Shenzhen publishes no repayments: they stay absent here and are derived, flagged as imputed, elsewhere."""
