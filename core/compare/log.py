"""The finished runs of a comparison, each written down as it ends, with a digest of its row."""

import json
import math
import os
import re
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OutputError
from ..folders import flush, flush_folder
from ..types import Row
from .measure import Measured
from .salvage import Trial, digest_of, is_whole, whole_rows

FILE = "trials.sqlite"

DAMAGED = re.compile(rf"{re.escape(FILE)}\.damaged-\d+(-wal)?")
"""Names of stores that were damaged, which are kept beside the one that was made of what was whole in them."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS trials "
    "(key TEXT PRIMARY KEY, label TEXT, figures TEXT, equity BLOB, seconds REAL, digest TEXT)"
)
_MADE = re.compile(rb"CREATE TABLE trials \(key TEXT PRIMARY KEY, label TEXT, figures TEXT, equity BLOB")
"""What a store of ours says in its first page."""

_OF_THE_SYSTEM = {3, 5, 6, 7, 10, 13, 14, 15}
"""Primary result codes of SQLite that tell of the disk, of memory or of another process, and not of a damaged file."""
_READ_ONLY = 8


_INSERT = "INSERT OR REPLACE INTO trials (key, label, figures, equity, seconds, digest) VALUES (?, ?, ?, ?, ?, ?)"


def _nobody(_: str) -> None: ...


class _Damage(Exception):
    """A file is not as it was written; its text says what SQLite or a digest says."""


class Store:
    """Finished runs by key, in a SQLite file; a context manager.

    Parameters
    ----------
    path : Path
    tell : callable(str), optional
        Is told how a damaged file was repaired, and where it lies now. Without it a damaged file is refused; with it
        nobody else may be at work in the folder.

    Raises
    ------
    OutputError
        The file cannot be opened, read or written, or is something else.

    Notes
    -----
    Opening reads every row and compares it with its digest: some 0.3 s for 10,000 trials of 2,500 sessions.
    """

    def __init__(self, path: Path, tell: Callable[[str], None] | None = None) -> None:
        self._path = path
        try:
            if not path.exists() and _asides(path):
                raise _Damage("it is not in its place")  # a repair that was killed
            self._open()
        except _Damage as damage:
            told = f"{path} was damaged ({damage}): {self._repair(str(damage), is_told=tell is not None)}"
            (tell or _nobody)(told)
            self._open()

    def _open(self) -> None:
        """Open the file once it is known to be as it was written; `_Damage` where it is not."""
        try:
            columns = _columns(self._path) if self._path.exists() and self._path.stat().st_size else []
            self._file = sqlite3.connect(self._path, isolation_level=None, timeout=60.0)  # transactions as said
            try:
                self._set_up(columns)
            except BaseException:
                self._file.close()
                raise
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            is_shut = code == _READ_ONLY and not os.access(self._path, os.W_OK)
            if code in _OF_THE_SYSTEM or is_shut:
                raise self._refused(error) from error
            raise _Damage(str(error)) from error

    def _set_up(self, columns: Iterable[str]) -> None:
        # Written ahead, a row costs no wait for the disk, outlives the death of the process, and readers need not wait.
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")
        self._file.execute(_SCHEMA)
        for name, kind in (("seconds", "REAL"), ("digest", "TEXT")):
            if columns and name not in columns:
                self._file.execute(f"ALTER TABLE trials ADD COLUMN {name} {kind}")  # a store of an earlier version

    def _repair(self, what: str, is_told: bool) -> str:
        """Put a new file of what is whole in the place of a damaged one, which stays beside it; say so.

        Wherever this is killed, the next one finds all that was there: it looks at the files aside too.

        Raises
        ------
        OutputError
            It is no store of ours, nobody is told of the repair, or it cannot be written.
        """
        path = self._path
        try:
            files = [one.read_bytes() for one in (path, *_asides(path)) if one.is_file()]
            logs = [one.read_bytes() for one in (_log_of(path), *_asides(path, "-wal")) if one.is_file()]
        except OSError as error:
            raise self._refused(error) from error
        rows = whole_rows(files, logs)
        if not (rows or any(map(_MADE.search, files))):
            raise self._refused(f"{what}, and nothing in it is a finished run")
        if not is_told:
            raise OutputError(
                f"{path} is damaged ({what}): `liangrong compare` keeps what is whole and runs the rest again"
            )
        try:
            aside = _exchanged(path, rows.values())
        except (OSError, sqlite3.Error) as error:
            raise self._refused(error) from error
        runs = "1 finished run in it is" if len(rows) == 1 else f"{len(rows):,} finished runs in it are"
        return f"{runs} whole and kept, the others are run again; the damaged file is now {aside.name}"

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what is added inside as one transaction: all of it or nothing."""
        self._done("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.rollback()
            raise
        self._done("COMMIT")

    def add(self, key: str, label: str, measured: Measured) -> None:
        """Write a finished run."""
        seconds = None if math.isnan(measured.seconds) else float(measured.seconds)
        row = key, str(label), json.dumps(measured.figures), measured.equity.astype("<f8").tobytes(), seconds
        self._done(_INSERT, (*row, digest_of(*row)))

    def keys(self) -> set[str]:
        """Return the keys of all finished runs."""
        return {key for (key,) in self._done("SELECT key FROM trials")}

    def seconds(self) -> dict[str, float]:
        """Return how long each finished run took, by key, where that was written down."""
        return dict(self._done("SELECT key, seconds FROM trials WHERE seconds IS NOT NULL"))

    def read(self, keys: Iterable[str]) -> dict[str, Measured]:
        """Return finished runs by key; OutputError where one is missing."""
        found = {key: self._row("figures, equity", key) for key in keys}
        return {key: Measured(json.loads(figures), _curve(equity)) for key, (figures, equity) in found.items()}

    def figures(self, keys: Iterable[str]) -> dict[str, Measured]:
        """Return finished runs by key as `read`, each with an empty equity curve: thousands of curves are large."""
        return {key: Measured(json.loads(self._row("figures", key)[0]), np.empty(0)) for key in keys}

    def _row(self, columns: str, key: str) -> tuple[Any, ...]:
        rows = self._done(f"SELECT {columns} FROM trials WHERE key = ?", (key,))
        if not rows:
            raise OutputError(f"{self._path} lacks a run that should be finished: run the comparison again")
        return rows[0]

    def _done(self, command: str, values: Iterable[Any] = ()) -> list[Any]:
        """Return the rows of a command."""
        try:
            return self._file.execute(command, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def _refused(self, why: object) -> OutputError:
        return OutputError(
            f"{self._path} cannot be used as the store of a comparison: {why}; move it away, or choose another `--out`"
        )


def _columns(path: Path) -> list[str]:
    """Return the columns of the trials in a file, none where it has no table; every page and row is looked at.

    Raises
    ------
    _Damage, sqlite3.Error
        It is not as it was written, or something else. Nothing in it or its log has changed: it was opened to be read.
    """
    # Where there is no log nobody writes, and nothing need be made beside the file.
    how = "mode=ro" if _log_of(path).exists() else "immutable=1"
    file = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, timeout=60.0)
    try:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = [column[1] for column in file.execute("PRAGMA table_info(trials)")]
        if tables and not {"key", "label", "figures", "equity"} <= {*columns}:
            raise _Damage(f"its tables are {', '.join(sorted(tables)[:5])}, and not those of a comparison")
        ((told,),) = file.execute("PRAGMA integrity_check(1)")
        if told != "ok":
            raise _Damage(" ".join(str(told).split()))
        if "digest" in columns:
            for row in file.execute("SELECT key, label, figures, equity, seconds, digest FROM trials"):
                if row[5] is not None and not is_whole(row):
                    raise _Damage("a run is not as it was written")
        return columns
    finally:
        file.close()


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _exchanged(path: Path, rows: Iterable[Trial]) -> Path:
    """Put a new store in the place of a damaged one, and return where that lies now."""
    building = path.with_name(f".{path.name}.tmp-{secrets.token_hex(4)}")
    _write(building, rows)
    if path.exists():
        numbers = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
        aside = next(one for one in numbers if not one.exists())
        os.rename(path, aside)
    else:
        aside = _asides(path)[-1]
    if _log_of(path).exists():
        os.rename(_log_of(path), _log_of(aside))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    os.replace(building, path)
    flush_folder(path.parent)
    return aside


def _asides(path: Path, end: str = "") -> list[Path]:
    """Return the damaged stores, or their logs, that lie beside a store."""
    names = re.compile(rf"{re.escape(path.name)}\.damaged-\d+{end}")
    return sorted(one for one in path.parent.glob(f"{path.name}.damaged-*") if names.fullmatch(one.name))


def _write(path: Path, rows: Iterable[Trial]) -> None:
    """Write a store of some rows, whole and on the disk."""
    with suppress(FileNotFoundError):
        path.unlink()
    file = sqlite3.connect(path, isolation_level=None)
    try:
        file.execute(_SCHEMA)
        file.execute("BEGIN")
        file.executemany(_INSERT, rows)
        file.execute("COMMIT")
    finally:
        file.close()
    flush(path)


def _curve(equity: bytes) -> Row:
    return np.frombuffer(equity, dtype="<f8").astype(np.float64, copy=False)
