"""Panels as memory-mapped .npy files: the second load of a dataset costs no reading at all."""

import contextlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..types import Panel2D

_STAMP = "stamp.json"


def map_cache(place: Path, data: Path, names: Sequence[str], shape: tuple[int, int]) -> dict[str, Panel2D] | None:
    """Return the fields `names` mapped read-only, or None where the cache is absent, stale or damaged.

    Parameters
    ----------
    place : Path
        The folder of the cache.
    data : Path
        The data file; its size and time of modification must be those of the moment when the cache was written.
    names : sequence of str
        Fields.
    shape : tuple of int
        (T, N) that each must have.
    """
    try:
        if json.loads((place / _STAMP).read_text(encoding="utf-8")) != _stamp(data):
            return None
        fields = {name: np.load(place / f"{name}.npy", mmap_mode="r") for name in names}
    except (OSError, ValueError, EOFError):
        return None
    fits = all(values.shape == shape and values.dtype == np.float64 for values in fields.values())
    return fields if fits else None


def write_cache(place: Path, data: Path, fields: Mapping[str, Panel2D]) -> None:
    """Write the cache, complete or not at all; a folder that cannot be written stays without one.

    Parameters
    ----------
    place : Path
        The folder of the cache; replaced where it exists.
    data : Path
        The data file.
    fields : mapping of str to float64 (T, N)
    """
    building = place.with_name(f"{place.name}.tmp-{os.getpid()}")
    with contextlib.suppress(OSError):
        building.mkdir()
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            list(pool.map(lambda item: np.save(building / f"{item[0]}.npy", item[1]), fields.items()))
        (building / _STAMP).write_text(json.dumps(_stamp(data)), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        os.replace(building, place)
    shutil.rmtree(building, ignore_errors=True)


def _stamp(data: Path) -> dict[str, int]:
    status = data.stat()
    return {"size": status.st_size, "modified_ns": status.st_mtime_ns}
