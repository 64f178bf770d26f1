"""One pass over the sessions: everything that a study needs of each, in blocks that fit a cache."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
from numpy.typing import NDArray

from ..kernels.cross_section import cross_quantile, cross_rank
from ..kernels.windows import thread_count
from ..types import Mask2D, Panel2D, Row
from .by_session import (
    NONE,
    as_codes,
    correlation,
    entered,
    rank_correlation,
    rank_weights,
    slope_weights,
    slopes,
    tally,
)
from .crash_target import targets_of
from .decisions import blank_decisions, can_enter, fill_held
from .design import LAGS, Design, Question
from .forward import listed
from .measured import Measures, blank_measures, spread
from .partitions import Partition
from .target import Target

Progress = Callable[[int, int], object]

_CELLS = 2**18
"""Cells of a block: a dozen arrays of this size stay near the processor."""

_MOST_THREADS = 4


def measure(
    question: Question,
    plan: Design,
    progress: Progress | None = None,
    threads: int | None = None,
    target: Target | None = None,
) -> Measures:
    """Return the measures of a score.

    Parameters
    ----------
    question : Question
    plan : Design
    progress : callable(done, total), optional
    threads : int, optional
        Blocks of sessions are shared among so many; the result does not depend on it.
    target : Target, optional
        The first that the plan asks for where absent.
    """
    target = targets_of(question.traded, plan)[0] if target is None else target
    rows, columns = question.score.shape
    size = max(16, min(256, _CELLS // max(columns, 1)))
    worker = _Worker(question, plan, target)
    starts = range(question.first, rows, size)
    threads = min(thread_count(threads, rows * columns), _MOST_THREADS) if threads is None else threads
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        jobs = [pool.submit(worker.block, start, min(start + size, rows)) for start in starts]
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            if progress is not None:
                progress(done, len(jobs))
    if target.is_summed:
        fill_held(worker.out, worker.decisions, plan, question.first, threads)
    return worker.out


class _Worker:
    """Fills the measures block by block; blocks share nothing but what they read."""

    def __init__(self, question: Question, plan: Design, target: Target) -> None:
        self.question, self.plan = question, plan
        self.is_listed: Mask2D = listed(question.traded)
        self.out = blank_measures(question, plan, target)
        shape = (len(self.out.sessions), question.score.shape[1])
        self.decisions = blank_decisions(shape, self.out.states, self.out.groups)

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
        if out.target.is_summed:
            self._decide(start, stop, at, buckets, codes)
        for h, horizon in enumerate(self.plan.horizons):
            returns = out.target.ahead(horizon, rows)
            out.ic[h, at], out.securities[h, at] = rank_correlation(score, returns, self.plan.least)
            filled = tally(buckets, returns, self.plan.quantiles)
            out.counts[h, at], out.sums[h, at], out.rises[h, at] = filled
            if horizon in self.plan.detail:
                d = self.plan.detail.index(horizon)
                controls = [values[rows] for values in self.question.controls.values()]
                out.slopes[d, 0, at], out.slopes[d, 1, at] = slopes(returns, score, controls, self.plan.least)
                for partition, values in out.states.items():
                    values[d, at, :3] = np.stack(tally(codes[partition], returns, len(partition.labels)), axis=1)
            if horizon == self.plan.horizon:
                self._groups(score, returns, rows, at)

    def _decide(
        self, start: int, stop: int, at: slice, buckets: NDArray[np.int64], codes: dict[Partition, NDArray[np.int64]]
    ) -> None:
        """Note what is decided, of the securities that can be entered."""
        out, rows, least = self.decisions, slice(start, stop), self.plan.least
        enters = can_enter(self.out.entry, start, stop)
        score = np.where(enters, self.question.score[rows], np.nan)
        out.ranks[at] = rank_weights(score, least)
        out.buckets[at] = np.where(enters, buckets, NONE)
        controls = [values[rows] for values in self.question.controls.values()]
        out.slopes[:, at] = np.nan_to_num(np.stack(slope_weights(score, controls, least)))
        for partition, values in out.states.items():
            values[at] = np.where(enters, codes[partition], NONE)
        for grouping, (groups, weights) in out.groups.items():
            for g, columns, inside in grouping.members(rows):
                own = np.where(inside, score[:, columns], np.nan)
                joined = rank_weights(own, least), self._outer(own)
                of = np.ix_(np.arange(at.start, at.stop), columns)
                groups[of] = np.where(inside, g, groups[of])
                weights[(slice(None), *of)] = np.where(inside, np.stack(joined), weights[(slice(None), *of)])

    def _outer(self, score: Panel2D) -> Panel2D:
        """Return the weights (R, N) of the top less the bottom quantile; 0 in sessions with too few securities."""
        codes = as_codes(cross_quantile(score, self.plan.quantiles, threads=1))
        is_enough = (~np.isnan(score)).sum(axis=1, keepdims=True) >= self.plan.least
        top, bottom = codes == self.plan.quantiles - 1, codes == 0
        sides = [side / np.maximum(side.sum(axis=1, keepdims=True), 1) for side in (top, bottom)]
        return np.where(is_enough, sides[0] - sides[1], 0.0)

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
            is_split = _is_split(score[now], buckets[now], plan) & _is_split(score[then], buckets[then], plan)
            for k, code in enumerate((plan.quantiles - 1, 0)):
                out.entered[i, k, known] = np.where(is_split, entered(buckets[now], buckets[then], code), np.nan)
        return buckets[start - before :]

    def _groups(self, score: Panel2D, returns: Panel2D, rows: slice, at: slice) -> None:
        for grouping, values in self.out.groups.items():
            for g, columns, inside in grouping.members(rows):
                own, ahead = np.where(inside, score[:, columns], np.nan), returns[:, columns]
                values[g, 0, at], values[g, 2, at] = rank_correlation(own, ahead, self.plan.least)
                codes = as_codes(cross_quantile(own, self.plan.quantiles, threads=1))
                counts, sums, _ = tally(codes, ahead, self.plan.quantiles)
                values[g, 1, at] = np.where(values[g, 2, at] >= self.plan.least, spread(counts, sums), np.nan)


def _is_split(score: Panel2D, buckets: NDArray[np.int64], plan: Design) -> NDArray[np.bool_]:
    """Return in which sessions (R,) securities enough have a score, and both outer quantiles hold some of them."""
    is_enough = (~np.isnan(score)).sum(axis=1) >= plan.least
    return is_enough & (buckets == 0).any(axis=1) & (buckets == plan.quantiles - 1).any(axis=1)


def _mean_score(score: Panel2D) -> Row:
    is_finite = np.isfinite(score)
    count = is_finite.sum(axis=1)
    return np.divide(
        np.where(is_finite, score, 0.0).sum(axis=1), count, out=np.full(len(count), np.nan), where=count > 0
    )
