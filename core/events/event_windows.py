"""The abnormal returns of events of one kind around them, before them, and by calendar."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import Mask2D, Panel2D, Row
from .event_design import FEWEST_ESTIMATION, EventDesign
from .event_rows import Event

LEFT_OUT = {
    "window": "their window leaves the data",
    "repeated": "they lie within the window of an earlier event of the same kind and security",
    "benchmark": "there is nothing that they can be measured against",
    "history": "too little is known before their window",
    "trades": "less than half of their window has an abnormal return",
}
"""Why an event is left out -> in words."""

_FLAT = 1e-12
"""Deviation of abnormal returns that is rounding, not movement."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Abnormal returns of n events on D days.

    Parameters
    ----------
    events : tuple of Event
        Those that are used, in the order of time.
    window : float64 (n, before + 1 + after), fraction
        Around each event; NaN where none is known.
    estimation : float64 (n, estimation)
        Before the window, what lies within the window of another event of the security left out; NaN at the left where
        the data begin later.
    before : int
        Column of `window` that is session 0.
    days : int64 (D,)
        Rows of the events' sessions, each once.
    day_of : int64 (n,)
        Place of each event in `days`.
    sums, counts : float64 (D, T)
        By calendar, of the events of each day: sum of abnormal returns outside the windows of events, and how many.
    is_demeaned : bool
        The mean of `estimation` is taken off `window` and `estimation`, and not off `sums`.
    left_out : mapping of str to int
        By the names of `LEFT_OUT`.
    """

    events: tuple[Event, ...]
    window: Panel2D
    estimation: Panel2D
    before: int
    days: NDArray[np.int64]
    day_of: NDArray[np.int64]
    sums: Panel2D
    counts: Panel2D
    is_demeaned: bool
    left_out: Counter[str]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.events)


def windows_of(
    events: Sequence[Event],
    path: Callable[[Event], Row | None],
    is_near: Callable[[Event], NDArray[np.bool_]],
    plan: EventDesign,
    sessions: int,
    *,
    is_demeaned: bool = False,
) -> Windows:
    """Gather the windows of events of one kind.

    Parameters
    ----------
    events : sequence of Event
    path : callable(Event) -> float64 (T,) or None
        Abnormal returns by session; None where there is nothing to measure against.
    is_near : callable(Event) -> bool (T,)
        Sessions that count neither as usual ones nor for placebo windows.
    plan : EventDesign
    sessions : int
        T.
    is_demeaned : bool
        As `Windows`.
    """
    gathered = _Gathered(plan, sessions, is_demeaned=is_demeaned)
    for event in sorted(events):
        reason = gathered.add(event, path, is_near)
        if reason:
            gathered.left_out[reason] += 1
    return gathered.windows()


class _Gathered:
    """What `windows_of` has gathered so far."""

    def __init__(self, plan: EventDesign, sessions: int, *, is_demeaned: bool) -> None:
        """Begin with nothing."""
        self._plan, self._sessions, self._is_demeaned = plan, sessions, is_demeaned
        self.left_out: Counter[str] = Counter()
        self._events: list[Event] = []
        self._around: list[Row] = []
        self._past: list[Row] = []
        self._latest: dict[int, int] = {}
        self._by_day: dict[int, Panel2D] = {}  # sums, counts (2, T)

    def add(
        self, event: Event, path: Callable[[Event], Row | None], is_near: Callable[[Event], NDArray[np.bool_]]
    ) -> str:
        """Add an event, or return why it is left out, a name of `LEFT_OUT`."""
        plan = self._plan
        begin, end = event.t - plan.before, event.t + plan.after + 1
        if begin < 1 or end > self._sessions:
            return "window"
        if event.t - self._latest.get(event.j, -plan.width) < plan.width:
            return "repeated"
        series = path(event)
        if series is None:
            return "benchmark"
        usual = np.where(is_near(event), np.nan, series)
        around, past = series[begin:end], _past(usual, begin, plan.estimation)
        reason = _unusable(around, past)
        if reason:
            return reason
        mean = np.nanmean(past) if self._is_demeaned else 0.0
        self._events.append(event)
        self._around.append(around - mean)
        self._past.append(past - mean)
        self._latest[event.j] = event.t
        known = ~np.isnan(usual)
        day = self._by_day.setdefault(event.t, np.zeros((2, self._sessions)))
        day += np.stack([np.where(known, usual, 0.0), known])
        return ""

    def windows(self) -> Windows:
        """Return what was gathered."""
        days = np.array(sorted(self._by_day), dtype=np.int64)
        by_day = [self._by_day[t] for t in days.tolist()]
        return Windows(
            events=tuple(self._events),
            window=_stacked(self._around, self._plan.width),
            estimation=_stacked(self._past, self._plan.estimation),
            before=self._plan.before,
            days=days,
            day_of=np.searchsorted(days, np.array([event.t for event in self._events], dtype=np.int64)),
            sums=_stacked([sums for sums, _ in by_day], self._sessions),
            counts=_stacked([counts for _, counts in by_day], self._sessions),
            is_demeaned=self._is_demeaned,
            left_out=self.left_out,
        )


def near_market(days: Iterable[int], plan: EventDesign, sessions: int) -> NDArray[np.bool_]:
    """Return the sessions (T,) within the window of one of the days, which are rows."""
    near = np.zeros(sessions, dtype=bool)
    for t in days:
        near[max(0, t - plan.before) : t + plan.after + 1] = True
    return near


def _past(usual: Row, end: int, sessions: int) -> Row:
    """Return the last `sessions` values before row `end`, NaN at the left where there are fewer."""
    found = usual[max(0, end - sessions) : end]
    return np.concatenate([np.full(sessions - len(found), np.nan), found])


def _unusable(around: Row, past: Row) -> str:
    known = past[~np.isnan(past)]
    if len(known) < FEWEST_ESTIMATION or known.std() < _FLAT:
        return "history"
    return "trades" if 2 * (~np.isnan(around)).sum() < len(around) else ""


def _stacked(rows: Sequence[Row], width: int) -> Panel2D:
    return np.stack(rows) if rows else np.empty((0, width))


def summed(values: Panel2D) -> tuple[Row, Mask2D]:
    """Return sums by row, NaN where nothing is known, and what is known."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total, np.nan), known
