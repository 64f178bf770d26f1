"""The process that carries out calls: one at a time, each ended by closing its input, however deep it is in its work.

It reads a JSON object a line from its standard input, tool, arguments and borders, and writes some with `progress` and
one with `answer`, `refused` or `fault`. Whatever the work itself prints goes to stderr.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from ..errors import LiangrongError
from .borders import Borders
from .served_call import Call, send

GRACE = 5.0
"""Seconds for what is being written to be taken away, once nobody waits for it."""


def main() -> None:
    """Carry out calls until the input ends."""
    asked, wire = _own_streams()
    calls: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(asked, calls), daemon=True).start()
    try:
        while (line := calls.get()) is not None:
            send(wire, _carried_out(line, wire))
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(130)  # nobody waits: nothing is left to say, and threads of the work may be


def _own_streams() -> tuple[TextIO, TextIO]:
    """Return the wire's two ends, and give 0 and 1 to nobody and stderr: the work may read and print what it likes."""
    asked = os.fdopen(os.dup(0), encoding="utf-8")
    wire = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return asked, wire


def _listen(asked: TextIO, calls: "queue.SimpleQueue[str | None]") -> None:
    """Hand on what is asked; at the end interrupt the work that may be going on, and end it where it does not stop."""
    for line in asked:
        calls.put(line)
    calls.put(None)
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main()
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    time.sleep(GRACE)
    os._exit(130)


def _carried_out(line: str, wire: TextIO) -> dict[str, Any]:
    """Return what a call comes to: its answer, what is refused, or a fault of ours."""
    asked = json.loads(line)
    try:
        from .workshop import answered

        return {"answer": answered(asked["tool"], asked["arguments"], Call(_borders(asked["borders"]), wire))}
    except LiangrongError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": "the memory does not suffice: fewer securities, sessions or trials take less"}
    except Exception as error:
        from ..run.fault_file import fault_told

        return {"fault": fault_told(error, f"mcp {asked['tool']}")}


def _borders(told: dict[str, Any]) -> Borders:
    allowed = tuple(map(Path, told["allowed"]))
    return Borders(Path(told["root"]), allowed, told["runs_code"], told["seconds"])


if __name__ == "__main__":
    main()
