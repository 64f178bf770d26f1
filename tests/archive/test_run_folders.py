"""Where runs are kept: whole or not at all, none over another, and a link to the newest."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from archive.shelf import kept, result
from liangrong.core.archive import run_folders
from liangrong.core.archive.run_folders import folder_of, linked, stamps_in
from liangrong.core.archive.run_list import list_runs
from liangrong.core.errors import ConfigError, OutputError
from liangrong.core.replacing import alone
from liangrong.core.run.result import FILES, load

FIRST, SECOND = "2026-07-31T08:05:09Z", "2026-07-31T08:05:10Z"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_has_a_folder_of_its_time_and_key_and_the_link_leads_to_it(tmp_path):
    folder = kept(tmp_path, FIRST)
    assert folder == tmp_path / "demo" / "20260731T080509Z-aaaaaaaa"
    assert load(folder).name == "demo"
    assert os.readlink(tmp_path / "demo" / "latest") == folder.name  # relative: the whole may be moved
    second = kept(tmp_path, SECOND, key="b")
    assert names(tmp_path / "demo") == [folder.name, second.name, "latest"]
    assert (tmp_path / "demo" / "latest").resolve() == second
    assert load(folder).summary["sharpe"] == 1.5  # the first is as it was


def test_runs_of_one_second_and_one_key_lie_side_by_side_and_the_last_is_the_newest(tmp_path):
    folders = [kept(tmp_path, FIRST) for _ in range(11)]
    assert [folder.name.partition("aaaaaaaa")[2] for folder in folders[:3]] == ["", "-2", "-3"]
    assert stamps_in(tmp_path / "demo")[0].endswith("-11")
    assert linked(tmp_path / "demo") == folders[-1].name


def test_runs_of_one_second_and_several_keys_have_the_order_of_their_writing(tmp_path):
    folders = [kept(tmp_path, FIRST, key=key) for key in "baabba"]
    for moment, folder in enumerate(folders):
        os.utime(folder, ns=(moment, moment))
    assert stamps_in(tmp_path / "demo") == [folder.name for folder in reversed(folders)]


def test_many_at_once_lose_nothing(tmp_path):
    result()
    begun = threading.Barrier(8)

    def work():
        begun.wait()
        for _ in range(4):
            kept(tmp_path, FIRST)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = stamps_in(tmp_path / "demo")
    assert len(found) == 32
    assert linked(tmp_path / "demo") == found[0]
    assert names(tmp_path / "demo") == sorted([*found, "latest"])
    assert all({path.name for path in (tmp_path / "demo" / stamp).iterdir()} <= set(FILES) for stamp in found)


PROCESS = """
import sys
from pathlib import Path
from archive.shelf import kept
for _ in range(3):
    print(kept(Path(sys.argv[1]), "2026-07-31T08:05:09Z").name)
"""


@pytest.mark.slow
def test_two_processes_at_once_do_not_collide(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", PROCESS, str(tmp_path)]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [line for one in running for line in one.communicate()[0].split()]
    assert [one.returncode for one in running] == [0, 0]
    assert len(told) == len(set(told)) == 6
    assert sorted(told) == sorted(stamps_in(tmp_path / "demo"))
    assert linked(tmp_path / "demo") == stamps_in(tmp_path / "demo")[0]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(result()), "write_into", refuse)
    with pytest.raises(OutputError, match=r"the run cannot be kept in .*demo: .*No space left .*`--out`"):
        kept(tmp_path, FIRST)
    assert names(tmp_path) == []


def test_a_kill_between_writing_and_linking_is_repaired_by_the_list(tmp_path, monkeypatch):
    kept(tmp_path, FIRST)
    with monkeypatch.context() as patched:
        patched.setattr(run_folders, "link_newest", lambda _: None)
        second = kept(tmp_path, SECOND)
    assert linked(tmp_path / "demo") != second.name
    assert list_runs(tmp_path).runs[0].folder == second
    assert linked(tmp_path / "demo") == second.name


def test_what_killed_commands_left_goes_and_what_is_at_work_or_foreign_stays(tmp_path):
    place = tmp_path / "demo"
    dead, alive, foreign = (f".20260101T000000Z-0000000{n}.tmp-0123abcd" for n in (1, 2, 3))
    for left in (dead, alive, foreign, ".notes"):
        (place / left).mkdir(parents=True)
        (place / left / ("mine.txt" if left == foreign else "summary.json")).write_text("{")
    (place / ".20260101T000000Z-00000001.lock").write_text("{}")
    (place / ".latest.tmp-0123abcd").symlink_to("20260101T000000Z-00000001")
    with alone(place / "20260101T000000Z-00000002", "run"):
        thread = threading.Thread(target=kept, args=(tmp_path, FIRST))  # a lock is a thread's own
        thread.start()
        thread.join()
        (folder,) = stamps_in(place)
        assert names(place) == sorted([alive, ".20260101T000000Z-00000002.lock", foreign, ".notes", folder, "latest"])
    list_runs(tmp_path)  # a list puts in order too
    assert names(place) == sorted([foreign, ".notes", folder, "latest"])


def test_where_links_cannot_be_made_a_small_file_tells_the_newest(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    for moment in (FIRST, SECOND):
        folder = kept(tmp_path, moment)
        assert (tmp_path / "demo" / "latest").read_text(encoding="utf-8") == f"{folder.name}\n"
        assert linked(tmp_path / "demo") == folder.name
    assert len(names(tmp_path / "demo")) == 3


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_users_own_latest_stays(tmp_path, is_folder):
    place = tmp_path / "demo" / "latest"
    place.parent.mkdir()
    if is_folder:
        place.mkdir()
    else:
        place.write_text("my notes")
    kept(tmp_path, FIRST)
    assert place.is_dir() is is_folder
    assert not place.is_symlink()
    assert is_folder or place.read_text() == "my notes"


@pytest.mark.parametrize("name", ["..", ".", "...", ".hidden", "a/b", "", "a\\b"])
def test_a_name_does_not_leave_the_folder_of_runs(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot name the folder of its runs: begin with a letter or a digit"):
        folder_of(name, tmp_path / "runs")


@pytest.mark.parametrize(("name", "size"), [("n" * 300, 300), ("两融" * 50, 300)])
def test_a_name_that_no_file_system_takes(tmp_path, name, size):
    with pytest.raises(ConfigError, match=f"`name` has {size} bytes, the folder of its runs may have 200: shorten"):
        folder_of(name, tmp_path)
    assert kept(tmp_path, FIRST, name="两融" * 33).parent.name == "两融" * 33


def test_the_folder_of_runs_may_be_a_link_to_elsewhere(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "disk")
    folder = kept(tmp_path / "runs", FIRST)
    assert (tmp_path / "disk" / "demo" / folder.name / "summary.json").is_file()
    assert len(list_runs(tmp_path / "runs").runs) == 1
