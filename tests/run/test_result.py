import json
import math
import os
import stat
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liangrong.core.account.tables import kinds_of, make_table
from liangrong.core.errors import DataError, OutputError
from liangrong.core.run import result as module
from liangrong.core.run.result import FILES, Result, load
from run.fabricated import fabricated_result


@pytest.fixture(scope="module")
def result():
    made = fabricated_result(sessions=90, refused=25)
    found: Any = {"date": ["2024-03-05"], "symbol": [""], "kind": ["account"], "item": ["cash"], "line": [7]}
    found |= {"ours": [99.996], "brokers": [100.5], "difference": [-0.504]}
    summary = {"sharpe": 0.5, "costs": {"total": 12.25}, "sessions": 90, "calmar": None}
    held: Any = {"date": ["2024-03-05"], "symbol": ["600000.SH"], "collateral": [100], "financed": [200], "short": [0]}
    held |= {"price": [9.87], "value": [2961.0]}
    moved: Any = {"date": ["2024-03-05"] * 2, "kind": ["deposit", "transfer_out"], "symbol": ["", "600000.SH"]}
    moved |= {"shares": [0, 300], "price": [math.nan, 9.5], "amount": [1e5, -2850.0], "reason": ["", "no_shares"]}
    earned: Any = {"date": ["2024-03-20"], "cash": [12.34], "proceeds": [0.0], "amount": [12.34]}
    offered: Any = {"date": ["2024-03-05"] * 2, "symbol": ["600000.SH"] * 2, "kind": ["rights_lapsed", "dividend_tax"]}
    offered |= {"shares": [15, 100], "price": [14.43, math.nan], "amount": [147.0, -10.0]}
    above: Any = {"date": ["2024-03-05"], "symbol": ["600000.SH"], "value": [7.5e4], "share": [0.1 + 0.2]}
    above |= {"allowed": [0.3], "ratio": [1.75]}
    ended: Any = {
        "date": ["2024-03-05"],
        "symbol": ["600000.SH"],
        "held_as": ["short"],
        "shares": [500],
        "price": [2.3],
    }
    ended |= {"successor": [""], "successor_shares": [0], "cash": [-1150.0], "carried": [0.0], "left": [0.0]}
    more: Any = {
        "cash_interest": earned,
        "entitlements": offered,
        "flows": moved,
        "concentration": above,
        "endings": ended,
        "benchmark": {"date": ["2024-03-05"], "equal_weight": [1.0 / 3.0], "benchmark": [math.nan]},
        "forced_marks": {"date": ["2024-03-05"], "symbol": ["600000.SH"], "price": [9.87]},
    }
    more["provenance"] = {"liangrong": "0.1.0", "data": {"source": "synthetic", "path": None, "digest": "00ff"}}
    return replace(made, differences=found, positions=held, summary=summary, **more)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def assert_same(left, right):
    assert (left.name, left.config, left.summary, left.notes) == (right.name, right.config, right.summary, right.notes)
    assert left.provenance == right.provenance
    assert left.tables() == right.tables()
    for name in left.tables():
        pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name), check_exact=True)


# -- what is written, and read back ------------------------------------------------------------------------------


def test_a_saved_result_comes_back_exactly(result, tmp_path):
    assert result.equity["maintenance_ratio"].isin([math.inf]).any()
    assert result.market["financing_balance"].isna().sum() == 0
    folder = result.save(tmp_path / "deep" / "run", "<html>report</html>", {"made": "2026-01-02T03:04:05Z"})
    assert folder == tmp_path / "deep" / "run"
    assert set(contents(folder)) == set(FILES)
    assert_same(load(folder), result)


def test_the_same_content_gives_the_same_bytes(result, tmp_path):
    first = contents(result.save(tmp_path / "a", "page"))
    again = replace(result, summary=dict(reversed(result.summary.items())))
    assert contents(again.save(tmp_path / "b", "page")) == first
    assert contents(load(tmp_path / "a").save(tmp_path / "c", "page")) == first


def test_a_result_without_trades_comes_back(tmp_path):
    empty = Result(name="none", config={}, equity=make_table("equity"))
    assert_same(load(empty.save(tmp_path / "run")), empty)
    optional = ("cash_interest", "concentration", "differences", "endings", "entitlements", "flows", "positions")
    optional += ("benchmark", "forced_marks")
    missing = {f"{name}.csv" for name in optional}
    assert set(FILES) - set(contents(tmp_path / "run")) == {"report.html", "run.json", *missing}


