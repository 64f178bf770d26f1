"""What a configuration comes to: the resolved keys and the dated rules over its sessions."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import yaml

from ..account.terms import own_rules
from ..config.run import Config
from ..rulebook import DatedRule
from .rules_used import changes_used, rules_used
from .scenario import Scenario, prepare

if TYPE_CHECKING:
    from rich.console import RenderableType


def describe(config: Config) -> "Iterator[RenderableType]":
    """Yield what `liangrong check` prints: the configuration, the universe, the rules and the warnings.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured.
    """
    scenario = prepare(config)
    yield yaml.safe_dump(scenario_config(scenario), sort_keys=False, allow_unicode=True).rstrip()
    sessions = scenario.panel.sessions
    yield (
        f"\n{len(scenario.panel.symbols)} securities, {len(sessions)} sessions {sessions[0]}..{sessions[-1]}, "
        f"{scenario.first} sessions of history before them\nsource: {scenario.panel.source}\n"
    )
    yield from dated_rules(scenario)


def dated_rules(scenario: Scenario) -> "Iterator[RenderableType]":
    """Yield the table of the dated rules that a scenario uses, and the warnings about them."""
    rules = rules_used(scenario)
    yield _table(rules, scenario)
    yield from _warnings(rules, scenario)


def scenario_config(scenario: Scenario) -> dict[str, Any]:
    """Return the resolved configuration, the strategy's defaults included."""
    resolved = scenario.config.resolved()
    resolved["strategy"]["parameters"] = scenario.parameters
    return resolved


def _table(rules: list[DatedRule], scenario: Scenario) -> "RenderableType":
    from rich.table import Table

    own = own_rules(scenario.config.conditions)
    table = Table("rule", "from", "value", "grade", "source", box=None, pad_edge=False)
    for rule in rules:
        value = str(rule.value)
        if rule.key in own:
            value += f" (broker {own[rule.key].value:g}{', replaces it' if own[rule.key].override else ''})"
        table.add_row(
            rule.name, str(rule.effective), value, rule.grade + ("*" if rule.is_secondary else ""), rule.source
        )
    return table


def _warnings(rules: list[DatedRule], scenario: Scenario) -> Iterator[str]:
    if any(rule.is_secondary for rule in rules):
        yield "\n* secondary source, or partly from memory: check it before you rely on it"
    for rule in changes_used(scenario):
        scope = "new contracts only" if rule.binds_new_contracts_only else "open contracts too"
        yield f"the run crosses {rule.effective}: {rule.name} becomes {rule.value} ({scope})"
