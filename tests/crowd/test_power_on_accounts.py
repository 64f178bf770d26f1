"""Rules and studies on markets of many accounts: what their habits and their feedback on prices make true is found."""

import liangrong as lr
import pytest
from honesty import stated
from liangrong.core.behaviour.behaviour_study import study_behaviour
from liangrong.core.behaviour.lag_design import LagDesign
from liangrong.core.config.run import RuleConfig
from liangrong.core.ideas.registry import resolve_rule
from liangrong.core.ideas.target_strategy import rule_score
from liangrong.core.study.design import Design, Question
from liangrong.core.study.outcome import Subject, study

RULES = ("net_financing_rate", "deleveraging", "pressure")
RETURNS = Design(horizons=(5,), focus=5, resamples=2)
CRASHES = Design(target="crash", horizons=(20,), resamples=2)


def verdict(panel, rule, plan):
    score = rule_score(resolve_rule(RuleConfig(name=rule)), panel)
    return study(Question(score=score, seen=panel, traded=panel, first=60), plan, Subject(name=rule)).summary["verdict"]


@pytest.fixture(scope="module")
def told():
    """Return the verdicts on each market, with the feedback of purchases on prices and without it."""
    found = {}
    for feedback in (0.0, 0.3):
        options = {"accounts": 300, "securities": 40, "sessions": 500, "margin_ratio": 0.5, "feedback": feedback}
        found[feedback] = [
            {
                **{rule: verdict(made.panel, rule, RETURNS) for rule in RULES},
                "crashes": verdict(made.panel, "pressure", CRASHES),
                **study_behaviour(made.panel, LagDesign()).verdicts,
            }
            for made in lr.account_markets(range(4), **options)
        ]
    return found


@pytest.mark.slow
def test_purchases_that_push_prices_foretell_them_and_none_else_do(told):
    for rule in RULES:
        found = [one[rule] == "supported" for one in told[0.3]]
        stated(f"feedback_{rule}", sum(found), len(found))
    quiet = [one[rule] != "not shown" for one in told[0.0] for rule in RULES]
    stated("accounts_without_feedback", sum(quiet), len(quiet))
    assert all(one["net_financing_rate"] == "supported" for one in told[0.3])
    assert sum(quiet) <= 2


@pytest.mark.slow
def test_crashes_are_not_foretold_by_the_estimated_pressure(told):
    """Forced sales push prices here, and yet no market shows it: nobody's whole account is known."""
    found = ["crashes" in one["crashes"] for one in told[0.3]]
    stated("feedback_pressure_crashes", sum(found), len(found))
    assert sum(found) <= 1


@pytest.mark.slow
def test_the_habits_of_the_accounts_are_found(told):
    habits = {"financing": "follows the trend", "short": "goes against the trend"}
    for side, habit in habits.items():
        found = [one[side] == habit for markets in told.values() for one in markets]
        stated(f"habit_{side}", sum(found), len(found))
        assert sum(found) >= 7
