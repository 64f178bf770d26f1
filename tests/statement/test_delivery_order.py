"""A year of a client's account as his broker's delivery order printed it, calculated by hand: agreed to the cent.

Every figure of the file follows from the arithmetic beneath it, with a pocket calculator: fees, interest and borrow
fees are rounded half up to 0.01 when they are paid, per contract, as brokers do (`account.interest_rounding: cent`).
"""

from typing import Any

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.run.engines import run
from run.configured import configured, dataset

A, B = "600000.SH", "600001.SH"
DELIVERY_ORDER = """\
成交日期,业务名称,证券代码,证券名称,成交价格,成交数量,成交金额,发生金额,手续费,印花税,过户费,其他费用,利息,资金余额,股份余额
20240103,银行转证券,,,0.00,0,0.00,100000.00,0.00,0.00,0.00,0.00,,120000.00,
20240105,担保品买入,600001,邯郸钢铁,20.00,1000,20000.00,-20005.20,5.00,0.00,0.20,0.00,0.00,99994.80,2000
20240108,融资买入,600000,浦发银行,10.00,3000,30000.00,-30007.80,7.50,0.00,0.30,0.00,0.00,99994.80,5000
20240115,融券卖出,600001,邯郸钢铁,20.20,-500,10100.00,10089.85,5.00,5.05,0.10,0.00,0.00,110084.65,2000
20240122,直接还款,,,0.00,0,0.00,-5000.00,0.00,0.00,0.00,0.00,235.19,105084.65,
20240205,融资买入,600001,邯郸钢铁,20.50,1000,20500.00,-20505.34,5.13,0.00,0.21,0.00,0.00,105084.65,3000
20240219,卖券还款,600000,浦发银行,10.40,-1000,10400.00,0.00,5.00,5.20,0.10,0.00,95.70,105084.65,4000
20240304,买券还券,600001,邯郸钢铁,21.00,200,4200.00,-4261.95,5.00,0.00,0.04,0.00,56.91,100822.70,3000
20240311,担保品卖出,600001,邯郸钢铁,21.10,-500,10550.00,10539.61,5.00,5.28,0.11,0.00,0.00,111362.31,2500
20240314,担保品划入,600000,浦发银行,0.00,1500,0.00,0.00,0.00,0.00,0.00,0.00,,111362.31,5500
20240321,利息归本,,,0.00,0,0.00,15.83,0.00,0.00,0.00,0.00,,111378.14,
20240402,融资买入,600000,浦发银行,10.55,1000,10550.00,-10555.11,5.00,0.00,0.11,0.00,0.00,111378.14,6500
20240410,卖券还款,600001,邯郸钢铁,20.20,-1000,20200.00,0.00,5.05,10.10,0.20,0.00,309.15,111378.14,1500
20240416,现券还券,600001,邯郸钢铁,0.00,100,0.00,-53.43,0.00,0.00,0.00,0.00,53.43,111324.71,1400
20240506,融券卖出,600000,浦发银行,11.05,-1000,11050.00,11039.36,5.00,5.53,0.11,0.00,0.00,122364.07,6500
20240513,直接还款,,,0.00,0,0.00,-10000.00,0.00,0.00,0.00,0.00,963.51,112364.07,
20240520,证券转银行,,,0.00,0,0.00,-20000.00,0.00,0.00,0.00,0.00,,92364.07,
20240603,卖券还款,600000,浦发银行,10.20,-1500,15300.00,0.00,5.00,7.65,0.15,0.00,123.78,92364.07,5000
20240620,红利入账,600000,浦发银行,0.00,0,0.00,1500.00,0.00,0.00,0.00,0.00,,93864.07,5000
20240621,利息归本,,,0.00,0,0.00,9.27,0.00,0.00,0.00,0.00,,93873.34,
20240624,担保品买入,600000,浦发银行,10.15,500,5075.00,-5080.05,5.00,0.00,0.05,0.00,0.00,88793.29,5500
20240701,买券还券,600000,浦发银行,9.60,600,5760.00,-6051.80,5.00,0.00,0.06,0.00,106.74,82741.49,5500
20240708,融资买入,600001,邯郸钢铁,18.40,2000,36800.00,-36809.57,9.20,0.00,0.37,0.00,0.00,82741.49,3400
20240715,强制平仓,600001,邯郸钢铁,18.35,-500,9175.00,0.00,5.00,4.59,0.09,0.00,73.78,82741.49,2900
20240722,现金还款,,,0.00,0,0.00,-3000.00,0.00,0.00,0.00,0.00,116.48,79741.49,
20240805,买券还券,600000,浦发银行,9.90,400,3960.00,-4200.68,5.00,0.00,0.04,0.00,115.64,75540.81,5500
20240812,红利入账,600001,邯郸钢铁,0.00,0,0.00,240.00,0.00,0.00,0.00,0.00,,75780.81,2900
20240819,担保品划出,600001,邯郸钢铁,0.00,-200,0.00,0.00,0.00,0.00,0.00,0.00,,75780.81,2700
20240902,卖券还款,600001,邯郸钢铁,19.60,-1000,19600.00,0.00,5.00,9.80,0.20,0.00,322.18,75780.81,1700
20240909,融资买入,600000,浦发银行,10.80,2000,21600.00,-21605.62,5.40,0.00,0.22,0.00,0.00,75780.81,7500
20240923,利息归本,,,0.00,0,0.00,11.06,0.00,0.00,0.00,0.00,,75791.87,
20241008,卖券还款,600000,浦发银行,12.05,-3000,36150.00,0.00,9.04,18.08,0.36,0.00,741.30,75791.87,4500
20241014,买券还券,600001,邯郸钢铁,21.00,200,4200.00,-4522.13,5.00,0.00,0.04,0.00,317.09,71269.74,1700
20241021,担保品买入,600001,邯郸钢铁,20.95,300,6285.00,-6290.06,5.00,0.00,0.06,0.00,0.00,64979.68,2000
20241104,证券转银行,,,0.00,0,0.00,-15000.00,0.00,0.00,0.00,0.00,,49979.68,
20241111,融资买入,600001,邯郸钢铁,22.00,1000,22000.00,-22005.72,5.50,0.00,0.22,0.00,0.00,49979.68,3000
20241118,担保品卖出,600000,浦发银行,11.60,-1000,11600.00,11589.08,5.00,5.80,0.12,0.00,0.00,61568.76,3500
20241125,现金还款,,,0.00,0,0.00,-8000.00,0.00,0.00,0.00,0.00,177.01,53568.76,
20241202,卖券还款,600001,邯郸钢铁,21.40,-800,17120.00,0.00,5.00,8.56,0.17,0.00,109.24,53568.76,2200
20241209,担保品买入,600000,浦发银行,12.40,400,4960.00,-4965.05,5.00,0.00,0.05,0.00,0.00,48603.71,3900
20241223,利息归本,,,0.00,0,0.00,8.91,0.00,0.00,0.00,0.00,,48612.62,
"""
# The account begins on Friday 2023-12-29 with 20,000.00 of cash, 1,000 B, and contract C1 of 2023-12-01: 2,000 A for
# 19,500.00. Interest: principal x 0.0835 / 360 a day; fee: sell amount x 0.1035 / 360 a day; a contract pays from its
# opening day to the day before. C1 until 01-22: 52 days x 19,500.00 x 0.0835 / 360 = 235.19. Commission 0.00025, at
# least 5.00; stamp duty 0.0005 of sales; transfer fee 0.00001. In the file's order, where it is more than a sum:
# 01-03 银行转证券 cash + 100,000.00
# 01-05 担保品买入 1,000 x 20.00 + 5.00 + 0.20
# 01-08 融资买入 C2 owes 30,007.80 = 30,000.00 + 7.50 + 0.30
# 01-15 融券卖出 S1 owes 500 shares sold for 10,100.00
# 01-22 直接还款 C1: interest 235.19, principal 4,764.81 (left 14,735.19)
# 02-05 融资买入 C3 owes 20,505.34 = 20,500.00 + 5.13 + 0.21
# 02-19 卖券还款 10,389.70 net; C1: interest 95.70, principal 10,294.00 (left 4,441.19)
# 03-04 买券还券 4,200.00 + 5.00 + 0.04; S1: 200/500 of the fee 142.2837 = 56.91
# 03-11 担保品卖出 500 x 21.10 - 5.00 - 5.28 - 0.11
# 03-21 利息归本 cash + 15.83
# 04-02 融资买入 C4 owes 10,555.11 = 10,550.00 + 5.00 + 0.11
# 04-10 卖券还款 20,184.65 net; C3: interest 309.15, principal 19,875.50 (left 629.84)
# 04-16 现券还券 S1: 100/300 of the fee 160.2870 = 53.43
# 05-06 融券卖出 S2 owes 1,000 shares sold for 11,050.00
# 05-13 直接还款 C1: interest 86.53, principal 4,441.19 (left 0.00); C2: interest 876.98, principal 4,595.30 (left
#     25,412.50)
# 05-20 证券转银行 cash - 20,000.00
# 06-03 卖券还款 15,287.20 net; C2: interest 123.78, principal 15,163.42 (left 10,249.08)
# 06-20 红利入账 5,000 x 0.30; the shares owed cost 0.30 each when they are returned
# 06-21 利息归本 cash + 9.27
# 06-24 担保品买入 500 x 10.15 + 5.00 + 0.05
# 07-01 买券还券 5,760.00 + 5.00 + 0.06; S2: 600/1000 of the fee 177.9050 = 106.74, dividends 180.00
# 07-08 融资买入 C5 owes 36,809.57 = 36,800.00 + 9.20 + 0.37
# 07-15 强制平仓 9,165.32 net; C3: interest 14.02, principal 629.84 (left 0.00); C5: interest 59.76, principal
#     8,461.70 (left 28,347.87)
# 07-22 现金还款 C2: interest 116.48, principal 2,883.52 (left 7,365.56)
# 08-05 买券还券 3,960.00 + 5.00 + 0.04; S2: 400/400 of the fee 115.6382 = 115.64, dividends 120.00
# 08-12 红利入账 cash + 240.00
# 09-02 卖券还款 19,585.00 net; C5: interest 322.18, principal 19,262.82 (left 9,085.05)
# 09-09 融资买入 C6 owes 21,605.62 = 21,600.00 + 5.40 + 0.22
# 09-23 利息归本 cash + 11.06
# 10-08 卖券还款 36,122.52 net; C2: interest 133.26, principal 7,365.56 (left 0.00); C4: interest 462.71, principal
#     10,555.11 (left 0.00); C6: interest 145.33, principal 17,460.55 (left 4,145.07)
# 10-14 买券还券 4,200.00 + 5.00 + 0.04; S1: 200/200 of the fee 317.0895 = 317.09
# 10-21 担保品买入 300 x 20.95 + 5.00 + 0.06
# 11-04 证券转银行 cash - 15,000.00
# 11-11 融资买入 C7 owes 22,005.72 = 22,000.00 + 5.50 + 0.22
# 11-18 担保品卖出 1,000 x 11.60 - 5.00 - 5.80 - 0.12
# 11-25 现金还款 C5: interest 177.01, principal 7,822.99 (left 1,262.06)
# 12-02 卖券还款 17,106.27 net; C5: interest 2.05, principal 1,262.06 (left 0.00); C7: interest 107.19, principal
#     15,734.97 (left 6,270.75)
# 12-09 担保品买入 400 x 12.40 + 5.00 + 0.05
# 12-23 利息归本 cash + 8.91

