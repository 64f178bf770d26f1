"""Small markets with known events."""

from typing import Any

import numpy as np
from liangrong.core.panel.panel import Panel

DAYS = 160


def eligible_panel(seed=0, effect=0.0, symbols=30, days=DAYS, after=10, **more):
    """Return a panel whose first securities enter the list of financing, one every four sessions from 80 on.

    Their closes drift by `effect` a session from the entry on for `after` more sessions.
    """
    random = np.random.default_rng(seed)
    returns = 0.02 * random.normal(size=(days, symbols)) + 0.01 * random.normal(size=(days, 1))
    listed = np.zeros((days, symbols))
    listed[:, symbols // 2 :] = 1.0
    for j in range(8):
        t = 80 + 4 * j
        listed[t:, j] = 1.0
        returns[t : t + after + 1, j] += effect
    close = 10.0 * np.cumprod(1.0 + returns, axis=0)
    fields: dict[str, Any] = {
        "close": close,
        "adj_factor": np.ones_like(close),
        "volume": random.uniform(1e5, 1e7, size=close.shape),
        "financing_eligible": listed,
        "financing_balance": 1e8 * np.exp(0.01 * random.normal(size=close.shape).cumsum(axis=0)),
        "financing_buy": random.uniform(1e6, 1e7, size=close.shape),
    }
    sessions = np.busday_offset("2023-01-03", np.arange(days), roll="forward")
    names = tuple(f"{600000 + j}.SH" for j in range(symbols))
    return Panel(sessions=sessions, symbols=names, fields={**fields, **more})
