"""Market timing: the whole universe, equally weighted, long, in cash or short."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.ideas.form import HYSTERESIS, Form, long_weight, short_weight
from ...core.ideas.rebalance_days import calendar_parameters, rebalances
from ...core.ideas.target_strategy import Setting
from ...core.kernels.hysteresis import hysteresis
from ...core.types import Panel2D
from .legs import share
from .universe import SIZING, Stage, minimum, staged


class Timing(Form):
    """Hold every security that trades, as long as the mean of their scores is positive; short them where negative.

    The mean is over the scored securities of the session; long above `enter` until below `leave`, short the other way
    round, else in cash. A change is ordered at once; on the calendar the whole portfolio is ordered anew, so that what
    could not be traded is tried again. With `short_weight` 0 the account is in cash where it would be short.
    """

    PARAMETERS = (
        *HYSTERESIS,
        long_weight(1.0),
        short_weight(0.0),
        *calendar_parameters("monthly"),
        *SIZING,
        minimum(1),
    )

    @classmethod
    def targets(cls, setting: Setting, parameters: Mapping[str, Any]) -> Panel2D:
        """Return the weights of the whole universe on changes of the state and on the sessions of the calendar."""
        stage = staged(setting, parameters, 0)  # the state at the first session comes from those before
        state = hysteresis(_market_mean(stage), parameters["enter"], parameters["leave"])[:, 0]
        is_ordered = np.zeros(len(state), dtype=np.bool_)
        is_ordered[1:] = state[1:] != state[:-1]
        run = slice(setting.first, None)
        is_ordered[setting.first + rebalances(setting.panel.sessions[run], stage.has_enough[run], parameters)] = True
        rows = np.flatnonzero(is_ordered[run])
        at = setting.first + rows
        trades, sizes, sign = stage.trades[at], stage.sizes[at], state[at, None]
        is_member = np.broadcast_to(stage.is_member, stage.trades.shape)[at]
        is_sized = trades & is_member & ~np.isnan(sizes)
        longs = share(is_sized & (sign > 0.0), sizes, parameters["long_weight"])
        is_short = is_sized & (sign < 0.0) & (setting.shortable[rows] > 0.0)
        weights = np.full(setting.shortable.shape, np.nan)
        weights[rows] = np.where(trades, longs - share(is_short, sizes, parameters["short_weight"]), np.nan)
        return weights


def _market_mean(stage: Stage) -> Panel2D:
    """Return the mean score of each session (T, 1); NaN where too few are scored."""
    total = np.where(stage.has_opinion, stage.rule_score, 0.0).sum(axis=1)
    count = np.count_nonzero(stage.has_opinion, axis=1)
    mean = np.divide(total, count, out=np.full(len(total), np.nan), where=stage.has_enough)
    return mean[:, None]
