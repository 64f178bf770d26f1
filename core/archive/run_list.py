"""The runs that are kept, as a list: each with what tells it from the others, the newest first."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import DataError, LiangrongError
from ..replacing import is_own_folder, settle_all
from ..run.result import RUN, Result, load, read_head, why_unread
from .run_folders import RUNS, link_newest, stamps_in
from .run_record import read_record

FIGURES = ("total_return", "sharpe", "max_drawdown", "lowest_maintenance_ratio")
"""Those of the list: fractions, but for the Sharpe ratio."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True)
class KeptRun:
    """A run that is kept.

    Parameters
    ----------
    label : str
        NAME/STAMP, else the path of its folder.
    folder : Path
    head : dict
        What summary.json says.
    record : dict
        What run.json says; empty where there is none.
    """

    label: str
    folder: Path
    head: dict[str, Any]
    record: dict[str, Any]

    @property
    def made(self) -> str:
        """When, in UTC: as run.json says, else as the file system does."""
        told = self.record.get("made")
        if isinstance(told, str) and _MOMENT.fullmatch(told):
            return told
        moment = dt.datetime.fromtimestamp((self.folder / "summary.json").stat().st_mtime, dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def data(self) -> dict[str, Any]:
        """What was read: source, path, digest, start, end, ..."""
        told = self.head.get("data")
        return told if isinstance(told, dict) else {}

    def figure(self, name: str) -> float | None:
        """Return a figure of the summary by its dotted key, None where it does not exist."""
        found: Any = self.head["metrics"]
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found if isinstance(found, int | float) and not isinstance(found, bool) else None

    def result(self) -> Result:
        """Return the whole result; raises as `load`."""
        return load(self.folder)

    def as_record(self) -> dict[str, Any]:
        """Return what `liangrong runs --json` prints."""
        metrics, told = self.head["metrics"], self.record.get
        return {
            "run": self.label,
            "made": self.made,
            "name": self.head["name"],
            "configuration": told("configuration"),
            "command": told("command"),
            "liangrong": self.head.get("liangrong"),
            "data": self.data,
            "window": [metrics.get("start_date"), metrics.get("end_date")],
            "figures": {name: self.figure(name) for name in FIGURES},
            "folder": str(self.folder),
        }


class Listed(NamedTuple):
    """What a folder of runs holds."""

    runs: tuple[KeptRun, ...]
    problems: tuple[str, ...]  # runs that cannot be read, a sentence each


def list_runs(runs: Path = RUNS, name: str | None = None, check: Callable[[Path], object] = lambda _: None) -> Listed:
    """Return the runs below a folder, the newest first, and which cannot be read.

    Parameters
    ----------
    runs : path
    name : str, optional
        Only those of this name.
    check : callable(folder), optional
        Raises LiangrongError where a run may not be read, which is a problem then.

    Notes
    -----
    What commands that were killed left is put in order: a run that was being replaced is back in its place, `latest`
    leads to the newest run of each name, and nothing half-written is left.
    """
    found, problems = [], []
    for folder, label in _folders(runs):
        if name is not None and label.partition("/")[0] != name:
            continue
        try:
            check(folder)
            found.append(read_run(folder, label))
        except LiangrongError as error:
            told = str(error)
            said = f"it {told.removeprefix(label).lstrip()}" if told.startswith(f"{label} ") else told
            problems.append(f"{label} is left out, {said}")
    return Listed(tuple(sorted(found, key=lambda run: (run.made, run.label), reverse=True)), tuple(problems))


def read_run(folder: Path, label: str | None = None) -> KeptRun:
    """Return the run in a folder; DataError where it cannot be read."""
    label = str(folder) if label is None else label
    try:
        return KeptRun(label, folder, read_head(folder), read_record(folder))
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise DataError(f"{label} cannot be read: {why_unread(error)}") from None


def names_in(runs: Path = RUNS) -> list[str]:
    """Return the names that have runs below a folder, in their order."""
    try:
        return sorted(one.name for one in runs.iterdir() if not one.name.startswith(".") and is_own_folder(one))
    except OSError:
        return []


def _folders(runs: Path) -> Iterator[tuple[Path, str]]:
    """Yield the folders of runs and their labels; one that `--out` wrote below `runs` is a run of its own."""
    settle_all(runs, RUN)
    for name in names_in(runs):
        place = runs / name
        settle_all(place, RUN)
        if (place / "summary.json").exists():
            yield place, name
        stamps = stamps_in(place)
        if stamps:
            link_newest(place)
        for stamp in stamps:
            yield place / stamp, f"{name}/{stamp}"
