"""What no observation can be, in one place: for importers, data frames, panels made by hand, and the audit."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .panel import FIELDS, Panel

ABOVE_ZERO = ("open", "high", "low", "close", "pre_close", "limit_up", "limit_down", "adj_factor")
"""Prices and factors: above 0 where they are anything."""

FLAGS = frozenset(name for name, unit in FIELDS.items() if unit.startswith("0 or 1"))
"""Fields that say yes (1) or no (0)."""

BELOW_ZERO = frozenset({"spread", "financing_repay", "short_repay", "financing_repay_volume", "pe_static"})
"""Fields that may be negative: the spread, repayments (a reversal, 冲正), and what a loss is a multiple of."""

INFINITE, NEGATIVE, ZERO, UNCLEAR = "infinite", "negative", "0", "neither 0 nor 1"


class Fault(NamedTuple):
    """Cells of a field that cannot be.

    Parameters
    ----------
    what : {"infinite", "negative", "0", "neither 0 nor 1"}
        0 of what is `ABOVE_ZERO`, the last of `FLAGS`.
    where : bool, of the shape of the field
    """

    what: str
    where: NDArray[np.bool_]


def faults(name: str, values: NDArray[np.float64]) -> Iterator[Fault]:
    """Yield what is impossible in a field, nothing for nearly all.

    Parameters
    ----------
    name : str
        Canonical field.
    values : float64, any shape
        NaN = no observation, which is always possible.

    Notes
    -----
    Two passes over the values where all is well: their extremes tell it.
    """
    if not values.size:
        return
    low, high = (float(extreme.reduce(values, axis=None)) for extreme in (np.fmin, np.fmax))
    if np.isinf(low) or np.isinf(high):
        yield Fault(INFINITE, np.isinf(values))
    if low < 0.0 and name not in BELOW_ZERO:
        yield Fault(NEGATIVE, values < 0.0)
    if low <= 0.0 and name in ABOVE_ZERO and (values == 0.0).any():
        yield Fault(ZERO, values == 0.0)
    if name in FLAGS and (unclear := (values != 0.0) & (values != 1.0) & (values == values)).any():
        yield Fault(UNCLEAR, unclear)


def check_values(panel: Panel, name: str = "panel") -> None:
    """Refuse a panel with a value that no import would have let in.

    Parameters
    ----------
    panel : Panel
        That a user made or changed; those of importers have passed already.
    name : str
        Of the parameter, for the message.

    Raises
    ------
    DataError
        An infinite value, a negative one where none can be, a price or factor of 0, a flag that is neither
        0 nor 1; with field, security, session and value.

    Notes
    -----
    A high below the low is kept, as importers keep it: an order meets one price of a session, and the audit fails it.
    """
    for field, values in panel.fields.items():
        for fault in faults(field, values):
            t, j = (int(place[0]) for place in np.nonzero(fault.where))
            place = f"{panel.symbols[j]} on {panel.sessions[t]}"
            raise DataError(refusal(f"`{name}`, {place}", field, fault.what, values[t, j], int(fault.where.sum())))


def without_faults(panel: Panel) -> Panel:
    """Return the panel with NaN for what cannot be; the panel itself where all can."""
    wrong = {name: [fault.where for fault in faults(name, values)] for name, values in panel.fields.items()}
    made = {name: np.where(np.any(w, axis=0), np.nan, panel[name]) for name, w in wrong.items() if w}
    return panel.with_fields(made) if made else panel


def refusal(place: str, field: str, what: str, value: Any, count: int = 1) -> str:
    """Return the message about a value that cannot be."""
    should = {ZERO: "be above 0", UNCLEAR: "be 0 or 1"}.get(what, f"not be {what}")
    more = f" (one of {count:,})" if count > 1 else ""
    return f"{place}: `{field}` should {should}, got {value:g}{more}: correct the row, or write NaN for no observation"
