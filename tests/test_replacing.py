"""A result folder has one writer at a time, and nothing of anybody else's is touched beside it or in it."""

import errno
import os
import threading

import pytest
from archive.shelf import kept, result
from config.test_presets import SYNTHETIC, TREND
from liangrong.core import locks
from liangrong.core.archive.result_place import reserved, write_result
from liangrong.core.archive.run_names import find_run
from liangrong.core.archive.run_removal import remove_run
from liangrong.core.config.yaml_file import load as load_config
from liangrong.core.dataset import store
from liangrong.core.errors import OutputError
from liangrong.core.folders import is_litter, write_file
from liangrong.core.locks import created
from liangrong.core.replacing import alone, settle
from liangrong.core.run.result import RUN, load
from liangrong.core.synthetic import synthetic

LITTER = (".DS_Store", "Thumbs.db", "desktop.ini", "._summary.json", ".nfs0000000000c0ffee", "@eaDir")
LITTER_FOLDERS = ("@eaDir", ".ipynb_checkpoints")
RECORD = {"made": "2026-07-31T08:05:09Z", "command": "liangrong run x.yaml", "configuration": "x.yaml", "key": "a" * 32}
DATA = {"digest": "0" * 32}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def litter(folder):
    for name in LITTER:
        if name not in LITTER_FOLDERS:
            (folder / name).write_bytes(b"x")
    for name in LITTER_FOLDERS:
        (folder / name).mkdir()
        (folder / name / "equity-checkpoint.csv").write_text("x")


def in_a_thread(work) -> list[str]:
    """Do some work where another process would, a lock being a thread's own; return what it was refused with."""
    refused = []

    def other():
        try:
            work()
        except OutputError as error:
            refused.append(str(error))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    return refused


# -- one at a time ---------------------------------------------------------------------------------------------------


def test_the_second_run_into_a_folder_is_refused_by_name_before_it_begins(tmp_path):
    config, out, begun = load_config({"name": "demo", "data": SYNTHETIC, "strategy": TREND}), tmp_path / "out", []

    def second():
        with reserved(config, DATA, out, force=True):
            begun.append(1)

    with reserved(config, DATA, out, force=False):
        (told,) = in_a_thread(second)
        assert f"{out} is in use by another run (process {os.getpid()} on " in told
        assert told.endswith("): wait until it has ended, or choose another folder")
        assert "since 20" in told
        write_result(result(), "page", RECORD, out, force=False)
    assert begun == []
    assert names(tmp_path) == ["out"]
    assert in_a_thread(second) == []
    assert begun == [1]


def test_a_run_that_is_being_written_is_not_deleted(tmp_path):
    out = result("mine").save(tmp_path / "out")
    with alone(out, "run"):
        (told,) = in_a_thread(lambda: remove_run(out, tmp_path))
    assert "cannot be deleted: " in told
    assert "out is in use by another run (process " in told
    assert load(out).name == "mine"
    remove_run(out, tmp_path)
    assert names(tmp_path) == []


