"""Metrics, charts and the self-contained HTML report."""

from importlib import import_module
from typing import Any

_HOMES = {"render": ".page", "summarise": ".metrics", "summary_table": ".terminal"}

__all__ = ["render", "summarise", "summary_table"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: the terminal's table needs neither pandas nor the kernels."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
