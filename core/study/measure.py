"""One pass over the sessions: everything that a study needs of each, in blocks that fit a cache."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..kernels.cross_section import cross_quantile, cross_rank
from ..kernels.windows import thread_count
from ..types import Mask2D, Panel2D, Row, Sessions
from .by_session import as_codes, correlation, entered, rank_correlation, slopes, tally
from .forward import Entry, entry_of, forward_returns, listed
from .groups import Grouping, groupings, is_mainland
from .partitions import Partition, partitions
from .plan import LAGS, Plan, Question

Progress = Callable[[int, int], object]

_CELLS = 2**18
"""Cells of a block: a dozen arrays of this size stay near the processor."""

_MOST_THREADS = 4


@dataclass(frozen=True, kw_only=True)
class Measures:
    """What each of T studied sessions says; H horizons, D of detail, Q quantiles, L lags.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
    entry : Entry
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
    states : dict of Partition to float64 (D, T, 3, states)
        Number, sum and number of positive ones of the forward returns.
    groups : dict of Grouping to float64 (groups, 3, T)
        Correlation, spread and number of securities at the focus.
    is_mainland : bool
        Securities of the mainland's exchanges.
    """

    sessions: Sessions
    entry: Entry
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
    states: dict[Partition, NDArray[np.float64]]
    groups: dict[Grouping, NDArray[np.float64]]
    is_mainland: bool


def measure(question: Question, plan: Plan, progress: Progress | None = None, threads: int | None = None) -> Measures:
    """Return the measures of a score.

    Parameters
    ----------
    question : Question
    plan : Plan
    progress : callable(done, total), optional
    threads : int, optional
        Blocks of sessions are shared among so many; the result does not depend on it.
    """
    rows, columns = question.score.shape
    size = max(16, min(256, _CELLS // max(columns, 1)))
    worker = _Worker(question, plan)
    starts = range(question.first, rows, size)
    threads = min(thread_count(threads, rows * columns), _MOST_THREADS) if threads is None else threads
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        jobs = [pool.submit(worker.block, start, min(start + size, rows)) for start in starts]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if progress is not None:
                progress(done, len(jobs))
    return worker.out


class _Worker:
    """Fills the measures block by block; blocks share nothing but what they read."""

    def __init__(self, question: Question, plan: Plan) -> None:
        self.question, self.plan = question, plan
        self.is_listed: Mask2D = listed(question.traded)
        self.out = _empty(question, plan)

    def block(self, start: int, stop: int) -> None:
        """Measure the sessions of rows `start` to `stop`."""
        rows, out = slice(start, stop), self.out
        at = slice(start - self.question.first, stop - self.question.first)
        score = self.question.score[rows]
        is_listed = self.is_listed[rows]
        out.listed[at] = is_listed.sum(axis=1)
        out.scored[at] = (~np.isnan(score) & is_listed).sum(axis=1)
        out.level[at] = _mean_score(score)
        buckets = self._stability(start, stop, at)
        codes = {partition: partition.codes(self.question, start, stop) for partition in out.states}
        for h, horizon in enumerate(self.plan.horizons):
            returns = forward_returns(out.entry, horizon, rows)
            out.ic[h, at], out.securities[h, at] = rank_correlation(score, returns, self.plan.least)
            filled = tally(buckets, returns, self.plan.quantiles)
            out.counts[h, at], out.sums[h, at], out.rises[h, at] = filled
            if horizon in self.plan.detail:
                d = self.plan.detail.index(horizon)
                controls = [values[rows] for values in self.question.controls.values()]
                out.slopes[d, 0, at], out.slopes[d, 1, at] = slopes(returns, score, controls, self.plan.least)
                for partition, values in out.states.items():
                    values[d, at] = np.stack(tally(codes[partition], returns, len(partition.labels)), axis=1)
            if horizon == self.plan.horizon:
                self._groups(score, returns, rows, at)

    def _stability(self, start: int, stop: int, at: slice) -> NDArray[np.int64]:
        """Measure turnover and rank autocorrelation; return the quantiles (R, N)."""
        out, plan = self.out, self.plan
        before = max(self.question.first, start - max(LAGS))
        score = self.question.score[before:stop]
        ranks, buckets = cross_rank(score, threads=1), as_codes(cross_quantile(score, plan.quantiles, threads=1))
        for i, lag in enumerate(LAGS):
            skipped = max(0, before + lag - start)  # sessions that have none so many before them
            now, then = (
                slice(start + skipped - before, None),
                slice(start + skipped - lag - before, stop - lag - before),
            )
            known = slice(at.start + skipped, at.stop)
            if start + skipped >= stop:
                continue
            out.autocorrelation[i, known] = correlation(ranks[now], ranks[then], plan.least)
            for k, code in enumerate((plan.quantiles - 1, 0)):
                out.entered[i, k, known] = entered(buckets[now], buckets[then], code)
        return buckets[start - before :]

    def _groups(self, score: Panel2D, returns: Panel2D, rows: slice, at: slice) -> None:
        for grouping, values in self.out.groups.items():
            for g, columns, inside in grouping.members(rows):
                own, ahead = np.where(inside, score[:, columns], np.nan), returns[:, columns]
                values[g, 0, at], values[g, 2, at] = rank_correlation(own, ahead, self.plan.least)
                codes = as_codes(cross_quantile(own, self.plan.quantiles, threads=1))
                counts, sums, _ = tally(codes, ahead, self.plan.quantiles)
                values[g, 1, at] = np.where(values[g, 2, at] >= self.plan.least, spread(counts, sums), np.nan)


def spread(counts: NDArray[np.float64], sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean return of the top less that of the bottom quantile, the last axis; NaN where one is empty."""
    with np.errstate(invalid="ignore"):
        return sums[..., -1] / counts[..., -1] - sums[..., 0] / counts[..., 0]


def _mean_score(score: Panel2D) -> Row:
    is_finite = np.isfinite(score)
    count = is_finite.sum(axis=1)
    return np.divide(
        np.where(is_finite, score, 0.0).sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0
    )


def _empty(question: Question, plan: Plan) -> Measures:
    sessions = question.traded.sessions[question.first :]
    count, horizons, detail = len(sessions), len(plan.horizons), len(plan.detail)
    quantiled = (horizons, count, plan.quantiles)

    def blank(*shape: int) -> NDArray[np.float64]:
        return np.full(shape, np.nan)

    return Measures(
        sessions=sessions,
        entry=entry_of(question.traded, plan.entry),
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
        states={part: blank(detail, count, 3, len(part.labels)) for part in partitions(question, plan)},
        groups={group: blank(len(group.labels), 3, count) for group in groupings(question)},
        is_mainland=is_mainland(question),
    )
