"""What files come in: spreadsheets, archives, parquet, JSON, data frames, encodings, delimiters; and what lies."""

import gzip
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import DataError
from liangrong.core.sources.recognise import recognise
from sources.containers import BARS, SSE_DAY, SSE_XLS, SZSE_ROWS, workbook


def kinds(found) -> dict[str, int]:
    return {one.kind: one.count for one in found.findings}


def closes(found) -> list[float]:
    return found.panel["close"][:, 0].tolist()


@pytest.fixture
def write(tmp_path):
    def _write(name: str, content: str | bytes, encoding: str = "utf-8"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return _write


def test_a_spreadsheet_of_shanghai(write):
    found = recognise(write("rzrqjygk20240103.xls", SSE_XLS))
    assert [one.source for one in found.taken] == ["sse_margin"]
    assert found.panel.symbols == ("510050.SH", "600519.SH")
    assert found.panel.sessions.astype(str).tolist() == ["2024-01-03"]
    np.testing.assert_array_equal(found.panel["financing_balance"], [[1e9, 15e9]])
    np.testing.assert_array_equal(found.panel["short_repay"], [[200, 100]])
    assert kinds(found) == {"date_from_file_name": 1}


def test_a_spreadsheet_of_shenzhen(write):
    found = recognise(write("szse_20240103.xlsx", workbook(SZSE_ROWS)))
    assert [one.source for one in found.taken] == ["szse_margin"]
    np.testing.assert_array_equal(found.panel["financing_balance"], [[5e9, 2000]])
    np.testing.assert_array_equal(found.panel["short_volume"], [[1e6, np.nan]])
    assert kinds(found) == {"date_from_file_name": 1, "thousands_comma": 9, "missing_value": 1}


def test_an_export_that_is_called_xls_and_is_text_is_read_and_said(write):
    text = '代码\t日期\t开盘\t最高\t最低\t收盘\t成交量\n="600519"\t2024-01-03\t10\t11\t9\t10\t100\n#数据来源:通达信\n'
    found = recognise(write("table.xls", text, "gb18030"))
    assert found.panel.symbols == ("600519.SH",)
    assert kinds(found) == {"named_otherwise": 1, "footnote_row": 1}


@pytest.mark.parametrize("text", ["<html><body>403 Forbidden</body></html>", "\n <!DOCTYPE html><table></table>"])
def test_a_web_page_is_named(write, text):
    with pytest.raises(DataError, match=r"margin\.xls is a web page, not a table"):
        recognise(write("margin.xls", text))


@pytest.mark.parametrize(
    "raw", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"PAR1broken"]
)
def test_a_damaged_file_gives_one_message(write, raw):
    with pytest.raises(DataError, match=r"x\.dat (is a|cannot be unpacked).*fetch (it|the file) again"):
        recognise(write("x.dat", raw))


def test_archives(write, tmp_path):
    plain = recognise(write("bars.csv", BARS)).panel
    packed = recognise(write("packed.csv.gz", gzip.compress(BARS.encode())))
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        head, *rows = BARS.splitlines(keepends=True)
        for i, row in enumerate(rows):
            archive.writestr(f"days/{i}.csv", head + row)
        archive.writestr("readme.md", "mine")
    zipped = recognise(tmp_path / "many.zip")
    for found in (packed, zipped):
        np.testing.assert_array_equal(found.panel["volume"], plain["volume"])
    assert kinds(zipped) == {"unused_file": 1}


