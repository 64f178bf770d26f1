"""What is whole in a damaged store of a comparison: every row of which no byte is another one than was written.

SQLite itself reads nothing behind the first page that is damaged, and knows nothing of a flipped byte in a row. Here
the pages are looked at one by one, those of the file and those of its log (WAL), and each row has its digest to show.

Source: https://www.sqlite.org/fileformat2.html, sections 1.3, 1.5, 1.6, 2.1, 4.1.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_LEAF = 0x0D
_PAGE = 4096
"""Kind of a page that holds rows of a table, and bytes of a page, where the file does not say it."""

_WIDTHS = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}
"""Serial type of a value -> its bytes."""


class Trial(NamedTuple):
    """A row of the table of trials."""

    key: str
    label: str
    figures: str
    equity: bytes
    seconds: float | None
    digest: str | None


def digest_of(key: str, label: str, figures: str, equity: bytes, seconds: float | None) -> str:
    """Return the digest of a row: of all its values."""
    head = "\0".join((key, label, figures, repr(seconds))).encode()
    return hashlib.sha256(struct.pack("<q", len(head)) + head + equity).hexdigest()[:32]


def is_whole(row: Sequence[Any]) -> bool:
    """Return whether the values of a row are those of its digest."""
    try:
        return row[5] == digest_of(*row[:5])
    except (TypeError, AttributeError, IndexError):
        return False


def whole_rows(files: Sequence[bytes], logs: Sequence[bytes]) -> dict[str, Trial]:
    """Return the rows by key that are whole in any of some damaged files and their logs."""
    found: dict[str, Trial] = {}
    for data in files or [b""]:
        for size in {_page_size(data), _PAGE}:
            pages = {number + 1: data[number * size : (number + 1) * size] for number in range(len(data) // size)}
            found |= _rows_on(pages.values(), pages, size)
            for log in logs:
                frames = list(_frames(log, size))
                found |= _rows_on((page for _, page in frames), {**pages, **dict(frames)}, size)
    return found


def _page_size(data: bytes) -> int:
    told = int.from_bytes(data[16:18], "big")
    size = 65536 if told == 1 else told
    return size if 512 <= size <= 65536 and size & (size - 1) == 0 else _PAGE


def _frames(log: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the content of each page in a log."""
    for start in range(32, len(log) - 24 - size + 1, 24 + size):
        yield int.from_bytes(log[start : start + 4], "big"), log[start + 24 : start + 24 + size]


def _rows_on(leaves: Any, pages: Mapping[int, bytes], size: int) -> dict[str, Trial]:
    """Return the whole rows of those pages that hold rows, with what overflows into other pages."""
    found = {}
    for page in leaves:
        begin = 100 if page[:6] == b"SQLite" else 0
        if page[begin] != _LEAF:
            continue
        for number in range(int.from_bytes(page[begin + 3 : begin + 5], "big")):
            at = begin + 8 + 2 * number
            try:
                row = _row(_payload(page, int.from_bytes(page[at : at + 2], "big"), pages, size))
            except (LookupError, ValueError, struct.error):
                continue
            if is_whole(row):
                found[row.key] = row
    return found


def _payload(page: bytes, at: int, pages: Mapping[int, bytes], size: int) -> bytes:
    """Return the record of the cell that begins at a place of a page; LookupError or ValueError where it is none."""
    length, at = _varint(page, at)
    _, at = _varint(page, at)  # the number of the row
    least, most = (size - 12) * 32 // 255 - 23, size - 35
    local = length
    if length > most:
        local = least + (length - least) % (size - 4)
        local = local if local <= most else least
    if length > size * (len(pages) + 1) or at + local > size:
        raise ValueError
    parts = [page[at : at + local]]
    left, following = length - local, int.from_bytes(page[at + local : at + local + 4], "big")
    while left > 0:
        overflow = pages[following]
        parts.append(overflow[4 : 4 + min(left, size - 4)])
        left, following = left - (size - 4), int.from_bytes(overflow[:4], "big")
    return b"".join(parts)


def _row(record: bytes) -> Trial:
    """Return the values of a record; LookupError or ValueError where it is no trial's."""
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values = []
    for kind in kinds:
        width = (kind - 12) // 2 if kind >= 12 else _WIDTHS[kind]
        values.append(_value(kind, record[at : at + width]))
        at += width
    key, label, figures, equity, seconds, digest = values
    # An integral REAL is stored as an integer.
    return Trial(key, label, figures, equity, None if seconds is None else float(seconds), digest)


def _value(kind: int, data: bytes) -> Any:
    if kind >= 12:
        return data.decode() if kind % 2 else data
    if kind == 7:
        return struct.unpack(">d", data)[0]
    return None if kind == 0 else kind - 8 if kind >= 8 else int.from_bytes(data, "big", signed=True)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return an integer of 1 to 9 bytes and where it ends; IndexError beyond the data."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return value, place + 1
    return value << 8 | data[at + 8], at + 9
