"""A market by formula in which every option of an account can matter: calm, or one in which a levered account falls."""

import numpy as np
from liangrong.core.panel.panel import Panel
from liangrong.core.run.scenario import assemble
from run.configured import configured
from run.random_scenarios import with_targets

SESSIONS = 78
END = 60
DAYS = np.busday_offset(np.datetime64("2024-01-08"), 3 * np.arange(SESSIONS))
A, B, C, D = SYMBOLS = ("600000.SH", "000001.SZ", "300001.SZ", "510300.SH")
HALF = {"value": 0.5, "override": True}
LEVERED = {"account.financing_margin_ratio": HALF, "account.short_margin_ratio": HALF}
ONE, OTHER = (0.9, 0.6, -0.4, 0.1), (0.5, 1.1, -0.3, 0.0)
ROWS = {
    "both": {t: OTHER if t % 2 else ONE for t in range(1, SESSIONS, 3)},
    "fall": {1: (1.2, 0.8, 0.0, 0.0), 40: (0.2, 0.1, 0.0, 0.0)},
    "short": {1: (0.0, 0.0, -0.4, 0.0)},
    "held": {1: (0.9, 0.6, -0.4, 0.0)},
    "ended": {1: (0.9, 0.0, 0.0, 0.0)},
}
"""Session of the decision -> target weights of A, B, C and D."""


def panel(kind, lent=False):
    """Return the market; of `fall` A and B lose a third in eight sessions; `lent`: with what the broker lends."""
    t = np.arange(SESSIONS)[:, None]
    path = np.array([10.0, 20.0, 15.0, 4.0]) * (1.0 + 0.06 * np.sin(t / np.array([5.0, 7.0, 6.0, 9.0]) + np.arange(4)))
    if kind == "fall":
        path[:, :2] *= 0.945 ** np.clip(t - 14, 0, 8) * 1.02 ** np.clip(t - 30, 0, 6)
    close = np.round(path, 2)
    before = np.vstack([close[:1], close[:-1]])
    opened = np.round(before * np.where(t % 2, 0.994, 1.005), 2)
    opened[17, 0] = np.floor(before[17, 0] * 110.0 + 0.5) / 100.0  # at its limit, where A is bought
    shape, ones = close.shape, np.ones(close.shape)
    fields = {"open": opened, "high": np.maximum(opened, close), "low": np.minimum(opened, close), "close": close}
    fields |= {"pre_close": before, "volume": 3e6 * ones, "suspended": np.zeros(shape), "short_volume": 3e6 * ones}
    fields |= {"financing_eligible": ones.copy(), "short_eligible": ones.copy(), "float_cap": 1e9 * ones}
    fields |= {"financing_balance": 1e8 * ones, "borrow_rate": np.tile(0.02 + 0.002 * (t % 5), 4)}
    fields["financing_eligible"][35:41, 0] = fields["short_eligible"][50:, 2] = 0.0
    fields["financing_balance"][20:24, 0] = 3e8
    if kind == "ended":  # A trades no more from the session on which its listing ends
        for name in ("open", "high", "low", "close", "pre_close", "volume"):
            fields[name][END:, 0] = np.nan
    if lent:
        fields["borrowable_shares"] = 10_000.0 * ones
    return Panel(sessions=DAYS, symbols=SYMBOLS, fields=fields)


def told(keys, folder, strategy):
    """Return the configuration of dotted `keys` over those of a levered account, with a dividend."""
    path = folder / "actions.csv"
    path.write_text(f"date,symbol,cash_per_share,share_ratio\n{DAYS[9]},{A},0.2,0\n", encoding="utf-8")
    data = {"source": "synthetic", "actions": str(path)}
    return configured({**LEVERED, **keys}, data=data, strategy=strategy, cash=1_000_000.0)


def targeted(keys, folder, rows="both", lent=False):
    """Return the scenario of target weights that both engines run."""
    strategy = {"name": "buy_and_hold", "parameters": {"reserve": 0.02}}
    scenario = assemble(told(keys, folder, strategy), panel(rows, lent))
    weights = np.full((SESSIONS, len(SYMBOLS)), np.nan)
    for t, row in ROWS[rows].items():
        weights[t] = row
    return with_targets(scenario, weights)


def replayed(keys, folder, orders):
    """Return the scenario of an order list, which backtrader alone runs."""
    path = folder / "orders.csv"
    path.write_text("date,symbol,kind,shares\n" + orders, encoding="utf-8")
    return assemble(told(keys, folder, {"name": "replay", "parameters": {"file": str(path)}}), panel("both"))
