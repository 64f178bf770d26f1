"""Flows and returns with known relations, for the tests of behaviour."""

import numpy as np


def remembering(shocks, memory):
    """Return series (T, N) that keep `memory` of their last value."""
    out = np.array(shocks)
    for t in range(1, len(out)):
        out[t] += memory * out[t - 1]
    return out


def drawn(random, periods, securities, *, memory=0.7, tails=4, restless=0.0, shared=False):
    """Return flows and returns (T, N) without any relation: t-distributed, flows remember, all share a part.

    `restless`: how long spells of large returns last, 0 = none; `shared`: flows have the same spells.
    """
    size = (periods + 100, securities)
    spells = np.ones((size[0], 1))
    if restless:
        spells = np.exp(remembering(0.5 * np.sqrt(1 - restless**2) * random.normal(size=(size[0], 1)), restless))
    together, own = (random.standard_t(tails, (size[0], 1)), random.standard_t(tails, size))
    returns = 0.01 * spells * (together + own * (securities > 1))
    together, own = (random.standard_t(tails, (size[0], 1)), random.standard_t(tails, size))
    flows = remembering((spells if shared else 1.0) * together + own * (securities > 1), memory)
    return 0.01 * flows[100:], returns[100:]
