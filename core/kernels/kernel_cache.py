"""The compiled forms of one kernel on disk, one file for each set of argument types.

numba's own cache does not notice a changed helper in another file, stops with a traceback at a damaged one, and keeps
the files of a kernel by an index that two processes can overwrite for each other, which gives one the code of the
other. Here the folder is named after all that the code depends on (`cache_key`), a file after the types; it begins with
a digest of the rest, so that half of a file, or a file of anything else, is not taken for code. Files are written aside
and then renamed: another process sees all of it or nothing.
"""

import hashlib
import os
import pickle
import re
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from . import cache_news
from .cache_home import cache_home, user_id
from .cache_key import key_of

_DIGEST = 32
_DAY = 86_400.0
_KEPT = 30 * _DAY
_OURS = re.compile(r"(\w+-)?[0-9a-f]{16}")
"""Folders of caches, also of versions that kept all rooms in one."""


class KernelCache:
    """What numba asks of a function's cache: load, save, and a few words about itself.

    Parameters
    ----------
    function : function
        Of a module that can be imported, without a closure: nothing else is kept.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._is_enabled = function.__closure__ is None and "<locals>" not in function.__qualname__

    @property
    def cache_path(self) -> str | None:
        """The folder; None where nothing is kept."""
        folder = self._folder()
        return None if folder is None else str(folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled form for these types, None where there is none: numba compiles it then."""
        target_context.refresh()
        key = _key(sig, target_context.codegen())
        path = self._path(key)
        found = None if path is None else _read(path, key, target_context)
        if found is None:
            cache_news.compiling(self._room())
        return found

    def save_overload(self, sig: Any, cres: Any) -> None:
        """Keep a compiled form. Where that fails it is still there for this process."""
        key = _key(sig, cres.codegen)
        path = self._path(key)
        if path is not None and not cres.library.has_dynamic_globals and not any(not x.can_cache for x in cres.lifted):
            _write(path, dumps((key, cres._reduce())))

    def enable(self) -> None:
        """Load and save from now on."""
        self._is_enabled = True

    def disable(self) -> None:
        """Neither load nor save from now on."""
        self._is_enabled = False

    def flush(self) -> None:
        """Forget all compiled forms of this function, on disk."""
        folder = self._folder()
        for path in [] if folder is None else folder.glob(f"{self._stem()}.*"):
            path.unlink(missing_ok=True)

    def _room(self) -> str:
        return self._function.__module__.rpartition(".")[0].rpartition(".")[2] or "own"

    def _stem(self) -> str:
        return f"{self._function.__qualname__}-{self._function.__code__.co_firstlineno}"

    def _folder(self) -> Path | None:
        home = cache_home() if self._is_enabled else None
        module = self._function.__module__
        return None if home is None else home / self._room() / f"{module.rpartition('.')[2]}-{key_of(module)}"

    def _path(self, key: tuple[Any, ...]) -> Path | None:
        """Return the file for `key`; None where nothing is kept, or types are those of one process only."""
        folder, words = self._folder(), repr(key)
        if folder is None or " at 0x" in words:
            return None
        return folder / f"{self._stem()}.{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def _key(sig: Any, codegen: Any) -> tuple[Any, ...]:
    """Return what tells the forms of one kernel apart: the types, and the processor that they were compiled for."""
    return sig, codegen.magic_tuple()


def _read(path: Path, key: tuple[Any, ...], target_context: Any) -> Any:
    """Return the compiled form in a file; None where there is none, or none that is to be trusted."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_uid != user_id() and user_id() is not None:
                return None  # from a time when others could write here
            data = file.read()
    except OSError:
        return None
    try:
        if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
            raise ValueError("not what was written")
        written, reduced = pickle.loads(data[_DIGEST:])
        found = CompileResult._rebuild(target_context, *reduced) if written == key else None
    except Exception:  # whatever comes of a file that is not ours
        path.unlink(missing_ok=True)
        cache_news.damaged(path.parent)
        return None
    _mark_used(path.parent)
    return found


def _write(path: Path, data: bytes) -> None:
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            aside.write_bytes(hashlib.sha256(data).digest() + data)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:  # a full disk, say
        cache_news.not_written(path.parent, error)
    else:
        _remove_unused(path.parents[2])


def _mark_used(folder: Path) -> None:
    """Set the time of a folder to now, once a day."""
    try:
        if time.time() - folder.stat().st_mtime > _DAY:
            os.utime(folder)
    except OSError:
        pass


def _remove_unused(home: Path) -> None:
    """Remove the folders that nothing was loaded from or added to for 30 days; looks once a process."""
    if home in _LOOKED_AT:
        return
    _LOOKED_AT.add(home)
    for folder in [*home.glob("*"), *home.glob("*/*")]:
        try:
            if _OURS.fullmatch(folder.name) and time.time() - folder.lstat().st_mtime > _KEPT:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # gone by now
            continue


_LOOKED_AT: set[Path] = set()
