"""Buying once and holding, without a debt: what the market gave, beside which a run is seen."""

import numpy as np
from numpy.typing import NDArray

from ..account.market import Market
from ..types import Row


def equal_weight(market: Market) -> Row:
    """Return the null strategy (空策略): the universe bought in equal parts and held, from 1 at the purchase on.

    Parameters
    ----------
    market : Market
        Of the run's sessions.

    Returns
    -------
    float64 (T,)
        NaN before the purchase: at the close of the first session on which a security is quoted.

    Notes
    -----
    Bought is what trades at that close, for an index as universe its members of that day; what is listed or admitted
    later is not. Fractions of shares, no cost, no debt, no rebalance. Dividends stay as cash, gross; a listing that
    ends is settled as it is in an account.
    """
    quoted = market.panel["close"] > 0.0
    if "suspended" in market.panel:
        quoted &= ~(market.panel["suspended"] > 0.0)
    if "in_universe" in market.panel:
        quoted &= market.panel["in_universe"] > 0.0
    days = np.flatnonzero(quoted.any(axis=1))
    return held(market, int(days[0]), quoted[days[0]]) if len(days) else np.full(len(quoted), np.nan)


def held(market: Market, start: int, bought: NDArray[np.bool_]) -> Row:
    """Return the worth (T,) of equal parts of the `bought` securities (N,) since the close `start`, where it is 1."""
    out = np.full(len(market.marks), np.nan)
    shares = np.zeros(len(bought))
    shares[bought] = 1.0 / np.count_nonzero(bought) / market.marks[start, bought]
    cash, out[start] = 0.0, 1.0
    for t in range(start + 1, len(out)):
        cash += _settled(market, t, shares) if t in market.ends else 0.0
        for action in market.actions.on(t):
            cash += shares[action.symbol] * action.cash_per_share
            shares[action.symbol] *= 1.0 + action.share_ratio
        own = shares > 0.0
        out[t] = shares[own] @ market.marks[t, own] + cash
    return out


def _settled(market: Market, t: int, shares: Row) -> float:
    """Exchange the shares whose listing ends with session `t`, and return the cash (CNY) that is paid for them."""
    cash = 0.0
    for end in market.ends[t]:
        gone = shares[end.symbol]
        if end.successor < 0 and not end.cash > 0.0:
            continue  # what is left of it has a mark
        shares[end.symbol] = 0.0
        cash += gone * end.cash
        if end.successor >= 0:
            shares[end.successor] += gone * end.ratio
    return cash
