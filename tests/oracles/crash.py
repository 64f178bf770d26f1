"""Crash risk window by window, as its definitions read: scipy's skewness, Python's own variance of each side."""

import math
import statistics

import numpy as np
from scipy.stats import skew


def crash_risk(returns, limits, window, min_count):
    """Return ncskew, duvol and tail (T, N) of the windows that end at each row."""
    out = np.full((3, *returns.shape), math.nan)
    for t in range(len(returns)):
        begin = max(0, t - window + 1)
        for j in range(returns.shape[1]):
            known = [float(r) for r in returns[begin : t + 1, j] if not math.isnan(r)]
            if len(known) >= min_count:
                out[:, t, j] = -_skewness(known), _duvol(known), _tail(known, limits[begin, j])
    return out


def _skewness(known):
    return math.nan if len(set(known)) == 1 else float(skew(known, bias=False))


def _duvol(known):
    mean = statistics.fmean(known)
    downs, ups = [r for r in known if r < mean], [r for r in known if r > mean]
    if not downs or not ups:
        return math.nan
    return math.log(statistics.pvariance(downs, mean) / statistics.pvariance(ups, mean))


def _tail(known, limit):
    return math.nan if math.isnan(limit) else sum(r < limit for r in known) / len(known)
