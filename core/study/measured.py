"""What each session of a study says, as arrays that are filled block by block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rulebook.regimes import REGIMES
from ..types import Panel2D, Row, Sessions
from .design import LAGS, Design, Question
from .forward import Entry
from .groups import Grouping, groupings, is_mainland
from .partitions import Partition, partitions
from .target import Target

HELD_NUMBER, HELD_SUM, HELD_EXPECTED = range(3, 6)


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What each of T studied sessions says; H horizons, D of detail, Q quantiles, L lags.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
    target : Target
        What is foretold; "return" stands for it below.
    ic, securities : float64 (H, T)
        Spearman's correlation, and over how many securities.
    counts, sums, rises : float64 (H, T, Q)
        Number, sum and number of positive ones of the forward returns by quantile of the score.
    scored, listed : float64 (T,)
        Securities with a score among the listed ones, and listed ones.
    level : float64 (T,)
        Mean of the scores.
    autocorrelation : float64 (L, T)
    entered : float64 (L, 2, T)
        Share of the top and the bottom quantile that is new.
    slopes : float64 (D, 2, T)
        With and without controls.
    ic_held : float64 (H, T)
        `ic` sorted by the session that earned it: what the decisions of the last h sessions earned in each.
    held, excess_held : float64 (H, T, Q)
        The same of the mean returns of the quantiles, and of these less what all in one earned by the decisions of the
        same sessions.
    spread_held : float64 (H, T)
        The same of the highest less the lowest quantile, by the decisions of sessions in which both have a return.
    slopes_held : float64 (D, 2, T)
    states : dict of Partition to float64 (D, T, 6, states)
        Number, sum and number of positive ones of the forward returns; number, sum and what was expected, by the
        session that earned it (`HELD_NUMBER`, `HELD_SUM`, `HELD_EXPECTED`).
    groups : dict of Grouping to float64 (groups, 5, T)
        Correlation, spread and number of securities at the focus; correlation and spread by the session that earned it.
    regimes_held : float64 (regimes, 2, T)
        Correlation and spread of the decisions of each regime, by the session that earned it.
    is_mainland : bool
        Securities of the mainland's exchanges.
    """

    sessions: Sessions
    target: Target
    ic: Panel2D
    securities: Panel2D
    counts: NDArray[np.float64]
    sums: NDArray[np.float64]
    rises: NDArray[np.float64]
    scored: Row
    listed: Row
    level: Row
    autocorrelation: Panel2D
    entered: NDArray[np.float64]
    slopes: NDArray[np.float64]
    ic_held: Panel2D
    held: NDArray[np.float64]
    excess_held: NDArray[np.float64]
    spread_held: Panel2D
    slopes_held: NDArray[np.float64]
    states: dict[Partition, NDArray[np.float64]]
    groups: dict[Grouping, NDArray[np.float64]]
    regimes_held: NDArray[np.float64]
    is_mainland: bool

    @property
    def entry(self) -> Entry:
        """At which prices decisions enter and leave."""
        return self.target.entry


def blank_measures(question: Question, plan: Design, target: Target) -> Measures:
    """Return the measures of a question, still to be filled."""
    sessions = question.traded.sessions[question.first :]
    count, horizons, detail = len(sessions), len(plan.horizons), len(plan.detail)
    quantiled = (horizons, count, plan.quantiles)

    def blank(*shape: int) -> NDArray[np.float64]:
        return np.full(shape, np.nan)

    return Measures(
        sessions=sessions,
        target=target,
        ic=blank(horizons, count),
        securities=blank(horizons, count),
        counts=blank(*quantiled),
        sums=blank(*quantiled),
        rises=blank(*quantiled),
        scored=blank(count),
        listed=blank(count),
        level=blank(count),
        autocorrelation=blank(len(LAGS), count),
        entered=blank(len(LAGS), 2, count),
        slopes=blank(detail, 2, count),
        ic_held=blank(horizons, count),
        held=blank(*quantiled),
        excess_held=blank(*quantiled),
        spread_held=blank(horizons, count),
        slopes_held=blank(detail, 2, count),
        states={part: blank(detail, count, 6, len(part.labels)) for part in partitions(question, plan)},
        groups={group: blank(len(group.labels), 5, count) for group in groupings(question)},
        regimes_held=blank(len(REGIMES), 2, count),
        is_mainland=is_mainland(question),
    )


def spread(counts: NDArray[np.float64], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean return of the top less that of the bottom quantile, the last axis; NaN where one is empty."""
    with np.errstate(invalid="ignore"):
        return sums[..., -1] / counts[..., -1] - sums[..., 0] / counts[..., 0]