def test_a_folder_of_daily_files_is_one_panel_and_its_findings_one_line_each(write, tmp_path):
    for day in ("20240102", "20240103", "20240104"):
        write(f"daily/rzrqjygk{day}.csv", SSE_DAY + f"600519,茅台,{day},1,1,1,1,1\n合计,,,,,,,\n")
    write("daily/notes.pdf", b"x")
    found = recognise(tmp_path / "daily")
    np.testing.assert_array_equal(found.panel["financing_balance"][:, 0], [20240102, 20240103, 20240104])
    assert kinds(found) == {"unused_file": 1, "footnote_row": 3, "date_from_file_name": 3}
    assert {one.where for one in found.findings} == {"daily", "3 files"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters(write, encoding, delimiter):
    text = "日期,股票代码,开盘价,最高价,最低价,收盘价,成交量\n2024-01-02,600000,10,11,9,10.5,1000\n".replace(
        ",", delimiter
    )
    found = recognise(write("bars.txt", text, encoding))
    assert closes(found) == [10.5]


def test_lines_end_as_they_like(write):
    assert closes(recognise(write("bars.csv", BARS.replace("\n", "\r\n")))) == [10.5, 10]
    assert closes(recognise(write("bars.csv", BARS.rstrip("\n")))) == [10.5, 10]
    assert closes(recognise(write("bars.csv", BARS.replace("\n", "\r")))) == [10.5, 10]


def test_json_in_its_shapes(write):
    records = [
        {"date": "2024-01-02", "code": "600000.SH", "open": 10, "high": 11, "low": 9, "close": 10.5, "volume": 7}
    ]
    shapes = [
        records,
        {"result": {"pages": 1, "data": records}},
        {"code": 0, "data": {"fields": list(records[0]), "items": [list(records[0].values())]}},
        {name: [value] for name, value in records[0].items()},
    ]
    for i, shape in enumerate(shapes):
        assert closes(recognise(write(f"bars{i}.json", json.dumps(shape)))) == [10.5]
    assert closes(recognise(write("lines.jsonl", json.dumps(records[0]) + "\n"))) == [10.5]
    found = recognise(write("bars.csv", json.dumps(records)))
    assert kinds(found) == {"named_otherwise": 1}


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "[]", '{"error": "no permission", "data": null}', "[{", '{"fields": ["a"], "items": []}']
)
def test_json_without_a_table_says_so(write, text):
    with pytest.raises(DataError, match=r"x\.json (is JSON without a table|begins like JSON|has columns and no row)"):
        recognise(write("x.json", text))


def test_parquet_and_data_frames_are_what_their_text_is(write, tmp_path):
    text = recognise(write("bars.csv", BARS)).panel
    frame = pd.read_csv(tmp_path / "bars.csv", parse_dates=["date"])
    frame.to_parquet(tmp_path / "bars.parquet")
    indexed = frame.set_index(["code", "date"])
    one = frame.drop(columns="code").set_index("date")
    one.index.name = None
    for given, symbol in ((tmp_path / "bars.parquet", None), (frame, None), (indexed, None), (one, "600000.SH")):
        panel = recognise(given, symbol=symbol).panel
        assert panel.symbols == text.symbols
        np.testing.assert_array_equal(panel.sessions, text.sessions)
        for name in text.fields:
            np.testing.assert_array_equal(panel[name], text[name])


def test_a_frame_of_codes_that_are_numbers():
    frame = pd.DataFrame({"日期": [20240103, 20240103], "证券代码": [1, 300750]})
    for name in ("融资买入额", "融资余额", "融券卖出量", "融券余量", "融券余额"):
        frame[name] = [5, 6]
    found = recognise(frame)
    assert found.panel.symbols == ("000001.SZ", "300750.SZ")
    assert kinds(found) == {"leading_zeros_restored": 1}


def test_frames_that_are_no_table():
    with pytest.raises(DataError, match="DataFrame has columns and no row"):
        recognise(pd.DataFrame({"date": []}))
    wide = pd.DataFrame([[1.0]], columns=pd.MultiIndex.from_tuples([("close", "600000.SH")]))
    with pytest.raises(DataError, match="columns in several levels"):
        recognise(wide)


def test_nothing_to_read(write, tmp_path):
    with pytest.raises(DataError, match="no file to import"):
        recognise([])
    with pytest.raises(DataError, match=r"absent\.csv does not exist"):
        recognise(tmp_path / "absent.csv")
    with pytest.raises(DataError, match=r"empty\.csv is empty"):
        recognise(write("empty.csv", " \n\n"))
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("readme.md", "x")
    with pytest.raises(DataError, match=r"none\.zip holds no file that could be a table"):
        recognise(tmp_path / "none.zip")


@pytest.mark.parametrize("levels", [990, 100_000])
def test_json_of_a_thousand_levels_is_one_message(tmp_path, levels):
    path = tmp_path / "deep.json"
    path.write_text("[" * levels + "]" * levels, encoding="utf-8")
    with pytest.raises(DataError, match=r"deep\.json is JSON"):
        recognise(path)


def test_an_empty_path_is_not_the_folder_in_which_one_works():
    with pytest.raises(DataError, match="an empty path is no file"):
        recognise("")
