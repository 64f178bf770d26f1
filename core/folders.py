"""Single files: whole or not at all, on the disk before they have their name; and what systems leave in folders."""

import os
import re
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from .errors import OutputError
from .locks import created, is_abandoned

_LITTER = re.compile(
    r"\.DS_Store|\.localized|\._.*|\.directory|\.ipynb_checkpoints|\.nfs[0-9a-f]+|\.fuse_hidden[0-9a-f]+"
    r"|@eaDir|thumbs\.db|ehthumbs\.db|desktop\.ini",
    re.IGNORECASE,
)
"""What macOS, Windows, desktops, network disks and Jupyter leave in any folder."""

TEMPORARY = re.compile(r"\..+\.tmp-[0-9a-f]{8}")
"""Name of a file that is being written."""


def is_litter(name: str) -> bool:
    """Return whether a name is one that systems leave in any folder.

    Such files are in nobody's way: a folder that holds them is written, replaced and deleted as if they were not there,
    and they go with it. Whatever else lies in a folder of ours is the user's, and stays.
    """
    return _LITTER.fullmatch(name) is not None


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 with LF, on every system the same bytes."""
    path.write_text(text, encoding="utf-8", newline="\n")


def flush(path: Path) -> None:
    """Return when the bytes of a file are on the disk, so that a rename of it survives a loss of power."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk, where the system has a way to say so."""
    if os.name != "posix":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a single file that a user asked for, whole or not at all; its folder is made.

    What a command that was killed left of the same file goes.

    Raises
    ------
    OutputError
        A folder or a device in its place, or a place that cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder: name a file to write")
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is no regular file (a device, a pipe or a socket): name another file to write")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent, path.name)
        _written(path, content.encode() if isinstance(content, str) else content)
        flush_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error}") from error


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what commands that were killed left of a file in a folder, or of all; it has to be a folder of ours then.

    Files of a process that is at work, on whatever machine, have an owner by the lock that it holds on them, and stay.
    """
    begin = "." if name is None else f".{name}.tmp-"
    for one in os.listdir(folder):
        if one.startswith(begin) and TEMPORARY.fullmatch(one) and is_abandoned(folder / one):
            with suppress(OSError):  # what cannot be removed now is in nobody's way
                (folder / one).unlink()


def _written(path: Path, content: bytes) -> None:
    """Write a file beside its place, and move it there when it is on the disk."""
    temporary, file = _begun(path)
    try:
        with os.fdopen(file, "wb", closefd=False) as stream:
            stream.write(content)
        os.fsync(file)
        if sys.platform == "win32":  # nothing that is open can be renamed there
            os.close(file)
            file = -1
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    finally:
        if file >= 0:
            os.close(file)


def _begun(path: Path) -> tuple[Path, int]:
    """Return the name and the descriptor of a new file beside `path` that this process owns."""
    while True:
        temporary = path.with_name(f".{path.name}.tmp-{secrets.token_hex(4)}")
        with suppress(FileExistsError):
            return temporary, created(temporary)


def write_page(path: Path, html: str) -> None:
    """Write a page that a user asked for as `write_file`; only another page or an empty file is replaced.

    Raises
    ------
    OutputError
        As `write_file`, and a file in its place that is no page.
    """
    if path.is_file() and not _is_page(path):
        raise OutputError(f"{path} exists and is no HTML page, it stays as it is: choose another name for the page")
    write_file(path, html)


def _is_page(path: Path) -> bool:
    """Return whether a file begins like an HTML page, case and blanks aside, or is empty."""
    try:
        with path.open("rb") as file:
            beginning = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError as error:
        raise OutputError(f"{path} exists and cannot be read: {error}; choose another name for the page") from error
    words = b" ".join(beginning[:64].lower().split())
    return not beginning or words.startswith(b"<!doctype html")
