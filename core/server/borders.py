"""What a client may reach: paths below the folder of the server, no code, nothing of the environment."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..config.layers import expanded, reading_only
from ..errors import ConfigError

SECONDS = 600.0
"""What one call may take, where the command does not say otherwise."""

_VARIABLE = re.compile(r"\$\{(\w*)")
OWN_VARIABLES = "LIANGRONG_"
"""Begin of the names of the environment variables that a configuration of a client may read."""

_NAME = re.compile(r"[\w-][\w.-]*")


@dataclass(frozen=True)
class Borders:
    """Where a client's wishes end.

    Parameters
    ----------
    root : Path
        Resolved; the working folder, where relative paths start and results are written.
    allowed : tuple of Path
        Resolved; other folders that may be read.
    runs_code : bool
        Whether files of Python that a configuration names may be run.
    seconds : float
        What one call may take.
    """

    root: Path
    allowed: tuple[Path, ...] = ()
    runs_code: bool = False
    seconds: float = SECONDS

    def readable(self, given: str, what: str, start: Path | None = None) -> Path:
        """Return a path that a client may read, links resolved, relative to the working folder where it lies there.

        Parameters
        ----------
        given : str
        what : str
            Names the argument or key in the error.
        start : Path, optional
            Folder that relative paths start at; the working folder where absent.

        Raises
        ------
        ConfigError
            It leads out of the folder, is neither a file nor a folder, or no path at all.
        """
        if not given.strip() or "\0" in given or given.startswith("~"):
            raise ConfigError(f"`{what}` should be a path below the folder of the server, got {given[:80]!r}")
        found = self._resolved(self.root / (start or Path()) / given, given, what)
        if not self._holds(found):
            raise ConfigError(
                f"`{what}` {given[:80]!r} leads out of the folder of the server: give a path below it, or have the "
                "server started with `--allow FOLDER`"
            )
        if _is_odd(found):
            raise ConfigError(f"`{what}` {given[:80]!r} is neither a file nor a folder: a pipe or a device is not read")
        return found.relative_to(self.root) if found.is_relative_to(self.root) else found

    def readable_whole(self, given: str, what: str, start: Path | None = None) -> Path:
        """Return a path as `readable` does, of a folder with all that lies in it; parameters and errors as there."""
        found = self.readable(given, what, start)
        self.check_whole(found)
        return found

    def check_whole(self, folder: Path) -> None:
        """Raise ConfigError where anything in a folder is a link out of the borders, or no file that can be read."""
        waiting, seen = [self.root / folder], {self.root / folder}
        while waiting:
            for path in sorted(_items(waiting.pop())):
                found = self.check_file(path)
                if found not in seen and found.is_dir():
                    seen.add(found)
                    waiting.append(found)

    def check_file(self, file: Path) -> Path:
        """Return where a file lies, if it does; ConfigError where that is out of the borders, or no file to be read."""
        path = self.root / file
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        found = self._resolved(path, str(shown), "path")
        if not self._holds(found):
            raise ConfigError(f"'{shown}' is a link: only files below the folder of the server are read")
        if _is_odd(found):
            raise ConfigError(f"'{shown}' is neither a file nor a folder: a pipe or a device is not read")
        return found

    def _holds(self, found: Path) -> bool:
        return any(found.is_relative_to(folder) for folder in (self.root, *self.allowed))

    def writable(self, place: str, name: str) -> Path:
        """Return the folder `name` below `place`, which a client may have written; ConfigError where it lies elsewhere.

        Parameters
        ----------
        place : str
            ``runs``, ``studies``, ``comparisons``, ``lookaheads``.
        name : str
            Of a client, never a path.
        """
        if not _NAME.fullmatch(name) or len(os.fsencode(name)) > 200:
            raise ConfigError(
                f"`name` {name[:80]!r} cannot name a folder in {place}: letters, digits, `_`, `-`, `.`, not the first"
            )
        target = self.root / place / name
        if self._resolved(target, name, "name") != target:
            raise ConfigError(f"{place}/{name} is a link to another place: a client's results are not written there")
        if target.is_dir() and place != "runs":  # a run has a folder of its own
            self.check_whole(target)
        return target.relative_to(self.root)

    def refuse(self, keys: Mapping[str, Any], what: str) -> None:
        """Raise ConfigError where the keys of a client name code, or variables of the environment, that it may not.

        Notes
        -----
        What the texts become counts too: a default may hold a part of a name, ``${LIANGRONG_A:-x.p}y:Idea``. The
        description is read by nobody but people, it may name code.
        """
        for text in _texts(keys):
            self._refuse_variables(text, what)
        for text in _texts({key: value for key, value in keys.items() if key != "description"}):
            if not self.runs_code and any(".py:" in one for one in (text, _replaced(text))):
                raise ConfigError(
                    f"`{what}` names code, {text[:80]!r}: a client's wish runs none; start the server with "
                    "`--allow-code`"
                )

    def _refuse_variables(self, text: str, what: str) -> None:
        for name in _VARIABLE.findall(text):
            if not name.startswith(OWN_VARIABLES):
                raise ConfigError(
                    f"`{what}` reads the environment variable {name[:80]!r}: a client may only have those that begin "
                    f"with {OWN_VARIABLES}"
                )
        if "${" in _replaced(text):  # a base is replaced again as a part of what extends it
            raise ConfigError(f"`{what}` {text[:80]!r} makes a variable of its default: a default is plain text")

    def _resolved(self, path: Path, given: str, what: str) -> Path:
        try:
            found = path.resolve()
            with suppress(FileNotFoundError, NotADirectoryError):
                found.lstat()
        except (OSError, RuntimeError, ValueError) as error:  # too long, a circle of links
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            raise ConfigError(f"`{what}` {given[:80]!r} is no path that can be followed: {why}") from None
        return found


def _is_odd(found: Path) -> bool:
    """Return whether a path is there and neither a file nor a folder: one that is opened may never end."""
    try:
        mode = found.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _items(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # no folder, or none that anybody may read
        return []


def _replaced(text: str) -> str:
    """Return what a text becomes by its variables; nothing where it has none."""
    with reading_only(OWN_VARIABLES):
        made = expanded(text)
    return "" if made == text else made


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in nested keys and values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