# On Friday 2024-08-30, as the debt query prints it: C2 of 01-08 owes 7,365.56 since 07-22: 39 days, 66.63; C4 of 04-02
# 10,555.11 since its opening: 150 days, 367.23; C5 of 07-08 28,347.87 since 07-15: 46 days, 302.46. S1 of 01-15: 200
# of the 500 shares, 4,040.00 of the 10,100.00: 228 days, 264.82.
DEBT_QUERY = """\
查询日期,合约类型,证券代码,合约编号,开仓日期,到期日期,合约金额,合约数量,未还金额,未还数量,年利率(%),未还利息,合约状态
20240830,融资,600000,Z2,20240108,20250108,30007.80,3000,"7,365.56",1500,8.35,66.63,未了结
20240830,融资,600001,Z3,20240205,20240805,20505.34,1000,0.00,0,8.35,0.00,已了结
20240830,融资,600000,Z4,20240402,20241002,10555.11,1000,"10,555.11",1000,8.35,367.23,未了结
20240830,融资,600001,Z5,20240708,20250108,36809.57,2000,"28,347.87",1500,8.35,302.46,未了结
20240830,融券,600001,Q1,20240115,20250115,10100.00,500,"4,040.00",200,10.35,264.82,未了结
"""

OPENING = {
    "cash": 20_000.0,
    "holdings": [{"symbol": B, "shares": 1_000, "cost": 19.0}],
    "contracts": [
        {"kind": "financing", "symbol": A, "shares": 2_000, "principal": 19_500.0, "opened": "2023-12-01",
         "due": "2024-06-01"},
    ],
}  # fmt: skip
BY_MONTH = np.array(
    [
        [10.0, 10.4, 9.8, 10.6, 11.0, 10.2, 9.6, 9.9, 10.8, 12.0, 11.6, 12.4],
        [20.0, 20.5, 21.0, 20.2, 19.5, 19.0, 18.4, 18.8, 19.6, 21.0, 22.0, 21.4],
    ]
)
TERMS = {
    "account.opening": OPENING,
    "account.financing_rate": 0.0835,
    "account.borrow_rate": 0.1035,
    "account.interest_rounding": "cent",
    "account.borrow_share": None,
    "market.price_limits": False,
}


