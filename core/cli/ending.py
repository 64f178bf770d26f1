"""How a command ends: with one message and an exit code that says whose turn it is, whatever happened.

0 done; 1 something was found; 2 for the user to mend; 70 a fault of liangrong; 130 interrupted.
"""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import EngineError, LiangrongError
from ..run.fault_file import fault_told

FOUND, USERS, FAULT, INTERRUPTED = 1, 2, 70, 130

_SHOWN = 80
"""Signs of a name that are shown."""

_FULL = (errno.ENOSPC, errno.EDQUOT)

_ADDRESSED = 1.2e9
"""Bytes of address space, of which most are never touched, without which the linear algebra of numpy and scipy ends
the process, or waits for ever (measured: 1.1e9 does not suffice for `demo`)."""


def carry_out(command: Callable[[], object], is_traced: Callable[[], bool]) -> None:
    """Run a command; SystemExit with its exit code unless that is 0.

    Parameters
    ----------
    command : callable()
    is_traced : callable() -> bool
        Whether errors keep their traceback; known only once the command's options are read.
    """
    _make_printable()
    _require_address_space()
    _require_working_folder()
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
        if isinstance(stopped.__context__, BrokenPipeError):  # typer has seen it first, and calls it 1
            sys.exit(0)
        if stopped.code == INTERRUPTED:  # typer has taken the interruption for an exit
            _say("interrupted; nothing is half-written: the same command begins again, a comparison where it stopped")
        raise
    except MemoryError:
        _say("the memory does not suffice: fewer securities, sessions or `--workers` take less")
        sys.exit(USERS)
    except Exception as error:
        if is_traced():
            raise
        told = _of_the_place(error)
        if told:
            _say(told)
            sys.exit(USERS)
        _say(fault_told(error, " ".join(sys.argv[1:2])))
        sys.exit(FAULT)


def _of_the_place(error: Exception) -> str:
    """Return what to say of an error that disk, names or streams of the user have made; empty for any other."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return f"the disk is full: {error}; nothing is half-written"
    if (isinstance(error, RuntimeError) and "Symlink loop" in str(error)) or getattr(error, "errno", 0) == errno.ELOOP:
        return f"a link leads back to itself: {error}; name another place"
    if isinstance(error, UnicodeEncodeError) and any("\ud800" <= sign <= "\udfff" for sign in str(error.object)):
        shown = str(error.object)[:_SHOWN].encode("utf-8", "backslashreplace").decode()
        return f"{shown!r} has bytes that are no text here: use another name, or a locale of UTF-8 (LC_ALL=C.UTF-8)"
    return ""


def _make_printable() -> None:
    """Have a terminal that lacks a sign show its number, and a closed stream swallow what nobody reads."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # as after `>&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open as long as the command is
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _require_address_space() -> None:
    """End a command whose libraries would not say that they lack room, but for those that only explain."""
    if sys.platform == "win32" or {"--help", "--version"} & {*sys.argv}:
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _ADDRESSED:
        _say(
            f"this process may address {limit / 1e9:.2f} GB (`ulimit -v`): the libraries need {_ADDRESSED / 1e9:g} GB"
            " of addresses, though not of memory; raise or lift that limit"
        )
        sys.exit(USERS)


def _require_working_folder() -> None:
    """End a command whose working folder was removed: no relative path means anything any more."""
    try:
        Path.cwd()
    except OSError:
        _say("the working folder was removed, or cannot be read: change to another one and give the command again")
        sys.exit(USERS)


def _say(text: str) -> None:
    print(f"liangrong: {text}", file=sys.stderr)
