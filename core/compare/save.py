"""The folder of a comparison; its files come one by one, each whole."""

import json
import os
from pathlib import Path
from typing import Any

import yaml

from ..csv_text import csv_of
from ..errors import OutputError
from ..folders import write_text
from ..plain import fields_of
from .claim import LOCK, claimed
from .comparing import Comparison
from .log import FILE

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


def save_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write the files of a finished comparison into its folder; the same comparison gives the same bytes.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    from .page import render_leaderboard

    files = {
        "compare.yaml": yaml.safe_dump(comparison.config.model_dump(mode="json"), sort_keys=False, allow_unicode=True),
        LEADERBOARD: csv_of(comparison.board),
        LUCK: json.dumps(fields_of(comparison.luck), indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        PAGE: render_leaderboard(comparison),
    }
    if len(comparison.stress):
        files[STRESS] = csv_of(comparison.stress)
    try:
        with claimed(folder):
            for name, text in files.items():
                _replaced(folder / name, lambda path, text=text: write_text(path, text))
            _replaced(folder / RETURNS, lambda path: comparison.returns.to_parquet(path, index=False))
    except OSError as error:
        raise OutputError(f"the comparison cannot be written to {folder}: {error}") from error
    return folder


def _replaced(path: Path, write: Any) -> None:
    """Write a file beside its place and move it there: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def prepare_folder(folder: Path) -> Path:
    """Return the folder of a comparison, made where it is absent; OutputError where it holds anything else.

    A comparison that was stopped leaves its store, and what it was at: the next one resumes. Results of runs in folders
    of their own may lie there too: they are left alone.
    """
    with claimed(folder) as target:
        for path in target.glob(".*.tmp-*"):
            if path.is_file():
                path.unlink()
        strangers = sorted(path.name for path in target.iterdir() if not _belongs(path))
        if strangers:
            raise OutputError(
                f"{target} holds {', '.join(strangers[:5])}, which no comparison wrote: choose an empty folder"
            )
    return target


def _belongs(path: Path) -> bool:
    if path.is_dir():  # a run's result, or one that is being written
        is_written = path.name.startswith(".") and (".tmp-" in path.name or ".old-" in path.name)
        return path.name == TRIALS or path.name.startswith(SHARED) or is_written or (path / "summary.json").is_file()
    return path.name in FILES


def trial_folder(out: Path, name: str) -> Path:
    """Return where the result of a trial goes: `out`, but into a folder of its own in that of a comparison."""
    comparison = out.parent if out.name == TRIALS else out
    return comparison / TRIALS / name if (comparison / FILE).is_file() else out
