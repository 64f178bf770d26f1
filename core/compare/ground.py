"""What all trials of a comparison share: one panel, held once in memory for all workers, and what follows from it."""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..config.run import Config
from ..panel.action_rows import CorporateAction
from ..panel.ending_rows import Ending
from ..panel.panel import Panel
from ..run.compiled import is_event_driven
from ..run.kept import Kept
from ..run.scenario import Scenario, assemble, audited, check_idea, completed, panels_of, seen_by
from ..run.scores import rule_score
from ..sources import Finding

KEPT = 4
"""Markets, schedules and scores that a worker keeps; trials come ordered by what they share."""

_HEAD = "head.json"


class Panels(NamedTuple):
    """The panels of runs that decide alike."""

    first: int  # row of the history on which the run begins
    panel: Panel  # the sessions of the run
    history: Panel  # as decisions see it


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The shared panel and the parts of scenarios over it.

    Parameters
    ----------
    raw : Panel
        Completed.
    seen : dict of str to Panels
        By `seen_by` of a configuration.
    findings : tuple of Finding
    kept : Kept
    data : mapping
        What was read, as `DataRead.record`.
    published : Panel, optional
        As it was read, before it was completed; None in the processes that carry trials out.
    """

    raw: Panel
    seen: dict[str, Panels]
    findings: tuple[Finding, ...]
    kept: Kept
    data: Mapping[str, Any] = field(default_factory=dict)
    published: Panel | None = None

    def audited(self, config: Config) -> Scenario:
        """Return the scenario of a configuration with the audit of its data, as the check of a run has it."""
        panel = self.raw if self.published is None else self.published
        return audited(self.scenario(config), panel)

    def scenario(self, config: Config, delay: int = 0) -> Scenario:
        """Return the scenario of a configuration over the shared panel; raises as `prepare`."""
        scenario = self.unscored(config)
        return replace(scenario, score=self._score(scenario), delay=delay, data=self.data)

    def unscored(self, config: Config) -> Scenario:
        """Return the scenario of a configuration without the score of its rule."""
        return assemble(config, self.raw, self.findings, self.kept, self.seen.get(seen_by(config)))

    def check(self, config: Config) -> None:
        """Raise as `prepare` where a configuration cannot be run over the shared panel."""
        check_idea(config, self.seen[seen_by(config)].history)

    def _score(self, scenario: Scenario) -> Any:
        """Return the score of a rule, computed once for all forms and accounts that trade it."""
        rule = scenario.config.strategy.rule
        if rule is None or scenario.config.execution.engine == "backtrader" or is_event_driven(scenario.strategy):
            return None
        key = ("score", rule.model_dump_json(), seen_by(scenario.config))
        return self.kept.part(key, lambda: _read_only(rule_score(scenario.rule, scenario.history)))


def make_ground(
    raw: Panel, findings: tuple[Finding, ...], configs: Iterable[Config], data: Mapping[str, Any] | None = None
) -> Ground:
    """Return the ground of configurations over a panel, which have their `data` in common."""
    seen, published = {}, raw
    for config in configs:
        if (key := seen_by(config)) not in seen:
            raw = completed(raw, config)  # the same from the second on
            seen[key] = Panels(*panels_of(raw, config))
    return Ground(raw=raw, seen=seen, findings=findings, kept=Kept(KEPT), data=data or {}, published=published)


class Parts(NamedTuple):
    """A ground as plain arrays, each once, and a head that JSON can hold."""

    head: dict[str, Any]
    arrays: dict[str, np.ndarray]


def parts_of(ground: Ground) -> Parts:
    """Return a ground as plain arrays: the panel's fields, and those that decisions see late."""
    raw = ground.raw
    arrays: dict[str, np.ndarray] = {"sessions": raw.sessions}
    arrays |= {f"raw.{name}": values for name, values in raw.fields.items()}
    seen = []
    for place, (key, panels) in enumerate(ground.seen.items()):
        late = {n: v for n, v in panels.history.fields.items() if not np.may_share_memory(v, raw[n])}
        arrays |= {f"seen{place}.{name}": values for name, values in late.items()}
        seen.append([key, panels.first, len(panels.history.sessions)])
    head = {name: getattr(raw, name) for name in ("symbols", "source", "synthetic", "industries", "adjusted")}
    head["actions"] = [[str(one.day), *one[1:]] for one in raw.actions]
    head["endings"] = [[str(one.day), *one[1:-1], str(one.announced)] for one in raw.endings]
    findings = [asdict(finding) for finding in ground.findings]
    return Parts({**head, "imputed": dict(raw.imputed), "seen": seen, "findings": findings}, arrays)


def ground_of(parts: Parts) -> Ground:
    """Return the ground that `parts_of` took apart; nothing is copied."""
    head = dict(parts.head)
    seen, findings = head.pop("seen"), head.pop("findings")
    named: dict[str, Any] = {**head, "symbols": tuple(head["symbols"]), "industries": tuple(head["industries"])}
    named["actions"] = tuple(CorporateAction(np.datetime64(day), *rest) for day, *rest in head["actions"])
    named["endings"] = tuple(
        Ending(np.datetime64(day), symbol, successor, ratio, cash, np.datetime64(announced))
        for day, symbol, successor, ratio, cash, announced in head["endings"]
    )
    raw = Panel(sessions=parts.arrays["sessions"], fields=_named(parts.arrays, "raw."), **named)
    rows: list[dict[str, Any]] = [{**row, "examples": tuple(row["examples"])} for row in findings]
    noticed = tuple(Finding(**row) for row in rows)
    panels = {}
    for place, (key, first, stop) in enumerate(seen):
        start, end = raw.sessions[first], raw.sessions[stop - 1]
        history = raw.window(None, end).with_fields(_named(parts.arrays, f"seen{place}."))
        panels[key] = Panels(first, raw.window(start, end), history)
    return Ground(raw=raw, seen=panels, findings=noticed, kept=Kept(KEPT))


def _named(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}


def write_parts(parts: Parts, folder: Path) -> Path:
    """Write parts as .npy files that workers map into memory, whole or not at all, and return where.

    The name of the folder is new each time: a worker that outlives a comparison must not take one panel for another.
    """
    remove_parts(folder)
    token = secrets.token_hex(4)
    folder, building = (folder.with_name(f"{folder.name}.{token}{end}") for end in ("", ".tmp"))
    building.mkdir(parents=True)
    for name, values in parts.arrays.items():
        np.save(building / f"{name}.npy", values)
    head = {**parts.head, "arrays": list(parts.arrays)}
    (building / _HEAD).write_text(json.dumps(head), encoding="utf-8")
    os.replace(building, folder)
    return folder


def map_parts(folder: Path) -> Parts:
    """Return what `write_parts` wrote, mapped into memory: all processes share the pages."""
    head = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
    return Parts(head, {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in head.pop("arrays")})


def remove_parts(folder: Path) -> None:
    """Delete what `write_parts` wrote, and what a process that died left of it."""
    for path in folder.parent.glob(f"{folder.name}.*"):
        if is_of_parts(path.name, folder.name):
            shutil.rmtree(path, ignore_errors=True)


def is_of_parts(name: str, begin: str) -> bool:
    """Return whether `write_parts` gives a folder that name, or gave it in a process that died."""
    return re.fullmatch(rf"{re.escape(begin)}\.[0-9a-f]{{8}}(\.tmp)?", name) is not None


def _read_only(score: Any) -> np.ndarray:
    values = np.array(score, dtype=np.float64)
    values.flags.writeable = False
    return values
