"""From a panel to flows and returns: by session or by week, each flow as a fraction of what was there before it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..kernels.rolling import rolling_mean
from ..panel.panel import Panel
from ..panel.units import turnover_of
from ..study.forward import entry_of
from ..types import Panel2D, Sessions
from .lag_design import LagDesign

TURNOVER_SESSIONS = 20
"""Sessions of the mean turnover that is a scale."""

_FIELDS = {
    "financing": (
        ("financing_volume", "financing_buy_volume", "financing_repay_volume", "financing_balance"),
        ("financing_balance", "financing_buy", "financing_repay", "financing_balance"),
    ),
    "short": (("short_volume", "short_sell", "short_repay", "short_balance"),),
}
"""Side -> stock, what came in, what went out, what the stock is worth: in shares where shares are published, since
these do not move with the price."""

SIDES = tuple(_FIELDS)

Ends = NDArray[np.int64]
"""Row of the last session of each period."""


class Flows(NamedTuple):
    """Flows and returns of one side by period.

    Parameters
    ----------
    days : datetime64[D] (P,)
        Last session of each period.
    flow : float64 (P, N), fraction
        What came in less what went out, over the scale at the end of the period before.
    returns : float64 (P, N), fraction
    weight : float64 (P, N), CNY
        The scale at the end of the period before: with these weights the mean flow is that of all together.
    is_change : bool
        The flow is the change of the stock, since what came in and went out is not published.
    """

    days: Sessions
    flow: Panel2D
    returns: Panel2D
    weight: Panel2D
    is_change: bool


def flows_of(panel: Panel, side: str, design: LagDesign) -> Flows | None:
    """Return the flows of a side; None where the panel lacks its fields.

    Raises
    ------
    DataError
        No price, or no field of the scale.

    Notes
    -----
    NaN where the period, or the one before it, has no price, no stock, or none above 0. A week is from Monday to
    Sunday: its flow is the sum of the sessions that have one, its stock and price are the last that are known in it.
    """
    known = [names for names in _FIELDS[side] if names[0] in panel and not np.isnan(panel[names[0]]).all()]
    if not known:
        return None
    stock_name, bought, repaid, worth_name = known[0]
    ends = period_ends(panel.sessions, design.weekly)
    prices = last_known(entry_of(panel, "close").prices, ends)
    stock = last_known(panel[stock_name], ends)
    worth = last_known(panel[worth_name], ends) if worth_name in panel else stock * prices
    is_change = bought not in panel or repaid not in panel
    net = stock - before(stock) if is_change else sums(panel[bought] - panel[repaid], ends)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        flow = net / before(stock)
        weight = before(worth)
        if design.scale != "balance":
            scale = before(last_known(_scale(panel, design.scale), ends))
            flow, weight = flow * weight / scale, scale
        returns = prices / before(prices) - 1.0
    is_known = np.isfinite(flow) & (weight > 0.0)
    return Flows(panel.sessions[ends], np.where(is_known, flow, np.nan), returns, weight, is_change)


def _scale(panel: Panel, scale: str) -> Panel2D:
    """Return the scale by session, CNY."""
    if scale == "float_cap":
        if "float_cap" not in panel:
            raise DataError("`scale` float_cap needs the field `float_cap`, which the data do not have: take balance")
        return panel["float_cap"]
    turnover = turnover_of(panel)
    if turnover is None:
        raise DataError("`scale` turnover needs `amount`, or `volume` and `close`: take balance")
    return mean_turnover(turnover)


def mean_turnover(turnover: Panel2D) -> Panel2D:
    """Return the mean of the last `TURNOVER_SESSIONS`, of those that are known, at least half of them."""
    return rolling_mean(turnover, TURNOVER_SESSIONS, min_count=TURNOVER_SESSIONS // 2)


def period_ends(sessions: Sessions, weekly: bool) -> Ends:
    """Return the row of the last session of each period; weeks run from Monday to Sunday."""
    if not weekly:
        return np.arange(len(sessions))
    weeks = (sessions.astype(np.int64) + 3) // 7  # 1970-01-01 was a Thursday
    return np.flatnonzero(np.append(weeks[1:] != weeks[:-1], True)) if len(weeks) else np.arange(0)


def last_known(values: Panel2D, ends: Ends) -> Panel2D:
    """Return the last value that is known in each period; NaN where none is."""
    found = values[ends]
    starts = np.append(0, ends[:-1] + 1)
    for back in range(1, int((ends - starts).max(initial=0)) + 1):
        earlier = np.where((ends - back >= starts)[:, None], values[np.maximum(ends - back, 0)], np.nan)
        found = np.where(np.isnan(found), earlier, found)
    return found


def sums(values: Panel2D, ends: Ends) -> Panel2D:
    """Return the sum of what is known in each period; NaN where nothing is."""
    if not len(ends):
        return values[ends]
    starts = np.append(0, ends[:-1] + 1)
    known = ~np.isnan(values)
    total = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0)
    return np.where(np.logical_or.reduceat(known, starts, axis=0), total, np.nan)


def before(values: Panel2D) -> Panel2D:
    """Return the values of the period before; NaN in the first."""
    out = np.full(values.shape, np.nan)
    out[1:] = values[:-1]
    return out


def together(flows: Flows) -> Flows:
    """Return the flows of all securities as one, (P, 1): means weighted by the scale, of the flow and of the return.

    A security counts in a period in which its flow and its return are known, so that one that joins makes no jump.
    """
    known = ~(np.isnan(flows.flow) | np.isnan(flows.returns))
    weight = np.where(known, flows.weight, 0.0)
    whole = weight.sum(axis=1, keepdims=True)
    flow, returns = (
        np.divide(
            (weight * np.where(known, values, 0.0)).sum(axis=1, keepdims=True),
            whole,
            out=np.full(whole.shape, np.nan),
            where=whole > 0.0,
        )
        for values in (flows.flow, flows.returns)
    )
    return flows._replace(flow=flow, returns=returns, weight=whole)


def trimmed(flow: Panel2D, share: float) -> Panel2D:
    """Return the flow with what lies beyond its quantile `share` on either side set to it (winsorised)."""
    known = flow[~np.isnan(flow)]
    if share <= 0.0 or not len(known):
        return flow
    low, high = np.quantile(known, (share, 1.0 - share))
    return np.clip(flow, low, high)
