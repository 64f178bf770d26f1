"""What shows that a command is at work: a bar at a terminal, plain lines elsewhere, nothing with `--quiet`."""

import contextlib
import io
import os
import pty
import re
import sys
import threading
import time

import pytest
from liangrong.core.cli import console
from liangrong.core.run.first_use import Compiling, Group
from rich.console import Console
from rich.progress import Progress


def bar_at(now, unit="sessions"):
    """Return a bar whose clock is `now[0]`, drawn nowhere."""
    bar = Progress(console=Console(file=io.StringIO()), get_time=lambda: now[0], disable=True)
    bar.add_task("preparing", total=None)
    return bar, lambda: console.told(bar.tasks[0], unit)


def test_what_is_not_counted_has_its_time():
    now = [0.0]
    _, told = bar_at(now)
    assert told() == "1 s"
    now[0] = 42.0
    assert told() == "42 s"
    now[0] = 600.0
    assert told() == "10:00"


def test_what_is_counted_has_rate_and_time_left_by_hand():
    """20 of 100 in 10 s, after 30 s that were not counted: 2 a second, 40 s left."""
    now = [30.0]
    bar, told = bar_at(now)
    report = console.counting(bar, "running")
    report(0, 100)
    assert told() == "0/100 sessions, 1 s"
    for second in range(1, 11):
        now[0] = 30.0 + second
        report(2 * second, 100)
    assert told() == "20/100 sessions, 2.0/s, 40 s left"
    assert bar.tasks[0].description == "running"


def test_what_was_kept_from_before_is_nobodys_speed():
    """9,000 of 10,000 runs were there: 10 more in 10 s are 1 a second, and 990 s are left."""
    now = [0.0]
    bar, told = bar_at(now, "runs")
    report = console.counting(bar, "running")
    report(9_000, 10_000)
    for second in range(1, 11):
        now[0] = float(second)
        report(9_000 + second, 10_000)
    assert told() == "9,010/10,000 runs, 1.0/s, 16 min left"


def test_a_count_that_begins_anew_has_its_own_time():
    now = [0.0]
    bar, told = bar_at(now)
    report = console.counting(bar, "running")
    for second in range(101):
        now[0] = float(second)
        report(second, 100)
    assert told() == "1:40"  # done: the tables are made
    report(0, 100)
    for done in (10, 20, 30):
        now[0] += 1.0
        report(done, 100)
    assert told() == "30/100 sessions, 10/s, 7 s left"
    console.uncounted(bar, "writing")
    now[0] += 3.0
    assert told() == "3 s"
    assert bar.tasks[0].description == "writing"


@pytest.mark.parametrize(("speed", "words"), [(1234.5, "1,234/s"), (9.96, "10.0/s"), (0.5, "0.5/s"), (0.05, "3.0/min")])
def test_rates(speed, words):
    assert console._rate(speed) == words


def test_what_is_compiled_meanwhile_is_told(monkeypatch):
    monkeypatch.setattr(Compiling, "group", Group("the account", 160, 35.0))
    monkeypatch.setattr(Compiling, "done", 12)
    monkeypatch.setattr(Compiling, "depth", 2)
    now = [0.0]
    _, told = bar_at(now)
    now[0] = 5.0
    assert told() == "5 s, compiling once, 12/about 160"


def test_elsewhere_than_at_a_terminal_plain_lines_come_now_and_then(monkeypatch):
    monkeypatch.setattr(console, "EVERY", 0.02)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with console.progress(unit="runs") as bar:
        bar.add_task("running", total=10)
        bar.update(bar.tasks[0].id, completed=3)
        wait(lambda: stream.getvalue().count("\n") >= 2)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("liangrong: running: 3/10 runs, ")
    assert "\x1b" not in stream.getvalue()


def test_a_short_command_says_nothing_there(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with console.working("auditing"):
        pass
    assert stream.getvalue() == ""


def test_quiet_shows_nothing(monkeypatch):
    monkeypatch.setattr(console, "EVERY", 0.01)
    monkeypatch.setattr(console.Quiet, "is_on", True)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with console.working("auditing"):
        time.sleep(0.05)
    assert stream.getvalue() == ""


def test_at_a_terminal_a_bar_moves_and_goes(monkeypatch):
    """A real pseudo-terminal of 80 columns: no line is longer, the time moves, and nothing is left."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    main, other = pty.openpty()
    read: list[bytes] = []
    reader = threading.Thread(target=_read, args=(main, read))
    reader.start()
    with os.fdopen(other, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with console.progress(unit="sessions", transient=True) as bar:
            bar.add_task("running", total=1000)
            for done in range(0, 1000, 250):
                bar.update(bar.tasks[0].id, completed=done)
                bar.refresh()
    reader.join()
    os.close(main)
    written = b"".join(read).decode()
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    assert "750/1,000 sessions" in shown
    assert max(map(len, re.split(r"[\r\n]+", shown))) <= 80


def _read(main, read):
    """Read a pseudo-terminal until its other end is closed, which Linux tells by an error."""
    with contextlib.suppress(OSError):
        while data := os.read(main, 4096):
            read.append(data)


def wait(is_there):
    end = time.monotonic() + 20.0
    while not is_there():
        assert time.monotonic() < end
        time.sleep(0.005)
