"""Cross-sectional quantiles: the best securities of a score against the worst, or the best alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.ideas.form import Form, long_weight, quantile, short_weight
from ...core.ideas.rebalance_days import calendar_parameters, rebalances
from ...core.ideas.target_strategy import Setting
from ...core.types import Panel2D
from .legs import quantile_weights
from .universe import NEUTRAL, SIZING, minimum, staged


class Quantile(Form):
    """Buy the best `quantile` of the scored securities, short the worst of those on the short list.

    Each leg shares its weight; what is in neither leg gets weight 0. Who ties with the last of a leg is in it too, so
    that a constant score holds everything equally. An order that fails is not repeated before the next rebalance.

    A gate that leaves no score leaves the portfolio as it is; one that has to lead to cash is for `threshold`.
    """

    PARAMETERS = (
        quantile(0.1, high=0.5),
        long_weight(1.2),
        short_weight(0.3),
        *calendar_parameters("monthly"),
        NEUTRAL,
        *SIZING,
        minimum(10),
    )

    @classmethod
    def targets(cls, setting: Setting, parameters: Mapping[str, Any]) -> Panel2D:
        """Return the weights of both legs on the sessions of the calendar."""
        return _on_the_calendar(setting, parameters, parameters["short_weight"])


class LongOnly(Form):
    """Hold the best `quantile` of the scored securities; what the equity does not pay for is financed.

    Calendar, ties and failed orders: as `quantile`.
    """

    PARAMETERS = (
        quantile(0.1, high=1.0),
        long_weight(1.5),
        *calendar_parameters("monthly"),
        NEUTRAL,
        *SIZING,
        minimum(10),
    )

    @classmethod
    def targets(cls, setting: Setting, parameters: Mapping[str, Any]) -> Panel2D:
        """Return the weights of the long leg on the sessions of the calendar."""
        return _on_the_calendar(setting, parameters, 0.0)


def _on_the_calendar(setting: Setting, parameters: Mapping[str, Any], short: float) -> Panel2D:
    stage = staged(setting, parameters, setting.first)
    rows = rebalances(setting.panel.sessions[setting.first :], stage.has_enough, parameters)
    legs = quantile_weights(
        stage.scores(rows),
        setting.shortable[rows],
        stage.sizes[rows],
        parameters["quantile"],
        parameters["long_weight"],
        short,
    )
    weights = np.full(stage.trades.shape, np.nan)
    weights[rows] = np.where(stage.trades[rows], legs, np.nan)
    return weights
