"""Cash and collateral that move in and out: by hand, the withdraw line, margin calls that are paid, and returns."""

import io
from typing import Any

import backtrader as bt
import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from broker.markets import panel
from liangrong.core.compare.measure import measure, returns_of
from liangrong.core.config.yaml_file import parse
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.run.config_check import check_config
from liangrong.core.run.engines import execute, run
from liangrong.core.run.flow_returns import money_weighted, time_weighted
from liangrong.core.run.lookahead import check_lookahead
from liangrong.core.run.page import render
from liangrong.core.run.result import load
from liangrong.core.run.scenario import prepare
from liangrong.core.run.terminal import summary_table
from liangrong.core.statement.account_file import read_flows
from rich.console import Console
from run.configured import configured, dataset
from scipy.optimize import brentq

A, B = "600000.SH", "600001.SH"
NO_COSTS = {
    "costs.commission_rate": 0.0,
    "costs.commission_minimum": 0.0,
    "costs.transfer_fee_rate": {"value": 0.0, "override": True},
    "account.financing_rate": 0.09,
    "account.haircut": {"value": 1.0, "override": True},
    "account.financing_margin_ratio": {"value": 0.5, "override": True},
    "market.price_limits": False,
}
# Three weeks from Monday 2024-03-04: A at 10.00, 10.50, 11.00 by week; B at 20.00.
PRICES = np.column_stack([np.repeat([10.0, 10.5, 11.0], 5), np.full(15, 20.0)])
FLOWS = [
    {"date": "2024-03-06", "kind": "deposit", "amount": 50_000},
    {"date": "2024-03-09", "kind": "transfer_in", "symbol": A, "shares": 2_000},  # a Saturday: Monday
    {"date": "2024-03-13", "kind": "withdrawal", "amount": 30_000},
    {"date": "2024-03-14", "kind": "transfer_out", "symbol": B, "shares": 100},
    {"date": "2024-03-14", "kind": "withdrawal", "amount": 200_000},
    {"date": "2024-03-18", "kind": "transfer_out", "symbol": A, "shares": 500},
]
# 1,000 A are bought on Tuesday. Before Monday 03-11 the account holds 150,000; 2,000 A come in at Friday's 10.00, and
# 3,000 A gain 0.50: 171,500. 30,000 go. Before Monday 03-18 500 A go at Friday's 10.50: 136,250; 2,500 A gain 0.50.
TABLE = [
    ("2024-03-06", "deposit", "", 0, np.nan, 50_000.0, ""),
    ("2024-03-11", "transfer_in", A, 2_000, 10.0, 20_000.0, ""),
    ("2024-03-13", "withdrawal", "", 0, np.nan, -30_000.0, ""),
    ("2024-03-14", "transfer_out", B, 100, 20.0, -2_000.0, "no_shares"),
    ("2024-03-14", "withdrawal", "", 0, np.nan, -200_000.0, "no_cash"),
    ("2024-03-18", "transfer_out", A, 500, 10.5, -5_250.0, ""),
]
BOUGHT = "date,symbol,kind,shares\n2024-03-05,600000.SH,buy,1000\n"


def moving(folder, flows, orders=BOUGHT, keys=None, cash=100_000.0, prices=PRICES):
    (folder / "orders.csv").write_text(orders, encoding="utf-8")
    strategy = {"name": "replay", "parameters": {"file": str(folder / "orders.csv")}}
    given = {**NO_COSTS, "account.flows": flows, **(keys or {})}
    return configured(given, data=dataset(panel(prices), folder), strategy=strategy, cash=cash)


def ran(folder, flows, *more, **options) -> Any:
    return run(moving(folder, flows, *more, **options))


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("moved"), FLOWS)


def test_the_table_says_what_moved_and_what_did_not(moved):
    expected = pd.DataFrame(TABLE, columns=list(moved.flows.columns))
    expected["date"] = pd.to_datetime(expected["date"]).astype("datetime64[s]")
    pd.testing.assert_frame_equal(moved.flows, expected)
    closes = moved.equity.set_index("date")["equity"]
    for day, equity in (("05", 100_000), ("06", 150_000), ("08", 150_000), ("11", 171_500), ("13", 141_500)):
        assert closes[f"2024-03-{day}"] == pytest.approx(equity), day
    assert closes.iloc[-1] == pytest.approx(137_500)
    assert moved.margin_events["event"].tolist() == ["withdrawal_refused"] * 2
    assert moved.margin_events["amount"].tolist() == [2_000.0, 200_000.0]


