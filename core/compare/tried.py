"""Which configurations comparisons tried, and on which data: what luck.json keeps of that, and what is read of it."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from yaml import YAMLError

from ..config.paths import rooted
from ..config.yaml_text import kept
from ..errors import LiangrongError
from ..replacing import is_own_folder
from .keys import Digests, key_of_run
from .plan import Trial

COMPARISONS = Path("comparisons")
"""Below the working folder."""

VERSION = 1
"""Of what luck.json says under `tried`."""

_LARGEST = 500_000_000
"""Bytes of a luck.json that is read; that of 10,000 trials has 14 million."""

_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, YAMLError, LiangrongError)


class Tried(NamedTuple):
    """The trials of a finished comparison."""

    name: str  # of its folder
    data: Mapping[str, Any]  # as `DataRead.record`; of an older comparison source, path and options as they are stated
    sharpe: dict[str, float]  # per year by the key of the run, of an older comparison by name and label


def tried_record(trials: Iterable[Trial], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what luck.json says under `tried`: version, data, and the keys of the runs in the order of its names."""
    digests = Digests()
    keys = [key_of_run(trial.config, data, digests) for trial in trials if not trial.is_control]
    return {"version": VERSION, "data": dict(data), "keys": keys}


def tried_in(comparisons: Path = COMPARISONS) -> tuple[Tried, ...]:
    """Return what the finished comparisons below a folder tried; what cannot be read is left out."""
    return tuple(_read_all(comparisons))


def _read_all(comparisons: Path) -> Iterator[Tried]:
    try:
        folders = sorted(one for one in comparisons.iterdir() if is_own_folder(one))
    except OSError:
        return
    for folder in folders:
        try:
            yield _read(folder)
        except _UNREADABLE:
            continue  # none, half of one, or a stranger's


def _read(folder: Path) -> Tried:
    luck = folder / "luck.json"
    if luck.is_symlink() or luck.stat().st_size > _LARGEST:
        raise ValueError("it is no file of a comparison")
    found = json.loads(luck.read_text(encoding="utf-8"))
    ratios = [math.nan if one is None else float(one) for one in found["sharpe"]]
    told = found.get("tried")
    if told is None:
        keys, data = [f"{folder.name}/{name}" for name in found["names"]], _stated_data(folder / "compare.yaml")
    elif told["version"] == VERSION:
        keys, data = map(str, told["keys"]), dict(told["data"])
    else:
        raise ValueError("it is of a later release")
    return Tried(folder.name, data, dict(zip(keys, ratios, strict=True)))


def _stated_data(file: Path) -> dict[str, Any]:
    """Return source, path and options of an older comparison, as its file states them, or the base in its place.

    Notes
    -----
    Where the comparison's file lay is not known: paths are taken to start at the working folder, and a base that leads
    out of it is not read.
    """
    told = kept(file)
    own = (told.get("run") or {}).get("data") or {}
    base = {} if told.get("base") is None else _data_of_base(Path(told["base"]))
    found = {**base, **rooted({"data": own}, Path())["data"]}
    return {"source": str(found["source"]), "path": found.get("path"), "options": found.get("options") or {}}


def _data_of_base(base: Path) -> dict[str, Any]:
    here = Path.cwd().resolve()
    if not base.resolve().is_relative_to(here):
        return {}
    return rooted({"data": kept(base).get("data") or {}}, base.parent)["data"]
