"""What every strategy has to keep."""

import inspect
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .contract import (
    ContractError,
    bytes_of,
    computed,
    cuts,
    known_fields,
    only,
    portable,
    same,
    sample_panel,
    sound_parameters,
    until,
    untouched,
    without_rows,
)
from .core.config.yaml_file import load
from .core.dataset.store import save
from .core.errors import LiangrongError
from .core.ideas.registry import ideas
from .core.ideas.rule import Rule
from .core.ideas.strategy import MarginStrategy
from .core.ideas.target_strategy import Setting, TargetStrategy
from .core.panel.completion import complete
from .core.panel.panel import Panel
from .core.run.lookahead import check_lookahead
from .core.run.lookahead.observed import differences, observed
from .core.run.lookahead.words import finding_words
from .core.run.scenario import Scenario, assemble, load_universe
from .core.types import Panel2D

FIRST = 7
"""Row of the panel on which a run begins: decisions may look back."""

OPTIONAL = ("adj_factor", "suspended", "in_universe")
"""Read by whoever compares prices of different days or asks what trades, where the panel has it."""

EVERY_RUN = ("close",)
"""What no run is without, and what is derived from it."""

CUTS = 6
"""Sessions at which a strategy that decides session by session is tested."""


def check_strategy(
    strategy: type[MarginStrategy],
    parameters: Mapping[str, Any] | None = None,
    rule: Rule | None = None,
    panel: Panel | None = None,
) -> None:
    """Check that a strategy is one.

    Parameters
    ----------
    strategy : subclass of MarginStrategy
    parameters : mapping, optional
        Defaults where absent.
    rule : Rule, optional
        Of a `TargetStrategy` that trades one; a random score with gaps where absent.
    panel : Panel, optional
        `sample_panel` where absent.

    Raises
    ------
    ContractError
        A parameter without words or with a default outside its bounds; a field that it needs and the panel lacks.
        Of a `TargetStrategy`: targets that are not float64 (T - first, N) with finite numbers or NaN; differ in a
        second computation; change what they are given; need other fields than it says; depend on later rows; want a
        security without rows. Of any other: the look-ahead check of `liangrong lookahead` finds something; its orders
        need other fields than it says.

    Notes
    -----
    A strategy that decides session by session is run by name, so it stands in a file of its own, or is registered by an
    installed package; that takes some seconds. A program that checks one begins with ``if __name__ == "__main__":``.
    """
    if not (isinstance(strategy, type) and issubclass(strategy, MarginStrategy)):
        raise ContractError(f"a strategy should be a subclass of MarginStrategy, got {strategy!r}")
    name = f"strategy `{strategy.__name__}`"
    panel = sample_panel() if panel is None else panel
    sound_parameters(name, strategy.PARAMETERS)
    try:
        checked = strategy.check(parameters or {}, strategy.__name__)
    except LiangrongError as error:
        raise ContractError(f"{name} should take its own defaults and the given parameters: {error}") from error
    known_fields(name, tuple(strategy.needs(checked)), panel)
    portable(name, strategy)
    if issubclass(strategy, TargetStrategy):
        own = {one.name: checked[one.name] for one in strategy.PARAMETERS}
        _check_targets(strategy, name, own, _setting(panel, strategy, rule))
    else:
        _check_decisions(strategy, name, parameters or {}, panel)


def _setting(panel: Panel, strategy: type[MarginStrategy], rule: Rule | None) -> Setting:
    rng = np.random.default_rng(3)
    score = None
    if strategy.USES_RULE:
        drawn = np.where(rng.random(panel.shape) < 0.1, np.nan, rng.normal(size=panel.shape))
        score = drawn if rule is None else rule.score(panel)
    first = min(FIRST, len(panel.sessions) - 2)
    return Setting(panel, first, (rng.random((len(panel.sessions) - first, panel.shape[1])) < 0.7).astype(float), score)


