"""Deleting a run: its own files one by one and its folder, nothing else, and never through a link."""

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from ..errors import OutputError
from ..folders import is_litter
from ..replacing import alone, is_own_folder
from ..run.result import FILES, RUN
from .run_folders import RUNS, STAMP, is_run, link_newest


def refuse_other(folder: Path) -> None:
    """Raise OutputError where a folder is not a run of ours alone: a link, links or foreign files in it, no result."""
    if not is_own_folder(folder):
        raise OutputError(f"{folder} is no folder of its own, and links are not followed: name the run itself")
    held = sorted(folder.iterdir())
    strangers = [
        one.name
        for one in held
        if not is_litter(one.name) and (one.name not in FILES or one.is_symlink() or not one.is_file())
    ]
    if strangers:
        raise OutputError(f"{folder} holds {', '.join(strangers[:5])}, which no run wrote: it stays as it is")
    if not (is_run(folder) or STAMP.fullmatch(folder.name)):
        raise OutputError(f"{folder} is no run: it has no summary.json of one; it stays as it is")


def remove_run(folder: Path, runs: Path = RUNS) -> None:
    """Delete a run, and have `latest` lead to the newest that is left; the folder of a name without runs goes too.

    Raises
    ------
    OutputError
        As `refuse_other`, then everything stays; or something cannot be deleted.
    """
    refuse_other(folder)
    folder = folder.absolute()
    leaving = folder.with_name(f".{folder.name}.gone-{secrets.token_hex(4)}")
    try:
        with alone(folder, RUN.writer):
            refuse_other(folder)
            os.rename(folder, leaving)  # readers see the whole run or none
            for one in leaving.iterdir():
                if is_litter(one.name) and is_own_folder(one):
                    shutil.rmtree(one)
                elif is_litter(one.name) or one.name in FILES:
                    one.unlink()
            leaving.rmdir()
    except OSError as error:
        raise OutputError(f"{folder} cannot be deleted: {error}") from error
    if STAMP.fullmatch(folder.name):
        link_newest(folder.parent)
        with suppress(OSError):
            if folder.parent.parent == runs.absolute():
                folder.parent.rmdir()
