"""What a path leads to, for the error where something else was wanted: what it is, and what takes it."""

import json
import os
import stat
from pathlib import Path
from typing import Any

from .errors import ConfigError, DataError, nearest

_TABLES = (".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".parquet", ".jsonl", ".zip", ".gz")
_YAML = (".yaml", ".yml")
_SHOWN = 8

_KINDS = {stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}

_LARGEST = 64_000_000
"""Bytes of a JSON file of ours; the largest that commands write have some 100 kB."""


def given_path(name: str, given: Any) -> Path:
    """Return the path that the parameter `name` is given; ConfigError where it is none."""
    if not isinstance(given, str | os.PathLike):
        raise ConfigError(f"`{name}` should be a path, got {given!r}")
    return Path(given)


def irregular(path: str | Path) -> str:
    """Return ``no regular file but a pipe`` and the like of what may never end, or begin, to be read; else nothing."""
    try:
        kind = _KINDS.get(stat.S_IFMT(os.stat(path).st_mode), "")
    except (OSError, ValueError):  # nothing is there, or nothing can be
        return ""
    return kind and f"no regular file but a {kind}"


def require_regular(path: str | Path, error: type[ConfigError | DataError] = DataError) -> None:
    """Raise `error` where a path leads to a device, a pipe or a socket, which nothing here reads."""
    if what := irregular(path):
        raise error(f"{path} is {what}: write what it gives into a file, and name that")


def read_json(path: Path) -> Any:
    """Return what a JSON file of ours holds; OSError, or DataError: no regular file, larger than any, damaged."""
    require_regular(path)
    size = path.stat().st_size
    if size > _LARGEST:
        raise DataError(f"{path} has {size:,} bytes, none that a command writes has more than {_LARGEST:,}")
    if not size:
        raise DataError(f"{path.name} is empty")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise DataError(f"{path.name} is damaged: it is no JSON") from None


def what_it_is(path: Path) -> str:
    """Return what a path leads to and what takes that, such as ``a dataset: `liangrong data info ds` shows it``.

    Parameters
    ----------
    path : Path
        Whatever a user wrote.

    Returns
    -------
    str
        ``there is no such …`` where nothing is there, with what is called nearly so beside it; of a file whose name
        does not tell what it is, a file.
    """
    if os.path.isdir(path):
        return _folder(path)
    if not os.path.exists(path):
        hint = nearly(path)
        return f"there is no such file or folder{f': {hint}' if hint else ''}".rstrip()
    if what := irregular(path):
        return what
    ending = path.suffix.lower()
    if ending in _TABLES:
        return f"a table: `liangrong data import {path} --to DIR` makes a dataset of it, which a configuration names"
    if ending in _YAML:
        return f"a YAML file: `liangrong check {path}` tells what it comes to"
    if ending == ".py":
        return f"a Python file: a rule or a strategy of it is named {path}:CLASS in a configuration"
    return "a file"


def is_no_text(path: Path) -> bool:
    """Return whether a path certainly leads to no configuration: to a folder, a table, a Python file."""
    return os.path.isdir(path) or (os.path.isfile(path) and path.suffix.lower() in (*_TABLES, ".py"))


def _folder(path: Path) -> str:
    if os.path.isfile(path / "manifest.json"):
        shown = f"`liangrong data info {path}` shows it, `liangrong study RULE --data {path}` takes it"
        return f"a dataset: {shown}, a configuration names it as `data: {{source: dataset, path: {path}}}`"
    if os.path.isfile(path / "summary.json"):
        shown = f"`liangrong runs show {path}` shows it, `liangrong run {path / 'config.yaml'}` repeats it"
        return f"the result of a run: {shown}"
    found = sorted(one.name for one in path.glob("*.y*ml") if one.suffix in _YAML)
    if not found:
        return f"a folder: `liangrong data import {path} --to DIR` makes a dataset of the tables in one"
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"a folder with {', '.join(found[:_SHOWN])}{more}: name one of them"


def nearly(path: Path) -> str:
    """Return ``did you mean `x`? `` of what is called nearly as a path that leads nowhere; empty where none is."""
    beside = [one.name for one in path.parent.iterdir()] if os.path.isdir(path.parent) else []
    near = [str(path.parent / name) for name in nearest(path.name, beside, cutoff=0.75)]
    return f"did you mean `{near[0]}`? " if near else ""
