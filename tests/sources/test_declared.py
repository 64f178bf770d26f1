"""Each declared source on a few rows written by hand: what it is taken for, and every value that comes of it."""

import numpy as np
import pytest
from liangrong.core.panel.panel import FIELDS
from liangrong.core.sources import SOURCES
from liangrong.core.sources.catalogue import LAYOUTS
from liangrong.core.sources.recognise import recognise

# source, file name, text, {field: {symbol on day: value}}
CASES = {
    "tushare_margin_detail": (
        "margin_detail.csv",
        "trade_date,ts_code,name,rzye,rqye,rzmre,rqyl,rzche,rqchl,rqmcl,rzrqye\n"
        "20240103,600519.SH,贵州茅台,15000000000,20000000,300000000,12000,280000000,100,200,15020000000\n"
        "20240103,000001.SZ,平安银行,5000000000,9300000,60000000,1000000,,,50000,5009300000\n",
        {
            "financing_balance": {"600519.SH": 15e9, "000001.SZ": 5e9},
            "financing_buy": {"600519.SH": 3e8, "000001.SZ": 6e7},
            "financing_repay": {"600519.SH": 2.8e8, "000001.SZ": np.nan},
            "short_balance": {"600519.SH": 2e7, "000001.SZ": 9.3e6},
            "short_volume": {"600519.SH": 12000, "000001.SZ": 1e6},
            "short_sell": {"600519.SH": 200, "000001.SZ": 5e4},
            "short_repay": {"600519.SH": 100, "000001.SZ": np.nan},
            "total_balance": {"600519.SH": 15.02e9, "000001.SZ": 5.0093e9},
        },
    ),
    "tushare_margin": (
        "margin.csv",
        "trade_date,exchange_id,rzye,rzmre,rzche,rqye,rqmcl,rzrqye,rqyl\n"
        "20240103,SSE,800000000000,40000000000,41000000000,50000000000,1000000,850000000000,7000000\n"
        "20240103,SZSE,700000000000,30000000000,31000000000,20000000000,2000000,720000000000,3000000\n"
        "20240103,BSE,1000000000,90000000,80000000,1000000,3,1001000000,4\n",
        {
            "financing_balance": {"000001.SH": 8e11, "399001.SZ": 7e11, "899050.BJ": 1e9},
            "financing_repay": {"000001.SH": 4.1e10, "399001.SZ": 3.1e10, "899050.BJ": 8e7},
            "short_volume": {"000001.SH": 7e6, "399001.SZ": 3e6, "899050.BJ": 4},
        },
    ),
    "tushare_margin_secs": (
        "secs.csv",
        "trade_date,ts_code,name,exchange\n20240103,510050 .SH,50ETF,SSE\n20240103,000001.SZ,平安银行,SZSE\n",
        {
            "financing_eligible": {"510050.SH": 1, "000001.SZ": 1},
            "short_eligible": {"510050.SH": 1, "000001.SZ": 1},
        },
    ),
    "tushare_daily": (
        "daily.csv",
        "ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount\n"
        "000001.SZ,20240103,9.19,9.22,9.15,9.2,9.21,-0.01,-0.1086,733610.31,673673.613\n",
        {
            "open": {"000001.SZ": 9.19},
            "pre_close": {"000001.SZ": 9.21},
            "volume": {"000001.SZ": 73361031},
            "amount": {"000001.SZ": 673673613},
        },
    ),
    "tushare_daily_basic": (
        "daily_basic.csv",
        "ts_code,trade_date,close,turnover_rate,pe,total_share,float_share,free_share,total_mv,circ_mv\n"
        "000001.SZ,20240103,9.2,0.378,3.9226,1940591.8198,1940554.6950,809484.4,17853444.7422,17853103.1940\n"
        "000004.SZ,20240103,15.1,1.2,,13238.0282,12642.5,9000.0,199894.2,190901.7\n",
        {
            "float_shares": {"000001.SZ": 19405546950, "000004.SZ": 126425000},
            "outstanding_shares": {"000001.SZ": 19405918198, "000004.SZ": 132380282},
            "float_cap": {"000001.SZ": 178531031940, "000004.SZ": 1909017000},
            "pe_static": {"000001.SZ": 3.9226, "000004.SZ": np.nan},
            "is_loss": {"000001.SZ": 0, "000004.SZ": 1},  # tushare leaves the ratio of a loss empty
            "close": {"000001.SZ": 9.2, "000004.SZ": 15.1},
        },
    ),
    "tushare_adj_factor": (
        "adj.csv",
        "ts_code,trade_date,adj_factor\n000001.SZ,20240103,116.719\n",
        {"adj_factor": {"000001.SZ": 116.719}},
    ),
    "tushare_stk_limit": (
        "limit.csv",
        "trade_date,ts_code,pre_close,up_limit,down_limit\n20240103,000001.SZ,9.21,10.13,8.29\n",
        {"pre_close": {"000001.SZ": 9.21}, "limit_up": {"000001.SZ": 10.13}, "limit_down": {"000001.SZ": 8.29}},
    ),
    "tushare_suspend_d": (
        "suspend.csv",
        "ts_code,trade_date,suspend_timing,suspend_type\n"
        "000001.SZ,20240103,,S\n000002.SZ,20240103,09:30-10:00,S\n000004.SZ,20240103,,R\n",
        {"suspended": {"000001.SZ": 1, "000002.SZ": 0, "000004.SZ": 0}},
    ),
    "tushare_stock_st": (
        "st.csv",
        "ts_code,name,trade_date,type,type_name\n000004.SZ,ST国华,20240103,ST,风险警示板\n",
        {"is_st": {"000004.SZ": 1}},
    ),
    "akshare_zh_a_hist": (
        "hist.csv",
        "日期,股票代码,开盘,收盘,最高,最低,成交量,成交额,振幅,涨跌幅,涨跌额,换手率\n"
        "2024-01-03,000001,9.19,9.2,9.22,9.15,733610,673673613.0,0.76,-0.11,-0.01,0.38\n",
        {
            "open": {"000001.SZ": 9.19},
            "close": {"000001.SZ": 9.2},
            "high": {"000001.SZ": 9.22},
            "low": {"000001.SZ": 9.15},
            "volume": {"000001.SZ": 73361000},
            "amount": {"000001.SZ": 673673613},
            "float_shares": {"000001.SZ": 73361000 / 0.0038},
        },
    ),
    "akshare_zh_a_daily": (
        "000001.csv",
        "date,open,high,low,close,volume,amount,outstanding_share,turnover\n"
        "2024-01-03,9.19,9.22,9.15,9.2,73361031.0,673673613.0,19405546950.0,0.00378\n",
        {"float_shares": {"000001.SZ": 19405546950}, "volume": {"000001.SZ": 73361031}},
    ),
    "akshare_margin_sse": (
        "sse.csv",
        "信用交易日期,融资余额,融资买入额,融券余量,融券余量金额,融券卖出量,融资融券余额\n"
        "20240103,800000000000,40000000000,7000000,50000000000,1000000,850000000000\n",
        {"short_balance": {"000001.SH": 5e10}, "financing_balance": {"000001.SH": 8e11}},
    ),
    "baostock": (
        "bars.csv",
        "date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,isST\n"
        "2024-01-03,sh.600000,6.6,6.7,6.5,6.65,6.62,20000000,132000000.0,3,0.068,1,0.45,0\n"
        "2024-01-03,sz.000004,12,12,12,12,12,0,0,3,0,0,0,1\n",
        {
            "close": {"600000.SH": 6.65, "000004.SZ": 12},
            "suspended": {"600000.SH": 0, "000004.SZ": 1},
            "is_st": {"600000.SH": 0, "000004.SZ": 1},
            "float_shares": {"600000.SH": 20000000 / 0.00068, "000004.SZ": np.nan},
        },
    ),
    "joinquant_get_mtss": (
        "mtss.csv",
        ",date,sec_code,fin_value,fin_buy_value,fin_refund_value,sec_value,sec_sell_value,sec_refund_value,"
        "fin_sec_value\n0,2024-01-03,000001.XSHE,5000000000,60000000,50000000,1000000,50000,40000,5009300000\n",
        {
            "financing_balance": {"000001.SZ": 5e9},
            "financing_repay": {"000001.SZ": 5e7},
            "short_volume": {"000001.SZ": 1e6},
            "short_sell": {"000001.SZ": 5e4},
            "short_repay": {"000001.SZ": 4e4},
            "total_balance": {"000001.SZ": 5.0093e9},
        },
    ),
    "joinquant_get_price": (
        "000001.XSHE.csv",
        ",open,close,high,low,volume,money,avg,high_limit,low_limit,pre_close,paused,factor\n"
        "2024-01-03,9.19,9.2,9.22,9.15,73361031.0,673673613.0,9.18,10.13,8.29,9.21,0.0,1.0\n",
        {
            "amount": {"000001.SZ": 673673613},
            "limit_up": {"000001.SZ": 10.13},
            "limit_down": {"000001.SZ": 8.29},
            "suspended": {"000001.SZ": 0},
        },
    ),
    "rqdata_securities_margin": (
        "rq.csv",
        "order_book_id,date,margin_balance,buy_on_margin_value,margin_repayment,short_balance_quantity,"
        "short_sell_quantity,short_repayment_quantity,short_balance,total_balance\n"
        "600519.XSHG,2024-01-03,15000000000,300000000,280000000,12000,200,100,20000000,15020000000\n",
        {
            "financing_balance": {"600519.SH": 15e9},
            "financing_buy": {"600519.SH": 3e8},
            "financing_repay": {"600519.SH": 2.8e8},
            "short_volume": {"600519.SH": 12000},
            "short_sell": {"600519.SH": 200},
            "short_repay": {"600519.SH": 100},
            "short_balance": {"600519.SH": 2e7},
            "total_balance": {"600519.SH": 15.02e9},
        },
    ),
    "rqdata_get_price": (
        "rq.csv",
        "order_book_id,date,open,close,high,low,total_turnover,volume,prev_close,limit_up,limit_down,num_trades\n"
        "600519.XSHG,2024-01-03,1690,1694,1705,1688,3400000000,2010000,1685,1853.5,1516.5,40000\n",
        {"amount": {"600519.SH": 3.4e9}, "pre_close": {"600519.SH": 1685}, "limit_up": {"600519.SH": 1853.5}},
    ),
    "eastmoney_margin": (
        "em.csv",
        "DATE,SCODE,SECNAME,RZYE,RQYL,RZRQYE,RQYE,RQMCL,RZRQYECZ,RZJME,RZMRE,RZCHE,RQCHL,SPJ,SZ,RZYEZB\n"
        "2024-01-03 00:00:00,000001,平安银行,5000000000,1000000,5009200000,9200000,50000,4990800000,-,60000000,-,-,"
        "9.2,178531031940,2.5\n",
        {
            "spread": {"000001.SZ": 4.9908e9},
            "financing_repay": None,
            "close": {"000001.SZ": 9.2},
            "float_cap": {"000001.SZ": 2e11},
        },
    ),
    "tdx_bars": (
        "SH#600519.txt",
        "600519 贵州茅台 日线 不复权\n      日期\t    开盘\t    最高\t    最低\t    收盘\t    成交量\t    成交额\n"
        "2024/01/03\t1690.00\t1705.00\t1688.00\t1694.00\t2010000\t3404940000.00\n数据来源:通达信\n",
        {"close": {"600519.SH": 1694}, "volume": {"600519.SH": 2010000}, "amount": {"600519.SH": 3404940000}},
    ),
    "eligible_flags": (
        "标的证券_20240103.csv",
        "证券代码,证券简称,融资标的,融券标的,当日可融资,当日可融券\n000001,平安银行,Y,Y,Y,Y\n300750,宁德时代,Y,N,Y,N\n",
        {
            "financing_eligible": {"000001.SZ": 1, "300750.SZ": 1},
            "short_eligible": {"000001.SZ": 1, "300750.SZ": 0},
        },
    ),
    "haircuts": (
        "haircut_20240103.csv",
        "证券代码,证券简称,折算率(%)\n600519,贵州茅台,70\n000001,平安银行,65.5\n",
        {"haircut": {"600519.SH": 0.7, "000001.SZ": 0.655}},
    ),
    "borrow_rates": (
        "fees.csv",
        "日期,证券代码,融券费率(%),可融券数量(万股)\n20240103,600519,10.5,1.5\n20240103,000001,16,0\n",
        {
            "borrow_rate": {"600519.SH": 0.105, "000001.SZ": 0.16},
            "borrowable_shares": {"600519.SH": 15000, "000001.SZ": 0},
        },
    ),
    "borrowable_shares": (
        "supply.csv",
        "date,code,borrowable_shares\n2024-01-03,600519.SH,700\n2024-01-03,000001.SZ,\n",
        {"borrowable_shares": {"600519.SH": 700, "000001.SZ": np.nan}, "borrow_rate": None},
    ),
    "bse_margin": (
        "bse_20240103.csv",
        "证券代码,证券简称,融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n"
        "830799,艾融软件,100000,9000000,0,0,0,9000000\n",
        {
            "financing_balance": {"830799.BJ": 9e6},
            "financing_buy": {"830799.BJ": 1e5},
            "short_balance": {"830799.BJ": 0},
        },
    ),
    "sse_totals": (
        "rzrq.json",
        '{"result": [{"opDate": "20240103", "rzye": 800000000000, "rzmre": 40000000000, "rqyl": 7000000, '
        '"rqylje": 50000000000, "rqmcl": 1000000, "rzrqjyzl": 850000000000}]}',
        {"total_balance": {"000001.SH": 8.5e11}, "short_balance": {"000001.SH": 5e10}},
    ),
    "market_totals": (
        "totals.csv",
        "日期,融资余额(亿元),融资买入额(亿元),融券余额(亿元),平均维持担保比例\n2024-01-03,15812.34,701.5,702.01,259.5\n",
        {
            "average_maintenance": {"000300.SH": 2.595},
            "financing_balance": {"000300.SH": 1581234000000},
            "financing_buy": {"000300.SH": 70150000000},
            "short_balance": {"000300.SH": 70201000000},
        },
    ),
}


