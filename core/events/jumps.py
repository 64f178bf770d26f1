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

    Notes
    -----
    Taiwan suspends trading for a split or a reduction of capital, and its funds on foreign goods have no limit (oil
    rose by a third in a session of 2026): there a move counts only after a session without a close.
    """
    if "adj_factor" in panel:
        return np.zeros(values.shape, dtype=bool)
    first = (~np.isnan(panel["close"])).argmax(axis=0)
    is_young = np.arange(len(values))[:, None] < np.where(first > 0, first + _YOUNG, 0)
    with np.errstate(invalid="ignore"):
        return (np.abs(values) > WIDEST_LIMIT + _ROUNDING) & ~is_young & _may_be(panel)


def _may_be(panel: Panel) -> Mask2D:
    """Return where a large move is none of trading: in Taiwan after a session without a close, elsewhere anywhere."""
    after_none = np.zeros(panel.shape, dtype=bool)
    after_none[1:] = np.isnan(panel["close"][:-1])
    return after_none | ~np.array([symbol.endswith(".TW") for symbol in panel.symbols])
