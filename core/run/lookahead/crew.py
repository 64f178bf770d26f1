"""The processes that a check repeats its run in, as their caller sees them."""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import IO, Any, cast

from ...config.quantities import whole_number
from ...config.run import Config
from ...errors import ConfigError, EngineError
from . import work
from .observed import Observed
from .process import FORKS

_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""A process is copied safely only while it has one thread; and there is one for each worker anyway."""


_SERVES = f"{__package__}.process"


class Crew:
    """A few processes that have loaded the same data and have never seen the user's file.

    Parameters
    ----------
    workers : int
        Processes; the sets of Python have another order in each.
    forks : bool, optional
        Whether a process copies itself for each repetition; on Linux by default. Elsewhere libraries of the system do
        not survive that, and every repetition has a new process, which takes some seconds.

    Raises
    ------
    ConfigError
        Fewer than 1 worker.
    """

    def __init__(self, workers: int = 2, forks: bool | None = None) -> None:
        workers = whole_number("workers", workers)
        if workers < 1:
            raise ConfigError(f"`workers` should be at least 1, got {workers}")
        self._forks = sys.platform == "linux" if forks is None else forks
        self._members = [_Member(number, self._forks) for number in range(workers)]
        self.workers = workers

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        for member in self._members:
            member.end()

    def load(self, config: Config) -> None:
        """Let every process load the data of a configuration, in place of what it had."""
        self._tell(lambda member: member.load(config))

    def keep(self, is_late: bool, observed: Observed) -> None:
        """Let every process keep decisions that repetitions are compared with."""
        self._tell(lambda member: member.tell(work.keep, is_late, observed))

    def ask(self, function: Callable[..., Any], *arguments: Any, member: int = 0) -> Any:
        """Return what a function of `work` returns in a process of its own; `member` wraps around."""
        return self._members[member % self.workers].ask(function, *arguments)

    def map(self, function: Callable[..., Any], asked: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield what a function of `work` returns for each tuple of arguments, in the order in which it is done."""
        free: queue.SimpleQueue[_Member] = queue.SimpleQueue()
        for member in self._members:
            free.put(member)

        def answer(arguments: tuple[Any, ...]) -> Any:
            member = free.get()
            try:
                return member.ask(function, *arguments)
            finally:
                free.put(member)

        with ThreadPoolExecutor(self.workers) as pool:
            futures = [pool.submit(answer, arguments) for arguments in asked]
            try:
                for future in as_completed(futures):
                    yield future.result()
            except BaseException:  # an interruption too: do not wait for what nobody will read
                pool.shutdown(wait=False, cancel_futures=True)
                self.close()
                raise

    def _tell(self, tell: Callable[["_Member"], None]) -> None:
        with ThreadPoolExecutor(self.workers) as pool:
            for told in [pool.submit(tell, member) for member in self._members]:
                told.result()


class _Member:
    """One process, begun when it is needed and told again what it has to know."""

    def __init__(self, number: int, forks: bool) -> None:
        self._forks = forks
        self._environment = {**os.environ, **_ONE_THREAD, "PYTHONHASHSEED": str(number + 1)}
        self._told: list[tuple[Any, ...]] = []
        self._process: subprocess.Popen[bytes] | None = None

    def load(self, config: Config) -> None:
        self._told.clear()
        self.tell(work.load, config, Path.cwd(), list(sys.path))

    def tell(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._told.append((False, function, arguments))
        if self._process is not None or self._forks:
            self._send(*self._told[-1], before=self._told[:-1])

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return self._send(True, function, arguments, before=self._told)
        finally:
            if not self._forks:
                self.end()

    def end(self) -> None:
        """End the process and what it copied."""
        process, self._process = self._process, None
        if process is None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, self._errors):
            with contextlib.suppress(OSError):  # what was still to be written to a process that is gone
                cast("IO[bytes]", stream).close()

    def _send(self, *message: Any, before: Sequence[tuple[Any, ...]]) -> Any:
        if self._process is None:
            self._begin()
            for told in before:
                self._exchange(told)
        return self._exchange(message)

    def _begin(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        words = [sys.executable, "-P", "-m", _SERVES, *([FORKS] if self._forks else [])]
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=self._environment,
            start_new_session=True,  # an interruption reaches the caller alone, which ends them all
        )
        if self._forks:
            self._exchange((False, work.warm, ()))

    def _exchange(self, message: tuple[Any, ...]) -> Any:
        process = cast("subprocess.Popen[bytes]", self._process)
        try:
            stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
            pickle.dump(message, stdin)
            stdin.flush()
            value, error = pickle.load(stdout)
        except (EOFError, OSError, AttributeError):
            said = self._last_words()
            self.end()  # the next question begins another
            raise EngineError(f"a process of the check ended before it answered: {said}") from None
        if error is not None:
            raise error
        return value

    def _last_words(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._errors.seek(0)
            lines = self._errors.read().decode(errors="replace").strip().splitlines()
            if lines:
                return lines[-1]
        return "it said nothing; there may be too little memory"