def _check_targets(strategy: type[TargetStrategy], name: str, parameters: dict[str, Any], setting: Setting) -> None:
    panel, first = setting.panel, setting.first

    def targets(given: Setting, on: str) -> Panel2D:
        shape = len(given.panel.sessions) - first, given.panel.shape[1]
        return computed(f"`targets` of {name}", on, lambda: strategy.targets(given, parameters), shape)

    before = bytes_of(panel), [None if given is None else given.tobytes() for given in setting[2:]]
    whole = targets(setting, "the panel")
    untouched(name, before[0], panel)
    for field, given, content in zip(Setting._fields[2:], setting[2:], before[1], strict=True):
        if given is not None and given.tobytes() != content:
            raise ContractError(f"{name} should leave its setting as it is, it wrote into `{field}`: copy it first")

    def again() -> None:
        same(f"{name} is not deterministic", whole, targets(setting, "the panel, a second time"), panel, first)

    for end in (end for end in cuts(panel.sessions, again) if end > max(first, strategy.warmup(parameters))):
        ended = f"a history that ends on {panel.sessions[end - 1]}"
        part = targets(_until(setting, end), ended)
        same(f"{name} knew the future, on {ended}", part, whole[: end - first], panel, first)
    needs = strategy.needs(parameters)
    fewer = only(panel, (*needs, *OPTIONAL))
    lean = targets(setting._replace(panel=fewer), f"a panel of {', '.join(fewer.fields)} alone")
    same(f"{name} reads other fields than it says it needs {needs}", whole, lean, panel, first)
    _wants_nothing_unknown(name, targets, setting)


def _until(setting: Setting, end: int) -> Setting:
    score = None if setting.score is None else setting.score[:end].copy()
    shortable = setting.shortable[: end - setting.first].copy()
    return Setting(until(setting.panel, end), setting.first, shortable, score)


def _wants_nothing_unknown(name: str, targets: Any, setting: Setting) -> None:
    panel, j = without_rows(setting.panel, list(setting.panel.fields))
    score = None if setting.score is None else setting.score.copy()
    if score is not None:
        score[:, j] = np.nan
    weights = targets(setting._replace(panel=panel, score=score), "a panel with a security without rows")[:, j]
    wanted = np.flatnonzero(np.nan_to_num(weights))
    if len(wanted):
        day = panel.sessions[setting.first + wanted[0]]
        raise ContractError(
            f"{name} should want nothing of a security without rows, got the weight {weights[wanted[0]]:g} for "
            f"{panel.symbols[j]} on {day}"
        )


def _check_decisions(strategy: type[MarginStrategy], name: str, parameters: Mapping[str, Any], panel: Panel) -> None:
    named = next((known for known, found in ideas().strategies.items() if found is strategy), None)
    named = named or f"{Path(inspect.getfile(strategy)).resolve()}:{strategy.__name__}"
    with tempfile.TemporaryDirectory() as folder:
        data = {"source": "dataset", "path": str(save(panel, (), Path(folder) / "data"))}
        keys = {"name": "contract", "data": data, "strategy": {"name": named, "parameters": dict(parameters)}}
        try:
            config = load(keys)
            found = check_lookahead(config, CUTS).findings
            scenario = assemble(config, *load_universe(config))
        except LiangrongError as error:
            raise ContractError(f"{name} should run on the panel, got {type(error).__name__}: {error}") from error
    if found:
        raise ContractError(f"{name} {found[0].kind}: {finding_words(found[0])}")
    _decides_by_what_it_needs(name, scenario, panel)


def _decides_by_what_it_needs(name: str, scenario: Scenario, panel: Panel) -> None:
    """Compare the orders with those of a strategy that sees no other fields; market and account stay as they are."""
    needs = scenario.strategy.needs(scenario.parameters)
    kept = complete(only(panel, (*needs, *EVERY_RUN, *OPTIONAL))).fields
    lean = only(scenario.history, kept)
    try:
        got = observed(replace(scenario, history=lean))
    except LiangrongError as error:
        raise ContractError(
            f"{name} reads other fields than it says it needs {needs}: on a panel of {', '.join(lean.fields)} alone, "
            f"got {type(error).__name__}: {error}"
        ) from error
    found = differences(observed(scenario), got, *[len(panel.sessions)] * 2, panel.symbols)
    if found:
        one = found[0]
        raise ContractError(
            f"{name} reads other fields than it says it needs {needs}: expected the orders {one.before} for "
            f"{one.symbol} on {panel.sessions[one.row]}, got {one.after}"
        )
