"""Margin totals of the whole market, with or without the level of an index beside them: a panel of one column."""

import numpy as np

from ..types import Row
from .eastmoney import FLOAT_CAP
from .layout import Column, Derived, Layout, Values
from .pinyin import PINYIN

_MONEY = (1.0, 1e4, 1e8)
_PERCENT_FROM = 10.0  # no market's accounts have ten times their debts on average, nor a tenth


def _fractions(values: Values) -> Row:
    """Return maintenance ratios as fractions: 257.28 is 2.5728."""
    ratios = values["_maintenance"]
    known = ratios[~np.isnan(ratios)]
    return ratios / 100.0 if known.size and float(np.median(known)) >= _PERCENT_FROM else ratios


LAYOUTS = (
    Layout(
        name="sse_totals",
        description="Margin totals of Shanghai as its site gives them (opDate, rzye, rzmre, rqyl, …)",
        source="Shanghai Stock Exchange, margin totals",
        columns={
            "opdate": "date",
            "rzye": "financing_balance",
            "rzmre": "financing_buy",
            "rqyl": "short_volume",
            "rqylje": "short_balance",
            "rqmcl": "short_sell",
            "rzrqjyzl": "total_balance",
        },
        required=("date", "financing_balance"),
        marks=("opdate",),
        symbol="000001.SH",
        scales={"financing_balance": _MONEY},
        scaled="market",
    ),
    Layout(
        name="market_totals",
        description="Margin totals of the market, in CNY, 10,000 or 100 million, with or without an index level",
        source="margin totals of Shanghai and Shenzhen",
        columns={
            **PINYIN,
            "close": "close",
            "index": "close",
            "new": "close",
            "收盘-沪深300": "close",
            "融资-余额": "financing_balance",
            "融资余额": "financing_balance",
            "fin_balance": "financing_balance",
            "融资买入额": "financing_buy",
            "fin_buy": "financing_buy",
            "fin_buy_amt": "financing_buy",
            "融资偿还额": "financing_repay",
            "融券余额": "short_balance",
            "loan_balance": "short_balance",
            "融券余量": "short_volume",
            "融券卖出量": "short_sell",
            "融券偿还量": "short_repay",
            "融资融券余额": "total_balance",
            "rzrqyecz": "spread",
            "融资融券余额差值": "spread",
            "rzyezb": Column("_share", 0.01),
            "融资余额占流通市值比": Column("_share", 0.01),
            "guarantee": "_maintenance",
            "平均维持担保比例": "_maintenance",
        },
        required=("financing_balance",),
        ignored=(
            *("zdf", "rzjme", "rzjmre", "rqjmg", "rqjmcl", "index_change", "涨跌幅(%)-沪深300", "净买入", "净买入(元)"),
            *(
                "融券净卖出",
                "融券净卖出(股)",
                "融券卖出额",
                "证券公司数量",
                "营业部数量",
            ),
            *("个人投资者数量", "机构投资者数量", "参与交易的投资者数量", "有融资融券负债的投资者数量", "担保物总价值"),
        ),
        symbol="000300.SH",
        scales={"financing_balance": _MONEY},
        scaled="market",
        derived=(FLOAT_CAP, Derived("average_maintenance", ("_maintenance",), _fractions, "")),
    ),
)
"""The level is no price: what would multiply it with a number of shares (short_balance = q x close) does not hold."""
