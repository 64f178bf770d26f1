"""The finished runs of a comparison, each written down as it ends."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import OutputError
from ..types import Row
from .measure import Measured

FILE = "trials.sqlite"


class Store:
    """Finished runs by key, in a SQLite file; a context manager.

    Raises
    ------
    OutputError
        The file cannot be opened, read or written, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = sqlite3.connect(path, isolation_level=None, timeout=60.0)  # transactions as said, else by row
        except sqlite3.Error as error:
            raise self._refused(error) from error
        try:
            self._set_up()
        except OutputError:
            self._file.close()
            raise

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
        row = key, label, json.dumps(measured.figures), measured.equity.astype("<f8").tobytes()
        self._done("INSERT OR REPLACE INTO trials VALUES (?, ?, ?, ?, ?)", (*row, measured.seconds))

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

    def _set_up(self) -> None:
        # Written ahead, a row costs no wait for the disk, outlives the death of the process, and readers need not wait.
        self._done("PRAGMA journal_mode = WAL")
        self._done("PRAGMA synchronous = NORMAL")
        columns = "key TEXT PRIMARY KEY, label TEXT, figures TEXT, equity BLOB, seconds REAL"
        self._done(f"CREATE TABLE IF NOT EXISTS trials ({columns})")
        if "seconds" not in (column[1] for column in self._done("PRAGMA table_info(trials)")):
            self._done("ALTER TABLE trials ADD COLUMN seconds REAL")  # a store of an earlier version

    def _done(self, command: str, values: Iterable[Any] = ()) -> list[Any]:
        """Return the rows of a command."""
        try:
            return self._file.execute(command, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def _refused(self, error: sqlite3.Error) -> OutputError:
        return OutputError(f"{self._path} cannot be used as the store of a comparison: {error}")


def _curve(equity: bytes) -> Row:
    return np.frombuffer(equity, dtype="<f8").astype(np.float64, copy=False)