def test_text_form_of_the_awkward_values(tmp_path):
    days = np.array(["2024-02-29", "2024-03-01"], dtype="datetime64[D]")
    numbers = {column: [0.1 + 0.2, 1e-7] for column in kinds_of("equity")}
    equity: Any = {**numbers, "date": days, "maintenance_ratio": [math.inf, 1.3], "available_margin": [math.nan, -0.0]}
    market: Any = {"date": days, "financing_balance": [1e10, math.nan], "short_balance": [1.0, 2.0]}
    market["spread"] = [3.0, 4.0]
    contract: Any = {
        "id": [1],
        "kind": ["financing"],
        "symbol": ["NA"],  # a text that pandas takes for a missing value unless it is told not to
        "opened": ["2024-02-29"],
        "due": ["2024-08-29"],
        "closed": [None],
        **{name: [100] for name in ("principal", "sell_amount", "shares", "rate", "interest", "amount_years")},
    }
    made = Result(
        name="两融",
        config={"start": days[0].item(), "ratio": 1.3, "tags": ["a", "二"]},
        equity=equity,
        market=market,
        contracts=contract,
        summary={"bad": math.nan, "worse": [math.inf], "whole": np.int64(3)},
    )
    folder = made.save(tmp_path / "run")
    assert (folder / "equity.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "2024-02-29,0.30000000000000004,0.30000000000000004,0.30000000000000004,0.30000000000000004,"
        "0.30000000000000004,0.30000000000000004,inf,",
        "2024-03-01,1e-07,1e-07,1e-07,1e-07,1e-07,1e-07,1.3,-0.0",
    ]
    assert (folder / "contracts.csv").read_text().splitlines()[1] == (
        "1,financing,NA,2024-02-29,2024-08-29,,100.0,100.0,100,100.0,100.0,100.0"
    )
    assert (folder / "config.yaml").read_text(encoding="utf-8") == ("start: 2024-02-29\nratio: 1.3\ntags:\n- a\n- 二\n")
    read = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert read.pop("schema") == 1
    assert read == {"metrics": {"bad": None, "whole": 3, "worse": [None]}, "name": "两融", "notes": []}
    assert_same(load(folder), replace(made, summary=read["metrics"]))
    assert not any(b"\r" in data for data in contents(folder).values())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    amounts=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=6),
    name=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))),
)
def test_every_float_and_every_name_survives(tmp_path_factory, amounts, name):
    rows = len(amounts)
    table: Any = {"component": [name] * rows, "symbol": [""] * rows, "amount": amounts}
    made = Result(name=name, config={"name": name}, equity=make_table("equity"), attribution=table, notes=(name,))
    assert_same(load(made.save(tmp_path_factory.mktemp("any") / "run")), made)


