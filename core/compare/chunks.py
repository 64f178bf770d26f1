"""Runs in chunks of about a second: what is sent, answered and stored at once, however short a run is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from .jobs import Job
from .measure import Measured

Done = tuple[str, Measured]
"""The key of a run and what was measured."""

SECONDS = 1.0
"""Work of a chunk, as far as the pace of its engine is known: so much is lost where a worker dies."""

MOST = 256
"""Runs of a chunk, whose results are held in memory until they are stored."""

SHARE = 4
"""Chunks that each worker should get at least, or some would wait for the last."""


class Chunk(NamedTuple):
    """Runs that a worker carries out one after another."""

    key: str  # of the first
    jobs: tuple[Job, ...]


Carry = Callable[[Sequence[Chunk]], Iterator[tuple[str, list[Done]]]]
"""Carries chunks out, in whatever order."""


def in_chunks(jobs: Iterable[Job], workers: int, carry: Carry) -> Iterator[list[Done]]:
    """Yield what is done, a chunk at a time; a few runs of each engine go first, one by one, to tell its pace."""
    of_engine: dict[str, list[Job]] = defaultdict(list)
    for job in jobs:
        of_engine[job.config.execution.engine].append(job)
    few = SHARE * workers
    first = [Chunk(job.key, (job,)) for of in of_engine.values() for job in of[:few]]
    engines = {job.key: engine for engine, of in of_engine.items() for job in of[:few]}
    seconds: dict[str, list[float]] = defaultdict(list)
    for _, done in carry(first):
        for key, measured in done:
            seconds[engines[key]].append(measured.seconds)
        yield done
    left = {engine: of[few:] for engine, of in of_engine.items() if of[few:]}
    if left:
        pace = {engine: median(seconds[engine]) for engine in left}
        yield from (done for _, done in carry(chunks_of(left, pace, workers)))


def chunks_of(jobs: Mapping[str, Sequence[Job]], pace: Mapping[str, float], workers: int) -> list[Chunk]:
    """Return the jobs by engine, in their order, as chunks of about `SECONDS` at its pace (seconds a run)."""
    chunks = []
    for engine, of in jobs.items():
        fair = -(-len(of) // (SHARE * workers))
        size = max(1, min(MOST, fair, int(SECONDS / max(pace[engine], 1e-9))))
        parts = [tuple(of[start : start + size]) for start in range(0, len(of), size)]
        chunks += [Chunk(part[0].key, part) for part in parts]
    return chunks
