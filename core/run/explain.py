"""What rules and strategies say of themselves: claim, formula, parameters, fields, and an example configuration."""

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..config.run import RuleConfig, StrategyConfig
from ..ideas.registry import ideas, rule_class, strategy_class
from ..panel.publication import WHEN, publication


@dataclass(frozen=True)
class Explained:
    """A rule or a strategy in words.

    Parameters
    ----------
    name : str
        As a configuration names it.
    summary, claim, formula, notes : str
        Paragraphs of its docstring; empty where it has none.
    parameters : tuple of (name, default, expected, doc)
    fields : tuple of (field, when it is public)
        With default parameters.
    takes : str
        What other rules it is made of; empty for none.
    example : str
        A configuration's `strategy` section, YAML.
    package : str
        Whose it is; empty of this project.
    """

    name: str
    summary: str
    claim: str
    formula: str
    notes: str
    parameters: tuple[tuple[str, str, str, str], ...]
    fields: tuple[tuple[str, str], ...]
    takes: str
    example: str
    package: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values."""
        parameters = [dict(zip(("name", "default", "is", "what"), one, strict=True)) for one in self.parameters]
        fields = [{"field": field, "public": public} for field, public in self.fields]
        return {**vars(self), "parameters": parameters, "fields": fields}


def rules() -> Iterator[Explained]:
    """Yield every registered rule, in the order of the registry."""
    yield from map(explain_rule, ideas().rules)


def strategies() -> Iterator[Explained]:
    """Yield every registered strategy."""
    yield from map(explain_strategy, ideas().strategies)


def explain_rule(name: str) -> Explained:
    """Return what a rule says of itself; ConfigError for an unknown name."""
    rule = rule_class(RuleConfig(name=name))
    takes = getattr(rule, "ROLES", "")
    fields = rule.NEEDS if takes else rule.build(name, {}).needs()
    lines = ["strategy:", f"  name: {rule.STRATEGY}", "  rule:", f"    name: {name}"]
    lines += _parameters_yaml(rule.parameters(), "    ")
    if takes:
        lines += ["    rules: [spread_zscore, market_regime]" if rule.COUNT[1] != 1 else "    rules: [spread_zscore]"]
    return _explained("rule", name, rule, rule.parameters(), fields, takes, lines)


def explain_strategy(name: str) -> Explained:
    """Return what a strategy says of itself; ConfigError for an unknown name."""
    strategy = strategy_class(StrategyConfig(name=name))
    parameters = (*strategy.PARAMETERS, *strategy.COMMON)
    fields = strategy.needs({p.name: p.default for p in parameters})
    lines = ["strategy:", f"  name: {name}", *(["  rule: spread_zscore"] if strategy.USES_RULE else [])]
    return _explained("strategy", name, strategy, parameters, fields, "", lines + _parameters_yaml(parameters, "  "))


def _explained(
    what: str, name: str, thing: Any, parameters: Iterable[Any], fields: Iterable[str], takes: str, example: list[str]
) -> Explained:
    parts = _paragraphs(thing)
    return Explained(
        name=name,
        parameters=tuple((p.name, _yaml(p.default), p.expected(), p.doc) for p in parameters),
        fields=tuple((field, WHEN[publication(field).when]) for field in fields),
        takes=takes,
        example="\n".join(example),
        package=ideas().packages.get((what, name), ""),
        **parts,
    )


def _paragraphs(thing: Any) -> dict[str, str]:
    """Return the docstring's summary, claim, formula, and the rest."""
    text = re.sub(r"^(Claim|Formula): ", r"\n\1: ", inspect.cleandoc(thing.__doc__ or ""), flags=re.MULTILINE)
    text = re.sub(r"^Notes\n-+\n", "", text, flags=re.MULTILINE)
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]
    parts = {"summary": paragraphs[0] if paragraphs else "", "claim": "", "formula": ""}
    notes = []
    for paragraph in paragraphs[1:]:
        key, colon, rest = paragraph.partition(": ")
        if colon and key.lower() in ("claim", "formula"):
            parts[key.lower()] = rest
        else:
            notes.append(paragraph)
    return {**parts, "notes": "\n\n".join(notes)}


def _parameters_yaml(parameters: Iterable[Any], indent: str) -> list[str]:
    rows = [f"{indent}  {p.name}: {_yaml(p.default)}  # {p.doc}" for p in parameters]
    return [f"{indent}parameters:", *rows] if rows else []


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(list(value)) if isinstance(value, tuple) else str(value)
