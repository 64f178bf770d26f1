"""The null strategy: buy everything once, equally, and hold."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.ideas.parameters import Parameter
from ..core.ideas.target_strategy import Setting, TargetStrategy
from ..core.types import Panel2D


class BuyAndHold(TargetStrategy):
    """Buy every security of the universe that trades on the first session, in equal parts, and hold it to the end.

    What any other strategy has to beat. With `leverage` above 1 the part beyond the equity is financed.
    """

    PARAMETERS = (Parameter("leverage", float, 1.0, "long value over equity at the start", low=0.01, high=3.0),)

    @classmethod
    def targets(cls, setting: Setting, parameters: Mapping[str, Any]) -> Panel2D:
        """Return equal weights in the first row and no order afterwards."""
        close = setting.panel["close"][setting.first :]
        weights = np.full(close.shape, np.nan)
        trades = np.isfinite(close[0])
        if "suspended" in setting.panel:
            trades &= ~(setting.panel["suspended"][setting.first] > 0.0)
        if "in_universe" in setting.panel:
            trades &= setting.panel["in_universe"][setting.first] > 0.0
        if trades.any():
            weights[0, trades] = parameters["leverage"] / trades.sum()
        return weights
