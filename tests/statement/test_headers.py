"""Headers and words of several brokers' exports, each by itself and as whole files."""

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.statement.account_file import read_debts
from liangrong.core.statement.broker_words import BOOKINGS, FORCED_KINDS, KINDS, OUTSIDE_WORDS, PARTS, SELF_WORDS
from liangrong.core.statement.order_list import read_list, read_orders
from liangrong.core.statement.word_meanings import named
from liangrong.core.types import OrderKind

USUAL = {
    "date": "成交日期",
    "symbol": "证券代码",
    "kind": "业务名称",
    "shares": "成交数量",
    "price": "成交均价",
    "value": "成交金额",
    "net": "发生金额",
    "commission": "佣金",
    "stamp_duty": "印花税",
    "transfer_fee": "过户费",
    "other_fees": "其他费",
    "interest": "利息",
    "principal_paid": "归还本金",
    "balance": "资金余额",
    "shares_left": "股份余额",
    "contract": "合约编号",
}
CELLS = {
    "date": "20240513",
    "symbol": '="600001"',
    "kind": "卖券还款",
    "shares": "-1,000",
    "price": "19.50",
    "value": "19,500.00",
    "net": "0.00",
    "commission": "5.00",
    "stamp_duty": "9.75",
    "transfer_fee": "0.20",
    "other_fees": "0.01",
    "interest": "195.00",
    "principal_paid": "19,290.05",
    "balance": "149,278.16",
    "shares_left": "2,000",
    "contract": "F2",
}


def read(folder, headers, cells, end=".csv", delimiter="\t", encoding="gb18030"):
    path = folder / f"delivery{end}"
    path.write_bytes("\n".join([delimiter.join(headers), delimiter.join(cells), ""]).encode(encoding))
    return read_orders(path)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        *(("date", header) for header in ("成交日期", "发生日期", "交收日期", "清算日期", "交易日期", "日期")),
        *(("symbol", header) for header in ("证券代码", "股票代码", "代码")),
        *(("kind", header) for header in ("业务名称", "操作", "摘要", "交易类别", "买卖标志", "业务标志", "业务类型")),
        *(("shares", header) for header in ("成交数量", "发生数量", "成交股数", "数量", "成交数量(股)")),
        *(("price", header) for header in ("成交均价", "成交价格", "成交价", "价格（元）")),
        *(("net", header) for header in ("发生金额", "清算金额", "收付金额", "资金发生数", "交收金额")),
        *(("balance", header) for header in ("剩余金额", "资金余额", "本次金额", "后资金额", "资金本次余额")),
        *(("shares_left", header) for header in ("股份余额", "证券余额", "股票余额", "剩余数量")),
        *(("commission", header) for header in ("手续费", "佣金", "净佣金")),
        *(("other_fees", header) for header in ("其他费", "其他费用", "其他杂费", "结算费", "附加费")),
        *(("contract", header) for header in ("融资合约", "合约编号", "合约序号", "融资合约编号")),
        *(("interest", header) for header in ("利息", "息费", "归还利息")),
    ],
)  # fmt: skip
def test_each_header_is_read_as_what_it_is(tmp_path, name, header):
    headers = {**USUAL, name: header}
    (row,) = read(tmp_path, headers.values(), CELLS.values(), ".xls")
    assert (row.date, row.symbol, row.kind) == (np.datetime64("2024-05-13"), "600001", OrderKind.SELL_TO_REPAY)
    assert (row.shares, row.price, row.contract) == (1_000.0, 19.5, "F2")
    assert row.figures == {
        "commission": 5.0, "stamp_duty": 9.75, "transfer_fee": 0.2, "interest": 195.0, "value": 19_500.0, "net": 0.0,
        "balance": 149_278.16, "other_fees": 0.01, "principal_paid": 19_290.05, "shares_left": 2_000.0,
    }  # fmt: skip


