"""Which sessions lie in one file: files that are there keep their sessions, so that an addition leaves them alone."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..types import Sessions

ROWS_PER_PART = 1 << 18
"""Rows from which on a file is full: with 30 fields some 60 MB before compression, 52 sessions of 5,000 securities."""

Span = tuple[np.datetime64, np.datetime64]
"""First and last session of a file."""


def is_full(rows: int) -> bool:
    """Return whether a file of that many rows takes no more sessions in."""
    return rows >= ROWS_PER_PART


def runs(sessions: Sessions, rows: NDArray[np.int64], full: Sequence[Span]) -> list[slice]:
    """Return the rows of a panel that go into one file each.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
    rows : int64 (T,)
        Observed cells of each session.
    full : sequence of Span
        Of the full files that these sessions lie in so far, in order: they keep their sessions. What lies between them
        is spread anew.
    """
    if not len(sessions):
        return []
    group = np.zeros(len(sessions), dtype=np.int64)
    for k, (first, last) in enumerate(full):
        group[sessions >= first] = 2 * k + 1
        group[sessions > last] = 2 * k + 2
    starts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(sessions)]
    return [piece for a, b in pairwise(starts) for piece in _pieces(a, rows[a:b])]


def _pieces(start: int, rows: NDArray[np.int64]) -> list[slice]:
    """Return the slices that a run of sessions falls into: each but the last is full, none is twice full."""
    if rows.sum() < 2 * ROWS_PER_PART:
        return [slice(start, start + len(rows))]
    made, first, held = [], 0, 0
    for t, count in enumerate(rows.tolist()):
        held += count
        if held >= ROWS_PER_PART:
            made.append(slice(start + first, start + t + 1))
            first, held = t + 1, 0
    return [*made, *([slice(start + first, start + len(rows))] if first < len(rows) else [])]
