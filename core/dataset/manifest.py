"""What a dataset says of itself: one JSON file, checked before any of its words is used."""

import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from ..errors import DataError, OutputError
from ..folders import flush, flush_folder
from ..panel.panel import FIELDS
from ..path_kinds import what_it_is

FORMAT = 2
"""Version of the layout that `store` describes; another one is refused."""

NAME = "manifest.json"

LOCK = ".lock"
"""In the folder while a command writes there."""

PART_NAME = re.compile(r"data/\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d-[0-9a-f]{16}\.parquet")
AXES_NAME = re.compile(r"axes-[0-9a-f]{16}\.json")
ENDINGS_NAME = re.compile(r"tables/endings-[0-9a-f]{16}\.csv")
ACTIONS_NAME = re.compile(r"tables/actions-[0-9a-f]{16}\.csv")
_DIGEST = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

_OPTIONAL = ("actions", "action_count", "endings", "ending_count")

_SHOWN = 200
"""Characters of what a damaged manifest says that a message repeats."""

MOST_BYTES = 256 << 20
"""A manifest that is larger is none."""


@dataclass(frozen=True)
class File:
    """A file of the dataset: its place below the folder, its size and what it has to contain."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Part(File):
    """A Parquet file: the observed cells of a run of sessions."""

    first: str
    last: str
    rows: int
    digests: Mapping[str, str]  # field -> of its cells, see `digests`


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything about a dataset but its cells; the fields of a `Panel` have their meaning here too."""

    version: int
    source: str
    synthetic: bool
    adjusted: str
    industries: tuple[str, ...]
    shape: tuple[int, int]
    start: str | None
    end: str | None
    units: Mapping[str, str]
    digests: Mapping[str, str]
    imputed: Mapping[str, str]
    findings: Sequence[Mapping[str, Any]]
    imports: Sequence[Mapping[str, Any]]
    axes: File
    parts: tuple[Part, ...]
    actions: File | None = None
    action_count: int = 0
    endings: File | None = None
    ending_count: int = 0

    @property
    def files(self) -> tuple[File, ...]:
        """Every file that belongs to this version."""
        return (self.axes, *self.parts, *(table for table in (self.actions, self.endings) if table))


def write(folder: Path, manifest: Manifest) -> None:
    """Write a manifest: one atomic rename, after which the new version is the valid one."""
    record = asdict(manifest)
    parts = [json.dumps(part, ensure_ascii=False) for part in record.pop("parts")]
    head = json.dumps({"liangrong_dataset": FORMAT, **record}, ensure_ascii=False, indent=2)
    listed = ",\n    ".join(parts)
    text = f'{head[:-2]},\n  "parts": [\n    {listed}\n  ]\n}}\n'
    building = folder / f"{NAME}.tmp-{secrets.token_hex(4)}"
    try:
        building.write_text(text, encoding="utf-8", newline="\n")
        flush(building)
        os.replace(building, folder / NAME)
        flush_folder(folder)
    finally:
        building.unlink(missing_ok=True)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read(folder: Path, refuse: type[DataError] | type[OutputError] = DataError) -> Manifest:
    """Return the manifest of a dataset.

    Raises
    ------
    refuse
        There is none that this release reads, or what it says cannot be: a name outside the folder, a type or a
        number that is none.
    """
    path = folder / NAME
    if not path.is_file():
        raise refuse(f"{folder} is not a dataset{_instead(folder)}")
    record = _record(path, refuse)
    try:
        return _checked(record)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else str(error)[:_SHOWN]
        raise refuse(f"{path} is damaged ({what}): import the data again into a new folder") from None


def _instead(folder: Path) -> str:
    """Return what is there instead of a dataset."""
    what = what_it_is(folder)
    if what.startswith("a folder") or not folder.exists():
        lacking = f"it has no {NAME}" if folder.exists() else what
        return f": {lacking}; make one with `liangrong data import`"
    return f" but {what}"


