"""The processes that calls are carried out in: a few at once, each ended where its call is given up."""

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from .borders import Borders
from .worker import GRACE

MOST = 4
"""Calls at once; further ones wait."""

LONGEST = 16_000_000
"""Bytes of a line that a process may say."""

_SERVES = f"{__package__}.worker"

Report = Callable[[int, int, str], Awaitable[object]]
Outcome = dict[str, Any]
"""`answer`: what a tool answers; or `refused`, `fault`: why there is none, in words."""


class Workers:
    """Processes that carry out the calls of one server.

    Parameters
    ----------
    borders : Borders
    most : int
        Processes at once.
    """

    def __init__(self, borders: Borders, most: int = MOST) -> None:
        self._borders = borders
        self._limit = anyio.Semaphore(most)
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()

    async def __aenter__(self) -> "Workers":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End every process, also those at work."""
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as group:
                for worker in self._all:
                    group.start_soon(worker.end)
        self._idle.clear()
        self._all.clear()

    async def call(self, tool: str, arguments: Mapping[str, Any], report: Report) -> Outcome:
        """Return what a call comes to; its process ends where it takes too long or nobody waits any more."""
        async with self._limit:
            worker = self._idle.pop() if self._idle else await self._begun()
            is_kept = False
            try:
                with anyio.fail_after(self._borders.seconds):
                    outcome = await worker.ask(tool, arguments, self._borders, report)
                is_kept = "fault" not in outcome and not self._borders.runs_code  # a client's code leaves traces
                return outcome
            except TimeoutError:
                return {"refused": _too_long(tool, self._borders.seconds)}
            except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return {"refused": f"the process of `{tool}` ended before it answered: there may be too little memory"}
            except anyio.DelimiterNotFound:
                return {"refused": f"the answer of `{tool}` has more than {LONGEST:,} bytes: ask for less"}
            finally:
                if is_kept:
                    self._idle.append(worker)
                else:
                    with anyio.CancelScope(shield=True):
                        await worker.end()
                    self._all.discard(worker)

    async def _begun(self) -> "_Worker":
        worker = await _Worker.begun(self._borders)
        self._all.add(worker)
        return worker


class _Worker:
    """One process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked = process.stdin
        self._told = BufferedByteReceiveStream(process.stdout)

    @classmethod
    async def begun(cls, borders: Borders) -> "_Worker":
        words = [sys.executable, "-P", "-m", _SERVES]  # -P: nothing of the working folder is imported
        return cls(
            await anyio.open_process(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None, cwd=borders.root, env=os.environ,
                start_new_session=True,
            )
        )  # fmt: skip

    async def ask(self, tool: str, arguments: Mapping[str, Any], borders: Borders, report: Report) -> Outcome:
        """Return the outcome of a call; what anyio raises where the process ends before."""
        told = {
            "root": str(borders.root),
            "allowed": list(map(str, borders.allowed)),
            "runs_code": borders.runs_code,
            "seconds": borders.seconds,
        }
        message = {"tool": tool, "arguments": dict(arguments), "borders": told}
        await self._asked.send(json.dumps(message).encode() + b"\n")
        while True:
            said = json.loads(await self._told.receive_until(b"\n", LONGEST))
            if "progress" not in said:
                return said
            await report(*said["progress"])

    async def end(self) -> None:
        """End the process: by the end of its input, so that it takes away what it was writing, else by force."""
        with suppress(OSError, anyio.BrokenResourceError):
            await self._asked.aclose()
        with anyio.move_on_after(GRACE + 1.0):
            await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.aclose()


def _too_long(tool: str, seconds: float) -> str:
    return (
        f"`{tool}` took more than {seconds:g} s and was ended, nothing is half-written: ask for fewer securities, "
        "sessions, trials or cuts (a comparison goes on where it stopped), or have the server started with more "
        "`--seconds`"
    )
