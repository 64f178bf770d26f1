"""A run that ends anywhere leaves the old result or the new one, and the next command leaves nothing else."""

import errno
import shutil

import pytest
from archive.shelf import kept, result
from crash_points import counting, endings, refusals
from liangrong.core.archive.result_place import write_result
from liangrong.core.archive.run_folders import linked, stamps_in
from liangrong.core.archive.run_list import list_runs
from liangrong.core.archive.run_names import find_run
from liangrong.core.archive.run_removal import remove_run
from liangrong.core.errors import OutputError
from liangrong.core.run.result import load

FIRST, SECOND = "2026-07-31T08:05:09Z", "2026-07-31T08:05:10Z"
RECORD = {"made": FIRST, "command": "liangrong run x.yaml", "configuration": "x.yaml", "key": "a" * 32}
CODES = [
    (29, errno.ENOSPC),
    *(pytest.param(*one, marks=pytest.mark.slow) for one in ((1, errno.ENOSPC), (4, errno.EIO))),
]
LIGHT = [pytest.param(1, marks=pytest.mark.slow), 29]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def written(out, name):
    return write_result(result(name), f"<!doctype html>{name}", RECORD, out, force=True)


def whole(folder):
    """Return which result a folder holds; page and tables are those of one."""
    found = load(folder)
    assert found.fills.equals(result().fills)
    assert (folder / "report.html").read_text(encoding="utf-8") == f"<!doctype html>{found.name}"
    assert found.config["name"] == found.name
    return found.name


@pytest.mark.parametrize("step", LIGHT)
def test_a_run_that_replaces_another_is_the_old_or_the_new(tmp_path, step):
    out, seen = tmp_path / "out", []
    written(out, "old")
    for _ in endings(lambda: written(out, "new"), step):
        find_run(str(out), tmp_path / "runs")  # the ordinary way to it
        assert names(tmp_path) == ["out"]
        seen.append(whole(out))
        written(out, "old")
    assert set(seen) == {"old", "new"}
    assert seen[-1] == "new"
    assert len(seen) > 60 // step


@pytest.mark.parametrize("step", LIGHT)
def test_a_run_in_a_new_folder_is_there_or_not(tmp_path, step):
    out, seen = tmp_path / "runs" / "out", []
    for _ in endings(lambda: written(out, "new"), step):
        list_runs(out.parent)
        seen.append(out.exists())
        if seen[-1]:
            assert whole(out) == "new"
        written(out, "next")
        assert names(out.parent) == ["out"]
        shutil.rmtree(out.parent)
    assert set(seen) == {True, False}
    assert seen[-1]


@pytest.mark.parametrize("step", LIGHT)
def test_a_run_that_is_kept_is_there_or_not(tmp_path, step):
    place, seen, before = tmp_path / "demo", [], kept(tmp_path, FIRST)
    for _ in endings(lambda: kept(tmp_path, SECOND), step):
        runs = list_runs(tmp_path)
        assert runs.problems == ()
        assert [run.result().name for run in runs.runs] == ["demo"] * len(runs.runs)
        assert linked(place) == stamps_in(place)[0]
        assert names(place) == sorted([*stamps_in(place), "latest"])
        assert names(tmp_path) == ["demo"]
        seen.append(len(runs.runs))
        for run in runs.runs[:-1]:
            remove_run(run.folder, tmp_path)
    assert before.exists()
    assert set(seen) == {1, 2}
    assert seen[-1] == 2


@pytest.mark.parametrize("step", LIGHT)
def test_a_run_that_is_deleted_is_there_or_not(tmp_path, step):
    seen = []
    first = kept(tmp_path, FIRST)
    second = kept(tmp_path, SECOND)
    for _ in endings(lambda: remove_run(second, tmp_path), step):
        runs = list_runs(tmp_path)
        assert runs.problems == ()
        assert names(tmp_path / "demo") == sorted([*(run.folder.name for run in runs.runs), "latest"])
        seen.append(len(runs.runs))
        if len(runs.runs) == 1:
            kept(tmp_path, SECOND)
    assert set(seen) == {1, 2}
    assert load(first).name == "demo"


@pytest.mark.parametrize(("step", "code"), CODES)
def test_what_the_disk_refuses_anywhere_is_one_message_and_the_old_or_the_new(tmp_path, step, code):
    out, seen, messages = tmp_path / "out", set(), []
    written(out, "old")
    for _, words in refusals(lambda: written(out, "new"), OutputError, step, code):
        seen.add(whole(out))
        messages.append(words)
        written(out, "old")
        assert names(tmp_path) == ["out"]
    assert seen == {"old", "new"}
    assert messages[-1] is None
    assert len([words for words in messages if words]) > 30 // step


def test_what_takes_the_name_of_a_result_is_on_the_disk(tmp_path):
    for work, count in ((lambda: written(tmp_path / "out", "new"), 1), (lambda: kept(tmp_path, FIRST), 1)):
        with pytest.MonkeyPatch.context() as patch:
            calls = counting(patch, lambda _: None)
            work()
        rename = calls.index("rename")
        files = calls[:rename].count("write")
        assert files > 8
        assert calls[:rename].count("fsync") == files + count  # and the folder
        assert calls[rename + 1 :].index("fsync") < 3
