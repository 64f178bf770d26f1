"""Cross-sectional long/short on the margin spread: financing balance less short balance."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.data.panel import Panel
from ..core.kernels.rolling import rolling_mean, rolling_zscore
from ..core.types import Row
from .base import MarginStrategy
from .parameters import Parameter, defaults


class Spread(MarginStrategy):
    """Rank securities by the z-score of their scaled spread; buy the top, short the bottom.

    Claim: the spread financing balance - short balance measures bulls against bears. It is scaled by the float cap or
    by the mean turnover of `scale_window` sessions, since at market level it is nearly the financing balance.
    score = direction x z(spread / scale, window). Every `every` sessions the best `quantile` of the scored securities
    share `long_weight` of equity, the worst `quantile` of those on the short list share `short_weight`.
    """

    PARAMETERS = (
        Parameter("scale", str, "float_cap", "what the spread is divided by", choices=("float_cap", "turnover")),
        Parameter("scale_window", int, 20, "sessions of the mean turnover", low=1),
        Parameter("window", int, 60, "sessions of the z-score", low=3),
        Parameter("direction", int, 1, "1: a high score is bullish; -1: it returns to its history", choices=(1, -1)),
        Parameter("quantile", float, 0.1, "fraction of the scored securities on each side", low=0.001, high=0.5),
        Parameter("every", int, 20, "sessions between rebalances", low=1),
        Parameter("long_weight", float, 1.2, "long value over equity", low=0.0, high=3.0),
        Parameter("short_weight", float, 0.3, "short value over equity", low=0.0, high=2.0),
        Parameter("minimum", int, 10, "least number of scored securities to trade at all", low=2),
    )
    params = defaults(PARAMETERS)

    @classmethod
    def needs(cls, parameters: Mapping[str, Any]) -> tuple[str, ...]:
        """Return close, spread and the field that scales it."""
        return ("close", "spread", "float_cap" if parameters["scale"] == "float_cap" else "amount")

    def prepare(self, panel: Panel) -> None:
        """Compute the score (T, N); NaN where a security has not `window` sessions of balances yet."""
        if self.p.scale == "float_cap":
            scale = panel["float_cap"]
        else:
            scale = rolling_mean(panel["amount"], self.p.scale_window)
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = np.where(scale > 0.0, panel["spread"] / scale, np.nan)
        self.score = self.p.direction * rolling_zscore(scaled, self.p.window)

    def decide(self) -> None:
        """Rebalance on the first session with enough scores, then every `every` sessions."""
        score = np.where(self._is_tradable(), self.score[self.t], np.nan)
        if np.isfinite(score).sum() < self.p.minimum:
            return
        if not hasattr(self, "_next_rebalance") or self.session >= self._next_rebalance:
            self._next_rebalance = self.session + self.p.every
            self.order_to_weights(self._weights(score))

    def _is_tradable(self) -> np.ndarray:
        """Return which securities traded today: the others cannot be bought tomorrow with any confidence."""
        suspended = self.history.get("suspended")
        is_marked = np.isfinite(self.history["close"][self.t])
        return is_marked if suspended is None else is_marked & ~(suspended[self.t] > 0.0)

    def _weights(self, score: Row) -> Row:
        """Return target weights (N,): 0 for what is in neither leg, NaN for what does not trade."""
        weights = np.where(np.isnan(self.broker.market.marks[self.broker.t]), np.nan, 0.0)
        ranked = np.argsort(np.where(np.isnan(score), -np.inf, score), kind="stable")[::-1]
        ranked = ranked[: int(np.isfinite(score).sum())]
        count = max(int(len(ranked) * self.p.quantile), 1)
        best = ranked[:count]
        on_list = self.broker.market.is_eligible("short_eligible", self.broker.t)
        worst = [j for j in ranked[count:][::-1] if on_list[j]][:count]
        weights[best] = self.p.long_weight / count
        if worst and self.p.short_weight > 0.0:
            weights[worst] = -self.p.short_weight / len(worst)
        return weights
