"""The null strategy: buy everything once, equally, and hold."""

import numpy as np

from .base import MarginStrategy
from .parameters import Parameter, defaults


class BuyAndHold(MarginStrategy):
    """Buy every security that trades on the first session, in equal parts, and hold it to the end.

    What any other strategy has to beat. With `leverage` above 1 the part beyond the equity is financed.
    """

    PARAMETERS = (Parameter("leverage", float, 1.0, "long value over equity at the start", low=0.01, high=3.0),)
    params = defaults(PARAMETERS)

    def decide(self) -> None:
        """Buy after the first close; nothing afterwards."""
        if self.session > 0:
            return
        trades = np.isfinite(self.history["close"][self.t])
        if trades.any():
            self.order_to_weights(np.where(trades, self.p.leverage / trades.sum(), np.nan))