@pytest.fixture
def taken(tmp_path):
    def _taken(name: str, text: str, **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return recognise(path, **options)

    return _taken


@pytest.mark.parametrize("source", CASES)
def test_a_file_is_taken_for_its_source_and_gives_its_values(taken, source):
    name, text, expected = CASES[source]
    found = taken(name, text)
    assert [one.source for one in found.taken] == [source]
    assert found.panel is not None
    assert found.panel.sessions.astype(str).tolist() == ["2024-01-03"]
    assert not found.panel.adjusted
    for field, values in expected.items():
        if values is None:
            assert field not in found.panel
            continue
        assert set(found.panel.symbols) == set(values)
        for symbol, value in values.items():
            got = found.panel[field][0, found.panel.symbols.index(symbol)]
            np.testing.assert_equal(got, value, err_msg=f"{field} of {symbol}")


def test_every_source_of_panels_has_a_case_or_tests_of_its_own():
    elsewhere = {"sse_margin", "szse_margin", "margin_details", "ohlcv", "eligible_list", "canonical"}
    panels = {name for name, layout in LAYOUTS.items() if layout.table == "panel"}
    assert panels == set(CASES) | elsewhere
    assert panels <= set(SOURCES)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.name)
def test_declarations_name_canonical_fields_and_headers_as_they_are_compared(layout):
    beside = {"date", "code", "cash", "cash_after_tax", "ratio", "state", "listed", "delisted", "industry"}
    beside |= {"index", "entered", "left", "rights_ratio", "rights_for_ten", "rights_price", "successor"}
    for key, column in layout.meanings().items():
        assert key == key.lower().replace(" ", "")
        assert column.field in FIELDS or column.field in beside or column.field.startswith("_")
    for name in (*layout.present, *layout.lists, *layout.scales, *(one.field for one in layout.derived)):
        assert name in FIELDS
    assert not set(layout.ignored) & set(layout.columns)


