"""Gauges of the whole market (市场温度): is it hot or cold, by its own lines or by its own history."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from ...core.ideas.rule import Rule, Scores, parameter
from ...core.kernels.rolling_rank import rolling_rank
from ...core.panel.panel import Panel
from ...core.types import Panel2D, Row
from .adjusted import for_listed
from .market_sums import ratio_of_sums, sums_of_known
from .scales import half


class Series(NamedTuple):
    """A series of the whole market, and the lines by which it is cold or hot.

    Parameters
    ----------
    fields : tuple of str
        What it is computed from.
    cold, hot : float, in the unit of the series
    compute : callable
        The fields (T, N), in that order -> float64 (T,).
    """

    fields: tuple[str, ...]
    cold: float
    hot: float
    compute: Callable[..., Row]


def _mean(values: Panel2D) -> Row:
    """Return the mean of the known values of each session: every security of a market has the same figure."""
    known = np.count_nonzero(~np.isnan(values), axis=1)
    return sums_of_known(values) / np.where(known > 0, known, np.nan)


def _mean_by_debt(ratio: Panel2D, owed: Panel2D) -> Row:
    """Return the mean of the known ratios of each session, each by what is owed."""
    return ratio_of_sums(ratio * owed, owed)


SERIES = {
    "buy_share": Series(("financing_buy", "amount"), 0.06, 0.11, ratio_of_sums),
    "float_share": Series(("financing_balance", "float_cap"), 0.0225, 0.0470, ratio_of_sums),
    # The mean of 2.63 in the middle, the least of 2.09 as the cold line, and as far above it the hot one.
    "average_maintenance": Series(("average_maintenance",), 2.09, 3.17, _mean),
    # Of what is financed alone: the line of forced sales, and what a purchase begins with at a margin ratio of 100 %.
    "estimated_maintenance": Series(("estimated_maintenance", "financing_balance"), 1.3, 2.0, _mean_by_debt),
}
"""Series -> what it is; a new one is a row here, and a word in the docstring of `Gauge`."""


class Gauge(Rule):
    """A market series that is cold, hot or between.

    Claim: margin trading shows how hot the market is: purchases on margin below 6 % of all that is traded are cold,
    above 11 % hot; the balance was 4.70 % of the float cap at the peak of 2015-07-03, 2.25 % in 2023-04; the accounts'
    average maintenance ratio has a mean of 263 %, and 209 % was its least.
    Formula: sign * (2 x - cold - hot) / (hot - cold) (measure: level), or sign * (2 rank(x, window) - 1) (measure:
    percentile); x = sum(B) / sum(A) (series: buy_share, lines 0.06 and 0.11), sum(F) / sum(float_cap) (series:
    float_share, 0.0225 and 0.047), the average maintenance ratio (series: average_maintenance, 2.09 and 3.17) or the
    estimated one, weighted by F (series: estimated_maintenance, 1.3 and 2), sums over the securities of a session that
    have both; rank = percentile rank of x within its last window sessions, (0, 1]

    Notes
    -----
    Made for timing: 1 at the cold line and -1 at the hot one (a level may lie beyond), 1 to -1 from the lowest to the
    highest of its history. `sign` -1 is to buy the cold and leave the hot market; 1 to follow it. The same score for
    every security with a close. Of the maintenance ratio only mean and least are known: its hot line lies as far above
    the mean as the least below it. The estimate knows no collateral beside what is financed: its lines are that of
    forced sales and what a purchase begins with at a margin ratio of 100 %. A percentile needs half of its window.
    """

    STRATEGY = "timing"
    series: str = parameter("buy_share", "the market series", choices=tuple(SERIES))
    measure: str = parameter("level", "against its lines, or its history", choices=("level", "percentile"))
    window: int = parameter(250, "sessions of the history, where `measure` is percentile", low=2)
    sign: int = parameter(-1, "-1: hot is too much; 1: hot goes on", choices=(-1, 1))

    def needs(self) -> tuple[str, ...]:
        """Return close and what the series is computed from."""
        return ("close", *SERIES[self.series].fields)

    def warmup(self) -> int:
        """Return 1, or half the window of the percentile."""
        return half(self.window) if self.measure == "percentile" else 1

    def states(self) -> Mapping[str, Scores]:
        """Return the states that the claim speaks of."""
        if self.measure == "percentile":
            return {}
        beyond = {"a market beyond its cold line": -1.0, "a market beyond its hot line": 1.0}
        return {words: _beyond(side * self.sign) for words, side in beyond.items()}

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), 1 = cold, -1 = hot (with `sign` -1)."""
        one = SERIES[self.series]
        x = one.compute(*(panel[name] for name in one.fields))
        if self.measure == "percentile":
            rank = rolling_rank(x[:, None], self.window, min_count=half(self.window))[:, 0]
            return for_listed(self.sign * (2.0 * rank - 1.0), panel)
        return for_listed(self.sign * (2.0 * x - one.cold - one.hot) / (one.hot - one.cold), panel)


def _beyond(line: float) -> Scores:
    return (line, math.inf) if line > 0.0 else (-math.inf, line)
