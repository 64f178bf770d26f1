"""Panels as memory-mapped .npy files: the second load of a dataset costs no reading at all.

A stamp beside them holds size and time of modification of every file, the data's too, and the SHA-256 of each block of
a field. A load looks at sizes and times and at one block of each field, another one each time; `damage` looks at all.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ..locks import created, is_abandoned
from ..types import Panel2D

_STAMP = "stamp.json"

BLOCK = 1 << 20
"""Bytes that one load verifies of each field: some milliseconds for all of them."""


def map_cache(
    place: Path, data: Sequence[Path], names: Sequence[str], shape: tuple[int, int]
) -> dict[str, Panel2D] | None:
    """Return the fields `names` mapped read-only, or None where the cache is absent, stale or damaged.

    Parameters
    ----------
    place : Path
        The folder of the cache.
    data : sequence of Path
        The files that it was made of; FileNotFoundError where one is gone.
    names : sequence of str
        Fields.
    shape : tuple of int
        (T, N) that each must have.
    """
    of = [_moment(path) for path in data]
    try:
        stamp = json.loads((place / _STAMP).read_text(encoding="utf-8"))
        stamps = stamp["fields"]
        if stamp["of"] != of or not all(_is_sound(place / f"{name}.npy", stamps[name]) for name in names):
            return None
        fields = {name: np.load(place / f"{name}.npy", mmap_mode="r") for name in names}
    except (OSError, ValueError, EOFError, KeyError, TypeError, IndexError):
        return None
    fits = all(values.shape == shape and values.dtype == np.float64 for values in fields.values())
    return fields if fits else None


def damage(place: Path) -> list[str]:
    """Return the files of a cache that are not as they were written, every block looked at."""
    try:
        stamps = json.loads((place / _STAMP).read_text(encoding="utf-8"))["fields"]
        return sorted(f"{name}.npy" for name, one in stamps.items() if not _is_whole(place / f"{name}.npy", one))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [_STAMP]


def write_cache(place: Path, data: Sequence[Path], fields: Mapping[str, Panel2D]) -> None:
    """Write the cache, complete or not at all; a folder that cannot be written stays without one.

    Parameters
    ----------
    place : Path
        The folder of the cache; replaced where it exists.
    data : sequence of Path
        The files that it is made of.
    fields : mapping of str to float64 (T, N)
    """
    building = place.with_name(f"{place.name}.tmp-{secrets.token_hex(4)}")
    with contextlib.suppress(OSError):
        for left in place.parent.glob(f"{place.name}.tmp-*"):
            if is_left(left):
                shutil.rmtree(left, ignore_errors=True)
        building.mkdir()
        with os.fdopen(created(building / _STAMP), "w", encoding="utf-8") as owned:
            with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
                stamps = list(pool.map(lambda item: _written(building / f"{item[0]}.npy", item[1]), fields.items()))
            stamp = {"of": [_moment(path) for path in data], "fields": dict(zip(fields, stamps, strict=True))}
            owned.write(json.dumps(stamp))
        shutil.rmtree(place, ignore_errors=True)
        os.replace(building, place)
    shutil.rmtree(building, ignore_errors=True)


def is_left(place: Path) -> bool:
    """Return whether nobody builds a cache any more, nor can anybody who does be known to.

    Whoever builds one holds its stamp from the beginning to the end of the writing.
    """
    stamp = place / _STAMP
    return is_abandoned(stamp) if stamp.exists() else not any(place.iterdir())


def _written(path: Path, values: Panel2D) -> dict[str, Any]:
    """Write one field and return its stamp."""
    np.save(path, values)
    return {"moment": _moment(path), "blocks": list(_blocks(path))}


def _moment(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _is_sound(path: Path, stamp: Mapping[str, Any]) -> bool:
    """Return whether size and time of a file are those of its stamp, and one block of it is."""
    if _moment(path) != stamp["moment"]:
        return False
    k = secrets.randbelow(len(stamp["blocks"]))
    with path.open("rb") as file:
        file.seek(k * BLOCK)
        return _digest(file.read(BLOCK)) == stamp["blocks"][k]


def _is_whole(path: Path, stamp: Mapping[str, Any]) -> bool:
    try:
        return list(_blocks(path)) == stamp["blocks"]
    except (OSError, KeyError):
        return False


def _blocks(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield _digest(block)


def _digest(block: bytes) -> str:
    return hashlib.sha256(block).hexdigest()[:32]
