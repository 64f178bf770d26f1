"""What the clients of a market of many accounts do: four habits, read off closes up to the day before.

The habits are inventions, each as simple as it can be said in a sentence. No client was ever asked, and no number below
was fitted to any.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..account.credit import CALLED, FORCED, INSOLVENT, SHORT, Ledger
from ..account.quotes import MarketArrays, is_listed
from ..kernels.jit import lean, lean_inlined
from ..types import Mask2D, Panel2D, Row

HABITS = ("trend", "dip", "hold", "short")
"""Trend followers (融资追涨), dip buyers (融资抄底) and holders on margin, contrarians who sell short (融券)."""

TREND, DIP, HOLD, CONTRARIAN = range(len(HABITS))

HAIRCUT = 0.65
"""With which a client reckons what his own money, put into shares, lets him borrow."""

FLIGHT, FLED = -0.08, 0.95
"""Mean return of his list below which a trend follower flees from debt, and to what long value over equity."""

CALM_DOWN = 1.2
"""Long value over equity to which a client sells by himself who heeds a call."""

OWN_PART, SHORT_PART, RISEN = 0.5, 0.5, 0.05
"""Of a contrarian: shares of his own over equity, shares sold short over it (times appetite), and the rise he sells."""

REST = 40
"""Sessions for which a client does nothing after a forced sale."""


class Habits(NamedTuple):
    """What each of A clients is like."""

    kind: NDArray[np.int64]  # (A,) of `HABITS`
    entry: NDArray[np.int64]  # (A,) session before which he does nothing
    horizon: NDArray[np.int64]  # (A,) sessions over which he takes a return
    breadth: NDArray[np.int64]  # (A,) securities that he divides his money by
    appetite: Row  # (A,) the part of what the margin ratio allows that he uses, 0 to 1
    heeds: NDArray[np.bool_]  # (A,) whether a call has him sell by himself
    watch: NDArray[np.int64]  # (A, W) the columns that he looks at
    looks: Mask2D  # (T, A) whether he decides after that close
    path: Panel2D  # (T, N) log of each security's total return so far; filled session by session


@lean
def decide(habits: Habits, a: int, t: int, ratio: float, market: MarketArrays, ledger: Ledger, weights: Row) -> bool:
    """Fill `weights` (N,) with what client `a` wants after the close of session `t`; return whether he wants anything.

    Parameters
    ----------
    habits : Habits
    a, t : int
    ratio : float
        Financing margin ratio of the session: it decides how far his appetite goes.
    market : MarketArrays
        Read up to session `t`.
    ledger : Ledger
        His account.
    weights : float64 (N,)
        Signed fractions of equity; NaN = as it is.
    """
    state = ledger.account[0]["risk_state"]
    if t < habits.entry[a] or state in (INSOLVENT, FORCED):
        return False
    if state == CALLED:
        return habits.heeds[a] and _calm_down(ledger, market.marks[t], weights)
    if not habits.looks[t, a]:
        return False
    kind, gross = habits.kind[a], 1.0 + habits.appetite[a] * HAIRCUT / ratio
    mood = _mood(habits, a, t) if kind == TREND else 0.0
    if FLIGHT < mood < 0.0:  # he waits
        return False
    _let_go(ledger, weights)
    if kind == TREND:
        _choose(habits, a, t, 1.0, 0.0, gross if mood >= 0.0 else FLED, market, weights)
    elif kind == DIP:
        _choose(habits, a, t, -1.0, 0.0, gross, market, weights)
    elif kind == HOLD:
        _keep(habits, a, t, gross, market, weights)
    else:
        _choose(habits, a, t, -1.0, -np.inf, OWN_PART, market, weights)
        _choose(habits, a, t, 1.0, RISEN, -SHORT_PART * habits.appetite[a], market, weights)
    return True


@lean_inlined
def _let_go(ledger: Ledger, weights: Row) -> None:
    """Let everything be that the account has nothing of; want nothing of what it has."""
    weights[:] = np.nan
    for j in ledger.held[: ledger.account[0]["held"]]:
        weights[j] = 0.0
    for i in range(ledger.account[0]["open_contracts"]):
        weights[ledger.contracts[i]["symbol"]] = 0.0


@lean
def _return(habits: Habits, a: int, t: int, j: int) -> float:
    """Return the log return of security `j` over the client's horizon, NaN where it is not that old."""
    return habits.path[t, j] - habits.path[max(t - habits.horizon[a], 0), j]


@lean
def _mood(habits: Habits, a: int, t: int) -> float:
    """Return the mean return of the client's list."""
    total, count = 0.0, 0
    for j in habits.watch[a]:
        one = _return(habits, a, t, j)
        if not np.isnan(one):
            total += one
            count += 1
    return total / count if count > 0 else 0.0


@lean
def _can_be_had(market: MarketArrays, t: int, j: int, weights: Row) -> bool:
    """Tell whether a security trades beyond the next session and was not chosen yet."""
    is_chosen = not np.isnan(weights[j]) and weights[j] != 0.0
    return market.marks[t, j] > 0.0 and t + 1 < market.ends_due[j] and not is_chosen


@lean
def _choose(
    habits: Habits, a: int, t: int, sign: float, least: float, gross: float, market: MarketArrays, weights: Row
) -> None:
    """Give the securities of highest `sign` x return, where that is above `least`, their part of `gross`.

    A negative `gross` is sold short, and only what is on the list of the day.
    """
    for _ in range(habits.breadth[a]):
        best, found = least, -1
        for j in habits.watch[a]:
            score = sign * _return(habits, a, t, j)
            is_open = gross > 0.0 or is_listed(market.short_eligible, t, j)
            if score > best and is_open and _can_be_had(market, t, j, weights):
                best, found = score, j
        if found < 0:
            return
        weights[found] = gross / habits.breadth[a]


@lean
def _keep(habits: Habits, a: int, t: int, gross: float, market: MarketArrays, weights: Row) -> None:
    """Give the first securities of the list their part of `gross`."""
    left = habits.breadth[a]
    for j in habits.watch[a]:
        if left > 0 and _can_be_had(market, t, j, weights):
            weights[j] = gross / habits.breadth[a]
            left -= 1


@lean
def _calm_down(ledger: Ledger, marks: Row, weights: Row) -> bool:
    """Want the shares that are held in their proportions, together `CALM_DOWN` of equity; shorts are closed."""
    weights[:] = np.nan
    account = ledger.account[0]
    long_value, equity = 0.0, account["cash"]
    for j in ledger.held[: account["held"]]:
        weights[j] = ledger.collateral[j] * marks[j]
        long_value += weights[j]
    for i in range(account["open_contracts"]):
        c = ledger.contracts[i]
        j, value = c["symbol"], c["shares"] * marks[c["symbol"]]
        equity -= c["principal"] + c["accrued"] + c["compensation"]
        if c["kind"] == SHORT:
            equity -= value
            weights[j] = 0.0 if np.isnan(weights[j]) else weights[j]
        else:
            weights[j] = value if np.isnan(weights[j]) else weights[j] + value
            long_value += value
    equity += long_value
    if not (equity > 0.0 and long_value > 0.0):
        return False
    scale = min(1.0, CALM_DOWN * equity / long_value) / equity
    for j in range(weights.size):
        weights[j] *= scale
    return True
