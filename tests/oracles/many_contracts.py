"""A market whose every contract is known: who bought when at which price, and still owes it."""

from typing import NamedTuple

import numpy as np
from liangrong.core.panel.panel import Panel


class Truth(NamedTuple):
    """What the contracts say; float64 (T, N)."""

    panel: Panel
    cost: np.ndarray
    maintenance: np.ndarray
    below: np.ndarray  # part of what is owed below 1.30 after a fall of 10 %


def market_of_contracts(habit, sessions=240, securities=20, each=3.0, seed=0):
    """Return the published balances of some hundred open contracts for each security, and the truth.

    habit : how contracts end: "any" with the same probability every day; "old" after 40 sessions; "winners" sooner the
    more they have gained.
    """
    rng = np.random.default_rng(seed)
    shape = sessions, securities
    close = 10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, shape), axis=0))
    average = close * np.exp(rng.normal(0.0, 0.005, shape))
    margin = 1.0  # from 2016 on, see the rulebook
    owed, bought, repaid, cost, maintenance, below = (np.zeros(shape) for _ in range(6))
    for j in range(securities):
        day, amount = np.empty(0), np.empty(0)
        for t in range(sessions):
            ends = rng.random(len(day)) < _hazard(habit, t, day, close[t, j], average[:, j])
            repaid[t, j] = amount[ends].sum()
            count = rng.poisson(each * np.exp(rng.normal(0.0, 0.5)))
            new = np.round(rng.lognormal(11.0, 1.0, count))
            day, amount = np.append(day[~ends], np.full(count, t)), np.append(amount[~ends], new)
            bought[t, j], owed[t, j] = new.sum(), amount.sum()
            prices = average[day.astype(int), j]
            shares = amount / prices
            ratio = (1.0 + margin) * close[t, j] / prices
            cost[t, j] = amount.sum() / shares.sum() if len(day) else np.nan
            maintenance[t, j] = (amount * ratio).sum() / amount.sum() if len(day) else np.nan
            below[t, j] = amount[0.9 * ratio < 1.3].sum() / amount.sum() if len(day) else np.nan
    volume = np.full(shape, 1e6)
    fields = {"close": close, "amount": average * volume, "volume": volume, "financing_balance": owed}
    panel = Panel(
        sessions=np.busday_offset("2016-03-01", np.arange(sessions), roll="forward"),
        symbols=tuple(f"6000{j:02d}.SH" for j in range(securities)),
        fields={**fields, "financing_buy": bought, "financing_repay": repaid},
    )
    return Truth(panel, cost, maintenance, below)


def _hazard(habit, t, day, close, average):
    if habit == "any":
        return np.full(len(day), 0.025)
    if habit == "old":
        return (t - day >= 40).astype(float)
    gain = close / average[day.astype(int)] - 1.0
    return np.clip(0.025 * np.exp(8.0 * gain), 0.0, 0.5)
