"""Compile the kernels into the cache ahead of a run."""

from pathlib import Path

from ..config import Config, DataConfig, StrategyConfig
from ..kernels._jit import CACHE_FOLDER
from .run import run


def compile_kernels() -> Path:
    """Run small synthetic scenarios that touch every kernel of a run; return the cache folder."""
    data = DataConfig(source="synthetic", options={"securities": 20, "sessions": 80})
    for strategy in (
        {"name": "quantile", "rule": "spread_zscore", "parameters": {"minimum": 5, "rebalance": "weekly"}},
        {"name": "threshold", "rule": "balance_trend", "parameters": {"enter": 0.01}},
    ):
        run(Config(name="warmup", data=data, strategy=StrategyConfig.model_validate(strategy)))
    return CACHE_FOLDER
