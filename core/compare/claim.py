"""One comparison at a time in a folder: a lock of the operating system, which ends with its process however it ends."""

import datetime as dt
import json
import os
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import OutputError

LOCK = "compare.lock"

_BEYOND = 1 << 20
"""Byte that is locked on Windows: what is locked there cannot be read by others."""

_held: set[Path] = set()
"""Folders that this process has: whoever has one may claim it again."""


@contextmanager
def claimed(folder: Path) -> Generator[Path, None, None]:
    """Give a folder, made where it is absent, to this process alone.

    Raises
    ------
    OutputError
        Another process has it, which is named; or it cannot be written.
    """
    target = folder.resolve()
    if target in _held:
        yield target
        return
    try:
        target.mkdir(parents=True, exist_ok=True)
        file = _locked(target)
    except OSError as error:
        raise OutputError(f"the comparison cannot be written to {target}: {error}") from error
    _held.add(target)
    try:
        yield target
    finally:
        _held.remove(target)
        _release(file, target)


def _locked(target: Path) -> int:
    """Return the open lock file of a folder, locked and signed."""
    path = target / LOCK
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(file, target)
            if _is_at(file, path):
                _sign(file)
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # its owner removed it between the opening and the lock: it locks nothing any more


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _release(file: int, target: Path) -> None:
    if sys.platform == "win32":  # nothing that is open can be removed there
        os.close(file)
    with suppress(OSError):
        (target / LOCK).unlink()
    if sys.platform != "win32":
        os.close(file)  # and the lock with it


def _lock(file: int, target: Path) -> None:
    """Lock a file; OutputError where another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _BEYOND, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        raise OutputError(
            f"{target} is in use by another comparison{_owner(file)}: wait until it has ended, "
            "or choose another `--out`"
        ) from error


def _sign(file: int) -> None:
    """Write down who has a lock."""
    started = dt.datetime.now().astimezone().isoformat(timespec="seconds")
    owner = {"process": os.getpid(), "host": socket.gethostname(), "started": started}
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, json.dumps(owner).encode())


def _owner(file: int) -> str:
    """Return in words who wrote the lock file; empty where it says nothing."""
    try:
        os.lseek(file, 0, os.SEEK_SET)
        owner = json.loads(os.read(file, 1000))
        return f" (process {owner['process']} on {owner['host']}, since {owner['started']})"
    except (OSError, ValueError, LookupError, TypeError):
        return ""
