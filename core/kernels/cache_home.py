"""Where compiled kernels are kept: in a folder that nobody else can write to, or nowhere.

What is loaded from there runs as code of this user, so a folder that somebody else could have filled will not do.
"""

import functools
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


def user_id() -> int | None:
    """Return the number of the user that this process acts for; None where the system has none (Windows)."""
    return os.geteuid() if hasattr(os, "geteuid") else None


@functools.cache
def cache_home() -> Path | None:
    """Return the folder of all kernel caches, made if need be; None where no private one can be had.

    Notes
    -----
    The first that can be written of ``$XDG_CACHE_HOME/liangrong`` (``~/.cache`` where that is not set, or relative)
    and ``liangrong-USER`` in the system's temporary folder. Each has to belong to this user, and is closed to all
    others.
    """
    return next((folder for folder in _candidates() if _is_private(folder)), None)


def _candidates() -> Iterator[Path]:
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        cache = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
        yield (cache / "liangrong").resolve()  # a link of the user's own, to a larger disk, is good
    except (OSError, RuntimeError):  # RuntimeError: no HOME, and nobody of this number is known
        pass
    try:
        temporary = Path(tempfile.gettempdir())
    except OSError:  # nothing can be written anywhere
        return
    user = user_id()
    yield temporary / ("liangrong" if user is None else f"liangrong-{user}")  # Windows gives each user a folder


def _is_private(folder: Path) -> bool:
    """Make `folder` if need be; tell whether it can be written, and by its owner, this user, only."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode):  # a link, which may point anywhere
            return False
        if user_id() is not None:
            if status.st_uid != user_id():
                return False
            if status.st_mode & 0o077:
                folder.chmod(0o700)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
