"""Returns without skill, and with as much as a test plants."""

import numpy as np

YEAR = 243


def noise(seed, sessions, count, *, common=0.0):
    """Return fat-tailed returns without a mean, `common` of whose variance is shared."""
    random = np.random.default_rng(seed)
    own, shared = random.standard_t(4, (sessions, count)), random.standard_t(4, (sessions, 1))
    return 0.008 * (np.sqrt(common) * shared + np.sqrt(1.0 - common) * own)


def planted(values, column, sharpe):
    """Return `values` with a mean in one column that makes `sharpe` a year, on average."""
    out = values.copy()
    out[:, column] += sharpe / np.sqrt(YEAR) * 0.008 * np.sqrt(2.0)
    return out


def named(count):
    return [f"rule_{k}" for k in range(count)]
