"""One session across securities by its definition, in exact fractions, and as users of other libraries write it."""

import math
from bisect import bisect_left, bisect_right
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from liangrong.core.kernels import cross_section

from . import Contest

BEYOND = Fraction(10) ** 400
"""Stands for infinity among fractions: above every double."""


def _present(row):
    return sorted(x for x in row if not math.isnan(x))


def _exact(x):
    return Fraction(x) if math.isfinite(x) else BEYOND if x > 0 else -BEYOND


def _quantile(fractions, share):
    """Return the point `share` of the way along ascending fractions, between two of them where it falls there."""
    at = (len(fractions) - 1) * share
    i = math.floor(at)
    return fractions[i] + (at - i) * (fractions[min(i + 1, len(fractions) - 1)] - fractions[i])


def rank_session(row):
    present = _present(row)
    ends = [(bisect_left(present, x), bisect_right(present, x)) for x in row]
    # The ranks of those equal to x are left + 1, ..., right.
    return [
        math.nan if math.isnan(x) else float(Fraction(left + 1 + right, 2) / len(present))
        for x, (left, right) in zip(row, ends, strict=True)
    ]


def quantile_session(row, count):
    present = [_exact(x) for x in _present(row)]
    ends = [_quantile(present, Fraction(k, count)) for k in range(1, count + 1)] if present else []
    # The first bucket whose end is not below x.
    return [math.nan if math.isnan(x) else float(bisect_left(ends, _exact(x))) for x in row]


def zscore_session(row):
    present = [Fraction(x) for x in _present(row)]
    if len(set(present)) < 2:
        return [math.nan] * len(row)
    mean = sum(present, Fraction()) / len(present)
    variance = sum(((x - mean) ** 2 for x in present), Fraction()) / (len(present) - 1)
    if variance < (mean / 10**12) ** 2:  # rounding, no difference
        return [math.nan] * len(row)
    with localcontext(prec=60):
        deviation = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
        apart = [None if math.isnan(x) else Fraction(x) - mean for x in row]
        return [math.nan if d is None else float(d.numerator / Decimal(d.denominator) / deviation) for d in apart]


def winsorise_session(row, low, high):
    present = [Fraction(x) for x in _present(row)]
    if not present:
        return list(row)
    floor, ceiling = (_quantile(present, Fraction(share)) for share in (low, high))
    return [x if math.isnan(x) else float(min(max(Fraction(x), floor), ceiling)) for x in row]


def neutralise_session(row, groups):
    members = {}
    for x, group in zip(row, groups, strict=True):
        if not (math.isnan(x) or math.isnan(group)):
            members.setdefault(group, []).append(Fraction(x))
    means = {group: sum(values) / len(values) for group, values in members.items()}
    return [
        math.nan if math.isnan(x) or math.isnan(group) else float(Fraction(x) - means[group])
        for x, group in zip(row, groups, strict=True)
    ]


def by_session(session):
    """Return the oracle of a (T, N) panel out of that of one session."""

    def panel(values, *arguments):
        values = np.asarray(values, dtype=np.float64)
        return np.array([session(row.tolist(), *arguments) for row in values], dtype=np.float64).reshape(values.shape)

    return panel


def neutralise_panel(values, groups):
    values = np.asarray(values, dtype=np.float64)
    groups = np.broadcast_to(np.asarray(groups, dtype=np.float64), values.shape)
    rows = [neutralise_session(x, g) for x, g in zip(values.tolist(), groups.tolist(), strict=True)]
    return np.array(rows, dtype=np.float64).reshape(values.shape)


def group_sum_session(row, groups):
    totals = {}
    for x, group in zip(row, groups, strict=True):
        if not (math.isnan(x) or math.isnan(group)):
            totals[group] = totals.get(group, Fraction()) + Fraction(x)
    return [float(totals[group]) if group in totals else math.nan for group in groups]


def group_sum_panel(values, groups):
    values = np.asarray(values, dtype=np.float64)
    groups = np.broadcast_to(np.asarray(groups, dtype=np.float64), values.shape)
    rows = [group_sum_session(x, g) for x, g in zip(values.tolist(), groups.tolist(), strict=True)]
    return np.array(rows, dtype=np.float64).reshape(values.shape)


# --- rivals: pandas on a frame (T, N), bottleneck and numbagg on an array (T, N) -----------------------------------


def pandas_rank(frame):
    return frame.rank(axis=1, pct=True)


