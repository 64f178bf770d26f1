"""Everything in the folder of real data imports as it comes, and is what a slow reader finds in it, cell by cell."""

import json

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import DataError
from liangrong.core.sources.recognise import recognise
from oracles.slow_reader import slow_read

PLAIN = {name: (name, "1") for name in ("open", "high", "low", "close", "volume")}
BALANCES = {
    "rzye": ("financing_balance", "1"),
    "rzmre": ("financing_buy", "1"),
    "rqyl": ("short_volume", "1"),
    "rqmcl": ("short_sell", "1"),
}
SSE = {
    "融资余额(元)": ("financing_balance", "1"),
    "融资买入额(元)": ("financing_buy", "1"),
    "融资偿还额(元)": ("financing_repay", "1"),
    "融券余量": ("short_volume", "1"),
    "融券卖出量": ("short_sell", "1"),
    "融券偿还量": ("short_repay", "1"),
}
SZSE = {
    "融资买入额(元)": ("financing_buy", "1"),
    "融资余额(元)": ("financing_balance", "1"),
    "融券卖出量": ("short_sell", "1"),
    "融券余量": ("short_volume", "1"),
    "融券余额(元)": ("short_balance", "1"),
    "融资融券余额(元)": ("total_balance", "1"),
}
YI = {
    "fin_balance": ("financing_balance", "1e8"),
    "loan_balance": ("short_balance", "1e8"),
    "fin_buy": ("financing_buy", "1e8"),
}
JOINQUANT = {**PLAIN, "money": ("amount", "1"), "high_limit": ("limit_up", "1"), "low_limit": ("limit_down", "1")}
# file, source, columns, header of the days, symbol
FILES = [
    ("ashare/600519_daily.csv", "ohlcv", PLAIN, "day", "600519.SH"),
    ("ashare/600036_daily.csv", "ohlcv", PLAIN, "day", "600036.SH"),
    ("ashare/000001_daily.csv", "ohlcv", PLAIN, "day", "000001.SZ"),
    ("ashare/000651_daily.csv", "ohlcv", PLAIN, "day", "000651.SZ"),
    ("ashare/600519_margin_sse.csv", "sse_margin", SSE, "日期", "600519.SH"),
    ("ashare/600036_margin_sse.csv", "sse_margin", SSE, "日期", "600036.SH"),
    ("ashare/000001_margin_szse.csv", "szse_margin", SZSE, "日期", "000001.SZ"),
    ("ashare/000651_margin_szse.csv", "szse_margin", SZSE, "日期", "000651.SZ"),
    ("ashare300/pairs/raw/sh.600000.csv", "ohlcv", PLAIN, "date", "600000.SH"),
    ("ashare300/pairs/forward_adjusted/sh.601727.csv", "ohlcv", PLAIN, "date", "601727.SH"),
    ("dialects/sse_totals_opdate.csv", "sse_totals", BALANCES, "opDate", "000001.SH"),
    ("dialects/eastmoney_account_totals_yi_yuan.csv", "market_totals", YI, "date", "000300.SH"),
    (
        "dialects/baostock_k_data_forward_adjusted.csv",
        "baostock",
        {**PLAIN, "preclose": ("pre_close", "1"), "amount": ("amount", "1"), "isST": ("is_st", "1")},
        "date",
        None,
    ),
    ("dialects/joinquant_get_price_forward_adjusted.csv", "joinquant_get_price", JOINQUANT, None, "000001.SZ"),
]


@pytest.mark.parametrize(("name", "source", "columns", "date", "symbol"), FILES, ids=[one[0] for one in FILES])
def test_a_real_file_is_what_a_slow_reader_finds(real, name, source, columns, date, symbol):
    options = {"symbol": symbol} if source == "joinquant_get_price" else {}
    found = recognise(real / name, **options)
    assert [one.source for one in found.taken] == [source]
    panel = found.panel
    expected = slow_read(real / name, columns, date, symbol)
    assert {(str(day), symbol) for day in panel.sessions for symbol in panel.symbols} == set(expected)
    for (day, one), values in expected.items():
        t, j = int(np.searchsorted(panel.sessions, np.datetime64(day))), panel.symbols.index(one)
        got = {field: panel[field][t, j] for field, _ in columns.values()}
        assert {field: value for field, value in got.items() if value == value} == {
            field: float(value) for field, value in values.items()
        }, (day, one)


