"""Each security by itself: long above a level of its score, short below the negative one, with hysteresis."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.ideas.form import HYSTERESIS, Form, long_weight, short_weight
from ...core.ideas.parameters import Parameter
from ...core.ideas.rebalance_days import calendar_parameters, rebalances
from ...core.ideas.target_strategy import Setting
from ...core.kernels.cross_section import cross_rank, cross_zscore
from ...core.kernels.hysteresis import hysteresis
from ...core.types import Panel2D
from .universe import NEUTRAL, SIZING, minimum, staged, total_sizes


class Threshold(Form):
    """Hold each security by the state of its score: long above `enter` until below `leave`, short the other way round.

    A change of state is ordered at once. On the calendar all states are ordered anew, so that a change which could not
    be traded is tried again and weights that prices moved are put right. A NaN score keeps the state. A rule of events
    scores 0 outside them: with `leave` 0 a position lasts until the opposite event, above 0 it ends with its own.

    Weights are those of a universe that is long (or short) as a whole: `long_weight` divided by the number of
    securities listed so far, or in proportion to their sizes. A short state off the short list has weight 0, and so has
    what leaves the universe of a day.
    """

    PARAMETERS = (
        Parameter(
            "signal",
            str,
            "score",
            "what the levels apply to: the score, its rank in the session (-1 worst to 1 best), or its z-score there",
            choices=("score", "rank", "zscore"),
        ),
        *HYSTERESIS,
        long_weight(1.5),
        short_weight(0.5),
        *calendar_parameters("weekly"),
        NEUTRAL,
        *SIZING,
        minimum(1),
    )

    @classmethod
    def targets(cls, setting: Setting, parameters: Mapping[str, Any]) -> Panel2D:
        """Return the weights of changed states, and of all states on the sessions of the calendar."""
        stage = staged(setting, parameters, 0)  # the state at the first session comes from those before
        signal = _signal(stage.scores(), parameters["signal"])
        signal[~stage.has_enough] = np.nan
        state = np.where(stage.is_member, hysteresis(signal, parameters["enter"], parameters["leave"]), 0.0)
        is_ordered = np.zeros(state.shape, dtype=np.bool_)
        is_ordered[1:] = state[1:] != state[:-1]
        run = slice(setting.first, None)
        rows = rebalances(setting.panel.sessions[run], stage.has_enough[run], parameters)
        is_ordered[setting.first + rows] = True
        part = stage.sizes[run] / total_sizes(setting.panel, stage.sizes)[run]
        is_short = (state[run] < 0.0) & (setting.shortable > 0.0)
        weights = np.where(state[run] > 0.0, parameters["long_weight"] * part, 0.0)
        weights = np.where(is_short, -parameters["short_weight"] * part, weights)
        return np.where(is_ordered[run] & stage.trades[run], weights, np.nan)


def _signal(score: Panel2D, kind: str) -> Panel2D:
    """Return what the levels apply to; ranks lie symmetrically about 0, which is what equal scores have."""
    if kind == "rank":
        scored = np.maximum(np.count_nonzero(~np.isnan(score), axis=1), 1)[:, None]
        twice = np.rint(2.0 * scored * cross_rank(score))  # whole, so that a level is met exactly
        return (twice - scored - 1.0) / scored
    return cross_zscore(score) if kind == "zscore" else score
