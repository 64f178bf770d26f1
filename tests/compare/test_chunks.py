"""Chunks: every run once, none longer than about a second as far as the pace is known, all workers busy."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from liangrong.core.compare.chunks import MOST, SHARE, chunks_of, in_chunks
from liangrong.core.compare.jobs import Job
from liangrong.core.compare.measure import Measured


def job(number, engine="compiled"):
    config: Any = SimpleNamespace(execution=SimpleNamespace(engine=engine))
    return Job(f"{engine}{number}", "label", config, 0)


def carried(jobs, workers, seconds):
    """Carry jobs out that take so many seconds by engine; return the sizes of the chunks and what came back."""
    sizes, done = [], []

    def carry(chunks):
        sizes.append([len(chunk.jobs) for chunk in chunks])
        for chunk in chunks:
            assert chunk.key == chunk.jobs[0].key
            answers = [(j.key, Measured({}, np.empty(0), seconds[j.config.execution.engine])) for j in chunk.jobs]
            yield chunk.key, answers

    for batch in in_chunks(jobs, workers, carry):
        done += [key for key, _ in batch]
    return sizes, done


def test_short_runs_go_together_and_long_ones_alone():
    jobs = [job(n) for n in range(1000)] + [job(n, "backtrader") for n in range(20)]
    sizes, done = carried(jobs, 2, {"compiled": 0.01, "backtrader": 3.0})
    assert sizes[0] == [1] * 16  # a few of each tell the pace
    assert set(sizes[1]) == {100, 92, 1}
    assert sizes[1].count(1) == 12
    assert Counter(done) == Counter(j.key for j in jobs)


def test_every_worker_has_its_share_and_no_chunk_holds_too_much():
    assert [len(c.jobs) for c in chunks_of({"e": [job(n) for n in range(16)]}, {"e": 1e-6}, 2)] == [2] * 2 * SHARE
    whole = chunks_of({"e": [job(n) for n in range(10_000)]}, {"e": 0.0}, 2)
    assert max(len(c.jobs) for c in whole) == MOST
    assert [j.key for c in whole for j in c.jobs] == [f"compiled{n}" for n in range(10_000)]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9])
def test_few_runs_are_all_carried_out(count):
    jobs = [job(n) for n in range(count)]
    assert sorted(carried(jobs, 2, {"compiled": 0.001})[1]) == sorted(j.key for j in jobs)
