"""What a configuration comes to: the resolved keys and the dated rules over its sessions."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
import yaml

from ..account.terms import own_rules
from ..config.run import Config
from ..panel.dated_facts import INDEX_CAPPED
from ..plain import fields_of
from ..rulebook import DatedRule
from .endings_section import endings_told
from .flows_section import opening_told
from .notes import facts_told
from .rules_used import changes_used, rules_used
from .scenario import Scenario, prepare


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Check:
    """What `liangrong check` prints of a configuration.

    Parameters
    ----------
    config : dict
        The resolved configuration, the strategy's defaults included.
    universe : tuple of str
        Securities, sessions and source, in words.
    rules : DataFrame
        The dated rules over the sessions of the run: rule, from, value, grade (with a star where the source is a
        secondary one), source.
    warnings : tuple of str
        What the reader has to know about them, and about facts that the data do not tell; one sentence each.
    """

    config: dict[str, Any]
    universe: tuple[str, ...]
    rules: pd.DataFrame
    warnings: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values, the rules row by row."""
        return fields_of(self)

    def __repr__(self) -> str:
        """Return what the command prints."""
        return self.text()

    def text(self, width: int | None = None) -> str:
        """Return it for a terminal of `width` columns, of this one where absent."""
        return "\n".join([_yaml(self.config), "", *self.universe, "", self.dated(width)])

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return f'<pre style="white-space:pre-wrap;background:none;color:inherit">{escape(repr(self))}</pre>'

    def dated(self, width: int | None = None) -> str:
        """Return the rules as a table, and the warnings."""
        from rich.console import Console
        from rich.table import Table

        table = Table(*self.rules.columns, box=None, pad_edge=False)
        for row in self.rules.astype(str).to_numpy().tolist():
            table.add_row(*row)
        file = io.StringIO()
        Console(file=file, width=width, color_system=None, highlight=False, markup=False).print(table)
        written = file.getvalue().rstrip("\n").splitlines()
        return "\n".join([*(line.rstrip() for line in written), *([""] if self.warnings else []), *self.warnings])


def check_config(config: Config) -> Check:
    """Return what a configuration comes to.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured.
    """
    return check_scenario(prepare(config))


def check_scenario(scenario: Scenario) -> Check:
    """Return what a scenario comes to."""
    sessions, rules = scenario.panel.sessions, rules_used(scenario)
    size = f"{len(scenario.panel.symbols)} securities, {len(sessions)} sessions {sessions[0]}..{sessions[-1]}"
    return Check(
        config=scenario_config(scenario),
        universe=(
            f"{size}, {scenario.first} sessions of history before them",
            f"source: {scenario.panel.source}",
        ),
        rules=_table(rules, scenario),
        warnings=(
            *_warnings(rules, scenario),
            haircuts_told(scenario),
            *facts_told(scenario),
            *endings_told(scenario),
            *opening_told(scenario),
        ),
    )


def haircuts_told(scenario: Scenario) -> str:
    """Say by which data the classes of the rules' haircut caps are told apart, and which are not."""
    arrays, panel = scenario.market.arrays, scenario.panel
    by = {
        "members of the SSE 180 and SZSE 100": [name for name in INDEX_CAPPED if len(arrays.index_member)],
        "special treatment": ["is_st"],
        "price-earnings ratio and loss": ["pe_static", "is_loss"],
    }
    known = {what: [name for name in names if name in panel] for what, names in by.items()}
    told = [f"{what} (`{'`, `'.join(names)}`)" for what, names in known.items() if names]
    not_told = [what for what, names in known.items() if not names]
    text = "Haircuts: the published ones (`haircut`), elsewhere" if "haircut" in panel else "Haircuts:"
    text += " the rules' caps of funds and shares" + (", and by " + ", by ".join(told) if told else "")
    return text + (f"; the data do not tell {', nor '.join(not_told)}." if not_told else ".")


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).rstrip()


def scenario_config(scenario: Scenario) -> dict[str, Any]:
    """Return the resolved configuration, the strategy's defaults included."""
    resolved = scenario.config.resolved()
    resolved["strategy"]["parameters"] = scenario.parameters
    return resolved


def _table(rules: list[DatedRule], scenario: Scenario) -> pd.DataFrame:
    own = own_rules(scenario.config.conditions)
    rows = []
    for rule in rules:
        value = str(rule.value)
        if rule.key in own:
            value += f" (broker {own[rule.key].value:g}{', replaces it' if own[rule.key].override else ''})"
        grade = rule.grade + ("*" if rule.is_secondary else "")
        rows.append((rule.name, str(rule.effective), value, grade, rule.source))
    return pd.DataFrame(rows, columns=["rule", "from", "value", "grade", "source"])


def _warnings(rules: list[DatedRule], scenario: Scenario) -> Iterator[str]:
    if any(rule.is_secondary for rule in rules):
        yield "* secondary source, or partly from memory: check it before you rely on it"
    for rule in changes_used(scenario):
        scope = "new contracts only" if rule.binds_new_contracts_only else "open contracts too"
        yield f"the run crosses {rule.effective}: {rule.name} becomes {rule.value} ({scope})"
