"""Values of files that cannot be: refused, or named; a price of 0 is none, a bar that contradicts itself is kept."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import DataError
from ..panel.possible import ZERO, faults, refusal
from ..types import Row
from .base import Finding
from .places import noted


def plausible(values: Mapping[str, Row], places: Sequence[str], where: str) -> tuple[dict[str, Row], list[Finding]]:
    """Return `values` with zero prices as NaN, and what was noticed.

    Parameters
    ----------
    values : mapping of str to float64 (rows,)
        Canonical field -> column of one file; NaN = no observation.
    places : sequence of str (rows,)
        Where each row stands.
    where : str
        The file.

    Raises
    ------
    DataError
        An infinite value, or a negative one of a field that cannot be negative (`possible.faults`).

    Notes
    -----
    A negative repayment is a reversal (冲正) and is kept with a finding. Files of prices write 0 for a session without
    a trade; 0 is no price.
    """
    out, noticed = dict(values), []
    for name, column in values.items():
        for fault in faults(name, column):
            rows = np.flatnonzero(fault.where)
            if fault.what != ZERO:
                raise DataError(refusal(places[int(rows[0])], name, fault.what, column[rows[0]]))
            noticed += noted("zero_price", rows, places, f"`{name}` 0 is none: NaN", where)
            out[name] = np.where(fault.where, np.nan, column)
        if "_repay" in name:
            noticed += noted(
                "negative_repayment", np.flatnonzero(column < 0), places, f"`{name}`: a reversal, kept", where
            )
    if {"high", "low"} <= set(values):
        bad = np.flatnonzero(_contradicts_itself(out))
        detail = "open or close outside low..high, or low above high: kept"
        noticed += noted("inconsistent_bar", bad, places, detail, where)
    return out, noticed


def _contradicts_itself(bar: Mapping[str, Row]) -> np.ndarray:
    """Return which rows have a price outside their low..high; NaN contradicts nothing."""
    low, high = bar["low"], bar["high"]
    outside = [(bar[name] < low) | (bar[name] > high) for name in ("open", "close") if name in bar]
    return np.any([low > high, *outside], axis=0)
