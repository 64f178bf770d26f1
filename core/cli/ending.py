"""How a command ends: with one message and an exit code that says whose turn it is, whatever happened.

0 done; 1 something was found; 2 for the user to mend; 70 a fault of liangrong; 130 interrupted.
"""

import errno
import os
import sys
from collections.abc import Callable

from ..errors import EngineError, LiangrongError
from ..run.fault_file import fault_told

FOUND, USERS, FAULT, INTERRUPTED = 1, 2, 70, 130

_FULL = (errno.ENOSPC, errno.EDQUOT)


def carry_out(command: Callable[[], object], is_traced: Callable[[], bool]) -> None:
    """Run a command; SystemExit with its exit code unless that is 0.

    Parameters
    ----------
    command : callable()
    is_traced : callable() -> bool
        Whether errors keep their traceback; known only once the command's options are read.
    """
    _make_printable()
    try:
        command()
    except LiangrongError as error:
        if is_traced():
            raise
        _say(str(error))
        sys.exit(FOUND if isinstance(error, EngineError) else USERS)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: `liangrong … | head`
        sys.exit(0)
    except SystemExit as stopped:
        if stopped.code == INTERRUPTED:  # typer has taken the interruption for an exit
            _say("interrupted; nothing is half-written: the same command begins again, a comparison where it stopped")
        raise
    except MemoryError:
        _say("the memory does not suffice: fewer securities, sessions or `--workers` take less")
        sys.exit(USERS)
    except Exception as error:
        if is_traced():
            raise
        if isinstance(error, OSError) and error.errno in _FULL:
            _say(f"the disk is full: {error}; nothing is half-written")
            sys.exit(USERS)
        _say(fault_told(error, " ".join(sys.argv[1:2])))
        sys.exit(FAULT)


def _make_printable() -> None:
    """Have a terminal that lacks a sign show its number, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _say(text: str) -> None:
    print(f"liangrong: {text}", file=sys.stderr)
