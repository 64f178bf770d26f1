"""Tables of tushare, by the names of its interfaces; its units are lots, 1,000 CNY, 10,000 shares and 10,000 CNY."""

import numpy as np

from .layout import YES_NO, Column, Derived, Layout
from .pinyin import PINYIN

_LOTS, _THOUSAND, _TEN_THOUSAND = 100.0, 1e3, 1e4

LAYOUTS = (
    Layout(
        name="tushare_margin_detail",
        description="tushare margin_detail: margin details of all securities",
        source="tushare margin_detail",
        columns={**PINYIN, "trade_date": "date", "ts_code": "code"},
        required=("date", "code", "financing_balance", "financing_buy", "short_volume"),
        ignored=("name",),
        marks=("ts_code",),
    ),
    Layout(
        name="tushare_margin",
        description="tushare margin: totals of each exchange (columns of its index)",
        source="tushare margin, totals of the exchanges",
        columns={**PINYIN, "exchange_id": "code"},
        required=("date", "code", "financing_balance"),
        marks=("exchange_id",),
        codes={"SSE": "000001.SH", "SZSE": "399001.SZ", "BSE": "899050.BJ"},
    ),
    Layout(
        name="tushare_margin_secs",
        description="tushare margin_secs: the securities on the margin list, by day",
        source="tushare margin_secs",
        columns={},
        required=("date", "code"),
        marks=("ts_code", "exchange"),
        ignored=("name", "exchange"),
        present=("financing_eligible", "short_eligible"),
        lists=("financing_eligible", "short_eligible"),
    ),
    Layout(
        name="tushare_daily",
        description="tushare daily: unadjusted bars (volume in lots, amount in 1,000 CNY)",
        source="tushare daily, unadjusted bars",
        columns={
            "open": "open",
            "high": "high",
            "low": "low",
            "close": "close",
            "pre_close": "pre_close",
            "vol": Column("volume", _LOTS),
            "amount": Column("amount", _THOUSAND),
        },
        required=("date", "code", "close", "volume"),
        marks=("ts_code", "vol"),
        ignored=("change", "pct_chg", "name"),
    ),
    Layout(
        name="tushare_daily_basic",
        description="tushare daily_basic: float shares, float cap (10,000 shares, 10,000 CNY), static P/E",
        source="tushare daily_basic",
        columns={
            "close": "close",
            "float_share": Column("float_shares", _TEN_THOUSAND),
            "total_share": Column("outstanding_shares", _TEN_THOUSAND),
            "circ_mv": Column("float_cap", _TEN_THOUSAND),
            "pe": "pe_static",  # of the last annual report; empty for a loss
        },
        required=("date", "code"),
        marks=("ts_code", "circ_mv"),
        ignored=(
            *("turnover_rate", "turnover_rate_f", "volume_ratio", "pe_ttm", "pb", "ps", "ps_ttm"),
            *("dv_ratio", "dv_ttm", "free_share", "total_mv", "limit_status"),
        ),
        derived=(Derived("is_loss", ("pe_static",), lambda values: np.isnan(values["pe_static"]) * 1.0, ""),),
    ),
    Layout(
        name="tushare_adj_factor",
        description="tushare adj_factor: factors of adjustment",
        source="tushare adj_factor",
        columns={"adj_factor": "adj_factor"},
        required=("date", "code", "adj_factor"),
        marks=("ts_code",),
    ),
    Layout(
        name="tushare_stk_limit",
        description="tushare stk_limit: price limits",
        source="tushare stk_limit",
        columns={"pre_close": "pre_close", "up_limit": "limit_up", "down_limit": "limit_down"},
        required=("date", "code", "limit_up", "limit_down"),
        marks=("ts_code",),
        ignored=("name", "asset_type"),
    ),
    Layout(
        name="tushare_suspend_d",
        description="tushare suspend_d: suspensions, by day",
        source="tushare suspend_d",
        columns={
            "suspend_type": Column("_suspended", words=YES_NO),
            "suspend_timing": Column("_for_minutes", words={"": 0.0, "none": 0.0, "nan": 0.0, "*": 1.0}),
        },
        required=("date", "code", "_suspended"),
        lists=("suspended",),
        derived=(
            Derived(
                "suspended",
                ("_suspended", "_for_minutes"),
                lambda values: values["_suspended"] * (1.0 - values["_for_minutes"]),
                "",
            ),
            Derived("suspended", ("_suspended",), lambda values: values["_suspended"], ""),
        ),
    ),
    Layout(
        name="tushare_stock_st",
        description="tushare stock_st: securities under special treatment (ST), by day",
        source="tushare stock_st",
        columns={},
        required=("date", "code"),
        marks=("ts_code", "type_name"),
        ignored=("name", "type", "type_name"),
        present=("is_st",),
        lists=("is_st",),
    ),
    Layout(
        name="tushare_dividend",
        description="tushare dividend: dividends and bonus shares -> a table of corporate actions",
        source="tushare dividend",
        columns={
            "ex_date": "date",
            "cash_div_tax": "cash",
            "cash_div": "cash_after_tax",
            "stk_div": "ratio",
            "div_proc": "state",
        },
        required=("date", "code", "ratio"),
        marks=("ex_date", "stk_div"),
        ignored=(
            *("end_date", "ann_date", "stk_bo_rate", "stk_co_rate", "record_date", "pay_date", "div_listdate"),
            *("imp_ann_date", "base_date", "base_share", "name"),
        ),
        table="actions",
    ),
    Layout(
        name="tushare_stock_basic",
        description="tushare stock_basic: days of listing and delisting, industries",
        source="tushare stock_basic",
        columns={"ts_code": "code", "list_date": "listed", "delist_date": "delisted", "industry": "industry"},
        required=("code", "listed"),
        marks=("ts_code", "list_date"),
        ignored=(
            *("symbol", "name", "area", "fullname", "enname", "cnspell", "market", "exchange", "curr_type"),
            *("list_status", "is_hs", "act_name", "act_ent_type"),
        ),
        table="listings",
    ),
)
