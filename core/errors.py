"""The few exceptions that liangrong raises, each also the built-in that fits, and the hint that names the nearest."""

import difflib
from collections.abc import Iterable


class LiangrongError(Exception):
    """Base of every error that is the user's to mend: the command line prints it, no traceback, and exits with 2."""


class ConfigError(LiangrongError, ValueError):
    """A configuration, a parameter or an option that cannot be used as given."""


class DataError(LiangrongError, ValueError):
    """Data that is missing, contradictory or in another unit than declared."""


class DateError(LiangrongError, LookupError):
    """A date outside what a calendar, a rule or a panel knows."""


class OutputError(LiangrongError, OSError):
    """A result that cannot be written where it was asked for."""


class EngineError(LiangrongError, ArithmeticError):
    """Two engines that differ on one scenario."""


def did_you_mean(name: str, known: Iterable[str], most: int = 1) -> str:
    """Return ``did you mean `x`? `` for the `most` known names nearest to `name`; an empty text where none is near."""
    near = [f"`{one}`" for one in difflib.get_close_matches(name, list(known), n=most)]
    words = " or ".join([", ".join(near[:-1]), near[-1]] if len(near) > 1 else near)
    return f"did you mean {words}? " if near else ""
