"""What tests ask of the processes of a look-ahead check."""

import os
import random
import signal
import sys


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