def replayed(folder, order=DELIVERY_ORDER, query=DEBT_QUERY, encoding="gbk", **keys) -> Any:
    """Run a delivery order and a debt query over the year; every figure has to agree to a tenth of a cent."""
    (folder / "delivery.csv").write_bytes(order.encode(encoding))
    (folder / "query.csv").write_bytes(query.encode(encoding))
    (folder / "actions.csv").write_text(f"date,symbol,cash_per_share,share_ratio\n2024-06-20,{A},0.30,0\n")
    days = np.busday_offset(np.datetime64("2024-01-02"), np.arange(261))
    price = BY_MONTH[:, days.astype("datetime64[M]").astype(int) % 12].T
    data = dataset(panel(price, days=days, high=price * 1.02, low=price * 0.98), folder)
    files = {"file": str(folder / "delivery.csv"), "contracts_file": str(folder / "query.csv")}
    strategy = {"name": "replay", "parameters": {**files, "tolerance": 0.001}}
    return run(configured({**TERMS, "data.actions": str(folder / "actions.csv"), **keys}, data=data, strategy=strategy))


def test_a_year_agrees_with_the_broker_to_the_cent(tmp_path):
    result = replayed(tmp_path)
    assert result.refusals.empty
    assert result.differences.empty, result.differences.to_string()
    # 328 of the lines: each its size, fees, changes and balances; 31 of the contracts: of each of the four open ones
    # what is owed, rate and due day, and what it was at its opening; of the settled one that nothing is owed.
    assert any("own figures: 359 compared, 0 beyond the tolerance." in note for note in result.notes)
    end = result.equity.iloc[-1]
    # C6 owes 4,145.07 since 10-08, 84 days until 12-31: 80.7598; C7 6,270.75 since 12-02, 29 days: 42.1795.
    assert end["cash"] == pytest.approx(48_612.62, abs=1e-6)
    assert end["principal"] == pytest.approx(10_415.82, abs=1e-6)
    assert end["accrued"] == pytest.approx(80.7597805 + 42.179503125, abs=1e-6)
    assert end["long_value"] == pytest.approx(3_900 * 12.40 + 2_200 * 21.40)
    assert result.summary["attribution_residual"] == pytest.approx(0.0, abs=1e-6)
    parts = result.attribution.groupby("component")["amount"].sum()
    assert parts["dividends"] == pytest.approx(1_740.0)
    assert parts["dividends_owed"] == pytest.approx(-300.0)
    assert parts["interest_received"] == pytest.approx(45.07)
    assert parts["cash_flow"] == pytest.approx(65_000.0)


