"""From names in a configuration to strategies and rules: registered ones, or those of a user's own file."""

import difflib
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..config import RuleConfig, StrategyConfig
from ..config_paths import own_file
from ..errors import ConfigError
from .own_modules import own_module


def resolve_strategy(config: StrategyConfig) -> Any:
    """Return the strategy class that a configuration names.

    Raises
    ------
    ConfigError
        An unknown name, with the nearest; a file without that class; a rule where the strategy takes none, or none
        where it trades one.
    """
    strategy = strategy_class(config)
    if strategy.USES_RULE and config.rule is None:
        raise ConfigError(f"`strategy.rule` is required: strategy `{config.name}` trades a rule of `liangrong rules`")
    if config.rule is not None and not strategy.USES_RULE:
        raise ConfigError(f"`strategy.rule` has no meaning for strategy `{config.name}`, which trades none: remove it")
    return strategy


def resolve_rule(config: RuleConfig) -> Any:
    """Return the rule, its parameters checked; ConfigError for an unknown name or parameter."""
    return rule_class(config).build(config.name, config.parameters, [resolve_rule(child) for child in config.rules])


def strategy_class(config: StrategyConfig) -> Any:
    """Return the strategy's class; ConfigError for an unknown name."""
    return _named(config.name, registry("strategies"), part_of_strategies("base").MarginStrategy, "strategy")


def rule_class(config: RuleConfig) -> Any:
    """Return the rule's class; ConfigError for an unknown name."""
    return _named(config.name, registry("rules"), part_of_strategies("rules").Rule, "rule")


def registry(what: str) -> Mapping[str, Any]:
    """Return the registered ``rules`` or ``strategies``: name -> class."""
    return part_of_strategies("rules").RULES if what == "rules" else part_of_strategies("").STRATEGIES


def part_of_strategies(name: str) -> Any:
    """Return a module of `liangrong.strategies`, which the core never imports by itself; the package for ``""``."""
    root = __package__.partition(".core")[0] if __package__ else "liangrong"
    return importlib.import_module(f"{root}.strategies.{name}".rstrip("."))


def _named(name: str, known: Mapping[str, Any], base: type, what: str) -> Any:
    if own_file(name) is not None:
        return _from_file(name, base, what)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`? " if near else ""
        raise ConfigError(f"there is no {what} `{name}`: {hint}known are {', '.join(sorted(known))}, or FILE.py:CLASS")
    return known[name]


def _from_file(name: str, base: type, what: str) -> Any:
    """Return a class of a user's file; its module is loaded once for each state of its sources."""
    file, _, attribute = name.rpartition(":")
    path = Path(file)
    if not path.is_file():
        raise ConfigError(f"{what} `{name}`: there is no file {path}")
    module = own_module(path.resolve(), what)
    found = getattr(module, attribute, None)
    if not (isinstance(found, type) and issubclass(found, base)):
        fitting = [k for k, v in vars(module).items() if isinstance(v, type) and issubclass(v, base) and v is not base]
        raise ConfigError(
            f"{path} defines no {what} `{attribute}`: it should be a subclass of {base.__name__}; "
            f"the file has {', '.join(fitting) or 'none'}"
        )
    return found
