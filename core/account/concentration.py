"""Concentration (单一证券集中度): how much of the assets one security may be, by tiers of the maintenance ratio.

Brokers stop purchases of a security beyond its tier and watch the share at every close; what else a contract ties to
it differs from broker to broker, so a run tells what it meets and does nothing more.
"""

from typing import NamedTuple

import numpy as np

from ..kernels.jit import jit
from ..types import Row
from .credit import FINANCING, Ledger, Totals, maintenance_ratio


class Largest(NamedTuple):
    """The security that is the largest part of the assets at a close."""

    symbol: int  # column, -1 = nothing is held
    value: float  # CNY, collateral and financed shares
    assets: float  # CNY
    allowed: float  # share of the assets, inf = no tier holds
    ratio: float  # maintenance ratio


CROWDED = np.dtype(
    [("t", "i8"), ("symbol", "i8"), ("value", "f8"), ("share", "f8"), ("allowed", "f8"), ("ratio", "f8")]
)
"""A row of the compiled log."""


@jit
def allowed_share(ratio: float, below: Row, share: Row) -> float:
    """Return the share of the assets that one security may be: that of the first tier above `ratio`, inf = any.

    Parameters
    ----------
    ratio : float
        Maintenance ratio; infinite without debt.
    below, share : float64 (K,)
        The tiers, ascending in `below`.
    """
    for k in range(below.size):
        if ratio < below[k]:
            return share[k]
    return np.inf


@jit
def largest(ledger: Ledger, sums: Totals, price: Row, below: Row, share: Row, held: Row) -> Largest:
    """Return the largest security at `price` (N,); `held` (N,) is scratch. Of equal ones the first column."""
    held[:] = 0.0
    for j in ledger.held[: ledger.account[0]["held"]]:
        held[j] = ledger.collateral[j]
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if c["kind"] == FINANCING:
            held[c["symbol"]] += c["shares"]
    symbol, value = -1, 0.0
    for j in range(held.size):
        if held[j] > 0.0 and held[j] * price[j] > value:
            symbol, value = j, held[j] * price[j]
    ratio = maintenance_ratio(sums)
    return Largest(symbol, value, sums.cash + sums.long_value, allowed_share(ratio, below, share), ratio)


@jit
def is_above(one: Largest) -> bool:
    """Tell whether the largest security is more of the assets than its tier allows."""
    return one.value > one.allowed * one.assets


@jit
def crosses(ledger: Ledger, one: Largest) -> bool:
    """Note whether a security is above its tier; tell whether it is one that was not at the close before."""
    account = ledger.account[0]
    before, now = account["concentrated"], one.symbol + 1 if is_above(one) else 0
    account["concentrated"] = now
    return now > 0 and now != before


@jit
def share_of(one: Largest) -> float:
    """Return the security's value as a fraction of the assets."""
    return one.value / one.assets


@jit
def excess(one: Largest) -> float:
    """Return the CNY by which the security is above what its tier allows."""
    return one.value - one.allowed * one.assets
