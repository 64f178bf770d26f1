"""Tables of an event study: spans with their tests, the path of the mean, the events themselves."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..inference.means import BOUND
from ..panel.panel import Panel
from ..types import Panel2D, Row
from .event_design import FEWEST_EVENTS, FOCUS, EventDesign
from .event_rows import MARKET, Event
from .event_tests import TESTS, all_tests, correlation_factor, mean_correlation, standardised_sums
from .event_windows import LEFT_OUT, Windows, summed
from .placebo import Placebo

SPAN_COLUMNS = (
    *("kind", "scope", "against", "span", "events", "days", "mean", "raw", "benchmark", "median", "positive"),
    *TESTS,
    *("placebo_share", "placebos", "placebos_apart"),
)
PATH_COLUMNS = (
    *("kind", "scope", "against", "day", "mean", "cumulative", "low", "high"),
    *("placebo_low", "placebo_high", "events"),
)
EVENT_COLUMNS = (
    *("kind", "date", "symbol", "words", "against", "before", "day_0", "after", "window", "standardised"),
    *("raw", "left_out"),
)


def span_rows(windows: Windows, placebo: Placebo, plan: EventDesign, head: tuple[str, str, str]) -> list[Any]:
    """Return a row of `SPAN_COLUMNS` for each span of the window; `head` is kind, scope, against."""
    rows = []
    for name, span in plan.spans.items():
        sums, _ = summed(windows.window[:, span])
        sums = sums[~np.isnan(sums)]
        effect, raw = (
            float(means_of(values)[span].sum()) if len(windows) else math.nan
            for values in (windows.window, windows.raw)
        )
        middle = (float(np.median(sums)), float((sums > 0.0).mean())) if len(sums) else (math.nan, math.nan)
        tests = all_tests(windows, span)
        shares = placebo.share(effect, span), len(placebo.means), placebo.apart
        rows.append(
            (*head, name, len(windows), len(windows.days), effect, raw, raw - effect, *middle, *tests.values(), *shares)
        )
    return rows


def means_of(values: Panel2D) -> Row:
    """Return the mean of events by session of the window; 0 where no event has a value."""
    known = ~np.isnan(values)
    total, count = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
    return np.divide(total, count, out=np.zeros(len(total)), where=count > 0)


def path_rows(windows: Windows, placebo: Placebo, plan: EventDesign, head: tuple[str, str, str]) -> list[Any]:
    """Return a row of `PATH_COLUMNS` for each session of the window."""
    if not len(windows):
        return []
    mean = means_of(windows.window)
    cumulative = np.cumsum(mean)
    error = BOUND * path_errors(windows)
    edges = np.full((2, plan.width), np.nan)
    if len(placebo.means):
        edges = np.quantile(np.cumsum(placebo.means, axis=1), (0.025, 0.975), axis=0)
    known = (~np.isnan(windows.window)).sum(axis=0)
    days = range(-plan.before, plan.after + 1)
    columns = (mean, cumulative, cumulative - error, cumulative + error, *edges, known)
    return [(*head, day, *values) for day, *values in zip(days, *columns, strict=True)]


def path_errors(windows: Windows) -> Row:
    """Return the standard error of the cumulative mean up to each session of the window.

    Notes
    -----
    The larger of two: from how much the events differ, allowing for events that move together as the adjusted test
    does; and from how much their mean moved between sessions before them.
    """
    width = windows.window.shape[1]
    steps = np.arange(1.0, width + 1.0)
    past = windows.estimation
    counts = (~np.isnan(past)).sum(axis=0)
    # A mean of fewer events, where their sessions lie apart, in the units of one of all.
    daily = np.nansum(past, axis=0)[counts > 0] / np.sqrt(counts[counts > 0] * len(windows))
    usual = float(daily.std(ddof=1)) if len(daily) > 1 else math.nan
    more = 1.0 + steps / windows.usual if windows.is_demeaned else 1.0
    errors = usual * np.sqrt(steps * more)
    if len(windows) < FEWEST_EVENTS:
        return errors
    sums = np.cumsum(np.where(np.isnan(windows.window), 0.0, windows.window), axis=1)
    correlation = mean_correlation(windows)
    factors = [correlation_factor(windows, end, correlation) for end in range(1, width + 1)]
    between = sums.std(axis=0, ddof=1) / math.sqrt(len(windows)) / np.array(factors)
    return np.fmax(errors, between)


def event_rows(windows: Windows, panel: Panel, plan: EventDesign, head: tuple[str, str, str]) -> list[Any]:
    """Return a row of `EVENT_COLUMNS` for each event, also those that are not used, whose figures are NaN."""
    _, _, against = head
    figures: list[Row] = []
    if len(windows):
        figures = [summed(windows.window[:, span])[0] for span in plan.spans.values()]
        figures += [standardised_sums(windows, plan.spans[FOCUS]), summed(windows.raw[:, plan.spans[FOCUS]])[0]]
    used = zip(windows.events, zip(*figures, strict=True), strict=True) if figures else ()
    rows = [(*_named(event, panel, head), against, *values, "") for event, values in used]
    blank = [math.nan] * (len(plan.spans) + 2)
    rows += [(*_named(event, panel, head), against, *blank, LEFT_OUT[reason]) for event, reason in windows.dropped]
    return sorted(rows, key=lambda row: (row[1], row[2]))


def _named(event: Event, panel: Panel, head: tuple[str, str, str]) -> tuple[Any, ...]:
    """Return kind, session, security and words of an event."""
    kind, scope, _ = head
    return kind, panel.sessions[event.t], scope if event.j == MARKET else panel.symbols[event.j], event.words


def tables_of(rows: Mapping[str, list[Any]]) -> dict[str, pd.DataFrame]:
    """Return the tables spans, path and events of their rows."""
    columns = {"spans": SPAN_COLUMNS, "path": PATH_COLUMNS, "events": EVENT_COLUMNS}
    made = {name: pd.DataFrame(rows[name], columns=list(names)) for name, names in columns.items()}
    made["events"] = made["events"].assign(date=pd.to_datetime(made["events"]["date"]))
    return made
