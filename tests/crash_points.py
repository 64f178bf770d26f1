"""A fault at each system call through which files change: the process ends there, or the system refuses."""

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator

import pytest

POINTS = ("replace", "rename", "fsync", "unlink", "rmdir", "mkdir", "open", "symlink")
"""Of `os`; files that are opened by name, and each time that one is written to, count too."""


def counting(patch: pytest.MonkeyPatch, act: Callable[[int], object]) -> list[str]:
    """Call `act(k)` before the k-th system call and return the names of all.

    A write that `act` does not survive has written half of what it should.
    """
    calls: list[str] = []

    def count(name: str) -> None:
        calls.append(name)
        act(len(calls))

    def watched(name: str, original: Callable) -> Callable:
        def call(*arguments, **options):
            count(name)
            return original(*arguments, **options)

        return call

    def opened(*arguments, **options):
        mode = options.get("mode", arguments[1] if len(arguments) > 1 else "r")
        if not any(sign in mode for sign in "wax+"):
            return original(*arguments, **options)
        if not isinstance(arguments[0], int):
            count("open")
        file = original(*arguments, **options)
        write = file.write

        def halved(content):
            half = len(content) // 2
            write(content[:half])
            file.flush()
            count("write")
            write(content[half:])
            return len(content)

        file.write = halved
        return file

    original = io.open
    patch.setattr(_Now, "reached", staticmethod(count))
    for name in POINTS:
        patch.setattr(os, name, watched(name, getattr(os, name)))
    for module in (io, builtins):
        patch.setattr(module, "open", opened)
    patch.setattr(os, "fdopen", lambda file, *more, **options: opened(file, *(more or ("r",)), **options))
    return calls


class _Now:
    @staticmethod
    def reached(name: str) -> None:
        """Do nothing: nobody counts."""


def reached(name: str) -> None:
    """Count a point of a test's own, where points are counted."""
    _Now.reached(name)


def is_ended(point: int, work: Callable[[], object]) -> bool:
    """Do some work in a process that ends at its `point`-th system call; return whether it got that far."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            counting(pytest.MonkeyPatch(), lambda k: os._exit(3) if k == point else None)
            work()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 3), f"the work failed at call {point}: {code}"
    return code == 3


def endings(work: Callable[[], object], step: int = 1, most: int = 3_000) -> Iterator[int]:
    """End some work at each `step`-th system call, and at last not at all; yield the number each time."""
    for point in range(1, most, step):
        went_on = is_ended(point, work)
        yield point
        if not went_on:
            return
    raise AssertionError("the work has more system calls than that")


def refusals(
    work: Callable[[], object], refused: type[Exception], step: int = 1, code: int = errno.ENOSPC, most: int = 3_000
) -> Iterator[tuple[int, str | None]]:
    """Let each `step`-th system call of some work fail; yield its number and what the work said, None for nothing.

    Anything raised but `refused` is raised.
    """

    def fail(k: int) -> None:
        if k == point:
            raise OSError(code, os.strerror(code))

    for point in range(1, most, step):
        with pytest.MonkeyPatch.context() as patch:
            calls = counting(patch, fail)
            words = None
            try:
                work()
            except refused as error:
                words = str(error)
        yield point, words
        if len(calls) < point:
            return
    raise AssertionError("the work has more system calls than that")
