"""Lags and changes in exact fractions, and as users of other libraries write them."""

import math
from fractions import Fraction

import numpy as np
from liangrong.core.kernels import changes

from . import Contest


def pairs(answer):
    """Return the oracle that gives `answer(now, before)` for finite pairs, NaN for others."""

    def panel(values, sessions):
        values = np.asarray(values, dtype=np.float64)
        out = np.full(values.shape, np.nan)
        for t, j in np.ndindex(*values.shape):
            if t >= sessions and not (math.isnan(values[t, j]) or math.isnan(values[t - sessions, j])):
                out[t, j] = answer(Fraction(values[t, j].item()), Fraction(values[t - sessions, j].item()))
        return out

    return panel


def lag(values, sessions):
    return np.array(
        [values[t - sessions] if t >= sessions else np.full(len(row), np.nan) for t, row in enumerate(values)]
    ).reshape(values.shape)


def pandas_lag(frame, sessions):
    return frame.shift(sessions)


def pandas_change(frame, sessions):
    return frame.diff(sessions)


def pandas_relative_change(frame, sessions):
    return frame.pct_change(sessions, fill_method=None)


def polars_lag(frame, sessions):
    import polars as pl

    return frame.select(pl.all().shift(sessions))


def polars_change(frame, sessions):
    import polars as pl

    return frame.select(pl.all().diff(sessions))


def polars_relative_change(frame, sessions):
    import polars as pl

    return frame.select(pl.all() / pl.all().shift(sessions) - 1.0)


def vectorbt_lag(values, sessions):
    from vectorbt.generic import nb

    return nb.fshift_nb(values, sessions)


def vectorbt_change(values, sessions):
    from vectorbt.generic import nb

    return nb.diff_nb(values, sessions)


def vectorbt_relative_change(values, sessions):
    from vectorbt.generic import nb

    return nb.pct_change_nb(values, sessions)


KERNELS = {
    "lag": Contest(changes.lag, lag, {"pandas": pandas_lag, "polars": polars_lag, "vectorbt": vectorbt_lag}),
    "change": Contest(
        changes.change,
        pairs(lambda now, before: float(now - before)),
        {"pandas": pandas_change, "polars": polars_change, "vectorbt": vectorbt_change},
    ),
    "relative_change": Contest(
        changes.relative_change,
        pairs(lambda now, before: float(now / before - 1) if before > 0 else math.nan),
        {"pandas": pandas_relative_change, "polars": polars_relative_change, "vectorbt": vectorbt_relative_change},
    ),
}
