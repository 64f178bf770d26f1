"""A dataset on disk: one parquet file of long rows, a manifest, and a memory-mapped cache of the panels.

dataset/
    manifest.json            what the data are; replacing this one file is what makes a new version valid
    panel-<hash>.parquet     date, symbol (dictionary), the fields; named after its own SHA-256
    cache-<hash>/            one .npy per field, written at the first load and mapped at the next ones
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import DataError, OutputError
from ..panel.panel import FIELDS, Panel
from ..sources import Finding, Paths, read
from .cache import map_cache, write_cache
from .parquet import file_hash, read_axes, read_long, write_long

FORMAT = 1
"""Version of the layout above; another one is refused."""

MANIFEST = "manifest.json"


def save(panel: Panel, findings: Sequence[Finding], folder: str | Path) -> Path:
    """Write `panel` and its `findings` as a dataset.

    Parameters
    ----------
    panel : Panel
        Stored exactly: sessions, symbols, every value of every field, source, imputed, synthetic, industries.
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
        The folder holds something else, or cannot be written.
    DataError
        A panel without a field.

    Notes
    -----
    A new dataset is written beside its place and renamed into it. An existing one receives the new data file under its
    own name and then the manifest by one atomic rename: whoever reads sees the old version or the new one.
    """
    folder = Path(folder)
    replaces = _is_dataset(folder)
    target = folder if replaces else folder.with_name(f"{folder.name}.tmp-{os.getpid()}")
    try:
        target.mkdir(parents=True, exist_ok=replaces)
        data_name = _write_version(panel, findings, target)
        if replaces:
            _drop_other_versions(folder, data_name)
        else:
            if folder.is_dir():
                folder.rmdir()
            os.replace(target, folder)
    except OSError as error:
        raise OutputError(f"cannot write the dataset {folder}: {error}") from error
    finally:
        if not replaces:
            shutil.rmtree(target, ignore_errors=True)
    return folder


def load(folder: str | Path, *, cache: bool = True) -> Panel:
    """Return the panel of a dataset.

    Parameters
    ----------
    folder : path
        Written by `save`.
    cache : bool
        Map the cache where there is one, and write it where there is none. A folder that cannot be written just has no
        cache.

    Raises
    ------
    DataError
        No dataset, another format, or a data file that is not the one of the manifest (SHA-256).

    Notes
    -----
    The hash is verified whenever the parquet file is read. A mapped cache is trusted as long as the data file has the
    size and the time of modification that it had when the cache was written.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    data = folder / manifest["data_file"]
    if not data.is_file():
        raise DataError(f"{folder}: the data file {data.name} is missing: import the data again")
    sessions, symbols = read_axes(data)
    names = tuple(manifest["fields"])
    place = folder / _cache_name(manifest["sha256"])
    fields = map_cache(place, data, names, (len(sessions), len(symbols))) if cache else None
    if fields is None:
        fields = read_long(data, names, manifest["sha256"])
        if cache:
            write_cache(place, data, fields)
    return Panel(
        sessions=sessions,
        symbols=symbols,
        fields=fields,
        source=manifest["source"],
        imputed=manifest["imputed"],
        synthetic=manifest["synthetic"],
        industries=tuple(manifest.get("industries", ())),
    )


def info(folder: str | Path) -> dict[str, Any]:
    """Return what a dataset is, without reading its data.

    Parameters
    ----------
    folder : path
        Written by `save`.

    Returns
    -------
    dict
        The manifest (format, source, synthetic, industries, shape, start, end, fields with units, imputed, findings,
        finding_count, data_file, sha256) and ``data_bytes``, ``is_cached``.

    Raises
    ------
    DataError
        No dataset, or another format.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    data = folder / manifest["data_file"]
    manifest["data_bytes"] = data.stat().st_size if data.is_file() else 0
    manifest["is_cached"] = (folder / _cache_name(manifest["sha256"])).is_dir()
    return manifest


def import_data(source: str, paths: Paths, to: str | Path, **options: Any) -> dict[str, Any]:
    """Read files with a source, save them as a dataset and return its `info`.

    Parameters
    ----------
    source : str
        A key of `SOURCES`.
    paths : path or sequence of paths
        As the source wants them.
    to : path
        The dataset folder.
    **options
        Of the source, such as ``symbol``.

    Raises
    ------
    ConfigError, DataError, DateError
        As `read`; then nothing is written.
    OutputError
        As `save`.
    """
    panel, findings = read(source, paths, **options)
    return info(save(panel, findings, to))


def _is_dataset(folder: Path) -> bool:
    """Return whether `folder` is a dataset to replace; False where it is new or empty, else OutputError."""
    if not folder.exists():
        return False
    if folder.is_dir():
        if (folder / MANIFEST).is_file():
            _manifest(folder, refuse=OutputError)
            return True
        if not any(folder.iterdir()):
            return False
    raise OutputError(f"{folder} exists and is not a dataset: choose a new folder, nothing was written")


def _write_version(panel: Panel, findings: Sequence[Finding], folder: Path) -> str:
    """Write the data file and then the manifest into `folder`; return the name of the data file."""
    building = folder / f"panel.tmp-{os.getpid()}"
    try:
        write_long(panel, building)
        digest = file_hash(building)
        name = f"panel-{digest[:16]}.parquet"
        os.replace(building, folder / name)
        text = json.dumps(_described(panel, findings, name, digest), ensure_ascii=False, indent=2)
        building.write_text(text + "\n", encoding="utf-8")
        os.replace(building, folder / MANIFEST)
    finally:
        building.unlink(missing_ok=True)
    return name


def _described(panel: Panel, findings: Sequence[Finding], name: str, digest: str) -> dict[str, Any]:
    """Return the manifest."""
    days = panel.sessions.astype(str).tolist()
    return {
        "liangrong_dataset": FORMAT,
        "source": panel.source,
        "synthetic": panel.synthetic,
        "industries": list(panel.industries),
        "shape": list(panel.shape),
        "start": days[0] if days else None,
        "end": days[-1] if days else None,
        "fields": {field: FIELDS[field] for field in panel.fields},
        "imputed": dict(panel.imputed),
        "finding_count": sum(finding.count for finding in findings),
        "findings": [finding.as_record() for finding in findings],
        "data_file": name,
        "sha256": digest,
    }


def _manifest(folder: Path, refuse: type[DataError] | type[OutputError] = DataError) -> dict[str, Any]:
    """Return the manifest of a dataset, or raise `refuse` where there is none that this release reads."""
    path = folder / MANIFEST
    if not path.is_file():
        raise refuse(f"{folder} is not a dataset: it has no {MANIFEST}; make one with `liangrong data import`")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version = manifest["liangrong_dataset"]
    except (ValueError, KeyError, TypeError):
        raise refuse(f"{path} is not the manifest of a dataset") from None
    if version != FORMAT:
        raise refuse(f"{path} has format {version}, this release reads {FORMAT}: import the data again")
    return manifest


def _cache_name(sha256: str) -> str:
    return f"cache-{sha256[:16]}"


def _drop_other_versions(folder: Path, data_name: str) -> None:
    """Remove the data files and caches that the manifest no longer names."""
    for path in folder.glob("panel-*.parquet"):
        if path.name != data_name:
            path.unlink(missing_ok=True)
    kept = f"cache-{data_name[6:22]}"
    for path in folder.glob("cache-*"):
        if path.name != kept:
            shutil.rmtree(path, ignore_errors=True)
