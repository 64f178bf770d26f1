"""From the configuration of a comparison to its trials: each a run configuration, checked before anything runs."""

import itertools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..config.comparison import Base, CompareConfig, RangeConfig, read_base
from ..config.paths import rooted_value
from ..config.run import Config
from ..errors import ConfigError, LiangrongError
from ..ideas.form import Form
from ..ideas.registry import ideas, resolve_rule, resolve_strategy
from ..pages.language import say
from ..run.compiled import is_event_driven

SHARED = ("name", "description", "data", "universe", "window")
"""Keys that all trials have from the base: one panel is held, and the statistics need the same sessions."""


class Trial(NamedTuple):
    """One trial or control."""

    number: int  # from 1, in the order of the configuration; controls follow the trials
    label: str
    keys: dict[str, Any]  # what it varies
    config: Config
    is_control: bool


class Plan(NamedTuple):
    """The trials and controls of a comparison, and what was left out of it."""

    trials: tuple[Trial, ...]
    notes: tuple[str, ...]


def plan_trials(config: CompareConfig, base: Base, folder: Path) -> Plan:
    """Return the trials and controls; `folder` is that of the comparison's file.

    Raises
    ------
    ConfigError
        Every trial that is wrong, with its key, one a line.
    """
    given = [(keys, False) for keys in _variations(config)] + [(keys, True) for keys in _controls(config, base)]
    trials: list[Trial] = []
    seen: dict[tuple[str, bool], str] = {}
    labels: set[str] = set()
    wrong, doubles = [], []
    for position, (keys, is_control) in enumerate(given, start=1):
        label = _free(_label(keys), labels)
        try:
            made = _config(config, base, folder, keys)
        except LiangrongError as error:
            kind = "control" if is_control else "trial"
            wrong += [f"{kind} {position} ({label}): {line}" for line in str(error).splitlines()]
            continue
        content = made.model_dump_json(exclude={"name", "description"}), is_control
        if content in seen:
            doubles.append(say("{label} is {other} once more and left out.", label=label, other=seen[content]))
            continue
        seen[content] = label
        labels.add(label)
        number = len(trials) + 1
        named = made.model_copy(update={"name": f"{config.name}_{number:04d}", "description": label})
        trials.append(Trial(number, label, keys, named, is_control))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return Plan(tuple(trials), (*doubles, *_left_behind(trials, base)))


def _left_behind(trials: list[Trial], base: Base) -> Iterator[str]:
    """Say which parameters of the base's rule a trial does not have, since its own rule takes the whole place."""
    strategy: Any = base.keys.get("strategy")
    rule = strategy.get("rule") if isinstance(strategy, Mapping) else None
    stated = rule.get("parameters") or {} if isinstance(rule, Mapping) else {}
    for name, value in stated.items():
        others = [
            getattr(resolve_rule(trial.config.strategy.rule), name, value)
            for trial in trials
            if "strategy.rule" in trial.keys and trial.config.strategy.rule is not None
        ]
        is_varied = any(f"strategy.rule.parameters.{name}" in trial.keys for trial in trials)
        count = 0 if is_varied else sum(other != value for other in others)
        if count:
            yield say(
                "`strategy.rule` takes the place of the base's whole rule: its `{key}` does not hold in {n} trials, "
                "which have their rule's default or what they state; vary {vary} to keep it.",
                key=f"{name}: {value}",
                n=f"{count}",
                vary=f"{{name: …, parameters: {{{name}: {value}}}}}",
            )


def _variations(config: CompareConfig) -> Iterator[dict[str, Any]]:
    trials = config.trials
    if trials.method == "list":
        yield from map(dict, trials.list)
    elif trials.method == "grid":
        for values in itertools.product(*trials.keys.values()):
            yield dict(zip(trials.keys, values, strict=True))
    else:
        random = np.random.default_rng(trials.seed)
        for _ in range(trials.count or 0):
            yield {key: _drawn(values, random) for key, values in trials.keys.items()}


