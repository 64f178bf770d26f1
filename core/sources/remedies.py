"""Commands that a refusal proposes: they work as they stand, but for DIR."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

_NAMED = 12
"""Paths that a command names at most; with more it is no help."""

_Error = TypeVar("_Error", bound=Exception)


def command(paths: Sequence[Path], words: Sequence[str] = ()) -> str:
    """Return the command that imports `paths`, in back-quotes."""
    given = shlex.join([*map(str, paths), "--to", "DIR", *words])
    return f"`liangrong data import {given}`"


def nothing_in(folder: Path, inside: Mapping[Path, int], kinds: Sequence[str]) -> str:
    """Say that a folder holds no table, and which folders inside it do (folder -> files)."""
    if not inside:
        return f"{folder} holds no file that could be a table ({', '.join(kinds)})"
    told = [f"{one.relative_to(folder)} ({count:,} file{'s'[: count != 1]})" for one, count in inside.items()]
    more = f" and {len(told) - _NAMED:,} more" if len(told) > _NAMED else ""
    return (
        f"{folder} itself holds no file that could be a table, and folders inside a folder are not read. Inside it "
        f"there are {', '.join(told[:_NAMED])}{more}: name those that belong together, "
        f"{command(list(inside)[:_NAMED])}"
    )


def by_itself(error: _Error, path: Path, paths: Sequence[Path], words: Sequence[str], has_options: bool) -> _Error:
    """Return the error of one of several files that says how that file and the others are imported.

    Parameters
    ----------
    error : exception
    path : Path
        The file that it is about.
    paths : sequence of Path
        All files.
    words : sequence of str
        What else the command had, but for its options.
    has_options : bool
        Whether it had `--option`.
    """
    others = [one for one in paths if one != path]
    if not others:
        return error
    said = str(error)
    if has_options:
        said += (
            ". An `--option` holds for every file of its command: import the files that need it by themselves, and the "
            "others without it"
        )
        return type(error)(said)
    alone = "that command" if "`liangrong data import" in said else command([path], words)
    rest = (
        f": {command(others, words)}" if len(others) <= _NAMED else ", by this command when it is out of their folder"
    )
    return type(error)(
        f"{said}. It keeps {len(others):,} other file{'s'[: len(others) != 1]} back: import {path.name} by itself "
        f"({alone}), and the others without it{rest}"
    )