# Headers of whole exports, as brokers' terminals write them; the first of two of one meaning that is better is read.
@pytest.mark.parametrize(
    ("header", "line", "passed"),
    [
        (
            "成交日期,成交时间,证券代码,证券名称,操作,成交数量,成交编号,成交均价,成交金额,余额,发生金额,手续费,印花税,过户费,其他杂费,本次金额,合同编号,市场名称,股东帐户",
            "20240513,09:31:00,600001,邯郸钢铁,卖券还款,1000,11,19.5,19500,,0,5,9.75,0.2,0,149278.16,7,上海,E01",
            None,  # 余额 is money or shares: a header that says too little
        ),
        (
            "交收日期,成交日期,业务名称,证券代码,证券名称,成交价格,成交数量,剩余数量,成交金额,清算金额,剩余金额,净佣金,规费,印花税,过户费,结算费,附加费,成交编号,股东代码",
            "20240514,20240513,卖券还款,600001,邯郸钢铁,19.5,1000,2000,19500,0,149278.16,4,1,9.75,0.2,0,0,11,E01",
            (),
        ),
        (
            "发生日期,摘要,业务标志,证券代码,证券名称,买卖标志,成交价格,成交均价,发生数量,收付金额,发生金额,资金余额,可用余额,手续费,佣金,印花税,过户费,证券余额,币种",
            "20240513,卖券,卖券还款,600001,邯郸钢铁,卖出,19.49,19.5,1000,1,0,149278.16,1,6,5,9.75,0.2,2000,人民币",
            ("成交价格", "发生金额", "可用余额", "手续费"),
        ),
    ],
)
def test_whole_headers(tmp_path, header, line, passed):
    path = tmp_path / "delivery.csv"
    path.write_bytes(f"信用账户对账单\n{header}\n{line}\n".encode("gbk"))
    if passed is None:
        with pytest.raises(DataError, match="unknown column `余额`: did you mean"):
            read_list(path)
        return
    file = read_list(path)
    (row,) = file.rows
    assert (row.date, row.kind, row.shares, row.price) == (
        np.datetime64("2024-05-13"), OrderKind.SELL_TO_REPAY, 1_000.0, 19.5,
    )  # fmt: skip
    assert row.figures["balance"] == 149_278.16
    assert row.figures["commission"] + row.figures.get("levies", 0.0) == 5.0
    assert file.passed == passed


def test_two_columns_of_equal_right_are_one_error(tmp_path):
    with pytest.raises(DataError, match="two columns for `net`: 资金发生数 and 交收金额"):
        read(tmp_path, ["日期", "业务", "资金发生数", "交收金额"], ["20240513", "银行转证券", "1", "1"])


# ---- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "part"),
    [
        *((word, "interest") for word in ("偿还融资利息", "融资利息扣收", "归还融资利息", "信用偿还融资利息")),
        *((word, "principal") for word in ("偿还融资本金", "归还融资本金", "偿还融资负债本金")),
        *((word, "all") for word in ("归还融资负债", "偿还融资负债")),
        *((word, "fee") for word in ("融券费用", "偿还融券费用", "融券费用扣收")),
        *((word, "compensation") for word in ("融券权益补偿", "现金红利补偿")),
    ],
)
def test_payments_of_one_part(tmp_path, word, part):
    (row,) = read(tmp_path, ["发生日期", "业务名称", "发生金额", "合约编号"], ["20240513", word, "-195.00", "F2"])
    assert (row.kind, row.part, row.amount, row.contract) == (OrderKind.REPAY, part, 195.0, "F2")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("强制平仓卖券还款", OrderKind.SELL_TO_REPAY),
        ("平仓买券还券", OrderKind.BUY_TO_RETURN),
        ("强平担保品卖出", OrderKind.SELL),
        ("违约处置-卖券还款", OrderKind.SELL_TO_REPAY),
        ("forced_sell_to_repay", OrderKind.SELL_TO_REPAY),
    ],
)
def test_the_brokers_own_orders(word, kind):
    found = named(word, False)
    assert found is not None
    assert (found.kind, found.is_forced) == (kind, True)


