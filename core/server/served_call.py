"""What a tool knows of the call that it carries out, and the line that it reports on."""

import json
import time
from typing import Any, TextIO

from .borders import Borders

EVERY = 0.1
"""Seconds between two reports of progress."""


class Call:
    """What a tool knows of the call that it carries out.

    Parameters
    ----------
    borders : Borders
    wire : text file
        Where progress is reported.
    """

    def __init__(self, borders: Borders, wire: TextIO) -> None:
        self.borders = borders
        self._wire = wire
        self._next = 0.0

    def report(self, done: int, total: int, what: str = "") -> None:
        """Say what is done, of how much."""
        now = time.monotonic()
        if now >= self._next or done == total:
            self._next = now + EVERY
            send(self._wire, {"progress": [done, total, what]})

    def counted(self, what: str) -> Any:
        """Return a callable(done, total) that reports `what`."""
        return lambda done, total: self.report(done, total, what)


def send(wire: TextIO, message: dict[str, Any]) -> None:
    """Write a message as one line of JSON."""
    wire.write(json.dumps(message, ensure_ascii=True, allow_nan=False) + "\n")
    wire.flush()
