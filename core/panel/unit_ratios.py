"""Ratios by which units are judged, and how few of them say nothing."""

import numpy as np

from ..types import Mask2D, Panel2D, Row

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
    enough: Mask2D = np.isfinite(ratio).sum(axis=0) >= LEAST_DAYS
    out = np.full(ratio.shape[1], np.nan)
    if enough.any():
        out[enough] = np.nanmedian(ratio[:, enough], axis=0)
    return out
