"""Panels on which kernels go wrong, and balances to measure on."""

import numpy as np

NAN = np.nan


def balances(shape, seed=5, level=1e9, change=0.01, share=0.1):
    """Return whole-yuan balances that wander by `change` a session, with a `share` of gaps."""
    rng = np.random.default_rng(seed)
    values = np.round(level * np.exp(np.cumsum(rng.normal(0.0, change, shape), axis=0)))
    values[rng.random(shape) < share] = NAN
    return values


def stepping(shape, seed=2):
    """Return small whole numbers that often repeat: ties, constant windows, gaps."""
    rng = np.random.default_rng(seed)
    values = np.repeat(rng.integers(0, 3, shape), 4, axis=0)[: shape[0]].astype(np.float64)
    values[rng.random(values.shape) < 0.15] = NAN
    return values


def collapse(shape, factor=1e-6):
    """Return balances of 1e10 that are `factor` times as large from the middle on."""
    values = balances(shape, level=1e10)
    values[shape[0] // 2 :] *= factor
    return values


AWKWARD = {
    "plain": balances((40, 3)),
    "gappy": balances((40, 3), share=0.6),
    "small_changes": balances((40, 2), level=1e10, change=1e-8),
    "offset": balances((40, 2), level=1.0, change=1e-3) + np.random.default_rng(1).random((40, 2)) + 1e9,
    "signed": balances((40, 3)) - 1e9,
    "collapse": collapse((40, 2)),
    "stepping": stepping((48, 3)),
    "all_nan": np.full((9, 2), NAN),
    "constant": np.full((30, 2), 0.1),
    "one_row": balances((1, 4), share=0.0),
    "one_column": balances((33, 1)),
    "no_row": np.empty((0, 3)),
    "no_column": np.empty((3, 0)),
    "fortran": np.asfortranarray(balances((30, 3))),
    "strided": balances((40, 6))[::2, ::2],
    "integers": np.arange(40).reshape(20, 2),
    "float32": balances((30, 2)).astype(np.float32),
}
