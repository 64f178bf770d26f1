"""Stubs of the clients: their documented functions, tables and failures, and a clock that never sleeps."""

import inspect
import sys
import types
from datetime import datetime
from functools import partial

import pandas as pd
import pytest
from liangrong.core.fetch.pace import Clock

TOKEN = "0123456789abcdef-the-token"


class StillClock(Clock):
    """Time that passes only by sleeping."""

    def __init__(self, china: str = "2024-02-01 09:00") -> None:
        self.time = 0.0
        self.slept: list[float] = []
        self.china = datetime.fromisoformat(china)

    def seconds(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def in_china(self) -> datetime:
        return self.china


class Answers:
    """What a stub answers: by function and day a frame, else what `usual` makes; `failures` come first."""

    def __init__(self, usual) -> None:
        self.usual = usual
        self.special: dict[tuple[str, str], object] = {}
        self.failures: list[BaseException] = []
        self.calls: list[tuple[str, dict]] = []

    def of(self, name: str, day: str, given: dict) -> pd.DataFrame:
        self.calls.append((name, given))
        if self.failures:
            raise self.failures.pop(0)
        answer = self.special.get((name, day))
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, pd.DataFrame) else self.usual(name, day)

    def days(self, name: str) -> list[str]:
        """Return the days that a function was asked for."""
        keys = ("trade_date", "date", "ex_date")
        return [next(given[key] for key in keys if key in given) for asked, given in self.calls if asked == name]


# akshare 1.19.5, by inspect; tests/fetch/test_signatures.py compares where it is installed.


def stock_margin_detail_sse(date: str = "20230922") -> pd.DataFrame:
    return ANSWERS["akshare"].of("stock_margin_detail_sse", date, {"date": date})


def stock_margin_detail_szse(date: str = "20230925") -> pd.DataFrame:
    return ANSWERS["akshare"].of("stock_margin_detail_szse", date, {"date": date})


def stock_margin_detail_bse(date: str = "20260721") -> pd.DataFrame:
    return ANSWERS["akshare"].of("stock_margin_detail_bse", date, {"date": date})


def stock_zh_a_hist(
    symbol: str = "000001",
    period: str = "daily",
    start_date: str = "19700101",
    end_date: str = "20500101",
    adjust: str = "",
    timeout: float | None = None,
) -> pd.DataFrame:
    assert (period, adjust, timeout) == ("daily", "", None)
    return ANSWERS["akshare"].of("stock_zh_a_hist", symbol, {"symbol": symbol, "start": start_date, "end": end_date})


AKSHARE = (stock_margin_detail_sse, stock_margin_detail_szse, stock_margin_detail_bse, stock_zh_a_hist)
ANSWERS: dict[str, Answers] = {}

SSE = [
    *("信用交易日期", "标的证券代码", "标的证券简称"),
    *("融资余额", "融资买入额", "融资偿还额", "融券余量", "融券卖出量", "融券偿还量"),
]
SZSE = ["证券代码", "证券简称", "融资买入额", "融资余额", "融券卖出量", "融券余量", "融券余额", "融资融券余额"]
HIST = ["日期", "股票代码", "开盘", "收盘", "最高", "最低", "成交量", "成交额", "振幅", "涨跌幅", "涨跌额", "换手率"]


def sse(day: str, codes=("600000", "600036", "510050")) -> pd.DataFrame:
    """Return a day's table: the balance is 1,000,000 times the day of the month, plus the place of the security."""
    rows = [[day, code, "名", int(day[6:]) * 1_000_000 + i, 500, 400, 30, 20, 10] for i, code in enumerate(codes)]
    return pd.DataFrame(rows, columns=SSE)


def szse(day: str, codes=("000001", "300750")) -> pd.DataFrame:
    rows = [[code, "名　称", 600, int(day[6:]) * 1_000_000 + i, 5, 40, 400, 0] for i, code in enumerate(codes)]
    frame = pd.DataFrame(rows, columns=SZSE)
    return frame.assign(融资融券余额=frame["融资余额"] + frame["融券余额"])


def hist(code: str) -> pd.DataFrame:
    rows = [[datetime(2024, 1, d).date(), code, 10.0, 10.5, 11.0, 9.5, 100, 102_000.0, 1, 1, 1, 0.5] for d in (2, 3, 4)]
    return pd.DataFrame(rows, columns=HIST)


def usual_akshare(name: str, day: str) -> pd.DataFrame:
    if name == "stock_zh_a_hist":
        return hist(day)
    return {"sse": sse, "szse": szse, "bse": partial(szse, codes=("430047", "920002"))}[name.rpartition("_")[2]](day)