def test_the_attribution_sums_with_what_moved(moved):
    parts = moved.attribution.groupby(["component", "symbol"])["amount"].sum().to_dict()
    assert parts == pytest.approx(
        {("price_pnl", A): 2_750, ("dividends", ""): 0, ("cash_flow", ""): 20_000, ("transfers", A): 14_750}
    )
    assert moved.summary["attribution_residual"] == pytest.approx(0.0, abs=1e-9)


def test_returns_are_time_weighted_beside_money_weighted(moved):
    get = moved.summary.get
    assert get("total_return") == pytest.approx(171_500 / 170_000 * 137_500 / 136_250 - 1)
    assert moved.returns().add(1).prod() - 1 == pytest.approx(get("total_return"))
    assert moved.returns()["2024-03-06"] == 0.0
    assert (get("max_drawdown"), get("gain")) == (0.0, pytest.approx(2_750))
    assert (get("moved_in"), get("moved_out"), get("flows_refused")) == (70_000.0, 35_250.0, 2)
    paid = {0: 100_000, 2: 50_000, 7: 20_000, 9: -30_000, 14: -5_250, 18: -137_500}  # days after 2024-03-04

    def value(rate):
        return sum(amount * (1 + rate) ** (-day / 365) for day, amount in paid.items())

    assert get("money_weighted_return") == pytest.approx(brentq(value, -0.5, 10.0), rel=1e-9)


def test_it_is_shown_and_read_back(moved, tmp_path):
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(summary_table(moved.summary, moved.notes))
    text = console.export_text()
    assert "Money-weighted a year" in text
    assert "Flows that were refused: no cash 1, no shares 1" in " ".join(text.split())
    page = render(moved)
    assert "Cash and collateral moved" in page
    assert "transfer out" in page
    again = load(moved.save(tmp_path / "out"))
    assert again.flows is not None
    assert again.flows.equals(moved.flows)


def test_a_run_in_which_nothing_moves_says_nothing_of_it(tmp_path):
    still = ran(tmp_path, [])
    assert still.flows is None
    assert "money_weighted_return" not in still.summary
    assert "Cash and collateral moved" not in render(still)


# ---- the withdraw line ----------------------------------------------------------------------------------------------

LEVERED = "date,symbol,kind,shares\n2024-03-05,600000.SH,margin_buy,10000\n"
FLAT = np.full((15, 2), 10.0)


def out(day, amount=None, shares=None):
    if shares is None:
        return {"date": f"2024-03-{day}", "kind": "withdrawal", "amount": amount}
    return {"date": f"2024-03-{day}", "kind": "transfer_out", "symbol": B, "shares": shares}


@pytest.mark.parametrize(
    ("flows", "reasons"),
    [
        # 300,000 of cash and 100,000 financed: 4.00; 100,000 may go, but for the interest of the days before.
        ([out("06", 50_000), out("07", 50_000)], ["", "withdraw_line"]),
        ([out("06", 100_000)], [""]),  # interest accrues after it: nothing is owed beside the principal yet
        ([out("06", 100_000.01)], ["withdraw_line"]),
        ([out("06", 300_000)], ["withdraw_line"]),
    ],
)
def test_cash_leaves_above_the_line_and_down_to_it(tmp_path, flows, reasons):
    result = ran(tmp_path, flows, LEVERED, cash=300_000.0, prices=FLAT)
    assert result.flows["reason"].tolist() == reasons


def test_collateral_leaves_against_the_same_line_and_financed_shares_do_not(tmp_path):
    opening = {"cash": 100_000.0, "holdings": [{"symbol": B, "shares": 20_000}]}
    flows = [out("06", shares=10_001), out("06", shares=10_000), {**out("06", shares=1), "symbol": A}]
    result = ran(tmp_path, flows, LEVERED, {"account.opening": opening}, prices=FLAT)
    assert result.flows["reason"].tolist() == ["withdraw_line", "", "no_shares"]
    assert result.equity["long_value"].iloc[2] == 200_000.0


