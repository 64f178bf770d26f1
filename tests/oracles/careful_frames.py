"""Frames of pandas whose windows are summed in long doubles, value by value: what the rules' pandas forms should say.

pandas keeps running sums, which remember every value that has left the window; here nothing leaves a sum.
"""

import numpy as np
import pandas as pd


class CarefulFrame(pd.DataFrame):
    """A frame that rolls carefully; whatever is computed from it is one too."""

    @property
    def _constructor(self):
        return CarefulFrame

    # pyrefly: ignore[bad-override]  only what the rules call
    def rolling(self, window, min_periods=None):
        return _Windows(self, window, min_periods or window)

    # pyrefly: ignore[bad-override]  only what the rules call
    def sum(self, axis, min_count=0):
        assert axis == 1
        total = np.nansum(self.to_numpy(dtype=np.longdouble), axis=1).astype(np.float64)
        return pd.Series(np.where(self.notna().to_numpy().sum(axis=1) >= min_count, total, np.nan), index=self.index)


class _Windows:
    """Sums value by value; what pandas only compares (minimum, maximum, rank) is left to it."""

    def __init__(self, frame, window, least):
        self.frame, self.window, self.least = frame, window, least
        self.values = frame.to_numpy(dtype=np.longdouble)
        self.known = ~np.isnan(self.values)
        self.counts = self._add(self.known)

    def _add(self, values):
        total = np.zeros(values.shape, dtype=np.longdouble)
        for k in range(min(self.window, len(values))):
            total[k:] += values[: len(values) - k]
        return total

    def _frame(self, values):
        values = np.where(self.counts >= self.least, values, np.nan).astype(np.float64)
        return CarefulFrame(values, index=self.frame.index, columns=self.frame.columns)

    def _sums(self):
        return self._add(np.where(self.known, self.values, 0))

    def _means(self):
        return self._sums() / np.maximum(self.counts, 1)

    def sum(self):
        return self._frame(self._sums())

    def mean(self):
        return self._frame(self._means())

    def std(self):
        """Return the deviation (n - 1) in two passes: means first, then the squares about them."""
        means, squares = self._means(), np.zeros(self.values.shape, dtype=np.longdouble)
        for k in range(min(self.window, len(means))):
            rows = slice(0, len(means) - k)
            apart = np.where(self.known[rows], self.values[rows] - means[k:], 0)
            squares[k:] += apart * apart
        with np.errstate(invalid="ignore", divide="ignore"):
            return self._frame(np.sqrt(squares / (self.counts - 1)))

    def min(self):
        return self._by_pandas().min()

    def max(self):
        return self._by_pandas().max()

    def rank(self, pct):
        return self._by_pandas().rank(pct=pct)

    def _by_pandas(self):
        return pd.DataFrame.rolling(self.frame, self.window, min_periods=self.least)
