"""A dataset on disk: parts in Parquet, a manifest, and a memory-mapped cache of the panels.

dataset/
    manifest.json                      what the data are; replacing this one file is what makes a new version valid
    data/FIRST_LAST-<hash>.parquet     date, symbol (dictionary), the fields: the rows of some sessions
    tables/actions-<hash>.csv          corporate actions, where there are any
    tables/endings-<hash>.csv          ends of listings, where there are any
    axes-<hash>.json                   the sessions and the symbols
    cache-<hash>/                      one .npy per field, written at the first load and mapped at the next ones
    .lock                              while a command writes

Nothing that a manifest names is ever changed; what no manifest names is removed by the next command that writes.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..panel.panel import Panel
from ..sources import Finding
from . import manifest as manifests
from .cache import map_cache, write_cache
from .contents import cache_name, digest_of, panel_of, read_actions_of, read_axes, read_endings_of, read_fields
from .manifest import Manifest
from .parquet import DAMAGED
from .writer import writing

_ATTEMPTS = 100
"""How often a reader begins again because a new version took the place of the one that it was reading."""


def save(panel: Panel, findings: Sequence[Finding], folder: str | Path) -> Path:
    """Write `panel` and its `findings` as a dataset.

    Parameters
    ----------
    panel : Panel
        Stored exactly: sessions, symbols, every value of every field, source, imputed, synthetic, industries, actions,
        endings.
    findings : sequence of Finding
        Of the import; may be empty.
    folder : path
        New, empty, or an existing dataset, which is then replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        The folder holds something else, is in use, or cannot be written.
    DataError
        A panel without a field.

    Notes
    -----
    Files of sessions whose cells did not change stay as they are. Whoever reads sees the old version or the new one.
    """
    folder = Path(folder)
    with writing(folder) as writer:
        writer.put(panel, whole=True)
        writer.commit(panel, [one.as_record() for one in findings])
    return folder


def load(folder: str | Path, *, cache: bool = True, actions: bool = True) -> Panel:
    """Return the panel of a dataset.

    Parameters
    ----------
    folder : path
        Written by `save`.
    cache : bool
        Map the cache where there is one, and write it where there is none. A folder that cannot be written just has no
        cache.
    actions : bool
        With the corporate actions that the dataset has; without them the prices fall on each ex-date.

    Raises
    ------
    DataError
        No dataset, another format, or a file that is not the one of the manifest (SHA-256).

    Notes
    -----
    The hashes are verified whenever Parquet is read; of a mapped cache a part of each field is, see `cache`.
    """
    folder = Path(folder)
    for _ in range(_ATTEMPTS):
        manifest = manifests.read(folder)
        try:
            panel = _load(folder, manifest, cache)
            return panel if actions else panel.without_actions()
        except (DataError, FileNotFoundError) as error:
            if manifests.read(folder).version != manifest.version:
                continue  # an import took the files of the old version away
            if isinstance(error, DataError):
                raise
            raise DataError(f"{folder}: {Path(error.filename).name} is missing: {DAMAGED}") from None
    raise DataError(f"{folder} changes faster than it can be read: wait until the imports have ended")


def digest(folder: str | Path) -> str:
    """Return the digest of all that a dataset holds, as `info` has it; raises as `load`."""
    return digest_of(manifests.read(Path(folder)))


def info(folder: str | Path) -> dict[str, Any]:
    """Return what a dataset is, without reading its data.

    Parameters
    ----------
    folder : path
        Written by `save`.

    Returns
    -------
    dict
        Of the manifest: version, source, synthetic, adjusted, industries, shape, start, end, fields (with units),
        digests (by field), digest (of all), imputed, findings, finding_count, imports, action_count, ending_count,
        parts; and of the folder: data_bytes, is_cached, missing (files that are not there).

    Raises
    ------
    DataError
        No dataset, or another format.
    """
    folder = Path(folder)
    manifest = manifests.read(folder)
    record: dict[str, Any] = asdict(manifest)
    record["fields"] = record.pop("units")
    record["shape"], record["industries"] = list(manifest.shape), list(manifest.industries)
    missing = [one.file for one in manifest.files if not (folder / one.file).is_file()]
    return {
        **record,
        "digest": digest_of(manifest),
        "finding_count": sum(one["count"] for one in manifest.findings),
        "data_bytes": sum(part.bytes for part in manifest.parts),
        "is_cached": (folder / cache_name(manifest)).is_dir(),
        "missing": missing,
    }


def _load(folder: Path, manifest: Manifest, cache: bool) -> Panel:
    sessions, symbols = read_axes(folder, manifest)
    place = folder / cache_name(manifest)
    data = [folder / part.file for part in manifest.parts]
    fields = map_cache(place, data, tuple(manifest.units), manifest.shape) if cache else None
    if fields is None:
        fields = read_fields(folder, manifest, manifest.parts, sessions, symbols)
        if cache:
            write_cache(place, data, fields)
    tables = read_actions_of(folder, manifest), read_endings_of(folder, manifest)
    return panel_of(manifest, sessions, symbols, fields, *tables)
