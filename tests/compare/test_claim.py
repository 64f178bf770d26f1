"""Two comparisons into one folder: the second is refused, and neither dies; a process that was killed locks nothing."""

import os
import signal
import subprocess
import sys

import pytest
from compare.small import counting, written
from liangrong.core import locks
from liangrong.core.compare.claim import LOCK, claimed
from liangrong.core.compare.comparing import carry_out_all, prepare_comparison
from liangrong.core.compare.save import prepare_folder
from liangrong.core.errors import OutputError

HOLD = """
import sys
from pathlib import Path
from liangrong.core.compare.claim import claimed
with claimed(Path(sys.argv[1])):
    print("has it", flush=True)
    sys.stdin.read()
"""
COMMAND = "import sys; from liangrong.core.cli.app import main; main()"


def started(code, *arguments):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], text=True, **pipes)


@pytest.fixture
def holder(tmp_path):
    process = started(HOLD, tmp_path / "out")
    assert process.stdout is not None
    assert process.stdout.readline() == "has it\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_is_refused_by_name_until_the_first_has_ended(tmp_path, holder):
    out = tmp_path / "out"
    words = rf"out is in use by another comparison \(process {holder.pid} on .*, since .*\): wait until"
    prepared = prepare_comparison(written(tmp_path, stress=False))
    for refused in (lambda: prepare_folder(out), lambda: carry_out_all(prepared, out)):
        with pytest.raises(OutputError, match=words):
            refused()
    holder.communicate("")
    assert not out.exists()  # nothing came of it
    assert prepare_folder(out) == out.resolve()


def test_a_process_that_was_killed_has_nothing_any_more(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert (tmp_path / "out" / LOCK).exists()
    with claimed(tmp_path / "out"):
        assert f'"process": {os.getpid()}' in (tmp_path / "out" / LOCK).read_text()
    assert not (tmp_path / "out" / LOCK).exists()


def test_whoever_has_it_may_claim_it_again(tmp_path):
    with claimed(tmp_path), claimed(tmp_path) as inner:
        assert inner == tmp_path.resolve()
        assert (tmp_path / LOCK).exists()
    assert not (tmp_path / LOCK).exists()


def test_a_lock_that_its_owner_removed_is_no_lock(tmp_path, monkeypatch):
    opened = []
    taken = locks._lock

    def lock(file):  # between the opening and the lock the owner ends and removes the file
        if not opened:
            (tmp_path / LOCK).unlink()
        opened.append(file)
        taken(file)

    monkeypatch.setattr(locks, "_lock", lock)
    with claimed(tmp_path):
        assert len(opened) == 2
        assert (tmp_path / LOCK).exists()


@pytest.mark.slow
def test_two_commands_at_once_both_end_well_or_say_why(tmp_path):
    config, log = counting(tmp_path, dies=0)
    call = ("compare", config, "--out", tmp_path / "out")
    both = [started(COMMAND, *call) for _ in range(2)]
    ended = [(*process.communicate(), process.returncode) for process in both]
    assert sorted(code for *_, code in ended) in ([0, 0], [0, 2])
    assert not any("Traceback" in err for _, err, _ in ended)
    assert all("is in use by another comparison" in err for _, err, code in ended if code == 2)
    assert (tmp_path / "out" / "leaderboard.html").exists()
    assert sorted(map(int, log.read_text().split())) == list(range(1, 7))  # no run was carried out twice


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file cannot be written by this comparison"), claimed(tmp_path / "file"):
        pass