# tushare: the parameters that its pages document (输入参数), and those of every interface: limit, offset, fields.
_BY_DAY = ("ts_code", "trade_date", "start_date", "end_date")
TUSHARE = {
    "margin_detail": _BY_DAY,
    "daily": _BY_DAY,
    "daily_basic": _BY_DAY,
    "adj_factor": _BY_DAY,
    "stk_limit": _BY_DAY,
    "suspend_d": (*_BY_DAY, "suspend_type"),
    "margin_secs": (*_BY_DAY, "exchange"),
    "stock_st": _BY_DAY,
    "dividend": ("ts_code", "ann_date", "end_date", "record_date", "ex_date", "imp_ann_date"),
}
STOCKS = ("600000.SH", "600036.SH", "000001.SZ", "300750.SZ")
CAPS = {"stk_limit": 5800, "dividend": 2000, "stock_st": 1000}

MARGIN = ["trade_date", "ts_code", "name", "rzye", "rqye", "rzmre", "rqyl", "rzche", "rqchl", "rqmcl", "rzrqye"]
_DIVIDEND_DAYS = ("record_date", "ex_date")
_COLUMNS = {
    "margin_detail": (
        MARGIN,
        lambda d, i: ["名", int(d[6:]) * 1e6 + i, 400.0, 60_000.0, 40.0, 500.0, 5.0, 6.0, int(d[6:]) * 1e6 + i + 400],
    ),
    "daily": (
        ["ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "change", "pct_chg", "vol", "amount"],
        lambda _d, _i: [10.0, 11.0, 9.5, 10.5, 10.4, 0.1, 1.0, 1000.0, 1020.0],
    ),
    "daily_basic": (["ts_code", "trade_date", "close", "float_share", "circ_mv"], lambda _d, _i: [10.5, 200.0, 2100.0]),
    "adj_factor": (["ts_code", "trade_date", "adj_factor"], lambda _d, i: [1.5 + i]),
    "stk_limit": (["trade_date", "ts_code", "up_limit", "down_limit"], lambda _d, _i: [11.44, 9.36]),
    "margin_secs": (["trade_date", "ts_code", "name", "exchange"], lambda _d, i: ["名", "SSE" if i < 2 else "SZSE"]),
    "stock_st": (["ts_code", "name", "trade_date", "type", "type_name"], lambda _d, _i: []),
    "suspend_d": (["ts_code", "trade_date", "suspend_timing", "suspend_type"], lambda _d, _i: [None, "S"]),
    "dividend": (
        [
            *("ts_code", "end_date", "ann_date", "div_proc", "stk_div", "cash_div", "cash_div_tax"),
            "record_date",
            "ex_date",
        ],
        lambda _d, _i: [],
    ),
}


def tushare_table(name: str, day: str, codes=STOCKS) -> pd.DataFrame:
    """Return a day's table; suspensions and dividends are empty."""
    columns, values = _COLUMNS[name]
    if name in ("suspend_d", "dividend"):
        return pd.DataFrame([], columns=columns)
    if name == "stock_st":
        rows = [[code, "*ST", day, "ST", "风险警示板"] for code in codes]
    else:
        first = [[day, code] if columns[0] == "trade_date" else [code, day] for code in codes]
        rows = [[*key, *values(day, i)] for i, key in enumerate(first)]
    return pd.DataFrame(rows, columns=columns)


class Pro:
    """As tushare's DataApi: any attribute is a function of keywords."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def query(self, api_name: str, fields: str = "", **given) -> pd.DataFrame:
        signature(api_name).bind(**given, fields=fields)
        day = given.get("trade_date") or given["ex_date"]
        answer = self._answers.of(api_name, day, given)
        start, cap = given.get("offset", 0), CAPS.get(api_name, 6000)
        return answer.iloc[start : start + min(given.get("limit", cap), cap)].reset_index(drop=True)

    def __getattr__(self, name: str):
        return partial(self.query, name)


def signature(name: str) -> inspect.Signature:
    """Return the documented signature of an interface of tushare."""
    names = (*TUSHARE[name], "limit", "offset", "fields")
    return inspect.Signature([inspect.Parameter(one, inspect.Parameter.KEYWORD_ONLY, default="") for one in names])


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def akshare(monkeypatch) -> Answers:
    """Put a module akshare in place and return what it answers."""
    module = types.ModuleType("akshare")
    for function in AKSHARE:
        setattr(module, function.__name__, function)
    monkeypatch.setitem(sys.modules, "akshare", module)
    answers = Answers(usual_akshare)
    monkeypatch.setitem(ANSWERS, "akshare", answers)
    return answers


@pytest.fixture
def tushare(monkeypatch) -> Answers:
    """Put a module tushare in place, and the token in the environment, and return what it answers."""
    answers = Answers(tushare_table)
    module = types.ModuleType("tushare")

    def pro_api(token: str = "", timeout: int = 30) -> Pro:
        assert (token, timeout) == (TOKEN, 30)
        return Pro(answers)

    def set_token(token: str) -> None:
        raise AssertionError(f"it writes the token {token} to a file")

    setattr(module, "pro_api", pro_api)  # noqa: B010 - a module made here has no such attribute for the checker
    setattr(module, "set_token", set_token)  # noqa: B010
    monkeypatch.setitem(sys.modules, "tushare", module)
    monkeypatch.setenv("TUSHARE_TOKEN", TOKEN)
    return answers