def _record(path: Path, refuse: type[DataError] | type[OutputError]) -> dict[str, Any]:
    """Return the JSON object of a manifest of this format."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("its size")
        record = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        version = record["liangrong_dataset"]
    except OSError as error:
        raise refuse(f"{path} cannot be read: {error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise refuse(f"{path} is not the manifest of a dataset") from None
    if version != FORMAT:
        raise refuse(
            f"{path} has format {version!r}, this release reads {FORMAT}: import the data again into a new folder"
        )
    return _without_controls(record)


def _without_controls(value: Any) -> Any:
    """Return what JSON holds with signs that control a terminal as texts: a manifest may be a stranger's."""
    if isinstance(value, str):
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
    if isinstance(value, list):
        return [_without_controls(one) for one in value]
    return (
        {_without_controls(key): _without_controls(one) for key, one in value.items()}
        if isinstance(value, dict)
        else value
    )


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _checked(record: Mapping[str, Any]) -> Manifest:
    """Return the manifest that a JSON object is; ValueError, KeyError or TypeError where it cannot be one."""
    known = {one.name for one in fields(Manifest)}
    made = {name: record[name] for name in known - set(_OPTIONAL)}
    for name, kind in (("source", str), ("synthetic", bool), ("adjusted", str), ("version", int)):
        if type(made[name]) is not kind:
            raise ValueError(f"`{name}` should be of type {kind.__name__}, got {made[name]!r}")
    made["industries"] = tuple(_texts("industries", made["industries"]))
    made["shape"] = _shape(made["shape"])
    made["start"], made["end"] = (_day(name, made[name]) for name in ("start", "end"))
    for name in ("units", "imputed", "digests"):
        made[name] = _of_fields(name, made[name])
    for name in ("findings", "imports"):
        if not (isinstance(made[name], list) and all(isinstance(one, dict) for one in made[name])):
            raise ValueError(f"`{name}` should be a list of objects")
    made["findings"] = [_finding(one) for one in made["findings"]]
    made["imports"] = [_import(one) for one in made["imports"]]
    made["axes"] = _file("axes", made["axes"], AXES_NAME)
    made["parts"] = _parts(made["parts"], tuple(made["units"]))
    for name, count, pattern in (("actions", "action_count", ACTIONS_NAME), ("endings", "ending_count", ENDINGS_NAME)):
        made[name] = None if record.get(name) is None else _file(name, record[name], pattern)
        made[count] = _count(count, record.get(count, 0))
    return Manifest(**made)


def _finding(record: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = [record["kind"], record["detail"], record["where"], *record["examples"]]
    if not (all(isinstance(text, str) for text in texts) and type(record["count"]) is int):
        raise ValueError(f"`findings` has an entry that is none: {record!r}")
    return record


def _import(record: Mapping[str, Any]) -> Mapping[str, Any]:
    texts = [record["at"], *(text for one in record["taken_for"] for text in (one["source"], *one["files"]))]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"`imports` has an entry that is none: {record!r}")
    return record


def _texts(name: str, given: Any) -> list[str]:
    if not (isinstance(given, list) and all(isinstance(one, str) for one in given)):
        raise ValueError(f"`{name}` should be a list of texts")
    return given


def _count(name: str, given: Any) -> int:
    if type(given) is not int or not 0 <= given < 1 << 53:
        raise ValueError(f"`{name}` should be a whole number, got {given!r}")
    return given


def _shape(given: Any) -> tuple[int, int]:
    sessions, securities = given
    return _count("shape", sessions), _count("shape", securities)


def _day(name: str, given: Any) -> str | None:
    if given is not None and date.fromisoformat(given).isoformat() != given:
        raise ValueError(f"`{name}` should be a day such as 2024-06-20, got {given!r}")
    return given


def _of_fields(name: str, given: Any) -> dict[str, str]:
    if not (isinstance(given, dict) and all(isinstance(one, str) for one in given.values())):
        raise ValueError(f"`{name}` should be an object of texts")
    foreign = [one for one in given if one not in FIELDS]
    if foreign:
        raise ValueError(f"`{name}` names {foreign[0]!r}, which is no field")
    return given


def _file(name: str, given: Any, pattern: re.Pattern[str]) -> File:
    return File(*_located(name, given, pattern))


def _located(name: str, given: Any, pattern: re.Pattern[str]) -> tuple[str, int, str]:
    """Return place, size and hash of a file; a place that `store` does not give is refused."""
    place, digest = given["file"], given["sha256"]
    if not (isinstance(place, str) and pattern.fullmatch(place)):
        raise ValueError(f"`{name}` names the file {place!r}, which no dataset has")
    if not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        raise ValueError(f"`{name}` has no SHA-256")
    return place, _count("bytes", given["bytes"]), digest


def _parts(given: Any, names: tuple[str, ...]) -> tuple[Part, ...]:
    if not isinstance(given, list):
        raise ValueError("`parts` should be a list")
    made = []
    for one in given:
        digests = _of_fields("digests", one["digests"])
        if tuple(digests) != names or not all(_DIGEST.fullmatch(text) for text in digests.values()):
            raise ValueError("`parts` has an entry whose fields are not those of the dataset")
        located = _located("parts", one, PART_NAME)
        first, last = (_day(name, one[name]) or "" for name in ("first", "last"))
        made.append(Part(*located, first, last, _count("rows", one["rows"]), digests))
    if any(part.first > part.last for part in made) or any(a.last >= b.first for a, b in pairwise(made)):
        raise ValueError("`parts` overlap")
    return tuple(made)
