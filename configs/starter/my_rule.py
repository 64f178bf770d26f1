"""A rule of your own: `rule: my_rule.py:CrowdedAndFalling` in a configuration, in run, study and lookahead."""

import numpy as np
from liangrong import Rule, kernels, parameter


class CrowdedAndFalling(Rule):
    """Avoid what is unusually financed, more so while its price falls.

    Claim: where the financing balance is far above its own history and the price falls, forced sellers come next.
    Formula: -z(F, window), twice that where close < close of `fall_window` sessions before
    """

    # The fields of the panel that the score is computed from; `liangrong data info` lists those of a dataset.
    NEEDS = ("financing_balance", "close")

    # Typed parameters with bounds: a configuration that misspells or exceeds them is refused.
    window: int = parameter(60, "sessions of the z-score", low=3)
    fall_window: int = parameter(5, "sessions over which the price falls", low=1)

    def score(self, panel):
        """Return (T, N): positive = expected to outperform, NaN = no opinion. Row t may use rows up to t only."""
        crowding = kernels.rolling_zscore(panel["financing_balance"], self.window)
        factor = panel.get("adj_factor")  # None where the data have none: then their closes should be adjusted ones
        price = panel["close"] if factor is None else panel["close"] * factor
        falls = np.zeros(price.shape, dtype=bool)
        falls[self.fall_window :] = price[self.fall_window :] < price[: -self.fall_window]
        return np.where(falls, -2.0 * crowding, -crowding)
