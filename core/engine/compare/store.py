"""The finished runs of a comparison, each written down as it ends."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ...errors import OutputError
from .measure import Measured

FILE = "trials.sqlite"


class Store:
    """Finished runs by key, in a SQLite file; a context manager.

    Raises
    ------
    OutputError
        The file cannot be opened, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = sqlite3.connect(path, isolation_level=None, timeout=60.0)  # every row is a transaction
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS trials "
                "(key TEXT PRIMARY KEY, label TEXT, figures TEXT, equity BLOB, seconds REAL)"
            )
            if "seconds" not in (column[1] for column in self._file.execute("PRAGMA table_info(trials)")):
                self._file.execute("ALTER TABLE trials ADD COLUMN seconds REAL")  # a store of an earlier version
        except sqlite3.Error as error:
            raise OutputError(f"{path} cannot be used as the store of a comparison: {error}") from error

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, key: str, label: str, measured: Measured) -> None:
        """Write a finished run."""
        row = key, label, json.dumps(measured.figures), measured.equity.astype("<f8").tobytes()
        self._file.execute("INSERT OR REPLACE INTO trials VALUES (?, ?, ?, ?, ?)", (*row, measured.seconds))

    def keys(self) -> set[str]:
        """Return the keys of all finished runs."""
        return {key for (key,) in self._file.execute("SELECT key FROM trials")}

    def seconds(self) -> dict[str, float]:
        """Return how long each finished run took, by key, where that was written down."""
        return dict(self._file.execute("SELECT key, seconds FROM trials WHERE seconds IS NOT NULL"))

    def read(self, keys: Iterable[str]) -> dict[str, Measured]:
        """Return finished runs by key; OutputError where one is missing."""
        found = {}
        for key in keys:
            row = self._file.execute("SELECT figures, equity FROM trials WHERE key = ?", (key,)).fetchone()
            if row is None:
                raise OutputError(f"{self._path} lacks a run that should be finished: run the comparison again")
            found[key] = Measured(json.loads(row[0]), np.frombuffer(row[1], dtype="<f8").astype(np.float64))
        return found
