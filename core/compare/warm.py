"""When the trials of a comparison can trade first, the sessions over which they are judged, whether these suffice."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..config.comparison import CompareConfig
from ..config.run import Config
from ..errors import ConfigError
from ..inference.checks import FEWEST_SESSIONS
from ..luck.common import Common, common_start, words
from ..luck.walk import Walk
from ..pages.language import say
from ..run.scenario import Scenario, check_idea, seen_by
from ..run.scores import score_of

if TYPE_CHECKING:
    from .ground import Ground
    from .plan import Trial

FIRST = "first_session"
"""Name under which a finished run keeps its `first_session`, among its figures."""

COLUMN = "trades_from"
"""Column of the leaderboard: the date of that session, empty where there is none."""


def first_session(scenario: Scenario) -> int | None:
    """Return the index of the first session of a run in which its strategy can trade, None where it never can.

    That is the session in which an order meets the market that was decided once the strategy's warm-up was over and its
    rule, where it has one, knew the score of any security; not that of the first order, which may have had its reasons.
    """
    lead = int(scenario.config.execution.decision == "at_close")
    row = max(scenario.first + lead, scenario.strategy.warmup(scenario.parameters) - 1)
    score = score_of(scenario)
    if score is not None:
        known = np.flatnonzero(~np.isnan(score[row:]).all(axis=1))
        if not known.size:
            return None
        row += int(known[0])
    session = row - scenario.first + 1 - lead
    return session if session < len(scenario.panel.sessions) else None


def warmed_up(config: Config, ground: "Ground") -> int | None:
    """Return the `first_session` of a run by the warm-ups alone: before its rule has a score of anything."""
    seen = ground.seen[seen_by(config)]
    strategy, parameters, rule = check_idea(config, seen.history)
    lead = int(config.execution.decision == "at_close")
    warmup = max(strategy.warmup(parameters), 0 if rule is None else rule.warmup())
    session = max(seen.first + lead, warmup - 1) - seen.first + 1 - lead
    return session if session < len(seen.panel.sessions) else None


def sessions_needed(config: CompareConfig) -> int:
    """Return the sessions that the walk-forward needs at least."""
    walk = config.walk_forward
    return 0 if walk is None else walk.train + walk.embargo + 1


def names_told(trials: Sequence["Trial"]) -> list[str]:
    """Return the names of trials, those of controls as such."""
    return [say("control {name}", name=one.label) if one.is_control else one.label for one in trials]


def lacking(sessions: int, controls: int, walk: Walk | None) -> str:
    """Return in words what the verdict on a comparison lacks, which needs nothing run to be known; empty: nothing."""
    if sessions < FEWEST_SESSIONS:
        return (
            f"the window holds {sessions} session{'s' * (sessions != 1)}, a comparison needs {FEWEST_SESSIONS}: give "
            "more data or a longer `window`"
        )
    if not controls:
        return "no control can be run, and without one nothing tells luck from skill: name others in `controls`"
    try:
        if walk is not None:
            walk.spans(sessions)
    except ConfigError as error:
        return f"{error}"
    return ""


def common_sessions(names: Sequence[str], firsts: Sequence[int | None], sessions: int, needed: int) -> Common:
    """Return the sessions over which trials are judged; `needed` is the least that the walk-forward has to have."""
    return common_start(names, firsts, sessions, max(FEWEST_SESSIONS, needed))


def said(common: Common, sessions: np.ndarray) -> str:
    """Return in words over which of `sessions`, datetime64 (T,), trials are judged."""
    return words(common, str(sessions[common.start].astype("datetime64[D]")), len(sessions))


def with_first(board: pd.DataFrame, figures: Mapping[int, Mapping[str, Any]], sessions: np.ndarray) -> pd.DataFrame:
    """Return the leaderboard with the date from which each row can trade."""
    days = [None if (first := figures[number][FIRST]) is None else str(sessions[first]) for number in board["trial"]]
    dated = board.copy()
    dated[COLUMN] = pd.Series(days, index=board.index, dtype=object)
    return dated
