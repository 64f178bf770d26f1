"""What a user at a terminal is told when the first use of a kernel takes its time."""

import sys

from ..kernels.cache_news import AT_FIRST


def tell_on_terminal() -> None:
    """Say so, if stderr is a terminal, when this process compiles: once, and never where all is cached."""
    if sys.stderr.isatty():
        AT_FIRST.append(_tell)


def tell_nothing() -> None:
    """Take that back."""
    AT_FIRST.clear()


def _tell() -> None:
    line = "Compiling kernels for this machine, once (all at most a minute or two; `liangrong warmup` does it ahead)"
    print(line, file=sys.stderr)
