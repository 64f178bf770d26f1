"""Sums and counts of windows by their definition, exactly, and as users of other libraries write them."""

import math

import numpy as np
from liangrong.core.kernels import rolling_sums

from . import Contest


def of_windows(statistic):
    """Return the oracle of a `statistic` of a list of values (none of them NaN) over the windows of a (T, N) panel."""

    def panel(values, window, min_count=None):
        values = np.asarray(values, dtype=np.float64)
        least, out = window if min_count is None else min_count, np.full(values.shape, np.nan)
        for t, j in np.ndindex(*values.shape):
            seen = [v for v in values[max(0, t - window + 1) : t + 1, j].tolist() if not math.isnan(v)]
            out[t, j] = statistic(seen) if len(seen) >= least else math.nan
        return out

    return panel


def count(values, window):
    return of_windows(len)(values, window, 0)


# --- rivals ------------------------------------------------------------------------------------------------------


def pandas_sum(frame, window, min_count):
    return frame.rolling(window, min_periods=min_count).sum()


def polars_sum(frame, window, min_count):
    import polars as pl

    return frame.select(pl.all().rolling_sum(window, min_samples=min_count))


def bottleneck_sum(values, window, min_count):
    import bottleneck as bn

    return bn.move_sum(values, window, min_count, axis=0)


def numbagg_sum(values, window, min_count):
    import numbagg

    return numbagg.move_sum(values, window=window, min_count=min_count, axis=0)


def pandas_count(frame, window):
    return frame.rolling(window, min_periods=0).count()


def polars_count(frame, window):
    import polars as pl

    return frame.select(pl.all().is_not_null().cast(pl.Float64).rolling_sum(window, min_samples=1))


KERNELS = {
    "rolling_sum": Contest(
        rolling_sums.rolling_sum,
        of_windows(math.fsum),
        {"pandas": pandas_sum, "polars": polars_sum, "bottleneck": bottleneck_sum, "numbagg": numbagg_sum},
    ),
    "rolling_count": Contest(rolling_sums.rolling_count, count, {"pandas": pandas_count, "polars": polars_count}),
}
