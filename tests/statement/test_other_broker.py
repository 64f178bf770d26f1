"""A year at another broker, by hand: interest, principal and fees on lines of their own, taxes, bonus shares, a tax."""

from html import unescape
from typing import Any

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.run.engines import run
from liangrong.core.run.page import render
from run.configured import configured, dataset
from statement.test_delivery_order import BY_MONTH, TERMS

A, B = "600000.SH", "600001.SH"
# date, word, code, price, shares, value, change of the cash, net commission, levies, duty, transfer fee, cash, shares
# held, number of the contract. The export is tab-separated GBK text under the name .xls; the notes beneath say why.
LINES = """\
20240103 银行转证券 - 0.00 0 0.00 100,000.00 0 0 0 0 150,000.00 - -
20240108 融资借入 - 0.00 0 0.00 30,007.80 0 0 0 0 180,007.80 - F1
20240108 信用融资买入 600000 10.00 3,000 30,000.00 -30,007.80 5.50 2.00 0 0.30 150,000.00 3,000 F1
20240205 信用融资买入 600001 20.50 1,000 20,500.00 -20,505.34 4.00 1.13 0 0.21 150,000.00 3,000 F2
20240221 融资利息扣收 - 0.00 0 0.00 -306.25 0 0 0 0 149,693.75 - F1
20240311 偿还融资本金 - 0.00 0 0.00 -10,000.00 0 0 0 0 139,693.75 - F1
20240402 偿还融资利息 - 0.00 0 0.00 -505.44 0 0 0 0 139,188.31 - -
20240415 融券卖出 600001 20.20 500 10,100.00 10,089.85 4.00 1.00 5.05 0.10 149,278.16 3,000 S1
20240513 卖券还款 600001 19.50 1,000 19,500.00 19,485.05 4.00 1.00 9.75 0.20 168,763.21 2,000 -
20240513 偿还融资利息 600001 0.00 0 0.00 -195.00 0 0 0 0 168,568.21 - F2
20240513 偿还融资本金 600001 0.00 0 0.00 -19,290.05 0 0 0 0 149,278.16 - F2
20240620 红利入账 600000 0.00 0 0.00 900.00 0 0 0 0 150,178.16 3,000 -
20240621 利息归本 - 0.00 0 0.00 21.40 0 0 0 0 150,199.56 - -
20240710 红股入账 600000 0.00 300 0.00 0.00 0 0 0 0 150,199.56 3,300 -
20240715 强制平仓卖券还款 600000 9.60 1,000 9,600.00 9,590.10 4.00 1.00 4.80 0.10 159,789.66 2,300 -
20240715 归还融资利息 600000 0.00 0 0.00 -482.63 0 0 0 0 159,307.03 - -
20240715 归还融资负债 600000 0.00 0 0.00 -9,107.47 0 0 0 0 150,199.56 - -
20240722 股息红利税补缴 600000 0.00 0 0.00 -27.00 0 0 0 0 150,172.56 2,300 -
20240805 平仓买券还券 600001 18.80 200 3,760.00 -3,765.04 4.00 1.00 0 0.04 146,407.52 2,000 -
20240805 偿还融券费用 600001 0.00 0 0.00 -130.09 0 0 0 0 146,277.43 - -
20240912 融券费用 600001 0.00 0 0.00 -261.34 0 0 0 0 146,016.09 - S1
20240918 担保品划入 600000 0.00 500 0.00 0.00 0 0 0 0 146,016.09 2,800 -
20240920 中签缴款 787001 0.00 500 0.00 -5,000.00 0 0 0 0 141,016.09 - -
20240923 配号 787002 0.00 3 0.00 0.00 0 0 0 0 141,016.09 - -
20241008 直接还款 - 0.00 0 0.00 -5,000.00 0 0 0 0 136,016.09 - F1
20241114 证券转银行 - 0.00 0 0.00 -20,000.00 0 0 0 0 116,016.09 - -
20241118 送股 600001 0.00 200 0.00 0.00 0 0 0 0 116,016.09 2,200 -
20241202 偿还融资负债 - 0.00 0 0.00 -1,272.51 0 0 0 0 114,743.58 - F2
20241216 归还融资本金 - 0.00 0 0.00 -6,115.23 0 0 0 0 108,628.35 - F1
20241220 偿还融资利息 - 0.00 0 0.00 -97.87 0 0 0 0 108,530.48 - F1
20241221 利息归本 - 0.00 0 0.00 8.80 0 0 0 0 108,539.28 - -
"""
# Begins with 50,000.00 and 2,000 B. A day costs principal x 0.0835 / 360, or sell amount x 0.1035 / 360.
# 02-21 F1 owes 30,000.00 + 7.50 + 0.30: 44 days of 30,007.80 are 306.2463. Its principal stays.
# 03-11 F1 20,007.80; its interest stays: 19 days of 30,007.80, 132.2427.
# 04-02 No contract is named: F1 132.2427 + 22 days of 20,007.80 = 234.34; F2 57 days of 20,505.34 = 271.10.
# 05-13 19,500.00 - 5.00 - 9.75 - 0.20; of it F2: 41 days, 195.00; principal 19,290.05 (left 1,215.29).
# 07-10 Ten shares for a hundred, by the data: all 3,000 A are financed.
# 07-15 9,590.10 net; F1: 104 days of 20,007.80, 482.63; principal 9,107.47 (left 10,900.33).
# 08-05 The fee of S1: 112 days of 10,100.00 are 325.22; 200/500 of it. The rest of it, 195.1320, stays.
# 09-12 195.1320 + 38 days of 6,060.00 = 261.34.
# 09-20 A new issue: the account knows none, and does not have the 5,000.00 less that the broker has from here on.
# 10-08 F1: 85 days of 10,900.33, 214.90; principal 4,785.10 (left 6,115.23).
# 11-18 Ten for a hundred of B, of which the data know nothing: 2,000 own ones, and 30 more are owed on S1.
# 12-02 F2: 203 days of 1,215.29, 57.22; it is closed.
# 12-16 F1: the principal; 69 days of 6,115.23 stay: 97.87. 12-20 with them it is closed; 2,300 A are own ones.
# 12-21 A Saturday: booked on Monday.
# On 12-31 S1 owes 330 of B, 6,060.00, and since 09-12 110 days of fee, 191.65.
QUERY = """\
查询日期,合约序号,信用交易类型,代码,开仓日期,到期日,合约金额,合约数量,未偿还金额,未还数量,已还金额,已还利息,年利率,未还利息
20241231,F1,融资,600000,20240108,20250108,"30,007.80",3000,0.00,0,,,8.35%,0.00
20241231,S1,融券,600001,20240415,20250415,"10,100.00",500,"6,060.00",330,"4,040.00",391.43,10.35%,191.65
合计,,,,,,"40,107.80",,"6,060.00",,,,,191.65
"""
HEADER = "发生日期 业务名称 证券代码 成交均价 成交数量 成交金额 收付金额 "
HEADER += "净佣金 规费 印花税 过户费 剩余金额 证券余额 合约序号"
TOTAL = "合计" + "\t" * 13


