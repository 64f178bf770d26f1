"""Prices as rules compare them over time, and who is listed."""

import numpy as np

from ...core.data.panel import Panel
from ...core.types import Mask2D, Panel2D


def adjusted_close(panel: Panel) -> Panel2D:
    """Return close x `adj_factor` (后复权), which dividends and splits do not move.

    Parameters
    ----------
    panel : Panel
        With the field `close`.

    Returns
    -------
    float64 (T, N)
        CNY per share, up to a constant of each security. The close as it is where the panel has no `adj_factor`.

    Raises
    ------
    DataError
        A panel without `close`.

    Notes
    -----
    NaN where the close or its factor is. A panel without factors may only hold closes that are adjusted already, or
    of securities that never paid: an ex-right date looks like a fall otherwise.
    """
    factor = panel.get("adj_factor")
    return panel["close"] if factor is None else panel["close"] * factor


def is_listed(panel: Panel) -> Mask2D:
    """Return (T, N) where a security has a close: it is listed, and not suspended without one.

    Raises
    ------
    DataError
        A panel without `close`.
    """
    return ~np.isnan(panel["close"])


def for_listed(row: Panel2D, panel: Panel) -> Panel2D:
    """Return a market-wide score (T,) as (T, N): the same for every listed security of a session, NaN for others."""
    return np.where(is_listed(panel), row[:, None], np.nan)
