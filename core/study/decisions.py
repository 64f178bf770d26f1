"""What a study decides in each session, as weights, and what the last h decisions earned in each single session.

Returns over h sessions overlap, and where scores persist their products with the scores hang together far beyond the
overlap: t from the sessions of the decisions reject noise too often. Sorted by the session in which it was earned, the
same sum is one of terms that no score can foretell if it foretells nothing. Source: Hodrick (1992), standard errors 1B.
"""

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kernels.held import held_returns
from ..rulebook.regimes import regime_of
from ..types import Mask2D, Panel2D, Row
from .by_session import NONE, standard_ranks
from .design import Design
from .forward import Entry, session_returns
from .groups import Grouping
from .measured import HELD_EXPECTED, HELD_NUMBER, HELD_SUM, Measures, spread
from .partitions import Partition

Codes = NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Weights and classes of T sessions and N securities; 0 and `NONE` where nothing is decided or can be entered.

    Parameters
    ----------
    ranks : float64 (T, N)
        As `rank_weights`.
    buckets : int16 (T, N)
        Quantiles.
    slopes : float64 (2, T, N)
        As `slope_weights`.
    states : dict of Partition to int16 (T, N)
    groups : dict of Grouping to (int16 (T, N), float64 (2, T, N))
        Group; `rank_weights` and quantile spread within it.
    """

    ranks: Panel2D
    buckets: Codes
    slopes: NDArray[np.float64]
    states: dict[Partition, Codes]
    groups: dict[Grouping, tuple[Codes, NDArray[np.float64]]]


def blank_decisions(shape: tuple[int, ...], partitions: Iterable[Partition], groups: Iterable[Grouping]) -> Decisions:
    """Return decisions (T, N) that are still to be filled."""

    def none() -> Codes:
        return np.full(shape, NONE, dtype=np.int16)

    return Decisions(
        ranks=np.zeros(shape),
        buckets=none(),
        slopes=np.zeros((2, *shape)),
        states={partition: none() for partition in partitions},
        groups={grouping: (none(), np.zeros((2, *shape))) for grouping in groups},
    )


def can_enter(entry: Entry, start: int, stop: int) -> Mask2D:
    """Return bool (R, N), whether the decisions of rows `start` to `stop` find a price to enter at."""
    out = np.zeros((stop - start, entry.prices.shape[1]), dtype=bool)
    known = ~np.isnan(entry.prices[start + entry.lead : stop + entry.lead])
    out[: len(known)] = known
    return out


def fill_held(measures: Measures, decisions: Decisions, plan: Design, first: int, threads: int) -> None:
    """Fill what the decisions earned session by session into the measures; `first` is the row of the first session."""
    filler = _Filler(measures, decisions, plan, first)
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        horizons = [pool.submit(filler.horizon, h) for h in range(len(plan.horizons))]
        details = [pool.submit(filler.detail, d) for d in range(len(plan.detail))]
        for job in (*horizons, *details, pool.submit(filler.groups)):
            job.result()


class _Filler:
    """Sorts what decisions earned by session; its jobs write to different places."""

    def __init__(self, measures: Measures, decisions: Decisions, plan: Design, first: int) -> None:
        self.out, self.decisions, self.plan, self.first = measures, decisions, plan, first
        self.returns = returns = session_returns(measures.entry, first)
        # Returns are ranked among the securities that the study is of: the others may move otherwise.
        self.is_studied = (decisions.buckets != NONE).any(axis=0)
        self.ranked = standard_ranks(np.where(self.is_studied, returns, np.nan), 2)
        self.whole = np.where(decisions.buckets == NONE, NONE, 0).astype(np.int16)
        self.every = np.zeros(returns.shape, dtype=np.int16)
        self.shares = shares(decisions.buckets, plan.quantiles)
        self.parts = shares(self.whole, 1)

    def horizon(self, h: int) -> None:
        """Correlations and quantiles of a horizon."""
        out, sessions = self.out, self.plan.horizons[h]
        known = ~np.isnan(out.ic[h])
        held = held_returns(self.decisions.ranks, self.every, known, self.ranked, sessions, 1)
        # Ranks of returns over h sessions vary as those of one session do; h of these in a sum vary sqrt(h) times so.
        out.ic_held[h] = held[:, 0] / math.sqrt(sessions)
        self._quantiles(h, sessions)

    def _quantiles(self, h: int, sessions: int) -> None:
        """Quantiles of a horizon; what each is less the others is over the sessions in which both have a return."""
        out, count = self.out, self.plan.quantiles
        has = out.counts[h] > 0.0
        codes = np.where(_of_code(has, self.decisions.buckets), self.decisions.buckets, NONE)
        own = held_returns(self.shares, codes, has.any(axis=1), self.returns, sessions, count)
        every: dict[bytes, Row] = {}  # most quantiles are there in the same sessions
        for q, known in enumerate(has.T):
            if known.tobytes() not in every:
                held = held_returns(self.parts, self.whole, known, self.returns, sessions, 1)
                every[known.tobytes()] = held[:, 0]
            out.excess_held[h, :, q] = own[:, q] - every[known.tobytes()]
        both = has[:, 0] & has[:, -1]
        is_whole = bool((both == has.any(axis=1)).all())
        ends = own if is_whole else held_returns(self.shares, codes, both, self.returns, sessions, count)
        out.held[h], out.spread_held[h] = own, ends[:, -1] - ends[:, 0]

    def detail(self, d: int) -> None:
        """Slopes and states of a horizon of detail."""
        out, sessions = self.out, self.plan.detail[d]
        for k, weights in enumerate(self.decisions.slopes):
            known = ~np.isnan(out.slopes[d, k])
            out.slopes_held[d, k] = held_returns(weights, self.every, known, self.returns, sessions, 1)[:, 0]
        for partition, codes in self.decisions.states.items():
            self._states(out.states[partition][d], codes, sessions)

    def _states(self, values: NDArray[np.float64], codes: Codes, sessions: int) -> None:
        count = values.shape[2]
        known = values[:, 0].sum(axis=1) > 0.0
        ones = np.ones(codes.shape)
        numbers = np.stack([(codes == k).sum(axis=1) for k in range(count)], axis=1).astype(np.float64)
        values[:, HELD_NUMBER] = trailing(np.where(known[:, None], numbers, 0.0), sessions)
        values[:, HELD_SUM] = held_returns(ones, codes, known, self.returns, sessions, count)
        whole = np.where(codes == NONE, NONE, 0).astype(np.int16)
        share = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1.0)
        for k in range(count):  # what the events of a state would have earned, had they been any of their session
            weights = np.repeat(share[:, [k]], codes.shape[1], axis=1)
            values[:, HELD_EXPECTED, k] = held_returns(weights, whole, known, self.returns, sessions, 1)[:, 0]

    def groups(self) -> None:
        """Correlations and spreads of groups and regimes, at the focus."""
        out, sessions = self.out, self.plan.horizon
        known = ~np.isnan(out.ic[self.plan.horizons.index(sessions)])
        for grouping, (codes, weights) in self.decisions.groups.items():
            # A group may lack what its session has.
            own = [
                np.where(_of_code(~np.isnan(values).T, codes), weight, 0.0)
                for values, weight in zip(out.groups[grouping][:, :2].swapaxes(0, 1), weights, strict=True)
            ]
            self._by_code(out.groups[grouping][:, 3:], codes, own, known, self._ranked_within(grouping))
        if out.is_mainland:
            codes = np.repeat(regime_of(out.sessions).astype(np.int16)[:, None], self.returns.shape[1], axis=1)
            top = self.decisions.buckets == self.plan.quantiles - 1
            outer = np.where(top, self.shares, np.where(self.decisions.buckets == 0, -self.shares, 0.0))
            h = self.plan.horizons.index(sessions)
            outer[np.isnan(spread(out.counts[h], out.sums[h]))] = 0.0
            self._by_code(out.regimes_held, codes, (self.decisions.ranks, outer), known, self.ranked)

    def _ranked_within(self, grouping: Grouping) -> Panel2D:
        """Return the ranks of the sessions' returns within each group."""
        out = np.zeros(self.returns.shape)
        for _, columns, inside in grouping.members(slice(self.first, self.first + len(out))):
            is_meant = inside & self.is_studied[columns]
            ranks = standard_ranks(np.where(is_meant, self.returns[:, columns], np.nan), 2)
            out[:, columns] = np.where(inside, ranks, out[:, columns])
        return out

    def _by_code(
        self,
        out: NDArray[np.float64],
        codes: Codes,
        weights: Iterable[Panel2D],
        known: NDArray[np.bool_],
        ranked: Panel2D,
    ) -> None:
        ranks, outer = weights
        sessions, count = self.plan.horizon, len(out)
        out[:, 0] = held_returns(ranks, codes, known, ranked, sessions, count).T / math.sqrt(sessions)
        out[:, 1] = held_returns(outer, codes, known, self.returns, sessions, count).T


def _of_code(has: Mask2D, codes: Codes) -> Mask2D:
    """Return for each cell (T, N) whether its row of `has` (T, K) is true for its code; for `NONE` anything."""
    return np.take_along_axis(has, np.maximum(codes, 0).astype(np.intp), axis=1)


def shares(codes: Codes, count: int) -> Panel2D:
    """Return for each cell 1 over the number of cells of its row with its code, (T, N); 0 for `NONE`."""
    out = np.zeros(codes.shape)
    for k in range(count):
        has = codes == k
        out += has / np.maximum(has.sum(axis=1, keepdims=True), 1)
    return out


def trailing(values: NDArray[np.float64], sessions: int) -> NDArray[np.float64]:
    """Return the sums of the last `sessions` rows, fewer at the beginning."""
    total = np.cumsum(values, axis=0)
    total[sessions:] -= total[:-sessions].copy()
    return total
