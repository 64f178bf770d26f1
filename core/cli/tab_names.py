"""What the shell offers behind TAB for arguments and values of options: names of what there is.

A completion is silent: whatever goes wrong, a damaged folder too, it offers nothing.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from pathlib import Path

import typer

_VARIABLE = "_LIANGRONG_COMPLETE"
"""The shell sets it where it asks for completions."""

_MOST = 200
"""Names at most; a folder with more is no list to choose from."""

Complete = Callable[[typer.Context, list[str], str], list[str]]


def hush() -> None:
    """Let nothing but completions reach the shell, where it has asked for them."""
    if os.environ.get(_VARIABLE):
        sys.stderr = StringIO()


def offering(names: Callable[[], Iterable[str]]) -> Complete:
    """Return what offers names to typer's `autocompletion`; they are asked for only then."""
    return _silent(lambda context, begun: names())  # noqa: ARG005 - the same for all


def one_of_these(*names: str) -> Complete:
    """Return what offers these."""
    return offering(lambda: names)


def _silent(names: Callable[[typer.Context, str], Iterable[str]]) -> Complete:
    def complete(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:  # noqa: ARG001 - typer's names
        found: list[str] = []
        with contextlib.suppress(Exception):
            for name in names(ctx, incomplete):
                if name.startswith(incomplete) and len(found) < _MOST:
                    found.append(name)
        return found

    return complete


def _rules() -> Iterable[str]:
    from ..run.explain import ideas

    return ideas().rules


def _strategies() -> Iterable[str]:
    from ..run.explain import ideas

    return ideas().strategies


def _topics() -> Iterable[str]:
    from ..guides.topics import topics

    return [one.name for one in topics("en")]


def _tables() -> Iterable[str]:
    from ..compare.declared_tables import declared_tables

    return [one.file.removesuffix(".csv") for one in declared_tables()]


def _sources() -> Iterable[str]:
    from ..sources import SOURCES
    from ..sources.catalogue import LAYOUTS

    return {**SOURCES, **LAYOUTS}


def _services() -> Iterable[str]:
    from ..fetch.served import SERVICES

    return SERVICES


def _runs(ctx: typer.Context, incomplete: str) -> Iterable[str]:
    """Give the names of runs, and behind a name and a slash the stamps of its runs."""
    from ..archive.run_folders import RUNS, stamps_in
    from ..archive.run_list import names_in

    folder = Path(ctx.params.get("folder") or RUNS)
    name, slash, _ = incomplete.rpartition("/")
    return [f"{name}/{stamp}" for stamp in stamps_in(folder / name)] if slash else names_in(folder)


def _yaml_files(ctx: typer.Context, incomplete: str) -> Iterator[str]:  # noqa: ARG001 - as the others take it
    """Give the YAML files of the folder that is begun and of those in it."""
    head = incomplete.rpartition("/")[0]
    folder = Path(head or ("/" if incomplete.startswith("/") else "."))
    before = f"{head.rstrip('/')}/" if "/" in incomplete else ""
    for pattern in ("*.y*ml", "*/*.y*ml"):
        for path in sorted(folder.glob(pattern)):
            shown = path.relative_to(folder).as_posix()
            if path.suffix in (".yaml", ".yml") and not shown.startswith("."):
                yield before + shown


RULES, STRATEGIES, TOPICS, TABLES = map(offering, (_rules, _strategies, _topics, _tables))
SOURCES, SERVICES = map(offering, (_sources, _services))
RUNS, YAML_FILES = map(_silent, (_runs, _yaml_files))
ENGINES = one_of_these("backtrader", "compiled", "both")  # as `execution.engine` has them; pydantic takes its time
