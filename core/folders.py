"""Result folders: whole or not at all, and nothing of anybody else's is replaced."""

import os
import secrets
import shutil
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

from .errors import OutputError


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

    Raises
    ------
    OutputError
        A folder or a device in its place, or a place that cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder: name a file to write")
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is no regular file (a device, a pipe or a socket): name another file to write")
    temporary = path.with_name(f".{path.name}.tmp-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            write_text(temporary, content)
        else:
            temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)


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


def refuse_foreign(target: Path, files: Collection[str], mark: str, writer: str) -> None:
    """Raise OutputError where `target` holds what a `writer` did not write; replacing a folder deletes what is in it.

    Parameters
    ----------
    target : path
    files : collection of str
        All names that may be in such a folder.
    mark : str
        The one of them that is always there.
    writer : str
        In words, such as ``run``.
    """
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target} should be a folder, it is a file: choose another place for the result")
    held = sorted(path.name for path in target.iterdir()) if target.exists() else []
    strangers = [name for name in held if name not in files]
    if strangers or (held and mark not in held):
        named = ", ".join((strangers or held)[:5])
        raise OutputError(f"{target} holds {named}, which no {writer} wrote: move that away or choose an empty folder")


@contextmanager
def replacing(target: Path) -> Generator[Path, None, None]:
    """Give a temporary sibling folder that becomes `target` when the block ends well, and vanishes when it does not.

    Raises
    ------
    OutputError
        It cannot be written; `target` is as before then.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.tmp-{secrets.token_hex(4)}")
        temporary.mkdir()
        try:
            yield temporary
            _swap(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OutputError:  # the block's own refusal
        raise
    except OSError as error:
        raise OutputError(f"the result cannot be written to {target}: {error}") from error


def _swap(temporary: Path, target: Path) -> None:
    """Put `temporary` in the place of `target`: two renames, since no portable one replaces a folder that has files."""
    if not target.exists():
        os.rename(temporary, target)
        return
    former = temporary.with_name(temporary.name.replace(".tmp-", ".old-"))
    os.rename(target, former)
    try:
        os.rename(temporary, target)
    except BaseException:
        os.rename(former, target)
        raise
    shutil.rmtree(former, ignore_errors=True)
