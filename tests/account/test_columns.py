"""The declaration of the tables, and what follows from it: files, types, the log's rows, the command."""

import numpy as np
import pytest
from liangrong.core.account import columns
from liangrong.core.account.columns import DATE, FLOAT, INT, TABLES, TEXT, Column, Table, at_close, row_type
from liangrong.core.account.credit import Totals
from liangrong.core.account.journal import Journal
from liangrong.core.account.tables import make_table
from liangrong.core.cli.app import app
from liangrong.core.compare.board_figures import AMOUNT, BOARD_FIGURES, COUNT, NUMBER, PERCENT
from liangrong.core.compare.board_figures import DATE as SHOWN_DATE
from liangrong.core.run.result import FILES, Result
from typer.testing import CliRunner

SUMS = Totals(cash=100.0, long_value=300.0, short_value=50.0, principal=120.0, accrued=5.0, locked=40.0)


def test_every_column_is_declared_whole_and_once():
    for name, table in TABLES.items():
        names = table.names()
        assert len(set(names)) == len(names)
        assert table.meaning
        for column in table.columns:
            assert column.kind in (DATE, TEXT, INT, FLOAT)
            assert column.kind in (DATE, TEXT) or column.unit or column.name in ("id", "contract", "line"), (
                name,
                column,
            )


def test_every_table_is_a_file_and_a_field_of_a_result():
    assert {f"{name}.csv" for name in TABLES} < set(FILES)
    assert set(TABLES) < set(Result.__dataclass_fields__)


def test_a_row_of_equity_by_hand():
    row = dict(zip(TABLES["equity"].names(), at_close(SUMS, date="d", available_margin=7.0), strict=True))
    assert row.pop("maintenance_ratio") == pytest.approx(400.0 / 175.0)
    parts = {"cash": 100.0, "long_value": 300.0, "short_value": 50.0, "principal": 120.0, "accrued": 5.0}
    assert row == {"date": "d", **parts, "equity": 225.0, "available_margin": 7.0}


def test_a_new_column_of_equity_is_one_line(monkeypatch):
    """Its computation is in it: journal, table, file and command follow."""
    locked = Column("locked", FLOAT, "CNY", "locked short proceeds", lambda sums: sums.locked)
    more = Table("the account", (*TABLES["equity"].columns, locked))
    for module in (columns, *_readers()):
        monkeypatch.setattr(module, "TABLES", {**TABLES, "equity": more})
    journal = Journal(("600000.SH",))
    journal.close(np.datetime64("2024-03-04", "D"), SUMS, 7.0)
    table = make_table("equity", journal.tables()["equity"])
    assert table["locked"].tolist() == [40.0]
    assert "locked short proceeds" in CliRunner().invoke(app, ["tables", "equity"]).output


def _readers():
    from liangrong.core.account import journal, tables
    from liangrong.core.run import guide

    return journal, tables, guide


def test_rows_of_the_log_follow_the_columns():
    assert row_type("refusals").names == ("t", "symbol", "kind", "shares", "reason")
    assert [row_type("refusals")[name].kind for name in ("t", "symbol", "shares", "reason")] == ["i", "i", "f", "i"]
    assert row_type("margin_events", contract="i8")["contract"].kind == "i"
    assert list(row_type("fills", is_forced="i8").names or ())[-1] == "is_forced"


@pytest.mark.parametrize("name", [*TABLES, "leaderboard"])
def test_the_command_prints_every_column_with_unit_and_meaning(name):
    found = CliRunner().invoke(app, ["tables", name], env={"COLUMNS": "200"})
    assert found.exit_code == 0
    rows = BOARD_FIGURES.values() if name == "leaderboard" else TABLES[name].columns
    for one in rows:
        line = next(line for line in found.output.splitlines() if line.split()[:1] == [one.name])
        assert one.unit in line
        assert one.meaning in line


def test_figures_of_a_leaderboard_are_declared_whole():
    for figure in BOARD_FIGURES.values():
        assert figure.shown in (PERCENT, AMOUNT, COUNT, NUMBER, SHOWN_DATE)
        assert figure.meaning
        assert figure.unit or figure.shown in (COUNT, SHOWN_DATE, NUMBER)
