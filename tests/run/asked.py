"""What tests ask of the processes of a look-ahead check."""

import os
import random
import signal
import sys
import threading
from pathlib import Path

from liangrong.core.locks import created


def touched(ground):
    """Leave a mark in a module and in what is kept; return those that were there before."""
    before = getattr(random, "mark", 0), len(ground.references)
    setattr(random, "mark", before[0] + 1)  # noqa: B010  the module has no such name
    ground.references[len(ground.references)] = None
    return before


def identity(_):
    return os.getpid(), hash("a"), "liangrong_user" in str(sys.modules)


def fails(_, error):
    raise error


def dies(_):
    os.kill(os.getpid(), signal.SIGKILL)


class OwnError(Exception):
    """An error of a user's file."""


def raises_its_own(_):
    raise OwnError("what")


def shape(ground):
    return ground.raw.shape, list(ground.references)


def at_work(_, folder):
    """Be at work for a long time, and say so by a file that this process holds."""
    created(Path(folder) / f"at-work-{os.getpid()}")
    threading.Event().wait(60)


CHECK = """
import sys
from liangrong.core.run.lookahead import Crew
from run.asked import at_work
with Crew(2, forks=sys.argv[2] == "1") as crew:
    list(crew.map(at_work, [(sys.argv[1],)] * 2))
"""
"""A program that is at work with two processes."""
