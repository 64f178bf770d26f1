"""Balances and flows of the whole market around the days of events: sums over securities, or published totals."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..panel.panel import Panel
from ..types import Row
from .event_design import EventDesign
from .event_rows import Event
from .event_windows import near_market


class Gauge(NamedTuple):
    """A figure of the market: fields whose sums it is made of, and how."""

    needs: tuple[str, ...]
    make: Callable[..., Row]


GAUGES: Mapping[str, Gauge] = {
    "financing balance": Gauge(("financing_balance",), lambda f: f),
    "B/F": Gauge(("financing_buy", "financing_balance"), lambda b, f: b / f),
    "R/F": Gauge(("financing_repay", "financing_balance"), lambda r, f: r / f),
    "B/A": Gauge(("financing_buy", "amount"), lambda b, a: b / a),
    "short balance": Gauge(("short_balance",), lambda q: q),
    "F/M": Gauge(("financing_balance", "float_cap"), lambda f, m: f / m),
}
"""Name -> figure; those are told whose fields the data have."""


COLUMNS = (
    *("kind", "date", "events", "gauge", "first", "eve", "day", "last"),
    *("change", "change_from_eve", "larger", "larger_from_eve", "windows"),
)
MOST_DAYS = 3
"""Days of one kind of events that the market is looked at around."""

ALIKE = 10 / 11
"""Least share of securities that two sessions must have in common by number for their sums to be compared."""

Near = NDArray[np.bool_]


class Level(NamedTuple):
    """A figure of the market by session (T,), and of how many securities it is."""

    values: Row
    counts: Row


def gauges_of(panel: Panel) -> dict[str, Level]:
    """Return the figures of the market by name; a ratio is of the securities that have both fields.

    NaN where no security has them or the denominator is 0.
    """
    found = {}
    for name, gauge in GAUGES.items():
        if not all(field in panel for field in gauge.needs):
            continue
        values = [panel[field] for field in gauge.needs]
        known = ~np.isnan(np.sum(values, axis=0))
        sums = [np.where(known, one, 0.0).sum(axis=1) for one in values]
        with np.errstate(divide="ignore", invalid="ignore"):
            made = gauge.make(*sums)
        made = np.where(known.any(axis=1) & np.isfinite(made), made, np.nan)
        if not np.isnan(made).all():
            found[name] = Level(made, known.sum(axis=1).astype(np.float64))
    return found


def market_table(panel: Panel, kinds: Mapping[tuple[str, bool], list[Event]], plan: EventDesign) -> pd.DataFrame:
    """Return the figures of the market around days of events, a row each.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: ``events`` of that day and kind; levels at the ``first`` session of the window, on the
        ``eve``, on the ``day`` and at the ``last`` session; ``change`` from first to last and ``change_from_eve`` to
        last, fractions; ``larger`` and ``larger_from_eve``, the share of windows away from these days with a larger
        change of the logarithm; ``windows``, how many those are.

    Notes
    -----
    NaN: a change between sessions of which one has a tenth more securities than the other. Of a kind the `MOST_DAYS`
    days with most events are taken, where whole windows are in the data.
    """
    gauges, count = gauges_of(panel), len(panel.sessions)
    chosen = {kind: _days(events, plan, count) for kind, events in kinds.items()}
    near = near_market([t for days in chosen.values() for t, _ in days], plan, count)
    rows = [
        (kind, panel.sessions[t], events, name, *_around(level, t, near, plan))
        for (kind, _), days in chosen.items()
        for t, events in days
        for name, level in gauges.items()
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.assign(date=pd.to_datetime(table["date"]))


def _days(events: list[Event], plan: EventDesign, count: int) -> list[tuple[int, int]]:
    """Return rows of days and their number of events, in the order of time."""
    many = Counter(event.t for event in events if event.t >= plan.before and event.t + plan.after < count)
    return sorted(sorted(many.items(), key=lambda item: (-item[1], item[0]))[:MOST_DAYS])


def _around(level: Level, t: int, near: Near, plan: EventDesign) -> tuple[float, ...]:
    first, eve, day, last = level.values[[t - plan.before, t - 1, t, t + plan.after]].tolist()
    whole, windows = _larger(level, t, near, plan.before, plan)
    part, _ = _larger(level, t, near, 1, plan)
    changes = [float(np.expm1(_change(level, t, back, plan.after))) for back in (plan.before, 1)]
    return first, eve, day, last, *changes, whole, part, windows


def _larger(level: Level, t: int, near: Near, back: int, plan: EventDesign) -> tuple[float, int]:
    """Return the share of windows without a session near an event whose logarithm changed more, and their number."""
    rows = np.arange(plan.before, len(level.values) - plan.after)
    changes = _change(level, rows, back, plan.after)
    touched = np.concatenate([[0], np.cumsum(near)])
    away = touched[rows + plan.after + 1] == touched[rows - plan.before]
    others = np.abs(changes[away & ~np.isnan(changes)])
    own = abs(float(changes[t - plan.before]))
    if not len(others) or np.isnan(own):
        return np.nan, len(others)
    return float((others > own).mean()), len(others)


def _change(level: Level, rows: Any, back: int, ahead: int) -> Any:
    """Return the change of the logarithm from `back` sessions before rows to `ahead` after; NaN as `market_table`."""
    logs = np.log(np.where(level.values > 0.0, level.values, np.nan))
    counts = level.counts[rows + ahead], level.counts[rows - back]
    is_alike = np.minimum(*counts) >= ALIKE * np.maximum(*counts)
    return np.where(is_alike, logs[rows + ahead] - logs[rows - back], np.nan)
