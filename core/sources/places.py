"""Where rows stand, said only when a message asks: a million rows need no million texts."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import overload

import numpy as np
from numpy.typing import NDArray

from .base import EXAMPLES, Finding


class LinePlaces(Sequence[str]):
    """The rows of one file: ``margin.csv line 7``.

    Parameters
    ----------
    name, word : str
        The file, and what a row is called.
    lines : int (rows,)
    """

    def __init__(self, name: str, word: str, lines: NDArray[np.int64]) -> None:
        self.name, self.word, self.lines = name, word, lines

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return LinePlaces(self.name, self.word, self.lines[row])
        return f"{self.name} {self.word} {self.lines[row]}"

    def take(self, rows: NDArray[np.intp]) -> "LinePlaces":
        """Return the places of some rows."""
        return LinePlaces(self.name, self.word, self.lines[rows])


class JoinedPlaces(Sequence[str]):
    """The rows of several files, one after the other."""

    def __init__(self, parts: Sequence[Sequence[str]]) -> None:
        self.parts = parts
        self.ends = list(accumulate(len(part) for part in parts))

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        part = bisect_right(self.ends, row)
        return self.parts[part][row - (self.ends[part - 1] if part else 0)]


def noted(kind: str, rows: NDArray[np.intp], places: Sequence[str], detail: str, where: str = "") -> list[Finding]:
    """Return one finding that counts `rows` and quotes where the first of them stand, or none."""
    if not len(rows):
        return []
    quoted = tuple(places[int(row)] for row in rows[:EXAMPLES])
    return [Finding(kind=kind, count=len(rows), detail=detail, where=where, examples=quoted)]
