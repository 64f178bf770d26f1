"""The stationary bootstrap by arch."""

import numpy as np
from arch.bootstrap import StationaryBootstrap


def arch_draws(sessions, block, repetitions, seed):
    """Return int64 (repetitions, sessions), as `liangrong.core.inference.bootstrap.draws`."""
    sampler = StationaryBootstrap(block, np.arange(sessions), seed=seed)
    return np.stack([position[0] for position, _ in sampler.bootstrap(repetitions)]).astype(np.int64)
