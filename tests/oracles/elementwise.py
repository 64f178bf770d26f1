"""Formulas, events and market rows one cell at a time, in plain Python numbers."""

import math

import numpy as np
from liangrong.core.kernels import conditions, elementwise

from . import Contest

NAN = math.nan


def cellwise(formula):
    """Return the oracle that gives `formula(past, *others)` for each cell.

    `past(k)` are the values of k sessions before, one of each panel (NaN before the first session).
    """

    def panel(*panels, **others):
        arrays = [np.asarray(values, dtype=np.float64) for values in panels]
        out = np.full(arrays[0].shape, NAN)
        for t, j in np.ndindex(*out.shape):

            def past(k, t=t, j=j):
                return [array[t - k, j].item() if t >= k else NAN for array in arrays]

            out[t, j] = formula(past, **others)
        return out

    return panel


def divided(x, y):
    """Return x / y as IEEE has it; y is above 0."""
    return math.copysign(math.inf, x) if math.isinf(x) and not math.isinf(y) else x / y


def weighted_sum(past, weights):
    x, y = past(0)
    return weights[0] * x + weights[1] * y


def ratio(past, times=1.0, plus=0.0):
    x, y = past(0)
    return times * divided(x, y) + plus if y > 0 else NAN


def change_over(past, sessions, until=0, by_ago=0, times=1.0):
    late, early, by = past(until)[0], past(sessions)[0], past(by_ago)[1]
    return times * divided(late - early, by) if by > 0 else NAN


def between(past, low=-math.inf, high=math.inf):
    (x,) = past(0)
    return x if math.isnan(x) or low < x < high else 0.0


def gated(past, low=-math.inf, high=math.inf, shut=0.0, sessions=0):
    x, gate = past(0)
    gate -= past(sessions)[1] if sessions else 0.0
    if math.isnan(x) or math.isnan(gate):
        return NAN
    if low < gate < high:
        return x
    return 0.0 if shut == 0 else x * shut


def low_in_range(past, part):
    x, price, least, most = past(0)
    line = least + part * (most - least)
    if any(map(math.isnan, (x, price, line))):
        return NAN
    return x if price <= line else 0.0


def is_above(past):
    x, y = past(0)
    return NAN if math.isnan(x - y) else float(x > y)


def direction(past, sessions):
    now, before = past(0)[0], past(sessions)[0]
    return NAN if math.isnan(now - before) else float((now > before) - (now < before))


def ramp(past, young, old):
    (age,) = past(0)
    if math.isnan(age) or age <= 0:
        return NAN if math.isnan(age) else 0.0
    return min(max((age - young) * (-2.0 / (old - young)) + 1.0, -1.0), 1.0)


def contest(ours, formula):
    return Contest(ours, cellwise(formula), {})


def pasts(ours, formula):
    """Return the contest of a kernel that takes `sessions` and the scale by position, between and after the panels."""

    def kernel(values, by, *, sessions, **others):
        return ours(values, sessions, by, **others)

    return contest(kernel, formula)


CASES = {
    "weighted_sum": (contest(elementwise.weighted_sum, weighted_sum), 2, {"weights": (-1.0, 0.3)}),
    "difference": (contest(elementwise.difference, lambda past: past(0)[0] - past(0)[1]), 2, {}),
    "product": (contest(elementwise.product, lambda past: past(0)[0] * past(0)[1]), 2, {}),
    "ratio": (contest(elementwise.ratio, ratio), 2, {}),
    "ratio on a line": (contest(elementwise.ratio, ratio), 2, {"times": -3.0, "plus": 0.7}),
    "change_over": (pasts(elementwise.change_over, change_over), 2, {"sessions": 1}),
    "change_over, earlier": (
        pasts(elementwise.change_over, change_over),
        2,
        {"sessions": 7, "until": 2, "by_ago": 9, "times": -1.0},
    ),
    "between": (contest(conditions.between, between), 1, {"low": -1.0, "high": 2.0}),
    "between, open": (contest(conditions.between, between), 1, {}),
    "gated": (contest(conditions.gated, gated), 2, {"low": -1.0, "high": 2.0}),
    "gated, unknown": (contest(conditions.gated, gated), 2, {"low": 0.0, "shut": NAN}),
    "gated, turned": (contest(conditions.gated, gated), 2, {"high": 0.0, "shut": -1.0}),
    "gated by a change": (contest(conditions.gated, gated), 2, {"low": 0.0, "sessions": 3}),
    "low_in_range": (contest(conditions.low_in_range, low_in_range), 4, {"part": 0.25}),
    "is_above": (contest(conditions.is_above, is_above), 2, {}),
    "direction": (contest(conditions.direction, direction), 1, {"sessions": 2}),
    "ramp": (contest(conditions.ramp, ramp), 1, {"young": 1.0, "old": 3.0}),
}
"""Case -> (contest, number of panels, other arguments)."""

LOOKS_BACK = {"change_over", "change_over, earlier", "gated by a change", "direction"}
"""Cases that read earlier sessions, and so refuse to write into what they read."""


def count_above(first, second):
    pairs = [
        [(x, y) for x, y in zip(*rows, strict=True) if not np.isnan(x - y)] for rows in zip(first, second, strict=True)
    ]
    return [float(sum(x > y for x, y in row)) for row in pairs], [float(len(row)) for row in pairs]


def total_change(values, sessions):
    rises, starts = [NAN] * len(values), [NAN] * len(values)
    for t in range(sessions, len(values)):
        pairs = [(x, y) for x, y in zip(values[t], values[t - sessions], strict=True) if not np.isnan(x + y)]
        rises[t], starts[t] = math.fsum(x - y for x, y in pairs), math.fsum(y for _, y in pairs)
    return rises, starts


def centred_ranks(panels, weights):
    """Return the sum of weight x (rank - mean rank), NaN where no panel has a rank."""
    out = np.full(panels[0].shape, NAN)
    for ranks, weight in zip(panels, weights, strict=True):
        for t, row in enumerate(ranks):
            known = [x for x in row.tolist() if not math.isnan(x)]
            for j, x in enumerate(row.tolist()):
                if not math.isnan(x):
                    out[t, j] = np.nan_to_num(out[t, j]) + weight * (x - math.fsum(known) / len(known))
    return out
