"""Ratios by which units are judged, and how few of them say nothing."""

import numpy as np

from ..types import Panel2D, Row

LEAST_DAYS = 5
"""Sessions below which the median of a security says nothing."""

LEAST_CELLS = 20
"""Cells below which the median of all says nothing."""

NAMES = {1e4: "10,000", 1e8: "100 million"}


def ratio_of(above: Panel2D, below: Panel2D) -> Panel2D:
    """Return above / below, NaN where either is missing or not positive."""
    usable = (above > 0) & (below > 0)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=usable)


def medians_of(ratio: Panel2D) -> Row:
    """Return the median of each column, NaN where it has fewer than `LEAST_DAYS` observations."""
    count = np.isfinite(ratio).sum(axis=0)
    whole = count == len(ratio)  # nearly all of a file of bars; the median that minds NaN takes five times as long
    gappy = (count >= LEAST_DAYS) & ~whole
    out = np.full(ratio.shape[1], np.nan)
    if whole.any() and len(ratio) >= LEAST_DAYS:
        out[whole] = np.median(ratio[:, whole], axis=0)
    if gappy.any():
        out[gappy] = np.nanmedian(ratio[:, gappy], axis=0)
    return out
