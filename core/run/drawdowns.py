"""Drawdowns (回撤) one by one: from a peak to the trough, and back."""

from typing import NamedTuple

import numpy as np

from ..kernels import statistics
from ..types import Row


class Drawdown(NamedTuple):
    """One fall from a peak; places in the path."""

    depth: float  # fraction < 0
    peak: int  # the last place at the peak
    trough: int
    recovery: int  # -1 = the peak was not seen again


def drawdowns(path: Row) -> list[Drawdown]:
    """Return every drawdown of a path of CNY (T,), the deepest first; each lasts until the peak is reached again."""
    fallen = np.nan_to_num(statistics.drawdown(path))
    is_below = np.concatenate([[False], fallen < 0.0, [False]])
    edges = np.flatnonzero(is_below[1:] != is_below[:-1])
    found = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        trough = begin + int(np.argmin(fallen[begin:end]))
        found.append(Drawdown(float(fallen[trough]), begin - 1, trough, end if end < len(path) else -1))
    return sorted(found)
