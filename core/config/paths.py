"""Which keys of a run configuration are paths, and where they start: at the folder of the file that states them."""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .rate_values import RATE_KEYS, rate_file

Change = Callable[[str], str]

_DATA = ("path", "actions", "industries", "recalls", "endings")
_ACCOUNT = ("opening", "flows")
_MARK = "\0"
_GROUPS = ("data", "strategy", "costs", "account", "output")


def is_file_key(key: str) -> bool:
    """Return whether a parameter of a strategy or a rule names files: it is called `file` or ends in `_file`."""
    return key == "file" or key.endswith("_file")


def own_file(name: str) -> str | None:
    """Return the file of a strategy or rule that is named FILE.py:CLASS, None for a registered one."""
    return name.rpartition(":")[0] if ".py:" in name else None


def rooted(keys: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a copy of the keys of a run configuration, its paths relative to the working folder.

    Parameters
    ----------
    keys : mapping
        As a file states them, `${NAME}` replaced; what is not as the schema wants it stays as it is.
    folder : path
        That of the file.

    Notes
    -----
    Paths are `data.path`, `data.actions`, `data.industries`, `data.recalls`, `data.endings`, `account.opening`,
    `account.flows`, the CSV files of the account's rates, each parameter of the strategy and of its rules that
    `is_file_key`, the file of a strategy, a rule or a commission model that is named FILE.py:NAME, and an
    `output.benchmark` that is a CSV file.
    """
    return _changed(keys, lambda path: os.path.normpath(folder / path))


def unrooted(keys: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a copy of the keys of a run configuration, its paths as seen from `folder`: what `rooted` took in."""
    return _changed(keys, lambda path: os.path.relpath(path, folder))


def stated_paths(keys: Mapping[str, Any]) -> dict[str, str]:
    """Return the paths that the keys of a run configuration state, and FILE.py:NAME alike, by dotted key.

    An item of a list has its number as the last part of its key.
    """
    marked = _changed(keys, lambda path: _MARK + path)
    return {key: value.removeprefix(_MARK) for key, value in _leaves("", marked) if value.startswith(_MARK)}


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the texts of plain data with their dotted keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _leaves(f"{prefix}{key}.", item)
    if isinstance(value, str):
        yield prefix.removesuffix("."), value


def named_paths(keys: Mapping[str, Any]) -> list[str]:
    """Return every path that `rooted` finds in the keys of a run configuration, whatever their keys: none is left out.

    FILE.py:NAME is among them.
    """
    found: list[str] = []

    def noted(path: str) -> str:
        found.append(path)
        return path

    _changed(keys, noted)
    return found


def rooted_value(key: str, value: Any, folder: Path) -> Any:
    """Return a copy of the value of one dotted key, its paths relative to the working folder."""
    return _changed_value(key, value, lambda path: os.path.normpath(folder / path))


def seen_from(folder: Path, keys: Mapping[str, Any], own: Path) -> dict[str, Any]:
    """Return a copy of the keys of a configuration whose paths start at `own`, as a file in `folder` would state them.

    Those of a comparison count too: its `base`, its `run`, and what its trials and controls state.
    """

    def change(path: str) -> str:
        return path if os.path.isabs(path) else os.path.relpath(own / path, folder)

    if folder == own:
        return {key: fresh(value) for key, value in keys.items()}
    made = _changed(keys, change)
    run, trials = made.get("run"), made.get("trials")
    if isinstance(run, dict):
        made["run"] = _changed(run, change)
    if "base" in made:
        made["base"] = _each(made["base"], change)
    if isinstance(trials, dict):
        trials |= {"list": _trials(trials["list"], change)} if "list" in trials else {}
        trials |= {"keys": _grid(trials["keys"], change)} if isinstance(trials.get("keys"), dict) else {}
    if "controls" in made:
        made["controls"] = _trials(made["controls"], change)
    return made


def _trials(given: Any, change: Change) -> Any:
    """Return trials or controls, each dotted keys and values or the name of a rule, with their paths changed."""
    return [_trial(one, change) for one in given] if isinstance(given, list) else given


def _trial(given: Any, change: Change) -> Any:
    if not isinstance(given, dict):
        return _idea(given, change)
    return {
        key: _each(value, change) if key == "base" else _changed_value(key, value, change)
        for key, value in given.items()
    }


def _grid(given: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Return keys and the values that each takes, with their paths changed."""
    return {
        key: [_changed_value(key, value, change) for value in values] if isinstance(values, list) else values
        for key, values in given.items()
    }


def _changed_value(key: str, value: Any, change: Change) -> Any:
    nested: Any = value
    for part in reversed(key.split(".")):
        nested = {part: nested}
    made: Any = _changed(nested, change)
    for part in key.split("."):
        made = made[part]
    return made


def fresh(value: Any) -> Any:
    """Return a copy of plain data in which no mapping or list is shared, neither with `value` nor within itself."""
    if isinstance(value, Mapping):
        return {key: fresh(item) for key, item in value.items()}
    if isinstance(value, list):
        return [fresh(item) for item in value]
    return value


def _changed(keys: Mapping[str, Any], change: Change) -> dict[str, Any]:
    made = {key: fresh(value) for key, value in keys.items()}
    data, strategy, costs, account, output = (made.get(key) for key in _GROUPS)
    if isinstance(data, dict):
        data |= {key: _each(data[key], change) for key in _DATA if key in data}
    if isinstance(account, dict):
        account |= {key: _stated(account[key], change) for key in _ACCOUNT if key in account}
        account |= {key: _rates(account[key], change) for key in RATE_KEYS if key in account}
    if isinstance(strategy, dict):
        made["strategy"] = _idea(strategy, change)
    if isinstance(costs, dict) and "commission" in costs:
        costs["commission"] = _idea(costs["commission"], change)
    if isinstance(output, dict) and str(output.get("benchmark")).lower().endswith(".csv"):
        output["benchmark"] = _each(output["benchmark"], change)
    return made


def _stated(given: Any, change: Change) -> Any:
    """Return what is a file or the keys that it would hold, or a list of such, with the path changed."""
    if isinstance(given, list):
        return [_stated(one, change) if isinstance(one, dict) else one for one in given]
    if isinstance(given, dict) and isinstance(given.get("file"), str):
        return {**given, "file": _each(given["file"], change)}
    return _each(given, change) if isinstance(given, str) else given


def _rates(given: Any, change: Change) -> Any:
    """Return a statement of rates with its path changed."""
    file = rate_file(given)
    if file is None:
        return given
    return {**given, "of": change(file)} if isinstance(given, Mapping) else change(file)


def _idea(given: Any, change: Change) -> Any:
    """Return a strategy or a rule with its paths changed; a rule may be its name alone."""
    if isinstance(given, str):
        return change(given) if own_file(given) else given
    if not isinstance(given, dict):
        return given
    made, parameters = dict(given), given.get("parameters")
    if isinstance(parameters, dict):
        made["parameters"] = {k: _each(v, change) if is_file_key(k) else v for k, v in parameters.items()}
    made |= {key: _idea(made[key], change) for key in ("name", "rule") if key in made}
    if isinstance(made.get("rules"), list):
        made["rules"] = [_idea(rule, change) for rule in made["rules"]]
    return made


def _each(given: Any, change: Change) -> Any:
    if isinstance(given, list):
        return [_each(item, change) for item in given]
    return change(given) if isinstance(given, str) and given else given
