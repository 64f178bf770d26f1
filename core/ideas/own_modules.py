"""Users' own files as modules: loaded once for each state of their sources, with what lies beside them."""

import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import ConfigError, LiangrongError
from .imports import PROJECT, reached

_OWN = "liangrong_user_"
"""How the modules of users' own files are named."""

NOT_THE_USERS = (KeyboardInterrupt, GeneratorExit, MemoryError)
"""What is raised in a user's code, and is none of its faults."""

_beside: set[str] = set()
"""Top-level names of the modules that were imported from beside them."""


def own_module(path: Path, what: str) -> Any:
    """Return the module of a user's own file.

    Parameters
    ----------
    path : Path
        Absolute.
    what : str
        Rule or strategy, for the error.

    Raises
    ------
    ConfigError
        The file cannot be imported.

    Notes
    -----
    The file imports what lies beside it as a script would. Where files of two folders import modules of the same name,
    each has its own, but for imports inside functions: these find the one that was loaded last.
    """
    files = own_files(path)
    digest = hashlib.sha256(str(path).encode() + b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    name = f"{_OWN}{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path} cannot be loaded as a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses look their module up
    try:
        with _neighbours(path.parent, files):
            spec.loader.exec_module(module)
    except NOT_THE_USERS:
        del sys.modules[name]
        raise
    except BaseException as error:  # a file that calls sys.exit would end the run in silence
        del sys.modules[name]
        told = str(error) if isinstance(error, LiangrongError) else said(error)
        raise ConfigError(f"{path}: this {what} file cannot be imported: {told}") from error
    return module


def said(error: BaseException) -> str:
    """Return the kind of an error and what it says, if it says anything: its text is a user's code too."""
    try:
        return f"{type(error).__name__}: {error}".removesuffix(": ")
    except Exception:
        return f"{type(error).__name__}, whose own text cannot be made"


def own_files(path: Path) -> list[Path]:
    """Return a user's file and what it imports of its folder, sorted."""
    return sorted(file for file, top in reached([path], path.parent).files.items() if top == path.parent)


@contextmanager
def blaming(found: Any, what: str) -> Generator[None, None, None]:
    """Turn what the code of a user's own file or package raises into a ConfigError that names its line."""
    folder = os.getcwd()
    try:
        yield
    except (LiangrongError, *NOT_THE_USERS):
        raise
    except BaseException as error:
        if found.__module__.partition(".")[0] == PROJECT:
            raise
        path = inspect.getfile(found)
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        place = f"{Path(path).name}:{lines[-1]}" if lines else Path(path).name
        raise ConfigError(f"{what} failed at {place}: {said(error)}") from error
    finally:
        os.chdir(folder)  # paths of the command are relative to it


@contextmanager
def _neighbours(folder: Path, files: list[Path]) -> Generator[None, None, None]:
    """Let a file of `folder` import `files` as they are now.

    Notes
    -----
    The folder stays at the end of the search path, for imports inside functions. No bytecode is written: its check
    takes two files of one size and second for the same.
    """
    names = {file.relative_to(folder).parts[0].removesuffix(".py") for file in files}
    for name in [name for name in sys.modules if name.partition(".")[0] in names & _beside]:
        del sys.modules[name]
    _beside.update(names - sys.modules.keys())
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        with suppress(ValueError):  # the file may have done it
            sys.path.remove(str(folder))
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
        sys.dont_write_bytecode = kept
