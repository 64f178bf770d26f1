"""The model confidence set: which of many competitors may be the best."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import lean
from ..kernels.statistics import NO_VARIATION
from ..types import Panel2D, Row

LOOSE = 0.05
"""What the centre may have moved since a deviation was measured, as a share of it, before it is measured again."""


class _Field(NamedTuple):
    """The competitors: what they are, which are left, and their deviations when last measured."""

    metric: Row
    away: Panel2D
    left: NDArray[np.int64]  # (M,), the first `count` of them
    deviation: Row  # infinite once it is out
    since: Row  # how far the centre had come when it was measured
    low: Row  # what the deviation is at least
    columns: NDArray[np.float32]  # (B, M), `away` transposed, so that a resample lies together, and rounded
    rounded: float  # by no more than this


class _Draws(NamedTuple):
    """The resamples: centre of those left, and what is known of the largest t.

    Either a competitor, `holder`, went beyond what was asked for, or none did (-1), and no t was above `top` when the
    centre was `then` and had come as far as `since`.
    """

    total: Row
    lost: Row
    centre: Row
    holder: NDArray[np.int64]
    top: Row
    then: Row
    since: Row
    unknown: NDArray[np.int64]  # (B,), resamples to be looked at, the first so many of them


def confidence_set(metric: Row, drawn: Panel2D, *, overwrite_drawn: bool = False) -> Row:
    """Return for each competitor the largest level at which the set of the best still holds it.

    Parameters
    ----------
    metric : float64 (M,)
        Of the sample, larger is better; trials and controls together.
    drawn : float64 (M, B)
        In the resamples.
    overwrite_drawn : bool
        Whether `drawn` may be used up, which saves a copy of it.

    Returns
    -------
    float64 (M,), fraction
        The best has 1. Those above a level form the model confidence set: the best is among them with a probability
        of at least 1 - level.

    Notes
    -----
    The worst by t against the mean of those left goes first (T max). Competitors that cannot be told apart because
    they are one all stay. With a NaN nothing can be told apart. Memory grows with M: 10,000 and 1,000 resamples are
    80 MB, and 40 more beside. So does time, mostly; what grows with M squared is one comparison for each at each step.
    Source: Hansen, Lunde and Nason (2011).
    """
    away = np.subtract(drawn, metric[:, None], out=drawn if overwrite_drawn else None, order="C")
    count, repetitions = away.shape
    p = np.ones(count)
    if away.size:
        _eliminate(_all_left(metric, away), _nothing_known(repetitions), _slack(away), p)
    return p


def _all_left(metric: Row, away: Panel2D) -> _Field:
    count = len(metric)
    never = np.full(count, -np.inf)
    kept = np.ascontiguousarray(metric), away, np.arange(count)
    columns = np.ascontiguousarray(away.T, dtype=np.float32)
    return _Field(*kept, np.zeros(count), never, np.zeros(count), columns, 1e-7 * _largest(away) + NO_VARIATION)


def _nothing_known(repetitions: int) -> _Draws:
    total, lost, centre, top, then = np.zeros((5, repetitions))
    nobody, never = np.full(repetitions, -1), np.full(repetitions, -np.inf)
    return _Draws(total, lost, centre, nobody, top, then, never, np.zeros(repetitions, dtype=np.int64))


def _slack(away: Panel2D) -> float:
    """Return what one step adds to every bound: far more than its figures round off, far less than they differ."""
    return 1e-12 * _largest(away) + 2.0 * NO_VARIATION * math.sqrt(away.shape[1])


def _largest(away: Panel2D) -> float:
    return max(float(away.max()), -float(away.min()))


@lean
def _eliminate(field, draws, slack, p):
    """Take the worst out of the field again and again, and write its level into `p` (M,), which is 1 before.

    The plain form finds all deviations and the largest t of all resamples anew at each step, M squared by B in all.
    Here they are bounded, and found only where a bound leaves the answer open, so that no answer differs. The centre
    moves by 1 / (M - 1) of the deviation of what is taken out, and by the triangle inequality no deviation changes by
    more than the centre has come, `way`. Sums over competitors are carried as two numbers, the sum and what it rounded
    off, and are as exact as summed anew: on equal competitors a deviation has to come out as nothing.
    """
    count, repetitions = field.away.shape
    metric_total, metric_lost = 0.0, 0.0
    for k in range(count):
        _add(draws.total, draws.lost, field.away[k], 1.0)
        metric_total, metric_lost = _added(metric_total, metric_lost, field.metric[k])
    way, hits = 0.0, 0
    while count > 1:
        for b in range(repetitions):
            draws.centre[b] = (draws.total[b] + draws.lost[b]) / count
        worst, most, least = _worst(field, draws.centre, count, (metric_total + metric_lost) / count, way)
        if worst < 0:
            return
        hits = max(hits, _beyond(field, draws, count, most, least, way, hits))
        if hits == repetitions:  # all that are left have 1
            return
        k = field.left[worst]
        p[k] = (1.0 + hits) / (1.0 + repetitions)
        _add(draws.total, draws.lost, field.away[k], -1.0)
        metric_total, metric_lost = _added(metric_total, metric_lost, -field.metric[k])
        count -= 1
        way += field.deviation[k] / count + slack
        field.deviation[k] = np.inf
        for i in range(worst, count):
            field.left[i] = field.left[i + 1]


@lean
def _worst(field, centre, count, middle, way):
    """Return the place of the largest t, or -1 where nothing moves, that t, and a bound below all that move."""
    worst, most, least, moves = -1, -np.inf, np.inf, False
    for i in range(count):
        k = field.left[i]
        gap, moved = middle - field.metric[k], way - field.since[k]
        low = field.deviation[k] - moved
        if not (moved <= LOOSE * field.deviation[k] and low > NO_VARIATION and most >= 0.0 and gap <= most * low):
            if moved != 0.0:
                _measure(field, centre, k, way)
            low = field.deviation[k]
            behind = gap / low if low > NO_VARIATION else 0.0
            if behind > most:
                worst, most = i, behind
        field.low[k] = low
        if low > NO_VARIATION:
            moves = True
            least = min(least, low)
    return worst if moves else -1, most, least


@lean
def _beyond(field, draws, count, most, least, way, hits):
    """Return the number of resamples whose largest t is above `most`; `hits` where it is no more than these."""
    sure, unknown = 0, 0
    for b in range(draws.centre.size):
        if draws.holder[b] >= 0:
            if _goes_beyond(field, draws, draws.holder[b], b, most, way):
                sure += 1
                continue
        else:
            came = (1.0 + draws.top[b]) * (way - draws.since[b]) + max(draws.centre[b] - draws.then[b], 0.0)
            if draws.top[b] + came / least <= most:
                continue
        draws.unknown[unknown] = b
        unknown += 1
    if sure + unknown <= hits:
        return hits
    for n in range(unknown):
        sure += _look(field, draws, draws.unknown[n], count, most, way)
    return sure


@lean
def _look(field, draws, b, count, most, way):
    """Find a holder for one resample, or else a bound above its largest t; return whether there is a holder."""
    column, top = field.columns[b], 0.0
    centre = draws.centre[b] + field.rounded  # what is found below is then too large, never too small
    bar = most * (1.0 - 1e-12) if most >= 0.0 else -np.inf  # what rounds up to more than `most` is not overlooked
    for i in range(count):
        k = field.left[i]
        above = centre - column[k]
        if not above <= bar * field.low[k] and _goes_beyond(field, draws, k, b, most, way):
            draws.holder[b] = k
            return True
        if above > top * field.low[k] and field.low[k] > NO_VARIATION:
            top = above / field.low[k]
    draws.holder[b], draws.top[b], draws.then[b], draws.since[b] = -1, top, draws.centre[b], way
    return False


@lean
def _goes_beyond(field, draws, k, b, most, way):
    """Whether a competitor is left and its t in a resample is above `most`; it is measured where bounds do not tell."""
    if field.deviation[k] == np.inf:
        return False
    above, moved = draws.centre[b] - field.away[k, b], way - field.since[k]
    if moved != 0.0:
        if above > max(most, 0.0) * (field.deviation[k] + moved):
            return True
        if most >= 0.0 and above <= most * (field.deviation[k] - moved):
            return False
        _measure(field, draws.centre, k, way)
        field.low[k] = field.deviation[k]
    return above * (1.0 / field.deviation[k] if field.deviation[k] > NO_VARIATION else 0.0) > most


@lean
def _measure(field, centre, k, way):
    field.deviation[k] = math.sqrt(_squares(field.away[k], centre) / centre.size)
    field.since[k] = way


@lean
def _squares(row, centre):
    """Return the sum of squared deviations; four sums at a time, since each addition waits for the one before."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = row.size - row.size % 4
    for i in range(0, whole, 4):
        w, x, y, z = (
            row[i] - centre[i],
            row[i + 1] - centre[i + 1],
            row[i + 2] - centre[i + 2],
            row[i + 3] - centre[i + 3],
        )
        a += w * w
        b += x * x
        c += y * y
        d += z * z
    for i in range(whole, row.size):
        a += (row[i] - centre[i]) ** 2
    return a + b + (c + d)


@lean
def _add(total, lost, row, sign):
    for b in range(row.size):
        total[b], lost[b] = _added(total[b], lost[b], sign * row[b])


@lean
def _added(total, lost, value):
    """Return total + value, and what was lost so far with what this addition rounds off (Knuth's two-sum)."""
    grown = total + value
    kept = grown - total
    return grown, lost + ((total - (grown - kept)) + (value - kept))
