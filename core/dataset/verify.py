"""Is a dataset what it was when it was written? Every file is read and compared with its hashes."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import DataError
from ..plain import plain
from . import manifest as manifests
from .cache import damage
from .contents import cache_name, read_actions_of, read_axes, read_endings_of, read_fields
from .digests import added
from .leftovers import leftovers
from .manifest import NAME, Manifest, Part
from .parquet import Rows


class Verified(NamedTuple):
    """What `verify` found."""

    files: int  # that were read
    damaged: tuple[str, ...]  # sentences
    cache: str  # in words
    is_cache_damaged: bool
    left: tuple[str, ...]  # files that commands left which were killed
    foreign: tuple[str, ...]  # Parquet files among the data that are nobody's of ours

    def lines(self) -> list[str]:
        """Return what there is to say, a line each."""
        head = f"{self.files:,} files are what the manifest says" if not self.damaged else "DAMAGED"
        foreign = f"not of this dataset, though readers of data/*.parquet take it for one: {', '.join(self.foreign)}"
        left = f"left by killed commands, removed by the next that writes: {', '.join(self.left)}"
        more = [*([left] if self.left else []), *([foreign] if self.foreign else [])]
        return [head, *self.damaged, f"cache: {self.cache}", *more]

    def as_record(self) -> dict[str, Any]:
        """Return what was found as plain values."""
        return plain({"ok": not self.exit_code, **self._asdict()})

    @property
    def exit_code(self) -> int:
        """1 where a file is not what it was, or one too many."""
        return int(bool(self.damaged or self.foreign) or self.is_cache_damaged)


def verify(folder: str | Path, progress: Callable[[int, int], object] = lambda *_: None) -> Verified:
    """Check all files of a dataset.

    Parameters
    ----------
    folder : path
    progress : callable(done, total)
        Called after each part.

    Returns
    -------
    Verified
        A damaged cache is no damage of the data: it is removed, and the next load writes it anew.

    Raises
    ------
    DataError
        No dataset, another format, a damaged manifest, or a version that an import replaced meanwhile.
    """
    folder = Path(folder)
    manifest = manifests.read(folder)
    damaged = tuple(_damage(folder, manifest, progress))
    cache, is_cache_damaged = _cache(folder / cache_name(manifest))
    named = {NAME, *(one.file for one in manifest.files)}
    left = tuple(leftovers(folder, named))
    lying = {f"data/{path.name}" for path in (folder / "data").glob("*.parquet")}
    foreign = tuple(sorted(lying - named - {*left}))
    if manifests.read(folder).version != manifest.version:
        raise DataError(f"{folder} was written while it was read: wait until the import has ended, then verify again")
    return Verified(len(manifest.files), damaged, cache, is_cache_damaged, left, foreign)


def _damage(folder: Path, manifest: Manifest, progress: Callable[[int, int], object]) -> list[str]:
    try:
        sessions, symbols = read_axes(folder, manifest)
        read_actions_of(folder, manifest)
        read_endings_of(folder, manifest)
    except (DataError, FileNotFoundError) as error:
        return [_words(error)]
    found = _other_words(manifest)
    for done, part in enumerate(manifest.parts):
        progress(done, len(manifest.parts))
        rows = (sessions >= np.datetime64(part.first)) & (sessions <= np.datetime64(part.last))
        try:
            fields = read_fields(folder, manifest, [part], sessions[rows], symbols)
        except (DataError, FileNotFoundError) as error:
            found.append(_words(error))
            continue
        found += _other_cells(part, Rows(sessions[rows], symbols, fields))
    return found


def _other_words(manifest: Manifest) -> list[str]:
    """Return the fields of which the manifest says what follows otherwise from its parts."""
    whole = {name: added(part.digests[name] for part in manifest.parts) for name in manifest.digests}
    other = [name for name, digest in whole.items() if digest != manifest.digests[name]]
    return [f"{NAME}: the digests of {', '.join(other)} are not those of its files"] if other else []


def _other_cells(part: Part, rows: Rows) -> list[str]:
    """Return the fields of a part whose digests are others: what no hash of the file can tell."""
    other = [name for name, digest in rows.digests().items() if digest != part.digests[name]]
    return [f"{part.file}: the cells of {', '.join(other)} are not those that were imported"] if other else []


def _words(error: Exception) -> str:
    return f"{Path(error.filename).name} is missing" if isinstance(error, FileNotFoundError) else str(error)


def _cache(place: Path) -> tuple[str, bool]:
    """Return what is to be said of a cache, and whether it was damaged."""
    if not place.is_dir():
        return "none", False
    found = damage(place)
    if not found:
        return "as it was written", False
    shutil.rmtree(place, ignore_errors=True)
    return f"damaged ({', '.join(found)}): removed, the next load writes it anew", True
