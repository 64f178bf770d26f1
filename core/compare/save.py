"""The folder of a comparison; its files come one by one, each whole."""

import io
import json
import re
from pathlib import Path

import yaml

from ..csv_text import csv_of
from ..errors import OutputError
from ..folders import TEMPORARY, is_litter, sweep, write_file
from ..plain import fields_of, plain
from ..replacing import is_own_folder
from .claim import LOCK, claimed
from .comparing import Comparison
from .ground import is_of_parts, remove_parts
from .log import DAMAGED, FILE

LEADERBOARD, STRESS, RETURNS, LUCK, PAGE = (
    "leaderboard.csv",
    "stress.csv",
    "returns.parquet",
    "luck.json",
    "leaderboard.html",
)
FILES = (
    FILE,
    *(f"{FILE}-{end}" for end in ("journal", "wal", "shm")),
    LOCK,
    "compare.yaml",
    LEADERBOARD,
    STRESS,
    RETURNS,
    LUCK,
    PAGE,
)
"""What the folder of a comparison holds, and all files that it may hold."""

SHARED = ".panel"
"""Begin of the names of what workers map into memory while it runs."""

TRIALS = "trials"
"""Folder in that of a comparison for the whole results of its trials."""


_WRITTEN = re.compile(r"\..+\.(tmp|old|gone)-[0-9a-f]{8}")
_LOCK = re.compile(r"\..+\.lock")
"""Names beside the result of a run while it is written, see `replacing`."""


def save_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write the files of a finished comparison into its folder; the same comparison gives the same bytes.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    from .page import render_leaderboard

    luck = fields_of(comparison.luck) | ({"tried": plain(comparison.tried)} if comparison.tried else {})
    files = {
        "compare.yaml": yaml.safe_dump(comparison.config.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
        LEADERBOARD: csv_of(comparison.board),
        LUCK: json.dumps(luck, indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        PAGE: render_leaderboard(comparison),
    }
    if len(comparison.stress):
        files[STRESS] = csv_of(comparison.stress)
    returns = io.BytesIO()
    comparison.returns.to_parquet(returns, index=False)
    with claimed(folder):
        for name, text in files.items():
            write_file(folder / name, text)
        write_file(folder / RETURNS, returns.getvalue())
    return folder


def prepare_folder(folder: Path) -> Path:
    """Return the folder of a comparison, made where it is absent; OutputError where it holds anything else.

    A comparison that was stopped leaves its store, and what it was at: the next one resumes. Results of runs in folders
    of their own may lie there too: they are left alone.
    """
    with claimed(folder) as target:
        strangers = sorted(path.name for path in target.iterdir() if not _belongs(path))
        if strangers:
            raise OutputError(
                f"{target} holds {', '.join(strangers[:5])}, which no comparison wrote: choose an empty folder"
            )
        sweep(target)
        remove_parts(target / SHARED)
    return target


def _belongs(path: Path) -> bool:
    if is_litter(path.name):
        return True
    if is_own_folder(path):  # a run's result, or one that is being written
        is_ours = path.name == TRIALS or _WRITTEN.fullmatch(path.name) is not None
        return is_ours or is_of_parts(path.name, SHARED) or (path / "summary.json").is_file()
    name = path.name[1 : -len(".tmp-01234567")] if TEMPORARY.fullmatch(path.name) else path.name
    return name in FILES or DAMAGED.fullmatch(name) is not None or _LOCK.fullmatch(name) is not None


def trial_folder(out: Path, name: str) -> Path:
    """Return where the result of a trial goes: `out`, but into a folder of its own in that of a comparison."""
    comparison = out.parent if out.name == TRIALS else out
    return comparison / TRIALS / name if (comparison / FILE).is_file() else out
