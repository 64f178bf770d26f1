"""The guide `keys`: every key of a configuration, with what it takes, its default and its meaning."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from ..config.comparison import CompareConfig
from ..config.presets import PRESETS
from ..config.run import Config, StrategyConfig
from ..dataset import store
from ..ideas.parameters import Parameter
from ..ideas.registry import ideas, strategy_class
from ..pages.language import Language, say, speaking
from ..synthetic import synthetic
from .key_rows import KeyRow, key_rows
from .markdown import code, table
from .parameter_rows import parameters_table

SECTIONS = ("data", "window", "universe", "strategy", "account", "costs", "market", "execution", "output")


def keys(language: Language) -> str:
    """Return the keys of a run and of a comparison as Markdown."""
    with speaking(language):
        return "\n\n".join([*_run(), *_comparison(), *_strategies(), *_options(), *_presets()])


def _run() -> Iterator[str]:
    rows = key_rows(Config.model_json_schema())
    yield f"## {say('A run')}"
    yield _keys(row for row in rows if row.key.partition(".")[0] not in SECTIONS)
    for section in SECTIONS:
        yield f"### {section}"
        yield _keys(row for row in rows if row.key == section or row.key.startswith(f"{section}."))


def _comparison() -> Iterator[str]:
    yield f"## {say('A comparison')}"
    yield _keys(key_rows(CompareConfig.model_json_schema()))


def _keys(rows: Any) -> str:
    head = (say("Key"), say("Takes"), say("Default"), say("Meaning"))
    return table(head, ((code(row.key), *_cells(row)) for row in rows))


def _cells(row: KeyRow) -> tuple[str, str, str]:
    return row.takes, row.default, row.meaning


def _strategies() -> Iterator[str]:
    yield f"## {say('Parameters of strategies')}"
    yield say("`strategy.parameters` takes those of the strategy that `strategy.name` names.")
    for name in ideas().strategies:
        yield f"### {name}"
        yield parameters_table(_parameters(name))


def _parameters(name: str) -> list[Parameter]:
    strategy = strategy_class(StrategyConfig(name=name))
    return [*strategy.PARAMETERS, *strategy.COMMON]


def _options() -> Iterator[str]:
    yield f"## {say('Options of the data')}"
    yield say("`data.options` takes these of the sources `dataset` and `synthetic`.")
    of = {"dataset": store.load, "synthetic": synthetic.generate}
    rows = ((code(source), code(name), code(default)) for source, name, default in _keywords(of))
    yield table((say("Source"), say("Option"), say("Default")), rows)


def _keywords(of: dict[str, Callable[..., Any]]) -> Iterator[tuple[str, str, str]]:
    for source, function in of.items():
        for name, one in inspect.signature(function).parameters.items():
            if one.kind is one.KEYWORD_ONLY:
                yield source, name, "null" if one.default is None else str(one.default).lower()


def _presets() -> Iterator[str]:
    yield f"## {say('Presets of the account')}"
    yield say("`account.preset` fills in these keys; the configuration's own win over them.")
    rows = ((code(name), ", ".join(code(key) for key in _filled(given))) for name, given in PRESETS.items())
    yield table((say("Preset"), say("Fills in")), rows)


def _filled(given: Any, parents: str = "account.") -> Iterator[str]:
    for key, value in given.items():
        if hasattr(value, "items"):
            yield from _filled(value, f"{parents}{key}.")
        else:
            yield f"{parents}{key}: {_value(value)}"


def _value(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    return "; ".join(" ".join(str(part) for part in row.values()) for row in value)
