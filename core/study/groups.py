"""Groups of securities in which a score is studied by itself: boards and industries."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..rulebook.boards import board_of
from ..types import Board, Mask2D, Panel2D
from .design import Question


@dataclass(frozen=True, eq=False)
class Grouping:
    """A kind of groups.

    Parameters
    ----------
    kind : str
    labels : tuple of str
        Of the codes 0, 1, ...
    codes : float64 (N,) or (T, N)
        NaN = in no group.
    """

    kind: str
    labels: tuple[str, ...]
    codes: Panel2D

    def members(self, rows: slice) -> Iterator[tuple[int, NDArray[np.int64], Mask2D]]:
        """Yield each group, its columns in these rows, and bool (R, columns) where they belong to it."""
        codes = self.codes[None, :] if self.codes.ndim == 1 else self.codes[rows]
        if np.array_equal(codes[1:], codes[:-1], equal_nan=True):
            codes = codes[:1]  # nobody moved within these rows
        for g in range(len(self.labels)):
            inside = codes == g
            columns = np.flatnonzero(inside.any(axis=0))
            yield g, columns, inside[:, columns]


def is_mainland(question: Question) -> bool:
    """Return whether the securities are of the mainland's exchanges, whose regimes split a study."""
    return any(symbol.endswith((".SH", ".SZ", ".BJ")) for symbol in question.traded.symbols)


def groupings(question: Question) -> tuple[Grouping, ...]:
    """Return the groupings that the panel allows: boards where codes have one, industries where it has them."""
    return tuple(grouping for grouping in (_boards(question), _industries(question)) if grouping is not None)


def _boards(question: Question) -> Grouping | None:
    codes = np.array([_board(symbol) for symbol in question.traded.symbols])
    return None if np.isnan(codes).all() else Grouping("board", tuple(board.name.lower() for board in Board), codes)


def _board(symbol: str) -> float:
    try:
        return float(board_of(symbol))
    except DataError:  # an index, or another market than the mainland's
        return np.nan


def _industries(question: Question) -> Grouping | None:
    codes, labels = question.seen.get("industry"), question.seen.industries
    return None if codes is None or not labels else Grouping("industry", labels, codes)
