"""The market's regimes: spans under one set of rules, by which a long run is split."""

from typing import NamedTuple

import numpy as np


class Regime(NamedTuple):
    """A span of the market: its first day and a label of a few words."""

    start: np.datetime64
    label: str


REGIMES: tuple[Regime, ...] = (
    Regime(np.datetime64("2010-03-31"), "Pilot and bull market"),
    Regime(np.datetime64("2015-06-01"), "Crash of 2015"),
    Regime(np.datetime64("2015-09-01"), "After the crash, financing ratio 50 %"),
    Regime(np.datetime64("2015-11-23"), "Financing ratio 100 %"),
    Regime(np.datetime64("2023-09-11"), "Financing ratio 80 %"),
    Regime(np.datetime64("2024-07-11"), "Relending suspended"),
    Regime(np.datetime64("2026-01-19"), "Financing ratio 100 % again"),
)
"""In order of time; each lasts until the day before the next.

The dates are those of the exchanges' and the regulator's notices in the rulebook; the crash is the summer of 2015 by
whole months. The first span holds whatever is earlier, too.
"""


def regime_of(sessions: np.ndarray) -> np.ndarray:
    """Return the index into `REGIMES` for each of `sessions`, datetime64[D] (T,), as int64 (T,)."""
    starts = np.array([regime.start for regime in REGIMES], dtype="datetime64[D]")
    return np.maximum(np.searchsorted(starts, sessions.astype("datetime64[D]"), side="right") - 1, 0)
