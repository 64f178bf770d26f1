"""Correlations by definition, in exact fractions and in long doubles, and as users of other libraries write them."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from liangrong.core.kernels import rolling_correlation

from . import Contest


def exact_correlation(first, second, window, min_count=None):
    """Return Pearson's correlation of the pairs of each window, rounded once at the very end."""
    first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    out = np.full(first.shape, np.nan)
    for t, j in np.ndindex(first.shape):
        rows = slice(max(0, t - window + 1), t + 1)
        pairs = zip(first[rows, j].tolist(), second[rows, j].tolist(), strict=True)
        pairs = [(Fraction(x), Fraction(y)) for x, y in pairs if not math.isnan(x) and not math.isnan(y)]
        if len(pairs) >= (min_count or window):
            out[t, j] = _pearson(pairs)
    return out


def _pearson(pairs):
    mean_x, mean_y = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
    squares_x = sum((x - mean_x) ** 2 for x, _ in pairs)
    squares_y = sum((y - mean_y) ** 2 for _, y in pairs)
    products = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    if squares_x == 0 or squares_y == 0:
        return math.nan
    square = products**2 / (squares_x * squares_y)
    with localcontext(prec=60):
        size = (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()
    return math.copysign(float(size), products)


def two_pass_correlation(first, second, window, min_count):
    """Return the correlations of a few columns in long doubles, quick enough for thousands of sessions."""
    is_pair = ~np.isnan(first) & ~np.isnan(second)
    counts, (x, y) = _windows(is_pair, window).sum(axis=2), (_apart(v, is_pair, window) for v in (first, second))
    with np.errstate(all="ignore"):
        scale = np.sqrt(np.nansum(x**2, axis=2)) * np.sqrt(np.nansum(y**2, axis=2))
        correlation = np.nansum(x * y, axis=2) / scale
    return np.where(counts >= min_count, correlation, np.nan).astype(np.float64)


def _windows(panel, window):
    empty = (
        np.zeros((window - 1, panel.shape[1])) if panel.dtype == bool else np.full((window - 1, panel.shape[1]), np.nan)
    )
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([empty, panel]), window, axis=0)


def _apart(values, is_pair, window):
    """Return each value of each window less the mean of the window's pairs."""
    windows = _windows(np.where(is_pair, values, np.nan).astype(np.longdouble), window)
    counts = (~np.isnan(windows)).sum(axis=2)[:, :, None]
    with np.errstate(all="ignore"):
        apart = windows - np.nansum(windows, axis=2)[:, :, None] / counts
        return apart - np.nansum(apart, axis=2)[:, :, None] / counts  # what rounding left of the mean


# --- rivals: the correlations of two whole panels ----------------------------------------------------------------


def pandas_correlation(first, second, window, min_count):
    return first.rolling(window, min_periods=min_count).corr(second)


def numbagg_correlation(first, second, window, min_count):
    """Return the correlations of two panels that hold a security in each row, which is numbagg's quick layout."""
    import numbagg

    return numbagg.move_corr(first, second, window=window, min_count=min_count, axis=0)


def polars_correlation(frame, names, window, min_count):
    """Return a wide frame; `names` are the columns of both sides. Polars works on the columns with all its threads."""
    import polars as pl

    return frame.select(
        pl.rolling_corr(pl.col(x), pl.col(y), window_size=window, min_samples=min_count).alias(x) for x, y in names
    )


KERNELS = {
    "rolling_correlation": Contest(
        rolling_correlation.rolling_correlation,
        exact_correlation,
        {"pandas": pandas_correlation, "numbagg": numbagg_correlation, "polars": polars_correlation},
    ),
}
