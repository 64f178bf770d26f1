"""What every importer takes and gives: paths in, a panel and its findings out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import DataError
from ..panel.panel import Panel
from ..path_kinds import nearly, require_regular, what_it_is

Paths = str | Path | Sequence[str | Path]

EXAMPLES = 5
"""How many places a finding quotes."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One kind of thing that an importer noticed, dropped, restored or read in a particular way.

    Parameters
    ----------
    kind : str
        A short name such as ``duplicate_row``; the same thing has the same name in every source.
    count : int
        How many rows, cells or columns it concerns.
    detail : str
        What was done about it, in words.
    where : str
        The file, by name.
    examples : tuple of str
        Up to `EXAMPLES` places, such as ``line 12``.
    """

    kind: str
    count: int
    detail: str
    where: str = ""
    examples: tuple[str, ...] = ()

    @staticmethod
    def of_record(record: Mapping[str, Any]) -> "Finding":
        """Return the finding that a manifest has as plain values."""
        parts = {name: record[name] for name in ("kind", "count", "detail", "where")}
        return Finding(**parts, examples=tuple(record["examples"]))

    def as_record(self) -> dict[str, object]:
        """Return the finding as plain values, for a manifest or a table."""
        return {
            "kind": self.kind,
            "count": self.count,
            "detail": self.detail,
            "where": self.where,
            "examples": list(self.examples),
        }


def finding(kind: str, places: Iterable[object], detail: str, where: str = "") -> list[Finding]:
    """Return one finding that counts `places` and quotes the first of them, or none where there is no place."""
    found = list(places)
    if not found:
        return []
    quoted = tuple(str(place) for place in found[:EXAMPLES])
    return [Finding(kind=kind, count=len(found), detail=detail, where=where, examples=quoted)]


class Imported(NamedTuple):
    """A panel and what was noticed while it was read."""

    panel: Panel
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Source:
    """One kind of file that can be imported.

    Parameters
    ----------
    name : str
        What the user writes after ``--source``.
    description : str
        One line.
    read : callable
        ``read(paths, **options) -> Imported``.
    """

    name: str
    description: str
    read: Callable[..., Imported]


def as_paths(paths: Paths) -> list[Path]:
    """Return `paths` as a list of existing files or folders.

    Raises
    ------
    DataError
        None given, or one that does not exist, or is no regular file.
    """
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    if not given:
        raise DataError("no file to import: give at least one path")
    if "" in given:
        raise DataError("an empty path is no file: name one (a shell variable may be unset)")
    found = [Path(path) for path in given]
    for path in found:
        if not path.exists():
            raise DataError(f"{path} does not exist: {nearly(path)}check the path and the folder it starts from")
        require_regular(path)
    return found


def as_folder(path: Paths) -> Path:
    """Return `path` as one existing folder; DataError for anything else."""
    found = as_paths(path)
    if len(found) != 1 or not found[0].is_dir():
        wrong = [f"{one}, {what_it_is(one)}" for one in found if not one.is_dir()][:1] or map(str, found)
        raise DataError(f"this source reads one folder, got {', '.join(wrong)}")
    return found[0]


def in_one_line(error: BaseException) -> str:
    """Return what a library says of a file, without its line ends."""
    return " ".join(str(error).split())
