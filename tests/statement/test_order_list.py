"""Order lists as users write them: both languages, encodings, digits and dates; and one clear message for each slip."""

import math

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.statement.broker_words import KINDS
from liangrong.core.statement.order_list import read_list, read_orders
from liangrong.core.types import OrderKind
from sources.containers import workbook

HEADER = "date,symbol,kind,shares,amount,price"


def written(folder, text, encoding="utf-8"):
    path = folder / "orders.csv"
    path.write_bytes(text.encode(encoding))
    return path


def read(folder, *rows, header=HEADER, encoding="utf-8"):
    return read_orders(written(folder, "\n".join([header, *rows]) + "\n", encoding))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("buy", OrderKind.BUY),
        ("SELL", OrderKind.SELL),
        ("Margin_Buy", OrderKind.MARGIN_BUY),
        ("sell to repay", OrderKind.SELL_TO_REPAY),
        ("short-sell", OrderKind.SHORT_SELL),
        ("buy_to_return", OrderKind.BUY_TO_RETURN),
        ("return_shares", OrderKind.RETURN_SHARES),
        ("担保品买入", OrderKind.BUY),
        ("担保品卖出", OrderKind.SELL),
        ("融资买入", OrderKind.MARGIN_BUY),
        ("卖券还款", OrderKind.SELL_TO_REPAY),
        ("融券卖出", OrderKind.SHORT_SELL),
        ("买券还券", OrderKind.BUY_TO_RETURN),
        ("直接还券", OrderKind.RETURN_SHARES),
        ("普通买入", OrderKind.BUY),
        ("信用卖出", OrderKind.SELL),
        ("现券还券", OrderKind.RETURN_SHARES),
    ],
)
def test_a_kind_is_known_by_its_english_and_its_chinese_names(tmp_path, name, kind):
    (row,) = read(tmp_path, f"2024-03-05,600000.SH,{name},100,,")
    assert (row.kind, row.shares, row.line) == (kind, 100.0, 2)


@pytest.mark.parametrize("name", ["repay", "直接还款", "现金还款"])
def test_a_repayment_has_an_amount_and_no_security(tmp_path, name):
    (row,) = read(tmp_path, f"2024-03-05,,{name},,1000.50,")
    assert (row.kind, row.amount, row.symbol) == (OrderKind.REPAY, 1000.5, "")
    assert math.isnan(row.shares)
    assert math.isnan(row.price)


def test_every_kind_has_a_name_in_each_language():
    for kind in OrderKind:
        names = [name for name, known in KINDS.items() if known is kind]
        assert kind.name.lower() in names
        assert any(not name.isascii() for name in names)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_chinese_file_in_the_usual_encodings(tmp_path, encoding):
    header = "成交日期,证券代码,业务类型,数量,金额,价格(元),佣金,利息,备注"
    rows = read(
        tmp_path,
        "20240305,600000,融资买入,1000,,10.05,5.00,,试",
        "2024/3/6,,直接还款,,5000,,,12.34,",
        header=header,
        encoding=encoding,
    )
    assert [row.date for row in rows] == [np.datetime64("2024-03-05"), np.datetime64("2024-03-06")]
    assert [row.figures for row in rows] == [{"commission": 5.0}, {"interest": 12.34}]
    assert (rows[0].symbol, rows[0].price) == ("600000", 10.05)


@pytest.mark.parametrize("day", ["2024-01-02", "20240102", "2024/1/2", "2024/01/02", "２０２４-０１-０２"])
def test_dates_in_the_usual_forms(tmp_path, day):
    (row,) = read(tmp_path, f"{day},600000.SH,buy,100,,")
    assert row.date == np.datetime64("2024-01-02")


@pytest.mark.parametrize("number", ['"12,300"', "12300", "12300.0", "１２３００", '"１２，３００"', " 12300 "])
def test_numbers_in_the_usual_forms(tmp_path, number):
    (row,) = read(tmp_path, f"2024-01-02,600000.SH,sell,{number},,")
    assert row.shares == 12_300.0


def test_a_row_of_the_account_and_blank_cells(tmp_path):
    header = "date,kind,cash,principal,accrued,maintenance_ratio,available_margin"
    rows = read(tmp_path, "2024-01-02,account,100,-,,,-5.5", "", "2024-01-03,账户,,0,0.00,2.6343,", header=header)
    assert [row.figures for row in rows] == [
        {"cash": 100.0, "available_margin": -5.5},
        {"principal": 0.0, "accrued": 0.0, "maintenance_ratio": 2.6343},
    ]
    assert {row.kind for row in rows} == {None}
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (
            "2024-01-02,600000.SH,margin_by,100,,",
            r"line 2, column `kind`: .*got 'margin_by': did you mean `margin_buy`\?",
        ),
        ("2024-01-02,600000.SH,,100,,", r"column `kind`: should be one of buy, sell, .*got ''"),
        ("2024-02-30,600000.SH,buy,100,,", "line 2: `2024-02-30` is not a day of the calendar"),
        ("tomorrow,600000.SH,buy,100,,", "line 2: `tomorrow` is not a day: expected"),
        (",600000.SH,buy,100,,", "line 2: `` is not a day: expected"),
        ("2024-01-02,600000.SH,buy,100,1000,", "line 2: give `shares` or `amount` of `buy`, got both: clear one"),
        ("2024-01-02,600000.SH,buy,,,", "line 2: `buy` should give `shares` or `amount`, got none"),
        ("2024-01-02,600000.SH,sell,,,", "line 2: `sell` should give `shares`, got none"),
        ("2024-01-02,,repay,,,", "line 2: `repay` should give `amount`, got none"),
        ("2024-01-02,,repay,100,,", "column `shares`: should be empty: `repay` takes an amount, got 100"),
        (
            "2024-01-02,600000.SH,short_sell,,100,",
            "column `amount`: should be empty: `short_sell` takes shares, got 100",
        ),
        ("2024-01-02,600000.SH,return_shares,100,,9", "column `price`: should be empty: `return_shares` is no trade"),
        ("2024-01-02,,buy,100,,", "column `symbol`: should name the security of `buy`, got nothing"),
        ("2024-01-02,600000.SH,buy,-100,,", "line 2, column `shares`: should not be negative, got -100"),
        ("2024-01-02,600000.SH,buy,100,,-1", "column `price`: should not be negative, got -1"),
        ("2024-01-02,600000.SH,buy,0,,", "column `shares`: should be above 0, or empty, got 0"),
        ("2024-01-02,600000.SH,buy,100.5,,", "column `shares`: should be a whole number, got 100.5"),
        ("2024-01-02,600000.SH,buy,many,,", "line 2, column `shares`: `many` is not a number"),
        ("2024-01-02,600000.SH,buy,1,000,,9", "line 2 has 7 cells, its header has 6: mend the row"),
        ("2024-01-02,600000.SH,account,,,", "column `symbol`: should be empty on a row of the kind `account`"),
        ("2024-01-02,,account,100,,", "column `shares`: should be empty on a row of the kind `account`, got 100"),
        ("2024-01-02,,account,,,", "a row of the kind `account` should give one of cash, principal, accrued"),
    ],
)
def test_a_row_that_says_no_order_is_refused(tmp_path, row, match):
    with pytest.raises(DataError, match=match):
        read(tmp_path, row)


