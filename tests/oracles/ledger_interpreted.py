"""The ledger's kernels without compilation: every dispatcher gives way to its Python function, helpers included."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from liangrong.core import account
from liangrong.core.kernels import prices

MODULES = (
    prices,
    *(importlib.import_module(f"{account.__name__}.{one.name}") for one in pkgutil.iter_modules(account.__path__)),
)
"""The modules that a credit account runs through."""


def compiled_functions(module) -> dict:
    """Return the compiled functions that `module` itself defines, by name."""
    found = {name: thing for name, thing in vars(module).items() if hasattr(thing, "py_func")}
    return {name: thing for name, thing in found.items() if thing.py_func.__module__ == module.__name__}


@contextmanager
def interpreted() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in MODULES:
            for name, thing in list(vars(module).items()):
                if hasattr(thing, "py_func"):
                    patch.setattr(module, name, thing.py_func)
        yield
