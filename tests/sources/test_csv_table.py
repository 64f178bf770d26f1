"""Cells: commas, dashes, wide spaces, blank rows; what cannot be read is named by line and column."""

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.sources.csv_table import read_table

COLUMNS = {"日期": "date", "融资余额": "financing_balance", "融券余量": "short_volume"}
REQUIRED = ("financing_balance",)


@pytest.fixture
def table_of(tmp_path):
    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "margin.csv"
        path.write_bytes(text.encode(encoding))
        return read_table(path, COLUMNS, REQUIRED)

    return write


def kinds(table) -> dict[str, int]:
    return {one.kind: one.count for one in table.findings}


def test_numbers_with_commas_dashes_and_blanks(table_of):
    table = table_of('日期,融资余额(元),融券余量\n2020-01-02,"1,234,567",-\n2020-01-03,12.5,\n2020-01-06,-3,0\n')
    np.testing.assert_array_equal(table.numbers("financing_balance"), [1234567, 12.5, -3])
    np.testing.assert_array_equal(table.numbers("short_volume"), [np.nan, np.nan, 0])
    assert kinds(table) == {"thousands_comma": 1, "missing_value": 2}
    assert [one.examples for one in table.findings] == [("line 2, `financing_balance`",), ("line 2", "line 3")]


def test_wide_spaces_and_marks_are_stripped_and_reported(table_of):
    table = table_of("日期\ufffc, 融资余额（元）\n\u30002020-01-02\u3000,\xa05\n2020-01-03,6\n", "utf-8-sig")
    assert table.texts["date"] == ["2020-01-02", "2020-01-03"]
    np.testing.assert_array_equal(table.numbers("financing_balance"), [5, 6])
    assert kinds(table) == {"wide_space": 2}


def test_blank_rows_and_repeated_headers_are_counted(table_of):
    table = table_of("日期,融资余额\n\n2020-01-02,5\n,\n日期,融资余额\n2020-01-03,6\n")
    assert table.lines == [3, 6]
    assert kinds(table) == {"blank_row": 2, "repeated_header": 1}


def test_columns_without_a_field_are_reported(table_of):
    table = table_of("日期,融资余额,证券简称\n2020-01-02,5,茅台\n")
    assert [(one.kind, one.examples) for one in table.findings] == [("unused_column", ("证券简称",))]


def test_gb18030_is_read(table_of):
    assert table_of("日期,融资余额\n2020-01-02,5\n", "gb18030").texts["financing_balance"] == ["5"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"margin\.csv is empty: expected a header line"),
        ("\n\n", r"margin\.csv is empty"),
        ("日期,融资余额\n", "has a header and no row: nothing to import"),
        ("日期,融资余额\n\n,\n", "has a header and no row"),
        (
            "日期,融资余额(万元)\n2020-01-02,5\n",
            r"no column for `financing_balance` \(expected 融资余额\); its columns are 日期, 融资余额\(万元\)",
        ),
        ("日期,融资余额,融资余额(元)\n2020-01-02,5,6\n", "two columns for `financing_balance`: 融资余额 and 融资余额"),
        ("日期,融资余额\n2020-01-02\n", "line 2 has 1 cells, its header has 2: mend the row"),
        ("日期,融资余额\n2020-01-02,1,234\n", "line 2 has 3 cells, its header has 2"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(table_of, text, message):
    with pytest.raises(DataError, match=message):
        table_of(text)


@pytest.mark.parametrize("cell", ["abc", "1_000", "inf", "5%", "1.2.3"])
def test_a_cell_that_is_no_number_is_named_by_line_and_column(table_of, cell):
    table = table_of(f"日期,融资余额\n2020-01-02,5\n2020-01-03,{cell}\n")
    with pytest.raises(DataError, match=rf"margin\.csv line 3, column `financing_balance`: `{cell}` is not a number"):
        table.numbers("financing_balance")


@pytest.mark.parametrize("cell", ["12,5", "1,2345", "1,23,456"])
def test_a_decimal_comma_is_never_thousands(table_of, cell):
    table = table_of(f'日期,融资余额\n2020-01-02,"{cell}"\n')
    with pytest.raises(
        DataError, match=rf"line 2, column `financing_balance`: `{cell}` has a comma that does not part"
    ):
        table.numbers("financing_balance")


def test_neither_encoding(table_of):
    with pytest.raises(DataError, match="neither UTF-8 nor gb18030"):
        table_of("日期,融资余额\n\uff61\n", "utf-16")


def test_a_spreadsheet_is_refused(tmp_path):
    path = tmp_path / "rzrqjygk20240131.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(DataError, match="is a spreadsheet: save it as CSV"):
        read_table(path, COLUMNS, REQUIRED)
