"""Ends of listings as the account meets them: what a share counts for afterwards, and what no order may do any more."""

import numpy as np

from ..panel.endings import NEVER, EndingTable
from ..panel.panel import Panel
from ..types import Mask2D, Panel2D, Row
from .ended_securities import End
from .quotes import MarketArrays


def ends_of(endings: EndingTable, marks: Panel2D, before: Row, after_delisting: float) -> dict[int, list[End]]:
    """Return session -> what becomes of the securities that end with it, inside the run and after a price is known.

    What ended before the run, and is held at its beginning, ends with the first session.

    Parameters
    ----------
    endings : EndingTable
    marks : float64 (T, N)
        CNY per share; from the end on what is left counts for `after_delisting` of the last one. Changed in place.
    before : float64 (N,)
        The marks of the close before the first session; NaN = unknown.
    after_delisting : float
        Fraction of the last mark.

    Notes
    -----
    A successor without a price yet counts for what is exchanged into it.
    """
    made: dict[int, list[End]] = {}
    for told in sorted(endings.by_session):
        t = max(told, 0)
        for one in endings.on(told) if t < len(marks) else ():
            price = float(marks[t - 1, one.symbol] if t > 0 else before[one.symbol])
            if np.isnan(price):
                continue
            left, cash = price * after_delisting, one.cash
            if one.is_kept:  # it counts at the last price, whatever its holders receive
                left, cash = price, 0.0
            made.setdefault(t, []).append(End(one.symbol, one.successor, one.ratio, cash, price, left))
            if one.successor < 0:
                marks[t:, one.symbol] = left
            else:
                _begin(marks[t:, one.successor], (price - one.cash) / one.ratio)
    return made


def _begin(marks: np.ndarray, price: float) -> None:
    """Write `price` on the first sessions of a security, which have none yet."""
    unknown = np.isnan(marks).cumprod(dtype=np.bool_)
    marks[unknown] = price


def struck_off(arrays: MarketArrays, endings: EndingTable, panel: Panel) -> MarketArrays:
    """Return the market in which contracts on a security that ends fall due in time, and no new ones are opened."""
    if not endings.by_session:
        return arrays
    due, at = np.full((2, len(panel.symbols)), NEVER, dtype=np.int64)
    for t, ended in endings.by_session.items():
        for one in ended:
            due[one.symbol], at[one.symbol] = one.due, t
    is_due = np.arange(len(panel.sessions))[:, None] > due
    return arrays._replace(
        ends_due=due,
        ends_at=at,
        financing_eligible=_without(is_due, arrays.financing_eligible),
        short_eligible=_without(is_due, arrays.short_eligible),
    )


def _without(off: Mask2D, eligible: Panel2D) -> Panel2D:
    """Return a list (T, N) without what is off it; one that is not there has all."""
    table = np.where(off, 0.0, eligible if len(eligible) else 1.0)
    table.flags.writeable = False
    return table
