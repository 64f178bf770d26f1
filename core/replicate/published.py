"""One published result: who found it, where and on what, the figure, and what it would take to agree with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .found_figures import Found
from .studied_data import Ground

CONFIRMED = {
    "abstract": "read in the abstract; the text was not reached",
    "quoted": "as quoted at second hand; the text was not reached",
    "computed": "computed from published files, not printed anywhere",
}
"""How far a figure could be confirmed -> in words."""

MARKETS = {
    "mainland": "the mainland",
    "Taiwan": "Taiwan",
    "Hong Kong": "Hong Kong",
    "Japan": "Japan",
    "United States": "the United States",
}

UNITS = {
    "percent": "percent",
    "month": "percent in 20 sessions",
    "correlation": "rank correlation",
    "response": "flow for a return of 1",
    "ratio": "ratio",
}
"""Unit of a figure -> in words; figures themselves are fractions."""

CRITERIA = {
    "sign": "the sign is the published one, beyond chance",
    "absent": "nothing beyond chance, and no effect that would count is left possible",
    "tolerance": "every figure lies within the tolerance of the published one",
    "inside": "the published figure lies in the interval of these data",
    "below": "every session lies below the published bound",
}
"""What it takes to agree -> in words."""


class Figure(NamedTuple):
    """A published figure.

    Parameters
    ----------
    value : float, fraction
        NaN where only its sign is published.
    part : str
        Which of several it is.
    tolerance : float, fraction
        For the criterion `tolerance`.
    """

    value: float
    part: str = ""
    tolerance: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published result.

    Parameters
    ----------
    name : str
        As the command line takes it.
    authors, journal : str
        Who, where and when.
    market : str
        Of `MARKETS`.
    start, end : str
        First and last month of the sample, such as ``2011-01``; empty where not known.
    sample : str
        In words.
    definition : str
        What was found, in one sentence.
    measured : str
        What is computed here for it, in one sentence.
    figures : tuple of Figure
        The published ones.
    unit : str
        Of `UNITS`.
    confirmed : str
        Of `CONFIRMED`.
    needs : tuple of tuple of str
        Of each inner tuple one field is needed.
    history : int, sessions
        Fewest that an answer needs.
    securities : int
        Fewest that are compared with each other; 0 where none are.
    criterion : str
        Of `CRITERIA`.
    sign : float
        The published one, 1 or -1.
    least : float, fraction
        Smallest effect that would count, where no figure is published; NaN where nobody can say.
    is_of_market : bool
        A fact of that market and of those days: data of another market say nothing about it.
    measure : callable(Ground) -> Found
    remark : str
        What else has to be known of it.
    """

    name: str
    authors: str
    journal: str
    market: str
    start: str = ""
    end: str = ""
    sample: str = ""
    definition: str
    measured: str
    figures: tuple[Figure, ...]
    unit: str
    confirmed: str
    needs: tuple[tuple[str, ...], ...]
    history: int
    securities: int = 0
    criterion: str = "sign"
    sign: float = 1.0
    least: float = float("nan")
    is_of_market: bool = False
    measure: Callable[[Ground], Found]
    remark: str = ""

    def texts(self) -> tuple[str, ...]:
        """Return its texts that a page says in its own language."""
        parts = [figure.part for figure in self.figures]
        return tuple(filter(None, (self.sample, self.definition, self.measured, self.remark, *parts)))
