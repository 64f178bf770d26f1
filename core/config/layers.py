"""A configuration over those that it extends: `extends: other.yaml`, or a list of files, the later over the earlier.

Mappings are laid over each other key by key, lists and scalars replace. Null takes a key away, so that its default
holds again, unless null is a value of it, such as no limit. `name` is never inherited. Paths start at the folder of the
file that states them.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .paths import fresh, seen_from
from .quantities import shortened
from .run import EXTENDS, takes_null
from .yaml_text import LARGEST, MOST, Lines, read, text_of

CHAIN, FILES = 10, 50
"""Most files that extend one another in a chain, and most that one configuration is made of."""

NAMED = ("rule", "commission")
"""Keys whose value may be a name alone, which a key below it turns into a mapping."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_ONLY: ContextVar[str] = ContextVar("_ONLY", default="")

Layers = tuple[dict[str, Any], Lines, tuple[str, ...]]
"""Keys, their places, and the files that they come from, the ones that win last."""


def extended(raw: dict[str, Any], lines: Lines, name: str, folder: Path, file: Path | None) -> Layers:
    """Return keys over those of the files that they extend.

    Parameters
    ----------
    raw, lines
        As `read` gives them; they are not to be used again.
    name : str
        Of the file, for errors.
    folder : path
        Where its paths start, and those of the result.
    file : path, optional
        The file itself, which none that it extends may extend; None where it is none.

    Raises
    ------
    ConfigError
        A file that cannot be read or extends itself; more files, levels, bytes or values than a configuration has.
    """
    stem = (file.resolve(),) if file is not None else ()
    return _Reader(len(lines)).whole(raw, lines, name, folder, stem)


class _Reader:
    """Reads the files of one configuration, and counts what they hold together."""

    def __init__(self, values: int) -> None:
        self._files, self._bytes, self._values = 0, 0, values

    def whole(self, raw: dict[str, Any], lines: Lines, name: str, folder: Path, chain: tuple[Path, ...]) -> Layers:
        stated = raw.pop(EXTENDS, None)
        if stated is None:
            return raw, lines, ()
        where = place_of(name, lines.get(EXTENDS))
        keys: dict[str, Any] = {}
        places: Lines = {}
        files: tuple[str, ...] = ()
        for one in _names(stated, where):
            path = Path(os.path.normpath(folder / expanded(one)))
            base, of_base, below = self._file(path, where, chain)
            for inherited in (base, of_base):
                inherited.pop("name", None)
            own = seen_from(folder, expanded(base, is_whole=False), path.parent)
            keys, places = laid_over(keys, places, own, elsewhere(of_base, str(path)))
            files += (*below, str(path))
        return (*laid_over(keys, places, raw, lines), files)

    def _file(self, path: Path, where: str, chain: tuple[Path, ...]) -> Layers:
        """Return what a file says over what it extends."""
        try:
            if path.exists() and not path.is_file():
                raise ConfigError(f"{path} is no file: give the path of a YAML file")
            text, known = text_of(path), (*chain, path.resolve())
        except (ConfigError, OSError, ValueError) as error:
            raise ConfigError(f"{where}: `{EXTENDS}`: {error}") from None
        self._refuse_endless(known, where, text)
        raw, lines = plain_keys(text, str(path))
        self._values += len(lines)
        if self._values > MOST:
            raise ConfigError(f"{where}: `{EXTENDS}`: more than {MOST:,} values in all files together")
        return self.whole(raw, lines, str(path), path.parent, known)

    def _refuse_endless(self, chain: tuple[Path, ...], where: str, text: str) -> None:
        if chain[-1] in chain[:-1]:
            circle = " -> ".join(path.name for path in chain[chain.index(chain[-1]) :])
            raise ConfigError(f"{where}: `{EXTENDS}` comes back to where it was: {circle}: take one of them out")
        if len(chain) > CHAIN + 1:
            raise ConfigError(f"{where}: `{EXTENDS}`: more than {CHAIN} files that extend one another")
        self._files += 1
        self._bytes += len(text.encode())
        if self._files > FILES:
            raise ConfigError(f"{where}: `{EXTENDS}`: more than {FILES} files, those counted again that come again")
        if self._bytes > LARGEST:
            raise ConfigError(f"{where}: `{EXTENDS}`: more than {LARGEST:,} bytes in all files together")


