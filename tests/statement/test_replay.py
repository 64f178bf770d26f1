"""Order replay: an account statement computed by hand, fills at stated prices, and what cannot be replayed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from broker.markets import panel
from broker.markets import run as drive
from liangrong.core.account.tables import make_table
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import ConfigError, DataError, DateError
from liangrong.core.run.engines import run
from liangrong.core.run.result import load as load_result
from liangrong.core.run.scenario import prepare
from liangrong.core.statement.differences import compare
from liangrong.core.statement.replay import Replay
from run.configured import configured, dataset

A, B = "600000.SH", "600001.SH"
TERMS = {
    "account.financing_rate": 0.09,  # 0.00025 a day
    "account.borrow_rate": 0.108,  # 0.0003 a day
    "account.haircut": {"value": 0.6, "override": True},
}

# Three weeks from Monday 2024-03-04: A at 10.00, 10.50, 11.00 by week; B at 20.00, from Wednesday 03-13 on at 19.00.
# Commission 0.00025, at least 5; stamp duty 0.0005 on sales; transfer fee 0.00001; start with 200,000 in cash.
STATEMENT = """\
date,symbol,kind,shares,amount,price,commission,stamp_duty,transfer_fee,interest,cash,principal,accrued,\
maintenance_ratio,available_margin
2024-03-05,600000.SH,buy,5000,,10.05,12.56,0,0.50,0,,,,,
2024-03-05,600001.SH,担保品买入,,"41,000",,10.00,,0.40,,,,,,
2024-03-06,600000.SH,融资买入,6000,,,15.00,0,0.60,0,,,,,
2024-03-07,600001.SH,short_sell,1000,,20.10,5.03,10.05,0.20,,,,,,
2024-03-08,,repay,,10000,,0,,,30.01,,,,,
2024-03-08,,account,,,,,,,,119811.26,50045.61,6.03,3.8516,103701.38
2024-03-11,600000,sell_to_repay,3000,,,7.88,15.75,0.32,37.53,,,,,
2024-03-12,600000.SH,SELL,1000,,10.60,5.00,5.30,0.11,,,,,,
2024/3/13,600001.SH,buy_to_return,250,,,5.00,0,0.06,9.05,,,,,
20240313,,账户,,,,,,,,124686.75,18607.09,36.44,,
2024-03-15,,account,,,,,,,,124686.75,18607.09,54.79,,
2024-03-18,600001.SH,直接还券,750,,,0,0,0,49.75,,,,,
2024-03-19,600000.SH,margin_buy,,22500,11.00,5.50,,0.22,,,,,,
2024-03-20,,直接还款,,18700,,,,,47.37,,,,,
2024-03-20,,account,,,,,,,,105937.00,,,,
2024-03-21,600001.SH,sell,1300,,19,6.18,12.35,0.25,0,,,,,
2024-03-22,600000.SH,卖券还款,9000,,,24.75,49.50,0.99,10.98,,,,,
2024-03-22,,account,,,,,,,,207571.82,0,0,,
"""
# By hand, to 2024-03-08:
#   buy A: 5,000 x 10.05 = 50,250 + 12.56 + 0.50; buy B: 41,000 // 20 = 2,050 -> 2,000 x 20 + 10 + 0.40
#   margin buy: principal 60,000 + 15 + 0.60 = 60,015.60; two days 30.0078; the repayment leaves 50,045.6078
#   short sale: 20,100 - 5.03 (5.025) - 10.05 - 0.20 = 20,084.72 locked; 6.03 a day
#   cash 200,000 - 50,263.06 - 40,010.40 + 20,084.72 - 10,000 = 119,811.26
#   ratio (119,811.26 + 110,000 + 40,000) / (50,045.6078 + 20,000 + 6.03) = 3.8516
#   margin 119,811.26 + 0.6 x 90,000 + 0.6 x 9,954.3922 + 0.6 x 100 - 20,100 - 0.8 x 50,045.6078 - 0.8 x 20,000 - 6.03
# To 2024-03-15:
#   sale to repay: 31,500 - 7.88 (7.875) - 15.75 - 0.32 (0.315); weekend: 3 x 12.511402 = 37.5342; principal 18,607.0920
#   return of 250 of 1,000: 300 bought at 19; 6 days: 36.18 / 4 = 9.045; sell amount left 15,075, accrued 27.135
#   2 days later: 4 x 4.651773 + 27.135 + 2 x 4.5225 = 54.7871
# To 2024-03-22:
#   return of 750: 27.135 + 5 x 4.5225 = 49.7475; margin buy at 11: 2,045 -> 2,000, principal 22,005.72
#   repayment: 9 x 4.651773 and the 18,607.0920 of the first contract, 5.5014 and 45.5406 of the second
#   cash 124,686.745 - 49.7475 - 18,700 + 24,681.22 + (98,924.76 - 21,960.1794 - 2 x 5.490045) = 207,571.82

DAYS = np.busday_offset(np.datetime64("2024-03-04"), np.arange(15))
A_PRICE = np.repeat([10.0, 10.5, 11.0], 5)
B_PRICE = np.where(np.arange(15) < 7, 20.0, 19.0)


def market(**fields):
    price = np.column_stack([A_PRICE, B_PRICE])
    return panel(price, **{"high": price * 1.02, "low": price * 0.98} | fields)


def replayed(folder, text, keys=None, given=None, cash=200_000.0, **parameters) -> Any:
    """Run the order list `text` over the three weeks."""
    path = folder / "orders.csv"
    path.write_text(text, encoding="utf-8")
    data = dataset(market() if given is None else given, folder)
    strategy = {"name": "replay", "parameters": {"file": str(path), **parameters}}
    return run(configured({**TERMS, **(keys or {})}, data=data, strategy=strategy, cash=cash))


def orders(folder, *rows, header="date,symbol,kind,shares,amount,price", **options) -> Any:
    return replayed(folder, "\n".join([header, *rows]) + "\n", **options)


def test_a_statement_computed_by_hand_agrees_line_by_line(tmp_path):
    result = replayed(tmp_path, STATEMENT)
    assert (list(result.refusals["reason"]), len(result.fills)) == ([], 13)
    assert set(result.fills["kind"]) == {
        "buy", "sell", "margin_buy", "sell_to_repay", "repay", "short_sell", "buy_to_return", "return_shares",
    }  # fmt: skip
    assert result.differences is not None
    assert result.differences.empty, result.differences
    assert any("own figures: 69 compared, 0 beyond the tolerance." in note for note in result.notes)
    assert result.equity["cash"].iloc[-1] == pytest.approx(207_571.81801744, abs=1e-7)
    assert result.equity["equity"].iloc[-1] == result.equity["cash"].iloc[-1]


def test_a_wrong_interest_is_exactly_that_difference(tmp_path):
    assert STATEMENT.count("37.53") == 1
    result = replayed(tmp_path, STATEMENT.replace("37.53", "38.53"))
    (row,) = result.differences.to_dict("records")
    assert (row["symbol"], row["kind"], row["item"], row["line"]) == (A, "sell_to_repay", "interest", 8)
    assert str(row["date"].date()) == "2024-03-11"
    assert (row["brokers"], row["ours"]) == (38.53, pytest.approx(37.53420585))
    assert row["difference"] == pytest.approx(-0.99579415)
    assert "1 beyond the tolerance; the largest is `interest` of sell_to_repay 600000.SH on 2024-03-11 " in (
        "".join(result.notes)
    )


@pytest.mark.parametrize(
    ("right", "wrong", "item", "line"),
    [
        ("3.8516", "3.8526", "maintenance_ratio", 7),
        ("103701.38", "103702.38", "available_margin", 7),
        ("54.79", "36.44", "accrued", 12),
        ("49.50,0.99", "99.00,0.99", "stamp_duty", 18),
        ("10.00,,0.40", "5.00,,0.40", "commission", 3),
    ],
)
def test_each_figure_is_compared(tmp_path, right, wrong, item, line):
    assert STATEMENT.count(right) == 1
    (row,) = replayed(tmp_path, STATEMENT.replace(right, wrong)).differences.to_dict("records")
    assert (row["item"], row["line"]) == (item, line)


def test_the_tolerance_is_the_users(tmp_path):
    wrong = STATEMENT.replace("37.53", "38.53")
    assert replayed(tmp_path, wrong, tolerance=1.0).differences.empty
    strict = replayed(tmp_path, STATEMENT, tolerance=0.0).differences
    assert 0 < len(strict) < 30
    assert strict["difference"].abs().max() < 0.006  # the broker's rounding


def test_refused_orders_stand_in_both_tables(tmp_path):
    result = orders(
        tmp_path,
        "2024-03-05,600000.SH,margin_buy,1000,,,5",
        "2024-03-06,600000.SH,margin_buy,90000,,,225",
        "2024-03-06,600000.SH,margin_buy,1000,,,5",
        "2024-03-07,600001.SH,sell,100,,,",
        "2024-03-08,,repay,,500,,",
        "2024-03-11,600000.SH,buy,100,,10.20,",
        header="date,symbol,kind,shares,amount,price,commission",
        cash=20_000.0,
    )
    assert list(result.refusals["reason"]) == ["no_margin", "no_shares", "out_of_range"]
    found = result.differences[["line", "item", "ours", "brokers"]].to_numpy().tolist()
    assert found == [
        [3, "refused: no_margin", 0.0, 90_000.0],
        [5, "refused: no_shares", 0.0, 100.0],
        [7, "refused: out_of_range", 0.0, 100.0],
    ]
    assert "3 beyond the tolerance, 3 of them because the ledger refused an order." in "".join(result.notes)


def test_what_met_no_volume_is_a_difference_of_shares(tmp_path):
    result = orders(
        tmp_path,
        "2024-03-05,600000.SH,buy,5000,,,11.25",
        header="date,symbol,kind,shares,amount,price,commission",
        given=market(volume=20_000.0),
    )
    found = result.differences[["item", "ours", "brokers"]].to_numpy().tolist()
    assert found == [["shares", 2_000.0, 5_000.0], ["commission", 5.0, 11.25]]


def test_a_repayment_of_more_than_is_owed_is_a_difference_of_value(tmp_path):
    result = orders(
        tmp_path,
        "2024-03-05,600000.SH,margin_buy,100,,,5",
        "2024-03-08,,repay,,5000,,",
        header="date,symbol,kind,shares,amount,price,commission",
    )
    owed = 1_005.01 * (1 + 3 * 0.00025)
    assert result.differences[["item", "brokers"]].to_numpy().tolist() == [["value", 5_000.0]]
    assert result.differences["ours"].tolist() == pytest.approx([owed])


def test_without_figures_of_the_broker_there_is_no_report(tmp_path):
    result = orders(tmp_path, "2024-03-05,600000.SH,buy,100,,")
    assert result.differences is None
    assert not any("broker's own figures" in note for note in result.notes)
    assert not (result.save(tmp_path / "out") / "differences.csv").exists()


def test_the_report_is_saved_and_read_back(tmp_path):
    result = replayed(tmp_path, STATEMENT.replace("37.53", "38.53"))
    folder = result.save(tmp_path / "out")
    lines = (folder / "differences.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "date,symbol,kind,item,ours,brokers,difference,line"
    assert lines[1].startswith("2024-03-11,600000.SH,sell_to_repay,interest,37.5342058")
    assert result.differences.equals(load_result(folder).differences)
    again = orders(tmp_path, "2024-03-05,600000.SH,buy,100,,")
    assert not (again.save(folder) / "differences.csv").exists()
    assert load_result(folder).differences is None


# ---- prices and amounts -----------------------------------------------------------------------------------


def test_a_stated_price_is_the_price_of_the_fill_and_pays_no_slippage(tmp_path):
    rows = [
        "2024-03-05,600000.SH,buy,100,,10.13",
        "2024-03-05,600000.SH,buy,100,,",
        "2024-03-06,600000.SH,sell,100,,9.87",
    ]
    result = orders(tmp_path, *rows, keys={"costs.slippage": 0.001})
    assert list(result.fills["price"]) == pytest.approx([10.13, 10.01, 9.87])


def test_a_stated_fill_at_the_price_limit_was_possible(tmp_path):
    given = market()
    fields = {"high": given["high"].copy(), "low": given["low"].copy()}
    fields["high"][3, 0], fields["low"][4, 0] = 11.0, 9.0
    rows = "2024-03-07,600000.SH,buy,100,,11.00", "2024-03-08,600000.SH,sell,100,,9.00"
    assert list(orders(tmp_path, *rows, given=given.with_fields(fields)).fills["price"]) == [11.0, 9.0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2024-03-05,600000.SH,buy,100,,10.21", "out_of_range"),
        ("2024-03-05,600000.SH,buy,100,,9.79", "out_of_range"),
        ("2024-03-05,600001.SH,short_sell,100,,19.99", "uptick"),  # the close before was 20.00
        ("2024-03-08,600000.SH,buy,100,,10.00", "suspended"),
        ("2024-03-05,600000.SH,buy,150,,10.00", "lot"),
        ("2024-03-05,600000.SH,buy,,900,", "lot"),
    ],
)
def test_a_rule_that_forbids_the_fill_refuses_it(tmp_path, row, reason):
    given = market()
    high, close, suspended = (given[name].copy() for name in ("high", "close", "suspended"))
    high[3, 0] = 11.0
    close[4, 0], suspended[4, 0] = np.nan, 1.0
    result = orders(tmp_path, row, given=given.with_fields({"high": high, "close": close, "suspended": suspended}))
    assert list(result.refusals["reason"]) == [reason]
    assert result.fills.empty
    assert result.differences is None


def test_an_amount_becomes_whole_lots_at_the_price_or_at_the_last_close(tmp_path):
    rows = [
        "2024-03-11,600000.SH,buy,,10449,10.45",  # 999.9 shares
        "2024-03-11,600000.SH,buy,,10450,10.45",  # 1,000 shares
        "2024-03-11,600000.SH,buy,,10450,",  # the close before was 10.00, the open is 10.50
        "2024-03-12,600000.SH,margin_buy,,10450,",
        "2024-03-13,600000.SH,buy,,10550,10.55",  # 1,000 shares, though the binary 10.55 is above the decimal one
    ]
    assert list(orders(tmp_path, *rows).fills["shares"]) == [900, 1000, 1000, 900, 1000]


def test_an_amount_on_a_board_with_steps_of_one_share(tmp_path):
    given = panel(np.full(5, 10.0), symbols=["688001.SH"])
    rows = ["2024-03-05,688001,buy,,2345.67,", "2024-03-06,688001,buy,,1999,"]
    result = orders(tmp_path, *rows, given=given)
    assert list(result.fills["shares"]) == [234]
    assert list(result.refusals["reason"]) == ["lot"]


def test_orders_of_one_session_are_executed_in_the_order_of_the_file(tmp_path):
    rows = ["2024-03-12,600000.SH,buy,100,,", "2024-03-05,600000.SH,buy,500,,", "2024-03-12,600000.SH,sell,500,,"]
    result = orders(tmp_path, *rows)
    assert list(zip(result.fills["kind"], result.fills["shares"], strict=True)) == [
        ("buy", 500), ("buy", 100), ("sell", 500),
    ]  # fmt: skip


def test_interest_posted_on_a_day_is_not_taken_for_that_days_repayment(tmp_path):
    result = orders(
        tmp_path,
        "2024-03-05,600000.SH,margin_buy,1000,,,",
        "2024-03-08,,repay,,1000,,0.00",
        header="date,symbol,kind,shares,amount,price,interest",
        keys={"account.interest_posting_day": 8},
    )
    assert len(result.fills) == 3  # the posting stands before the repayment
    assert result.differences.empty, result.differences


# ---- what cannot be replayed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "error", "match"),
    [
        ("2024-03-04,600000.SH,buy,100,,", DateError, "line 2, column `date`: 2024-03-04 is the first session "
         r"of the run 2024-03-04\.\.2024-03-22, .* begin `window` a session earlier"),
        ("2024-03-09,600000.SH,buy,100,,", DateError, "2024-03-09 is no session, the next one is 2024-03-11"),
        ("2024-03-01,600000.SH,buy,100,,", DateError, "2024-03-01 lies outside the run"),
        ("2024-04-01,600000.SH,buy,100,,", DateError, "2024-04-01 lies outside the run"),
        ("2024-03-05,600009.SH,buy,100,,", DataError, "line 2, column `symbol`: the data have no security 600009.SH"),
        ("2024-03-05,sh600009,buy,100,,", DataError, "600009.SH: add it or drop the row \\(the nearest that "),
        ("2024-03-05,pufa,buy,100,,", DataError, "line 2, column `symbol`: `pufa` is not a security code"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_the_run_is_refused(tmp_path, row, error, match):
    with pytest.raises(error, match=match):
        orders(tmp_path, row)


def test_the_account_may_be_stated_on_the_first_session_and_rows_are_told_by_date(tmp_path):
    result = orders(
        tmp_path,
        "2024-03-04,,account,,,,200001,",
        "2024-03-06,600000.SH,buy,100,,,,6",
        "2024-03-05,600000.SH,buy,100,,,,7",
        header="date,symbol,kind,shares,amount,price,cash,commission",
    )
    assert result.differences[["line", "ours", "brokers"]].to_numpy().tolist() == [
        [2, 200_000.0, 200_001.0],
        [4, 5.0, 7.0],
        [3, 5.0, 6.0],
    ]


def test_two_orders_of_one_kind_on_one_day_meet_their_own_fills(tmp_path):
    header = "date,symbol,kind,shares,amount,price,commission"
    rows = [
        "2024-03-05,600000.SH,buy,10000,,,25.00",
        "2024-03-05,600000.SH,buy,100000,,,",
        "2024-03-05,600000.SH,buy,4000,,,10.00",
    ]
    result = orders(tmp_path, *rows, header=header)
    assert result.differences["item"].tolist() == ["refused: no_cash"]


def test_an_amount_that_buys_not_one_share_is_refused(tmp_path):
    result = orders(
        tmp_path, "2024-03-05,600000.SH,buy,,5,,0", header="date,symbol,kind,shares,amount,price,commission"
    )
    assert list(result.refusals["reason"]) == ["lot"]
    assert result.differences["item"].tolist() == ["refused: lot"]


def test_a_security_is_also_known_by_the_name_that_the_data_give_it(tmp_path):
    given = panel(np.full(5, 10.0), symbols=["2330.TW"])
    result = orders(tmp_path, "2024-03-05,2330.TW,buy,100,,", given=given, keys={"market.board": "main"})
    assert list(result.fills["symbol"]) == ["2330.TW"]


def test_the_first_session_of_a_window_is_that_of_the_run(tmp_path):
    rows = ["2024-03-06,600000.SH,buy,100,,"]
    with pytest.raises(DateError, match=r"2024-03-06 is the first session of the run 2024-03-06\.\."):
        orders(tmp_path, *rows, keys={"window.start": "2024-03-06"})
    result = orders(tmp_path, *rows, keys={"window.start": "2024-03-05"})
    assert [str(day.date()) for day in result.fills["date"]] == ["2024-03-06"]


def test_a_file_is_needed_and_is_read_before_the_run(tmp_path):
    with pytest.raises(ConfigError, match="`file` of strategy `replay` should name an order list"):
        run(configured(strategy={"name": "replay"}))
    with pytest.raises(DataError, match="no order list at"):
        prepare(configured(strategy={"name": "replay", "parameters": {"file": str(tmp_path / "none.csv")}}))


def test_a_relative_file_starts_at_the_configurations_folder(tmp_path):
    (tmp_path / "orders.csv").write_text("date,symbol,kind,shares\n2024-03-05,600000.SH,buy,100\n", encoding="utf-8")
    dataset(market(), tmp_path)
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ndata: {source: dataset, path: dataset}\n"
        "strategy: {name: replay, parameters: {file: orders.csv}}\n",
        encoding="utf-8",
    )
    config = load(tmp_path / "mine.yaml")
    assert config.strategy.parameters["file"] == str(tmp_path / "orders.csv")
    assert list(run(config).fills["shares"]) == [100]


# ---- the same whatever the road ------------------------------------------------------------------------


@pytest.mark.parametrize("preload", [True, False])
@pytest.mark.parametrize("exactbars", [False, 1])
def test_replay_does_not_depend_on_how_backtrader_runs(tmp_path, preload, exactbars):
    path = tmp_path / "orders.csv"
    path.write_text(STATEMENT, encoding="utf-8")
    done = drive(
        market(), None, {"financing_rate": 0.09, "borrow_rate": 0.108}, strategy=Replay, cash=200_000.0,
        parameters={"file": str(path)}, options={"preload": preload, "runonce": preload, "exactbars": exactbars},
        haircut={"value": 0.6, "override": True},
    )  # fmt: skip
    tables = {name: make_table(name, done.tables[name]) for name in ("fills", "equity")}
    found = (compare(done.strategy.claims(), tables)[0], tables["fills"])
    assert [len(table) for table in found if table is not None] == [0, 13]


def test_without_highs_and_lows_the_price_limits_are_the_range(tmp_path):
    given = market()
    fields = {name: values for name, values in given.fields.items() if name not in ("high", "low", "open")}
    rows = ["2024-03-05,600000.SH,buy,100,,10.99", "2024-03-05,600000.SH,buy,100,,11.01"]
    result = orders(tmp_path, *rows, given=replace(given, fields=fields))
    assert list(result.fills["price"]) == [10.99]
    assert list(result.refusals["reason"]) == ["out_of_range"]
