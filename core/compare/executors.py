"""Who carries the runs out: this process, other processes of this machine (loky), or a Dask cluster."""

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ..errors import ConfigError, EngineError
from ..orphans import end_with
from .chunks import Chunk, Done, in_chunks
from .ground import Ground, Parts, ground_of, map_parts, parts_of, remove_parts, write_parts
from .jobs import Job, carry_out

Executor = Callable[[Ground, Sequence[Job]], Iterator[list[Done]]]
"""Carries jobs out and yields what is done, in lists that are stored at once."""

Result = TypeVar("Result")


class HasKey(Protocol):
    """A piece of work that is known by a key."""

    @property
    def key(self) -> str:
        """Its key."""
        ...


Keyed = TypeVar("Keyed", bound=HasKey)

PATIENCE = 3
"""Times that all workers may die in a row without one finished run before the comparison stops."""


def here(ground: Ground, jobs: Sequence[Job]) -> Iterator[list[Done]]:
    """Carry the jobs out in this process."""
    return ([carry_out(ground, job)] for job in jobs)


def processes(workers: int, shared: Path) -> Executor:
    """Return what carries jobs out in `workers` processes, which map the panel in the folder `shared` into memory.

    A worker that dies takes nothing with it but the runs that are at work: they are done again by others.
    """
    _package("joblib", "`--workers`")
    # Not joblib.Parallel: where a worker dies it drops what others have finished but it has not handed on.
    loky = importlib.import_module("joblib.externals.loky")

    def carried(ground: Ground, jobs: Sequence[Job]) -> Iterator[list[Done]]:
        folder = str(write_parts(parts_of(ground), shared))

        def carry(chunks: Sequence[Chunk]) -> Iterator[tuple[str, list[Done]]]:
            return until_done(chunks, lambda left: _in_processes(loky, workers, folder, left), _broken(loky))

        try:
            yield from in_chunks(jobs, workers, carry)
        finally:
            remove_parts(shared)

    return carried


def _broken(loky: Any) -> type[Exception]:
    return loky.process_executor.BrokenProcessPool


def cluster(address: str | None, workers: int) -> Executor:
    """Return what carries jobs out on a Dask cluster: the one at `address`, else one of `workers` local processes.

    The panel is sent to every worker once.
    """
    distributed = _package("distributed", "`--executor dask`")

    def carried(ground: Ground, jobs: Sequence[Job]) -> Iterator[list[Done]]:
        given = {"address": address} if address else {"n_workers": workers, "threads_per_worker": 1}
        quiet = {} if address else {"dashboard_address": None}
        with distributed.Client(**given, **quiet, set_as_default=False) as client:
            lost = (distributed.client.FutureCancelledError, distributed.scheduler.KilledWorker)

            def carry(chunks: Sequence[Chunk]) -> Iterator[tuple[str, list[Done]]]:
                return until_done(chunks, lambda left: _on_cluster(distributed, client, ground, left, lost), lost)

            yield from in_chunks(jobs, max(1, sum(client.nthreads().values())), carry)

    return carried


def until_done(
    work: Sequence[Keyed], carry: Callable[[Sequence[Keyed]], Iterator[tuple[str, Result]]], died: Any
) -> Iterator[tuple[str, Result]]:
    """Yield what is done with its key, and begin again with the rest where workers died."""
    left, failures = {part.key: part for part in work}, 0
    while left:
        before = len(left)
        try:
            for key, done in carry(list(left.values())):
                left.pop(key, None)
                yield key, done
        except died as error:
            failures = failures + 1 if len(left) == before else 0
            if failures >= PATIENCE:
                raise EngineError(
                    f"the workers died {PATIENCE} times in a row without a finished run: give fewer `--workers`, "
                    f"there may be too little memory ({error})"
                ) from error


def _in_processes(loky: Any, workers: int, folder: str, chunks: Sequence[Chunk]) -> Iterator[tuple[str, list[Done]]]:
    executor = loky.get_reusable_executor(max_workers=workers, initializer=end_with, initargs=(os.getpid(),))
    pending = {executor.submit(_carry_mapped, folder, chunk) for chunk in chunks}
    try:
        yield from delivered(_let_go(as_completed(pending), pending), _broken(loky))
    finally:
        for future in pending:
            future.cancel()


def _let_go(finished: Iterable[Any], pending: set[Any]) -> Iterator[Any]:
    """Yield what is finished and hold it no longer: it has results."""
    for future in finished:
        pending.discard(future)
        yield future


def _on_cluster(
    distributed: Any, client: Any, ground: Ground, chunks: Sequence[Chunk], lost: Any
) -> Iterator[tuple[str, list[Done]]]:
    (panel,) = client.scatter([parts_of(ground)], broadcast=True, hash=False)
    futures = [client.submit(_carry_sent, panel, chunk, panel.key, pure=False, retries=PATIENCE) for chunk in chunks]
    finished = distributed.as_completed(futures, loop=client.loop)
    del futures  # a future that nobody holds frees its results
    yield from delivered(finished, lost)


def delivered(finished: Iterable[Any], died: Any) -> Iterator[Any]:
    """Yield the results that arrived, and only then raise what the death of a worker did to others."""
    failure = None
    for future in finished:
        try:
            done = future.result()
        except died as error:
            failure = error
        else:
            yield done
    if failure is not None:
        raise failure


def _carry_mapped(folder: str, chunk: Chunk) -> tuple[str, list[Done]]:
    return _carry(_mapped(folder), chunk)


def _carry(ground: Ground, chunk: Chunk) -> tuple[str, list[Done]]:
    return chunk.key, [carry_out(ground, job) for job in chunk.jobs]


@lru_cache(maxsize=1)
def _mapped(folder: str) -> Ground:
    return ground_of(map_parts(Path(folder)))


_sent: dict[str, Ground] = {}


def _carry_sent(parts: Parts, chunk: Chunk, token: str) -> tuple[str, list[Done]]:
    """Carry a chunk out on the panel that was sent; its ground is made once in a worker."""
    ground = _sent.get(token)
    if ground is None:
        _sent.clear()
        ground = _sent[token] = ground_of(parts)
    return _carry(ground, chunk)


def _package(name: str, need: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ConfigError(f"{need} needs the package {name}: install liangrong with its extra for it") from None