@pytest.mark.parametrize(
    ("header", "row", "match"),
    [
        ("date,symbol,kind,shares,shares", "2024-01-02,600000.SH,buy,100,100", "has two columns for `shares`"),
        (
            "date,日期,symbol,kind,shares",
            "2024-01-02,2024-01-02,600000.SH,buy,100",
            "two columns for `date`: date and 日期",
        ),
        (
            "date,symbol,kind,share",
            "2024-01-02,600000.SH,buy,100",
            "line 1: unknown column `share`: did you mean `shares`",
        ),
        ("date,symbol,shares", "2024-01-02,600000.SH,100", "has no column for `kind`"),
        ("symbol,kind,shares", "600000.SH,buy,100", "has no column for `date` "),
        ("date,symbol,kind,shares", "", "has a header and no row"),
        (
            "date,symbol,kind,shares,cash",
            "2024-01-02,600000.SH,buy,100,5",
            "column `cash`: belongs on a row of the kind `account`, got 5 on one of the kind `buy`",
        ),
        (
            "date,kind,interest",
            "2024-01-02,account,5",
            "column `interest`: belongs on an order's row, got 5 on one of the kind `account`",
        ),
        ("date,kind,cash", "2024-01-02,account,-5", "column `cash`: should not be negative, got -5"),
    ],
)
def test_columns_that_do_not_fit_are_refused(tmp_path, header, row, match):
    with pytest.raises(DataError, match=match):
        read(tmp_path, row, header=header)


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(DataError, match=r"no order list at .*nowhere\.csv: give a CSV"):
        read_orders(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="is empty: expected a header line"):
        read_orders(written(tmp_path, ""))


@pytest.mark.parametrize("cell", ["abc", "1_000", "inf", "5%", "1.2.3", '"12,5"', '"1,23,456"'])
def test_a_cell_that_is_no_number_is_named_by_line_and_column(tmp_path, cell):
    with pytest.raises(DataError, match=r"orders\.csv line 3, column `price`: `"):
        read(tmp_path, "2024-01-02,600000.SH,buy,100,,9", f"2024-01-02,600000.SH,buy,100,,{cell}")


@pytest.mark.parametrize("row", [",,buy,,,", "打印日期 2024年1月,,,,,"])
def test_a_row_that_is_no_order_is_never_skipped(tmp_path, row):
    with pytest.raises(DataError, match=r"orders\.csv line 3: .* is no order: remove the row"):
        read(tmp_path, "2024-01-02,600000.SH,buy,100,,9", row)


def test_totals_and_remarks_are_no_rows_and_are_told(tmp_path):
    rows = [
        "2024-01-02,600000.SH,buy,100,,9",
        "小计,,,100,,",
        "2024-01-03,600000.SH,sell,100,,9",
        "合计,,,200,,",
        "备注：x,,,,,",
    ]
    found = read_list(written(tmp_path, "\n".join([HEADER, *rows]) + "\n"))
    assert [row.line for row in found.rows] == [2, 4]
    assert found.skipped == ("line 3: 小计", "line 5: 合计", "line 6: 备注：x")
    with pytest.raises(DataError, match=r"has 6 rows that are no order, line 3: 合计: remove them"):
        read(tmp_path, rows[0], *["合计,,,1,,"] * 6)


def test_what_brokers_write_above_and_between(tmp_path):
    text = (
        '信用账户成交明细\n成交日期;证券代码;操作;成交数量(股);成交价格(元)\n20240102;="600000";融资买入;100;9\n;;;;\n'
    )
    (row,) = read_orders(written(tmp_path, text + "成交日期;证券代码;操作;成交数量(股);成交价格(元)\n", "gb18030"))
    assert (row.symbol, row.kind, row.shares, row.price, row.line) == ("600000", OrderKind.MARGIN_BUY, 100.0, 9.0, 3)


def test_a_spreadsheet_is_an_order_list_too(tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(workbook([HEADER.split(","), ["2024-01-02", "600000.SH", "buy", "1,000", "", "9.5"]]))
    (row,) = read_orders(path)
    assert (row.shares, row.price, row.where) == (1000.0, 9.5, f"{path} row 2")
