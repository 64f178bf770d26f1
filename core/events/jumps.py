"""Closes that no price limit allows and no adjustment factor explains: splits, mostly, and no returns."""

import numpy as np

from ..panel.panel import Panel
from ..types import Mask2D, Panel2D

WIDEST_LIMIT = 0.3
"""The widest price limit of a board: Beijing's; Taiwan has 10 %, leveraged funds twice that."""

_YOUNG = 5
"""Sessions after the first of a security that is listed inside the data, which may have no limit."""

_ROUNDING = 0.005


def jumps_of(panel: Panel, values: Panel2D) -> Mask2D:
    """Return where a return (T, N) is beyond the widest limit and the data have no factor that could tell why.

    Parameters
    ----------
    panel : Panel
        With close.
    values : float64 (T, N), fraction
        Returns from the last close; the first after a suspension spans it, and no limit was wider for that.
    """
    if "adj_factor" in panel:
        return np.zeros(values.shape, dtype=bool)
    first = (~np.isnan(panel["close"])).argmax(axis=0)
    is_young = np.arange(len(values))[:, None] < np.where(first > 0, first + _YOUNG, 0)
    with np.errstate(invalid="ignore"):
        return (np.abs(values) > WIDEST_LIMIT + _ROUNDING) & ~is_young