@pytest.mark.parametrize("word", ["信用融资买入", "融资买入成交", "信用账户融资买入"])
def test_what_changes_nothing_is_taken_off_a_word(word):
    assert getattr(named(word, False), "kind", None) is OrderKind.MARGIN_BUY


@pytest.mark.parametrize("word", ["红股入账", "送股", "转增", "送股入账", "转增股入账"])
def test_bonus_shares_are_counted_in_shares(tmp_path, word):
    headers = ["发生日期", "业务名称", "代码", "发生数量", "发生金额"]
    (row,) = read(tmp_path, headers, ["20240513", word, "600001", "300", "0.00"])
    assert (row.booking, row.shares, row.symbol) == ("bonus_shares", 300.0, "600001")
    with pytest.raises(DataError, match=f"line 2: `{word}` should give `shares`, got none"):
        read(tmp_path, headers, ["20240513", word, "600001", "0", "0.00"])


@pytest.mark.parametrize("word", ["股息红利税补缴", "红利税", "股息个税征收"])
@pytest.mark.parametrize("sign", ["-", ""])
def test_a_dividend_tax_leaves_whatever_its_sign(tmp_path, word, sign):
    headers = ["发生日期", "业务名称", "代码", "发生金额"]
    (row,) = read(tmp_path, headers, ["20240513", word, "600001", f"{sign}27.00"])
    assert (row.booking, row.amount) == ("dividend_tax", 27.0)


def test_income_below_zero_is_one_error(tmp_path):
    with pytest.raises(DataError, match="line 2, column `net`: should not be negative, got -5"):
        read(tmp_path, ["发生日期", "业务名称", "发生金额"], ["20240513", "利息归本", "-5"])


def test_a_line_outside_the_account_is_read_whatever_its_cells(tmp_path):
    headers = ["发生日期", "业务名称", "代码", "发生数量", "价格", "发生金额", "佣金"]
    (row,) = read(tmp_path, headers, ["20240513", "配股缴款", "700001", "-30", "0", "-150", "0"])
    assert (row.booking, row.kind, row.figures) == ("outside", None, {"net": -150.0})


def test_no_word_means_two_things():
    tables = (KINDS, PARTS, BOOKINGS, FORCED_KINDS, OUTSIDE_WORDS, SELF_WORDS)
    words = [word for table in tables for word in table]
    assert len(words) == len(set(words))


# ---- debt queries ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "开仓日期,合约类型,证券代码,合约金额,未偿还金额,未还利息,未还数量,年利率,到期日,合约状态,合约编号",
        "合约日期,负债类型,代码,开仓金额,剩余本金,利息,剩余数量,融资利率,归还截止日,状态,合约序号",
        "合约开仓日期,信用交易类型,股票代码,合约开仓金额,未还本金,剩余利息,负债数量,利率,合约到期日期,备注,融资合约",
    ],
)
def test_headers_of_debt_queries(tmp_path, header):
    path = tmp_path / "query.xls"
    cells = '20240108 融资 ="600000" 30,007.80 7,365.56 66.63 1,500 8.35% 20240708 未了结 F1'
    rows = [header.split(","), cells.split(), ["合计", *[""] * 10]]
    path.write_bytes("\n".join("\t".join(row) for row in rows).encode("gbk"))
    (debt,) = read_debts(path).contracts
    assert (debt.kind, debt.symbol, str(debt.opened), debt.contract) == ("financing", "600000.SH", "2024-01-08", "F1")
    assert debt.figures == {
        "opened_amount": 30_007.8, "amount": 7_365.56, "accrued": 66.63, "shares": 1_500.0, "rate": 0.0835,
        "due": 20240708.0,
    }  # fmt: skip
