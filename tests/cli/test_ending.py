"""How commands end: exit codes, one message, a file for a fault of ours that holds no data, no bar left behind."""

import errno
import io
import subprocess
import sys
from pathlib import Path

import pytest
from liangrong.core.cli import ending, start
from liangrong.core.errors import ConfigError, EngineError
from liangrong.core.run.provenance import release

SECRET = "600519.SH at 1688.00"


def ended(raised, capsys, traced=False):
    """Return exit code and message of a command that raises."""

    def command():
        raise raised

    with pytest.raises(SystemExit) as stopped:
        ending.carry_out(command, lambda: traced)
    return stopped.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (ConfigError("`cash` is wrong"), 2, "liangrong: `cash` is wrong\n"),
        (EngineError("they differ"), 1, "liangrong: they differ\n"),
        (MemoryError(), 2, "liangrong: the memory does not suffice: "),
        (OSError(errno.ENOSPC, "No space left on device", "a.csv"), 2, "liangrong: the disk is full: "),
        (SystemExit(130), 130, "liangrong: interrupted; nothing is half-written: "),
        (SystemExit(3), 3, ""),
        (RuntimeError("Symlink loop from 'a'"), 2, "liangrong: a link leads back to itself: "),
        (OSError(errno.ELOOP, "Too many levels"), 2, "liangrong: a link leads back to itself: "),
        (UnicodeEncodeError("utf-8", "a\udcff", 1, 2, "no"), 2, "liangrong: 'a\\\\udcff' has bytes that are no text"),
    ],
)
def test_what_is_raised_decides_code_and_message(raised, code, told, capsys):
    got, said = ended(raised, capsys)
    assert (got, said[: len(told)]) == (code, told)
    assert said.count("\n") <= 1


def test_a_fault_of_ours_leaves_a_file_without_data(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["liangrong", "run", SECRET])
    code, said = ended(KeyError(SECRET), capsys)
    (file,) = tmp_path.iterdir()
    assert code == 70
    assert said == (
        f"liangrong: a fault of liangrong, not yours (builtins.KeyError): please report it with {file}, "
        "which holds no data\n"
    )
    text = file.read_text(encoding="utf-8")
    assert SECRET not in text
    assert f"liangrong {release()}, Python " in text
    assert "command: run\n" in text
    assert 'test_ending.py", line ' in text


def test_a_fault_where_nothing_can_be_written_names_the_way_to_its_trace(capsys, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    assert "`liangrong --debug …` shows its trace" in ended(ValueError(), capsys)[1]


@pytest.mark.parametrize("raised", [ConfigError("x"), KeyError("x")])
def test_debug_keeps_the_traceback(raised):
    def command():
        raise raised

    with pytest.raises(type(raised)):
        ending.carry_out(command, lambda: True)


def test_signs_that_a_terminal_lacks_are_written_as_numbers(monkeypatch):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    ending.carry_out(lambda: print("中"), lambda: False)
    out.flush()
    assert raw.getvalue() == b"\\u4e2d\n"


WAITING = """
import os, signal, sys, time
from liangrong.core.cli import app

@app.app.command()
def wait():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

sys.argv = ["liangrong", "wait"]
app.main()
"""


def test_an_interruption_says_what_the_same_command_does():
    done = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, check=False)
    assert (done.returncode, "interrupted; nothing is half-written" in done.stderr) == (130, True)
    assert "Traceback" not in done.stderr


def test_a_failing_command_leaves_no_bar(liangrong):
    market = Path("m.yaml")
    market.write_text("name: m\ndata: {source: synthetic}\nstrategy: {name: buy_and_hold}\n", encoding="utf-8")
    code, _, err = liangrong("run", market, "--set", "window.start=2090-01-01")
    assert (code, "preparing" in err, "━" in err) == (2, False, False)
    assert "liangrong: `window` 2090-01-01.. lies after the data" in err


def test_the_version(liangrong):
    assert liangrong("--version")[:2] == (0, f"liangrong {release()}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of addresses")
@pytest.mark.parametrize(("limit", "words", "is_refused"), [
    (1_100_000_000, ["demo"], True),
    (1_300_000_000, ["demo"], False),
    (-1, ["demo"], False),
    (500_000_000, ["demo", "--help"], False),
])  # fmt: skip
def test_too_few_addresses_are_told_before_the_libraries_fall(limit, words, is_refused, capsys, monkeypatch):
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, -1))
    monkeypatch.setattr(sys, "argv", ["liangrong", *words])
    if is_refused:
        with pytest.raises(SystemExit, match="2"):
            ending.carry_out(lambda: None, lambda: False)
        assert "may address 1.10 GB (`ulimit -v`): the libraries need 1.2 GB" in capsys.readouterr().err
    else:
        ending.carry_out(lambda: None, lambda: False)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no folder that a process is in")
def test_a_removed_working_folder_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SystemExit, match="2"):
        ending.carry_out(lambda: None, lambda: False)
    assert capsys.readouterr().err.startswith("liangrong: the working folder was removed")


def test_a_reader_that_has_gone_is_no_finding(capsys):
    """Typer takes a broken pipe for exit code 1."""

    def command():
        try:
            raise BrokenPipeError
        except BrokenPipeError:
            sys.exit(1)

    with pytest.raises(SystemExit) as stopped:
        ending.carry_out(command, lambda: False)
    assert (stopped.value.code, capsys.readouterr().err) == (0, "")


def test_a_closed_stream_swallows(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    ending.carry_out(lambda: print("nobody reads"), lambda: False)
    sys.stdout.close()


def test_an_interruption_while_the_modules_are_loaded_ends_alike(monkeypatch, capsys):
    class Interrupting:
        def find_spec(self, name, *_):
            if name == "liangrong.core.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "liangrong.core.cli.app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    with pytest.raises(SystemExit, match="130"):
        start.main()
    assert capsys.readouterr().err == "liangrong: interrupted; nothing was begun\n"
