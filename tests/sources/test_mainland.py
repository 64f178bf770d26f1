"""Files of the mainland exchanges, as published and as they go wrong."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.sources import SOURCES, read

SSE = "日期,融资余额(元),融资买入额(元),融资偿还额(元),融券余量,融券卖出量,融券偿还量\n"
SSE_ROWS = [
    "2018-03-01,1000,100,50,200,10,5",
    "2018-03-02,1060,80,20,205,10,5",
    "2018-03-05,1050,10,20,210,10,5",
]
BARS = "day,open,high,low,close,volume\n"
SZSE = "证券代码,证券简称,融资买入额(元),融资余额(元),融券卖出量(股/份),融券余量(股/份),融券余额(元),融资融券余额(元)\n"


def kinds(imported) -> dict[str, int]:
    return {one.kind: one.count for one in imported.findings}


def sse(write, rows=SSE_ROWS, name="600519_margin_sse.csv", header=SSE, **options):
    return read("sse_margin", write(name, header + "\n".join(rows) + "\n"), **options)


def test_a_file_of_shanghai(write):
    panel, findings = sse(write)
    assert panel.symbols == ("600519.SH",)
    assert panel.sessions.astype(str).tolist() == ["2018-03-01", "2018-03-02", "2018-03-05"]
    np.testing.assert_array_equal(panel["financing_repay"][:, 0], [50, 20, 20])
    np.testing.assert_array_equal(panel["short_sell"][:, 0], [10, 10, 10])
    assert findings == ()
    assert "short_balance" not in panel
    assert not panel.imputed


def test_newest_first_is_sorted_and_said(write):
    imported = sse(write, SSE_ROWS[::-1])
    straight = sse(write)
    assert kinds(imported) == {"newest_first": 1}
    for name in straight.panel.fields:
        np.testing.assert_array_equal(imported.panel[name], straight.panel[name])


def test_rows_in_no_order_are_sorted(write):
    panel = sse(write, [SSE_ROWS[i] for i in (1, 2, 0)]).panel
    np.testing.assert_array_equal(panel["financing_balance"][:, 0], [1000, 1060, 1050])


def test_identical_duplicates_are_dropped_and_counted(write):
    imported = sse(write, [*SSE_ROWS, SSE_ROWS[1]])
    assert kinds(imported) == {"duplicate_row": 1}
    assert imported.findings[0].examples == ("600519_margin_sse.csv line 5",)
    assert imported.panel.shape == (3, 1)


def test_duplicates_that_conflict_are_refused(write):
    with pytest.raises(
        DataError,
        match=r"two rows of 600519\.SH on 2018-03-02 differ in `financing_buy`: 80 \(.*line 3\) and 81 \(.*line 5\)",
    ):
        sse(write, [*SSE_ROWS, "2018-03-02,1060,81,20,205,10,5"])


def test_a_negative_repayment_is_kept_and_said(write):
    imported = sse(write, [*SSE_ROWS, "2018-03-06,1060,5,-5,210,0,0"])
    assert kinds(imported) == {"negative_repayment": 1}
    assert imported.panel["financing_repay"][3, 0] == -5


@pytest.mark.parametrize("column", [1, 2, 4, 5])
def test_any_other_negative_value_is_refused(write, column):
    cells = SSE_ROWS[2].split(",")
    cells[column] = "-7"
    with pytest.raises(DataError, match=r"line 4: `.*` should not be negative, got -7"):
        sse(write, [*SSE_ROWS[:2], ",".join(cells)])


def test_a_dash_is_missing_and_a_zero_is_zero(write):
    imported = sse(write, [*SSE_ROWS, "2018-03-06,1060,10,0,-,0,"])
    assert kinds_sum(imported) == {"missing_value": 2}
    assert imported.panel["financing_repay"][3, 0] == 0
    assert np.isnan(imported.panel["short_volume"][3, 0])


def kinds_sum(imported) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in imported.findings:
        total[one.kind] = total.get(one.kind, 0) + one.count
    return total


def test_a_day_that_is_no_session_is_refused(write):
    with pytest.raises(DataError, match=r"600519_margin_sse\.csv line 5: 2018-03-10 is no trading session"):
        sse(write, [*SSE_ROWS, "2018-03-10,1,1,1,1,1,1"])


def test_a_truncated_day_is_restored(write):
    rows = ["2018-03-09,1000,100,50,200,10,5", "2018-03-1,1050,80,30,205,10,5", "2018-03-13,1060,20,10,210,10,5"]
    imported = sse(write, rows)
    assert imported.panel.sessions.astype(str).tolist() == ["2018-03-09", "2018-03-12", "2018-03-13"]
    assert imported.findings[0].examples == ("line 3: 2018-03-1 read as 2018-03-12",)


def test_a_row_whose_day_cannot_be_known_is_dropped_and_counted(write):
    rows = ["2018-03-09,1000,100,50,200,10,5", "2018-03-1,1000,50,50,205,10,5", "2018-03-15,1000,20,20,210,10,5"]
    imported = sse(write, rows)
    assert imported.panel.shape == (2, 1)
    assert kinds(imported) == {"truncated_date_dropped": 1}


def test_a_missing_column_is_named_with_those_found(write):
    header = SSE.replace("融资偿还额(元)", "备注")
    with pytest.raises(
        DataError, match=r"no column for `financing_repay` \(expected 融资偿还额 .*its columns are 日期, "
    ):
        sse(write, header=header)


def test_all_securities_of_one_day_with_the_day_in_the_name(write):
    header = "标的证券代码,标的证券简称,本日融资余额(元),本日融资买入额(元),本日融资偿还额(元),"
    header += "本日融券余量,本日融券卖出量,本日融券偿还量\n"
    path = write("rzrqjygk20240131.csv", header + '510050 ,50ETF,"1,000",10,5,0,0,0\n600519,贵州茅台,2000,20,5,7,1,2\n')
    imported = read("sse_margin", path)
    assert imported.panel.symbols == ("510050.SH", "600519.SH")
    assert imported.panel.sessions.astype(str).tolist() == ["2024-01-31"]
    assert kinds(imported) == {"thousands_comma": 1, "date_from_file_name": 1}
    np.testing.assert_array_equal(imported.panel["financing_balance"], [[1000, 2000]])


def test_a_day_in_the_name_that_is_no_session(write):
    path = write("rzrqjygk20240127.csv", SSE.replace("日期", "证券代码") + "600519,1,1,1,1,1,1\n")
    with pytest.raises(DataError, match="the day in its name, 2024-01-27, is no trading session"):
        read("sse_margin", path)


def test_neither_a_date_column_nor_a_day_in_the_name(write):
    path = write("detail.csv", SSE.replace("日期", "证券代码") + "600519,1,1,1,1,1,1\n")
    with pytest.raises(DataError, match="neither a date column nor a day in its name: name it with its day"):
        read("sse_margin", path)


def test_a_day_in_the_name_that_disagrees_with_the_rows(write):
    imported = sse(write, name="600519_20180302.csv")
    assert kinds(imported) == {"day_disagrees_with_file_name": 2}
    assert imported.panel.shape == (3, 1)


def test_neither_a_code_column_nor_a_code_in_the_name(write):
    with pytest.raises(DataError, match="no code column and its name does not begin with a code: give the symbol"):
        sse(write, name="margin.csv")
    assert sse(write, name="margin.csv", symbol="600519").panel.symbols == ("600519.SH",)


def test_a_symbol_that_contradicts_the_code_column(write):
    path = write("x.csv", SSE.replace("日期", "日期,证券代码") + "2018-03-01,600519,1,1,1,1,1,1\n")
    with pytest.raises(DataError, match=r"holds 600519\.SH, but the symbol given is 600000"):
        read("sse_margin", path, symbol="600000")


def test_a_file_of_shenzhen_with_lost_zeros_commas_and_wide_spaces(write):
    rows = '1,平　安\u3000,"1,100","20,000",100,300,3000,"23,000"\n300750,宁德时代,50,900,0,0,0,900\n'
    imported = read("szse_margin", write("szse_20240131.csv", SZSE + rows))
    assert imported.panel.symbols == ("000001.SZ", "300750.SZ")
    assert kinds(imported)["leading_zeros_restored"] == 1
    assert kinds(imported)["thousands_comma"] == 3
    np.testing.assert_array_equal(imported.panel["total_balance"], [[23000, 900]])
    assert "financing_repay" not in imported.panel


def test_lost_zeros_in_a_file_of_shanghai_are_refused(write):
    path = write("sse_20240131.csv", SSE.replace("日期", "证券代码") + "519,1,1,1,1,1,1\n")
    with pytest.raises(DataError, match=r"sse_20240131\.csv line 2: `519` has lost its leading zeros"):
        read("sse_margin", path)


def test_many_files_of_one_day_each(write):
    header = SSE.replace("日期", "证券代码")
    paths = [write(f"d{day}.csv", header + f"600519,{day},1,1,1,1,1\n") for day in (20240131, 20240130)]
    panel = read("sse_margin", paths).panel
    np.testing.assert_array_equal(panel["financing_balance"][:, 0], [20240130, 20240131])


def test_plain_bars(write):
    path = write("600519_daily.csv", BARS + "2018-03-01,10,11,9,10.5,1000\n2018-03-02,10.5,10.5,10,10,500\n")
    panel, findings = read("ohlcv", path)
    np.testing.assert_array_equal(panel["close"][:, 0], [10.5, 10])
    assert findings == ()


def test_a_negative_price_is_refused(write):
    path = write("600519_daily.csv", BARS + "2018-03-01,10,11,-9,10.5,1000\n")
    with pytest.raises(DataError, match=r"600519_daily\.csv line 2: `low` should not be negative, got -9"):
        read("ohlcv", path)


def test_a_price_of_zero_is_no_price(write):
    path = write("600519_daily.csv", BARS + "2018-03-01,0,0,0,10.5,0\n2018-03-02,10,11,9,10.5,5\n")
    imported = read("ohlcv", path)
    assert np.isnan(imported.panel["open"][0, 0])
    assert imported.panel["volume"][0, 0] == 0
    assert kinds_sum(imported) == {"zero_price": 3}


def test_a_bar_that_contradicts_itself_is_kept_and_said(write):
    imported = read("ohlcv", write("600519_daily.csv", BARS + "2018-03-01,10,11,9,11.5,1000\n"))
    assert kinds(imported) == {"inconsistent_bar": 1}
    assert imported.panel["close"][0, 0] == 11.5


def test_the_unit_of_volume_is_told_by_amount_and_price(write):
    days = ["2018-03-01", "2018-03-02", "2018-03-05", "2018-03-06", "2018-03-07"]
    rows = "".join(f"{day},10,11,9,10,100,100000\n" for day in days)
    path = write("600519_daily.csv", BARS.strip() + ",amount\n" + rows)
    imported = read("ohlcv", path)
    np.testing.assert_array_equal(imported.panel["volume"][:, 0], [10_000] * 5)
    assert kinds(imported) == {"unit_by_values": 1}
    assert (
        imported.findings[0].detail
        == "volume read as lots of 100 shares: as it stands, amount / volume is 100 times the close"
    )


def test_a_declared_unit_that_the_values_contradict_is_refused(write):
    days = ["20180301", "20180302", "20180305", "20180306", "20180307"]
    rows = "".join(f"600519.SH,{day},10,11,9,10,10000,100\n" for day in days)
    with pytest.raises(DataError, match=r"for 600519\.SH"):
        read("tushare_daily", write("daily.csv", "ts_code,trade_date,open,high,low,close,vol,amount\n" + rows))


def test_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(DataError, match=r"absent\.csv does not exist"):
        read("sse_margin", tmp_path / "absent.csv")


def test_a_folder_where_files_are_wanted_and_the_reverse(tmp_path, write):
    with pytest.raises(DataError, match="holds no file that could be a table"):
        read("ohlcv", tmp_path)
    with pytest.raises(DataError, match="this source reads one folder"):
        read("ashare", write("600519_daily.csv", BARS))


def test_no_path():
    with pytest.raises(DataError, match="no file to import"):
        read("ohlcv", [])


def test_unknown_source_and_option():
    with pytest.raises(ConfigError, match=r"there is no source `tushare`: .*`source` should be one of ashare, twse, "):
        read("tushare", "x.csv")
    with pytest.raises(ConfigError, match="source `ohlcv` has no option `code`: its options are symbol, day"):
        read("ohlcv", "x.csv", code="600519")
    with pytest.raises(ConfigError, match="source `twse` has no option `symbol`: it has none"):
        read("twse", "x.csv", symbol="2330")


def test_every_source_has_one_line_of_description():
    for name, source in SOURCES.items():
        assert source.name == name
        assert source.description
        assert "\n" not in source.description


def test_a_folder_of_pairs(tmp_path, write):
    write("600519_margin_sse.csv", SSE + "\n".join(SSE_ROWS) + "\n")
    write("600519_daily.csv", BARS + "2018-03-01,10,11,9,10,5000\n2018-03-02,10,11,9,10,5000\n")
    write("600000_daily.csv", BARS + "2018-03-02,10,11,9,10,5000\n")
    write("notes.txt", "mine")
    imported = read("ashare", tmp_path)
    assert imported.panel.symbols == ("600000.SH", "600519.SH")
    assert imported.panel.shape == (3, 2)
    assert kinds(imported) == {"unused_file": 1, "without_margin": 1}
    np.testing.assert_array_equal(imported.panel["close"][:, 1], [10, 10, np.nan])
    np.testing.assert_array_equal(imported.panel["financing_buy"][:, 0], [np.nan] * 3)


def test_a_folder_without_pairs(tmp_path):
    with pytest.raises(DataError, match=r"holds no file such as 600519_daily\.csv"):
        read("ashare", tmp_path)


def test_adjusted_closes_beside_short_balances_are_refused(tmp_path, write):
    days = ["2018-03-01", "2018-03-02", "2018-03-05", "2018-03-06", "2018-03-07"]
    header = SZSE.replace("证券代码,证券简称", "日期")
    write("000001_margin_szse.csv", header + "".join(f"{day},10,900,5,100,1000,1900\n" for day in days))
    write("000001_daily.csv", BARS + "".join(f"{day},5,5.2,4.9,5,10000\n" for day in days))
    with pytest.raises(
        DataError, match=r"short_balance / short_volume / close should be about 1, got 2 for 000001\.SZ"
    ):
        read("ashare", tmp_path)


def test_the_real_pairs_are_the_files_cell_by_cell(real):
    panel, findings = read("ashare", real / "ashare")
    assert findings == ()
    assert {"000001.SZ", "600519.SH"} <= set(panel.symbols)
    headers = {
        ("600519_margin_sse", "600519.SH"): {
            "融资余额(元)": "financing_balance",
            "融资偿还额(元)": "financing_repay",
            "融券偿还量": "short_repay",
        },
        ("600519_daily", "600519.SH"): {"open": "open", "close": "close", "volume": "volume"},
        ("000001_margin_szse", "000001.SZ"): {
            "融资买入额(元)": "financing_buy",
            "融券余额(元)": "short_balance",
            "融资融券余额(元)": "total_balance",
        },
        ("000001_daily", "000001.SZ"): {"high": "high", "low": "low", "volume": "volume"},
    }
    for (name, symbol), fields in headers.items():
        column = panel.symbols.index(symbol)
        frame = pd.read_csv(real / "ashare" / f"{name}.csv", index_col=0, parse_dates=True)
        for header, field in fields.items():
            got = pd.Series(panel[field][:, column], index=pd.DatetimeIndex(panel.sessions)).dropna()
            np.testing.assert_array_equal(got.to_numpy(), frame[header].to_numpy())
            assert (got.index == frame.index).all()
