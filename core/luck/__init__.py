"""Luck: what of a comparison of many trials remains when their number is counted."""

from importlib import import_module
from typing import Any

_HOMES = {"Luck": ".outcome", "judge": ".verdict"}

__all__ = ["Luck", "judge"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
