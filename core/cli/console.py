"""What every command prints on: one console, and one place that decides how it shows that it is at work.

At a terminal that is a bar: what is done, of how much, how fast, how long it still takes, or how long it has taken.
Elsewhere it is a plain line on stderr every `EVERY` seconds; with `--quiet` there is nothing.
"""

import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from ..run.duration_words import clock, duration
from ..run.first_use import Compiling

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, Task

EVERY = 15.0
"""Seconds between two plain lines."""


class Quiet:
    """Whether `--quiet` was given: no bar, no notes, no table of what was written."""

    is_on = False


def console(stderr: bool = False) -> "Console":
    """Return the terminal as rich sees it now."""
    from rich.console import Console

    return Console(stderr=stderr)


def progress(*, unit: str = "", transient: bool = False) -> "Progress":
    """Return what shows on stderr that a command is at work.

    Parameters
    ----------
    unit : str
        What its tasks count, in the plural; a task may have a `unit` of its own.
    transient : bool
        Leave nothing on the terminal at the end.
    """
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
    from rich.text import Text

    class Told(ProgressColumn):
        def render(self, task: "Task") -> Text:
            return Text(told(task, unit))

    class Bar(Progress):
        def __enter__(self) -> Any:
            prints.__enter__()  # what code of a user prints meanwhile is no answer
            if is_plain and not Quiet.is_on:
                lines.start()
            return super().__enter__()

        def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
            self.live.transient = transient or exc_type is not None  # what failed leaves its message, and no bar
            lines.stop()
            if not self.disable:  # it would end a line that it did not begin
                super().__exit__(exc_type, exc_val, exc_tb)
            prints.__exit__(None, None, None)

    prints = redirect_stdout(sys.stderr)
    screen = console(stderr=True)
    is_plain = not screen.is_terminal or screen.is_dumb_terminal
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=12), Told())
    bar = Bar(*columns, console=screen, transient=transient, disable=is_plain or Quiet.is_on)
    lines = _Lines(bar, unit)
    return bar


def working(description: str) -> "Progress":
    """Return what shows that a command is at work on one thing that is not counted, for a `with` statement."""
    bar = progress(transient=True)
    bar.add_task(description, total=None)
    return bar


def counting(bar: "Progress", description: str, task: Any = 0) -> Callable[[int, int], None]:
    """Return what is told how far a task is: done, total.

    A count that begins anew, or goes on from what was kept before, has a speed and a time of its own.
    """
    last: list[int] = [0, -1]

    def report(done: int, total: int) -> None:
        if total != last[1] or done < last[0]:
            bar.reset(task, completed=done, total=total)
        last[:] = done, total
        bar.update(task, description=description, completed=done, total=total)

    return report


def uncounted(bar: "Progress", description: str) -> None:
    """Let the first task of a bar go on with something that is not counted."""
    bar.tasks[0].total = None  # which `update` and `reset` take for unchanged
    bar.reset(bar.tasks[0].id, description=description)


def told(task: "Task", unit: str = "") -> str:
    """Return how far a task is, and what is compiled meanwhile; what is not counted, or not begun, has its time."""
    unit = task.fields.get("unit", unit)
    spent = clock(task.elapsed or 0.0)
    compiling = Compiling.status()
    if compiling:
        return f"{spent}, {compiling}"
    if task.total is None or task.finished:
        return spent
    counted = f"{task.completed:,.0f}/{task.total:,.0f}{f' {unit}' if unit else ''}"
    if not task.speed or task.time_remaining is None:
        return f"{counted}, {spent}"
    return f"{counted}, {_rate(task.speed)}, {duration(task.time_remaining)} left"


def _rate(speed: float) -> str:
    return f"{speed:,.0f}/s" if speed >= 10.0 else f"{speed:.1f}/s" if speed >= 0.1 else f"{60.0 * speed:.1f}/min"


class _Lines:
    """A thread that says in a plain line every `EVERY` seconds how far the first task of a bar is."""

    def __init__(self, bar: "Progress", unit: str) -> None:
        self._bar, self._unit = bar, unit
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._say, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _say(self) -> None:
        while not self._over.wait(EVERY):
            for task in self._bar.tasks[:1]:
                print(f"liangrong: {task.description}: {told(task, self._unit)}", file=sys.stderr, flush=True)