def pandas_zscore(frame):
    return frame.sub(frame.mean(axis=1), axis=0).div(frame.std(axis=1), axis=0)


def pandas_winsorise(frame, low, high):
    ends = frame.quantile([low, high], axis=1)
    return frame.clip(ends.loc[low], ends.loc[high], axis=0)


def pandas_quantile(frame, count):
    import pandas as pd

    return frame.apply(lambda row: pd.qcut(row, count, labels=False), axis=1)


def pandas_neutralise(frame, groups):
    return frame - frame.T.groupby(groups).transform("mean").T


def pandas_group_sum(frame, groups):
    return frame.T.groupby(groups).transform("sum").T


def bottleneck_rank(values):
    import bottleneck as bn

    return bn.nanrankdata(values, axis=1) / (~np.isnan(values)).sum(axis=1, keepdims=True)


def bottleneck_zscore(values):
    import bottleneck as bn

    return (values - bn.nanmean(values, axis=1)[:, None]) / bn.nanstd(values, axis=1, ddof=1)[:, None]


def numbagg_zscore(values):
    import numbagg

    return (values - numbagg.nanmean(values, axis=1)[:, None]) / numbagg.nanstd(values, axis=1, ddof=1)[:, None]


def numbagg_winsorise(values, low, high):
    import numbagg

    ends = numbagg.nanquantile(values, [low, high], axis=1)
    return np.clip(values, ends[0][:, None], ends[1][:, None])


def numbagg_neutralise(values, groups):
    import numbagg

    codes = groups.astype(np.int64)
    return values - numbagg.group_nanmean(values, codes, axis=1)[:, codes]


def numbagg_group_sum(values, groups):
    import numbagg

    codes = groups.astype(np.int64)
    return numbagg.group_nansum(values, codes, axis=1)[:, codes]


# --- polars: one column per session, its own favourite way; made and read back outside of the timed part -----------


def polars_rank(frame):
    import polars as pl

    return frame.select(pl.all().rank("average") / pl.all().count())


def polars_zscore(frame):
    import polars as pl

    x = pl.all()
    return frame.select((x - x.mean()) / x.std())


def polars_winsorise(frame, low, high):
    import polars as pl

    x = pl.all()
    return frame.select(x.clip(x.quantile(low, "linear"), x.quantile(high, "linear")))


def polars_quantile(frame, count):
    import polars as pl

    smaller = pl.all().rank("min").cast(pl.Float64) - 1
    return frame.select(((smaller * count / (pl.all().count() - 1)).ceil() - 1).clip(0))


def polars_neutralise(frame, groups):
    import polars as pl

    x = pl.all().exclude("group")
    return frame.with_columns(group=groups).select(x - x.mean().over("group"))


def polars_group_sum(frame, groups):
    import polars as pl

    x = pl.all().exclude("group")
    return frame.with_columns(group=groups).select(x.sum().over("group"))


KERNELS = {
    "cross_rank": Contest(
        cross_section.cross_rank,
        by_session(rank_session),
        {"pandas": pandas_rank, "polars": polars_rank, "bottleneck": bottleneck_rank},
    ),
    "cross_quantile": Contest(
        cross_section.cross_quantile,
        by_session(quantile_session),
        {"pandas": pandas_quantile, "polars": polars_quantile},
    ),
    "cross_zscore": Contest(
        cross_section.cross_zscore,
        by_session(zscore_session),
        {
            "pandas": pandas_zscore,
            "polars": polars_zscore,
            "bottleneck": bottleneck_zscore,
            "numbagg": numbagg_zscore,
        },
    ),
    "winsorise": Contest(
        cross_section.winsorise,
        by_session(winsorise_session),
        {"pandas": pandas_winsorise, "polars": polars_winsorise, "numbagg": numbagg_winsorise},
    ),
    "neutralise": Contest(
        cross_section.neutralise,
        neutralise_panel,
        {"pandas": pandas_neutralise, "polars": polars_neutralise, "numbagg": numbagg_neutralise},
    ),
    "group_sum": Contest(
        cross_section.group_sum,
        group_sum_panel,
        {"pandas": pandas_group_sum, "polars": polars_group_sum, "numbagg": numbagg_group_sum},
    ),
}

SLOW_TO_COMPILE = {("winsorise", "numbagg")}
"""Takes 9 s in each new process: only where it is timed, its answer checked before."""
