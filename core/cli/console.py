"""What every command prints on: one console, one progress bar."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


class Quiet:
    """Whether `--quiet` was given: no bar, no notes, no table of what was written."""

    is_on = False


def console(stderr: bool = False) -> "Console":
    """Return the terminal as rich sees it now."""
    from rich.console import Console

    return Console(stderr=stderr)


def progress(*more: Any, transient: bool = False) -> "Progress":
    """Return a bar on stderr, none with `--quiet`: what is done, of how much, `more` columns, the time that is left."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    class Bar(Progress):
        def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
            self.live.transient = transient or exc_type is not None  # what failed leaves its message, and no bar
            super().__exit__(exc_type, exc_val, exc_tb)

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *more, TimeRemainingColumn())
    return Bar(*columns, console=console(stderr=True), transient=transient, disable=Quiet.is_on)
