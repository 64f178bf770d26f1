"""What a security returned after a decision: the prices at which it could be entered and left, and the returns."""

from typing import NamedTuple

import numpy as np

from ..errors import ConfigError, DataError
from ..panel.panel import Panel
from ..types import Mask2D, Panel2D

ENTRIES = ("open", "close")


class Entry(NamedTuple):
    """At which prices a decision of row t enters and leaves.

    Parameters
    ----------
    prices : float64 (T, N)
        CNY per share, adjusted; NaN where the security did not trade: nothing is carried.
    lead : int
        The entry is at row t + lead, the exit of horizon h at row t + lead + h.
    words : str
        The same for a reader.
    """

    prices: Panel2D
    lead: int
    words: str


def entry_of(panel: Panel, entry: str = "open") -> Entry:
    """Return how decisions trade in `panel`.

    Parameters
    ----------
    panel : Panel
        With close; the open where it has one; adj_factor, where absent prices are taken as they are.
    entry : {"open", "close"}
        open: from the open of t + 1 to that of t + 1 + h, by the closes of these sessions where the panel has no opens
        at all. close: from the close of t to that of t + h.

    Raises
    ------
    ConfigError
        Another `entry`.
    DataError
        No price in the panel.
    """
    if entry not in ENTRIES:
        raise ConfigError(f"`entry` should be one of {', '.join(ENTRIES)}, got {entry!r}")
    if entry == "close":
        return Entry(_traded(panel, "close"), 0, "from the close of the decision to the close h sessions later")
    if _is_known(panel, "open"):
        return Entry(_traded(panel, "open"), 1, "from the open after the decision to the open h sessions later")
    words = "from the close of the session after the decision to the close h sessions later (no open prices)"
    return Entry(_traded(panel, "close"), 1, words)


def forward_returns(entry: Entry, horizon: int, rows: slice | None = None) -> Panel2D:
    """Return what followed the decisions of `rows` within `horizon` sessions.

    Parameters
    ----------
    entry : Entry
    horizon : int, sessions
    rows : slice, optional
        Rows of decisions, with start and stop; all where absent.

    Returns
    -------
    float64 (rows, N)
        Fractions; NaN where one of the two prices is missing or lies behind the last session.
    """
    count = len(entry.prices)
    start, stop = (0, count) if rows is None else (rows.start, rows.stop)
    out = np.full((stop - start, entry.prices.shape[1]), np.nan)
    last = min(stop, count - entry.lead - horizon)
    if last > start:
        bought = entry.prices[start + entry.lead : last + entry.lead]
        sold = entry.prices[start + entry.lead + horizon : last + entry.lead + horizon]
        np.divide(sold, bought, out=out[: last - start])
        out[: last - start] -= 1.0
    return out


def session_returns(entry: Entry, first: int) -> Panel2D:
    """Return what followed each row from `first` on until the next session's price, float64 (T - first, N).

    The return of a session without a trade is NaN, and that of the first session after a suspension is measured from
    the last price before it: those of h sessions make up the return over them.
    """
    held = np.empty_like(entry.prices)
    last = np.full(held.shape[1], np.nan)
    for t, prices in enumerate(entry.prices):
        last = np.where(np.isnan(prices), last, prices)
        held[t] = last
    out = np.full((len(held) - first, held.shape[1]), np.nan)
    begin = first + entry.lead
    known = entry.prices[begin + 1 :] / held[begin:-1] - 1.0
    out[: len(known)] = known
    return out


def listed(panel: Panel) -> Mask2D:
    """Return bool (T, N), where a security lies between its first and its last price, suspensions included."""
    has_price = ~np.isnan(panel["close"])
    before = np.logical_or.accumulate(has_price, axis=0)
    return before & np.logical_or.accumulate(has_price[::-1], axis=0)[::-1]


def adjusted(panel: Panel, field: str) -> Panel2D:
    """Return the price `field` times the adjustment factor, where the panel has one."""
    factor = panel.get("adj_factor")
    return panel[field] if factor is None else panel[field] * factor


def _traded(panel: Panel, field: str) -> Panel2D:
    """Return adjusted prices, NaN where the session saw no trade at a price above 0."""
    if not _is_known(panel, field):
        raise DataError(f"a study needs the field `{field}`, and the data have no value of it")
    prices = adjusted(panel, field)
    is_priced = prices > 0.0  # false for NaN
    suspended = panel.get("suspended")
    if suspended is not None:  # some sources repeat the last price through a suspension
        is_priced &= suspended != 1.0
    return np.where(is_priced, prices, np.nan)


def _is_known(panel: Panel, field: str) -> bool:
    return field in panel and not np.isnan(panel[field]).all()
