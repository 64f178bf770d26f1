"""An account that begins with holdings and open contracts: by hand, on both engines, and what cannot begin."""

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.config.yaml_file import parse
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.run.engines import run
from liangrong.core.run.scenario import prepare
from liangrong.core.statement.account_file import read_opening
from run.configured import configured, dataset

A, B = "600000.SH", "600001.SH"
TERMS = {
    "account.financing_rate": 0.09,  # 0.00025 a day
    "account.borrow_rate": 0.108,  # 0.0003 a day
    "account.haircut": {"value": 0.6, "override": True},
}
OPENING = {
    "cash": 50_000.0,
    "holdings": [{"symbol": A, "shares": 3_000, "cost": 8.0}],
    "contracts": [
        {"kind": "short", "symbol": A, "shares": 1_000, "sell_amount": 10_000.0, "proceeds": 9_900.0,
         "opened": "2024-02-26", "due": "2024-08-26", "accrued": 12.0},
        {"kind": "financing", "symbol": B, "shares": 1_000, "principal": 18_000.0, "opened": "2024-02-20",
         "due": "2024-08-20"},
    ],
}  # fmt: skip
HOLD = {"name": "buy_and_hold", "parameters": {"leverage": 0.5}}
# Three weeks from Monday 2024-03-04: A at 10.00, 10.50, 11.00 by week; B at 20.00.
# The opening stands on Friday 2024-03-01: interest of 18,000 x 0.09 / 360 = 4.50 a day since 02-20, 10 days: 45.00;
# fee of 10,000 x 0.108 / 360 = 3.00 a day, 4 days since 02-26: 12.00. Equity at the pre_close of 10.00 and 20.00:
# 50,000 + 30,000 + 20,000 - 10,000 - 18,000 - 45 - 12 = 71,943.
EQUITY = 71_943.0


def market(**fields):
    price = np.column_stack([np.repeat([10.0, 10.5, 11.0], 5), np.full(15, 20.0)])
    return panel(price, **{"high": price * 1.02, "low": price * 0.98} | fields)


def began(folder, opening=None, keys=None, orders="", given=None, **more):
    """Run what the account does on its own, or an order list."""
    strategy = HOLD
    if orders:
        (folder / "orders.csv").write_text(orders, encoding="utf-8")
        strategy = {"name": "replay", "parameters": {"file": str(folder / "orders.csv")}}
    data = dataset(market() if given is None else given, folder)
    keys = {**TERMS, "account.opening": OPENING if opening is None else opening, **(keys or {})}
    return configured(keys, data=data, strategy=strategy, **more)


IDLE = "date,symbol,kind,shares,amount\n2024-03-22,600001.SH,sell_to_repay,1000,\n"


def test_the_first_session_and_the_first_return_follow_by_hand(tmp_path):
    result = run(began(tmp_path, orders=IDLE))
    first = result.equity.iloc[0]
    # Monday is three calendar days later: 13.50 and 9.00 more are owed.
    assert first[["cash", "long_value", "short_value", "principal", "accrued"]].tolist() == pytest.approx(
        [50_000.0, 50_000.0, 10_000.0, 18_000.0, 79.5], abs=1e-9
    )
    assert first["maintenance_ratio"] == pytest.approx(100_000.0 / 28_079.5)
    assert result.summary["start_equity"] == pytest.approx(EQUITY, abs=1e-9)
    assert result.returns().iloc[0] == pytest.approx(-22.5 / EQUITY)
    # Collateral, at 0.6: 50,000 + 18,000 + 0.6 x 2,000 of gain on B - 10,000 - 18,000 x 0.8 - 10,000 x 0.8 - 79.50
    assert first["available_margin"] == pytest.approx(50_000 + 18_000 + 1_200 - 10_000 - 14_400 - 8_000 - 79.5)


