"""Digests of fields that do not depend on how their cells lie: in which file, in which order, beside which others.

A cell is its day, its symbol and its value. Each is mixed into two numbers of 64 bits, and those of all observed cells
are added up modulo 2^64: so the digest of a whole is the sum of those of its parts, and what is equal has one digest
however it was imported. It tells data apart; against forgery stand the SHA-256 of the files.
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_LANES = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
"""What sets the two sums apart: odd numbers without a pattern; the first is 2^64 over the golden ratio."""

_STEPS = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))
"""Shifts and factors of the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""

_TEXT = 32
"""Hexadecimal digits of a digest."""


def words_of_symbols(symbols: Sequence[str]) -> Words:
    """Return 64 bits for each symbol (N,)."""
    parts = (hashlib.blake2b(symbol.encode(), digest_size=8).digest() for symbol in symbols)
    return np.frombuffer(b"".join(parts), dtype="<u8").astype(np.uint64)


def words_of_cells(days: NDArray[np.int64], symbols: Words) -> Words:
    """Return 64 bits for the place of each row (R,).

    Parameters
    ----------
    days : int64 (R,)
        Since 1970-01-01.
    symbols : uint64 (R,)
        Of `words_of_symbols`, row by row.
    """
    return _mixed(days.astype(np.uint64) * _LANES[0] ^ symbols)


def digest(values: NDArray[np.float64], places: Words) -> str:
    """Return the digest of a field in rows, NaN left out.

    Parameters
    ----------
    values : float64 (R,)
    places : uint64 (R,)
        Of `words_of_cells`.
    """
    observed = ~np.isnan(values)
    if not observed.all():
        values, places = values[observed], places[observed]
    bits = (values + 0.0).view(np.uint64)  # -0.0 is 0.0
    words = _mixed(bits ^ _LANES[0])
    words ^= places
    sums = [int(_mixed(words * lane).sum(dtype=np.uint64)) for lane in _LANES]
    return "".join(f"{one:016x}" for one in sums)


def added(digests: Iterable[str]) -> str:
    """Return the digest of a whole from those of its parts."""
    totals = [0, 0]
    for text in digests:
        totals[0] += int(text[: _TEXT // 2], 16)
        totals[1] += int(text[_TEXT // 2 :], 16)
    return "".join(f"{one % (1 << 64):016x}" for one in totals)


def _mixed(words: Words) -> Words:
    """Return `words`, overwritten: every bit of each depends on every bit that it had."""
    shifted = np.empty_like(words)
    for shift, factor in _STEPS:
        words ^= np.right_shift(words, np.uint64(shift), out=shifted)
        words *= factor
    words ^= np.right_shift(words, np.uint64(31), out=shifted)
    return words