def exported(lines=LINES, header=HEADER) -> bytes:
    """Return the export: tabs, armoured codes, empty cells, a row of totals and GBK."""
    rows = [["" if cell == "-" else cell for cell in line.split()] for line in lines.splitlines()]
    for row in rows:
        row[2] = f'="{row[2]}"' if row[2] else ""
    return "\n".join(["\t".join(header.split()), *("\t".join(row) for row in rows), TOTAL, ""]).encode("gbk")


def replayed(folder, lines=LINES, query=QUERY, header=HEADER, **keys) -> Any:
    (folder / "delivery.xls").write_bytes(exported(lines, header))
    (folder / "query.csv").write_bytes(query.encode("gbk"))
    actions = f"date,symbol,cash_per_share,share_ratio\n2024-06-20,{A},0.30,0\n2024-07-10,{A},0,0.1\n"
    (folder / "actions.csv").write_text(actions)
    days = np.busday_offset(np.datetime64("2024-01-02"), np.arange(261))
    price = BY_MONTH[:, days.astype("datetime64[M]").astype(int) % 12].T
    data = dataset(panel(price, days=days, high=price * 1.02, low=price * 0.98), folder)
    files = {"file": str(folder / "delivery.xls"), "contracts_file": str(folder / "query.csv")}
    strategy = {"name": "replay", "parameters": {**files, "tolerance": 0.001}}
    opening = {"cash": 50_000.0, "holdings": [{"symbol": B, "shares": 2_000}]}
    given = {**TERMS, "account.opening": opening, "data.actions": str(folder / "actions.csv"), **keys}
    return run(configured(given, data=data, strategy=strategy))


def test_the_year_agrees_to_the_cent(tmp_path):
    result = replayed(tmp_path)
    assert result.refusals.empty
    assert result.differences.empty, result.differences.to_string()
    end = result.equity.iloc[-1]
    assert end["cash"] == pytest.approx(108_539.28 + 5_000.0, abs=1e-6)
    assert end["principal"] == 0.0
    assert end["accrued"] == pytest.approx(191.6475, abs=1e-6)
    assert end["long_value"] == pytest.approx(2_800 * 12.40 + 2_200 * 21.40)
    assert end["short_value"] == pytest.approx(330 * 21.40)
    assert result.summary["attribution_residual"] == pytest.approx(0.0, abs=1e-6)
    parts = result.attribution.groupby("component")["amount"].sum()
    assert parts["dividends"] == pytest.approx(900.0 - 27.0)
    assert parts["interest_received"] == pytest.approx(30.20)
    paid = 306.25 + 505.44 + 195.00 + 482.63 + 214.90 + 57.22 + 97.87
    assert -parts["financing_interest"] == pytest.approx(paid, abs=0.03)  # the cents of each payment
    assert -parts["borrow_fee"] == pytest.approx(130.09 + 261.34 + 191.6475, abs=0.01)


