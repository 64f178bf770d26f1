"""The list of runs: the newest first, what cannot be read named and left out."""

import io
import json
import os
import re

import pytest
from archive.shelf import kept, result
from liangrong.core.archive.run_list import list_runs
from liangrong.core.archive.terminal import runs_table
from rich.console import Console


@pytest.fixture
def runs(tmp_path):
    kept(tmp_path, "2026-07-31T08:05:09Z")
    kept(tmp_path, "2026-07-30T08:05:09Z", name="other", summary={"sharpe": None})
    kept(tmp_path, "2026-08-01T00:00:00Z", key="b")
    return tmp_path


def test_the_newest_comes_first(runs):
    found = list_runs(runs)
    assert [run.label for run in found.runs] == [
        "demo/20260801T000000Z-bbbbbbbb",
        "demo/20260731T080509Z-aaaaaaaa",
        "other/20260730T080509Z-aaaaaaaa",
    ]
    assert found.problems == ()
    assert [run.label for run in list_runs(runs, "other").runs] == ["other/20260730T080509Z-aaaaaaaa"]
    assert list_runs(runs, "nobody").runs == ()
    assert list_runs(runs / "nowhere").runs == ()


def test_what_is_said_of_a_run(runs):
    told = list_runs(runs, "other").runs[0].as_record()
    assert told["made"] == "2026-07-30T08:05:09Z"
    assert told["configuration"] == "other.yaml"
    assert told["command"] == "liangrong run other.yaml"
    assert told["liangrong"] == "0.1.0"
    assert told["data"]["digest"] == "0" * 32
    figures = {"total_return": 0.25, "sharpe": None, "max_drawdown": -0.1, "lowest_maintenance_ratio": 1.75}
    assert told["figures"] == figures


def printed(runs):
    text = io.StringIO()
    Console(width=80, file=text).print(runs_table(runs))
    return text.getvalue()


def test_the_table_names_run_configuration_data_and_figures(runs):
    text = printed(list_runs(runs).runs)
    line = next(line for line in text.splitlines() if "demo/20260731T080509Z-aaaaaaaa" in line)  # in one piece
    assert line.split()[1:] == ["25.00", "%", "1.50", "-10.00", "%", "175.00", "%"]
    assert "2026-07-31 08:05, demo.yaml" in text
    assert re.search(r"^  data/twse [0-9a-f]{8}\b", text, re.MULTILINE), "the digest stays beside the path"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_figure_of_the_list_is_cut(runs, width):
    text = io.StringIO()
    Console(width=width, file=text).print(runs_table(list_runs(runs).runs))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    for figure in ("25.00 %", "1.50", "-10.00 %", "175.00 %"):
        assert text.getvalue().count(f" {figure}") == printed(list_runs(runs).runs).count(f" {figure}") > 0


DAMAGE = {
    "empty": "",
    "half": '{"name": "demo", "met',
    "list": "[]",
    "no metrics": '{"name": "demo", "notes": []}',
    "metrics": '{"name": "demo", "notes": [], "metrics": "0.5"}',
    "later": '{"schema": 99, "name": "demo", "notes": [], "metrics": {}}',
    "schema": '{"schema": "1", "name": "demo", "notes": [], "metrics": {}}',
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_run_is_named_and_left_out(runs, damage):
    path = runs / "demo" / "20260731T080509Z-aaaaaaaa" / "summary.json"
    path.write_text(DAMAGE[damage], encoding="utf-8")
    found = list_runs(runs)
    assert len(found.runs) == 2
    (problem,) = found.problems
    assert problem.startswith("demo/20260731T080509Z-aaaaaaaa is left out, it cannot be read: ")
    if damage == "later":
        assert "summary.json has schema 99, this release reads up to 1" in problem


@pytest.mark.parametrize("record", ["", "[1]", '{"made": 5}', '{"made": "yesterday", "configuration": 3}'])
def test_without_a_record_the_file_system_tells_when(runs, record):
    folder = runs / "demo" / "20260731T080509Z-aaaaaaaa"
    (folder / "run.json").write_text(record, encoding="utf-8")
    os.utime(folder / "summary.json", (1_767_323_045, 1_767_323_045))
    found = next(run for run in list_runs(runs).runs if run.folder == folder)
    assert found.made == "2026-01-02T03:04:05Z"
    json.dumps(found.as_record())
    assert "2026-01-02 03:04" in printed([found])


def test_figures_that_are_none_are_dashes(runs):
    path = runs / "demo" / "20260731T080509Z-aaaaaaaa" / "summary.json"
    head = json.loads(path.read_text(encoding="utf-8"))
    head["metrics"] = {"total_return": "much", "sharpe": True, "max_drawdown": [1], "lowest_maintenance_ratio": {}}
    head["data"] = "all"
    path.write_text(json.dumps(head), encoding="utf-8")
    found = next(run for run in list_runs(runs).runs if run.folder == path.parent)
    assert set(found.as_record()["figures"].values()) == {None}
    assert found.data == {}


def test_a_folder_that_out_wrote_below_runs_is_a_run_and_nothing_else_is(runs):
    result("mine").save(runs / "every20")
    (runs / "thesis").mkdir()
    (runs / "demo" / "notes").mkdir()
    (runs / "demo" / "20250101T000000Z-00000000").symlink_to(runs / "every20")
    (runs / "linked").symlink_to(runs / "demo")
    labels = [run.label for run in list_runs(runs).runs]
    assert len(labels) == 4
    assert "every20" in labels
