"""Compile the kernels into the cache ahead of a run."""

from pathlib import Path

from ..config import Config, DataConfig, StrategyConfig
from ..kernels._jit import CACHE_FOLDER
from .run import run


def compile_kernels() -> Path:
    """Run small synthetic scenarios that touch every kernel of a run; return the cache folder."""
    data = DataConfig(source="synthetic", options={"securities": 20, "sessions": 80})
    for name, parameters in (
        ("spread", {"window": 20, "minimum": 5, "quantile": 0.2, "every": 5}),
        ("balance_trend", {"enter": 0.01}),
    ):
        run(Config(name="warmup", data=data, strategy=StrategyConfig(name=name, parameters=parameters)))
    return CACHE_FOLDER
