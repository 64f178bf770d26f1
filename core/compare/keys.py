"""The key of a run: a digest of all that decides its result, so that a kept run is taken for no other."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from ..config.paths import is_file_key, own_file
from ..config.rate_values import RATE_KEYS, rate_file
from ..config.run import Config
from ..ideas.imports import PROJECT, Reached, reached
from ..ideas.registry import ideas
from ..run.provenance import release

_CORE = Path(__file__).parents[1]


class Digests:
    """Digests of the files that configurations name, each computed once: a comparison of thousands names few."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def of_file(self, name: str) -> str:
        """Return the digest of a file's bytes; that of nothing where it is absent."""
        path = Path(name)
        return self._once("file", name, lambda: _digest([path.read_bytes()] if path.is_file() else []))

    def of_source(self, name: str) -> str:
        """Return the digest of a user's Python file and of all that it comes to by its imports."""
        return self._once("source", name, lambda: _source_digest(Path(name).resolve()))

    def of_package(self, module: str) -> str:
        """Return the digest of an installed package that has a module, and of all that it comes to by its imports."""
        parts = module.split(".")
        names = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        top = next(name for name in names if getattr(sys.modules[name], "__file__", None))  # not a namespace
        return self._once("package", top, lambda: _package_digest(top))

    def _once(self, kind: str, name: str, make: Any) -> str:
        if (kind, name) not in self._known:
            self._known[kind, name] = make()
        return self._known[kind, name]


def key_of(config: Config, delay: int, identity: str, digests: Digests | None = None) -> str:
    """Return a digest of all that decides a result: configuration, files that it names, data, code.

    Parameters
    ----------
    config : Config
        Files count by their content: where they lie decides nothing.
    delay : int, sessions
        By which target weights are carried out later.
    identity : str
        Of the panel, industries included.
    digests : Digests, optional
        Of the files as they are known already.
    """
    return _key(config, identity, [delay, code_version()], digests or Digests())


def run_key(config: Config, identity: str, digests: Digests) -> str:
    """Return a digest of what decides a result as users see it: as `key_of`, of the release in place of its code."""
    return _key(config, identity, [release()], digests)


def key_of_run(config: Config, data: Mapping[str, Any], digests: Digests | None = None) -> str:
    """Return the key of a run: equal where configuration, files that it names, data and release are.

    Parameters
    ----------
    config : Config
    data : mapping
        What was read, as `DataRead.record`.
    digests : Digests, optional
        Of the files as they are known already.
    """
    digests = digests or Digests()
    stated = config.data
    industries = None if stated.industries is None else digests.of_file(stated.industries)
    identity = json.dumps([data.get("digest"), industries, stated.options, stated.carry], sort_keys=True)
    return run_key(config, identity, digests)


def _key(config: Config, identity: str, more: list[Any], digests: Digests) -> str:
    content = config.model_dump(mode="json", exclude={"name", "description", "output"})
    named = {"actions": config.data.actions, "recalls": config.data.recalls, "endings": config.data.endings}
    files = {name: None if file is None else digests.of_file(file) for name, file in named.items()}
    content["data"] = {"identity": identity, "publication_lag": config.data.publication_lag, **files}
    content["account"] |= {key: _rates(content["account"][key], digests) for key in RATE_KEYS}
    content["strategy"] = _idea(content["strategy"], digests)
    for stated in [content["account"]["opening"] or {}, *content["account"]["flows"]]:
        if stated.get("file") is not None:
            stated["file"] = digests.of_file(stated["file"])
    content["costs"]["commission"] = _idea(content["costs"]["commission"], digests)
    return _digest([json.dumps([content, *more], sort_keys=True).encode()])


def _rates(given: Any, digests: Digests) -> Any:
    """Return a statement of rates, its file replaced by a digest."""
    file = rate_file(given)
    if file is None:
        return given
    return {**given, "of": [digests.of_file(file)]} if isinstance(given, Mapping) else [digests.of_file(file)]


