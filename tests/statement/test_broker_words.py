"""Words and headers of brokers' exports: each is read, and an unknown one is answered with the nearest."""

import math
from datetime import date

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.statement.account_file import read_debts, read_opening
from liangrong.core.statement.broker_words import BOOKINGS, FORCED_KINDS
from liangrong.core.statement.order_list import read_orders
from liangrong.core.types import OrderKind

HEADER = "发生日期,证券代码,证券名称,业务名称,成交数量,成交价格,成交金额,发生金额,资金余额,股东代码"


def read(folder, *rows, header=HEADER):
    path = folder / "delivery.csv"
    path.write_bytes("\n".join([header, *rows, ""]).encode("gb18030"))
    return read_orders(path)


@pytest.mark.parametrize("header", ["业务", "业务名称", "业务标志", "操作", "买卖标志", "业务类型", "摘要"])
def test_each_header_of_the_kind_is_understood_alone(tmp_path, header):
    (row,) = read(
        tmp_path, "20240105,600000,融资买入,100,10.00", header=f"成交日期,证券代码,{header},成交数量,成交均价"
    )
    assert (row.kind, row.shares, row.price) == (OrderKind.MARGIN_BUY, 100.0, 10.0)


@pytest.mark.parametrize(
    ("word", "booking", "amount"),
    [
        ("银行转证券", "deposit", "5000.00"),
        ("银证转入", "deposit", "5000.00"),
        ("证券转银行", "withdrawal", "-5000.00"),
        ("银证转出", "withdrawal", "-5000.00"),
        ("利息归本", "interest_received", "12.30"),
    ],
)
def test_cash_is_booked_by_the_change_of_the_cash(tmp_path, word, booking, amount):
    (row,) = read(tmp_path, f"20240105,,,{word},0,0.000,0.00,{amount},9000.00,A1")
    assert (row.booking, row.kind, row.amount, row.symbol) == (booking, None, abs(float(amount)), "")
    assert row.figures == {"net": float(amount), "balance": 9_000.0}
    assert math.isnan(row.shares)


@pytest.mark.parametrize("word", ["红利入账", "股息入账"])
def test_a_dividend_keeps_its_security(tmp_path, word):
    (row,) = read(tmp_path, f"20240105,600000,浦发银行,{word},0,0,0,150.00,9000.00,A1")
    assert (row.booking, row.symbol, row.amount) == ("dividend", "600000", 150.0)
    with pytest.raises(DataError, match=r"line 2, column `symbol`: should name the security of `红利入账`"):
        read(tmp_path, "20240105,,,红利入账,0,0,0,150.00,9000.00,A1")


@pytest.mark.parametrize(("word", "booking"), [("担保品划入", "transfer_in"), ("担保品划出", "transfer_out")])
def test_collateral_is_moved_by_its_shares(tmp_path, word, booking):
    sign = "-" if booking == "transfer_out" else ""
    (row,) = read(tmp_path, f"20240105,600000,浦发银行,{word},{sign}300,0,0,0.00,9000.00,A1")
    assert (row.booking, row.symbol, row.shares) == (booking, "600000", 300.0)


@pytest.mark.parametrize(
    ("word", "side", "net", "kind"),
    [
        ("强制平仓", "卖出", "0", OrderKind.SELL_TO_REPAY),
        ("强制平仓", "买入", "-1000", OrderKind.BUY_TO_RETURN),
        ("强制平仓", "", "-1000", OrderKind.BUY_TO_RETURN),
        ("强制平仓", "", "1000", OrderKind.SELL_TO_REPAY),
        ("强平卖出", "", "", OrderKind.SELL_TO_REPAY),
        ("强平买入", "", "", OrderKind.BUY_TO_RETURN),
    ],
)
def test_a_forced_sale_is_the_brokers_and_its_side_is_found(tmp_path, word, side, net, kind):
    header = "成交日期,证券代码,业务名称,买卖标志,成交数量,成交价格,发生金额"
    (row,) = read(tmp_path, f"20240105,600000,{word},{side},100,10.00,{net}", header=header)
    assert (row.kind, row.is_forced, row.shares) == (kind, True, 100.0)


def test_a_sale_may_have_negative_shares_and_a_purchase_may_not(tmp_path):
    assert [row.shares for row in read(tmp_path, "20240105,600000,x,卖券还款,-100,10,1000,0,0,A1")] == [100.0]
    with pytest.raises(DataError, match="column `shares`: should not be negative, got -100"):
        read(tmp_path, "20240105,600000,x,融资买入,-100,10,1000,0,0,A1")


@pytest.mark.parametrize(
    ("word", "near"),
    [("融资买", "融资买入"), ("担保品划人", "担保品划入"), ("强制平仓单", "强制平仓"), ("红利入帐", "红利入账")],
)
def test_an_unknown_word_is_one_error_with_the_nearest(tmp_path, word, near):
    with pytest.raises(DataError, match=rf"line 2, column `kind`: .*got '{word}': did you mean .*`{near}`"):
        read(tmp_path, f"20240105,600000,x,{word},100,10,1000,0,0,A1")


def test_no_word_means_two_things():
    assert not set(BOOKINGS) & set(FORCED_KINDS)


def test_a_booking_has_no_fees_and_a_fee_is_said(tmp_path):
    header = "成交日期,业务名称,发生金额,手续费,印花税,其他费用"
    (row,) = read(tmp_path, "20240105,银行转证券,100,0.00,0.00,0.00", header=header)
    assert row.figures == {"net": 100.0}


def test_a_debt_query_keeps_what_is_settled_and_knows_its_day(tmp_path):
    path = tmp_path / "query.csv"
    rows = ["合约类型,证券代码,开仓日期,到期日,未还数量,未还金额,年利率,查询日期"]
    rows += ["融资,600000,20240108,20240708,100,1000,8.35%,20240301", "融券,600000,20240108,20240708,0,0,10%,20240301"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    debts = read_debts(path)
    assert debts.date == np.datetime64("2024-03-01")
    first, settled = debts.contracts
    assert first[:4] == (2, "financing", "600000.SH", date(2024, 1, 8))
    assert first.figures == {"amount": 1_000.0, "shares": 100.0, "rate": 0.0835, "due": 20240708.0}
    assert (settled.kind, settled.figures["amount"]) == ("short", 0.0)
    assert [one.principal for one in read_opening(path).contracts] == [1_000.0]