def test_contracts_go_on_where_they_stood_and_the_attribution_sums(tmp_path):
    orders = IDLE.replace("2024-03-22", "2024-03-05") + "2024-03-06,600000.SH,return_shares,1000,\n"
    result = run(began(tmp_path, orders=orders))
    assert result.refusals.empty
    sold, returned = result.fills.to_dict("records")
    # Until Tuesday 03-05 from 02-20: 14 days of 4.50; until Wednesday 03-06 from 02-26: 9 days of 3.00.
    assert (sold["interest"], returned["interest"]) == (pytest.approx(63.0), pytest.approx(27.0))
    # B: 20,000 - 5.00 - 10.00 - 0.20, less 18,063; the borrowed shares come out of the 3,000.
    assert result.equity["cash"].iloc[-1] == pytest.approx(50_000 + 19_984.80 - 18_063 - 27)
    assert result.equity["long_value"].iloc[-1] == pytest.approx(2_000 * 11.0)
    assert result.contracts["kind"].tolist() == ["financing", "short"]  # by age
    assert result.contracts["interest"].tolist() == pytest.approx([18.0, 15.0])  # of the run alone
    parts = result.attribution.groupby("component")["amount"].sum()
    assert parts["price_pnl"] == pytest.approx(2_000 * 1.0)  # net 2,000 A from 10 to 11
    assert (parts["financing_interest"], parts["borrow_fee"]) == (pytest.approx(-18.0), pytest.approx(-15.0))
    assert result.summary["attribution_residual"] == pytest.approx(0.0, abs=1e-6)
    assert result.summary["costs"]["financing_interest"] == pytest.approx(18.0)


def test_it_is_valued_at_the_close_before_and_receives_the_first_days_dividend(tmp_path):
    (tmp_path / "actions.csv").write_text(
        "date,symbol,cash_per_share,share_ratio\n2024-03-11,600000.SH,0.50,0\n", encoding="utf-8"
    )
    keys = {"window.start": "2024-03-11", "data.actions": str(tmp_path / "actions.csv")}
    holdings = {"cash": 1_000.0, "holdings": OPENING["holdings"]}
    result = run(began(tmp_path, holdings, keys, orders=IDLE))
    # Friday's 10.00, and not the ex-right 9.50; Monday's close is 10.50 and the dividend 3,000 x 0.50.
    assert result.summary["start_equity"] == pytest.approx(31_000.0)
    assert result.equity["equity"].iloc[0] == pytest.approx(1_000 + 1_500 + 31_500)
    assert result.summary["attribution_residual"] == pytest.approx(0.0, abs=1e-6)


def test_a_security_that_is_suspended_at_first_keeps_its_mark(tmp_path):
    closes = np.column_stack([np.full(15, 10.0), np.full(15, 20.0)])
    closes[5:8, 0] = np.nan
    result = run(
        began(
            tmp_path,
            {"cash": 1_000.0, "holdings": OPENING["holdings"]},
            {"window.start": "2024-03-11"},
            orders=IDLE,
            given=panel(closes, suspended=np.isnan(closes)),
        )
    )
    assert result.equity["equity"].tolist() == [31_000.0] * len(result.equity)


@pytest.mark.parametrize("keys", [{}, {"account.fee_basis": "market_value"}, {"execution.fill": "close"}])
def test_both_engines_begin_alike(tmp_path, keys):
    result = run(began(tmp_path, keys={"execution.engine": "both", **keys}))
    assert "Both engines ran and gave the same tables" in result.notes[-1]
    assert result.summary["start_equity"] == pytest.approx(EQUITY)
    assert len(result.fills) > 0


# ---- files ----------------------------------------------------------------------------------------------------------

DEBT_QUERY = """\
合约类型,证券代码,证券名称,合约编号,未还数量,未还金额,开仓日期,到期日期,年利率,未还利息,融券卖出冻结资金,成本价
资金,,,,,50000,,,,,,
持仓,600000,浦发银行,,3000,,,,,,,8.00
融券,600000,浦发银行,Q2,1000,"10,000",20240226,20240826,10.8%,12.00,"9,900",
融资,600001,邯郸钢铁,Z1,1000,"18,000",20240220,20240820,9%,45.00,,
"""


def test_a_debt_query_of_a_broker_says_the_same_as_the_keys(tmp_path):
    path = tmp_path / "debt.csv"
    path.write_bytes(DEBT_QUERY.encode("gbk"))
    stated = read_opening(path)
    assert [one.rate for one in stated.contracts] == [0.108, 0.09]
    keys, file = (run(began(tmp_path, given, orders=IDLE)) for given in (None, str(path)))
    assert file.equity.equals(keys.equity)
    assert file.config["account"]["opening"]["file"] == str(path)


