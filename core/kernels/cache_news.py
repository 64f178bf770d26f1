"""What the kernel caches have to say, once a process, and what was compiled; costs nothing to import."""

import sys
from collections import Counter
from collections.abc import Callable

COMPILED: Counter[str] = Counter()
"""Kernels that this process compiled, by room: a kernel counts once for each set of types."""

AT_FIRST: list[Callable[[], None]] = []
"""Called before this process compiles its first kernel."""

_said: set[str] = set()


def compiling(room: str) -> None:
    """Count a kernel that is about to be compiled."""
    COMPILED[room] += 1
    if COMPILED.total() == 1:
        for call in AT_FIRST:
            call()


def damaged(folder: object) -> None:
    """Say that a cache was damaged; it is removed and made again, so that nothing is left to do."""
    _say("damaged", f"liangrong: a damaged kernel cache in {folder} was removed; its kernels are compiled again")


def not_written(folder: object, error: OSError) -> None:
    """Say that compiled kernels cannot be kept, which makes the next run slow too."""
    _say("not written", f"liangrong: compiled kernels cannot be kept in {folder}: {error.strerror or error}")


def _say(topic: str, line: str) -> None:
    if topic not in _said:
        _said.add(topic)
        print(line, file=sys.stderr)
