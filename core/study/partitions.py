"""States that security-sessions are split into: the sign of the score, and the signs of price and balance changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D
from .by_session import NONE
from .design import Design, Question

BALANCE = "financing_balance"


@dataclass(frozen=True, eq=False)
class Partition:
    """A way to split what is known at a decision into states, each cell into one or none.

    Parameters
    ----------
    name : str
    labels : tuple of str
        Of the codes 0, 1, ...
    """

    name: str
    labels: tuple[str, ...]

    def codes(self, question: Question, start: int, stop: int) -> NDArray[np.int64]:
        """Return the codes (R, N) of rows `start` to `stop`; `NONE` where what they hang on is not known."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class ScoreSign(Partition):
    """By the sign of the score."""

    name: str = "score"
    labels: tuple[str, ...] = ("score positive", "score negative", "score zero")

    def codes(self, question: Question, start: int, stop: int) -> NDArray[np.int64]:
        """Return the codes, as `Partition.codes`."""
        score = question.score[start:stop]
        return np.where(np.isnan(score), NONE, np.where(score > 0.0, 0, np.where(score < 0.0, 1, 2)))


@dataclass(frozen=True, eq=False)
class Changes(Partition):
    """By the signs of the changes of price and financing balance over `sessions`, as the decision sees them."""

    name: str = "price and balance"
    labels: tuple[str, ...] = (
        "price falls, balance rises",
        "price rises, balance rises",
        "price falls, balance falls",
        "price rises, balance falls",
        "price or balance unchanged",
    )
    sessions: int = 5

    def codes(self, question: Question, start: int, stop: int) -> NDArray[np.int64]:
        """Return the codes, as `Partition.codes`."""
        price, balance = (_directions(values, self.sessions) for values in _windows(question, start, stop, self))
        rises = 2 * (balance < 0.0) + (price > 0.0)
        codes = np.where((price == 0.0) | (balance == 0.0), len(self.labels) - 1, rises)
        return np.where(np.isnan(price) | np.isnan(balance), NONE, codes)


def partitions(question: Question, plan: Design) -> tuple[Partition, ...]:
    """Return the partitions that the panel allows."""
    has_both = "close" in question.seen and BALANCE in question.seen
    return (ScoreSign(), Changes(sessions=plan.state_sessions)) if has_both else (ScoreSign(),)


def _windows(question: Question, start: int, stop: int, changes: Changes) -> tuple[Panel2D, Panel2D]:
    """Return adjusted close and balance of the rows and the `sessions` before them; NaN before the first."""
    seen, missing = question.seen, max(0, changes.sessions - start)
    rows = slice(start - changes.sessions + missing, stop)
    factor = seen.get("adj_factor")
    close = seen["close"][rows] if factor is None else seen["close"][rows] * factor[rows]
    blank = np.full((missing, close.shape[1]), np.nan)
    return np.concatenate([blank, close]), np.concatenate([blank, seen[BALANCE][rows]])


def _directions(values: Panel2D, sessions: int) -> Panel2D:
    return np.sign(values[sessions:] - values[: len(values) - sessions])
