"""Margin details of Shanghai (上海证券交易所融资融券明细): a file holds one security, or all securities of one day."""

from .layout import Layout

LAYOUTS = (
    Layout(
        name="sse_margin",
        description="Margin details of Shanghai: its .xls, akshare stock_margin_detail_sse, CSV (融资偿还额, …)",
        source="Shanghai Stock Exchange, margin details",
        columns={
            "标的证券代码": "code",
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
        ignored=("标的证券简称", "证券简称"),
        exchange="SH",
    ),
)
"""Shanghai publishes repayments, and the short side in shares only: no short balance in CNY."""
