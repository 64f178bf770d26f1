"""The journal's tables: columns as the result wants them, NaN and NaT where nothing applies."""

import numpy as np
from liangrong.core.account.columns import TABLES
from liangrong.core.account.credit import CONTRACT, FINANCING, NOT_CLOSED, SHORT, Totals
from liangrong.core.account.journal import Journal
from liangrong.core.account.order_terms import Effect
from liangrong.core.account.run_state import FILL, REFUSED
from liangrong.core.account.tables import make_table
from liangrong.core.types import OrderKind, Refusal

DAY = np.datetime64("2024-03-05", "D")


def contract(**values):
    row = np.zeros(1, CONTRACT)
    row["closed"] = NOT_CLOSED
    for name, value in values.items():
        row[name] = value
    return row


def test_an_empty_journal_has_every_column():
    tables = Journal(("600000.SH",)).tables()
    assert {name: tuple(table) for name, table in tables.items()} == {
        name: one.names()
        for name, one in TABLES.items()
        if name not in ("attribution", "market", "trades") and not one.is_optional
    }
    assert all(make_table(name, table).empty for name, table in tables.items())


def test_fills_and_refusals():
    journal = Journal(("600000.SH", "600001.SH"))
    journal.fill(DAY, OrderKind.BUY, 1, 10.0, Effect(0, 100.0, 1_000.0, 5.0, 0.0, 0.01, 0.0))
    journal.fill(DAY, OrderKind.RETURN_SHARES, 0, 0.0, Effect(0, 50.0, 0.0, 0.0, 0.0, 0.0, 1.5))
    journal.fill(DAY, OrderKind.REPAY, -1, 0.0, Effect(0, 0.0, 500.0, 0.0, 0.0, 0.0, 2.5))
    journal.refusal(DAY, OrderKind.SHORT_SELL, 0, 200.0, Refusal.NO_BORROW)
    fills = make_table("fills", journal.tables()["fills"])
    assert fills["symbol"].tolist() == ["600001.SH", "600000.SH", ""]
    assert fills["kind"].tolist() == ["buy", "return_shares", "repay"]
    assert fills["price"].isna().tolist() == [False, True, True]
    assert fills["interest"].tolist() == [0.0, 1.5, 2.5]
    refusals = make_table("refusals", journal.tables()["refusals"])
    assert refusals.iloc[0].tolist()[1:] == ["600000.SH", "short_sell", 200, "no_borrow"]


def test_closes():
    journal = Journal(())
    journal.close(DAY, Totals(1_000.0, 500.0, 200.0, 300.0, 10.0, 150.0), 77.0)
    journal.close(DAY + np.timedelta64(1, "D"), Totals(1_000.0, 0.0, 0.0, 0.0, 0.0, 0.0), 1_000.0)
    table = journal.tables()["equity"]
    assert table["equity"] == [990.0, 1_000.0]
    assert table["maintenance_ratio"] == [1_500.0 / 510.0, np.inf]
    assert table["available_margin"] == [77.0, 1_000.0]


def test_contracts_come_by_number_and_with_all_their_interest():
    journal = Journal(("600000.SH", "600001.SH"))
    short = contract(
        id=2, kind=SHORT, symbol=1, opened=19_800, due=19_980, closed=19_805, opened_amount=900.0, paid=3.0
    )
    financed = contract(
        id=1, kind=FINANCING, opened=19_800, opened_amount=500.0, opened_shares=50.0, paid=1.0, accrued=2.0
    )
    journal.contracts(short)
    journal.contracts(financed)
    short["paid"] = 99.0  # the journal keeps its own copy
    table = make_table("contracts", journal.tables()["contracts"])
    assert table["id"].tolist() == [1, 2]
    assert table["kind"].tolist() == ["financing", "short"]
    assert table["principal"].tolist() == [500.0, 0.0]
    assert table["sell_amount"].tolist() == [0.0, 900.0]
    assert table["interest"].tolist() == [3.0, 3.0]
    assert table["closed"].isna().tolist() == [True, False]
    assert str(table["opened"][0].date()) == "2024-03-18"


def test_a_log_of_many_rows_is_noted_as_row_by_row():
    """What `fill` and `refusal` say of one row, `log` says of all: by hand, with a repayment that has no price."""
    sessions = np.array(["2024-03-01", "2024-03-04"], dtype="datetime64[D]")
    fills, refusals = np.zeros(2, FILL), np.zeros(2, REFUSED)
    fills["t"], fills["kind"], fills["is_forced"] = (0, 1), (OrderKind.SELL, OrderKind.REPAY), (1, 0)
    fills["symbol"], fills["price"] = (0, -1), (9.5, 7.0)
    fills["shares"], fills["value"], fills["collateral"] = (100.0, 0.0), (950.0, 500.0), (-100.0, 0.0)
    refusals["t"], refusals["kind"], refusals["symbol"] = 1, OrderKind.BUY, 0
    refusals["reason"], refusals["shares"] = Refusal.NO_CASH, (150.75, np.nan)
    journal = Journal(("600000.SH",))
    journal.log(sessions, fills, refusals)
    done = make_table("fills", journal.tables()["fills"])
    assert done["kind"].tolist() == ["forced_sell", "repay"]
    assert done["symbol"].tolist() == ["600000.SH", ""]
    assert done["date"].astype(str).tolist() == ["2024-03-01", "2024-03-04"]
    assert done["shares"].tolist() == [100, 0]
    assert done["price"].isna().tolist() == [False, True]
    assert done["value"].tolist() == [950.0, 500.0]
    assert journal.collateral() == [-100.0, 0.0]
    not_done = make_table("refusals", journal.tables()["refusals"])
    assert not_done["shares"].tolist() == [150, 0]
    assert not_done["reason"].tolist() == ["no_cash", "no_cash"]
