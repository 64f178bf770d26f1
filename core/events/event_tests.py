"""Tests of cumulative abnormal returns: each with what it takes for granted.

cross : the mean over its deviation between events. Allows for a higher variance at events, not for events that move
    together.
standardised : Boehmer, Musumeci and Poulsen (1991): the same of cumulative returns in units of what was usual for the
    security. As `cross`.
adjusted : Kolari and Pynnonen (2010): `standardised` with the mean correlation of abnormal returns before the events,
    as far as the spans overlap. Allows for both, where the event leaves the correlation as it was.
rank : Corrado (1989): the mean rank of the abnormal returns of the span among all of the window and before, over the
    deviation of that mean between sessions. Allows for events that move together, and for any distribution.
sign : Cowan (1992): the share of positive cumulative returns against that before the events. As `cross`.
portfolio : the mean of those within the span by calendar day, over its deviation before: Brown and Warner (1985) where
    all events are of one day, Jaffe (1974) otherwise. Allows for events that move together, not for a higher variance
    at events.
"""

import math

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D, Row
from .event_design import FEWEST_ESTIMATION, FEWEST_EVENTS
from .event_windows import Windows, summed

TESTS = ("cross", "standardised", "adjusted", "rank", "sign", "portfolio")


def all_tests(windows: Windows, span: slice) -> dict[str, float]:
    """Return the statistic of each of `TESTS`, about standard normal if nothing happened; NaN where it has no meaning.

    Parameters
    ----------
    windows : Windows
    span : slice
        Columns of `Windows.window`.
    """
    if not len(windows):
        return dict.fromkeys(TESTS, math.nan)
    standardised = cross_t(standardised_sums(windows, span))
    return {
        "cross": cross_t(summed(windows.window[:, span])[0], 2),
        "standardised": standardised,
        "adjusted": standardised * correlation_factor(windows, span.stop - span.start, mean_correlation(windows)),
        "rank": rank_z(windows, span),
        "sign": sign_z(windows, span),
        "portfolio": portfolio_t(windows, span),
    }


def cross_t(values: Row, fewest: int = FEWEST_EVENTS) -> float:
    """Return the mean over its standard error; NaN for fewer than `fewest` values or no variation."""
    known = values[~np.isnan(values)]
    if len(known) < fewest:
        return math.nan
    error = float(known.std(ddof=1)) / math.sqrt(len(known))
    return float(known.mean()) / error if error > 0.0 else math.nan


def standardised_sums(windows: Windows, span: slice) -> Row:
    """Return cumulative abnormal returns in units of their usual deviation, (n,)."""
    usual = np.nanstd(windows.estimation, axis=1, ddof=1)
    width = span.stop - span.start
    return summed(windows.window[:, span])[0] / (usual * np.sqrt(width * _mean_error(windows, width)))


def _mean_error(windows: Windows, width: int) -> Row:
    """Return by how much the variance of a sum is larger because its mean is estimated, (n,)."""
    known = (~np.isnan(windows.estimation)).sum(axis=1)
    return 1.0 + width / known if windows.is_demeaned else np.ones(len(windows))


def correlation_factor(windows: Windows, width: int, correlation: float) -> float:
    """Return what the t of a span of `width` sessions is multiplied with for a mean `correlation` of two events."""
    count = len(windows)
    if count < 2 or correlation <= 0.0:
        return 1.0
    shared = min(correlation * overlap(windows, width), 1.0 - 1e-9)
    return math.sqrt((1.0 - shared) / (1.0 + (count - 1) * shared))


def mean_correlation(windows: Windows) -> float:
    """Return the mean correlation of two events' abnormal returns before them, on the sessions that both have."""
    past = windows.estimation
    away = (past - np.nanmean(past, axis=1, keepdims=True)) / np.nanstd(past, axis=1, keepdims=True)
    starts = np.array([event.t for event in windows.events]) - windows.before - past.shape[1]
    known = ~np.isnan(away)
    rows, values = (starts[:, None] + np.arange(past.shape[1]))[known], away[known]
    total, squares, counts = (
        np.bincount(rows, weights, windows.sums.shape[1]) for weights in (values, np.square(values), None)
    )
    pairs = float((counts * (counts - 1.0)).sum())
    return float((np.square(total) - squares).sum()) / pairs if pairs else 0.0


def overlap(windows: Windows, width: int) -> float:
    """Return the mean share of a span of `width` sessions that two different events have in common."""
    many = np.bincount(windows.day_of, minlength=len(windows.days)).astype(np.float64)
    apart = np.abs(windows.days[:, None] - windows.days[None, :])
    shared = np.maximum(0.0, 1.0 - apart / width)
    count = len(windows)
    return float(many @ shared @ many - count) / (count * (count - 1.0))


