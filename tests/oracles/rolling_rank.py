"""Percentile ranks by definition: cell by cell in fractions, quicker with whole windows, and by other libraries."""

import math
from fractions import Fraction

import numpy as np
from liangrong.core.kernels import rolling_rank

from . import Contest


def exact_rank(values, window, min_count=None):
    """Return the mean place of each value among the values of its window, over their number."""
    values = np.asarray(values, dtype=np.float64)
    out = np.full(values.shape, np.nan)
    for t, j in np.ndindex(values.shape):
        x = values[t, j]
        present = sorted(v for v in values[max(0, t - window + 1) : t + 1, j].tolist() if not math.isnan(v))
        if not math.isnan(x) and len(present) >= (min_count or window):
            places = [place for place, v in enumerate(present, start=1) if v == x]
            out[t, j] = float(Fraction(sum(places), len(places) * len(present)))
    return out


def counted_rank(values, window, min_count):
    """Return the ranks of a few columns, quick enough for thousands of sessions."""
    padded = np.concatenate([np.full((window - 1, values.shape[1]), np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, window, axis=0)
    below = (windows < values[:, :, None]).sum(axis=2)
    equal = (windows == values[:, :, None]).sum(axis=2)
    counts = (~np.isnan(windows)).sum(axis=2)
    is_ranked = (equal > 0) & (counts >= min_count)
    # Both sides of the fraction are whole, so that it is rounded once.
    return np.where(is_ranked, (2 * below + equal + 1) / (2 * np.maximum(counts, 1)), np.nan)


# --- rivals: ranks of whole panels, each in the library's own scale ----------------------------------------------


def pandas_rank(frame, window, min_count):
    return frame.rolling(window, min_periods=min_count).rank(pct=True)


def polars_rank(frame, window, min_count):
    """Return places, 1 for the lowest; polars works on the columns with all its threads."""
    import polars as pl

    return frame.select(pl.all().rolling_rank(window, method="average", min_samples=min_count))


def bottleneck_rank(values, window, min_count):
    """Return places scaled to -1 .. 1, and 0 for the only value of a window."""
    import bottleneck as bn

    return bn.move_rank(values, window, min_count, axis=0)


def from_places(places, counts):
    """Return the percentile ranks that polars' places mean."""
    return places / counts


def from_scaled(scaled, counts):
    """Return the percentile ranks that bottleneck's scaled places mean."""
    return ((scaled + 1.0) / 2.0 * (counts - 1.0) + 1.0) / counts


TRANSLATE = {"polars": from_places, "bottleneck": from_scaled}
"""Rival -> its answer and the numbers of values as percentile ranks; who is missing here returns them."""

KERNELS = {
    "rolling_rank": Contest(
        rolling_rank.rolling_rank,
        exact_rank,
        {"pandas": pandas_rank, "polars": polars_rank, "bottleneck": bottleneck_rank},
    ),
}