@pytest.mark.parametrize("cents", [pytest.param(-1, marks=pytest.mark.slow), 1])
@pytest.mark.parametrize(
    ("line", "column", "item"),
    [
        (2, "资金余额", "balance"),
        (4, "手续费", "commission"),
        (4, "发生金额", "net"),
        (6, "利息", "interest"),
        (6, "发生金额", "balance"),  # it is the amount of the repayment
        (8, "印花税", "stamp_duty"),
        (9, "成交金额", "value"),
        (17, "利息", "interest"),
        (20, "发生金额", "amount"),  # the dividend of the data
        (25, "利息", "interest"),
        (25, "其他费用", "other_fees"),
        (33, "过户费", "transfer_fee"),
        (42, "资金余额", "balance"),
    ],
)
def test_a_cent_more_or_less_is_a_difference(tmp_path, line, column, item, cents):
    lines = [row.split(",") for row in DELIVERY_ORDER.splitlines()]
    place = lines[0].index(column)
    lines[line - 1][place] = f"{float(lines[line - 1][place]) + cents / 100:.2f}"
    if float(lines[line - 1][place]) < 0 and column == "其他费用":
        return  # a fee is never negative
    found = replayed(tmp_path, "\n".join(",".join(row) for row in lines) + "\n").differences
    first = found[found["line"] == line].iloc[0]
    assert first["item"] == item
    assert abs(first["difference"]) == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("right", "wrong", "item", "kind"),
    [
        ("7,365.56", "7,365.57", "principal", "financing"),
        ("66.63", "66.62", "accrued", "financing"),
        ('4,040.00",200', '4,040.00",300', "shares", "short"),
        ("600001,Z5,20240708,20250108,36809.57,2000", "600001,Z5,20240709,20250108,36809.57,2000", "principal", ""),
    ],
)
def test_each_figure_of_the_debt_query_is_compared(tmp_path, right, wrong, item, kind):
    assert DEBT_QUERY.count(right) == 1
    found = replayed(tmp_path, query=DEBT_QUERY.replace(right, wrong)).differences
    assert item in set(found["item"])
    assert set(found["kind"]) == {kind or "financing"}


