"""From names in a configuration to strategies and rules: registered ones, or those of a user's own file."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ..account.commissions import Commission, first_model, own_model
from ..config.paths import own_file
from ..config.run import CommissionConfig, CostsConfig, RuleConfig, StrategyConfig
from ..errors import ConfigError, did_you_mean
from .own_modules import blaming, own_module
from .rule import Rule
from .strategy import MarginStrategy

GROUP = "liangrong.ideas"
"""Entry points of this group name modules that register ideas."""

_FIRST_MODEL = CommissionConfig().name


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
    found, children = rule_class(config), [resolve_rule(child) for child in config.rules]
    with blaming(found, f"rule `{config.name}`"):
        return found.build(config.name, config.parameters, children)


def strategy_class(config: StrategyConfig) -> Any:
    """Return the strategy's class; ConfigError for an unknown name."""
    return _named(config.name, ideas().strategies, MarginStrategy, "strategy")


def rule_class(config: RuleConfig) -> Any:
    """Return the rule's class; ConfigError for an unknown name."""
    return _named(config.name, ideas().rules, Rule, "rule")


class Ideas(NamedTuple):
    """What modules of the entry-point group `GROUP` register, by the name that a configuration gives."""

    rules: Mapping[str, type[Rule]]
    controls: Mapping[str, type[Rule]]  # rules that every comparison includes
    strategies: Mapping[str, type[MarginStrategy]]
    files: tuple[Path, ...]  # of the modules
    packages: Mapping[tuple[str, str], str]  # (rule or strategy, name) -> whose it is; not those of this project


@cache
def ideas() -> Ideas:
    """Return all registered ideas.

    Raises
    ------
    ConfigError
        A module that cannot be imported, or one that registers a name that another one has.

    Notes
    -----
    An entry point of the group names a module that may hold mappings of name to class: `RULES`, `CONTROLS` (rules too)
    and `STRATEGIES` (portfolio forms among them). Those of this project are registered in the same way, and first.
    """
    rules, controls, strategies = {}, {}, {}
    files, packages = [], {}
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: (not _is_ours(entry), entry.name)):
        owner = _owner(entry)
        module = _loaded(entry, owner)
        files.append(Path(str(module.__file__)))
        for kind, known in (("RULES", rules), ("CONTROLS", rules), ("CONTROLS", controls), ("STRATEGIES", strategies)):
            for name in _register(known, getattr(module, kind, {}), kind, owner):
                if not _is_ours(entry):
                    packages["strategy" if kind == "STRATEGIES" else "rule", name] = owner
    return Ideas(rules, controls, strategies, tuple(files), packages)


def packages_of_ideas() -> list[tuple[str, str]]:
    """Return the packages other than this project that register ideas, and their modules; none is imported."""
    entries = metadata.entry_points(group=GROUP)
    return sorted((_owner(entry), entry.value) for entry in entries if not _is_ours(entry))


def _is_ours(entry: metadata.EntryPoint) -> bool:
    return entry.value.partition(".")[0] == __name__.partition(".")[0]


def _owner(entry: metadata.EntryPoint) -> str:
    """Return the name of the distribution that has an entry point, as `pip uninstall` takes it."""
    return entry.value.partition(".")[0] if entry.dist is None else entry.dist.name


def _loaded(entry: metadata.EntryPoint, owner: str) -> ModuleType:
    """Return the module of an entry point; ConfigError for anything else."""
    try:
        module = entry.load()
    except (Exception, SystemExit) as error:  # whatever a package of the user's does
        raise ConfigError(
            f"the package `{owner}` registers ideas ({GROUP}) in `{entry.value}`, which cannot be imported: "
            f"{type(error).__name__}: {error}: mend or uninstall it"
        ) from error
    if not isinstance(module, ModuleType):
        raise ConfigError(
            f"the package `{owner}` should name a module in the group {GROUP}, got `{entry.value}`: write it without "
            "a colon, and let the module have RULES, CONTROLS or STRATEGIES"
        )
    return module


def _register(known: dict[str, Any], more: Any, kind: str, owner: str) -> list[str]:
    """Add what a module registers and return its names; ConfigError for what is no name or class, or is taken."""
    base = MarginStrategy if kind == "STRATEGIES" else Rule
    if not isinstance(more, Mapping):
        raise ConfigError(f"`{kind}` of the package `{owner}` should map names to classes, got {more!r}")
    for name, found in more.items():
        if not (isinstance(name, str) and re.fullmatch(r"[\w.-]+", name)):
            raise ConfigError(
                f"`{kind}` of the package `{owner}` should have names of letters, digits, `_`, `-`, `.`, got {name!r}"
            )
        if not (isinstance(found, type) and issubclass(found, base)):
            raise ConfigError(
                f"`{kind}` of the package `{owner}` should map names to subclasses of {base.__name__}, "
                f"`{name}` is {found!r}"
            )
        if known.setdefault(name, found) is not found:
            raise ConfigError(
                f"`{kind}` of the package `{owner}` has `{name}`, which {known[name].__module__} registers: "
                "give yours another name, or uninstall one of them"
            )
    return list(more)


def resolve_commission(costs: CostsConfig) -> Commission:
    """Return the commission model that a configuration names; ConfigError for an unknown or unfit one."""
    name = costs.commission.name
    if own_file(name) is None:
        if name != _FIRST_MODEL:
            hint = did_you_mean(name, (_FIRST_MODEL,))
            raise ConfigError(f"there is no commission model `{name}`: {hint}known is {_FIRST_MODEL}, or FILE.py:NAME")
        if costs.commission.parameters:
            raise ConfigError(
                f"`costs.commission.parameters` are those of a model of your own: {_FIRST_MODEL} takes "
                "`costs.commission_rate` and `costs.commission_minimum`"
            )
        return first_model(costs)
    found = _from_file(name, _is_function, "commission model", "a function of shares, value and is_sale")
    return own_model(found, costs.commission.parameters, costs, name)


def _is_function(thing: Any) -> bool:
    return callable(thing) and not isinstance(thing, type)


def _named(name: str, known: Mapping[str, Any], base: type, what: str) -> Any:
    if own_file(name) is not None:
        return _from_file(name, lambda thing: _is_own(thing, base), what, f"a subclass of {base.__name__}")
    if name not in known:
        hint = did_you_mean(name, known)
        raise ConfigError(f"there is no {what} `{name}`: {hint}known are {', '.join(sorted(known))}, or FILE.py:CLASS")
    return known[name]


def _is_own(thing: Any, base: type) -> bool:
    return isinstance(thing, type) and issubclass(thing, base) and thing is not base


def _from_file(name: str, fits: Callable[[Any], bool], what: str, kind: str) -> Any:
    """Return what fits of a user's file; its module is loaded once for each state of its sources."""
    file, _, attribute = name.rpartition(":")
    path = Path(file)
    if not path.is_file():
        raise ConfigError(f"{what} `{name}`: there is no file {path}")
    module = own_module(path.resolve(), what)
    found = getattr(module, attribute, None)
    if not fits(found):
        fitting = [key for key, thing in vars(module).items() if fits(thing) and thing.__module__ == module.__name__]
        raise ConfigError(
            f"{path} defines no {what} `{attribute}`: {did_you_mean(attribute, fitting)}it should be {kind}; the file "
            f"has {', '.join(fitting) or 'none'}"
        )
    return found
