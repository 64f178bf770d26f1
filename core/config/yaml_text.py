"""A YAML text -> plain values and the line of every dotted key; what no configuration can be is refused at once."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from ..errors import ConfigError, did_you_mean
from ..path_kinds import is_no_text, require_regular, what_it_is

Lines = dict[str, int | str | None]
"""Dotted key -> its line, the place of another file or option that states it, or None where nothing tells."""

LARGEST, DEEPEST, MOST = 4_000_000, 40, 200_000
"""Bytes of a file, levels of its values, and values, those of an alias counted as often as it is used."""

_TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "map", "seq"))
_UNKNOWN = (ValueError, OverflowError, LookupError, AttributeError, TypeError)
"""What the constructors of the YAML package raise for a text that is not of its tag."""


def text_of(path: Path) -> str:
    """Return the text of a YAML file; ConfigError where it cannot be read, or cannot be a configuration by its size."""
    if is_no_text(path):
        raise ConfigError(f"{path} is no configuration but {what_it_is(path)}")
    require_regular(path, ConfigError)
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ConfigError(f"{path} has {size:,} bytes, a configuration has at most {LARGEST:,}: is it data?")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"no configuration at {path}: give the path of a YAML file{_neighbours(path)}") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{path} cannot be read as a configuration: {error}") from None


def read(text: str, name: str) -> tuple[Any, Lines]:
    """Return what a YAML text says, and the line of every dotted key.

    Raises
    ------
    ConfigError
        No YAML; a key twice; a tag that is not one of plain values; more than `DEEPEST` levels or `MOST` values, as
        aliases make them that hold themselves or each other.
    """
    lines: Lines = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            return {}, lines
        refuse_endless(node, name, _below)
        return _plain(node, "", lines, name), lines
    except RecursionError:
        raise ConfigError(_too_deep(name)) from None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        said = f"{name}{line}: not valid YAML: {error.problem or error.context}"
        raise ConfigError(f"{said}{_remedy(text, error)}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        sign = f"U+{error.character if isinstance(error.character, int) else ord(error.character):04X}"
        raise ConfigError(f"{name}:{line}: not valid YAML: it has the sign {sign}, which no text has") from None


def kept(path: Path) -> Any:
    """Return what the YAML file of a result says, days as days, within the bounds of `read`; YAMLError, ConfigError."""
    text = text_of(path)
    refuse_endless(yaml.compose(text, Loader=yaml.SafeLoader), path.name, _below)
    return yaml.safe_load(text)


def _remedy(text: str, error: yaml.MarkedYAMLError) -> str:
    """Return what to write instead on a line with a variable in braces, which YAML takes for braces of its own."""
    row = text.splitlines()[error.problem_mark.line : error.problem_mark.line + 1] if error.problem_mark else []
    return ": write a variable between { } in quotes, '${NAME}'" if row and "${" in row[0] else ""


def refuse_endless(value: Any, name: str, below: Callable[[Any], Iterable[Any]]) -> None:
    """Raise where a value holds itself, or more levels or values than a configuration; `below` gives its parts."""
    waiting, count = [(value, 1)], 0
    while waiting:
        one, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise ConfigError(_too_deep(name))
        if count > MOST:
            raise ConfigError(f"{name}: more than {MOST:,} values, aliases counted with what they stand for")
        waiting += [(part, depth + 1) for part in below(one)]


def _too_deep(name: str) -> str:
    return f"{name}: values below more than {DEEPEST} others: a configuration has no such depth, or one holds itself"


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


def _below(node: yaml.Node) -> list[yaml.Node]:
    """Return the nodes below one, keys too."""
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _plain(node: yaml.Node, prefix: str, lines: Lines, name: str) -> Any:
    """Return the node's plain value and note the line of every dotted key."""
    line = node.start_mark.line + 1
    lines.setdefault(prefix, line)
    if node.tag not in _TAGS and not node.tag.endswith(":merge"):
        raise ConfigError(f"{name}:{line}: `{prefix}`: the tag {_tag(node)} has no meaning here: leave it out")
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, prefix, lines, name)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, f"{prefix}.{i}", lines, name) for i, item in enumerate(node.value)]
    loader = _Loader("")
    try:
        return loader.construct_object(node, deep=True)
    except _UNKNOWN:
        said = node.value if len(node.value) <= 40 else f"{node.value[:40]}…, {len(node.value):,} signs"
        raise ConfigError(f"{name}:{line}: `{prefix}`: {_tag(node)} cannot be {said!r}") from None
    finally:
        loader.dispose()


def _mapping(node: yaml.MappingNode, prefix: str, lines: Lines, name: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            below = f"below `{prefix}`" if prefix else "of the configuration"
            raise ConfigError(f"{name}:{line}: a key {below} should be a word, got a list or a mapping")
        key = str(key_node.value)
        dotted = f"{prefix}.{key}" if prefix else key
        if node.flow_style and re.fullmatch(r"\d{3}", key) and value_node.value == "":
            raise ConfigError(f"{name}:{line}: a comma between {{ }} ends a value: write 1_000_000 for 1,000,000")
        if key in result:
            raise ConfigError(f"{name}:{line}: `{dotted}` occurs twice (first on line {lines[dotted]}): keep one")
        lines[dotted] = line
        result[key] = _plain(value_node, dotted, lines, name)
    return result


def _tag(node: yaml.Node) -> str:
    return node.tag.replace("tag:yaml.org,2002:", "!!")


def _neighbours(path: Path) -> str:
    """Return the YAML files beside a path that does not exist, the nearest of them first."""
    found = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
    hint = did_you_mean(path.name, found).strip()
    return f"; {path.parent} holds {', '.join(found[:8])}{f', {hint}' if hint else ''}" if found else ""
