"""What a run assumes, in words: rules and how well they are known, fills, what is public when, defaults that matter."""

from collections.abc import Iterator
from typing import Any

from ..account.terms import own_rules
from ..pages.formats import exact, percent
from ..panel.dated_facts import OF_ACCOUNT
from ..panel.publication import WHEN, publication
from ..rulebook import DatedRule
from .planned import Planned
from .scenario import Scenario
from .supply_notes import supply

_GRADES = {
    "A": "from texts of exchanges, regulators or state media",
    "B": "quoted by vendors or repositories",
    "C": "from secondary pages",
}
_MATTER = ("financing_rate", "borrow_rate", "dividend_tax_rate", "cash_rate")
_MATTER_OF_COSTS = ("commission_rate", "commission_minimum", "slippage")
_SHORT_ONLY = ("borrow_rate",)
_LEVERED = ("financing_rate",)


def assumed(scenario: Scenario, rules: list[DatedRule], plan: Planned | None) -> tuple[str, ...]:
    """Return what a run assumes, a sentence each; haircuts and dated facts of the data are told by others."""
    return (
        _graded(rules),
        *_own(scenario),
        _fills(scenario),
        *_public(scenario),
        *_borrowed(scenario, plan),
        *_by_default(scenario, plan),
    )


def _graded(rules: list[DatedRule]) -> str:
    """Say how well the dated rules are known."""
    counts = {grade: sum(rule.grade == grade for rule in rules) for grade in _GRADES}
    told = ", ".join(f"{number} {_GRADES[grade]} ({grade})" for grade, number in counts.items() if number)
    memory = sum("from memory" in rule.source for rule in rules)
    partly = f"; {memory} of all partly from memory" if memory else ""
    return f"{len(rules)} dated rules: {told}{partly}"


def _own(scenario: Scenario) -> Iterator[str]:
    own = own_rules(scenario.config.conditions)
    named = [f"{key} {exact(one.value)}" for key, one in own.items() if one.override]
    if named:
        yield f"In the place of rules: {', '.join(named)}"


def _fills(scenario: Scenario) -> str:
    stated, slippage = scenario.config.execution, scenario.config.costs.slippage
    if not scenario.strategy.DECIDES:
        told = f"Orders as they are given, filled at the {stated.fill} where they state no price"
    elif stated.decision == "before_open":
        told = f"Decided before the open of the next session, filled at that session's {stated.fill}"
    else:
        told = "Decided at the close, filled at that same close"
    share = stated.volume_share
    most = "whatever the volume" if share is None else f"at most {percent(share, 0)} of a session's volume an order"
    return f"{told}, {percent(slippage) if slippage else 'no'} slippage, {most}"


def _public(scenario: Scenario) -> Iterator[str]:
    """Say when what the rule and the strategy read is taken to be public."""
    lags = scenario.config.data.publication_lag
    when: dict[str, list[str]] = {}
    for field in fields_of_idea(scenario):
        lag = lags.get(field, 0)
        words = WHEN[publication(field, scenario.panel.source).when]
        when.setdefault(f"{words}, {lag} later" if lag else words, []).append(f"`{field}`")
    if when:
        told = "; ".join(f"{', '.join(names)} {words}" for words, names in when.items())
        yield f"Public: {told}" + ("" if lags else " (`data.publication_lag` adds nothing)")


def fields_of_idea(scenario: Scenario) -> tuple[str, ...]:
    """Return the fields that strategy and rule say they read."""
    needs = [*scenario.strategy.needs(scenario.parameters), *(scenario.rule.needs() if scenario.rule else ())]
    return tuple(dict.fromkeys(needs))


def fields_read(scenario: Scenario) -> tuple[str, ...]:
    """Return the fields that a run reads: rule and strategy, then the engine and the account, as far as the data go."""
    engine = ("open", "high", "low", "close", "pre_close", "limit_up", "limit_down", "volume", "suspended", *OF_ACCOUNT)
    read = dict.fromkeys((*fields_of_idea(scenario), *engine))
    return tuple(name for name in read if name in scenario.panel)


def _borrowed(scenario: Scenario, plan: Planned | None) -> Iterator[str]:
    if plan is None or plan.short > 0.0:
        yield f"Of shares to borrow: {supply(scenario)}"


def _by_default(scenario: Scenario, plan: Planned | None) -> Iterator[str]:
    """Name the options that matter to this run and that the configuration leaves at their defaults."""
    config = scenario.config
    unused = {*(_SHORT_ONLY if plan and not plan.short else ()), *(_LEVERED if plan and plan.long <= 1.0 else ())}
    of: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
        ("account", config.account, _MATTER),
        ("costs", config.costs, _MATTER_OF_COSTS),
    )
    left = [
        f"{part}.{name} {getattr(model, name)}"
        for part, model, names in of
        for name in names
        if name not in model.model_fields_set and name not in unused
    ]
    if left:
        yield f"At their defaults: {', '.join(left)}"
