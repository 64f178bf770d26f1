"""The comparison with a broker's figures, on tables small enough to see: what agrees, what differs, what is said."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.tables import make_table
from liangrong.core.config.yaml_file import load
from liangrong.core.run.engines import run
from liangrong.core.statement.differences import compare
from liangrong.core.statement.replay import CLAIM_COLUMNS
from run.configured import SPREAD, TREND, configured

A = "600000.SH"
DAY, NEXT = "2024-03-05", "2024-03-06"


def fill(day, kind, symbol=A, **values):
    row = dict.fromkeys(("shares", "price", "value", "commission", "stamp_duty", "transfer_fee", "interest"), 0.0)
    return {"date": day, "symbol": symbol, "kind": kind, **row, **values}


def tables(*fills, ratio=2.0):
    """Return `fills` and two closes: cash of 100 and 90."""
    closes = {
        "date": [DAY, NEXT],
        **{name: [0.0, 0.0] for name in ("long_value", "short_value", "principal", "accrued", "equity")},
        "cash": [100.0, 90.0],
        "maintenance_ratio": [ratio, 3.0],
        "available_margin": [0.0, 0.0],
    }
    made = make_table("fills", pd.DataFrame(list(fills))) if fills else make_table("fills")
    return {"fills": made, "equity": make_table("equity", closes)}


def claim(item, brokers, *, day=DAY, kind="buy", symbol=A, tolerance=0.01, line=2, number=0):
    return (np.datetime64(day), symbol, kind, item, brokers, tolerance, line, number)


def compared(claims, *fills, **account) -> Any:
    return compare(pd.DataFrame(claims, columns=list(CLAIM_COLUMNS)), tables(*fills, **account))


def rows(differences):
    return differences[["line", "item", "ours", "brokers", "difference"]].to_numpy().tolist()


def test_without_claims_there_is_nothing():
    assert compare(None, tables()) == (None, ())


def test_what_agrees_within_the_tolerance_is_counted_only():
    differences, notes = compared(
        [claim("commission", 5.00), claim("transfer_fee", 0.49), claim("shares", 100.0)],
        fill(DAY, "buy", shares=100, commission=5.0, transfer_fee=0.5),
    )
    assert differences.empty
    assert list(differences.columns) == ["date", "symbol", "kind", "item", "ours", "brokers", "difference", "line"]
    assert notes == ("The broker's own figures: 3 compared, 0 beyond the tolerance.",)


@pytest.mark.parametrize(("brokers", "differs"), [(5.01, False), (4.99, False), (5.011, True), (4.989, True)])
def test_the_tolerance_is_included_on_both_sides(brokers, differs):
    differences, _ = compared([claim("commission", brokers)], fill(DAY, "buy", shares=100, commission=5.0))
    assert len(differences) == differs


def test_orders_of_one_kind_meet_their_fills_in_turn():
    fills = [fill(DAY, "buy", shares=n, commission=n / 10) for n in (100, 200)]
    claims = [claim("commission", 10.0, line=2), claim("commission", 20.0, line=3, number=1)]
    assert compared(claims, *fills)[0].empty
    swapped = [claim("commission", 20.0, line=2), claim("commission", 10.0, line=3, number=1)]
    assert rows(compared(swapped, *fills)[0]) == [
        [2, "commission", 10.0, 20.0, -10.0],
        [3, "commission", 20.0, 10.0, 10.0],
    ]


def test_fills_of_other_days_kinds_and_securities_are_not_taken():
    other = [
        fill(NEXT, "buy", commission=1),
        fill(DAY, "sell", commission=2),
        fill(DAY, "buy", "600001.SH", commission=3),
    ]
    assert rows(compared([claim("commission", 9.0)], *other, fill(DAY, "buy", commission=4.0))[0]) == [
        [2, "commission", 4.0, 9.0, -5.0]
    ]


def test_interest_that_was_posted_before_the_orders_is_not_an_orders():
    posted, repaid = (fill(DAY, "repay", "", value=value, interest=interest) for value, interest in ((7, 7), (50, 1)))
    claims = [claim(item, value, kind="repay", symbol="") for item, value in (("value", 50.0), ("interest", 1.0))]
    assert compared(claims, posted, repaid)[0].empty


def test_the_account_is_that_of_the_close_of_its_day():
    claims = [
        claim("cash", 100.0, kind="account", symbol="", number=-1),
        claim("cash", 100.0, kind="account", symbol="", number=-1, day=NEXT, line=3),
    ]
    assert rows(compared(claims)[0]) == [[3, "cash", 90.0, 100.0, -10.0]]


def test_an_infinite_ratio_differs_from_any_figure():
    claims = [claim("maintenance_ratio", 9.0, kind="account", symbol="", tolerance=0.0001, number=-1)]
    differences, notes = compared(claims, ratio=np.inf)
    assert differences["difference"].tolist() == [np.inf]
    assert notes[0].endswith(
        "1 beyond the tolerance; the largest is `maintenance_ratio` of account on 2024-03-05 (line 2): "
        "ours inf, the broker's 9.0000."
    )


def test_a_figure_that_the_ledger_has_not_differs():
    claims = [claim("cash", 1.0, kind="account", symbol="", number=-1, line=line) for line in (2, 3)]
    given = tables()
    given["equity"]["cash"] = np.nan
    differences, notes = compare(pd.DataFrame(claims, columns=list(CLAIM_COLUMNS)), given)
    assert differences is not None
    assert differences["line"].tolist() == [2, 3]
    assert notes[0].endswith("(line 2): ours nan, the broker's 1.0000.")


def test_a_refused_order_is_told_apart_from_the_largest_difference():
    claims = [
        claim("refused: no_cash", 100_000.0, tolerance=0.0, number=-1),
        claim("commission", 5.5, line=3),
        claim("interest", 2.0, line=3),
    ]
    differences, notes = compared(claims, fill(DAY, "buy", commission=5.0))
    assert rows(differences)[0] == [2, "refused: no_cash", 0.0, 100_000.0, -100_000.0]
    assert notes == (
        "The broker's own figures: 3 compared, 3 beyond the tolerance, 1 of them because the ledger "
        "refused an order; the largest is `interest` of buy 600000.SH on 2024-03-05 (line 3): ours 0.0000, "
        "the broker's 2.0000.",
    )


def test_other_strategies_have_no_report():
    hold = run(configured(strategy={"name": "buy_and_hold"}))
    assert hold.differences is None


def test_the_demonstration_finds_the_one_figure_that_is_wrong():
    result: Any = run(load(Path(__file__).parents[2] / "configs" / "replay_demo.yaml"))
    assert result.refusals.empty
    (row,) = result.differences.to_dict("records")
    assert (row["item"], row["kind"], row["brokers"]) == ("interest", "sell_to_repay", 187.15)
    principal = 144_997.69 - (30_000 - 8 * 144_997.69 * 0.0835 / 360)
    assert row["ours"] == pytest.approx(6 * principal * 0.0835 / 360)
    assert row["brokers"] == pytest.approx(7 * principal * 0.0835 / 360, abs=0.005)


@pytest.mark.parametrize("strategy", [SPREAD, TREND], ids=lambda given: given["name"])
def test_a_run_replayed_from_its_own_fills_is_the_same_run(tmp_path, strategy):
    """What another strategy did, written down as a statement: the account of every close comes out again."""
    first = run(configured(strategy=strategy))
    assert len(first.fills) > 20
    assert not first.fills["kind"].str.startswith("forced_").any()
    is_repayment = first.fills["kind"] == "repay"
    fees = ["commission", "stamp_duty", "transfer_fee", "interest"]
    listed = first.fills[["date", "symbol", "kind", "price", *fees]].assign(
        shares=first.fills["shares"].astype(str).where(~is_repayment, ""),
        amount=first.fills["value"].map(repr).where(is_repayment, ""),
    )
    closes = first.equity[["date", "cash", "principal", "accrued"]].assign(kind="account")
    statement = pd.concat([listed, closes])
    path = tmp_path / "orders.csv"
    statement.to_csv(path, index=False, date_format="%Y-%m-%d")
    again: Any = run(configured(strategy={"name": "replay", "parameters": {"file": str(path), "tolerance": 1e-6}}))
    assert again.refusals.empty
    assert again.differences.empty
    pd.testing.assert_frame_equal(again.equity, first.equity, rtol=1e-12)
    pd.testing.assert_frame_equal(again.contracts, first.contracts, rtol=1e-12)
