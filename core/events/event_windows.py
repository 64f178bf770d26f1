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
    "jump": "a close within their window moved beyond any price limit and no adjustment factor tells why (a split?)",
    "history": "too few sessions before their window, outside those of other events, have a return",
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
    raw : float64 (n, before + 1 + after), fraction
        The same before the benchmark came off; NaN where `window` is.
    estimation : float64 (n, L), L >= `usual`
        The sessions before the window, of which the nearest `usual` outside the windows of other events of the security
        have a value: where some lie between, they reach further back. NaN elsewhere, and where the data begin later.
    usual : int
        Sessions that tell what is usual.
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
    dropped : tuple of (Event, str)
        Those that are not used, and why, a name of `LEFT_OUT`.
    """

    events: tuple[Event, ...]
    window: Panel2D
    raw: Panel2D
    estimation: Panel2D
    usual: int
    before: int
    days: NDArray[np.int64]
    day_of: NDArray[np.int64]
    sums: Panel2D
    counts: Panel2D
    is_demeaned: bool
    dropped: tuple[tuple[Event, str], ...]

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.events)

    @property
    def left_out(self) -> Counter[str]:
        """How many are not used, by why."""
        return Counter(reason for _, reason in self.dropped)


def windows_of(
    events: Sequence[Event],
    path: Callable[[Event], Row | None],
    is_near: Callable[[Event], NDArray[np.bool_]],
    plan: EventDesign,
    sessions: int,
    *,
    is_demeaned: bool = False,
    raw: Callable[[Event], Row] | None = None,
    jumps: Callable[[Event], NDArray[np.bool_]] | None = None,
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
    raw : callable(Event) -> float64 (T,), optional
        Returns by session before the benchmark came off; `path` where absent.
    jumps : callable(Event) -> bool (T,), optional
        Sessions without which no window is one.
    """
    gathered = _Gathered(plan, sessions, is_demeaned=is_demeaned)
    for event in sorted(events):
        if jumps is not None and jumps(event)[max(0, event.t - plan.before) : event.t + plan.after + 1].any():
            reason = "jump"
        else:
            reason = gathered.add(event, path, is_near, raw)
        if reason:
            gathered.dropped.append((event, reason))
    return gathered.windows()


class _Gathered:
    """What `windows_of` has gathered so far."""

    def __init__(self, plan: EventDesign, sessions: int, *, is_demeaned: bool) -> None:
        """Begin with nothing."""
        self._plan, self._sessions, self._is_demeaned = plan, sessions, is_demeaned
        self.dropped: list[tuple[Event, str]] = []
        self._events: list[Event] = []
        self._around: list[Row] = []
        self._raw: list[Row] = []
        self._past: list[Row] = []
        self._latest: dict[int, int] = {}
        self._by_day: dict[int, Panel2D] = {}  # sums, counts (2, T)

    def add(
        self,
        event: Event,
        path: Callable[[Event], Row | None],
        is_near: Callable[[Event], NDArray[np.bool_]],
        raw: Callable[[Event], Row] | None,
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
        near = is_near(event)
        usual = np.where(near, np.nan, series)
        around, past = series[begin:end], usual[_begin_of_past(near, begin, plan.estimation) : begin]
        reason = _unusable(around, past)
        if reason:
            return reason
        mean = float(np.nanmean(past)) if self._is_demeaned else 0.0
        self._events.append(event)
        self._around.append(around - mean)
        self._raw.append(around if raw is None else np.where(np.isnan(around), np.nan, raw(event)[begin:end]))
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
            raw=_stacked(self._raw, self._plan.width),
            estimation=_flush_right(self._past, self._plan.estimation),
            usual=self._plan.estimation,
            before=self._plan.before,
            days=days,
            day_of=np.searchsorted(days, np.array([event.t for event in self._events], dtype=np.int64)),
            sums=_stacked([sums for sums, _ in by_day], self._sessions),
            counts=_stacked([counts for _, counts in by_day], self._sessions),
            is_demeaned=self._is_demeaned,
            dropped=tuple(self.dropped),
        )


def near_market(days: Iterable[int], plan: EventDesign, sessions: int) -> NDArray[np.bool_]:
    """Return the sessions (T,) within the window of one of the days, which are rows."""
    near = np.zeros(sessions, dtype=bool)
    for t in days:
        near[max(0, t - plan.before) : t + plan.after + 1] = True
    return near


def _begin_of_past(near: NDArray[np.bool_], end: int, sessions: int) -> int:
    """Return the row from which on `sessions` before row `end` are near no event; 0 where there are fewer."""
    away = np.flatnonzero(~near[:end])
    return int(away[-sessions]) if len(away) >= sessions else 0


def _unusable(around: Row, past: Row) -> str:
    known = past[~np.isnan(past)]
    if len(known) < FEWEST_ESTIMATION or known.std() < _FLAT:
        return "history"
    return "trades" if 2 * (~np.isnan(around)).sum() < len(around) else ""


def _flush_right(rows: Sequence[Row], least: int) -> Panel2D:
    """Return rows of different lengths, which end together, NaN at the left; at least `least` columns."""
    width = max([least, *map(len, rows)])
    out = np.full((len(rows), width), np.nan)
    for place, row in enumerate(rows):
        out[place, width - len(row) :] = row
    return out


def _stacked(rows: Sequence[Row], width: int) -> Panel2D:
    return np.stack(rows) if rows else np.empty((0, width))


def summed(values: Panel2D) -> tuple[Row, Mask2D]:
    """Return sums by row, NaN where nothing is known, and what is known."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total, np.nan), known