def test_the_brokers_forced_sale_stands_among_the_forced_sales(tmp_path):
    result = replayed(tmp_path)
    (row,) = result.forced_sales.to_dict("records")
    assert (row["cause"], row["kind"], row["symbol"], row["wanted"], row["done"], row["price"]) == (
        "statement", "sell_to_repay", B, 500.0, 500.0, 18.35,
    )  # fmt: skip
    assert result.fills["kind"].tolist().count("forced_sell_to_repay") == 1


def test_without_whole_cents_the_interest_drifts_by_less_than_a_cent_a_payment(tmp_path):
    found = replayed(tmp_path, **{"account.interest_rounding": "none"}).differences
    assert 0 < found[found["item"] == "interest"]["difference"].abs().max() < 0.015


def test_interest_that_the_ledger_earns_is_compared_and_not_booked_twice(tmp_path):
    """The broker's 15.83 of 2024-03-21 is not what 0.35 % of the cash comes to on 2024-03-20: the line says so."""
    found = replayed(tmp_path, **{"account.cash_rate": 0.0035}).differences
    first = found[found["line"] == 12].iloc[0]
    assert (first["item"], first["brokers"]) == ("amount", 15.83)
    # Days at the cash of the close before, from 2023-12-29 to 03-20, by the balances of the lines above.
    held = [(20_000.00, 5), (120_000.00, 2), (99_994.80, 10)]
    assert first["ours"] > sum(cash * days for cash, days in held) * 0.0035 / 360
