"""The verdict on luck as sentences that a reader without statistics can use."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Row
from .superior import Superiority

_NAMED = 5  # trials that the headline lists; the table has the others


class Claim(NamedTuple):
    """What the headline speaks of; fields as in `Luck`, `ratios` holding those of a trial by itself."""

    names: tuple[str, ...]
    control_names: tuple[str, ...]
    beats: NDArray[np.bool_]
    p: Row
    ratios: Mapping[str, Row]
    superiority: Superiority
    trials: int
    alpha: float


def headline(claim: Claim) -> str:
    """Return which trials beat every control beyond luck after costs, by how much and how sure; or that none did."""
    winners = np.flatnonzero(claim.beats)
    controls = len(claim.control_names)
    against = f"all {controls} controls" if controls > 1 else f"the control {claim.control_names[0]}"
    if not len(winners):
        return f"{_none(claim)} beat {against} beyond luck after costs. {_best(claim)}"
    order = winners[np.argsort(-np.nan_to_num(claim.ratios["sharpe"][winners]), kind="stable")]
    listed = "; ".join(_figures(claim, k) for k in order[:_NAMED])
    more = f"; and {len(order) - _NAMED} more" if len(order) > _NAMED else ""
    return f"{len(winners)} of {_trials(claim.trials)} beat {against} beyond luck after costs: {listed}{more}."


def _best(claim: Claim) -> str:
    """Return a sentence on the trial with the highest Sharpe ratio, and what it falls short of."""
    sharpe = claim.ratios["sharpe"]
    if np.isnan(sharpe).all():
        return "None of them traded."
    k = int(np.nanargmax(sharpe))
    if claim.p[k] <= claim.alpha:
        short = (
            f"it beats the controls, but the best of so many trials shows such a ratio by luck with a probability of "
            f"{1.0 - claim.ratios['deflated_sharpe'][k]:.2f}"
        )
    else:
        short = "with so many trials, chance alone explains that"
    return f"The best, {_figures(claim, k)}: {short}."


def _figures(claim: Claim, k: int) -> str:
    """Return name, Sharpe ratio, distance to the strongest control and p of trial k."""
    ratios = claim.ratios
    others = np.nan_to_num(ratios["control_sharpe"])  # a control that stood still has the ratio 0
    c = int(others.argmax())
    apart = ratios["sharpe"][k] - others[c]
    earned = 100.0 * (ratios["mean_return"][k] - ratios["control_mean_return"][c])
    side = "above" if apart >= 0.0 else "below"
    return (
        f"{claim.names[k]} (Sharpe {ratios['sharpe'][k]:.2f}, {abs(apart):.2f} {side} {claim.control_names[c]}, "
        f"{earned:+.1f} % a year against it, p {_p(claim.p[k])})"
    )


def _none(claim: Claim) -> str:
    return f"None of {_trials(claim.trials)}" if claim.trials > 1 else "The trial did not"


def _trials(count: int) -> str:
    return f"{count:,} trials" if count > 1 else "1 trial"


def _p(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
