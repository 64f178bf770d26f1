"""What run.json says of a run: when it was made, by which command, from which file, and its key."""

import datetime as dt
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..compare.keys import key_of_run
from ..config.comparison import files_below
from ..config.environment import Setting
from ..config.run import Config
from ..errors import LiangrongError
from ..run.result import RECORD

_ASIDE = {"--out": True, "--lang": True, "--colours": True, "--force": False}
"""Options that do not change a run, and whether they have a value."""


def now() -> str:
    """Return the moment in UTC to the second, such as 2026-07-31T08:05:09Z."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def record_of(
    config: Config,
    data: Mapping[str, Any],
    words: Sequence[str],
    file: Path | None,
    environment: Sequence[Setting] = (),
) -> dict[str, Any]:
    """Return what run.json says of a run that is being written.

    Parameters
    ----------
    config : Config
    data : mapping
        What was read, as `DataRead.record`.
    words : sequence of str
        The command as it was typed, the program's name first, and what the environment sets as options.
    file : path, optional
        The configuration as it was named; None where none was. The files that it extends are kept too.
    environment : sequence of Setting
        Keys that came from there.
    """
    below = _below(file)
    return {
        "made": now(),
        "command": shlex.join(words),
        "configuration": None if file is None else str(file),
        **({"based_on": below} if below else {}),
        "key": key_of_run(config, data),
        **({"environment": {setting.variable: setting.text for setting in environment}} if environment else {}),
    }


def _below(file: Path | None) -> list[str]:
    """Return the files that a configuration is based on; none where it is gone by now, which spoils no run."""
    try:
        return [] if file is None else [path for _, path in files_below(file)]
    except LiangrongError:
        return []


def command_of(words: Sequence[str]) -> str:
    """Return the command without what only says where the run goes and how its page looks."""
    kept, left = [], iter(words)
    for word in left:
        name, _, value = word.partition("=")
        if name in _ASIDE:
            if _ASIDE[name] and not value:
                next(left, None)
        else:
            kept.append(word)
    return shlex.join(kept)


def read_record(folder: Path) -> dict[str, Any]:
    """Return what run.json says; empty where there is none, or what it holds is none."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