# 20,000 of cash and 40,000 B at 10.00 with a haircut of 0.30; 10,000 A are financed, at a margin ratio of 1.00. Before
# Wednesday: (20,000 + 400,000 + 100,000) / 100,000 = 5.20, and the margin is 20,000 + 120,000 - 100,000 = 40,000.
THIN = {
    "account.haircut": {"value": 0.3, "override": True},
    "account.financing_margin_ratio": {"value": 1.0, "override": True},
    "account.opening": {"cash": 20_000.0, "holdings": [{"symbol": B, "shares": 40_000}]},
}


@pytest.mark.parametrize(
    ("flows", "reasons"),
    [
        ([out("06", 20_000)], [""]),  # 5.00 and a margin of 20,000 are left
        # 13,000 B are 130,000, 3.90 is left, and 39,000 of margin; 3,000 B more are 30,000 (3.60), and 9,000 of it.
        ([out("06", shares=13_000), out("06", shares=3_000)], ["", "no_margin"]),
        ([out("06", shares=13_333)], [""]),  # 39,999
        ([out("06", shares=13_334)], ["no_margin"]),  # 40,002
        ([out("06", 20_000), out("06", shares=7_000)], ["", "no_margin"]),  # 21,000 of the 20,000
        ([out("06", shares=23_000)], ["withdraw_line"]),  # 2.90
        ([out("05", shares=40_000), out("05", 20_000)], ["", ""]),  # on Tuesday nothing is owed yet
    ],
)
def test_with_debt_no_more_leaves_than_the_available_margin(tmp_path, flows, reasons):
    orders = LEVERED if flows[0]["date"] != "2024-03-05" else BOUGHT
    result = ran(tmp_path, flows, orders, THIN, prices=FLAT)
    assert result.flows["reason"].tolist() == reasons
    assert result.equity["available_margin"].iloc[1] == (40_000.0 if orders == LEVERED else 0.0)


def test_both_engines_judge_what_leaves_alike_at_the_haircuts_of_the_close_before(tmp_path):
    hold = {"name": "buy_and_hold", "parameters": {"leverage": 1.15}}
    flows = [out("06", shares=12_000), *({**out(day, shares=9_000), "symbol": A} for day in ("07", "08"))]
    haircut = np.full((15, 2), 0.3)
    haircut[3:] = 0.6  # from Thursday 03-07 on: what leaves before its open is judged at 0.3
    given = {**NO_COSTS, **THIN, "account.flows": flows, "execution.engine": "both"}
    given |= {"account.opening": {"cash": 300_000.0, "holdings": [{"symbol": B, "shares": 4_000}]}}
    given |= {"account.haircut": {"value": 0.9, "override": False}}
    data = dataset(panel(FLAT, haircut=haircut), tmp_path)
    result: Any = run(configured(given, data=data, strategy=hold))
    assert result.flows["reason"].tolist() == ["", "no_margin", ""]


def test_a_higher_line_of_the_brokers_holds(tmp_path):
    result = ran(tmp_path, [out("06", 60_000)], LEVERED, {"account.lines.withdraw": 3.5}, 300_000.0, FLAT)
    assert result.flows["reason"].tolist() == ["withdraw_line"]


def test_what_has_no_price_yet_cannot_come_in(tmp_path):
    prices = FLAT.copy()
    prices[:6, 1] = np.nan
    flows = [{**out("06", shares=100), "kind": "transfer_in"}, {**out("13", shares=100), "kind": "transfer_in"}]
    result = ran(tmp_path, flows, prices=prices)
    assert result.flows["reason"].tolist() == ["no_price", ""]


# ---- a margin call that is paid -------------------------------------------------------------------------------------

# 100,000 of cash, 20,000 A financed at 10.00 on Tuesday: 1.50. Wednesday closes at 7.90: 258,000 / 200,050 = 1.2897,
# a call for Thursday. Before it 1.40 x 200,050 - 258,000 = 22,070.00 come in; Thursday: 280,070 / 200,100 = 1.3997.
FALLEN = np.column_stack([np.r_[10.0, 10.0, np.full(13, 7.9)], np.full(15, 20.0)])
TWICE = "date,symbol,kind,shares\n2024-03-05,600000.SH,margin_buy,20000\n"


