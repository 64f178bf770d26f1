"""How behaviour is studied: which lags, by session or by week, over what a flow is measured, the errors."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..config.quantities import true_or_false, whole_number
from ..errors import ConfigError
from ..inference.long_run import lag_rule

Lag = tuple[int, int]
"""First and last period before the flow whose returns are added: (1, 1) = the one before, (6, 10) = five of them."""

DAILY, WEEKLY = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5)), ((1, 1), (2, 2), (3, 3), (4, 4))
SCALES = {
    "balance": "of the balance before",
    "float_cap": "of the float cap before",
    "turnover": "of a mean session's turnover before",
}
"""Scale -> what a flow is a fraction of, in words."""

LONGEST, MOST = 250, 20
_LAG = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, kw_only=True)
class LagDesign:
    """How behaviour is studied.

    Parameters
    ----------
    lags : tuple of (int, int), periods
        Each from the first to the last period before the flow; empty: 1 to 5 sessions, or 1 to 4 weeks.
    weekly : bool
        Weeks from Monday to Sunday in the place of sessions.
    scale : str
        Of `SCALES`.
    error_lags : int, optional, periods
        Of the Newey-West errors; where absent twice the longest lag, or `lag_rule` where that is more: a flow that
        remembers makes the products of neighbouring periods alike as far as the returns reach.
    least : int
        Fewest securities of a period that a comparison within it needs.
    winsor : float, fraction
        The flows of securities beyond this quantile on either side are set to it, pooled, by group and by security;
        those of a total, or of all as one, never are.

    Raises
    ------
    ConfigError
        A value outside its range, or lags that overlap.
    """

    lags: tuple[Lag, ...] = ()
    weekly: bool = False
    scale: str = "balance"
    error_lags: int | None = None
    least: int = 10
    winsor: float = 0.01

    def __post_init__(self) -> None:
        """Check, and fill in what is absent."""
        true_or_false("weekly", self.weekly)
        object.__setattr__(self, "lags", tuple(sorted(self.lags)) or (WEEKLY if self.weekly else DAILY))
        if len(self.lags) > MOST:
            raise ConfigError(f"`lags` should be at most {MOST}, got {len(self.lags)}: join some, such as 6-20")
        reached = 0
        for first, last in self.lags:
            if not reached < first <= last <= LONGEST:
                raise ConfigError(
                    f"`lags` should be periods from 1 to {LONGEST}, each once, such as 1,2,3-5, got {self.named}"
                )
            reached = last
        if self.scale not in tuple(SCALES):
            raise ConfigError(f"`scale` should be one of {', '.join(SCALES)}, got {self.scale!r}")
        if self.error_lags is not None and not 0 <= whole_number("error_lags", self.error_lags) <= LONGEST:
            raise ConfigError(f"`error_lags` should be from 0 to {LONGEST}, got {self.error_lags}")

    @property
    def longest(self) -> int:
        """The last period before a flow that is looked at."""
        return self.lags[-1][1]

    @property
    def named(self) -> str:
        """The lags as `read_lags` takes them."""
        return ",".join(lag_name(lag) for lag in self.lags)

    def errors_over(self, periods: int) -> int:
        """Return the lags of the errors of a regression over so many periods."""
        usual = max(lag_rule(periods), 2 * self.longest) if self.error_lags is None else self.error_lags
        return max(0, min(usual, periods - 1))


def lag_name(lag: Lag) -> str:
    """Return ``1`` or ``6-10``."""
    first, last = lag
    return f"{first}" if first == last else f"{first}-{last}"


def given_lags(given: Any) -> tuple[Lag, ...]:
    """Return the lags that a program gives: a number, a text, or a sequence of numbers and pairs; none for None."""
    if given is None or isinstance(given, str):
        return () if given is None else read_lags(given)
    several = given if isinstance(given, Iterable) else [given]
    pairs = [tuple(one) if isinstance(one, Iterable) and not isinstance(one, str) else (one, one) for one in several]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise ConfigError(f"`lags` should be numbers or pairs of first and last, such as [1, 2, (3, 5)], got {given!r}")
    return tuple((whole_number("lags", first), whole_number("lags", last)) for first, last in pairs)


def read_lags(text: str) -> tuple[Lag, ...]:
    """Return the lags of a text such as ``1,2,3-5``; ConfigError where it is none."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        match = _LAG.fullmatch(part)
        if match is None:
            raise ConfigError(f"`lags` should be whole numbers or spans with commas, such as 1,2,3-5, got {text!r}")
        found.append((int(match[1]), int(match[2] or match[1])))
    if not found:
        raise ConfigError(f"`lags` should name a period at least, such as 1,2,3-5, got {text!r}")
    return tuple(found)
