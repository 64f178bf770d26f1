"""The datasets below a folder, as far as a glance shows them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..dataset import manifest
from ..errors import LiangrongError

DEPTH, FOLDERS, MOST = 3, 2_000, 20
"""Levels that are looked at, folders at most, and datasets at most."""


class FoundData(NamedTuple):
    """A dataset and what it holds, in words."""

    path: Path
    words: str


def found_data(top: Path) -> list[FoundData]:
    """Return the datasets in `top` and below it, by path; hidden folders and links are left out."""
    found = []
    for folder in _folders(top):
        if (folder / manifest.NAME).is_file() and len(found) < MOST:
            try:
                read = manifest.read(folder)
            except (LiangrongError, OSError):
                continue  # somebody else's manifest, or a damaged one
            sessions, securities = read.shape
            words = f"{securities:,} securities, {sessions:,} sessions {read.start}..{read.end}"
            found.append(FoundData(folder, words + (", synthetic" if read.synthetic else "")))
    return found


def _folders(top: Path) -> Iterator[Path]:
    level, seen = [top], 0
    for _ in range(DEPTH + 1):
        below = []
        for folder in level:
            seen += 1
            if seen > FOLDERS:
                return
            yield folder
            below += _inside(folder)
        level = below


def _inside(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [one.name for one in entries if one.is_dir(follow_symlinks=False) and not one.name.startswith(".")]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]
