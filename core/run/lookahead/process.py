"""The process that repetitions begin in. It imports liangrong and loads the data, and never the user's file.

Each repetition is a copy of it (a fork), so that nothing a file keeps in its module, its classes or the random state
of the process passes from one to the next, and none pays for the imports again. Where a copy is not safe (macOS,
Windows) the process does one repetition and ends.
"""

import os
import pickle
import selectors
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ...errors import EngineError, LiangrongError
from ...orphans import end_with
from .work import Backdrop

FORKS = "fork"
"""The argument of a process that copies itself."""


def main() -> None:
    """Answer what arrives on the standard input until it ends; print nothing."""
    reader, writer = _streams()
    backdrop, forks = Backdrop(), FORKS in sys.argv[1:]
    if not forks:  # a process that is copied may have one thread only, and looks for itself
        end_with(os.getppid())
    while True:
        try:
            is_apart, function, arguments = pickle.load(reader)
        except EOFError:
            return
        if is_apart and forks:
            writer.write(_apart(function, backdrop, arguments, reader))
        else:
            writer.write(_answer(function, backdrop, arguments))
        writer.flush()


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Return the streams to the caller, and give what a user's file reads and prints to nobody."""
    reader, writer = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nobody = os.open(os.devnull, os.O_RDWR)
    os.dup2(nobody, 0)
    os.dup2(nobody, 1)
    return reader, writer


def _answer(function: Callable[..., Any], backdrop: Backdrop, arguments: tuple[Any, ...]) -> bytes:
    """Return the value of a call, or its error, as bytes."""
    try:
        return pickle.dumps((function(backdrop, *arguments), None))
    except (Exception, SystemExit) as error:
        return pickle.dumps((None, _portable(error)))


def _portable(error: BaseException) -> Exception:
    """Return an error that the caller can read: those of a user's own classes become text."""
    if isinstance(error, LiangrongError):
        return error
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return EngineError(f"a repetition of the run failed at {place}: {type(error).__name__}: {error}")


def _apart(function: Callable[..., Any], backdrop: Backdrop, arguments: tuple[Any, ...], caller: IO[bytes]) -> bytes:
    """Return the answer of a copy of this process; both end when the caller does."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        with os.fdopen(writer, "wb") as stream:
            stream.write(_answer(function, backdrop, arguments))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        _wait(stream, caller)
        answer = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not answer:
        ended = f"by signal {-code}" if code < 0 else f"with code {code}"
        return pickle.dumps((None, EngineError(f"a repetition of the run ended {ended} before it answered")))
    return answer


def _wait(answer: IO[bytes], caller: IO[bytes]) -> None:
    """Return when an answer comes; where the caller is gone, end this process and what it copied.

    The caller says nothing while it waits: what can be read from it is its end.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(answer, selectors.EVENT_READ)
        selector.register(caller, selectors.EVENT_READ)
        ready = {key.fileobj for key, _ in selector.select()}
    if answer not in ready:
        os.killpg(0, signal.SIGKILL)  # it leads a group of its own


if __name__ == "__main__":
    main()
