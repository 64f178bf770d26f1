"""What a configuration names: the files that a run reads, and the code that it executes. Nothing is executed to tell.

Of code the sources are read, not imported: a stranger's configuration can be looked at before anything of it runs.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..config.paths import own_file, stated_paths
from ..config.run import Config
from ..dataset import store
from ..errors import LiangrongError
from ..ideas.imports import reached
from ..ideas.registry import GROUP, packages_of_ideas

SHOWN = 8
"""Files or packages that are listed of each piece of code."""


class Read(NamedTuple):
    """What is read.

    Parameters
    ----------
    key : str
        Of the configuration, such as ``data.path``.
    place : str
        The path as the configuration states it, from the working folder; empty where nothing is read.
    files, size : int
        Of a folder all files below it; bytes. 0 where there is nothing.
    words : str
        What it is: of a dataset its version and digest.
    """

    key: str
    place: str
    files: int
    size: int
    words: str

    def told(self) -> str:
        """Return it as a line."""
        if not self.place:
            return f"{self.key}: {self.words}"
        size = f"{self.files:,} file{'s'[: self.files != 1]}, {bytes_told(self.size)}" if self.files else "not there"
        return f"{self.key}: {self.place} ({size}{'; ' if self.words else ''}{self.words})"


class Code(NamedTuple):
    """Code of the user's, or of a package, that a run executes.

    Parameters
    ----------
    key : str
        Of the configuration that names it; of a package the entry-point group.
    place : str
        FILE.py:NAME as stated, or the package.
    files : tuple of str
        That it comes to by its imports, itself included, from the working folder.
    packages : tuple of str
        Installed ones that it imports.
    is_there : bool
    """

    key: str
    place: str
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    is_there: bool = True

    def told(self) -> str:
        """Return it as a line."""
        if not self.is_there:
            return f"{self.key}: {self.place}: there is no such file"
        more = [f"imports {_few(self.packages)}"] if self.packages else []
        others = self.files[1:]
        return "; ".join([f"{self.key}: {self.place}", *([f"with {_few(others)}"] if others else []), *more])


def files_read(config: Config) -> tuple[Read, ...]:
    """Return what a run reads: the data, and every table and order list that the configuration names."""
    stated = stated_paths(config.resolved())
    return files_of(config.data.source, {key: path for key, path in stated.items() if own_file(path) is None})


def files_of(source: str, paths: Mapping[str, str]) -> tuple[Read, ...]:
    """Return what is read at stated paths, the data first."""
    others = {key: path for key, path in paths.items() if key != "data.path"}
    place = paths.get("data.path")
    if place is None:
        first = Read("data.source", "", 0, 0, f"{source}, made from its options: no file is read")
    else:
        first = read_of("data.path", place, _described(source, place))
    return first, *(read_of(key, path) for key, path in others.items())


def code_named(config: Config) -> tuple[Code, ...]:
    """Return the code of others than liangrong that a run executes: what the configuration names, packages of ideas.

    Notes
    -----
    Imports are read off the sources; what code imports by a name that it makes up while it runs is not seen.
    """
    named = {key: path for key, path in stated_paths(config.resolved()).items() if own_file(path) is not None}
    return *(code_of(key, path) for key, path in named.items()), *registered_elsewhere()


def bytes_told(size: float) -> str:
    """Return a number of bytes in the unit that fits."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size:.0f} bytes"


def read_of(key: str, place: str, words: str = "") -> Read:
    """Return what is read at a path that a key states."""
    files = list(_below(Path(place)))
    return Read(key, place, len(files), sum(size for _, size in files), words)


def _below(place: Path) -> Iterator[tuple[Path, int]]:
    """Yield the files at or below a place with their sizes; what cannot be looked at is left out."""
    inside = (Path(folder, name) for folder, _, names in os.walk(place) for name in names)
    for path in inside if place.is_dir() else [place]:
        try:
            yield path, path.stat().st_size
        except OSError:
            continue


def _described(source: str, place: str) -> str:
    """Return what a dataset is; of another source its name."""
    if source != "dataset":
        return f"source {source}"
    try:
        info = store.info(place)
    except LiangrongError:  # said when it is loaded
        return "no dataset"
    return f"dataset, version {info['version']}, digest {info['digest'][:16]}"


def code_of(key: str, stated: str) -> Code:
    """Return the code of FILE.py:NAME that a key states, read off its sources."""
    path = Path(str(own_file(stated)))
    if not path.is_file():
        return Code(key, stated, is_there=False)
    whole = path.resolve()
    found = reached([whole], whole.parent)
    others = sorted(_from_here(file) for file in found.files if file != whole)
    return Code(key, stated, (os.path.normpath(path), *others), tuple(sorted(found.packages)))


def _from_here(path: Path) -> str:
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive
        return str(path)


def registered_elsewhere() -> Iterator[Code]:
    """Yield the installed packages that register ideas; they are imported by every command that looks a rule up."""
    for owner, module in packages_of_ideas():
        yield Code(f"package of {GROUP}", f"{owner} ({module})")


def _few(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
