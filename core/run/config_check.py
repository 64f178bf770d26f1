"""What a configuration comes to: the resolved keys and the dated rules over its sessions."""

import io
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import pandas as pd
import yaml

from ..account.terms import own_rules
from ..config.run import Config
from ..pages import formats
from ..pages.fitting import Fitting
from ..panel.dated_facts import INDEX_CAPPED
from ..plain import fields_of
from ..rulebook import DatedRule
from .assumed import assumed, fields_read
from .check_text import NOT_EXECUTED, executed, in_sections
from .duration import Takes, takes
from .endings_section import endings_told
from .flows_section import opening_told
from .named_files import Code, Read, code_named, files_read, read_of
from .notes import notes_ahead
from .planned import planned
from .rules_used import changes_used, rules_used
from .scenario import Scenario, prepare_check
from .scores import has_targets, score_of
from .unusual import unusual
from .unusual_limits import Unusual

COLUMNS = ["rule", "from", "value", "grade", "source"]
"""Of the table of rules."""


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
    reads : tuple of Read
        Files and folders that are read.
    fields : tuple of str
        Of the data, that rule, strategy and account read; empty where no code was executed.
    code : tuple of Code
        Files of the user's and packages that are executed.
    is_executed : bool
        Whether some of that code was executed to tell the rest.
    assumed : tuple of str
        What the run assumes, one sentence each.
    unusual : tuple of Unusual
    takes : Takes or None
        Seconds and bytes; None where nothing was prepared.
    """

    config: dict[str, Any]
    universe: tuple[str, ...]
    rules: pd.DataFrame
    warnings: tuple[str, ...]
    reads: tuple[Read, ...] = ()
    fields: tuple[str, ...] = ()
    code: tuple[Code, ...] = ()
    is_executed: bool = True
    assumed: tuple[str, ...] = ()
    unusual: tuple[Unusual, ...] = ()
    takes: Takes | None = None

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values, the rules row by row."""
        return fields_of(self)

    def __repr__(self) -> str:
        """Return what the command prints."""
        return self.text()

    def text(self, width: int | None = None) -> str:
        """Return it for a terminal of `width` columns, of this one where absent."""
        parts = [_yaml(self.config), "\n".join(self.universe), self.dated(width), self.told(width)]
        return "\n\n".join(part for part in parts if part)

    def told(self, width: int | None = None) -> str:
        """Return what is read, executed and assumed, what is unusual, and how long it takes, as the last paragraphs."""
        fields = [f"fields: {', '.join(self.fields)}"] if self.fields else []
        sections = {
            "Reads": [*(one.told() for one in self.reads), *fields],
            "Executes": executed(self.code),
            "Assumes": self.assumed,
            "Unusual": [one.told() for one in self.unusual] or (["nothing"] if self.is_executed else []),
            "Takes": [] if self.takes is None else [self.takes.told()],
            "": [] if self.is_executed else [NOT_EXECUTED],
        }
        return in_sections(sections, width)

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return f'<pre style="white-space:pre-wrap;background:none;color:inherit">{escape(repr(self))}</pre>'

    def dated(self, width: int | None = None) -> str:
        """Return the rules as a table, and the warnings; empty where there are none."""
        if self.rules.empty:
            return "\n".join(self.warnings)
        from rich.console import Console

        columns = ["rule", "value", "from", "grade", "source"]
        table = Fitting(columns, texts={0, 1, 4}, kept=2, left=range(5), elsewhere=", and `--json`")
        for row in self.rules[columns].astype(str).to_numpy().tolist():
            table.add_row(*row)
        file = io.StringIO()
        Console(file=file, width=width, color_system=None, highlight=False, markup=False).print(table)
        written = file.getvalue().rstrip("\n").splitlines()
        return "\n".join([*(line.rstrip() for line in written), *([""] if self.warnings else []), *self.warnings])


def check_config(config: Config, *, executes: bool = True) -> Check:
    """Return what a configuration comes to.

    Parameters
    ----------
    config : Config
    executes : bool
        Let code that the configuration names, and packages of ideas, be executed: they are imported, and rule and
        strategy compute what they are about to hold. Without, only what can be told from the configuration, the file
        system and the sources is told.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured.
    """
    if not executes:
        return named_only(config)
    started, worked = time.perf_counter(), time.process_time()
    scenario = prepare_check(config)
    preparing, working = time.perf_counter() - started, time.process_time() - worked
    return check_scenario(scenario, preparing, preparing / max(working, 1e-3))


def based(found: Check, files: Iterable[tuple[str, str]]) -> Check:
    """Return what was found with the files that the configuration is based on among those that are read, as last."""
    return replace(found, reads=(*found.reads, *(read_of(key, path) for key, path in files)))


def named_only(config: Config) -> Check:
    """Return what a configuration names; nothing is executed, and of the data nothing but a manifest is read."""
    rules = pd.DataFrame(columns=COLUMNS)
    return Check(
        config=config.resolved(),
        universe=(),
        rules=rules,
        warnings=(),
        reads=files_read(config),
        code=code_named(config),
        is_executed=False,
    )


def check_scenario(scenario: Scenario, preparing: float = 0.0, busy: float = 1.0) -> Check:
    """Return what a scenario comes to; `preparing` are the seconds that it took to prepare it, `busy` as `takes`."""
    if has_targets(scenario.strategy):  # computed once for all that is told of it
        scenario = replace(scenario, score=score_of(scenario))
    sessions, rules = scenario.panel.sessions, rules_used(scenario)
    size = f"{len(scenario.panel.symbols)} securities, {len(sessions)} sessions {sessions[0]}..{sessions[-1]}"
    plan = planned(scenario)
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
            *notes_ahead(scenario),
            *endings_told(scenario),
            *opening_told(scenario),
        ),
        reads=files_read(scenario.config),
        fields=fields_read(scenario),
        code=code_named(scenario.config),
        assumed=assumed(scenario, rules, plan),
        unusual=unusual(scenario, plan),
        takes=takes(scenario, plan, preparing, busy),
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
        value = formats.exact(rule.value)
        if rule.key in own:
            value += (
                f" (broker {formats.exact(own[rule.key].value)}{', replaces it' if own[rule.key].override else ''})"
            )
        grade = rule.grade + ("*" if rule.is_secondary else "")
        rows.append((rule.name, str(rule.effective), value, grade, rule.source))
    return pd.DataFrame(rows, columns=COLUMNS)


def _warnings(rules: list[DatedRule], scenario: Scenario) -> Iterator[str]:
    if any(rule.is_secondary for rule in rules):
        yield "* secondary source, or partly from memory: check it before you rely on it"
    for rule in changes_used(scenario):
        scope = "new contracts only" if rule.binds_new_contracts_only else "open contracts too"
        yield f"the run crosses {rule.effective}: {rule.name} becomes {formats.exact(rule.value)} ({scope})"
