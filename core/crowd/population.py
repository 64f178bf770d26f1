"""Who is in a market of many accounts: drawn from a seed, before the first session."""

import numpy as np
from numpy.typing import NDArray

from ..types import Mask2D, Row
from .habits import HABITS, Habits

PARTS = (0.50, 0.15, 0.25, 0.10)
"""Part of the clients of each of `HABITS`."""

HORIZONS = ((5, 40), (10, 60), (20, 20), (5, 30))
"""Sessions over which clients of each habit take returns, from and to."""

PATIENCE = ((5, 40), (20, 80), (60, 250), (10, 40))
"""Mean sessions between two decisions of a client, from and to."""

WORKS = 5
"""Sessions over which a client works the orders of a decision, taking it anew after each: volume is limited."""

BREADTH = (1, 5)
WATCHED = 12
"""Securities among which a client divides his money, from and to, and those that he looks at."""

APPETITE = (0.6, 1.0)
HEEDING = 0.5
"""Part of what the margin ratio allows that clients use; chance that one sells by himself when he is called."""

ENTRY = 60
"""Sessions within which all clients have come."""

EQUITY_SHARE = 0.10
"""What the clients bring, of the float cap of the first session: an account stands for as many clients alike."""

LEAST_CASH = 10_000.0
"""CNY."""

_SPREAD, _MOST = 1.0, 2.5  # of the logarithm of what a client brings: deviation, and deviations at the most
_CHUNK = 256


def draw_habits(seed: int, accounts: int, float_cap: Row, sessions: int) -> Habits:
    """Draw the clients.

    Parameters
    ----------
    seed : int
    accounts : int
        A.
    float_cap : float64 (N,)
        CNY on the first session, NaN where not listed yet: larger companies are looked at by more, as its root.
    sessions : int
        T. A longer run has the same clients, who decide on the same sessions.
    """
    rng = np.random.default_rng([seed, 101])
    kind = rng.choice(len(HABITS), accounts, p=PARTS)
    horizon, patience = (
        rng.integers(np.take([low for low, _ in ranges], kind), np.take([high for _, high in ranges], kind) + 1)
        for ranges in (HORIZONS, PATIENCE)
    )
    breadth = rng.integers(BREADTH[0], BREADTH[1] + 1, accounts)
    appetite = rng.uniform(*APPETITE, accounts)
    heeds = rng.random(accounts) < HEEDING
    entry = rng.integers(0, ENTRY, accounts)
    watch = _watched(np.random.default_rng([seed, 102]), accounts, float_cap)
    looks = np.random.default_rng([seed, 103]).random((sessions, accounts)) < 1.0 / patience
    looks[entry[entry < sessions], np.flatnonzero(entry < sessions)] = True
    looks = _lasting(looks)
    path = np.full((sessions, len(float_cap)), np.nan)
    return Habits(kind, entry, horizon, breadth, appetite, heeds, watch, looks, path)


def _lasting(looks: Mask2D) -> Mask2D:
    """Return decisions (T, A) that are worked for `WORKS` sessions each."""
    made = looks.copy()
    for later in range(1, min(WORKS, len(looks))):
        made[later:] |= looks[:-later]
    return made


def draw_cash(seed: int, accounts: int, float_cap: Row) -> Row:
    """Return what each client brings (A,), whole CNY: log-normal, together `EQUITY_SHARE` of the float cap."""
    rng = np.random.default_rng([seed, 104])
    size = np.exp(_SPREAD * np.clip(rng.standard_normal(accounts), -_MOST, _MOST))
    total = EQUITY_SHARE * float(np.nansum(float_cap))
    return np.maximum(np.floor(total * size / size.sum()), LEAST_CASH)


def _watched(rng: np.random.Generator, accounts: int, float_cap: Row) -> NDArray[np.int64]:
    """Return the columns (A, W) that each client looks at, without repetition: the highest of weighted draws."""
    count = min(WATCHED, len(float_cap))
    known = np.nan_to_num(float_cap, nan=float(np.nanmedian(float_cap)) if np.isfinite(float_cap).any() else 1.0)
    weight = 0.5 * np.log(np.maximum(known, 1.0))
    made = np.empty((accounts, count), np.int64)
    for first in range(0, accounts, _CHUNK):
        rows = min(_CHUNK, accounts - first)
        keys = weight + rng.gumbel(size=(rows, len(float_cap)))
        made[first : first + rows] = np.argsort(-keys, axis=1, kind="stable")[:, :count]
    return made
