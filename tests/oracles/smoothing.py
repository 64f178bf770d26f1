"""The exponential mean by its definition, every value with its weight, and as users of other libraries write it."""

import math
from fractions import Fraction

import numpy as np
from liangrong.core.kernels import smoothing

from . import Contest


def exponential_mean(values, span, min_count=1):
    """Return the weighted means in exact fractions; for some dozens of sessions."""
    values = np.asarray(values, dtype=np.float64)
    decay = 1 - Fraction(2) / (Fraction(span) + 1)
    out = np.full(values.shape, np.nan)
    for t, j in np.ndindex(*values.shape):
        ages = [(t - s, Fraction(v)) for s, v in enumerate(values[: t + 1, j].tolist()) if not math.isnan(v)]
        if len(ages) >= min_count:
            newest = ages[-1][0]  # a common factor of all weights, without which a span of 1 would divide by 0
            weights = [decay ** (age - newest) for age, _ in ages]
            out[t, j] = float(sum(w * v for w, (_, v) in zip(weights, ages, strict=True)) / sum(weights))
    return out


def in_long_doubles(values, span):
    """Return the means of a few columns as quotients of two sums, quick enough for thousands of sessions."""
    decay = (np.longdouble(span) - 1) / (np.longdouble(span) + 1)
    total, weight = np.zeros((2, values.shape[1]), dtype=np.longdouble)
    out = np.full(values.shape, np.nan)
    for t, row in enumerate(values):
        total = decay * total + np.where(np.isnan(row), 0.0, row)
        weight = decay * weight + ~np.isnan(row)
        np.divide(total, weight, out=out[t], where=weight > 0, casting="same_kind")
    return out


def pandas_exponential_mean(frame, span):
    return frame.ewm(span=span, adjust=True, ignore_na=False).mean()


def polars_exponential_mean(frame, span):
    import polars as pl

    return frame.select(pl.all().ewm_mean(span=span, adjust=True, ignore_nulls=False).forward_fill())


def numbagg_exponential_mean(values, span):
    import numbagg

    return numbagg.move_exp_nanmean(values, alpha=2.0 / (span + 1.0), axis=0)


def vectorbt_exponential_mean(values, span):
    from vectorbt.generic import nb

    return nb.ewm_mean_nb(values, span, 1, True)


KERNELS = {
    "exponential_mean": Contest(
        smoothing.exponential_mean,
        exponential_mean,
        {
            "pandas": pandas_exponential_mean,
            "polars": polars_exponential_mean,
            "numbagg": numbagg_exponential_mean,
            "vectorbt": vectorbt_exponential_mean,
        },
    )
}