def test_what_is_not_followed_is_counted(tmp_path):
    notes = " ".join(replayed(tmp_path).notes)
    assert "does not follow: 2 (中签缴款 1: subscriptions of new issues are not followed; 配号 1: " in notes
    assert "lines 24, 25. By the file they changed the cash by -5,000.00 CNY" in notes
    assert "does by itself, not compared: 1 (融资借入 1: the loan is part of the purchase), line 3." in notes
    assert "Rows of totals or remarks, which are no lines: 1 (line 33: 合计)." in notes
    assert "own figures: 177 compared, 0 beyond the tolerance." in notes


@pytest.mark.parametrize(
    ("right", "wrong", "line", "item", "ours"),
    [
        ("-306.25 0 0 0 0 149,693.75", "-306.35 0 0 0 0 149,693.65", 6, "value", 306.25),
        ("-505.44 0 0 0 0 139,188.31", "-505.54 0 0 0 0 139,188.21", 8, "value", 505.44),
        ("-195.00 0 0 0 0 168,568.21", "-195.10 0 0 0 0 168,568.11", 11, "interest", 195.00),
        ("-19,290.05 0 0 0 0 149,278.16", "-19,289.95 0 0 0 0 149,278.26", 12, "principal_paid", 19_290.05),
        ("300 0.00 0.00 0 0 0 0 150,199.56", "310 0.00 0.00 0 0 0 0 150,199.56", 15, "shares", 300),
        ("150,172.56 2,300", "150,172.56 2,400", 19, "shares_left", 2_300),
        ("-130.09 0", "-130.19 0", 21, "interest", 130.09),
        ("-261.34 0", "-262.34 0", 22, "value", 261.34),
        ("5.50 2.00", "5.50 2.10", 4, "commission", 7.50),
        ("-97.87 0", "-97.97 0", 31, "value", 97.87),
    ],
)  # fmt: skip
def test_a_wrong_figure_is_named(tmp_path, right, wrong, line, item, ours):
    assert LINES.count(right) == 1
    found = replayed(tmp_path, LINES.replace(right, wrong)).differences
    first = found[(found["line"] == line) & (found["item"] == item)].iloc[0]
    assert first["ours"] == pytest.approx(ours, abs=0.005)


@pytest.mark.parametrize(
    ("right", "wrong", "item"),
    [
        ('"4,040.00"', '"4,050.00"', "repaid"),
        ("391.43", "391.53", "paid"),
        ("20250415", "20250416", "due"),
        ('20250415,"10,100.00"', '20250415,"10,200.00"', "opened_amount"),
        (",500,", ",600,", "opened_shares"),
        ("10.35%", "10.45%", "rate"),
        ('"30,007.80",3000,0.00', '"30,007.80",3000,10.00', "principal"),
    ],
)
def test_each_figure_of_the_query_is_compared(tmp_path, right, wrong, item):
    assert QUERY.count(right) == 1
    found = replayed(tmp_path, query=QUERY.replace(right, wrong)).differences
    assert item in found["item"].tolist()
    assert set(found["item"]) <= {item, "rate", "due", "opened_amount"}


def test_a_named_contract_is_paid_and_an_unknown_number_is_told(tmp_path):
    named = replayed(tmp_path, LINES.replace("114,743.58 - F2", "114,743.58 - F9"))
    assert "numbers no line and no debt query explains: 1, line 29; the ledger paid the oldest" in " ".join(named.notes)
    assert not named.differences.empty  # F1 was paid, not F2


def test_a_tax_that_the_ledger_withholds_is_compared_with_it(tmp_path):
    """With 10 % withheld on 06-20, 90.00 of 900.00, the dividend and the tax of the file differ from the ledger's."""
    found = replayed(tmp_path, **{"account.dividend_tax_rate": 0.10}).differences
    amounts = found[found["item"] == "amount"][["kind", "brokers", "ours"]].to_numpy().tolist()
    assert amounts == [["dividend", 900.0, pytest.approx(810.0)], ["dividend_tax", 27.0, pytest.approx(90.0)]]


def test_a_tax_by_holding_period_is_compared_with_what_the_sales_owed(tmp_path):
    """1,000 of the 3,000 of 01-08 are sold on 07-15: 10 % of their 300.00; the file's 27.00 are booked a week later."""
    result = replayed(tmp_path, **{"account.dividend_tax_rate": "by_holding"})
    found = result.differences
    amounts = found[found["item"] == "amount"][["kind", "brokers", "ours"]].to_numpy().tolist()
    assert amounts == [["dividend_tax", 27.0, pytest.approx(30.0)]]
    taxed = result.entitlements[["kind", "amount"]].to_numpy().tolist()
    assert taxed == [["dividend_tax", pytest.approx(-30.0)]]


def test_the_page_shows_each_difference_with_its_line(tmp_path):
    page = render(replayed(tmp_path, LINES.replace("-261.34 0", "-262.34 0")))
    shown = page.rpartition("Differences from the broker")[2].partition("</table>")[0]  # the contents have it too
    assert ">22<" in shown
    assert "261.34" in shown
    assert "Every figure of the broker's that was compared agrees." in unescape(render(replayed(tmp_path)))
