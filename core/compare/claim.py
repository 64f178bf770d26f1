"""One comparison at a time in a folder."""

from contextlib import AbstractContextManager
from pathlib import Path

from .. import locks

LOCK = "compare.lock"


def claimed(folder: Path) -> AbstractContextManager[Path]:
    """Give a folder, made where it is absent, to this process alone; raises as `locks.claimed`."""
    return locks.claimed(folder, LOCK, "comparison", "or choose another `--out`")