def test_what_is_derived_is_noted(taken):
    panel = taken(*CASES["eastmoney_margin"][:2]).panel
    assert list(panel.imputed) == ["float_cap"]
    assert list(taken(*CASES["baostock"][:2]).panel.imputed) == ["float_shares"]


def test_baostock_and_joinquant_say_that_prices_are_adjusted(taken):
    text = CASES["baostock"][1].replace(",3,0.068", ",2,0.068").replace(",3,0,0", ",2,0,0")
    assert taken("bars.csv", text).panel.adjusted == "forward-adjusted (adjustflag 2)"
    text = CASES["joinquant_get_price"][1].replace(",0.0,1.0\n", ",0.0,0.9\n")
    assert taken("000001.XSHE.csv", text).panel.adjusted.startswith("adjusted by its column factor")
    text = CASES["tdx_bars"][1].replace("不复权", "前复权")
    assert "前复权" in taken("SH#600519.txt", text).panel.adjusted


def test_two_dialects_of_the_same_numbers_are_one_panel(taken):
    """tushare counts in lots and 1,000 CNY, plain bars in shares and CNY; Shanghai's headers are in Chinese."""
    rows = [
        ("20240103", 9.19, 9.22, 9.15, 9.2, 73361031, 673673613),
        ("20240104", 9.2, 9.21, 9.1, 9.11, 86400077, 790123455),
    ]
    tushare = "ts_code,trade_date,open,high,low,close,vol,amount\n" + "".join(
        f"000001.SZ,{d},{o},{h},{lo},{c},{v / 100:.2f},{a / 1000:.3f}\n" for d, o, h, lo, c, v, a in rows
    )
    plain = "date,code,open,high,low,close,volume,amount\n" + "".join(
        f"{d},sz000001,{o},{h},{lo},{c},{v},{a}\n" for d, o, h, lo, c, v, a in rows
    )
    one, other = taken("a.csv", tushare).panel, taken("b.csv", plain).panel
    assert one.symbols == other.symbols
    assert set(one.fields) == set(other.fields)
    for name in one.fields:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
