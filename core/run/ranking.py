"""What a score gives a strategy to rank: one score for all securities, and ties at the boundary of a quantile."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..config.run import EQUAL_WEIGHT
from ..ideas.form import Form
from ..ideas.rebalance_days import rebalances
from ..pages import formats
from ..pages.language import say
from ..types import Panel2D, Row
from .scenario import Scenario
from .scores import score_of
from .unusual_limits import limit

_ALIKE_BY_DESIGN = (EQUAL_WEIGHT, "buy_and_hold")
"""Controls whose score is one for all because they hold all."""

_HAIR = 1e-9
"""Relative to the score: means over windows of other lengths differ by a rounding."""


class Ties(NamedTuple):
    """What the best quantile of a score comes to, as means over the rebalances."""

    asked: float  # securities that the quantile is
    chosen: float  # securities that are in it, with those that tie with its last
    tied: float  # share of the chosen that tie with the last


def is_ranked(scenario: Scenario) -> bool:
    """Return whether the strategy ranks the score of a rule; a control that holds everything ranks none by design."""
    strategy, rule = scenario.strategy, scenario.config.strategy.rule
    if rule is None or rule.name in _ALIKE_BY_DESIGN:
        return False
    return issubclass(strategy, Form) and strategy.ranks(scenario.parameters)


def ranked_score(scenario: Scenario) -> Panel2D | None:
    """Return the score (T, N) by sessions of the run of what trades; None where the strategy does not rank it."""
    score = score_of(scenario) if is_ranked(scenario) else None
    if score is None:
        return None
    first, panel = scenario.first, scenario.history
    trades = np.isfinite(panel["close"][first:])
    suspended = panel.get("suspended")
    if suspended is not None:
        trades &= ~(suspended[first:] > 0.0)
    return np.where(trades, score[first:], np.nan)


def one_score(score: Panel2D) -> float:
    """Return the share of sessions, of those with two scores or more, on which all securities share one; 0 of none."""
    several = np.count_nonzero(~np.isnan(score), axis=1) > 1
    if not several.any():
        return 0.0
    least, most = np.fmin.reduce(score[several], axis=1), np.fmax.reduce(score[several], axis=1)
    return float(np.mean(most - least <= _HAIR * np.maximum(np.abs(least), np.abs(most))))


def ties_of(scenario: Scenario, score: Panel2D) -> Ties | None:
    """Return what the best quantile comes to; None without one, or where scores count less their industry's mean."""
    given = scenario.parameters
    if "quantile" not in given or given["neutral"] != "none":
        return None
    scored = np.count_nonzero(~np.isnan(score), axis=1)
    rows = rebalances(scenario.panel.sessions, scored >= given["minimum"], given)
    if not len(rows):
        return None
    asked = np.maximum((scored[rows] * given["quantile"] + _HAIR).astype(np.intp), 1)
    counts = np.array([_chosen(score[t], count) for t, count in zip(rows, asked, strict=True)])
    chosen, tied = counts.mean(axis=0)
    return Ties(float(asked.mean()), float(chosen), float(tied / chosen))


def _chosen(score: Row, count: int) -> tuple[int, int]:
    """Return how many are in the best `count` with those that tie with the last, and how many tie with it."""
    known = score[~np.isnan(score)]
    last = np.partition(known, len(known) - count)[len(known) - count]
    return int((known >= last).sum()), int((known == last).sum())


def is_tied(ties: Ties | None) -> bool:
    """Return whether ties make the quantile another one than asked for."""
    return ties is not None and ties.chosen >= limit("ties") * ties.asked


def ranking_notes(scenario: Scenario) -> Iterator[str]:
    """Say where the strategy ranks a score that is one for all, and how much of what it holds ties at the boundary."""
    score, rule = ranked_score(scenario), scenario.config.strategy.rule
    if score is None or rule is None:
        return
    told = {"rule": rule.name, "strategy": scenario.config.strategy.name}
    share = one_score(score)
    if share >= limit("one_score"):
        yield say(
            "`{rule}` gives all securities one score on {share} of the sessions, so `{strategy}` ranks nothing: what "
            "is held does not follow the rule. Use `strategy.name: timing`, or the rule in a `gate` of another.",
            share=formats.percent(share, 0),
            **told,
        )
        return
    ties = ties_of(scenario, score)
    if ties is not None and is_tied(ties):
        yield say(
            "`{rule}` gives many securities one score: of the {chosen} that a rebalance chooses on average, {share} "
            "tie with the last, where `quantile` {quantile} alone would be {asked}. Another quantile may choose the "
            "same ones: then it is the same trial.",
            chosen=formats.number(ties.chosen, 1),
            share=formats.percent(ties.tied, 0),
            quantile=f"{scenario.parameters['quantile']:g}",
            asked=formats.number(ties.asked, 1),
            **told,
        )
