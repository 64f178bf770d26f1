"""A strategy of your own: `strategy: {name: my_strategy.py:BuyTheUnloved}` in a configuration."""

import liangrong as lr
import numpy as np


class BuyTheUnloved(lr.MarginStrategy):
    """Buy with own cash what the crowd has stopped financing, and sell it when they are back."""

    PARAMETERS = (
        lr.Parameter("window", int, 60, "sessions of the z-score", low=3),
        lr.Parameter("enter", float, 2.0, "z-score below whose negative a position is opened", low=0.0),
        lr.Parameter("weight", float, 0.1, "fraction of equity per position", low=0.0, high=1.0),
    )
    NEEDS = ("close", "financing_balance")

    def prepare(self, panel):
        """Compute signals once; row t may use rows up to t."""
        self.score = lr.kernels.rolling_zscore(panel["financing_balance"], self.p.window)

    def decide(self):
        """Submit orders after a close; they meet the next session. The account is in self.broker, self.book()."""
        score = self.score[self.t]
        long, _ = self.broker.holdings()
        weights = np.full(score.shape, np.nan)  # NaN = leave alone
        weights[(long == 0) & (score < -self.p.enter)] = self.p.weight
        weights[(long > 0) & (score > 0.0)] = 0.0
        if not np.isnan(weights).all():
            self.order_to_weights(weights)  # or order by order: self.margin_buy(j, 1000), self.short_sell(j, 500), ...
