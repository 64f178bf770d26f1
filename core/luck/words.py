"""The verdict on luck as sentences that a reader without statistics can use; a page says them in its language."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..pages.language import Said, say, sentences
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


def headline(claim: Claim) -> Said:
    """Return which trials beat every control beyond luck after costs, by how much and how sure; or that none did."""
    winners = np.flatnonzero(claim.beats)
    against = _against(claim.control_names)
    if not len(winners):
        return sentences(_none(claim, against), _best(claim))
    order = winners[np.argsort(-np.nan_to_num(claim.ratios["sharpe"][winners]), kind="stable")]
    return say(
        "{n} of {trials} beat {against} beyond luck after costs: {listed}.",
        n=f"{len(winners)}",
        trials=_trials(claim.trials),
        against=against,
        listed=_listed([_figures(claim, k) for k in order]),
    )


def _listed(figures: Sequence[Said]) -> Said:
    """Return the first of them as one text, which counts the others."""
    if len(figures) == 1:
        return figures[0]
    if len(figures) > _NAMED:
        more = say("and {n} more", n=f"{len(figures) - _NAMED}")
        return say("{one}; {rest}", one=_listed(figures[:_NAMED]), rest=more)
    return say("{one}; {rest}", one=figures[0], rest=_listed(figures[1:]))


def _best(claim: Claim) -> Said:
    """Return a sentence on the trial with the highest Sharpe ratio, and what it falls short of."""
    sharpe = claim.ratios["sharpe"]
    if np.isnan(sharpe).all():
        return say("It did not trade.") if claim.trials == 1 else say("None of them traded.")
    k = int(np.nanargmax(sharpe))
    who = say("The best, {figures}", figures=_figures(claim, k)) if claim.trials > 1 else _figures(claim, k)
    if claim.p[k] <= claim.alpha:
        return say(
            "{who}, beats them, but its ratio cannot be told from the luck of so many trials (deflated Sharpe {own}, "
            "{needed} needed).",
            who=who,
            own=f"{claim.ratios['deflated_sharpe'][k]:.2f}",
            needed=f"{1.0 - claim.alpha:g}",
        )
    if sharpe[k] < _strongest(claim)[1]:
        if _earned(claim, k) > 0.0:
            return say("{who}, has a higher return and a lower Sharpe ratio: it falls behind.", who=who)
        return say("{who}, falls behind.", who=who)
    if claim.trials > 1:
        return say("{who}, cannot be told from chance among so many trials.", who=who)
    return say("{who}, cannot be told from chance.", who=who)


def _strongest(claim: Claim) -> tuple[int, float]:
    """Return index and Sharpe ratio of the best control; one that stood still has the ratio 0."""
    others = np.nan_to_num(claim.ratios["control_sharpe"])
    return int(others.argmax()), float(others.max())


def _figures(claim: Claim, k: int) -> Said:
    """Return name, Sharpe ratio, distance to the strongest control and p of trial k."""
    ratios = claim.ratios
    c, best = _strongest(claim)
    apart = ratios["sharpe"][k] - best
    values = {
        "name": claim.names[k],
        "sharpe": f"{ratios['sharpe'][k]:.2f}",
        "apart": f"{abs(apart):.2f}",
        "control": claim.control_names[c],
        "earned": f"{100.0 * _earned(claim, k):+.1f} %",
        "p": _p(claim.p[k]),
    }
    if apart >= 0.0:
        return say("{name} (Sharpe {sharpe}, {apart} above {control}, {earned} a year against it, p {p})", **values)
    if _earned(claim, k) > 0.0:
        return say(
            "{name} (Sharpe {sharpe}, {apart} below {control}, though a return of {earned} a year against it, p {p})",
            **values,
        )
    return say("{name} (Sharpe {sharpe}, {apart} below {control}, {earned} a year against it, p {p})", **values)


def _earned(claim: Claim, k: int) -> float:
    """Return by how much trial k returned more a year than the strongest control, as a fraction."""
    ratios = claim.ratios
    return float(ratios["mean_return"][k] - ratios["control_mean_return"][_strongest(claim)[0]])


def _against(names: tuple[str, ...]) -> Said:
    if len(names) == 1:
        return say("the control {name}", name=names[0])
    return say("both controls") if len(names) == 2 else say("all {n} controls", n=f"{len(names)}")


def _none(claim: Claim, against: Said) -> Said:
    if claim.trials > 1:
        trials = _trials(claim.trials)
        return say("None of {trials} beat {against} beyond luck after costs.", trials=trials, against=against)
    return say("The trial did not beat {against} beyond luck after costs.", against=against)


def _trials(count: int) -> Said:
    return say("{n} trials", n=f"{count:,}") if count > 1 else say("1 trial")


def _p(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
