"""From a YAML file, or its keys, and overrides to a Config; errors name the file, the dotted key and the line."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..errors import ConfigError, did_you_mean
from .environment import Setting
from .layers import NAMED, ancestors, dotted_keys, expanded, extended, place_of, plain_keys
from .paths import fresh, rooted
from .python_values import Overrides, Overriding, override_list, plain_value
from .quantities import LONGEST, shortened, shown
from .run import EXTENDS, NAME, NAME_SIGNS, Config, Model, Problem, known_keys, validate_as
from .yaml_text import Lines, read, text_of

M = TypeVar("M", bound=Model)
COMPARES = "trials"
"""The key that tells the configuration of a comparison from that of a run."""

_OF_TRIALS = [COMPARES, "keys"]

_SCALARS = frozenset({"bool", "int", "float", "str"})
_WORDS = {"bool": "true, false", "str": "a text", "list": "a list"}
_MAPPING = re.compile(r"[A-Z]\w*Config|function-\w+\[.*Config\]|dict\[.*\]")
"""What pydantic calls the branch of a value of several types that is a mapping."""


class Keys(NamedTuple):
    """The keys of a configuration with those that it extends, before they are checked."""

    raw: dict[str, Any]
    lines: Lines
    name: str  # of the file, for errors
    folder: Path  # where relative paths start
    files: tuple[str, ...] = ()  # that it extends, the ones that win last


Given = Path | str | Mapping[str, Any] | Config
"""A YAML file, the keys of one, or a configuration that is read already."""


def load(given: Given, overrides: Overrides = ()) -> Config:
    """Read a configuration.

    Parameters
    ----------
    given : path, mapping or Config
        A YAML file; the keys of one, their values those of YAML or of Python (`plain_value`), their relative paths from
        the working folder; or a configuration that is read already.
    overrides : iterable of str, or mapping
        ``a.b=c``: the value of the dotted key ``a.b``, written as in YAML; or dotted keys and values.

    Raises
    ------
    ConfigError
        No such file, a YAML syntax error, an unknown key, a value of the wrong type or range.
    """
    if isinstance(given, Config) and not overrides:
        return given
    return _config(keys_of(given, overrides))


def keys_of(given: Path | str | Mapping[str, Any] | Model, overrides: Overrides = ()) -> Keys:
    """Return the keys of a configuration of a run or a comparison, with `overrides`; parameters as `load`."""
    if isinstance(given, Path | str):
        path = Path(given)
        return _keys(text_of(path), str(path), path.parent, overrides, path)
    raw = plain_value(given)
    if not isinstance(raw, dict):
        raise ConfigError(
            f"`config` should be the path of a YAML file or a mapping of its keys, got {shortened(given)}"
        )
    lines: Lines = {dotted: None for key, value in raw.items() for dotted in dotted_keys(key, value)}
    return _layered(raw, lines, "configuration", Path(), overrides)


def parse(text: str, name: str, folder: Path, overrides: Overrides = ()) -> Config:
    """Read a configuration from `text`; relative data paths start at `folder`."""
    return _config(_keys(text, name, folder, overrides))


def _keys(text: str, name: str, folder: Path, overrides: Overrides, file: Path | None = None) -> Keys:
    keys = _layered(*plain_keys(text, name), name, folder, overrides, file)
    if file is not None and "name" not in keys.raw and re.fullmatch(NAME, file.stem):
        keys.raw["name"] = file.stem
    return keys


def _layered(
    raw: dict[str, Any], lines: Lines, name: str, folder: Path, overrides: Overrides, file: Path | None = None
) -> Keys:
    """Return keys over those that they extend and below their overrides."""
    listed = override_list(overrides)
    made, places, files = extended(raw, lines, name, folder, file)
    _override(made, places, listed, overrides.called if isinstance(overrides, Overriding) else "overrides")
    return Keys(made, places, name, folder, files)


def _config(keys: Keys) -> Config:
    if COMPARES in keys.raw:
        raise ConfigError(f"{keys.name} is a comparison, it has `{COMPARES}`: `liangrong compare` runs it")
    return checked(rooted(expanded(keys.raw), keys.folder), keys.name, keys.lines, Config)


def checked(raw: dict[str, Any], name: str, lines: Lines, model: type[M]) -> M:
    """Return the `model` that `raw` describes; ConfigError with every key that is wrong, one a line."""
    config = validate_as(raw, model)
    if isinstance(config, list):
        said = (_explained(problem, name, lines, model) for problem in _one_a_key(config))
        raise ConfigError("\n".join(dict.fromkeys(said)))
    return config


def _override(raw: dict[str, Any], lines: Lines, overrides: list[str | Setting | tuple[str, Any]], called: str) -> None:
    """Lay overrides over `raw`, and note in `lines` that no file states them."""
    for override in overrides:
        key, value, place, said = _stated(raw, override, called)
        if key.partition(".")[0] == EXTENDS:
            raise ConfigError(f"`{said}`: `{EXTENDS}` is read before anything else: state it in a file")
        try:
            put(raw, key, value)
        except ConfigError as error:
            raise ConfigError(f"`{said}`: {error}") from None
        for dotted in ancestors(key):
            lines.setdefault(dotted, place)
        for dotted in dotted_keys(key, value):
            lines[dotted] = place


def _stated(raw: dict[str, Any], override: str | Setting | tuple[str, Any], called: str) -> tuple[str, Any, str, str]:
    """Return the key and the value of an override, its place, and how it is quoted."""
    if isinstance(override, Setting):
        value = read(override.text, override.variable)[0] if override.text.strip() else None
        return _as_stated(raw, override.key), value, override.variable, override.variable
    if isinstance(override, str):
        key, value = _key_and_value(override)
        return key.strip(), value, "--set", f"--set {override}"
    return override[0].strip(), override[1], called, f"{called}: {override[0]}"


def _as_stated(raw: dict[str, Any], key: str) -> str:
    """Return a key in small letters with those capitals that it has where it is stated already."""
    at: Any = raw
    found = []
    for part in key.split("."):
        found.append(next((name for name in at if name.lower() == part), part) if isinstance(at, dict) else part)
        at = at.get(found[-1]) if isinstance(at, dict) else None
    return ".".join(found)


def _key_and_value(override: str) -> tuple[str, Any]:
    key, equals, text = override.partition("=")
    if not equals or not all(part.strip() for part in key.split(".")):
        raise ConfigError(f"`--set {override}` should read a.b=c: a dotted key, an equals sign, a value")
    told = override if len(override) <= LONGEST else f"{override[:LONGEST]}…"
    return key, read(text, f"`--set {told}`")[0] if text.strip() else None


def put(raw: dict[str, Any], key: str, value: Any) -> None:
    """Set the value of a dotted key to a copy of `value`; ConfigError where a value stands above it.

    A rule or a commission that is only named so far becomes one that has keys. Below `trials.keys` of a comparison the
    dotted keys of runs are names of their own.
    """
    *parents, last = _parts(raw, key)
    target = raw
    for part in parents:
        if part in NAMED and isinstance(target.get(part), str):
            target[part] = {"name": target[part]}
        target = target.setdefault(part, {})
        if not isinstance(target, dict):
            raise ConfigError(f"`{part}` is a value and has no keys below it")
    target[last] = fresh(value)  # a later key may lie below it, and `value` may be another's too


def _parts(raw: dict[str, Any], key: str) -> list[str]:
    """Return the keys that a dotted one leads through."""
    parts = key.split(".")
    if parts[:2] != _OF_TRIALS:
        return parts
    rest, stated = parts[2:], raw.get(COMPARES)
    stated = stated.get("keys") if isinstance(stated, dict) else None
    range_of = ".".join(rest[:-1])
    if isinstance(stated, dict) and isinstance(stated.get(range_of), dict):  # a range, of which it is one bound
        return [*_OF_TRIALS, range_of, rest[-1]]
    return [*_OF_TRIALS, ".".join(rest)] if rest else parts


def _one_a_key(problems: list[Problem]) -> Iterator[Problem]:
    """Yield the problems; of a value that fits none of several types only one, that names them all.

    Of a value that may also be a mapping, and is one, those of its keys; of what it lacks only where it knows all keys.
    """
    mapped = {problem.keys[: _branch(problem)] for problem in problems if _branch(problem) is not None}
    unknown = {problem.keys[:-1] for problem in problems if problem.code == "extra_forbidden"}
    for problem in problems:
        branch = _branch(problem)
        if branch is not None:
            yield from _of_mapping(problem, branch, problems, is_misspelt=problem.keys[:-1] in unknown)
            continue
        if problem.keys[:-1] in mapped:
            continue  # the other branch of the same value
        *parents, last = problem.keys or ("",)
        if last in _SCALARS:
            number = isinstance(problem.given, float)  # which only nan and infinity can be here
            expected = "should be a finite number" if number else "should be a number, a text, true or false, or a list"
            yield Problem((*parents,), "type", expected, problem.given)
        elif last.startswith("list[") and problem.code == "list_type":
            continue  # the other branch of the same value
        else:
            yield problem


def _branch(problem: Problem) -> int | None:
    """Return where the keys of a problem name the branch of a value that is a mapping."""
    return next((i for i, key in enumerate(problem.keys) if _MAPPING.fullmatch(key)), None)


def _of_mapping(problem: Problem, branch: int, problems: list[Problem], is_misspelt: bool) -> Iterator[Problem]:
    above, below = problem.keys[:branch], problem.keys[branch + 1 :]
    if below or problem.code not in ("model_type", "dict_type"):
        if not (problem.code == "missing" and is_misspelt):
            yield problem._replace(keys=(*above, *below))
        return
    others = {other.keys[-1].partition("[")[0] for other in problems if other.keys[:-1] == above}
    words = [word for kind, word in _WORDS.items() if kind in others]
    yield Problem(above, "type", f"should be {', '.join(words)} or a mapping of keys", problem.given)


def _explained(problem: Problem, name: str, lines: Lines, model: type[Model]) -> str:
    keys = list(problem.keys)
    while keys and ".".join(keys) not in lines and problem.code != "missing":
        keys.pop()  # pydantic appends the name of a union's branch
    dotted = ".".join(keys)
    known = next((lines[d] for d in ancestors(dotted) if d in lines), None)
    where = place_of(name, known)
    if problem.code == "extra_forbidden":
        return f"{where}: `{dotted}` is not a known key{_suggestion(keys, model)}"
    if problem.code == "missing":
        is_file = name.endswith((".yaml", ".yml"))
        remedy = f": the name of a file serves where it has only {NAME_SIGNS}" if is_file and dotted == "name" else ""
        return f"{where}: `{dotted}` is required and absent{remedy}"
    if problem.code == "model_type" and problem.given is None:
        return f"{where}: `{dotted}`: should have keys below it ({', '.join(known_keys(keys, model))}), and has none"
    message = problem.message[:1].lower() + problem.message[1:]
    got = "" if ", got " in message or message.startswith(shown(problem.given)) else f", got {shortened(problem.given)}"
    return f"{where}: `{dotted or 'configuration'}`: {message}{got}"


def _suggestion(keys: list[str], model: type[Model]) -> str:
    """Return the keys that fit where an unknown key stood, the nearest first."""
    known = known_keys(keys[:-1], model)
    if len(keys) == 1 and "run" in known and keys[0] in Config.model_fields:
        return f": a comparison has it below `run`, as `run.{keys[0]}`"
    return f": {did_you_mean(keys[-1], known)}known here are {', '.join(known)}" if known else ""
