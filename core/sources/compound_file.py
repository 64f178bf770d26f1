"""Whether the container of an .xls (a compound file) holds together: readers of a damaged one may fill all memory.

Source: [MS-CFB], Compound File Binary File Format.
"""

import struct
from collections.abc import Sequence

import numpy as np

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_END = 0xFFFFFFFE
_NO_SECTOR = 0xFFFFFFFA  # from here on a number is a mark and no sector
_ENTRY, _MINI, _CUTOFF = 128, 64, 4096
_STREAM, _ROOT = 2, 5


def is_sound(raw: bytes) -> bool:
    """Return whether every chain of sectors of a compound file lies inside it and ends."""
    try:
        _Container(raw).check()
    except (struct.error, IndexError, ValueError):
        return False
    return True


class _Container:
    """Header, allocation table and directory; ValueError where they do not fit the file."""

    def __init__(self, raw: bytes) -> None:
        shift, mini = struct.unpack_from("<HH", raw, 30)
        if shift not in (9, 12) or mini != 6:
            raise ValueError("sizes of sectors")
        self.raw, self.size = raw, 1 << shift
        self.count = len(raw) // self.size - 1
        self.table = self._numbers(self._table_sectors())

    def check(self) -> None:
        """Follow the directory and each of its streams."""
        first_entry, first_mini = struct.unpack_from("<I", self.raw, 48)[0], struct.unpack_from("<I", self.raw, 60)[0]
        directory = b"".join(map(self._sector, _chain(first_entry, self.table, self.count)))
        entries = [directory[i : i + _ENTRY] for i in range(0, len(directory), _ENTRY)]
        small = self._numbers(_chain(first_mini, self.table, self.count) if first_mini < _NO_SECTOR else [])
        root_size = struct.unpack_from("<I", entries[0], 120)[0]
        for entry in entries:
            kind, start, size = entry[66], *struct.unpack_from("<II", entry, 116)
            if kind not in (_STREAM, _ROOT) or not size:
                continue
            is_small = kind == _STREAM and size < _CUTOFF
            table, count = (small, root_size // _MINI) if is_small else (self.table, self.count)
            if len(_chain(start, table, count)) * (_MINI if is_small else self.size) < size:
                raise ValueError("a stream longer than its sectors")

    def _table_sectors(self) -> list[int]:
        listed, next_list, lists = (
            [*struct.unpack_from("<109I", self.raw, 76)],
            *struct.unpack_from("<II", self.raw, 68),
        )
        for _ in range(min(lists, self.count)):
            *more, next_list = self._numbers([next_list]).tolist()
            listed += more
        return [sector for sector in listed if sector < _NO_SECTOR]

    def _sector(self, number: int) -> bytes:
        if not 0 <= number < self.count:
            raise ValueError("a sector outside the file")
        return self.raw[(number + 1) * self.size : (number + 2) * self.size]

    def _numbers(self, sectors: Sequence[int]) -> np.ndarray:
        return np.frombuffer(b"".join(map(self._sector, sectors)), dtype="<u4")


def _chain(start: int, table: np.ndarray, count: int) -> list[int]:
    """Return the sectors of a chain; ValueError where it leaves the file or goes round."""
    out: list[int] = []
    while start != _END:
        if start >= min(count, len(table)) or len(out) >= count:
            raise ValueError("a chain that does not end")
        out.append(start)
        start = int(table[start])
    return out
