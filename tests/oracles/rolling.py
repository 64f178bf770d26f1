"""Windows by their definition, in exact fractions and in long doubles, and as users of other libraries write them."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from liangrong.core.kernels import rolling

from . import Contest

STATISTICS = ("mean", "std", "zscore")


def exact_windows(column, window, min_count):
    """Return mean, deviation and z-score of one column of finite or NaN values, rounded once at the very end."""
    rows = []
    for t, x in enumerate(column):
        values = [Fraction(v) for v in column[max(0, t - window + 1) : t + 1] if not math.isnan(v)]
        rows.append(_statistics(x, values) if len(values) >= min_count else (math.nan,) * 3)
    return np.array(rows, dtype=np.float64).reshape(len(column), 3)


def _statistics(x, values):
    mean = sum(values, Fraction()) / len(values)
    if len(values) < 2:
        return float(mean), math.nan, math.nan
    variance = sum(((v - mean) ** 2 for v in values), Fraction()) / (len(values) - 1)
    with localcontext(prec=60):
        deviation = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
        if variance == 0 or variance < (mean / 10**12) ** 2 or math.isnan(x):  # nothing moves but rounding
            return float(mean), float(deviation), math.nan
        apart = Fraction(x) - mean
        score = Decimal(apart.numerator) / Decimal(apart.denominator) / deviation
    return float(mean), float(deviation), float(score)


def exact(statistic):
    """Return the oracle of one statistic over a (T, N) panel."""
    k = STATISTICS.index(statistic)

    def panel(values, window, min_count=None):
        values = np.asarray(values, dtype=np.float64)
        columns = [
            exact_windows(values[:, j].tolist(), window, min_count or window)[:, k] for j in range(len(values.T))
        ]
        return np.array(columns).T.reshape(values.shape)

    return panel


def two_pass_zscore(values, window, min_count):
    """Return the z-scores of a few columns in long doubles, quick enough for thousands of sessions."""
    padded = np.concatenate([np.full((window - 1, values.shape[1]), np.nan), values]).astype(np.longdouble)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window, axis=0)
    counts = (~np.isnan(windows)).sum(axis=2)
    with np.errstate(all="ignore"):
        level = np.nansum(windows, axis=2) / counts
        apart = windows - level[:, :, None]
        rest = np.nansum(apart, axis=2) / counts  # what rounding left of the mean
        squares = np.nansum((apart - rest[:, :, None]) ** 2, axis=2)
        deviations = np.sqrt(squares / (counts - 1))
        scores = (values - level - rest) / deviations
        moves = deviations >= 1e-12 * np.abs(level)
    return np.where((counts >= min_count) & moves, scores, np.nan).astype(np.float64)


# --- rivals: the z-score of whole panels -------------------------------------------------------------------------


def pandas_zscore(frame, window, min_count):
    windows = frame.rolling(window, min_periods=min_count)
    return (frame - windows.mean()) / windows.std()


def polars_zscore(frame, window, min_count):
    """Return a wide frame; polars works on its columns with all its threads."""
    import polars as pl

    x = pl.all()
    mean = x.rolling_mean(window, min_samples=min_count)
    return frame.select((x - mean) / x.rolling_std(window, min_samples=min_count))


def bottleneck_zscore(values, window, min_count):
    import bottleneck as bn

    mean = bn.move_mean(values, window, min_count, axis=0)
    return (values - mean) / bn.move_std(values, window, min_count, axis=0, ddof=1)


def numbagg_zscore(values, window, min_count):
    """Return the z-scores as numbagg has them, with all its threads."""
    import numbagg

    mean = numbagg.move_mean(values, window=window, min_count=min_count, axis=0)
    return (values - mean) / numbagg.move_std(values, window=window, min_count=min_count, axis=0)


def vectorbt_zscore(values, window, min_count):
    from vectorbt.generic import nb

    mean = nb.rolling_mean_nb(values, window, min_count)
    return (values - mean) / nb.rolling_std_nb(values, window, min_count, 1)


def moments(statistic):
    """Return the rivals of `rolling_mean` or `rolling_std`: `statistic` is "mean" or "std"."""

    def pandas(frame, window, min_count):
        return getattr(frame.rolling(window, min_periods=min_count), statistic)()

    def polars(frame, window, min_count):
        import polars as pl

        return frame.select(getattr(pl.all(), f"rolling_{statistic}")(window, min_samples=min_count))

    def bottleneck(values, window, min_count):
        import bottleneck as bn

        ddof = {"ddof": 1} if statistic == "std" else {}
        return getattr(bn, f"move_{statistic}")(values, window, min_count, axis=0, **ddof)

    def numbagg(values, window, min_count):
        import numbagg as nb

        return getattr(nb, f"move_{statistic}")(values, window=window, min_count=min_count, axis=0)

    def vectorbt(values, window, min_count):
        from vectorbt.generic import nb

        ddof = (1,) if statistic == "std" else ()
        return getattr(nb, f"rolling_{statistic}_nb")(values, window, min_count, *ddof)

    rivals = pandas, polars, bottleneck, numbagg, vectorbt
    return {rival.__name__: rival for rival in rivals}


KERNELS = {
    "rolling_mean": Contest(rolling.rolling_mean, exact("mean"), moments("mean")),
    "rolling_std": Contest(rolling.rolling_std, exact("std"), moments("std")),
    "rolling_zscore": Contest(
        rolling.rolling_zscore,
        exact("zscore"),
        {
            "pandas": pandas_zscore,
            "polars": polars_zscore,
            "bottleneck": bottleneck_zscore,
            "numbagg": numbagg_zscore,
            "vectorbt": vectorbt_zscore,
        },
    ),
}
