"""The command `new`: without a terminal it asks nothing, in one it asks; what it writes can be checked and run."""

import os
import select
import sys
import time

import pytest


def test_without_a_terminal_defaults_and_options_answer(liangrong, tmp_path):
    code, out, err = liangrong("new", "mine.yaml", "--cash", "250_000", "--strategy", "spread", "--short", "0.2")
    assert (code, err) == (0, "")
    assert out.endswith("Check it:  liangrong check mine.yaml\nRun it:    liangrong run mine.yaml\n")
    text = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert "cash: 250_000 # " in text
    assert "short_weight: 0.2 # " in text
    code, _, err = liangrong("new", "mine.yaml", "--yes")
    assert (code, "mine.yaml exists and stays as it is" in err) == (2, True)
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == text
    assert liangrong("run", "mine.yaml", "--engine", "compiled")[0] == 0
    code, _, err = liangrong("new", "other.yaml", "--cash", "lots")
    assert (code, err) == (2, "liangrong: `--cash`: should be a number such as 1_000_000, 100万 or 0.05, got 'lots'\n")
    assert {path.name for path in tmp_path.iterdir()} == {"mine.yaml", "runs"}


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
@pytest.mark.slow
def test_in_a_terminal_it_asks(tmp_path):
    answers = [b"\n", b"\n", b"nope\n", b"\n", b"\n", b"\n", b"3e5\n", b"\n", b"\n"]
    code, shown = in_a_terminal(tmp_path, answers, "new", "mine.yaml")
    assert (code, "No: there is no rule `nope`" in shown, "wrote mine.yaml" in shown) == (0, True, True)
    assert "cash: 300_000" in (tmp_path / "mine.yaml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_in_a_terminal_ctrl_c_leaves_nothing(tmp_path):
    code, shown = in_a_terminal(tmp_path, [b"\n", b"\x03"], "new", "other.yaml")
    assert (code, "interrupted" in shown) == (130, True)
    assert list(tmp_path.iterdir()) == []


def in_a_terminal(folder, answers, *words):
    """Return the exit code of a command, and what its terminal showed; each prompt gets the next answer.

    A signal that arrives between the showing of a prompt and the reading of its line is noticed at the next key only:
    Python's own gap, which no person is quick enough to hit. So an answer is a little late, and an interruption is
    given once more where nothing follows.
    """
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execv(sys.executable, [sys.executable, "-c", "from liangrong.core.cli.app import main; main()", *words])
    shown, answered, given = b"", 0, b""
    while True:
        if not select.select([terminal], [], [], 20.0 if given == b"\x03" else 120.0)[0]:
            if given != b"\x03":
                break
            os.write(terminal, given)
            given = b""
            continue
        try:
            read = os.read(terminal, 65536)
        except OSError:  # the command has ended
            break
        if not read:
            break
        shown += read
        if shown.endswith(b"] > ") and len(shown) > answered:
            answered, given = len(shown), answers.pop(0)
            time.sleep(0.2)
            os.write(terminal, given)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()
