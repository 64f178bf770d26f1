"""The score of a scenario's rule and the target weights of its strategy, without a run."""

from typing import Any

import numpy as np

from ..ideas import target_strategy
from ..ideas.own_modules import blaming
from ..ideas.target_strategy import Setting, TargetStrategy
from ..panel.panel import Panel
from ..types import Panel2D
from .scenario import Scenario


def has_targets(strategy: Any) -> bool:
    """Return whether a strategy is a function of the panel: a `TargetStrategy`."""
    return issubclass(strategy, TargetStrategy)


def score_of(scenario: Scenario) -> Panel2D | None:
    """Return the score (T, N) of the scenario's rule by sessions of its history; None where it trades none."""
    if scenario.rule is None or scenario.score is not None:
        return scenario.score
    return rule_score(scenario.rule, scenario.history)


def rule_score(rule: Any, panel: Panel) -> Panel2D:
    """Return the score (T, N) of a rule; ConfigError where it fails or returns anything else."""
    return target_strategy.rule_score(rule, panel)


def target_weights(scenario: Scenario, score: Panel2D | None) -> Panel2D:
    """Return the target weights (T, N) by sessions of the run, of a strategy that has them; see `TargetStrategy`."""
    history, first = scenario.history, scenario.first
    shortable = scenario.market.shortable(history, first)
    setting = Setting(panel=history, first=first, shortable=shortable, score=score)
    lead = int(scenario.config.execution.decision == "at_close")
    with blaming(scenario.strategy, f"strategy `{scenario.config.strategy.name}`"):
        weights = scenario.strategy.table(setting, scenario.parameters, lead)
    return weights if not scenario.delay else _later(weights, scenario.delay)


def _later(weights: Panel2D, sessions: int) -> Panel2D:
    """Return the weights carried out some sessions later; nothing is ordered before the first."""
    later = np.full(weights.shape, np.nan)
    later[sessions:] = weights[:-sessions]
    return later
