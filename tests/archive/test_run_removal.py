"""Deleting runs: a run goes whole, anything else stays."""

import os

import pytest
from archive.shelf import kept, result
from liangrong.core.archive.run_folders import linked
from liangrong.core.archive.run_removal import remove_run
from liangrong.core.errors import OutputError

FIRST, SECOND = "2026-07-31T08:05:09Z", "2026-07-31T08:05:10Z"


def everything(folder):
    return {path: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def test_a_run_goes_and_the_link_leads_to_the_one_before(tmp_path):
    first, second = (kept(tmp_path, moment) for moment in (FIRST, SECOND))
    before = everything(first)
    remove_run(second, tmp_path)
    assert linked(tmp_path / "demo") == first.name
    assert everything(first) == before
    remove_run(first, tmp_path)
    assert list(tmp_path.iterdir()) == []  # the folder of a name without runs goes too


def test_the_folder_of_a_name_stays_where_it_holds_something(tmp_path):
    folder = kept(tmp_path, FIRST)
    (tmp_path / "demo" / "notes.txt").write_text("mine")
    remove_run(folder, tmp_path)
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["notes.txt"]


def test_a_damaged_run_goes_too(tmp_path):
    folder = kept(tmp_path, FIRST)
    (folder / "summary.json").write_text("{")
    remove_run(folder, tmp_path)
    assert not folder.exists()


def test_a_folder_of_out_goes_and_its_parent_stays(tmp_path):
    folder = result("mine").save(tmp_path / "deep" / "out")
    remove_run(folder, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


@pytest.mark.parametrize("what", ["foreign", "folder", "link in it", "link", "no run", "latest", "runs", "empty"])
def test_anything_else_stays(tmp_path, what):
    runs = tmp_path / "runs"
    folder = kept(runs, FIRST)
    target = folder
    if what == "foreign":
        (folder / "thesis.tex").write_text("years of work")
    elif what == "folder":
        (folder / "fills.csv").unlink()
        (folder / "fills.csv").mkdir()
    elif what == "link in it":
        (tmp_path / "data.csv").write_text("mine")
        (folder / "fills.csv").unlink()
        (folder / "fills.csv").symlink_to(tmp_path / "data.csv")
    elif what == "link":
        target = runs / "demo" / "20260801T000000Z-cccccccc"
        target.symlink_to(folder)
    elif what == "no run":
        target = tmp_path / "own"
        target.mkdir()
        (target / "config.yaml").write_text("the user's own")
    elif what == "latest":
        target = runs / "demo" / "latest"
    elif what == "runs":
        target = runs
    else:
        target = tmp_path / "nothing"
        target.mkdir()
    before = everything(tmp_path)
    with pytest.raises(OutputError, match=r"stays as it is|links are not followed"):
        remove_run(target, runs)
    assert everything(tmp_path) == before


def test_what_cannot_be_deleted_is_said(tmp_path, monkeypatch):
    folder = kept(tmp_path, FIRST)
    before = everything(tmp_path)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(OutputError, match=r"cannot be deleted: .*Permission denied"):
        remove_run(folder, tmp_path)
    assert everything(tmp_path) == before
