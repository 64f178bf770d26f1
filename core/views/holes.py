"""Sessions of the exchange's calendar that the data lack, which changes over sessions of the data reach across."""

from collections.abc import Iterable

import numpy as np

from ..pages.language import say
from ..panel.calendar import mainland, taiwan
from ..panel.panel import Panel
from ..types import Sessions
from .asked_day import SPANS, currency_of

MARK = "†"
"""Stands at a change that reaches over a hole."""

_TYPHOON = 2
"""Taiwan's exchange closes for a storm for up to so many days that its recorded calendar has as sessions."""


class Holes:
    """What a panel lacks between its first and its last session.

    Parameters
    ----------
    panel : Panel
        Where all securities are Taiwan's its calendar holds, else the mainland's; outside its record nothing lacks.
    """

    def __init__(self, panel: Panel) -> None:
        """Find them."""
        is_taiwan = currency_of(panel) == "TWD"
        known = (taiwan() if is_taiwan else mainland()).sessions
        inside = known[(known > panel.sessions[0]) & (known < panel.sessions[-1])]
        absent = ~np.isin(inside, panel.sessions)
        if is_taiwan:
            absent = _longer(absent, _TYPHOON)
        self.days: Sessions = inside[absent]
        self._before = np.searchsorted(self.days, panel.sessions)

    def lacking(self, row: int) -> dict[str, int]:
        """Return ``lacking_1`` .. ``lacking_60``: how many sessions are lacking within each change up to a row."""
        return {f"lacking_{span}": len(self._within(row, span)) for span in SPANS}

    def notes(self, rows: Iterable[int], span: int = SPANS[-1]) -> list[str]:
        """Return what has to be said of changes over a span and less up to these rows: one note or none."""
        days = np.unique(np.concatenate([self.days[:0], *(self._within(row, span) for row in rows)]))
        if not len(days):
            return []
        one = "{mark} The data lack 1 session of the exchange's calendar on {first}: {means}."
        many = "{mark} The data lack {n} sessions of the exchange's calendar from {first} to {last}: {means}."
        told = {"mark": MARK, "first": days[0], "n": f"{len(days):,}", "last": days[-1]}
        means = say("a change so marked reaches over sessions that are lacking and spans more than it says")
        return [say(one if len(days) == 1 else many, **told, means=means)]

    def _within(self, row: int, span: int) -> Sessions:
        return self.days[self._before[max(row - span, 0)] : self._before[row]]


def _longer(absent: np.ndarray, count: int) -> np.ndarray:
    """Return what is absent in a row for more than `count`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], absent, [False]]).astype(np.int8)))
    kept = np.zeros(len(absent), dtype=bool)
    for begin, end in edges.reshape(-1, 2):
        kept[begin:end] = end - begin > count
    return kept
