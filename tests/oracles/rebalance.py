"""One portfolio task for several engines, and its account by hand: a monthly rebalance to equal target weights.

A session opens at the close before it, so that sizing an order by the last close is sizing it by the price of its fill.
What then still differs between engines is how they round shares and fees: `ROUNDING`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

MONTH, MOST_NAMES = 21, 50
CASH, COMMISSION_RATE, LOT = 1e12, 0.0003, 100.0


def _cents(fee):
    return np.floor(np.round(fee * 100.0, 4) + 0.5) / 100.0


class Rounding(NamedTuple):
    """What an engine makes of the shares that a target asks for, and of a fee in CNY."""

    order: Callable  # (wanted, held) -> shares to trade
    fee: Callable


ROUNDING = {
    "lots": Rounding(lambda wanted, held: np.floor(wanted / LOT) * LOT - held, _cents),
    "whole shares": Rounding(lambda wanted, held: np.trunc(wanted - held), lambda fee: fee),
    "fractions": Rounding(lambda wanted, held: wanted - held, lambda fee: fee),
}


@lru_cache(maxsize=2)
def prices(shape):
    """Return opens and closes (T, N) in whole cents; the open of a session is the close before it."""
    rng = np.random.default_rng(31)
    close = np.round(20.0 * np.exp(np.cumsum(rng.normal(0.0002, 0.015, shape), axis=0)), 2) + 1.0
    close.flags.writeable = False
    return np.vstack([close[:1], close[:-1]]), close


def rebalance_rows(shape):
    """Return the sessions (R,) after whose close is ordered."""
    return np.arange(MONTH, shape[0] - 1, MONTH)


def target_weights(shape, long=1.0, short=0.0):
    """Return target weights (R, N): `long` in the best by the return of a year, -`short` in the worst, 0 elsewhere."""
    close, rows = prices(shape)[1], rebalance_rows(shape)
    names = min(MOST_NAMES, shape[1] // 4)
    order = np.argsort(-close[rows] / close[np.maximum(rows - 12 * MONTH, 0)], axis=1, kind="stable")
    weights = np.zeros((len(rows), shape[1]))
    np.put_along_axis(weights, order[:, :names], long / names, axis=1)
    if short:
        np.put_along_axis(weights, order[:, -names:], -short / names, axis=1)
    return weights


def weekdays(sessions):
    return np.busday_offset("2011-01-04", np.arange(sessions), roll="forward")


def by_session(rows, shape):
    """Return rows of weights (R, N) in a table (T, N), NaN where nothing is ordered."""
    table = np.full(shape, np.nan)
    table[rebalance_rows(shape)] = rows
    return table


def account_of(shape, weights, rounding):
    """Return the equity (T,) at each close and the number of orders, by hand; `weights` (R, N) are not negative."""
    opened, close = prices(shape)
    size_of, fee_of = ROUNDING[rounding]
    cash, shares, orders = CASH, np.zeros(shape[1]), 0
    equity, of_session = np.empty(shape[0]), dict(zip(rebalance_rows(shape).tolist(), weights, strict=True))
    for t in range(shape[0]):
        ordered = of_session.get(t - 1)
        if ordered is not None:
            size = size_of(ordered * equity[t - 1] / opened[t], shares)
            value = size * opened[t]
            cash -= value.sum() + fee_of(np.abs(value) * COMMISSION_RATE).sum()
            shares = shares + size
            orders += np.count_nonzero(size)
            assert cash >= 0.0
        equity[t] = cash + shares @ close[t]
    return equity, orders
