"""Controls that are matched to the security of an event by size and past return, as they were before its window."""

import numpy as np
from numpy.typing import NDArray

from ..pages import formats
from ..pages.language import Said, say
from ..panel.panel import Panel
from ..types import Row
from .abnormal import Returns, sizes_of
from .event_design import FEWEST_PEERS, EventDesign
from .event_rows import Event


class Matched:
    """What chooses controls of events.

    Parameters
    ----------
    panel : Panel
    returns : Returns
    plan : EventDesign

    Notes
    -----
    Candidates are securities whose size and past return (over `estimation` sessions) are known at the close before the
    window and that have no event of their own within it. The nearest are taken by the sum of squared differences of the
    two ranks. Nothing of the window itself bears on the choice.
    """

    def __init__(self, panel: Panel, returns: Returns, plan: EventDesign) -> None:
        """Look up sizes."""
        self._returns, self._plan = returns, plan
        self._sizes, self._what = sizes_of(panel, plan.estimation)
        self._apart: list[tuple[float, float]] = []
        self._near = np.concatenate([np.zeros((1, panel.shape[1])), np.cumsum(returns.is_near, axis=0)])

    def controls(self, event: Event) -> NDArray[np.int64] | None:
        """Return the columns of the controls of an event; None where too little is known of it or of others."""
        row = event.t - self._plan.before - 1
        begin = max(0, row - self._plan.estimation)
        if row <= begin:
            return None
        size, prices = self._sizes[row], self._returns.prices
        past = prices[row] / prices[begin]
        end = min(event.t + self._plan.after + 1, len(prices))
        is_quiet = self._near[end] == self._near[event.t - self._plan.before]
        is_quiet[event.j] = True
        usable = np.flatnonzero(is_quiet & ~np.isnan(size) & ~np.isnan(past))
        (place,) = np.nonzero(usable == event.j)
        if not len(place) or len(usable) <= FEWEST_PEERS:
            return None
        apart = [_ranks(values[usable]) for values in (size, past)]
        apart = [np.abs(ranks - ranks[place[0]]) for ranks in apart]
        distance = np.square(apart[0]) + np.square(apart[1])
        distance[place[0]] = np.inf
        chosen = np.argsort(distance, kind="stable")[: min(self._plan.controls, len(usable) - 1)]
        self._apart.append((float(apart[0][chosen].mean()), float(apart[1][chosen].mean())))
        return usable[chosen]

    def words(self, kind: str) -> list[Said]:
        """Return by what the controls of a kind of events were matched and how well; nothing where none were."""
        if not self._apart:
            return []
        size, past = (formats.number(value, 3) for value in np.mean(self._apart, axis=0).tolist())
        return [
            say(
                "{kind}: controls are matched by {what} and past return before the window; ranks from 0 to 1 lie "
                "{size} and {past} apart on average.",
                kind=say(kind),
                what=say(self._what),
                size=size,
                past=past,
            )
        ]

    def path(self, controls: NDArray[np.int64]) -> Row:
        """Return the mean return of controls by session, (T,); NaN where fewer than half of them traded."""
        values = self._returns.values[:, controls]
        known = ~np.isnan(values)
        count = known.sum(axis=1)
        total = np.where(known, values, 0.0).sum(axis=1)
        enough = 2 * count >= len(controls)
        return np.divide(total, count, out=np.full(len(total), np.nan), where=enough & (count > 0))


def _ranks(values: Row) -> Row:
    """Return ranks from 0 to 1; equal values in the order of columns, which no return decides."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = np.linspace(0.0, 1.0, len(values))
    return ranks