def test_readers_leave_what_is_being_written_alone(tmp_path):
    out, seen = result("mine").save(tmp_path / "out"), []
    with alone(out, "run"):
        (tmp_path / ".out.tmp-01234567").mkdir()
        assert load(out).name == "mine"  # whoever writes may read too
        in_a_thread(lambda: seen.append(load(out).name))
        assert (tmp_path / ".out.tmp-01234567").exists()
    assert seen == ["mine"]
    load(out)
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_there_are_no_locks_everything_is_written_and_nothing_is_taken_for_left(tmp_path, monkeypatch, code):
    def unable(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(locks, "_system_lock", unable)
    (tmp_path / ".page.html.tmp-01234567").write_text("of another host")
    write_file(tmp_path / "page.html", "page")
    assert result("mine").save(tmp_path / "out").is_dir()
    assert names(tmp_path) == [".page.html.tmp-01234567", "out", "page.html"]


def test_any_other_failure_of_a_lock_is_told(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(locks, "_system_lock", refuse)
    with pytest.raises(OutputError, match=r"out cannot be written by this run: .*Input/output error"):
        result("mine").save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


# -- what killed commands left ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [load, lambda out: find_run(str(out), out.parent)])
def test_a_result_that_was_moved_aside_is_put_back_by_whoever_looks_for_it(tmp_path, look):
    out = result("mine").save(tmp_path / "out")
    out.rename(tmp_path / ".out.old-01234567")
    (tmp_path / ".out.tmp-89abcdef").mkdir()
    (tmp_path / ".out.lock").write_text("{}")
    look(out)
    assert names(tmp_path) == ["out"]
    assert load(out).name == "mine"


@pytest.mark.parametrize("kind", ["tmp", "old", "gone"])
def test_what_is_not_known_to_be_ours_stays(tmp_path, kind):
    out = result("mine").save(tmp_path / "out")
    users, link, file = (tmp_path / f".out.{kind}-0123456{n}" for n in (1, 2, 3))
    users.mkdir()
    (users / "thesis.tex").write_text("years of work")
    link.symlink_to(users)
    file.write_text("mine")
    other = [tmp_path / name for name in (f".out.{kind}-xyz", f".other.{kind}-01234567", f"out.{kind}-01234567")]
    for one in other:
        one.mkdir()
    before = names(tmp_path)
    settle(out, RUN)
    result("new").save(out)
    assert names(tmp_path) == before
    assert (users / "thesis.tex").exists()
    assert load(out).name == "new"


def test_what_was_left_of_a_single_file_goes_with_the_next_one_and_what_is_being_written_stays(tmp_path):
    dead, alive, other = (tmp_path / name for name in (".a.csv.tmp-01234567", ".a.csv.tmp-89abcdef", ".b.tmp-01234567"))
    dead.write_text("half")
    other.write_text("half")
    owned = created(alive)
    write_file(tmp_path / "a.csv", "whole")
    assert names(tmp_path) == sorted([alive.name, other.name, "a.csv"])
    os.close(owned)
    write_file(tmp_path / "a.csv", "whole")
    assert names(tmp_path) == [other.name, "a.csv"]


# -- what systems leave ----------------------------------------------------------------------------------------------


def test_what_systems_leave_is_in_nobodys_way(tmp_path):
    place = tmp_path / "new"
    place.mkdir()
    litter(place)
    out = write_result(result("mine"), "page", RECORD, place, force=False)  # a folder with nothing else is empty
    litter(out)
    assert load(out).name == "mine"
    write_result(result("mine"), "page", RECORD, out, force=False)
    litter(out)
    with pytest.raises(OutputError, match="of other content"):
        write_result(result("new"), "page", RECORD, out, force=False)
    write_result(result("new"), "page", RECORD, out, force=True)
    assert not set(names(out)) - set(RUN.files)
    litter(out)
    remove_run(out, tmp_path)
    assert names(tmp_path) == []
    folder = kept(tmp_path, "2026-07-31T08:05:09Z")
    litter(folder.parent)
    assert find_run("demo", tmp_path).folder == folder


def test_a_dataset_begins_where_systems_left_something(tmp_path):
    (tmp_path / "data").mkdir()
    litter(tmp_path / "data")
    folder = store.save(synthetic.generate(securities=3, sessions=20), [], tmp_path / "data")
    assert store.load(folder).shape == (20, 3)
    assert (folder / "Thumbs.db").exists()  # a dataset is changed file by file: nothing else goes


@pytest.mark.parametrize("name", ["thesis.tex", ".hidden", ".env", "nfs", ".nfsx", "DS_Store", "a._x", "ThumbsXdb"])
def test_what_may_be_a_users_is_no_litter(name):
    assert not is_litter(name)
    assert all(map(is_litter, (*LITTER, *LITTER_FOLDERS, "thumbs.db", "Desktop.ini")))