def _names(stated: Any, where: str) -> list[str]:
    names = [stated] if isinstance(stated, str) else stated
    if isinstance(names, list) and all(isinstance(name, str) and name.strip() for name in names):
        return names
    told = "should be the path of a YAML file, or a list of such"
    raise ConfigError(f"{where}: `{EXTENDS}` {told}, got {shortened(stated)}")


def plain_keys(text: str, name: str) -> tuple[dict[str, Any], Lines]:
    """Return what a YAML text says, and the line of every dotted key; ConfigError where it is no mapping."""
    raw, lines = read(text, name)
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: a configuration should be a mapping of keys, got {type(raw).__name__}")
    return raw, lines


def laid_over(keys: dict[str, Any], places: Lines, upper: Mapping[str, Any], of_upper: Lines) -> tuple[Any, Lines]:
    """Return `upper` laid over `keys`, which the caller gives away, with the place of each key."""
    replaced: set[str] = set()
    made = _laid(keys, upper, (), replaced)
    kept = {dotted: place for dotted, place in places.items() if replaced.isdisjoint(ancestors(dotted))}
    return made, kept | of_upper


def _laid(keys: dict[str, Any], upper: Mapping[str, Any], above: tuple[str, ...], replaced: set[str]) -> dict[str, Any]:
    for key, value in upper.items():
        at = (*above, key)
        if value is None and not takes_null(at[1:] if at[0] == "run" else at):
            keys.pop(key, None)
        elif isinstance(value, Mapping):
            lower = keys.get(key)
            if key in NAMED and isinstance(lower, str):
                lower = {"name": lower}
            if isinstance(lower, dict):
                keys[key] = _laid(lower, value, at, replaced)
                continue
            keys[key] = _laid({}, value, at, replaced)
        else:
            keys[key] = fresh(value)
        replaced.add(".".join(at))
    return keys


def elsewhere(lines: Lines, name: str) -> Lines:
    """Return the places of keys as another file names them; that of no key is left out."""
    return {dotted: place_of(name, line) for dotted, line in lines.items() if dotted}


def place_of(name: str, line: int | str | None) -> str:
    """Return where a key stands: a line of the file of that name, or elsewhere."""
    if line is None:
        return name
    return line if isinstance(line, str) else f"{name}:{line}"


def ancestors(dotted: str) -> list[str]:
    """Return a dotted key and those above it."""
    parts = dotted.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def dotted_keys(prefix: str, value: Any) -> Iterator[str]:
    """Yield `prefix` and every dotted key below it, items of lists by their numbers."""
    yield prefix
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from dotted_keys(f"{prefix}.{key}", item)


def expanded(value: Any, is_whole: bool = True) -> Any:
    """Return `value` with ``${NAME:-default}`` replaced from the environment in every string.

    Raises
    ------
    ConfigError
        A variable that is not set and has no default, which stays as it is where `is_whole` is False; one that may not
        be read (`reading_only`).
    """
    if isinstance(value, dict):
        return {key: expanded(item, is_whole) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item, is_whole) for item in value]
    return _VARIABLE.sub(lambda match: _variable(match, is_whole), value) if isinstance(value, str) else value


def _variable(match: re.Match[str], is_whole: bool) -> str:
    name, default = match.groups()
    if not name.startswith(_ONLY.get()):
        raise ConfigError(
            f"the environment variable {name[:80]!r} is not for you: only those that begin with {_ONLY.get()} are read"
        )
    value = os.environ.get(name, default)
    if value is not None:
        return value
    if not is_whole:
        return match.group()
    raise ConfigError(f"the environment variable `{name}` is not set and ${{{name}}} names no default (:-)")


@contextmanager
def reading_only(prefix: str) -> Iterator[None]:
    """Have configurations read no variables of the environment but those whose names begin with `prefix`."""
    before = _ONLY.set(prefix)
    try:
        yield
    finally:
        _ONLY.reset(before)