def test_on_call_the_client_pays_in_what_restores_the_line(tmp_path):
    result = ran(tmp_path, [], TWICE, {"account.on_call": "deposit"}, prices=FALLEN)
    (row,) = result.flows.to_dict("records")
    assert (str(row["date"].date()), row["kind"], row["amount"]) == ("2024-03-07", "call_deposit", 22_070.0)
    assert result.equity["maintenance_ratio"].iloc[2:4].tolist() == pytest.approx(
        [258_000 / 200_050, 280_070 / 200_100]
    )
    assert result.margin_events["event"].tolist()[:2] == ["call", "cured"]
    assert result.forced_sales.empty
    assert result.summary["attribution_residual"] == pytest.approx(0.0, abs=1e-6)
    assert result.summary["gain"] == pytest.approx(result.equity["equity"].iloc[-1] - 122_070)


def test_otherwise_the_broker_sells(tmp_path):
    result = ran(tmp_path, [], TWICE, prices=FALLEN)
    assert result.flows is None
    assert len(result.forced_sales) > 0


# ---- files and refusals ---------------------------------------------------------------------------------------------

CSV = """\
发生日期,业务名称,证券代码,证券名称,数量,发生金额
20240306,银证转入,,,,"50,000.00"
20240309,担保品划入,600000,浦发银行,2000,
20240313,证券转银行,,,,"-30,000.00"
20240314,担保品划出,600001,邯郸钢铁,-100,
20240314,withdrawal,,,,200000
20240318,担保品划出,600000,浦发银行,500,
"""


