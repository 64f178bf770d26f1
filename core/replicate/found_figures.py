"""What data say about a published result: the figure with its interval, or why there is none."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..inference.means import BOUND


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found.

    Parameters
    ----------
    values : tuple of float, fraction
        One for each published figure, in the same unit and direction.
    error : float, fraction
        Standard error of the first; NaN where there is none.
    t, needed : float
        t of the first, and the |t| that chance reaches.
    is_sure : bool
        Whether the first is told from chance.
    sessions : int
        Sessions (of behaviour by week: weeks) that it rests on.
    windows : float
        Spans of its horizon that do not overlap; of events their number.
    is_enough : bool
        Whether these are enough for any t to be trusted.
    securities : float
        Mean number in a session.
    start, end : str
        First and last of the sessions.
    more : str
        What else was found, a sentence.
    """

    values: tuple[float, ...]
    error: float = math.nan
    t: float = math.nan
    needed: float = BOUND
    is_sure: bool = False
    sessions: int = 0
    windows: float = math.nan
    is_enough: bool = True
    securities: float = math.nan
    start: str = ""
    end: str = ""
    more: str = ""

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end of the first figure; NaN without an error."""
        reach = self.needed * self.error
        return self.values[0] - reach, self.values[0] + reach


class NeedsFieldError(Exception):
    """Data lack fields; `fields`: of each inner sequence one is needed."""

    def __init__(self, fields: Sequence[Sequence[str]]) -> None:
        super().__init__(", ".join("/".join(names) for names in fields))
        self.fields = tuple(tuple(names) for names in fields)


class TooLittleError(Exception):
    """Data do not suffice for a figure; `why`: a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(str(why))
        self.why = why
