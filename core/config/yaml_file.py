"""From a YAML file and overrides to a Config, with errors that name the file, the dotted key and the line."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from ..errors import ConfigError, did_you_mean
from .paths import fresh, rooted
from .quantities import shown
from .run import Config, Model, Problem, known_keys, validate_as

M = TypeVar("M", bound=Model)

COMPARES = "trials"
"""The key that tells the configuration of a comparison from that of a run."""

_COMMAND_LINE = 0
_SCALARS = frozenset({"bool", "int", "float", "str"})
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def load(path: Path | str, overrides: Iterable[str] = ()) -> Config:
    """Read a configuration.

    Parameters
    ----------
    path : path
        A YAML file.
    overrides : iterable of str
        ``a.b=c``: the value of the dotted key ``a.b``, written as in YAML.

    Raises
    ------
    ConfigError
        No such file, a YAML syntax error, an unknown key, a value of the wrong type or range.
    """
    path = Path(path)
    return parse(text_of(path), str(path), path.parent, overrides)


def text_of(path: Path) -> str:
    """Return the text of a YAML file; ConfigError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"no configuration at {path}: give the path of a YAML file{_neighbours(path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as a configuration: {error}") from None


def parse(text: str, name: str, folder: Path, overrides: Iterable[str] = ()) -> Config:
    """Read a configuration from `text`; relative data paths start at `folder`."""
    raw, lines = plain_keys(text, name, overrides)
    if COMPARES in raw:
        raise ConfigError(f"{name} is a comparison, it has `{COMPARES}`: `liangrong compare` runs it")
    return checked(rooted(expanded(raw), folder), name, lines, Config)


def plain_keys(text: str, name: str, overrides: Iterable[str] = ()) -> tuple[dict[str, Any], dict[str, int]]:
    """Return what a YAML text says, with `overrides`, and the line of every dotted key."""
    lines: dict[str, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        raw = _plain(node, "", lines, name) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{name}{line}: not valid YAML: {error.problem or error.context}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: a configuration should be a mapping of keys, got {type(raw).__name__}")
    for override in overrides:
        _apply(raw, override, lines)
    return raw, lines


def checked(raw: dict[str, Any], name: str, lines: Mapping[str, int | None], model: type[M]) -> M:
    """Return the `model` that `raw` describes; ConfigError with every key that is wrong, one a line."""
    config = validate_as(raw, model)
    if isinstance(config, list):
        said = (_explained(problem, name, lines, model) for problem in _one_a_key(config))
        raise ConfigError("\n".join(dict.fromkeys(said)))
    return config


class _Loader(yaml.SafeLoader):
    """The safe loader, except that dates and codes such as 000001 stay the texts that they are."""


def _whole(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | str:
    """Return a whole number; the text of one with leading zeros, which is a code (000001) and no octal number."""
    return node.value if re.fullmatch(r"0\d+", node.value) else loader.construct_yaml_int(node)


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _plain(node: yaml.Node, prefix: str, lines: dict[str, int], name: str) -> Any:
    """Return the node's plain value and note the line of every dotted key."""
    lines.setdefault(prefix, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            dotted = f"{prefix}.{key}" if prefix else key
            if key in result:
                line = key_node.start_mark.line + 1
                raise ConfigError(f"{name}:{line}: `{dotted}` occurs twice (first on line {lines[dotted]}): keep one")
            lines[dotted] = key_node.start_mark.line + 1
            result[key] = _plain(value_node, dotted, lines, name)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, f"{prefix}.{i}", lines, name) for i, item in enumerate(node.value)]
    loader = _Loader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _apply(raw: dict[str, Any], override: str, lines: dict[str, int]) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"`--set {override}` should read a.b=c: a dotted key, an equals sign, a value")
    try:
        value = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"`--set {override}`: the value is not valid YAML: {error}") from None
    try:
        put(raw, key.strip(), value)
    except ConfigError as error:
        raise ConfigError(f"`--set {override}`: {error}") from None
    for dotted in _ancestors(key.strip()):
        lines.setdefault(dotted, _COMMAND_LINE)
    for dotted in dotted_keys(key.strip(), value):
        lines[dotted] = _COMMAND_LINE


def put(raw: dict[str, Any], key: str, value: Any) -> None:
    """Set the value of a dotted key to a copy of `value`; ConfigError where a value stands above it.

    A rule that is only named so far becomes one that has keys.
    """
    *parents, last = key.split(".")
    target = raw
    for part in parents:
        if part == "rule" and isinstance(target.get(part), str):
            target[part] = {"name": target[part]}
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise ConfigError(f"`{part}` is a value and has no keys below it")
    target[last] = fresh(value)  # a later key may lie below it, and `value` may be another's too


def dotted_keys(prefix: str, value: Any) -> Iterator[str]:
    """Yield `prefix` and every dotted key below it."""
    yield prefix
    if isinstance(value, dict):
        for key, item in value.items():
            yield from dotted_keys(f"{prefix}.{key}", item)


def expanded(value: Any) -> Any:
    """Return `value` with ``${NAME:-default}`` replaced from the environment in every string."""
    if isinstance(value, dict):
        return {key: expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item) for item in value]
    if isinstance(value, str):
        return _VARIABLE.sub(_variable, value)
    return value


def _variable(match: re.Match[str]) -> str:
    name, default = match.groups()
    value = os.environ.get(name, default)
    if value is None:
        raise ConfigError(f"the environment variable `{name}` is not set and ${{{name}}} names no default (:-)")
    return value


def _one_a_key(problems: list[Problem]) -> Iterator[Problem]:
    """Yield the problems; of a value that fits none of several types only one, that names them all."""
    for problem in problems:
        *parents, last = problem.keys or ("",)
        if last in _SCALARS:
            number = isinstance(problem.given, float)  # which only nan and infinity can be here
            expected = "should be a finite number" if number else "should be a number, a text, true or false, or a list"
            yield Problem((*parents,), "type", expected, problem.given)
        elif last.startswith("list[") and problem.code == "list_type":
            continue  # the other branch of the same value
        else:
            yield problem


def _explained(problem: Problem, name: str, lines: Mapping[str, int | None], model: type[Model]) -> str:
    keys = list(problem.keys)
    while keys and ".".join(keys) not in lines and problem.code != "missing":
        keys.pop()  # pydantic appends the name of a union's branch
    dotted = ".".join(keys)
    known = next((lines[d] for d in _ancestors(dotted) if d in lines), None)
    where = "--set" if known == _COMMAND_LINE else f"{name}:{known}" if known else name
    if problem.code == "extra_forbidden":
        return f"{where}: `{dotted}` is not a known key{_suggestion(keys, model)}"
    if problem.code == "missing":
        return f"{where}: `{dotted}` is required and absent"
    message = problem.message[:1].lower() + problem.message[1:]
    got = "" if ", got " in message or message.startswith(shown(problem.given)) else f", got {problem.given!r}"
    return f"{where}: `{dotted or 'configuration'}`: {message}{got}"


def _ancestors(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _suggestion(keys: list[str], model: type[Model]) -> str:
    """Return the keys that fit where an unknown key stood, the nearest first."""
    known = known_keys(keys[:-1], model)
    return f": {did_you_mean(keys[-1], known)}known here are {', '.join(known)}" if known else ""


def _neighbours(path: Path) -> str:
    """Return the YAML files beside a path that does not exist."""
    found = sorted(p.name for p in path.parent.glob("*.yaml"))[:8] if path.parent.is_dir() else []
    return f"; {path.parent} holds {', '.join(found)}" if found else ""
