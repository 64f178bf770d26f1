"""Where runs are kept: runs/NAME/<time>-<hash>, and `latest` beside them, which leads to the newest.

The time is UTC, so that names sort by it; the hash is of all that the configuration, its files and the data say and of
the release, so that the same run is known again. A folder appears whole or not at all, and no two runs share one.
"""

import os
import re
import secrets
import shutil
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from ..errors import ConfigError, OutputError
from ..folders import flush_folder, write_file
from ..replacing import alone, flush_all, is_own_folder, settle_all, tidy
from ..run.result import RUN, Report, Result, read_head

RUNS = Path("runs")
"""Below the working folder."""

LATEST = "latest"
STAMP = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}(-\d+)?")
"""Name of the folder of a run."""

LONGEST = 200
"""Bytes of a name: a folder's has 255 at the most, and some file systems fewer."""

_LINKING = re.compile(rf"\.{LATEST}\.(lock|tmp-[0-9a-f]{{8}})")

PATIENCE = 60.0
"""Seconds that a run waits for another one of the same second and key, or for one that links."""


def folder_of(name: str, runs: Path = RUNS) -> Path:
    """Return where the runs of a name are kept.

    Raises
    ------
    ConfigError
        A name that is no folder's, would leave `runs`, or is hidden there.
    """
    size = len(os.fsencode(name))
    if size > LONGEST:
        raise ConfigError(
            f"`name` has {size} bytes, the folder of its runs may have {LONGEST}: shorten {name[:20]}…, or give `--out`"
        )
    if not name or name.startswith(".") or Path(name).name != name or "\\" in name:
        raise ConfigError(
            f"`name` {name!r} cannot name the folder of its runs: begin with a letter or a digit, or give `--out`"
        )
    return runs / name


def stamp_of(made: str, key: str) -> str:
    """Return the name of a run's folder from its time, such as 2026-07-31T08:05:09Z, and its key."""
    return f"{re.sub('[-:]', '', made)}-{key[:8]}"


def keep(result: Result, report: Report, record: dict[str, Any], runs: Path = RUNS) -> Path:
    """Write a result as the newest of its name and return its folder.

    Parameters
    ----------
    result : Result
    report : str or callable(Result) -> str
        The HTML of report.html, or what makes it.
    record : dict
        With `made` and `key`: of run.json.
    runs : path

    Raises
    ------
    ConfigError
        As `folder_of`.
    OutputError
        It cannot be written; nothing has changed then.
    """
    place = folder_of(result.name, runs)
    html = report(result) if callable(report) else report
    stamp = stamp_of(record["made"], record["key"])
    try:
        with alone(place / stamp, "run", PATIENCE):
            tidy(place / stamp, RUN)
            temporary = place / f".{stamp}.tmp-{secrets.token_hex(4)}"
            temporary.mkdir()
            try:
                result.write_into(temporary, html, record)
                flush_all(temporary)
                kept = _appeared(temporary, stamp)
                flush_folder(place)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"the run cannot be kept in {place}: {error}; give `--out` another folder") from error
    settle_all(place, RUN)
    link_newest(place)
    return kept


def _appeared(temporary: Path, stamp: str) -> Path:
    """Give a written folder its name, the first of STAMP, STAMP-2, ... that is free, and return it."""
    for number in count(1):
        target = temporary.with_name(stamp if number == 1 else f"{stamp}-{number}")
        try:
            os.rename(temporary, target)
        except OSError:
            if not os.path.lexists(target):
                raise
            continue  # it is taken: no system renames a folder to one that holds files
        return target
    raise AssertionError


def stamps_in(place: Path) -> list[str]:
    """Return the names of the runs in a folder, the newest first; links and whatever else lies there are left out."""
    try:
        found = [name for name in os.listdir(place) if STAMP.fullmatch(name)]
    except OSError:
        return []
    return sorted((name for name in found if is_own_folder(place / name)), key=partial(_order, place), reverse=True)


def _order(place: Path, stamp: str) -> tuple[str, int, int, str]:
    """Return what runs are sorted by: the second, when the folder was written, and what tells them apart at last."""
    moment, key, *number = stamp.split("-")
    try:
        written = (place / stamp).stat().st_mtime_ns
    except OSError:  # gone by now
        written = 0
    return moment, written, int(number[0]) if number else 1, key


def link_newest(place: Path) -> None:
    """Have `latest` lead to the newest run in a folder; where that cannot be done it stays, and readers need it not.

    Notes
    -----
    Whoever links looks again afterwards: of several processes the last one to link sees the newest run.
    """
    with suppress(OSError, OutputError):
        if _newest(place) == linked(place) and not _linking(place):
            return
        with alone(place / LATEST, "run", PATIENCE):
            for left in _linking(place):
                if (place / left).is_symlink():  # of a command that was killed: whoever links has the lock
                    (place / left).unlink()
            while (newest := _newest(place)) != linked(place):
                if newest is None:
                    (place / LATEST).unlink()
                elif not _link(place, newest):
                    return


def _newest(place: Path) -> str | None:
    return next(iter(stamps_in(place)), None)


def _linking(place: Path) -> list[str]:
    """Return what lies beside `latest` while it is written, or since a command was killed."""
    return [name for name in os.listdir(place) if _LINKING.fullmatch(name)]


def linked(place: Path) -> str | None:
    """Return the run that `latest` leads to, by link or by the text of a small file; None where it is neither."""
    path = place / LATEST
    with suppress(OSError, UnicodeDecodeError):
        if path.is_symlink():
            return os.readlink(path)
        if path.is_file() and path.stat().st_size < LONGEST:
            return path.read_text(encoding="utf-8").strip()
    return None


def _link(place: Path, stamp: str) -> bool:
    """Put a link in the place of `latest`, a small file where there are none; False where a user's is in its way."""
    path = place / LATEST
    if os.path.lexists(path) and not path.is_symlink() and not STAMP.fullmatch(linked(place) or ""):
        return False
    temporary = place / f".{LATEST}.tmp-{secrets.token_hex(4)}"
    try:
        os.symlink(stamp, temporary, target_is_directory=True)
        os.replace(temporary, path)
    except (OSError, NotImplementedError):
        temporary.unlink(missing_ok=True)
        write_file(path, f"{stamp}\n")
    return linked(place) == stamp


def is_run(path: Path) -> bool:
    """Return whether a folder holds a result that this release reads."""
    try:
        read_head(path)
    except (OSError, ValueError):
        return False
    return True
