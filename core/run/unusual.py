"""What is unusual about a run, the gravest first."""

from . import unusual_data, unusual_ranking, unusual_terms
from .planned import Planned
from .scenario import Scenario
from .unusual_limits import Unusual


def unusual(scenario: Scenario, plan: Planned | None) -> tuple[Unusual, ...]:
    """Return what a reader would ask about before the run; empty where nothing is.

    Parameters
    ----------
    scenario : Scenario
        With its audit, else nothing is said of findings.
    plan : Planned, optional
        None where the strategy decides by its account: then nothing is said of leverage and sizes.
    """
    of_plan = () if plan is None else (*unusual_terms.leverage(scenario, plan), *unusual_terms.sizes(scenario, plan))
    return (
        *unusual_data.wrong(scenario),
        *of_plan,
        *unusual_data.universe(scenario),
        *unusual_ranking.ranking(scenario, plan),
        *unusual_terms.market(scenario, plan),
        *unusual_terms.costs(scenario, plan),
        *unusual_terms.rates(scenario, plan),
        *unusual_data.fields(scenario),
        *unusual_data.window(scenario),
        *unusual_data.noted(scenario),
    )
