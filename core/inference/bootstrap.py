"""The stationary bootstrap: which sessions each resample draws, in blocks of random length."""

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D

Draws = NDArray[np.int64]
"""int64 (B, T): row b = the sessions of resample b, in its order."""


def draws(sessions: int, block: float, repetitions: int, seed: int) -> Draws:
    """Return the sessions of each resample.

    Parameters
    ----------
    sessions : int
        T.
    block : float, sessions
        Mean length of a block, at least 1; lengths are geometric, and the last session is followed by the first.
    repetitions : int
        B.
    seed : int

    Returns
    -------
    int64 (B, T)

    Notes
    -----
    Source: Politis and Romano (1994).
    """
    random = np.random.default_rng([seed, sessions, round(block)])
    lengths = np.empty((repetitions, 0), dtype=np.int64)
    while lengths.shape[1] == 0 or lengths.sum(axis=1).min(initial=sessions) < sessions:
        more = 10 + int(1.2 * sessions / block)
        lengths = np.concatenate([lengths, random.geometric(1.0 / block, (repetitions, more))], axis=1)
    ends = np.minimum(lengths.cumsum(axis=1), sessions)  # the last block is cut, what lies beyond has no length
    lengths = np.diff(ends, axis=1, prepend=0)
    # Each block is the sessions from its place on, moved around the circle by as many as chance says.
    shift = random.integers(0, sessions, lengths.shape)
    places = np.repeat(shift.ravel(), lengths.ravel()).reshape(repetitions, sessions) + np.arange(sessions)
    return places % sessions


def times_drawn(drawn: Draws) -> Panel2D:
    """Return how often each resample holds each session, float64 (B, T): a mean is then a product of matrices."""
    repetitions, sessions = drawn.shape
    flat = drawn + sessions * np.arange(repetitions)[:, None]
    return np.bincount(flat.ravel(), minlength=drawn.size).reshape(drawn.shape).astype(np.float64)
