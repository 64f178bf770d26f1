"""What a verdict on luck holds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..plain import plain
from ..types import Row
from .increment import Increment
from .intervals import Intervals
from .overfitting import Overfitting
from .power import Power
from .regime_figures import ByRegime
from .superior import Superiority
from .walk import WalkForward

TRIAL_FIGURES = (
    *("beats", "p", "sharpe", "sharpe_error", "mean_return"),
    *("probabilistic_sharpe", "deflated_sharpe", "track_record"),
)
CONTROL_FIGURES = ("control_sharpe", "control_mean_return")
"""What a record has of each trial and of each control."""


@dataclass(frozen=True, kw_only=True)
class Luck:
    """What remains of K trials beside C controls over T sessions when their number is counted.

    Parameters
    ----------
    names, control_names : tuple of str (K,) and (C,)
    beats : bool (K,)
        Beats every control beyond luck: `p` and 1 - `deflated_sharpe` both at most `alpha`.
    p : float64 (K,), fraction
        Largest adjusted p-value of the trial over the controls, times trials / K.
    headline : str
        The verdict in plain words.
    sharpe, sharpe_error : float64 (K,), per year
        Error of independent sessions, as `sharpe_error`; NaN without variation.
    control_sharpe : float64 (C,), per year
    mean_return, control_mean_return : float64 (K,) and (C,), fraction per year
        Mean of a session times the sessions of a year, not compounded.
    probabilistic_sharpe : float64 (K,), fraction
        That the true ratio is above 0, had there been one trial.
    deflated_sharpe : float64 (K,), fraction
        That it is above the luck of the best of `trials`; NaN without variation, as the next.
    track_record : float64 (K,), sessions
        From which the ratio would be above 0 at `alpha`, had there been one trial; infinite where it is not above 0.
    trials : int
        All that were tried, at least K.
    superiority : Superiority
        Against each control: t and adjusted p (K, C), SPA of the best (C, 3).
    confidence : float64 (K + C,), fraction
        Of the trials, then the controls: largest level at which the model confidence set still holds it.
    intervals : Intervals
    overfitting : Overfitting or None
        None with one trial or fewer than 64 sessions, or where no trial traded.
    increment : Increment or None
        None where no control is momentum, reversal or the market.
    walk_forward, other_walk_forward : WalkForward
        As configured, and with windows of the other kind: one is rolling, one anchored.
    by_regime : ByRegime or None
    power : Power
        What advantage these sessions and trials could have found.
    metric : str
        By which trials are compared.
    alpha : float, fraction
    periods_per_year : float
    block, repetitions, seed : int
        Of the bootstrap.
    """

    names: tuple[str, ...]
    control_names: tuple[str, ...]
    beats: NDArray[np.bool_]
    p: Row
    headline: str
    sharpe: Row
    sharpe_error: Row
    control_sharpe: Row
    mean_return: Row
    control_mean_return: Row
    probabilistic_sharpe: Row
    deflated_sharpe: Row
    track_record: Row
    trials: int
    superiority: Superiority
    confidence: Row
    intervals: Intervals
    overfitting: Overfitting | None
    increment: Increment | None
    walk_forward: WalkForward
    other_walk_forward: WalkForward
    by_regime: ByRegime | None
    power: Power
    metric: str
    alpha: float
    periods_per_year: float
    block: int
    repetitions: int
    seed: int

    def as_record(self) -> dict[str, Any]:
        """Return the verdict as plain values, trial by trial; what it rests on stands in luck.json."""
        return plain(
            {
                "headline": self.headline,
                "beating": [name for name, beats in zip(self.names, self.beats, strict=True) if beats],
                "trials": self.trials,
                "metric": self.metric,
                "alpha": self.alpha,
                "by_trial": self._by_name(self.names, TRIAL_FIGURES),
                "by_control": self._by_name(self.control_names, CONTROL_FIGURES),
                "overfitting": None if self.overfitting is None else self.overfitting.probability,
                "walk_forward_sharpe": self.walk_forward.sharpe,
                "walk_forwards": [one.figures() for one in (self.walk_forward, self.other_walk_forward)],
                "power": self.power,
            }
        )

    def _by_name(self, names: tuple[str, ...], figures: tuple[str, ...]) -> list[dict[str, Any]]:
        return [
            {"name": name, **{figure.removeprefix("control_"): getattr(self, figure)[k] for figure in figures}}
            for k, name in enumerate(names)
        ]
