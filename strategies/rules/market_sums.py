"""Sums over the securities of a session, of what is known."""

import numpy as np

from ...core.types import Panel2D, Row


def sums_of_known(values: Panel2D) -> Row:
    """Return the sum of the known values of each session (T,); NaN where none is."""
    return np.where(np.isnan(values).all(axis=1), np.nan, np.nansum(values, axis=1))


def ratio_of_sums(values: Panel2D, by: Panel2D) -> Row:
    """Return sum(values) / sum(by) of each session (T,), both over the securities that have both; NaN without any."""
    is_known = ~np.isnan(values) & ~np.isnan(by)
    below = np.where(is_known, by, 0.0).sum(axis=1)
    return np.where(is_known, values, 0.0).sum(axis=1) / np.where(below > 0.0, below, np.nan)
