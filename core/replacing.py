"""Result folders: whole or not at all, by one process at a time, and nothing of anybody else's is replaced.

Beside a folder X lie, while it is written: `.X.lock`, the new one as `.X.tmp-<8 hex>`, and for a moment the one that it
replaces as `.X.old-<8 hex>`; while it is deleted `.X.gone-<8 hex>`. Only whoever has the lock makes them. A process
that is killed leaves them, and the next command that writes X or looks for it puts the old one back where nothing is in
its place, and removes the rest.
"""

import os
import re
import secrets
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from .errors import OutputError
from .folders import flush, flush_folder, is_litter
from .locks import claimed, is_held

_KINDS = r"(tmp|old|gone)-[0-9a-f]{8}"
_LEFT = re.compile(rf"\.(?P<name>.+)\.(lock|{_KINDS})")


@dataclass(frozen=True)
class Contents:
    """What a folder holds that a command writes; whatever else lies in one is not ours.

    Parameters
    ----------
    writer : str
        In words, such as ``run``.
    files : tuple of str
        All names that may be in such a folder.
    mark : str
        The one of them that is always there.
    folders : mapping of str to Contents
        Name of a folder in it -> what each of the folders in that one holds.
    """

    writer: str
    files: tuple[str, ...]
    mark: str
    folders: Mapping[str, "Contents"] = field(default_factory=dict)

    def strangers(self, folder: Path) -> list[str]:
        """Return what lies in a folder and no such writer wrote, without what systems leave there."""
        return [path.relative_to(folder).as_posix() for path in self._strangers(folder)]

    def _strangers(self, folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if is_litter(path.name) or (path.name in self.files and not path.is_dir()):
                continue
            inner = self.folders.get(path.name)
            if inner is None or not is_own_folder(path):
                yield path
                continue
            for one in sorted(path.iterdir()):
                if is_own_folder(one) and not is_litter(one.name):
                    yield from inner._strangers(one)
                elif not is_litter(one.name):
                    yield one


def is_own_folder(path: Path) -> bool:
    """Return whether a path is a folder itself and no link to one."""
    return path.is_dir() and not path.is_symlink()


def refuse_foreign(target: Path, contents: Contents) -> None:
    """Raise OutputError where `target` holds what its writer did not write: what is replaced is deleted."""
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target} should be a folder, it is a file: choose another place for the result")
    if not target.exists():
        return
    held = sorted(path.name for path in target.iterdir() if not is_litter(path.name))
    strangers = contents.strangers(target)
    if strangers or (held and contents.mark not in held):
        named = ", ".join((strangers or held)[:5])
        raise OutputError(
            f"{target} holds {named}, which no {contents.writer} wrote: move that away or choose an empty folder"
        )


def alone(target: Path, writer: str, patience: float = 0.0) -> AbstractContextManager[Path]:
    """Give the place of a result to this process alone, whether or not the folder is there; raises as `claimed`."""
    remedy = "or choose another folder"
    return claimed(target.parent, _lock_of(target), writer, remedy, patience=patience, shown=target)


def _lock_of(target: Path) -> str:
    return f".{target.name}.lock"


@contextmanager
def replacing(target: Path, contents: Contents) -> Generator[Path, None, None]:
    """Give a temporary sibling folder that becomes `target` when the block ends well, and vanishes when it does not.

    Raises
    ------
    OutputError
        `target` holds anything else, is in use, or cannot be written; it is as before then.
    """
    refuse_foreign(target, contents)
    try:
        with alone(target, contents.writer):
            tidy(target, contents)
            refuse_foreign(target, contents)
            temporary = target.with_name(f".{target.name}.tmp-{secrets.token_hex(4)}")
            temporary.mkdir()
            try:
                yield temporary
                flush_all(temporary)
                _swap(temporary, target)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except OutputError:  # the block's own refusal
        raise
    except OSError as error:
        raise OutputError(f"the result cannot be written to {target}: {error}") from error


def settle(target: Path, contents: Contents) -> None:
    """Finish what a command that was killed left at the place of a result; nothing where one is at work, or read-only.

    Whoever looks for a result calls this before.
    """
    target = target.absolute()
    lock = _lock_of(target)
    if (os.path.lexists(target.parent / lock) or _beside(target)) and not is_held(target.parent, lock):
        with suppress(OutputError, OSError), alone(target, contents.writer):
            tidy(target, contents)


def settle_all(folder: Path, contents: Contents) -> None:
    """Settle whatever commands that were killed left in a folder of results."""
    with suppress(OSError):
        for name in {found["name"] for one in os.listdir(folder) if (found := _LEFT.fullmatch(one))}:
            settle(folder / name, contents)


def tidy(target: Path, contents: Contents) -> None:
    """Put the former folder back where none is in its place, and remove the others; only whoever has `alone` may.

    What holds anything that its writer does not write is not ours, and stays.
    """
    left = [path for path in _beside(target) if is_own_folder(path) and not contents.strangers(path)]
    for path in left:
        if ".old-" in path.name and not os.path.lexists(target) and (path / contents.mark).is_file():
            os.rename(path, target)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _beside(target: Path) -> list[Path]:
    """Return the folders beside `target` whose names are those of one that is being written, the former ones first."""
    name = re.compile(rf"\.{re.escape(target.name)}\.{_KINDS}")
    try:
        return sorted(target.parent / one for one in os.listdir(target.parent) if name.fullmatch(one))
    except OSError:
        return []


def flush_all(folder: Path) -> None:
    """Return when all that lies in a folder is on the disk."""
    for place, _, files in os.walk(folder):
        for name in files:
            flush(Path(place, name))
        flush_folder(Path(place))


def _swap(temporary: Path, target: Path) -> None:
    """Put `temporary` in the place of `target`: two renames, since no portable one replaces a folder that has files."""
    if not os.path.lexists(target):
        os.rename(temporary, target)
        flush_folder(target.parent)
        return
    former = temporary.with_name(temporary.name.replace(".tmp-", ".old-"))
    os.rename(target, former)
    try:
        os.rename(temporary, target)
    except BaseException:
        os.rename(former, target)
        raise
    flush_folder(target.parent)
    shutil.rmtree(former, ignore_errors=True)
