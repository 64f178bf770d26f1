"""Extremes of windows by their definition, and as users of other libraries write them."""

from liangrong.core.kernels import rolling_extremes

from . import Contest
from .rolling_sums import of_windows


def pandas_min(frame, window, min_count):
    return frame.rolling(window, min_periods=min_count).min()


def pandas_max(frame, window, min_count):
    return frame.rolling(window, min_periods=min_count).max()


def polars_min(frame, window, min_count):
    import polars as pl

    return frame.select(pl.all().rolling_min(window, min_samples=min_count))


def polars_max(frame, window, min_count):
    import polars as pl

    return frame.select(pl.all().rolling_max(window, min_samples=min_count))


def bottleneck_min(values, window, min_count):
    import bottleneck as bn

    return bn.move_min(values, window, min_count, axis=0)


def bottleneck_max(values, window, min_count):
    import bottleneck as bn

    return bn.move_max(values, window, min_count, axis=0)


def vectorbt_min(values, window, min_count):
    from vectorbt.generic import nb

    return nb.rolling_min_nb(values, window, min_count)


def vectorbt_max(values, window, min_count):
    from vectorbt.generic import nb

    return nb.rolling_max_nb(values, window, min_count)


KERNELS = {
    "rolling_min": Contest(
        rolling_extremes.rolling_min,
        of_windows(min),
        {"pandas": pandas_min, "polars": polars_min, "bottleneck": bottleneck_min, "vectorbt": vectorbt_min},
    ),
    "rolling_max": Contest(
        rolling_extremes.rolling_max,
        of_windows(max),
        {"pandas": pandas_max, "polars": polars_max, "bottleneck": bottleneck_max, "vectorbt": vectorbt_max},
    ),
}
