"""Configurations from dotted keys, and datasets from panels made by hand."""

import copy
from typing import Any

from liangrong.core.config.run import validate
from liangrong.core.dataset import store

SYNTHETIC = {"source": "synthetic", "options": {"seed": 5, "securities": 20, "sessions": 60, "start": "2022-01-04"}}
SPREAD = {
    "name": "quantile",
    "rule": {"name": "spread_zscore", "parameters": {"window": 12, "sign": 1}},
    "parameters": {"minimum": 5, "quantile": 0.2, "rebalance": "every", "every": 4},
}
TREND = {
    "name": "threshold",
    "rule": {"name": "balance_trend", "parameters": {"window": 8}},
    "parameters": {"enter": 0.005, "long_weight": 3.0},
}


def configured(keys=None, data=SYNTHETIC, strategy=SPREAD, cash=10_000_000.0):
    """Return a configuration with the dotted `keys` set."""
    raw: dict[str, Any] = {"name": "mine", "data": data, "strategy": strategy, "account": {"cash": cash}}
    raw = copy.deepcopy(raw)
    for dotted, value in (keys or {}).items():
        *parents, last = dotted.split(".")
        target = raw
        for part in parents:
            target = target.setdefault(part, {})
        target[last] = value
    config = validate(raw)
    assert not isinstance(config, list), config
    return config


def dataset(panel, folder):
    """Store `panel` and return the configuration's `data` for it."""
    return {"source": "dataset", "path": str(store.save(panel, (), folder / "dataset"))}
