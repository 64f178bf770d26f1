"""Values that cannot be: negative prices and balances, zero prices, bars that contradict themselves."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import DataError
from ..types import Row
from .base import Finding, finding

_MAY_BE_NEGATIVE = frozenset({"spread"})
_PRICES = ("open", "high", "low", "close", "pre_close")


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
        A negative value of a field that cannot be negative.

    Notes
    -----
    A negative repayment is a reversal (冲正) and is kept with a finding. Files of prices write 0 for a session without
    a trade; 0 is no price.
    """
    out, noticed = dict(values), []
    for name, column in values.items():
        below = np.flatnonzero(column < 0).tolist()
        if "_repay" in name:
            noticed += finding("negative_repayment", [places[i] for i in below], f"`{name}`: a reversal, kept", where)
        elif len(below) and name not in _MAY_BE_NEGATIVE:
            value = column[below[0]]
            raise DataError(f"{places[below[0]]}: `{name}` should not be negative, got {value:g}: correct the row")
        if name in _PRICES:
            zero = np.flatnonzero(column == 0).tolist()
            noticed += finding("zero_price", [places[i] for i in zero], f"`{name}` 0 is no price: NaN", where)
            out[name] = np.where(column == 0, np.nan, column)
    if {"high", "low"} <= set(values):
        bad = [places[i] for i in np.flatnonzero(_contradicts_itself(out)).tolist()]
        noticed += finding("inconsistent_bar", bad, "open or close outside low..high, or low above high: kept", where)
    return out, noticed


def _contradicts_itself(bar: Mapping[str, Row]) -> np.ndarray:
    """Return which rows have a price outside their low..high; NaN contradicts nothing."""
    low, high = bar["low"], bar["high"]
    outside = [(bar[name] < low) | (bar[name] > high) for name in ("open", "close") if name in bar]
    return np.any([low > high, *outside], axis=0)