def rank_z(windows: Windows, span: slice) -> float:
    """Return the rank test of a span; NaN where the ranks never differ."""
    both = np.concatenate([windows.estimation, windows.window], axis=1)
    known = ~np.isnan(both)
    ranks = np.argsort(np.argsort(np.where(known, both, np.inf), axis=1, kind="stable"), axis=1) + 1.0
    centred = np.where(known, ranks / (known.sum(axis=1, keepdims=True) + 1.0) - 0.5, 0.0)
    counts = known.sum(axis=0)
    daily = centred.sum(axis=0) / np.sqrt(np.maximum(counts, 1))
    has_any = counts > 0
    sessions = int(has_any.sum())
    deviation = math.sqrt(float(np.square(daily[has_any]).mean()))
    inside = np.zeros(len(daily), dtype=bool)
    inside[windows.estimation.shape[1] :][span] = True
    width = int((inside & has_any).sum())
    if deviation == 0.0 or not width or sessions <= width:
        return math.nan
    # The ranks of an event add up to 0, so the sum over a part of the sessions varies less than one of drawn values.
    part = width * (sessions - width) / (sessions - 1.0)
    return float(daily[inside].sum()) / (deviation * math.sqrt(part))


def sign_z(windows: Windows, span: slice) -> float:
    """Return the sign test of a span; NaN for fewer than `FEWEST_EVENTS` events."""
    sums, _ = summed(windows.window[:, span])
    sums = sums[~np.isnan(sums)]
    count = len(sums)
    usual = _usual_share(windows.estimation, span.stop - span.start)
    if count < FEWEST_EVENTS or not 0.0 < usual < 1.0:
        return math.nan
    return (float((sums > 0.0).sum()) - count * usual) / math.sqrt(count * usual * (1.0 - usual))


def _usual_share(past: Panel2D, width: int) -> float:
    """Return the share of positive sums over `width` sessions, or a third of what is known, before the events."""
    known = ~np.isnan(past)
    width = max(1, min(width, int(known.sum(axis=1).max()) // 3))
    sums, counts = (np.pad(np.cumsum(a, axis=1), ((0, 0), (1, 0))) for a in (np.where(known, past, 0.0), known))
    full = 2 * (counts[:, width:] - counts[:, :-width]) >= width
    positive = (sums[:, width:] - sums[:, :-width] > 0.0) & full
    return float(positive.sum() / full.sum()) if full.any() else math.nan


def portfolio_t(windows: Windows, span: slice) -> float:
    """Return the t of the events' mean by calendar day; NaN where no day's usual deviation is known.

    Notes
    -----
    Each day's mean is of the events whose span holds it, in units of the deviation of the same events' mean over the
    sessions before the first of their windows. The days' values count as independent of each other.
    """
    day_sums, day_counts = _by_day(windows)
    before, width = windows.before, span.stop - span.start
    total, days = 0.0, 0
    for u in np.unique(windows.days[:, None] + np.arange(span.start, span.stop)[None, :] - before).tolist():
        places = np.flatnonzero((u - windows.days >= span.start - before) & (u - windows.days < span.stop - before))
        at = u - windows.days[places] + before
        count = day_counts[places, at].sum()
        usual = _usual_deviation(windows, places)
        if count and usual > 0.0:
            total += day_sums[places, at].sum() / count / usual
            days += 1
    if not days:
        return math.nan
    more = 1.0 + width / windows.usual if windows.is_demeaned else 1.0
    return total / math.sqrt(days * more)


def _by_day(windows: Windows) -> tuple[Panel2D, Panel2D]:
    """Return sums and counts of the windows by day of events, (D, before + 1 + after)."""
    known = ~np.isnan(windows.window)
    sums = np.zeros((len(windows.days), windows.window.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, windows.day_of, np.where(known, windows.window, 0.0))
    np.add.at(counts, windows.day_of, known.astype(np.float64))
    return sums, counts


def _usual_deviation(windows: Windows, places: NDArray[np.int64]) -> float:
    """Return the deviation of the mean of some days' events over the last sessions before them, 0 if unknown."""
    end = int(windows.days[places].min()) - windows.before
    counts = windows.counts[places, :end].sum(axis=0)
    many = np.bincount(windows.day_of, minlength=len(windows.days))[places].sum()
    rows = np.flatnonzero(2 * counts >= many)[-windows.usual :]
    series = windows.sums[places][:, rows].sum(axis=0) / counts[rows]
    return float(series.std(ddof=1)) if len(series) >= FEWEST_ESTIMATION else 0.0
