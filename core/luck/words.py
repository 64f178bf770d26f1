"""The verdict on luck as sentences that a reader without statistics can use."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Row

_NAMED = 5  # trials that the headline lists; the table has the others


class Claim(NamedTuple):
    """What the headline speaks of; fields as in `Luck`, `ratios` holding those of a trial by itself."""

    names: tuple[str, ...]
    control_names: tuple[str, ...]
    beats: NDArray[np.bool_]
    p: Row
    ratios: Mapping[str, Row]
    trials: int
    alpha: float


def headline(claim: Claim) -> str:
    """Return which trials beat every control beyond luck after costs, by how much and how sure; or that none did."""
    winners = np.flatnonzero(claim.beats)
    against = _against(claim.control_names)
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
        return "It did not trade." if claim.trials == 1 else "None of them traded."
    k = int(np.nanargmax(sharpe))
    who = f"The best, {_figures(claim, k)}" if claim.trials > 1 else _figures(claim, k)
    if claim.p[k] <= claim.alpha:
        sure = f"deflated Sharpe {claim.ratios['deflated_sharpe'][k]:.2f}, {1.0 - claim.alpha:g} needed"
        return f"{who}, beats them, but its ratio cannot be told from the luck of so many trials ({sure})."
    if sharpe[k] < _strongest(claim)[1]:
        return f"{who}, falls behind."
    return f"{who}, cannot be told from chance{' among so many trials' if claim.trials > 1 else ''}."


def _strongest(claim: Claim) -> tuple[int, float]:
    """Return index and Sharpe ratio of the best control; one that stood still has the ratio 0."""
    others = np.nan_to_num(claim.ratios["control_sharpe"])
    return int(others.argmax()), float(others.max())


def _figures(claim: Claim, k: int) -> str:
    """Return name, Sharpe ratio, distance to the strongest control and p of trial k."""
    ratios = claim.ratios
    c, best = _strongest(claim)
    apart = ratios["sharpe"][k] - best
    earned = 100.0 * (ratios["mean_return"][k] - ratios["control_mean_return"][c])
    side = "above" if apart >= 0.0 else "below"
    return (
        f"{claim.names[k]} (Sharpe {ratios['sharpe'][k]:.2f}, {abs(apart):.2f} {side} {claim.control_names[c]}, "
        f"{earned:+.1f} % a year against it, p {_p(claim.p[k])})"
    )


def _against(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"the control {names[0]}"
    return "both controls" if len(names) == 2 else f"all {len(names)} controls"


def _none(claim: Claim) -> str:
    return f"None of {_trials(claim.trials)}" if claim.trials > 1 else "The trial did not"


def _trials(count: int) -> str:
    return f"{count:,} trials" if count > 1 else "1 trial"


def _p(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
