"""Tables of akshare, by the names of its functions; margin details have the columns of the exchanges' own files."""

from .layout import Column, Derived, Layout

LAYOUTS = (
    Layout(
        name="akshare_zh_a_hist",
        description="akshare stock_zh_a_hist: bars (volume in lots; unadjusted unless asked otherwise)",
        source="akshare stock_zh_a_hist, bars",
        columns={
            "开盘": "open",
            "收盘": "close",
            "最高": "high",
            "最低": "low",
            "成交量": Column("volume", 100.0),
            "成交额": "amount",
            "换手率": Column("_turn", 0.01),
        },
        required=("date", "open", "high", "low", "close", "volume"),
        marks=("振幅", "涨跌额"),
        ignored=("振幅", "涨跌幅", "涨跌额"),
        derived=(
            Derived(
                "float_shares",
                ("volume", "_turn"),
                lambda values: _over(values["volume"], values["_turn"]),
                "volume / turnover rate (换手率), which is rounded to 0.01 %",
            ),
        ),
    ),
    Layout(
        name="akshare_zh_a_daily",
        description="akshare stock_zh_a_daily: bars with float shares (volume in shares)",
        source="akshare stock_zh_a_daily, bars",
        columns={
            "open": "open",
            "high": "high",
            "low": "low",
            "close": "close",
            "volume": "volume",
            "amount": "amount",
            "outstanding_share": "float_shares",
        },
        required=("date", "close", "volume", "float_shares"),
        marks=("outstanding_share",),
        ignored=("turnover",),
    ),
    Layout(
        name="akshare_allotment_cninfo",
        description="akshare stock_allotment_cninfo: rights issues (配股比例 for ten shares) -> corporate actions",
        source="akshare stock_allotment_cninfo (cninfo)",
        columns={
            "除权基准日": "date",
            "证券代码": "code",
            "配股比例": "rights_for_ten",
            "配股价格": "rights_price",
        },
        required=("date", "code", "rights_for_ten", "rights_price"),
        marks=("除权基准日", "配股比例"),
        ignored=("证券简称", "股权登记日", "公告日期", "配股缴款起始日", "配股缴款截止日", "配股上市日"),
        table="actions",
    ),
    Layout(
        name="akshare_margin_sse",
        description="akshare stock_margin_sse: totals of Shanghai (column 000001.SH)",
        source="Shanghai Stock Exchange, margin totals",
        columns={
            "融资余额": "financing_balance",
            "融资买入额": "financing_buy",
            "融券余量": "short_volume",
            "融券余量金额": "short_balance",
            "融券卖出量": "short_sell",
            "融资融券余额": "total_balance",
        },
        required=("date", "financing_balance"),
        marks=("融券余量金额",),
        symbol="000001.SH",
        scales={"financing_balance": (1.0, 1e4, 1e8)},
        scaled="market",
    ),
)


def _over(volume, fraction):
    import numpy as np

    usable = (volume > 0) & (fraction > 0)
    return np.divide(volume, fraction, out=np.full(len(volume), np.nan), where=usable)
