"""What lies in the folder of a dataset and is not of its version: left by commands that were killed, or foreign."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..errors import OutputError
from ..folders import is_litter
from . import manifest as manifests
from .cache import is_left
from .contents import cache_name
from .manifest import ACTIONS_NAME, AXES_NAME, LOCK, NAME, PART_NAME

FOLDERS = ("data", "tables")

_BUILDING = re.compile(r"((data|tables)/)?\.tmp-[0-9a-f]{8}|manifest\.json\.tmp-[0-9a-f]{8}")
_CACHE = re.compile(r"cache-[0-9a-f]{16}(\.tmp-[0-9a-f]{8})?")


def refuse_foreign(folder: Path) -> None:
    """Raise OutputError where `folder` is neither new, nor empty, nor a dataset of this release.

    What systems leave in any folder counts as nothing.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{folder} exists and is not a dataset: choose a new folder, nothing was written")
    for name in FOLDERS:
        if (folder / name).is_symlink():
            raise OutputError(f"{folder / name} leads out of the dataset: nothing was written")
    if (folder / NAME).is_file():
        manifests.read(folder, OutputError)
        return
    foreign = [name for name in _names(folder) if not _is_ours(name) and not is_litter(name.rpartition("/")[2])]
    if foreign:
        raise OutputError(f"{folder} holds {foreign[0]} and is not a dataset: choose a new folder, nothing was written")


def tidy(folder: Path) -> None:
    """Remove files of ours that the version does not name; nobody else may be writing there."""
    named, cache = {NAME}, ""
    if (folder / NAME).is_file():
        manifest = manifests.read(folder)
        named |= {one.file for one in manifest.files}
        cache = cache_name(manifest)
    for name in list(leftovers(folder, named)):
        (folder / name).unlink(missing_ok=True)
    for place in folder.glob("cache-*"):
        if _CACHE.fullmatch(place.name) and place.name != cache and (".tmp-" not in place.name or is_left(place)):
            with contextlib.suppress(OSError):  # a reader may be mapping it where that forbids removal
                shutil.rmtree(place)
    for name in FOLDERS:
        with contextlib.suppress(OSError):
            (folder / name).rmdir()  # where it is empty


def leftovers(folder: Path, named: set[str]) -> Iterator[str]:
    """Yield the files of ours that are not `named`."""
    for name in _names(folder):
        if name not in named and name != LOCK and _is_ours(name) and not (folder / name).is_dir():
            yield name


def _names(folder: Path) -> list[str]:
    """Return what lies in a dataset, two levels deep where a level is ours."""
    names = [path.name for path in folder.iterdir() if path.name not in FOLDERS]
    for place in FOLDERS:
        if (folder / place).is_dir():
            names += [f"{place}/{path.name}" for path in (folder / place).iterdir()]
    return sorted(names)


def _is_ours(name: str) -> bool:
    return name == LOCK or any(one.fullmatch(name) for one in (PART_NAME, AXES_NAME, ACTIONS_NAME, _BUILDING, _CACHE))
