"""What a score is asked to foretell: the mean return of the sessions ahead, or their crash risk."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from numpy.typing import ArrayLike

from ..inference.low_frequency import windowed, windowed_rank_slope
from ..inference.means import Mean, overlapping, rank_slope
from ..types import Panel2D, Row
from .forward import Entry, forward_returns

RETURN, CRASH = "return", "crash"
TARGETS = (RETURN, CRASH)


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """A figure of the sessions that follow a decision; this one is their return.

    Parameters
    ----------
    entry : Entry
    measure : str
        Its name.
    """

    entry: Entry
    measure: str = RETURN

    @property
    def is_summed(self) -> bool:
        """Whether it is a sum over its sessions, so that what decisions earn can be sorted by session."""
        return True

    def ahead(self, horizon: int, rows: slice) -> Panel2D:
        """Return the figure of the `horizon` sessions after the decisions of `rows`, float64 (rows, N)."""
        return forward_returns(self.entry, horizon, rows)

    def mean(self, values: ArrayLike, held: ArrayLike, horizon: int) -> Mean:
        """Return the mean over sessions, whose error allows for the overlap; `held`: as `overlapping`."""
        return overlapping(values, held, horizon)

    def timing(self, level: Row, means: Row, single: Row, horizon: int) -> Mean:
        """Return the rank correlation over time of the mean score and what followed for all securities.

        `means`, `single`: mean of the figure over the securities, for this horizon and for 1 session.
        """
        return rank_slope(level, means, horizon, single)


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowTarget(Target):
    """A figure that only a window of sessions as a whole has.

    Parameters
    ----------
    panels : mapping of int to float64 (T, N)
        Horizon -> the figure of the sessions after each decision.
    market : mapping of int to float64 (T,)
        The same of the returns of all securities together.
    """

    panels: Mapping[int, Panel2D] = field(default_factory=dict)
    market: Mapping[int, Row] = field(default_factory=dict)

    @property
    def is_summed(self) -> bool:
        """It is not."""
        return False

    def ahead(self, horizon: int, rows: slice) -> Panel2D:
        """Return the rows of the panel of this horizon."""
        return self.panels[horizon][rows]

    def mean(self, values: ArrayLike, held: ArrayLike, horizon: int) -> Mean:  # noqa: ARG002 - a sum's alone
        """Return the mean with an error from its slowest waves; `held` does not matter."""
        return windowed(values, horizon)

    def timing(self, level: Row, means: Row, single: Row, horizon: int) -> Mean:  # noqa: ARG002 - as `mean`
        """Return the rank correlation over time with the market's own figure: that of its securities is beside it."""
        return windowed_rank_slope(level, self.market[horizon][-len(level) :], horizon)
