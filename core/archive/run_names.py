"""What a run is called: its path, NAME or NAME/latest (the newest), NAME/STAMP, or the beginning of its stamp."""

import os
from pathlib import Path

from ..errors import ConfigError, did_you_mean
from ..path_kinds import what_it_is
from ..replacing import is_own_folder, settle
from ..run.result import RUN, read_head, why_unread
from .run_folders import LATEST, RUNS, STAMP, is_run, stamps_in
from .run_list import KeptRun, names_in, read_run


def find_run(given: str | Path, runs: Path = RUNS) -> KeptRun:
    """Return the run that is meant.

    Raises
    ------
    ConfigError
        None is meant, or several are; the message says which there are.
    DataError
        It cannot be read.
    """
    folder = find_folder(given, runs)
    return read_run(folder, label_of(folder, runs))


def find_folder(given: str | Path, runs: Path = RUNS) -> Path:
    """Return the folder of the run that is meant, whether or not it can be read; raises as `find_run`."""
    text = os.fspath(given)
    path = Path(text)
    below = [] if not text or path.is_absolute() or ".." in path.parts else [runs / path]
    places = [*below, path] if path.name == text else [path, *below]
    for place in places if text else []:
        settle(place, RUN)
        found = _at(place)
        if len(found) == 1:
            return found[0]
        if found:
            raise _ambiguous(text, found, runs)
    found = [one for name in names_in(runs) for one in _begun(runs / name, text)] if text else []
    if len(found) == 1:
        return found[0]
    raise _ambiguous(text, found, runs) if found else _absent(text, runs)


def label_of(folder: Path, runs: Path = RUNS) -> str:
    """Return what a run is called in lists: NAME/STAMP below `runs`, its path elsewhere."""
    own = folder.absolute()
    return own.relative_to(runs.absolute()).as_posix() if own.is_relative_to(runs.absolute()) else str(folder)


def _at(place: Path) -> list[Path]:
    """Return the runs that a path means: itself, the newest below it, or those whose stamps it begins."""
    if place.name == LATEST and not is_own_folder(place):
        stamps = stamps_in(place.parent)
        return [place.parent / stamps[0]] if stamps else []
    stamps = stamps_in(place)
    if stamps:
        return [place / stamps[0]]
    if (STAMP.fullmatch(place.name) and is_own_folder(place)) or is_run(place):
        return [place]
    return _begun(place.parent, place.name)


def _begun(place: Path, text: str) -> list[Path]:
    return [place / stamp for stamp in stamps_in(place) if stamp.startswith(text)] if text else []


def _ambiguous(text: str, found: list[Path], runs: Path) -> ConfigError:
    named = ", ".join(label_of(one, runs) for one in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return ConfigError(f"`{text}` may be {len(found)} runs: {named}{more}; write more of one's stamp")


def _absent(text: str, runs: Path) -> ConfigError:
    if damaged := _damaged(text, runs):
        return ConfigError(damaged)
    names = {name: len(stamps_in(runs / name)) or 1 for name in names_in(runs)}
    if text and (what := what_it_is(Path(text))).startswith(("a dataset", "a table", "a YAML file", "a Python file")):
        return ConfigError(f"there is no run `{text}`: {text} is {what}")
    if not names:
        return ConfigError(f"there is no run `{text}`: {runs} holds none yet, `liangrong run` keeps them there")
    told = ", ".join(f"{name} ({count})" for name, count in list(names.items())[:10])
    more = f" and {len(names) - 10} more names" if len(names) > 10 else ""
    hint = did_you_mean(text.partition("/")[0], names)
    return ConfigError(f"there is no run `{text}`: {hint}{runs} has runs of {told}{more}; `liangrong runs` lists them")


def _damaged(text: str, runs: Path) -> str:
    """Return why the folder that is meant is no run, where it holds files of one; else nothing."""
    for folder in (Path(text), runs / text) if text else ():
        if any(os.path.lexists(folder / name) for name in (RUN.mark, "equity.csv")):
            try:
                read_head(folder)
            except (OSError, ValueError) as error:
                return f"{folder} is there, but no run can be read from it: {why_unread(error)}"
    return ""
