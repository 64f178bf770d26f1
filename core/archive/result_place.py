"""Where a run that is about to begin will be written: known to be free before it costs time, and kept at its end."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ..config.run import Config
from ..config.yaml_text import kept
from ..errors import OutputError
from ..replacing import alone, refuse_foreign, replacing, tidy
from ..run.provenance import release
from ..run.result import RECORD, RUN, Report, Result, read_head
from .run_folders import RUNS, folder_of, keep

_NOT_COMPARED = (RECORD, "report.html")
"""What is about the moment, and what only shows the rest."""


def check_place(config: Config, data: Mapping[str, Any], out: Path | None, force: bool, runs: Path = RUNS) -> None:
    """Raise, before anything runs, where the result could not be written, or would replace another run's.

    Parameters
    ----------
    config : Config
    data : mapping
        What was read, as `DataRead.record`.
    out : path, optional
        Folder of the result; below `runs` where absent.
    force : bool
        Another run in `out` may be replaced.
    runs : path

    Raises
    ------
    ConfigError
        As `folder_of`.
    OutputError
        A foreign folder, another run, a place that cannot be written.
    """
    target = (folder_of(config.name, runs) if out is None else out).resolve()
    _refuse_unwritable(target if out is None else target.parent)
    if out is None:
        return
    refuse_foreign(target, RUN)
    what = None if force or not target.exists() else _other(target, config.resolved(), data)
    if what is not None:
        raise _taken(target, what)


@contextmanager
def reserved(
    config: Config, data: Mapping[str, Any], out: Path | None, force: bool, runs: Path = RUNS
) -> Generator[None, None, None]:
    """Check the place as `check_place`, and have a folder `out` for this process alone until the block ends.

    Raises
    ------
    ConfigError, OutputError
        As `check_place`; another process writes to `out`, which is named.
    """
    if out is None:  # every run that is kept has a folder of its own
        check_place(config, data, out, force, runs)
        yield
        return
    target = out.resolve()
    _refuse_unwritable(target.parent)
    refuse_foreign(target, RUN)
    with alone(target, RUN.writer):
        tidy(target, RUN)
        check_place(config, data, out, force, runs)
        yield


def write_result(
    result: Result, report: Report, record: dict[str, Any], out: Path | None, force: bool, runs: Path = RUNS
) -> Path:
    """Write a result to `out`, or as the newest of its name where that is None, and return its folder.

    Raises
    ------
    OutputError
        As `Result.save` and `keep`; a result of other content is there, and `force` is not given.
    """
    if out is None:
        return keep(result, report, record, runs)
    target = out.resolve()
    html = report(result) if callable(report) else report
    with replacing(target, RUN) as temporary:
        result.write_into(temporary, html, record)
        held = {} if force else _contents(target)
        if held and held != _contents(temporary):
            raise _taken(target, "of other content")
    return target


def _refuse_unwritable(place: Path) -> None:
    known = next(path for path in (place, *place.parents) if os.path.lexists(path))
    if known.is_dir() and not os.access(known, os.W_OK | os.X_OK):
        raise OutputError(f"{known} cannot be written: give `--out` another folder")


def _other(target: Path, config: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    """Return in what the run of a folder differs from the one that is to come, as far as that is known before it."""
    try:
        head = read_head(target)
        stated = kept(target / "config.yaml")
        digest = (head.get("data") or {}).get("digest")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, yaml.YAMLError):
        return "that cannot be read" if _contents(target) else None
    if stated != config:
        return "of another configuration"
    if digest != data.get("digest"):
        return "of other data"
    return None if head.get("liangrong") == release() else "of another release"


def _contents(folder: Path) -> dict[str, bytes]:
    names = [name for name in RUN.files if name not in _NOT_COMPARED and (folder / name).is_file()]
    return {name: (folder / name).read_bytes() for name in names}


def _taken(target: Path, what: str) -> OutputError:
    return OutputError(f"{target} holds another run, {what}: `--force` replaces it; or choose another folder")
