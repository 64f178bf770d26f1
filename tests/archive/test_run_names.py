"""What a run is called."""

import os
import sys

import pytest
from archive.shelf import kept, result
from liangrong.core.archive.run_names import find_folder, find_run, label_of
from liangrong.core.errors import ConfigError, DataError

OLD, NEW, OTHER = "20260731T080509Z-aaaaaaaa", "20260801T000000Z-bbbbbbbb", "20260730T080509Z-aaaaaaaa"


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = tmp_path / "runs"
    kept(runs, "2026-07-31T08:05:09Z")
    kept(runs, "2026-08-01T00:00:00Z", key="b")
    kept(runs, "2026-07-30T08:05:09Z", name="other")
    return runs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("demo", f"demo/{NEW}"),
        ("demo/", f"demo/{NEW}"),
        ("demo/latest", f"demo/{NEW}"),
        (f"demo/{OLD}", f"demo/{OLD}"),
        ("demo/202607", f"demo/{OLD}"),
        ("20260731", f"demo/{OLD}"),
        ("20260730", f"other/{OTHER}"),
        (f"runs/demo/{OLD}", f"demo/{OLD}"),
        ("runs/demo/latest", f"demo/{NEW}"),
        ("runs/other", f"other/{OTHER}"),
        (f"./runs/../runs/demo/{OLD}", f"demo/{OLD}"),
    ],
)
def test_names(runs, given, expected):
    assert find_folder(given, runs).resolve() == runs / expected


def test_by_the_path_of_a_folder_elsewhere(runs, tmp_path):
    folder = result("mine").save(tmp_path / "out")
    assert find_run(folder, runs).folder == folder
    assert find_run("out", runs).head["name"] == "mine"
    assert find_run("out", runs).label == "out"
    assert label_of(runs / "demo" / OLD, runs) == f"demo/{OLD}"


def test_latest_is_the_newest_even_where_the_link_was_not_made(runs):
    (runs / "demo" / "latest").unlink()
    assert find_folder("demo/latest", runs).name == NEW
    (runs / "demo" / "latest").symlink_to(OLD)
    assert find_folder("demo/latest", runs).name == NEW


def test_several_that_may_be_meant(runs):
    with pytest.raises(ConfigError, match=rf"`2026` may be 3 runs: demo/{NEW}, demo/{OLD}, other/{OTHER}; write more"):
        find_folder("2026", runs)
    with pytest.raises(ConfigError, match=rf"`demo/2026` may be 2 runs: demo/{NEW}, demo/{OLD}; write more"):
        find_folder("demo/2026", runs)


@pytest.mark.parametrize("given", ["demi", "..", ".", "", "../..", "/", "demo/2025", "demo/20260731T080509Z-aaaaaaab"])
def test_none_that_is_meant(runs, given):
    with pytest.raises(ConfigError, match=r"there is no run `.*runs has runs of demo \(2\), other \(1\)"):
        find_folder(given, runs)


def test_the_nearest_name_is_told_and_an_empty_folder_too(runs, tmp_path):
    with pytest.raises(ConfigError, match="did you mean `demo`"):
        find_folder("demi", runs)
    with pytest.raises(
        ConfigError, match=r"there is no run `demo`: .*empty holds none yet, `liangrong run` keeps them"
    ):
        find_folder("demo", tmp_path / "empty")


def test_a_damaged_run_is_found_and_said_to_be(runs):
    (runs / "demo" / NEW / "summary.json").write_text("{")
    assert find_folder("demo", runs).name == NEW
    with pytest.raises(DataError, match=f"^demo/{NEW} cannot be read"):
        find_run("demo", runs)


@pytest.mark.parametrize(
    ("damage", "told"),
    [("", "summary.json is empty"), ("{", "summary.json is damaged"), (None, "it has no summary.json")],
)
def test_a_damaged_run_elsewhere_is_not_said_to_be_absent(runs, tmp_path, damage, told):
    summary = result("mine").save(tmp_path / "out") / "summary.json"
    summary.unlink()
    if damage is not None:
        summary.write_text(damage)
    with pytest.raises(ConfigError, match=f"out is there, but no run can be read from it: {told}"):
        find_run("out", runs)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes by name")
def test_a_pipe_in_place_of_the_record_is_not_waited_for(runs):
    record = runs / "demo" / NEW / "run.json"
    record.unlink()
    os.mkfifo(record)
    assert find_run("demo", runs).record == {}
