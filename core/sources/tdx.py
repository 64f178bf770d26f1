"""Exports of desktop programs (通达信 and its like): text in GBK, often named .xls, with a title above."""

from .layout import Layout, Values


def _adjusted(_: Values, titles: str) -> str:
    words = {"前复权": "forward-adjusted (前复权 in its title)", "后复权": "backward-adjusted (后复权 in its title)"}
    return next((meaning for word, meaning in words.items() if word in titles), "")


LAYOUTS = (
    Layout(
        name="tdx_bars",
        description="Bars with Chinese headers, such as a TDX export (日期, 开盘, 最高, 最低, 收盘, 成交量, 成交额)",
        source="bars with Chinese headers (TDX export)",
        columns={
            "开盘": "open",
            "最高": "high",
            "最低": "low",
            "收盘": "close",
            "开盘价": "open",
            "最高价": "high",
            "最低价": "low",
            "收盘价": "close",
            "前收盘": "pre_close",
            "前收盘价": "pre_close",
            "昨收": "pre_close",
            "成交量": "volume",
            "成交额": "amount",
            "成交金额": "amount",
        },
        required=("date", "open", "high", "low", "close", "volume"),
        ignored=("证券简称", "股票名称", "名称", "证券名称", "涨跌幅", "涨跌额", "振幅", "换手率"),
        scales={"volume": (1.0, 100.0), "amount": (1.0, 1e3, 1e4)},
        adjusted=_adjusted,
    ),
)