@pytest.mark.parametrize(
    "name",
    [
        *("ashare", "ashare300/bars.parquet", "ashare300/pairs/raw", "ashare300/pairs/forward_adjusted"),
        *("ashare_market/raw.csv", "ashare_market/clean.csv", "twse", "twse/raw"),
    ],
)
def test_folders_and_large_files_import_as_they_come(real, name):
    found = recognise(real / name)
    assert found.panel is not None
    assert bool(found.panel.adjusted) == ("forward_adjusted" in name)
    for values in found.panel.fields.values():
        assert np.isfinite(values).any()


def test_a_file_that_says_no_code_gets_it_from_the_user(real):
    path = real / "dialects" / "joinquant_get_price_forward_adjusted.csv"
    with pytest.raises(DataError) as caught:
        recognise(path)
    assert f"`liangrong data import {path} --to DIR --option symbol=600519.SH`" in str(caught.value)
    assert recognise(path, symbol="000001.SZ").panel.symbols == ("000001.SZ",)


def test_records_of_totals_are_the_records(real):
    path = real / "dialects" / "eastmoney_totals_records.json"
    panel = recognise(path).panel
    records = json.loads(path.read_text(encoding="utf-8"))
    assert panel.sessions.astype(str).tolist() == [one["date"] for one in records]
    names = {
        "rzye": "financing_balance",
        "rzmre": "financing_buy",
        "rzche": "financing_repay",
        "rqye": "short_balance",
        "rqmcl": "short_sell",
        "rqchl": "short_repay",
        "rzrqye": "total_balance",
        "index": "close",
    }
    for key, field in names.items():
        assert panel[field][:, 0].tolist() == [float(one[key]) for one in records]


def test_the_table_of_taipei_is_its_rows_in_shares(real):
    path = real / "dialects" / "tpex_margin_balance_20260720.json"
    panel = recognise(path).panel
    table = json.loads(path.read_text(encoding="utf-8"))["tables"][0]
    assert panel.sessions.astype(str).tolist() == ["2026-07-20"]
    assert len(panel.symbols) == len(table["data"])
    place = {name: i for i, name in enumerate(table["fields"])}

    def lots(row: list[str], *names: str) -> float:
        return sum(float(row[place[name]].replace(",", "")) for name in names) * 1000

    for row in table["data"]:
        j = panel.symbols.index(f"{row[0]}.TW")
        assert panel["financing_volume"][0, j] == lots(row, "資餘額")
        assert panel["financing_buy_volume"][0, j] == lots(row, "資買")
        assert panel["financing_repay_volume"][0, j] == lots(row, "資賣", "現償")
        assert panel["short_volume"][0, j] == lots(row, "券餘額")
        assert panel["short_sell"][0, j] == lots(row, "券賣")
        assert panel["short_repay"][0, j] == lots(row, "券買", "券償")


def test_bars_of_200_securities_are_their_rows(real):
    path = real / "ashare300" / "bars.parquet"
    panel = recognise(path).panel
    frame = pd.read_parquet(path)
    assert panel.shape == (frame["date"].nunique(), frame["code"].nunique())
    wide = frame.assign(symbol=frame["code"].str[3:] + "." + frame["code"].str[:2].str.upper())
    for field in ("open", "close", "volume"):
        expected = wide.pivot_table(index="date", columns="symbol", values=field)  # one value in each cell
        got = panel[field][:, [panel.symbols.index(one) for one in expected.columns]]
        np.testing.assert_array_equal(got, expected.to_numpy())


def test_the_float_cap_that_the_market_published(real):
    """4.70 % of the float cap on 2015-07-03 is the peak; the balance's is 2.267 trillion CNY on 2015-06-18."""
    panel = recognise(real / "ashare_market" / "raw.csv").panel
    balance, cap = panel["financing_balance"][:, 0], panel["float_cap"][:, 0]
    share = balance / cap
    assert str(panel.sessions[np.nanargmax(balance)]) == "2015-06-18"
    assert round(float(np.nanmax(balance)) / 1e12, 3) == 2.267
    assert str(panel.sessions[np.nanargmax(share)]) == "2015-07-03"
    assert round(float(np.nanmax(share)) * 100, 2) == 4.70
