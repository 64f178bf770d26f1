"""What the first use of the kernels takes: how many there are to compile, about how long that is, how far it is.

A machine that has never run liangrong compiles the account, then what the compiled engine is made of; both are kept.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ..kernels.cache_news import AT_FIRST


class Group(NamedTuple):
    """Kernels that one use compiles together.

    Parameters
    ----------
    words : str
    kernels : int
        About; 0 where that is not known.
    seconds : float
        On one core of a server of 2023, with nothing else at work; twice that on a slow or busy machine.
    """

    words: str
    kernels: int
    seconds: float

    def told(self, where: str = "for this machine") -> str:
        """Return what is said when it begins."""
        return (
            f"Compiling {self.words} {where}, once: about {self.seconds:.0f} s on a core of its own "
            "(`liangrong warmup` does it ahead)"
        )


ACCOUNT = Group("the account", 160, 35.0)
DAY_LOOP = Group("the compiled engine", 160, 130.0)
OTHER = Group("kernels", 0, 5.0)


class Compiling:
    """What this process has compiled so far of the group that is at work."""

    group = OTHER
    done = 0
    depth = 0
    is_watched = False

    @classmethod
    def status(cls) -> str:
        """Return in words what is being compiled now; empty where nothing is."""
        if not cls.depth:
            return ""
        of = f"/about {cls.group.kernels}" if cls.done < cls.group.kernels else ""
        return f"compiling once, {cls.done}{of}"


def to_compile(engine: str) -> tuple[Group, ...]:
    """Return what a run on an engine would compile on this machine; compiled are the largest alone, not each rule's."""
    from ..account import credit_orders, session

    wanted = {"backtrader": ((ACCOUNT, credit_orders.execute),), "compiled": ((DAY_LOOP, session.simulate),)}
    asked = wanted.get(engine, (*wanted["backtrader"], *wanted["compiled"]))
    return tuple(group for group, kernel in asked if not is_kept(kernel))


def is_kept(kernel: Any) -> bool:
    """Return whether a kernel is kept in compiled form, for whatever types; True where nothing is compiled at all."""
    cache = getattr(kernel, "_cache", None)
    if cache is None:
        return True
    folder = cache.cache_path
    return folder is not None and any(Path(folder).glob(f"{kernel.py_func.__qualname__}-*"))


def tell_on_terminal() -> None:
    """Let a terminal at stderr be told when this process compiles: once a group, and never where all is cached.

    Whether it is one or not, `Compiling` knows from the first kernel on what is compiled.
    """
    if _watch not in AT_FIRST:
        AT_FIRST.append(_watch)


def tell_nothing() -> None:
    """Take that back."""
    AT_FIRST.clear()


class Compiled:
    """Seconds that went into compiling while they were counted; kernels out of the cache take none."""

    seconds = 0.0


@contextmanager
def compiled_meanwhile() -> Iterator[Compiled]:
    """Count the seconds that this process compiles, by numba's own events: a kernel's with those that it calls."""
    from numba.core import event

    found = Compiled()

    class Listener(event.Listener):
        began: list[float] = []  # noqa: RUF012 - of this one listener alone

        def on_start(self, event: Any) -> None:  # noqa: ARG002 - numba passes it
            self.began.append(time.perf_counter())

        def on_end(self, event: Any) -> None:  # noqa: ARG002 - numba passes it
            since = self.began.pop() if self.began else time.perf_counter()
            if not self.began:
                found.seconds += time.perf_counter() - since

    with event.install_listener("numba:compile", Listener()):
        yield found


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


def _watch() -> None:
    """Follow numba's own events from the first kernel on, whose event comes just after the news of the cache."""
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            _begin(event.data["dispatcher"].py_func)

        def on_end(self, event: Any) -> None:  # noqa: ARG002 - numba passes it
            _end()

    if not Compiling.is_watched:
        Compiling.is_watched = True
        event.register("numba:compile", Listener())
    _tell("Compiling kernels for this machine, once: some seconds for a rule; what takes longer is told")


def _begin(function: Callable[..., Any]) -> None:
    """Note a kernel that is about to be compiled, and say of a long group once that it begins."""
    Compiling.depth += 1
    if Compiling.depth > 1:
        return
    group = _group_of(function)
    if group.kernels and group is not Compiling.group:
        Compiling.group, Compiling.done = group, 0
        _tell(group.told())


def _end() -> None:
    """Note a kernel that is compiled; the day loop is one, with all that it calls."""
    Compiling.done += 1
    Compiling.depth -= 1
    if not Compiling.depth and Compiling.group is DAY_LOOP:
        Compiling.group, Compiling.done = OTHER, 0


def _group_of(function: Callable[..., Any]) -> Group:
    """Return the group that a kernel begins: the day loop; or the account, where its core is not there yet."""
    room, _, module = function.__module__.rpartition(".")
    if not room.endswith("core.account"):
        return OTHER
    if (module, function.__name__) == ("session", "simulate"):
        return DAY_LOOP
    fresh = Compiling.group is OTHER and ACCOUNT in to_compile("backtrader")
    return ACCOUNT if fresh else Compiling.group