def _drawn(values: list[Any] | RangeConfig, random: np.random.Generator) -> Any:
    if not isinstance(values, RangeConfig):
        return values[int(random.integers(len(values)))]
    low, high = (math.log(values.low), math.log(values.high)) if values.log else (values.low, values.high)
    share = float(random.random())
    drawn = low + (high - low) * share
    drawn = math.exp(drawn) if values.log else drawn
    if values.kind == "int":
        return min(max(round(drawn), math.ceil(values.low)), math.floor(values.high))
    return float(f"{min(max(drawn, values.low), values.high):.6g}")  # a label has to be readable


def _controls(config: CompareConfig, base: Base) -> Iterator[dict[str, Any]]:
    """Yield the controls: those that are configured, else the five; what is only named has the form of the base."""
    strategy: Any = base.keys.get("strategy")
    is_form = isinstance(strategy, Mapping) and _is_form(strategy.get("name"))
    form: dict[str, Any] = dict(strategy) if is_form else {"name": "quantile"}
    for control in ideas().controls if config.controls is None else config.controls:
        if not isinstance(control, str):
            yield dict(control)
            continue
        own = {"name": control} if control == "buy_and_hold" else {**form, "rule": control}
        yield {"name": control, "strategy": own}


def _is_form(name: Any) -> bool:
    return issubclass(ideas().strategies.get(name, object), Form)


def _config(config: CompareConfig, base: Base, folder: Path, keys: Mapping[str, Any]) -> Config:
    """Return the run configuration of a trial, its strategy and rule resolved once to see that they exist."""
    start = _moved(base, folder / str(keys["base"])) if "base" in keys else base.with_keys({})
    for key, value in sorted(keys.items(), key=lambda item: item[0].count(".")):
        if key in ("base", "name"):
            continue
        if key.partition(".")[0] in SHARED and not key.startswith("data.publication_lag"):
            raise ConfigError(f"`{key}` should be the same for all trials: one panel is compared on; set it in `run`")
        start.put(key, rooted_value(key, value, folder))
    start.keys["name"] = config.name
    made = start.config()
    strategy = resolve_strategy(made.strategy)
    strategy.check(made.strategy.parameters, made.strategy.name)
    if made.strategy.rule is not None:
        resolve_rule(made.strategy.rule)
    engine = config.engine if not is_event_driven(strategy) else "backtrader"
    if "execution.engine" in keys:
        engine = made.execution.engine
    return made.model_copy(update={"execution": made.execution.model_copy(update={"engine": engine})})


def _moved(base: Base, file: Path) -> Base:
    """Return the base with the strategy of another run configuration."""
    own = read_base(file, only="strategy")
    if "strategy" not in own.keys:
        raise ConfigError(f"`base` {file} should be a run configuration with a `strategy`")
    places = {dotted: place for dotted, place in base.lines.items() if dotted.partition(".")[0] != "strategy"}
    return base._replace(keys={**base.keys, **own.keys}, lines=places | own.lines).with_keys({})


def _label(keys: Mapping[str, Any]) -> str:
    """Return the name of a trial: its own, its base's, and the short names of the keys that it varies."""
    if "name" in keys:
        return str(keys["name"])
    parts = [Path(str(keys["base"])).stem] if "base" in keys else []
    parts += [f"{_short(key, keys)}={worded(value)}" for key, value in keys.items() if key != "base"]
    return " ".join(parts) or "base"


def _short(key: str, keys: Mapping[str, Any]) -> str:
    last = key.rpartition(".")[2]
    return key if sum(other.rpartition(".")[2] == last for other in keys) > 1 else last


def worded(value: Any) -> str:
    """Return what a trial varies in words: a rule as ``spread_level(scale=own)``."""
    if isinstance(value, Mapping) and "name" in value:
        inner = [f"{key}={worded(of)}" for key, of in dict(value.get("parameters") or {}).items()]
        inner += [worded(rule) for rule in value.get("rules") or ()]
        return f"{value['name']}({', '.join(inner)})" if inner else str(value["name"])
    return f"{value:g}" if isinstance(value, float) else str(value)


def _free(label: str, taken: set[str]) -> str:
    """Return the label, numbered where another trial has it."""
    numbered = (f"{label} #{n}" for n in itertools.count(2))
    return label if label not in taken else next(name for name in numbered if name not in taken)
