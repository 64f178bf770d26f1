"""Who is at work where: locks of the operating system, which end with their process however it ends."""

import datetime as dt
import errno
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import OutputError

_BEYOND = 1 << 20
"""Byte that is locked on Windows: what is locked there cannot be read by others."""

_PAUSE = 0.02
"""Seconds between two attempts of who waits."""

_UNABLE = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}
"""What file systems answer that have no locks: everybody goes ahead there, and nothing counts as abandoned."""

_held: set[tuple[int, Path]] = set()
"""Thread and lock file: whoever has one may claim it again."""


def _nobody(_: str) -> None: ...


@contextmanager
def claimed(
    folder: Path,
    name: str,
    what: str,
    remedy: str,
    *,
    patience: float = 0.0,
    tell: Callable[[str], None] = _nobody,
    shown: Path | None = None,
) -> Generator[Path, None, None]:
    """Give a folder to this process alone; it is made where it is absent, and goes again where it stays empty.

    Parameters
    ----------
    folder : Path
    name : str
        Of the lock file in it; it vanishes at the end.
    what : str
        Is at work there, in words: "comparison".
    remedy : str
        What to do instead of waiting, for the error.
    patience : float
        Seconds to wait for another process.
    tell : callable
        Is told once who is waited for.
    shown : Path, optional
        What messages name in place of the folder.

    Raises
    ------
    OutputError
        Another process has it, which is named; or it cannot be written.
    """
    target = folder.resolve()
    mine = (threading.get_ident(), target / name)
    if mine in _held:
        yield target
        return
    shown = target if shown is None else shown
    made = [path for path in (target, *target.parents) if not path.exists()]
    try:
        file = _locked(target / name, patience, lambda owner: tell(f"waiting for {shown}, in use{owner}"))
    except _Taken as taken:
        raise OutputError(f"{shown} is in use by another {what}{taken}: wait until it has ended, {remedy}") from None
    except OSError as error:
        raise OutputError(f"{shown} cannot be written by this {what}: {error}") from error
    _held.add(mine)
    try:
        yield target
    finally:
        _held.remove(mine)
        _release(file, target / name)
        with suppress(OSError):
            for path in made:
                path.rmdir()  # where nothing came of it


def is_held(folder: Path, name: str) -> bool:
    """Return whether this thread has a lock."""
    return (threading.get_ident(), folder.resolve() / name) in _held


class _Taken(Exception):
    """Another process has a lock; its text names the process, as far as it is known."""


def _locked(path: Path, patience: float, tell: Callable[[str], None]) -> int:
    """Return an open lock file, locked and signed; `_Taken` where patience ends before."""
    deadline = time.monotonic() + patience
    is_told = False
    while True:
        try:
            return _attempt(path)
        except _Taken as taken:
            if time.monotonic() >= deadline:
                raise
            if not is_told:
                tell(str(taken))
            is_told = True
            time.sleep(_PAUSE)


def _attempt(path: Path) -> int:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)  # whoever gave up before may have taken the folder along
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(file)
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


def _release(file: int, path: Path) -> None:
    if sys.platform == "win32":  # nothing that is open can be removed there
        os.close(file)
    with suppress(OSError):
        path.unlink()
    if sys.platform != "win32":
        os.close(file)  # and the lock with it


def _lock(file: int) -> None:
    """Lock a file; `_Taken` where another process has it."""
    try:
        _system_lock(file)
    except (BlockingIOError, PermissionError):
        raise _Taken(_owner(file)) from None
    except OSError as error:
        if error.errno not in _UNABLE:
            raise


def _system_lock(file: int) -> None:
    """Lock a file by the system's means; BlockingIOError or PermissionError where another process has it."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, _BEYOND, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


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


def created(path: Path) -> int:
    """Make a file that has an owner, this process, for as long as it is open, and return its descriptor.

    Raises
    ------
    FileExistsError
        It is there, or somebody who took it for abandoned removed it in the moment before it was locked.
    OSError
        It cannot be made.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        _lock(file)
        if not _is_at(file, path):
            raise _Taken
    except _Taken:
        os.close(file)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
    except BaseException:
        os.close(file)
        raise
    return file


def is_abandoned(path: Path) -> bool:
    """Return whether a file that `created` made has no owner any more; False where that cannot be known."""
    try:
        if not path.is_file() or path.is_symlink():
            return False
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _system_lock(file)
    except OSError:
        return False
    finally:
        os.close(file)
    return True
