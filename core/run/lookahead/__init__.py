"""Look-ahead, checked: does what was decided change when only what was not yet public changes?

A run is repeated on histories that end early, on histories with another future, and with every field delivered a
session later. Up to the day of the cut, scores, target weights and submitted orders have to stay what they were. Every
repetition begins in a process that has not seen the user's file, so that nothing is remembered from one to the next.
"""

from . import words
from .check import Expected, check_lookahead
from .crew import Crew
from .found import Lookahead
from .peeks import AHEAD, ENDS, FAILS, KEPT, LATER, OTHER, PEEK, UNSTEADY, Peek

__all__ = [
    "AHEAD",
    "ENDS",
    "FAILS",
    "KEPT",
    "LATER",
    "OTHER",
    "PEEK",
    "UNSTEADY",
    "Crew",
    "Expected",
    "Lookahead",
    "Peek",
    "check_lookahead",
    "words",
]
