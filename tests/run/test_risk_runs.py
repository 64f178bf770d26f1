"""Runs from a configuration to tables, notes and report: calls, forced sales, dividends; and what `check` says of them.

Two securities, all orders from an order list, no price limits, no minimum commission, haircuts of 1 and margin ratios
of 0.5; forced sales keep the cash. Without other words 100,000 of own cash buys 9,900 shares at 10.00 and 10,000 are
financed.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from broker.markets import panel
from liangrong.core.config.yaml_file import load
from liangrong.core.run.config_check import check_config
from liangrong.core.run.engines import execute, run
from liangrong.core.run.page import render
from liangrong.core.run.rules_used import rules_used
from liangrong.core.run.scenario import prepare
from run.configured import configured, dataset

HALF = {"value": 0.5, "override": True}
KEYS = {
    "account.financing_margin_ratio": HALF,
    "account.short_margin_ratio": HALF,
    "account.haircut": {"value": 1.0, "override": True},
    "account.forced_sale_cash": "keep",
    "market.price_limits": False,
}
LEVERED = "2024-03-05,600000.SH,buy,9900\n2024-03-05,600000.SH,margin_buy,10000\n"


@pytest.fixture
def made(tmp_path):
    """Return what builds a configuration from prices, orders and keys."""

    def make(opens, orders=LEVERED, keys=None, days="2024-03-04", actions=None, **fields):
        (tmp_path / "orders.csv").write_text("date,symbol,kind,shares\n" + orders)
        strategy = {"name": "replay", "parameters": {"file": str(tmp_path / "orders.csv")}}
        data = dataset(panel(opens, days=days, **fields), tmp_path)
        if actions is not None:
            (tmp_path / "actions.csv").write_text("date,symbol,cash_per_share,share_ratio\n" + actions)
            data["actions"] = str(tmp_path / "actions.csv")
        return configured({**KEYS, **(keys or {})}, data=data, strategy=strategy, cash=100_000.0)

    return make


def path(*values, length=9):
    prices = [10.0, 10.0, *values]
    return prices + prices[-1:] * (length - len(prices))


def names(result):
    return result.margin_events["event"].tolist()


def days_of(result, table, column="date"):
    first = result.equity["date"].tolist()
    return [first.index(date) for date in getattr(result, table)[column]]


# ---- calls and forced sales ---------------------------------------------------------------------------------------


def test_a_crash_from_notice_to_restored(made):
    result = run(made(path(6.4)))
    assert names(result) == ["call", "forced_sale", "restored"]
    assert days_of(result, "margin_events") == [2, 3, 4]
    assert days_of(result, "forced_sales") == [4]
    sold = result.forced_sales.iloc[0]
    assert (sold["cause"], sold["kind"], sold["price"], sold["reason"]) == ("maintenance", "sell_to_repay", 6.4, "")
    assert sold["wanted"] == sold["done"]
    fill = result.fills.iloc[-1]
    assert (fill["kind"], fill["shares"], fill["price"]) == ("forced_sell_to_repay", sold["done"], 6.4)
    assert result.equity["maintenance_ratio"].iloc[4] >= 1.4
    assert (result.summary["margin_calls"], result.summary["forced_orders"]) == (1, 1)
    assert "Margin calls: 1. Forced orders: 1, not wholly carried out: 0." in result.notes
    assert "Margin calls and other events" in render(result)


def test_by_default_cash_repays_before_the_sale(made):
    result = run(made(path(6.4), keys={"account.forced_sale_cash": "first"}))
    assert result.forced_sales["kind"].tolist() == ["repay", "sell_to_repay"]
    assert result.forced_sales["done"].iloc[0] == pytest.approx(result.equity["cash"].iloc[3], abs=0.01)
    assert result.equity["cash"].iloc[4] < 0.02
    assert result.equity["maintenance_ratio"].iloc[4] >= 1.4


def test_every_forced_fill_stands_in_the_table_and_the_parts_sum_up():
    data = {"source": "synthetic", "options": {"seed": 6, "securities": 20, "sessions": 420, "start": "2021-01-04"}}
    strategy = {"name": "buy_and_hold", "parameters": {"leverage": 2.6}}
    config = configured(
        {key: value for key, value in KEYS.items() if "haircut" in key or "ratio" in key}, data, strategy
    )
    scenario = prepare(config)
    result = execute(scenario)
    assert {"call", "cured", "forced_sale", "restored", "extended"} <= set(names(result))
    forced, fills = result.forced_sales, result.fills[result.fills["kind"].str.startswith("forced_")]
    assert len(forced) >= 4
    done = forced[forced["done"] > 0].reset_index(drop=True)
    assert fills["kind"].tolist() == ("forced_" + done["kind"]).tolist()
    traded = (done["kind"] != "repay").to_numpy()
    assert 0 < traded.sum() < len(traded)
    assert fills["shares"][traded].tolist() == done.loc[traded, "done"].tolist()
    assert fills["value"][~traded].tolist() == pytest.approx(done.loc[~traded, "done"].tolist(), abs=1e-6)
    assert fills["price"][traded].tolist() == done.loc[traded, "price"].tolist()
    assert result.attribution["amount"].sum() == pytest.approx(result.equity["equity"].iloc[-1] - 1e7, abs=1e-6)
    assert result.summary["largest_identity_error"] < 1e-6
    assert (result.equity["principal"] >= 0.0).all()
    suspended: Any = pd.DataFrame(scenario.panel["suspended"], scenario.panel.sessions, scenario.panel.symbols)
    assert not any(suspended.loc[row.date, row.symbol] for row in fills[traded].itertuples())


def test_below_call_at_every_close_is_answered_by_a_sale_within_the_grace():
    """On a seeded market: each call ends in a cure, or in forced sales at the open after its deadline."""
    data = {"source": "synthetic", "options": {"seed": 1, "securities": 20, "sessions": 420, "start": "2021-01-04"}}
    strategy = {"name": "buy_and_hold", "parameters": {"leverage": 2.5}}
    result = run(configured({key: value for key, value in KEYS.items() if "account" in key}, data, strategy))
    told = [name for name in names(result) if name in ("call", "cured", "forced_sale", "restored")]
    assert set(zip(told[::2], told[1::2], strict=False)) <= {
        ("call", "cured"),
        ("call", "forced_sale"),
        ("restored", "call"),
    } | {
        ("cured", "call"),
        ("forced_sale", "restored"),
    }
    sessions = result.equity["date"].tolist()
    orders = [
        sessions[sessions.index(date) + 1] for date in result.margin_events.query("event == 'forced_sale'")["date"]
    ]
    assert set(orders) <= set(result.forced_sales["date"])
    ratio = result.equity["maintenance_ratio"].to_numpy()
    below = ratio < 1.3
    assert not np.any(below[:-2] & below[1:-1] & below[2:])  # three closes in a row: the sale had come before the third


def test_an_insolvent_run_goes_on_to_its_end(made):
    orders = "2024-03-05,600000.SH,buy,9900\n2024-03-05,600000.SH,margin_buy,19000\n2024-03-11,600000.SH,buy,100\n"
    result = run(made(path(6.0), orders))
    assert names(result) == ["insolvent"]
    shortfall = result.margin_events["amount"].iloc[0]
    assert shortfall > 0.0
    assert result.summary["insolvent_date"] == "2024-03-06"
    assert result.summary["insolvency_shortfall"] == shortfall
    assert len(result.equity) == 9
    assert result.equity["equity"].iloc[-1] < 0.0
    assert result.refusals["reason"].tolist() == ["frozen"]
    assert any(note.startswith(f"Insolvent on 2024-03-06, {shortfall:,.2f} short of the debt") for note in result.notes)
    assert any(note.startswith("Loss beyond equity at the end") for note in result.notes)
    assert "insolvent on 2024-03-06" in render(result)


def test_the_same_run_gives_the_same_bytes(made, tmp_path):
    config = made(path(6.4), actions="2024-03-08,600000.SH,0.1,0.1\n")
    first, second = (run(config).save(tmp_path / name, render) for name in ("first", "second"))
    files = sorted(file.name for file in first.iterdir())
    assert {"margin_events.csv", "forced_sales.csv", "report.html"} <= set(files)
    assert [name for name in files if (first / name).read_bytes() != (second / name).read_bytes()] == []


def test_the_shipped_scenario_shows_calls_and_forced_sales():
    result = run(load(Path(__file__).parents[2] / "configs" / "margin_calls.yaml"))
    assert {"warn", "call", "forced_sale", "restored"} <= set(names(result))
    assert result.summary["margin_calls"] >= 2
    assert (result.forced_sales["done"] > 0.0).sum() >= 1
    assert result.fills["kind"].str.startswith("forced_").any()


# ---- every option reaches the account -----------------------------------------------------------------------------

TWO = "2024-03-05,600000.SH,buy,6000\n2024-03-05,600001.SH,buy,3900\n2024-03-05,600000.SH,margin_buy,10000\n"
FALLEN = np.column_stack([path(6.6), path(5.2)])


@pytest.mark.parametrize(("selection", "first"), [("largest", "600000.SH"), ("losers", "600001.SH")])
def test_the_selection_of_the_configuration(made, selection, first):
    result = run(made(FALLEN, TWO, {"account.forced_sale": selection}))
    assert result.forced_sales["symbol"].iloc[0] == first


@pytest.mark.parametrize(
    ("key", "value", "closes", "told"),
    [
        ("account.lines.grace", 3, path(6.4), [("call", 2), ("forced_sale", 5), ("restored", 6)]),
        ("account.lines.cure", 1.5, path(6.4, 6.8), [("call", 2), ("forced_sale", 3), ("restored", 4)]),
        ("account.lines.instant", 1.29, path(6.4), [("instant", 2), ("restored", 3)]),
        ("account.lines.call", 1.2, path(6.4), [("warn", 2)]),
        ("account.preset", "lines_150_140_130", path(6.4), [("instant", 2), ("restored", 3)]),
    ],
)
def test_the_lines_of_the_configuration(made, key, value, closes, told):
    result = run(made(closes, keys={key: value}))
    assert list(zip(names(result), days_of(result, "margin_events"), strict=True)) == told


@pytest.mark.parametrize(("extension", "told"), [("auto", ["extended"]), ("none", ["due"])])
def test_extension(made, extension, told):
    days = np.array(["2024-03-04", "2024-03-05", "2024-09-05", "2024-09-06", "2024-09-09"], dtype="datetime64[D]")
    result = run(made([10.0] * 5, keys={"account.extension": extension}, days=days))
    assert names(result) == told
    assert set(result.forced_sales["cause"]) == ({"due"} if extension == "none" else set())
    assert result.contracts["due"].dt.strftime("%Y-%m-%d").tolist() == [
        "2025-03-05" if extension == "auto" else "2024-09-05"
    ]


SHORT = "2024-03-05,600000.SH,short_sell,1000\n"


def test_the_basis_of_the_borrow_fee(made):
    keys = {"account.borrow_rate": 0.072, "account.borrow_share": None}
    fees = [
        run(made(path(20.0), SHORT, {**keys, "account.fee_basis": basis})) for basis in ("sell_amount", "market_value")
    ]
    # From Tuesday 03-05 to Thursday 03-14: 9 days at 2.00; or one at 2.00 and eight at 4.00.
    assert [result.contracts["interest"].iloc[0] for result in fees] == pytest.approx([18.0, 34.0])


def test_the_posting_day(made):
    keys = {"account.interest_posting_day": 8}
    result = run(made(path(10.0), "2024-03-05,600000.SH,margin_buy,1000\n", keys))
    posted = result.fills[result.fills["kind"] == "repay"]
    assert posted["date"].dt.day.tolist() == [8]
    assert posted["interest"].iloc[0] == pytest.approx(result.contracts["principal"].iloc[0] * 0.0835 / 360 * 3)


def test_dividends_and_their_tax(made):
    orders = "2024-03-05,600000.SH,buy,1000\n2024-03-05,600001.SH,short_sell,1000\n"
    actions = "2024-03-07,600000.SH,0.5,0.2\n2024-03-07,600001.SH,0.3,\n"
    keys = {"account.dividend_tax_rate": 0.1, "account.borrow_share": None}
    result = run(made([[10.0, 10.0]] * 5, orders, keys, actions=actions))
    amounts = result.attribution.set_index(["component", "symbol"])["amount"]
    assert amounts["dividends", "600000.SH"] == pytest.approx(450.0)
    assert amounts["dividends_owed", "600001.SH"] == pytest.approx(-300.0)
    assert not any("No table of corporate actions" in note for note in result.notes)
    assert result.equity["long_value"].iloc[-1] == pytest.approx(12_000.0)


@pytest.mark.parametrize(("switch", "refused"), [(True, ["float_cap"]), (False, [])])
def test_the_float_cap_switch(made, switch, refused):
    fields = {"financing_balance": 3e8, "float_cap": 1e9}
    result = run(made([10.0] * 4, "2024-03-05,600000.SH,margin_buy,1000\n", {"market.float_cap": switch}, **fields))
    assert result.refusals["reason"].tolist() == refused


def test_concentration_of_the_configuration(made):
    orders = "2024-03-05,600000.SH,margin_buy,13000\n2024-03-05,600001.SH,margin_buy,5000\n"
    result = run(made([[10.0, 10.0]] * 4, orders, {"account.preset": "lines_145_130_110"}))
    assert result.refusals[["symbol", "reason"]].to_numpy().tolist() == [["600000.SH", "concentration"]]


# ---- what `liangrong check` says ----------------------------------------------------------------------------------


def told_by_check(config):
    return check_config(config).text(250)


CROSSING = np.array(["2015-06-29", "2015-06-30", "2015-07-01", "2015-07-02"], dtype="datetime64[D]")
KEYS_OF_2015 = {"costs.transfer_fee_rate": {"value": 0.0, "override": True}}


def test_check_shows_the_rules_of_calls_and_contracts_and_warns_where_they_change(made):
    text = told_by_check(made([10.0] * 4, "2015-06-30,600000.SH,buy,100\n", KEYS_OF_2015, days=CROSSING))
    for key in ("maintenance_cure_ratio", "maintenance_cure_sessions", "contract_extension"):
        rows = [line.split() for line in text.splitlines() if line.startswith(key)]
        assert [row[2] for row in rows] == ["2010-03-31", "2015-07-01"], key
    assert "the run crosses 2015-07-01: maintenance_cure_ratio becomes contract (open contracts too)" in text
    assert "the run crosses 2015-07-01: maintenance_cure_sessions becomes contract" in text
    assert "the run crosses 2015-07-01: contract_extension becomes 1" in text


@pytest.mark.parametrize(("sessions", "warned"), [(slice(0, 2), 0), (slice(0, 3), 1), (slice(2, 4), 0)])
def test_check_warns_of_a_change_within_the_run_only(made, sessions, warned):
    days = CROSSING[sessions]
    text = told_by_check(made([10.0] * len(days), f"{days[1]},600000.SH,buy,100\n", KEYS_OF_2015, days=days))
    assert text.count("the run crosses 2015-07-01: contract_extension") == warned


@pytest.mark.parametrize("is_read", [True, False])
def test_check_shows_and_marks_the_float_cap_where_the_run_reads_it(made, is_read):
    fields = {"financing_balance": 1e8, "float_cap": 1e9} if is_read else {}
    config = made([10.0] * 4, "2024-03-05,600000.SH,buy,100\n", **fields)
    found = {rule.key for rule in rules_used(prepare(config))}
    assert ({"float_cap_suspend", "float_cap_resume"} <= found) is is_read
    rows = [line for line in told_by_check(config).splitlines() if line.startswith("float_cap")]
    assert len(rows) == 2 * is_read
    assert all(" C* " in row for row in rows)
