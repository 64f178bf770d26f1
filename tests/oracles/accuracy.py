"""How far an answer is from an exact one: the figures of the benchmarks' accuracy columns."""

import numpy as np


def measure(got, expected, scale=None):
    """Return the largest relative error, and in how many cells only one of the two is NaN.

    `scale` is what an error is relative to (anything that broadcasts); by default the expected value itself, or 1 where
    that is 0 or infinite. A statistic without a unit of its own, such as a z-score, which crosses 0, takes 1.
    """
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    assert got.shape == expected.shape
    mismatches = int((np.isnan(got) != np.isnan(expected)).sum())
    if scale is None:
        scale = np.where((expected == 0.0) | np.isinf(expected), 1.0, np.abs(expected))
    with np.errstate(invalid="ignore"):
        errors = np.where(got == expected, 0.0, np.abs(got - expected)) / scale  # equal infinities differ by nothing
    return float(np.nanmax(errors, initial=0.0)), mismatches
