"""Trials that are one run under several names: ties or a constant score make their parameters do nothing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..pages.language import joined, say

_SHOWN = 5
"""Groups in a note."""


def same_notes(trials: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Say which trials have the same equity at every close; each still counts, so that luck is judged too strictly.

    `trials` are labels with their equity (T,), controls among them; those without a fill are left out by the caller.
    """
    groups: dict[bytes, list[str]] = {}
    for label, equity in trials:
        groups.setdefault(np.asarray(equity, dtype=np.float64).tobytes(), []).append(label)
    same = [names for names in groups.values() if len(names) > 1]
    if same:
        yield say(
            "The same run under several names, to the last digit: {groups}. Ties, or one score for all securities, "
            "make what they differ in do nothing; each counts as a trial all the same.",
            groups=_told(same),
        )


def _told(groups: Sequence[Sequence[str]]) -> str:
    shown = joined((joined(names, "{one}, {other}") for names in groups[:_SHOWN]), "{one}; {other}")
    more = len(groups) - _SHOWN
    return say("{names} and {n} more", names=shown, n=more) if more > 0 else shown