def _idea(given: Mapping[str, Any], digests: Digests) -> dict[str, Any]:
    """Return a strategy, a rule or a commission model, its files replaced by their digests."""
    made = dict(given)
    if (file := own_file(made["name"])) is not None:
        made["name"] = [digests.of_source(file), made["name"].rpartition(":")[2]]
    elif (module := _foreign_module(made)) is not None:
        made["name"] = [digests.of_package(module), made["name"]]
    made["parameters"] = {
        key: [digests.of_file(str(file)) for file in (value if isinstance(value, list) else [value]) if file]
        if is_file_key(key)
        else value
        for key, value in made["parameters"].items()
    }
    if made.get("rule") is not None:
        made["rule"] = _idea(made["rule"], digests)
    made["rules"] = [_idea(rule, digests) for rule in made.get("rules", ())]
    return made


def _foreign_module(given: Mapping[str, Any]) -> str | None:
    """Return the module of a strategy or a rule that another package registers; None for one of this project."""
    known: Mapping[str, type] = ideas().strategies if "rule" in given else ideas().rules
    found = known.get(given["name"])
    return None if found is None or found.__module__.partition(".")[0] == PROJECT else found.__module__


@cache
def code_version() -> str:
    """Return a digest of the code of this project that decides a result, and of the packages that it runs on."""
    code = _code()
    return _digest([*_named(code_files(), _CORE.parent), *_versions(code.packages)])


def code_files() -> list[Path]:
    """Return the files of this project that can decide a result, and the tables beside them.

    Notes
    -----
    They are derived: what is reached by imports from the function that carries a run out, and from every strategy and
    rule, which a configuration names.
    """
    return _with_tables(_code().files)


@cache
def _code() -> Reached:
    own = [file for file in ideas().files if file.is_relative_to(_CORE.parent)]
    named = [path for file in own for path in (file.parent.rglob("*.py") if file.name == "__init__.py" else [file])]
    return reached([Path(__file__).with_name("jobs.py"), *named])


def _source_digest(path: Path) -> str:
    return _reached_digest(reached([path], path.parent), path.parent)


def _package_digest(top: str) -> str:
    """Return the digest of a package or a module that is imported already.

    Notes
    -----
    All its files count, whatever they are: a rule may read a table that is installed beside it. What it imports counts
    as of a user's file: other installed packages by their versions.
    """
    file = Path(str(sys.modules[top].__file__))
    if file.name != "__init__.py":
        return _source_digest(file)
    folder = file.parent
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    code = [path for path in files if path.suffix == ".py"]
    others = [path for path in files if path.suffix != ".py"]
    return _digest([_reached_digest(reached(code, folder), folder).encode(), *_named(others, folder)])


def _reached_digest(own: Reached, folder: Path) -> str:
    beyond = reached(own.project - _code().files.keys())  # of this project, beside what every run comes to
    parts = [part for file, top in sorted(own.files.items()) for part in _named([file], top or folder)]
    parts += _named(_with_tables(beyond.files.keys() - _code().files.keys()), _CORE.parent)
    return _digest([*parts, *_versions(own.packages | beyond.packages)])


def _with_tables(files: Iterable[Path]) -> list[Path]:
    files = set(files)
    return sorted(files | {table for folder in {file.parent for file in files} for table in folder.glob("*.csv")})


def _named(files: Iterable[Path], top: Path) -> list[bytes]:
    named = ((Path(os.path.relpath(file, top)).as_posix().encode(), file.read_bytes()) for file in files)
    return [part for pair in named for part in pair]


def _versions(packages: Iterable[str]) -> list[bytes]:
    """Return Python's version, and name and version of what installed each top-level package."""
    lines = ["python {}.{}".format(*sys.version_info)]
    for name in sorted(packages):
        lines += [f"{distribution} {_version(distribution)}" for distribution in _distributions(name)]
    return [line.encode() for line in lines]


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"


def _distributions(package: str) -> list[str]:
    """Return what installs a top-level package: mostly a distribution of the same name."""
    return [package] if _version(package) != "absent" else sorted(set(_installers().get(package, [package])))


@cache
def _installers() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _digest(parts: Iterable[bytes]) -> str:
    """Return a digest of byte strings, each with its length before it."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()
