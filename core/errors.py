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


def nearest(name: str, known: Iterable[str], most: int = 1, *, cutoff: float = 0.6, besides: str = "") -> list[str]:
    """Return the `most` known names nearest to `name`, the nearest first; none where none is near.

    Parameters
    ----------
    name : str
    known : iterable of str
    most : int
    cutoff : float
        0 takes anything, 1 only the same; capitals and hyphens do not matter.
    besides : str
        Signs at the beginning of every name that tell nothing, such as those of options.
    """
    spelt: dict[str, str] = {}
    for one in known:
        spelt.setdefault(_plain(one, besides), one)
    return [spelt[one] for one in difflib.get_close_matches(_plain(name, besides), list(spelt), most, cutoff)]


def _plain(name: str, besides: str) -> str:
    return name.lstrip(besides).casefold().replace("-", "_")


_BEGUN = 4
"""Names that are told of those that begin as what was given."""


def did_you_mean(name: str, known: Iterable[str], most: int = 1, besides: str = "") -> str:
    """Return ``did you mean `x`? `` for the `most` known names nearest to `name`, or for some that begin so.

    An empty text where none is near.
    """
    known = list(known)
    near = nearest(name, known, most, besides=besides)
    begun = [one for one in sorted(known) if len(name) > 1 and _plain(one, besides).startswith(_plain(name, besides))]
    if begun and not set(near) & set(begun):  # the beginning of a name says more than what is spelt nearly so
        near = begun[:_BEGUN]
    near = [f"`{one}`" for one in near]
    words = " or ".join([", ".join(near[:-1]), near[-1]] if len(near) > 1 else near)
    return f"did you mean {words}? " if near else ""