def test_a_yaml_file_is_read_and_found_beside_the_configuration(tmp_path):
    (tmp_path / "opening.yaml").write_text("cash: 5\nholdings: [{symbol: 600000.SH, shares: 300}]\n", encoding="utf-8")
    text = "name: mine\ndata: {source: synthetic}\nstrategy: {name: buy_and_hold}\naccount: {opening: opening.yaml}\n"
    config = parse(text, "mine.yaml", tmp_path)
    assert config.account.opening is not None
    stated = read_opening(config.account.opening.file or "")
    assert (stated.cash, stated.holdings[0].symbol, stated.holdings[0].shares) == (5.0, A, 300)
    (tmp_path / "opening.yaml").write_text("cash: 5\nholding: []\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"opening.yaml:2: .*`holding`.*did you mean `holdings`"):
        read_opening(tmp_path / "opening.yaml")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("融资,600001", "融资借入,600001", r"line 5, column `kind`: should be one of .*did you mean `融资买入`|`融资`"),
        ("20240820", "20240220", r"line 5: .*`due` should lie after `opened` 2024-02-20, got 2024-02-20"),
        ("9%", "900%", r"line 5, column `rate`: .*write 0.09 for 9 %"),
        ("资金,,,,,50000", "资金,600000,,,,50000", r"line 2: a row of the kind `cash` should give an `amount` and"),
        ("持仓,600000", "持仓,浦发", r"line 3, column `symbol`: `浦发` is not a security code"),
        ("未还利息", "未还利钱", r"unknown column `未还利钱`: did you mean `未还利息`"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(tmp_path, right, wrong, told):
    assert right in DEBT_QUERY
    (tmp_path / "debt.csv").write_text(DEBT_QUERY.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DataError, match=told):
        read_opening(tmp_path / "debt.csv")


# ---- what cannot begin ----------------------------------------------------------------------------------------------


def changed(**change):
    first, second = OPENING["contracts"]
    return {**OPENING, "contracts": [first, {**second, **change}]}


@pytest.mark.parametrize(
    ("opening", "told"),
    [
        ({**OPENING, "holdings": [{"symbol": "600009.SH", "shares": 1}]}, r"holdings.0.symbol`: the data have no secu"),
        ({**OPENING, "holdings": OPENING["holdings"] * 2}, r"holdings.1.symbol` names 600000.SH a second time"),
        ({**OPENING, "cash": 9_000.0}, r"opening.cash` 9,000.00 should hold the locked proceeds .* 9,900.00"),
        ({**OPENING, "date": "2024-03-04"}, r"opening.date` should lie before the first session 2024-03-04"),
        (changed(opened="2024-03-02"), r"contracts.1.opened` 2024-03-02 should not lie after .* 2024-03-01"),
        (changed(opened="2023-02-20", due="2024-03-01"), r"contracts.1.due` 2024-03-01 should lie after"),
    ],
)
def test_an_opening_that_cannot_be_is_refused(tmp_path, opening, told):
    with pytest.raises(ConfigError, match=told):
        prepare(began(tmp_path, opening))


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        ({"due": "2024-02-20"}, "`due` should lie after `opened` 2024-02-20"),
        ({"principal": None}, "a financing contract should give `principal`, got none"),
        ({"sell_amount": 1.0}, "a financing contract has no `sell_amount`: remove it"),
    ],
)
def test_a_contract_that_is_none_is_refused(contract, told):
    with pytest.raises(AssertionError, match=told):
        configured({"account.opening": changed(**contract)})


def test_a_security_without_any_price_cannot_be_valued(tmp_path):
    closes = np.full((15, 2), 10.0)
    closes[:2, 0] = np.nan
    made = panel(closes, closes, pre_close=np.where(np.arange(15)[:, None] < 3, np.nan, 10.0))
    with pytest.raises(DataError, match=r"600000.SH has no price before the first session"):
        prepare(began(tmp_path, {"cash": 1.0, "holdings": OPENING["holdings"]}, given=made))