def test_a_file_says_the_same_as_the_keys(tmp_path, moved):
    (tmp_path / "flows.csv").write_bytes(CSV.encode("gbk"))
    assert ran(tmp_path, str(tmp_path / "flows.csv")).flows.equals(moved.flows)
    text = "name: mine\ndata: {source: synthetic}\nstrategy: {name: buy_and_hold}\naccount: {flows: flows.csv}\n"
    (one,) = parse(text, "mine.yaml", tmp_path).account.flows
    assert len(read_flows(one.file or "")) == 6


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("银证转入", "银证转", r"line 2, column `kind`: should be one of .*got '银证转': did you mean `银证转.`"),
        ("20240309", "", r"line 3: `` is not a day"),
        ("2000,\n", ",\n", r"line 3: a transfer_in should give `shares` and `symbol` alone"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(tmp_path, right, wrong, told):
    (tmp_path / "flows.csv").write_text(CSV.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DataError, match=told):
        read_flows(tmp_path / "flows.csv")


def test_a_security_that_is_not_there_and_days_outside_the_run(tmp_path):
    with pytest.raises(ConfigError, match=r"account.flows.0.symbol`: the data have no security 600009.SH"):
        prepare(moving(tmp_path, [{**FLOWS[1], "symbol": "600009.SH"}]))
    early, late = ({**FLOWS[0], "date": day} for day in ("2024-03-01", "2024-03-23"))
    result = ran(tmp_path, [early, late])
    assert result.flows is None
    assert "Flows outside the run, left out: 2." in result.notes


@pytest.mark.parametrize("change", [{"shares": 1}, {"amount": None}, {"kind": "gift"}, {"file": "flows.csv"}])
def test_keys_that_are_no_flow_are_refused(change):
    with pytest.raises(AssertionError, match="Problem"):
        configured({"account.flows": [{**FLOWS[0], **change}]})


# ---- returns --------------------------------------------------------------------------------------------------------


def test_a_path_without_flows_is_the_equity_and_one_that_is_gone_stays_gone():
    equity = np.array([110.0, 99.0])
    assert time_weighted(100.0, equity, np.zeros(2)).tolist() == [100.0, 110.0, 99.0]
    assert time_weighted(100.0, equity, np.array([0.0, 110.0])).tolist() == pytest.approx([100.0, 110.0, 49.5])
    assert time_weighted(0.0, np.array([0.0, 110.0, 99.0]), np.array([0.0, 100.0, 0.0])).tolist() == pytest.approx(
        [100.0, 100.0, 110.0, 99.0]
    )
    assert time_weighted(100.0, np.array([-5.0, 50.0]), np.array([0.0, 45.0])).tolist() == [100.0, -5.0, 0.0]


def test_the_rate_of_money_by_hand():
    days = np.array([0, 365])
    assert money_weighted(100.0, 231.0, np.array([0.0, 0.0]), days) == pytest.approx(1.31)
    # 100 for two years and 100 for one at 10 %: 121 + 110.
    assert money_weighted(100.0, 231.0, np.array([0.0, 100.0, 0.0]), np.array([0, 365, 730])) == pytest.approx(0.10)
    assert money_weighted(100.0, -1.0, np.zeros(2), days) == -1.0
    assert np.isnan(money_weighted(100.0, 100.0, np.zeros(1), days[:1]))


# ---- elsewhere ------------------------------------------------------------------------------------------------------


class Watcher(bt.Strategy):
    """Sell 1,200 of what came in, and write down what backtrader shows."""

    def __init__(self):
        self.sizes, self.closed = [], []

    def next(self):
        self.sizes.append(self.getposition(self.datas[0]).size)
        if len(self) == 6:
            self.broker.transfer(self.datas[0], 200)
        if len(self) == 8:
            self.sell(size=1_200)

    def notify_trade(self, trade):
        if trade.isclosed:
            self.closed.append((trade.price, round(trade.pnl, 2)))


def test_a_strategy_of_backtrader_sees_what_it_began_with_and_what_moved():
    account = {
        "opening": {"cash": 1_000.0, "holdings": [{"symbol": A, "shares": 500}]},
        "flows": [{"date": "2024-03-06", "kind": "transfer_in", "symbol": A, "shares": 500}],
    }
    costs = {"commission_rate": 0.0, "commission_minimum": 0.0, "stamp_duty_rate": {"value": 0.0, "override": True},
             "transfer_fee_rate": {"value": 0.0, "override": True}}  # fmt: skip
    broker = lr.credit_broker(panel(PRICES), account=account, costs=costs)
    assert broker.getvalue() == 6_000.0
    cerebro = lr.PanelCerebro()
    cerebro.broker = broker
    for feed in lr.feeds_of(broker.market.panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(Watcher)
    watcher = cerebro.run()[0]
    assert watcher.sizes == [500] * 2 + [1_000] * 4 + [1_200] * 2 + [0] * 7
    # 1,000 at 10.00 and 200 at the 10.50 of the close before; sold at 10.50.
    assert watcher.closed == [(pytest.approx(12_100 / 1_200), 500.0)]
    assert broker.journal.tables()["flows"]["amount"] == [5_000.0, 2_100.0]
    with pytest.raises(ConfigError, match=r"`account.flows` should be the flows themselves here"):
        lr.credit_broker(panel(PRICES), account={"flows": "flows.csv"})
    with pytest.raises(ConfigError, match=r"`account.opening` should be the keys themselves here"):
        lr.credit_broker(panel(PRICES), account={"opening": "opening.csv"})


def test_a_leaderboards_row_is_that_of_the_run(tmp_path):
    opening = {"cash": 50_000.0, "holdings": [{"symbol": A, "shares": 3_000}]}
    hold = {"name": "buy_and_hold", "parameters": {"leverage": 1.2}}
    data = dataset(panel(np.vstack([PRICES, PRICES[-1:].repeat(10, axis=0)])), tmp_path)
    keys = {"account.opening": opening, "account.flows": FLOWS, "execution.engine": "compiled"}
    scenario = prepare(configured(keys, data=data, strategy=hold))
    result, row = execute(scenario), measure(scenario)
    for name in ("total_return", "sharpe", "max_drawdown", "turnover"):
        assert row.figures[name] == result.summary[name], name
    assert row.figures["start_equity"] == result.summary["start_equity"] == 80_000.0
    assert result.flows is not None
    returns = returns_of(row.equity, row.figures["start_equity"])
    assert returns.tolist() == pytest.approx(result.returns().tolist(), abs=1e-12)


def test_the_look_ahead_check_runs_over_an_account_that_moves(tmp_path):
    keys = {"account.opening": {"cash": 1e6, "holdings": [{"symbol": A, "shares": 300}]}, "account.flows": FLOWS}
    config = configured(keys, data=dataset(panel(PRICES), tmp_path), strategy={"name": "buy_and_hold"})
    assert check_lookahead(config, cuts=2).findings == ()


def test_the_check_of_a_configuration_shows_the_opening(tmp_path):
    keys = {"account.opening": {"cash": 1e6, "holdings": [{"symbol": A, "shares": 300}]}}
    found = check_config(configured(keys, data=dataset(panel(PRICES), tmp_path), strategy={"name": "buy_and_hold"}))
    assert any("begins with an equity of 1,003,000.00 CNY" in line for line in found.warnings)
