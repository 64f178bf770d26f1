"""Whoever works for a process that is killed ends soon, whatever it is at."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from compare.small import written
from liangrong.core.compare.save import prepare_folder
from liangrong.core.locks import is_abandoned
from run.asked import CHECK

WORKER = """
import os, sys, threading
from liangrong.core.locks import created
from liangrong.core.orphans import end_with
from pathlib import Path
end_with(os.getppid())
created(Path(sys.argv[1]))
threading.Event().wait(60)
"""
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKER!r}, sys.argv[1]])"
COMPARE = """
import sys
from pathlib import Path
from liangrong.core.compare.comparing import carry_out_all, prepare_comparison
from liangrong.core.compare.executors import processes
from liangrong.core.compare.save import SHARED, prepare_folder
if __name__ == "__main__":
    out = prepare_folder(Path(sys.argv[3]))
    carry_out_all(prepare_comparison(Path(sys.argv[2])), out, processes(2, out / SHARED))
"""
RULE = '''
import os, threading
from pathlib import Path
from liangrong.core.locks import created
from liangrong.strategies.rules import Rule, parameter


class Waiting(Rule):
    """A rule that is at work for a long time.

    Claim: none.
    Formula: F
    """

    NEEDS = ("financing_balance",)
    number: int = parameter(1, "sessions", low=1)

    def score(self, panel):
        created(Path({folder!r}) / f"at-work-{{os.getpid()}}")
        threading.Event().wait(60)
'''


def until(condition) -> bool:
    """Return whether something comes to hold within half a minute."""
    deadline, never = time.monotonic() + 30.0, threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        never.wait(0.05)
    return True


def killed_at_work(words, folder: Path, workers: int) -> list[Path]:
    """Begin a process, kill it when its workers are at work, and return what tells whether they still are."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen([sys.executable, *map(str, words)], env=environment, stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: len(list(folder.glob("at-work-*"))) == workers)
        assert not any(map(is_abandoned, folder.glob("at-work-*")))
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    return list(folder.glob("at-work-*"))


def test_a_worker_ends_with_its_parent(tmp_path):
    (mark,) = killed_at_work(["-c", PARENT, tmp_path / "at-work-1"], tmp_path, 1)
    assert until(lambda: is_abandoned(mark))


@pytest.mark.slow
def test_the_workers_of_a_comparison_end_with_it_and_the_next_one_removes_what_they_shared(tmp_path):
    pytest.importorskip("joblib")
    (tmp_path / "waiting.py").write_text(RULE.format(folder=str(tmp_path)), encoding="utf-8")
    (tmp_path / "script.py").write_text(COMPARE)
    keys = {"strategy.rule": ["waiting.py:Waiting"], "strategy.rule.parameters.number": [1, 2, 3, 4]}
    controls = [{"name": "hold", "strategy": {"name": "buy_and_hold"}}]
    config = written(tmp_path, trials={"method": "grid", "keys": keys}, controls=controls, stress=False)
    out = tmp_path / "out"
    marks = killed_at_work([tmp_path / "script.py", "compare", config, out], tmp_path, 2)
    assert until(lambda: all(map(is_abandoned, marks)))
    assert len(list(out.glob(".panel.*"))) == 1
    prepare_folder(out)
    assert [one.name for one in out.iterdir() if one.name.startswith(".") or one.name.endswith("lock")] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "forks", [pytest.param(1, marks=pytest.mark.skipif(sys.platform != "linux", reason="no copies")), 0]
)
def test_the_repetitions_of_a_check_end_with_it(tmp_path, forks):
    marks = killed_at_work(["-c", CHECK, tmp_path, forks], tmp_path, 2)
    assert until(lambda: all(map(is_abandoned, marks)))
