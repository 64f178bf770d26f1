"""How well a score foretells: information coefficient, quantiles, states, groups."""

from importlib import import_module
from typing import Any

_HOMES = {
    "Plan": ".plan",
    "Question": ".plan",
    "Study": ".outcome",
    "Subject": ".outcome",
    "study": ".outcome",
}

__all__ = ["Plan", "Question", "Study", "Subject", "study"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: the command line's help needs neither pandas nor the kernels."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
