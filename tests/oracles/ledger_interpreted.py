"""The ledger's kernels without compilation: every dispatcher gives way to its Python function, helpers included."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from liangrong.core.kernels import actions, admission, costs, credit, credit_contracts, credit_orders, prices, risk

MODULES = (prices, costs, credit, credit_contracts, credit_orders, admission, actions, risk)


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
