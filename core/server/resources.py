"""What clients may read beside answers: the files of results, guides, rules, strategies, schemas."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .borders import Borders
from .resource_names import PLACES, SCHEME, TYPES, Named, folder_resources, named, uri_of
from .served_call import Call

LARGEST = 8_000_000
"""Bytes of a resource that are sent; of a larger table rows are asked for."""

PAGE = 200
"""Resources of one page of the list."""


def list_resources(arguments: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Answer with a page of the list: guides, schemas, rules and the files of results, the newest run first."""
    start = arguments["start"]
    found = list(itertools.islice(_listed(call.borders), start, start + PAGE + 1))
    return {"resources": found[:PAGE], "next": start + PAGE if len(found) > PAGE else None}


def read_resource(arguments: Mapping[str, Any], call: Call) -> dict[str, Any]:
    """Answer with the text of a resource and its type.

    Raises
    ------
    ConfigError
        None of this name, or one that is too large.
    """
    asked = named(arguments["uri"])
    if asked.kind in PLACES:
        return _file(asked, call.borders)
    if asked.kind not in _MADE or len(asked.parts) > 2:
        known = ", ".join((*PLACES, *_MADE))
        raise ConfigError(f"there is no resource {arguments['uri'][:80]!r}: kinds are {known}")
    return _MADE[asked.kind](*asked.parts)


def _listed(borders: Borders) -> Iterator[dict[str, Any]]:
    from ..archive.run_list import list_runs
    from ..guides.topics import topics
    from ..ideas.registry import ideas

    for topic in topics("en"):
        yield _entry(f"{SCHEME}guides/{topic.name}", topic.sentence, "text/markdown")
    for one in ("run", "compare"):
        yield _entry(f"{SCHEME}schema/{one}", f"JSON schema of the configuration of a {one}.", TYPES[".json"])
    for kind, names in (("rules", ideas().rules), ("strategies", ideas().strategies)):
        for name in names:
            yield _entry(f"{SCHEME}{kind}/{name}", f"What {name} says of itself.", TYPES[".json"])
    for run in list_runs(check=borders.check_whole).runs if _is_inside("runs", borders) else ():
        yield from _of_folder(run.folder, borders)
    for place in PLACES[1:]:
        if _is_inside(place, borders):
            for one in sorted(Path(place).iterdir()):
                yield from _of_folder(one, borders) if one.is_dir() else _of_file(one)


def _is_inside(place: str, borders: Borders) -> bool:
    return Path(place).is_dir() and (borders.root / place).resolve() == borders.root / place


def _of_folder(folder: Path, borders: Borders) -> Iterator[dict[str, Any]]:
    if folder.is_symlink():
        return
    for uri in folder_resources(folder, borders.root):
        yield _entry(uri, f"Of {folder.as_posix()}.", TYPES[Path(uri).suffix])


def _of_file(file: Path) -> Iterator[dict[str, Any]]:
    if file.suffix in TYPES and not file.is_symlink():
        yield _entry(uri_of(file), f"A file of {file.parent.as_posix()}.", TYPES[file.suffix])


def _entry(uri: str, description: str, mime: str) -> dict[str, Any]:
    return {"uri": uri, "name": uri.removeprefix(SCHEME), "description": description, "mime": mime}


def _file(asked: Named, borders: Borders) -> dict[str, Any]:
    """Return a file of a result; of runs/NAME/FILE that of the newest run."""
    given = "/".join((asked.kind, *asked.parts))
    path = borders.root / given
    if asked.kind == "runs" and len(asked.parts) == 2 and not path.exists():
        from ..archive.run_folders import stamps_in

        newest = next(iter(stamps_in(path.parent)), "")
        path = path.parent / newest / path.name
    if path.suffix not in TYPES or not path.is_file():
        raise ConfigError(f"there is no file {given!r} of a result: `list_runs` and the list of resources name them")
    found = borders.root / borders.readable(str(path.relative_to(borders.root)), "uri")
    if found != path:
        raise ConfigError(f"{given!r} is a link: only files of results are read")
    if asked.rows is not None:
        return _answer(_rows(path, asked.rows), path.suffix)
    size = path.stat().st_size
    if size > LARGEST:
        more = "ask for rows of it, ?from=0&rows=1000" if path.suffix == ".csv" else f"open {given} itself"
        raise ConfigError(f"{given} has {size:,} bytes, at most {LARGEST:,} are sent: {more}")
    return _answer(path.read_text(encoding="utf-8", errors="replace"), path.suffix)


def _rows(path: Path, asked: tuple[int, int]) -> str:
    if path.suffix != ".csv":
        raise ConfigError(f"{path.name} is no table: only a CSV has rows")
    first, count = asked
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        text = "".join((next(file, ""), *itertools.islice(file, first, first + count)))
    if len(text) > LARGEST:
        raise ConfigError(f"{count:,} rows of {path.name} have more than {LARGEST:,} signs: ask for fewer")
    return text


def _answer(text: str, suffix: str) -> dict[str, Any]:
    return {"text": text, "mime": TYPES.get(suffix, suffix)}


def _guide(*parts: str) -> dict[str, Any]:
    from ..guides.topics import guide_text
    from ..pages.language import speaking

    language: Any = parts[0] if len(parts) == 2 else "en"
    if language not in ("en", "zh"):
        raise ConfigError(f"a guide is in `en` or `zh`, got {language[:80]!r}")
    with speaking(language):
        return _answer(guide_text(parts[-1], language), "text/markdown")


def _json(content: Any) -> dict[str, Any]:
    return _answer(json.dumps(content, ensure_ascii=False, indent=1), ".json")


def _rule(name: str, *_: str) -> dict[str, Any]:
    from dataclasses import asdict

    from ..run.explain import explain_rule

    return _json(asdict(explain_rule(name)))


def _strategy(name: str, *_: str) -> dict[str, Any]:
    from dataclasses import asdict

    from ..run.explain import explain_strategy

    return _json(asdict(explain_strategy(name)))


def _schema(of: str, *_: str) -> dict[str, Any]:
    from ..config.comparison import CompareConfig
    from ..config.run import Config

    models = {"run": Config, "compare": CompareConfig}
    if of not in models:
        raise ConfigError(f"there is a schema of `run` and of `compare`, got {of[:80]!r}")
    return _json(models[of].model_json_schema())


_MADE: Mapping[str, Callable[..., dict[str, Any]]] = {
    "guides": _guide,
    "rules": _rule,
    "strategies": _strategy,
    "schema": _schema,
}
