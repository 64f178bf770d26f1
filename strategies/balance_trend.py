"""Follow the financing balance of each security: long while it rises, short while it falls."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.data.panel import Panel
from ..core.kernels.rolling import rolling_mean
from ..core.kernels.states import hysteresis
from .base import MarginStrategy
from .parameters import Parameter, defaults


class BalanceTrend(MarginStrategy):
    """A threshold with hysteresis on each security's balance trend.

    Claim: a rising financing balance is a buyers' market and strong, a falling one a sellers' market and weak.
    signal = F / mean(F, window) - 1. Long above `enter` until below `leave`; short below -`enter` until above
    -`leave`. A long position is `long_weight` of equity, financed beyond own cash; a short one `short_weight`,
    borrowed. Weights are for the whole universe and are divided by its size.
    """

    PARAMETERS = (
        Parameter("window", int, 20, "sessions of the mean balance", low=2),
        Parameter("enter", float, 0.02, "signal that opens a position, fraction", low=0.0),
        Parameter("leave", float, 0.0, "signal that closes it, fraction; not above `enter`", low=-1.0),
        Parameter("long_weight", float, 1.5, "long value over equity when every security is long", low=0.0, high=3.0),
        Parameter(
            "short_weight", float, 0.5, "short value over equity when every security is short", low=0.0, high=2.0
        ),
    )
    params = defaults(PARAMETERS)
    NEEDS = ("close", "financing_balance")

    @classmethod
    def check(cls, given: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Check each parameter, and that `leave` does not lie above `enter`."""
        from ..core.errors import ConfigError

        parameters = super().check(given, name)
        if parameters["leave"] > parameters["enter"]:
            raise ConfigError(
                f"`leave` of strategy `{name}` should not lie above `enter` ({parameters['enter']:g}), "
                f"got {parameters['leave']:g}: a position would close as it opens"
            )
        return parameters

    def prepare(self, panel: Panel) -> None:
        """Compute the state of every security on every session: 1 long, -1 short, 0 none."""
        balance = panel["financing_balance"]
        with np.errstate(invalid="ignore", divide="ignore"):
            signal = balance / rolling_mean(balance, self.p.window) - 1.0
        self.state = hysteresis(signal, self.p.enter, self.p.leave)

    def decide(self) -> None:
        """Trade the securities whose state changed; a change is repeated until the account shows it."""
        state = self.state[self.t]
        long, short = self.broker.holdings()
        held = np.sign(long - short)
        weights = np.full(len(state), np.nan)
        size = len(state)
        changed = (held != state) & np.isfinite(self.broker.market.marks[self.broker.t])
        weights[changed & (state > 0)] = self.p.long_weight / size
        weights[changed & (state < 0)] = -self.p.short_weight / size
        weights[changed & (state == 0)] = 0.0
        if changed.any():
            self.order_to_weights(weights)
