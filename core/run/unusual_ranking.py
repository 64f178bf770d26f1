"""What is unusual about the scores that a strategy ranks."""

from collections.abc import Iterator

from ..pages.formats import number, percent
from .planned import Planned
from .ranking import is_tied, one_score, ranked_score, ties_of
from .scenario import Scenario
from .unusual_limits import Unusual, limit


def ranking(scenario: Scenario, plan: Planned | None) -> Iterator[Unusual]:
    """Yield a score that is one for all securities, and a quantile that ties make another one than asked for."""
    rule, score = scenario.config.strategy.rule, None if plan is None else ranked_score(scenario)
    if rule is None or score is None:
        return
    share, ties = one_score(score), ties_of(scenario, score)
    if share >= limit("one_score"):
        yield Unusual(
            "one_score",
            f"`{rule.name}` gives all securities one score on {percent(share, 0)} of the sessions",
            f"`{scenario.config.strategy.name}` ranks nothing, and what it holds does not follow the rule",
            "use `strategy.name: timing`, or the rule in a `gate` of another",
        )
    elif ties is not None and is_tied(ties):
        yield Unusual(
            "ties",
            f"`{rule.name}` gives many securities one score: a rebalance chooses {number(ties.chosen, 1)} where "
            f"`quantile` {scenario.parameters['quantile']:g} is {number(ties.asked, 1)}, and {percent(ties.tied, 0)} "
            "of them tie with the last",
            "another quantile may choose the same ones, and is then the same trial",
            "use `threshold`, or a quantile beyond the ties",
        )
