"""Slow and obvious twins of the kernels, and the tables that say which kernel each of them judges."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numba.core.registry
import pytest


class Contest(NamedTuple):
    """A kernel of ours, its oracle, and the same work done with other libraries; tests and benchmarks share it."""

    ours: Callable
    oracle: Callable
    rivals: Mapping[str, Callable]


def interpret(monkeypatch: pytest.MonkeyPatch, *modules: object) -> None:
    """Replace every compiled function of `modules` by its own Python source."""
    for module in modules:
        for name, value in vars(module).copy().items():
            if isinstance(value, numba.core.registry.CPUDispatcher):
                monkeypatch.setattr(module, name, value.py_func)