# -- whole or not at all -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("failing", FILES)
def test_a_failed_write_leaves_everything_as_it_was(result, tmp_path, monkeypatch, failing, earlier):
    target = tmp_path / "run"
    if earlier:
        replace(result, name="earlier").save(target, "old page")
    before = contents(target) if earlier else None
    write = module.write_text

    def break_off(path, text):
        if path.name == failing:
            write(path, text[: len(text) // 2])
            raise OSError(28, "No space left on device")
        write(path, text)

    monkeypatch.setattr(module, "write_text", break_off)
    with pytest.raises(OutputError, match=r"the result cannot be written to .*run: .*No space left on device"):
        result.save(target, "new page", {"made": "now"})
    assert [path.name for path in tmp_path.iterdir()] == (["run"] if earlier else [])
    assert (contents(target) if earlier else None) == before


@pytest.mark.parametrize("call", [1, 2])
def test_a_failed_rename_leaves_the_earlier_result(result, tmp_path, monkeypatch, call):
    target = replace(result, name="earlier").save(tmp_path / "run")
    calls, rename = [], os.rename

    def refuse(source, destination):
        calls.append(source)
        if len(calls) == call:
            raise PermissionError(13, "Permission denied")
        rename(source, destination)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        result.save(target)
    assert load(target).name == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_report_that_fails_writes_nothing(result, tmp_path):
    def broken(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        result.save(tmp_path / "run", broken)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_result_is_replaced_as_a_whole(result, tmp_path):
    target = replace(result, name="earlier").save(tmp_path / "run", "old page")
    result.save(target, lambda given: f"page of {given.name}")
    assert (target / "report.html").read_text() == f"page of {result.name}"
    result.save(target)  # without a report: the old one, which shows another run, must not stay
    assert "report.html" not in contents(target)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_folder_has_the_usual_permissions(result, tmp_path):
    usual = tmp_path / "usual"
    usual.mkdir()
    saved = result.save(tmp_path / "run")
    assert stat.S_IMODE(saved.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_an_empty_folder_is_used(result, tmp_path):
    assert load(result.save(tmp_path)).name == result.name


def test_a_foreign_folder_is_refused(result, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"holds thesis\.tex, which no run wrote: move that away"):
        result.save(tmp_path)
    assert contents(tmp_path) == {"thesis.tex": b"years of work"}


def test_foreign_files_beside_a_result_are_not_deleted(result, tmp_path):
    target = result.save(tmp_path / "run")
    (target / "thoughts.ipynb").write_text("{}")
    with pytest.raises(OutputError, match=r"holds thoughts\.ipynb, which no run wrote"):
        result.save(target)
    assert (target / "thoughts.ipynb").exists()


def test_our_names_without_a_summary_are_no_result(result, tmp_path):
    (tmp_path / "config.yaml").write_text("the user's own")
    with pytest.raises(OutputError, match=r"holds config\.yaml"):
        result.save(tmp_path)


def test_a_file_in_the_way_is_refused(result, tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(OutputError, match="should be a folder, it is a file"):
        result.save(tmp_path / "run")
    with pytest.raises(OutputError, match="cannot be written by this run"):
        result.save(tmp_path / "run" / "below")


def test_a_configuration_that_yaml_cannot_express(result, tmp_path):
    with pytest.raises(OutputError, match="the configuration should hold plain values only"):
        replace(result, config={"rule": object()}).save(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


# -- borders -----------------------------------------------------------------------------------------------------


def test_tables_take_their_columns_and_types():
    made = make_table("fills", {name: [] for name in reversed(kinds_of("fills"))})
    assert list(made) == list(kinds_of("fills"))
    assert made["date"].dtype == "datetime64[s]"
    assert made["shares"].dtype == np.int64
    row = {name: [1] for name in kinds_of("fills")} | {"date": ["2024-01-02"], "symbol": ["a"], "kind": ["buy"]}
    assert make_table("fills", row)["price"].dtype == np.float64


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shares": [0.5]}, "column `shares` of table `refusals` should hold int values: not all are whole numbers"),
        ({"shares": [math.nan]}, "not all are whole numbers"),
        ({"symbol": [600000]}, "column `symbol` of table `refusals` should hold text values"),
        ({"reason": [None]}, "column `reason` of table `refusals` should hold text values"),
        ({"date": [20240102]}, "column `date` of table `refusals` should hold date values: numbers are not dates"),
        ({"date": ["yesterday"]}, "column `date` of table `refusals` should hold date values"),
        ({"price": [1.0]}, r"table `refusals` should have the columns date, .*; got .*price"),
    ],
)
def test_wrong_tables_are_refused(change, message):
    row = {"date": ["2024-01-02"], "symbol": ["600000.SH"], "kind": ["buy"], "shares": [100], "reason": ["lot"]}
    with pytest.raises(DataError, match=message):
        make_table("refusals", row | change)


@pytest.mark.parametrize("rows", [[1, 0, 2], [0, 1, 1]])
def test_sessions_must_increase(result, rows):
    with pytest.raises(DataError, match="dates of table `equity` should be strictly increasing"):
        replace(result, equity=result.equity.iloc[rows])


def test_a_result_is_frozen_and_keeps_its_own_tables(result):
    with pytest.raises(FrozenInstanceError):
        result.name = "other"
    table = result.equity.copy()
    made = replace(result, equity=table)
    table["cash"] = 0.0
    assert (made.equity["cash"] != 0).all()


TOLD = {
    "missing": "it has no fills.csv",
    "json": "summary.json is damaged: it is no JSON",
    "columns": "table `market`",
    "value": "",
    "empty": "equity.csv is damaged: No columns",
}


@pytest.mark.parametrize("damage", TOLD)
def test_a_folder_that_no_run_wrote_cannot_be_loaded(result, tmp_path, damage):
    folder = result.save(tmp_path / "run")
    if damage == "missing":
        (folder / "fills.csv").unlink()
    elif damage == "json":
        (folder / "summary.json").write_text("{")
    elif damage == "columns":
        (folder / "market.csv").write_text("date,price\n2024-01-02,1.0\n")
    elif damage == "value":
        (folder / "market.csv").write_text("date,financing_balance,short_balance,spread\n2024-01-02,much,1,1\n")
    else:
        (folder / "equity.csv").write_text("")
    with pytest.raises(DataError, match=rf"run should be a folder that a run has written: .*{TOLD[damage]}") as told:
        load(folder)
    assert "Error:" not in str(told.value)
    assert "[Errno" not in str(told.value)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes by name")
@pytest.mark.parametrize("name", ["summary.json", "config.yaml", "equity.csv"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(result, tmp_path, name):
    folder = result.save(tmp_path / "run")
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(DataError, match=rf"{name} is no regular file but a pipe"):
        load(folder)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]\n" for below, name in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("config.yaml", LAUGHS, "more than 200,000 values"),
        ("config.yaml", "- 1\n", "should be keys and values"),
        ("summary.json", '{"schema": 1, "name": "a", "metrics": {}, "notes": [1]}', "should be texts"),
    ],
)
def test_a_strangers_configuration_and_notes_are_looked_at(result, tmp_path, file, text, told):
    folder = result.save(tmp_path / "run")
    (folder / file).write_text(text)
    with pytest.raises(DataError, match=told):
        load(folder)
