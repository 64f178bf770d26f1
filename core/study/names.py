"""The rules that a study's command line names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ..config.layers import dotted_keys
from ..config.paths import own_file
from ..config.python_values import plain_value
from ..config.run import RuleConfig, StrategyConfig
from ..config.yaml_file import Lines, checked
from ..errors import ConfigError
from ..ideas.registry import resolve_rule
from ..panel.leverage import estimable
from ..run.explain import rules

WRAPPERS = ("gate", "lag", "smooth")
"""Composed rules that make no claim."""


def parse_rule(text: str) -> RuleConfig:
    """Return the rule that a text names: ``balance_trend``, ``my.py:Mine``, ``industry_relative(spread_zscore)``."""
    name, bracket, inner = text.strip().partition("(")
    if bracket and not inner.endswith(")"):
        raise ConfigError(f"rule `{text}`: a bracket is not closed; write it as industry_relative(spread_zscore)")
    return RuleConfig(name=name.strip(), rules=[parse_rule(part) for part in _split(inner[:-1])] if bracket else [])


def every_rule() -> dict[str, RuleConfig]:
    """Return all registered rules by name, composed ones over the rules of their examples.

    Those that only delay or silence another rule (`WRAPPERS`) make no claim of their own and are left out.
    """
    found = {}
    for one in rules():
        if one.name in WRAPPERS:
            continue
        rule = StrategyConfig(**yaml.safe_load(one.example)["strategy"]).rule
        if rule is not None:
            inner = ", ".join(child.name for child in rule.rules)
            stated = rule.model_copy(update={"parameters": {}})  # those of the example are the defaults
            found[f"{one.name}({inner})" if inner else one.name] = stated
    return found


def named_rules(
    names: Sequence[str | Mapping[str, Any]], parameters: Sequence[str] | Mapping[str, Any] = ()
) -> dict[str, RuleConfig]:
    """Return the rules that are asked for, by name; ``all`` is every registered one.

    Parameters
    ----------
    names : sequence of str or mapping
        As `parse_rule`, or the keys of a rule in a configuration.
    parameters : sequence of str, or mapping
        ``name=value`` for a single rule, the value written as in YAML; or names and values.

    Raises
    ------
    ConfigError
        A text that is none of this, parameters for more than one rule.
    """
    found: dict[str, RuleConfig] = {}
    for name in names:
        found |= every_rule() if name == "all" else _stated(name)
    if not parameters:
        return found
    if len(found) != 1:
        raise ConfigError(f"parameters (`--set`) are of a single rule, and there are {len(found)}: study one at a time")
    ((name, rule),) = found.items()
    given = plain_value(parameters) if isinstance(parameters, Mapping) else dict(map(_setting, parameters))
    return {name: rule.model_copy(update={"parameters": given})}


def _stated(name: str | Mapping[str, Any]) -> dict[str, RuleConfig]:
    """Return one rule by its name, which tells of its parameters and rules."""
    if isinstance(name, str):
        return {name: parse_rule(name)}
    raw = plain_value(name)
    places: Lines = {dotted: None for key, value in raw.items() for dotted in dotted_keys(key, value)}
    rule = checked(raw, "rule", places, RuleConfig)
    inner = f"({', '.join(child.name for child in rule.rules)})" if rule.rules else ""
    own = ", ".join(f"{key}: {value}" for key, value in rule.parameters.items())
    return {f"{rule.name}{inner}{f' ({own})' if own else ''}": rule}


def fitted(rule: RuleConfig, fields: Collection[str]) -> RuleConfig:
    """Return the rule with the first choice that `fields` allow where its default needs others; its rules likewise.

    What is stated stays as it is.
    """
    rule = rule.model_copy(update={"rules": [fitted(child, fields) for child in rule.rules]})
    for name, choices in resolve_rule(rule).choices_within(fields).items():
        if name not in rule.parameters:
            return rule.model_copy(update={"parameters": {**rule.parameters, name: choices[0]}})
    return rule


def chosen(rule: RuleConfig, stated: RuleConfig) -> list[str]:
    """Return what `fitted` chose for `stated` and the rules that it is made of, as ``scale: turnover``."""
    own = [f"{name}: {value}" for name, value in rule.parameters.items() if name not in stated.parameters]
    inner = [word for pair in zip(rule.rules, stated.rules, strict=True) for word in chosen(*pair)]
    return list(dict.fromkeys(own + inner))


def missing(rule: RuleConfig, fields: Collection[str]) -> list[str]:
    """Return what the rule needs and `fields` neither have nor allow to estimate."""
    return [field for field in resolve_rule(rule).needs() if field not in fields and field not in estimable(fields)]


def states_parameters(rule: RuleConfig) -> bool:
    """Return whether a rule, or one that it is made of, states a parameter."""
    return bool(rule.parameters) or any(map(states_parameters, rule.rules))


def is_plain_form(rule: RuleConfig, own: RuleConfig) -> bool:
    """Return whether `rule` is `own` without its parameters: the same rule, made of the same ones."""
    is_same = _place(rule.name) == _place(own.name) and len(rule.rules) == len(own.rules) and not rule.parameters
    return is_same and all(map(is_plain_form, rule.rules, own.rules))


def words_of_parameters(rule: RuleConfig) -> str:
    """Return what a rule and those that it is made of state, as ``window: 8``."""
    return ", ".join(chosen(rule, bare_form(rule)))


def bare_form(rule: RuleConfig) -> RuleConfig:
    """Return a rule without any parameter."""
    return rule.model_copy(update={"parameters": {}, "rules": [bare_form(child) for child in rule.rules]})


def _place(name: str) -> str:
    """Return a name as it compares: that of a file from the root on."""
    file = own_file(name)
    return name if file is None else f"{Path(file).resolve()}:{name.rpartition(':')[2]}"


def folder_name(name: str) -> str:
    """Return the name of a rule as that of a folder."""
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in Path(name).name).strip("_")


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"`--set {text}` should read NAME=VALUE")
    try:
        return name.strip(), yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"`--set {text}`: not a value in YAML: {error}") from None


def _split(text: str) -> Iterable[str]:
    """Split at the commas that stand in no bracket."""
    depth, part = 0, ""
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            yield part
            part = ""
        else:
            part += sign
    yield part
