"""The configuration that a client sends, as text, keys or file, known to stay inside the borders before it is read."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..config.comparison import CompareConfig
from ..config.paths import named_paths, own_file, rooted, rooted_value
from ..config.python_values import Overriding
from ..config.run import EXTENDS, Config
from ..config.yaml_file import COMPARES, expanded, keys_of, load, parse
from ..config.yaml_text import read, text_of
from ..errors import ConfigError
from .borders import Borders

DEEPEST = 10
"""Configurations that one may be based on, one upon the other."""

TEXT = "configuration"
"""How errors call what has no file."""


class Asked(NamedTuple):
    """A configuration that a client may use."""

    given: Any  # text, mapping or Path
    overrides: Mapping[str, Any]
    file: Path | None
    is_comparison: bool

    def run_config(self) -> Config:
        """Return it as that of a run; ConfigError with every key that is wrong."""
        if isinstance(self.given, str):
            return parse(self.given, TEXT, Path(), self.overrides)
        return load(self.given, self.overrides)

    def compared(self) -> Path | Mapping[str, Any] | CompareConfig:
        """Return it as a comparison is prepared from."""
        return read(self.given, TEXT)[0] if isinstance(self.given, str) else self.given

    def words(self, command: str) -> list[str]:
        """Return the command that does the same; of what has no file the one that made it."""
        if self.file is None:
            return ["liangrong", "mcp"]
        overrides = [word for key, value in self.overrides.items() for word in ("--set", f"{key}={value}")]
        return ["liangrong", command, str(self.file), *overrides]


def asked_config(borders: Borders, arguments: Mapping[str, Any]) -> Asked:
    """Return the configuration that the arguments `configuration` or `file`, and `set`, name.

    Raises
    ------
    ConfigError
        None or both, a path out of the borders, code or variables that a client may not use, no YAML.
    """
    text, file = arguments.get("configuration"), arguments.get("file")
    overrides = Overriding(arguments.get("set") or {}, "set")
    if (text is None) == (file is None):
        raise ConfigError("give `configuration`, YAML text or its keys, or `file`, the path of one: either, not both")
    path = None if file is None else borders.readable(file, "file")
    folder = Path() if path is None else path.parent
    given = text if path is None else path
    raw = _stated(given)
    check_keys(borders, raw, TEXT if path is None else str(path), folder)
    for key, value in overrides.items():
        check_keys(borders, _nested(key.strip(), value), "set", folder)
    whole = keys_of(raw if path is None else path, overrides).raw  # with what it extends
    check_keys(borders, whole, TEXT if path is None else str(path), folder)
    return Asked(given, overrides, path, COMPARES in whole)


def _stated(given: Any) -> dict[str, Any]:
    """Return the keys of a configuration, and nothing of what they lead to."""
    if isinstance(given, Path):
        raw, name = read(text_of(given), str(given))[0], str(given)
    else:
        raw, name = read(given, TEXT)[0] if isinstance(given, str) else given, TEXT
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: a configuration should be a mapping of keys, got {type(raw).__name__}")
    return raw


def check_keys(borders: Borders, raw: Mapping[str, Any], name: str, folder: Path, depth: int = 0) -> None:
    """Raise ConfigError where the keys of a configuration, or of those it is based on, leave the borders.

    Parameters
    ----------
    borders : Borders
    raw : mapping
        Before variables are replaced and paths rooted.
    name : str
        For errors.
    folder : Path
        Where its paths start.
    depth : int
    """
    borders.refuse(raw, name)
    if depth > DEEPEST:
        raise ConfigError(f"{name}: more than {DEEPEST} configurations are based on one another")
    keys = expanded(dict(raw))
    for path in _paths(keys, folder):
        borders.readable_whole(own_file(path) or path, name)
    for key, base in _bases(keys):
        borders.readable(os.path.normpath(folder / base), key)  # files are read by either, and a link tells them apart
        path = borders.readable(base, key, folder)
        check_keys(borders, _stated(path), str(path), path.parent, depth + 1)


def check_config(borders: Borders, config: Config) -> None:
    """Raise ConfigError where a configuration as it will be run leaves the borders."""
    for path in named_paths(config.resolved()):
        borders.readable_whole(own_file(path) or path, config.name)


def _paths(keys: Mapping[str, Any], folder: Path) -> Iterator[str]:
    yield from named_paths(rooted(keys, folder))
    run = keys.get("run")
    if isinstance(run, Mapping):
        yield from named_paths(rooted(run, folder))
    for key, value in _varied(keys):
        yield from named_paths(_nested(key, rooted_value(key, value, folder)))


def _nested(key: str, value: Any) -> dict[str, Any]:
    """Return the mapping that a dotted key stands for."""
    first, _, rest = key.partition(".")
    return {first: _nested(rest, value) if rest else value}


def _varied(keys: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each dotted key that a comparison varies, with each of its values."""
    trials = keys.get(COMPARES)
    trials = trials if isinstance(trials, Mapping) else {}
    grid = trials.get("keys")
    for key, values in grid.items() if isinstance(grid, Mapping) else ():
        yield from ((str(key), value) for value in (values if isinstance(values, list) else [values]))
    for one in _listed(keys):
        yield from ((str(key), value) for key, value in one.items() if key not in ("base", "name"))


def _listed(keys: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    trials = keys.get(COMPARES)
    for listed in (trials.get("list") if isinstance(trials, Mapping) else None, keys.get("controls")):
        yield from (one for one in listed if isinstance(one, Mapping)) if isinstance(listed, list) else ()


def _bases(keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the files that a configuration is based on, each after the key that names it."""
    stated = (("base", keys.get("base")), (EXTENDS, keys.get(EXTENDS)))
    for key, files in (*stated, *(("base", one.get("base")) for one in _listed(keys))):
        several = files if isinstance(files, list) else [files]
        yield from ((key, one) for one in several if isinstance(one, str))
