"""Who carries the runs out: this process, other processes of this machine (loky), or a Dask cluster."""

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import ConfigError, EngineError
from .ground import Ground, Parts, ground_of, map_parts, parts_of, remove_parts, write_parts
from .jobs import Job, carry_out
from .measure import Measured

Done = tuple[str, Measured]
Executor = Callable[[Ground, Sequence[Job]], Iterator[Done]]

PATIENCE = 3
"""Times that all workers may die in a row without one finished run before the comparison stops."""


def here(ground: Ground, jobs: Sequence[Job]) -> Iterator[Done]:
    """Carry the jobs out in this process."""
    return (carry_out(ground, job) for job in jobs)


def processes(workers: int, shared: Path) -> Executor:
    """Return what carries jobs out in `workers` processes, which map the panel in the folder `shared` into memory.

    A worker that dies takes nothing with it but the runs that are at work: they are done again by others.
    """
    _package("joblib", "`--workers`")
    # Not joblib.Parallel: where a worker dies it drops what others have finished but it has not handed on.
    loky = importlib.import_module("joblib.externals.loky")

    def carried(ground: Ground, jobs: Sequence[Job]) -> Iterator[Done]:
        folder = str(write_parts(parts_of(ground), shared))
        try:
            yield from until_done(jobs, lambda left: _in_processes(loky, workers, folder, left), _broken(loky))
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

    def carried(ground: Ground, jobs: Sequence[Job]) -> Iterator[Done]:
        given = {"address": address} if address else {"n_workers": workers, "threads_per_worker": 1}
        quiet = {} if address else {"dashboard_address": None}
        with distributed.Client(**given, **quiet, set_as_default=False) as client:
            lost = (distributed.client.FutureCancelledError, distributed.scheduler.KilledWorker)
            yield from until_done(jobs, lambda left: _on_cluster(distributed, client, ground, left, lost), lost)

    return carried


def until_done(jobs: Sequence[Job], carry: Callable[[Sequence[Job]], Iterator[Done]], died: Any) -> Iterator[Done]:
    """Yield what is done, and begin again with the rest where workers died."""
    left, failures = {job.key: job for job in jobs}, 0
    while left:
        before = len(left)
        try:
            for key, measured in carry(list(left.values())):
                left.pop(key, None)
                yield key, measured
        except died as error:
            failures = failures + 1 if len(left) == before else 0
            if failures >= PATIENCE:
                raise EngineError(
                    f"the workers died {PATIENCE} times in a row without a finished run: give fewer `--workers`, "
                    f"there may be too little memory ({error})"
                ) from error


def _in_processes(loky: Any, workers: int, folder: str, jobs: Sequence[Job]) -> Iterator[Done]:
    executor = loky.get_reusable_executor(max_workers=workers)
    futures = [executor.submit(_carry_mapped, folder, job) for job in jobs]
    try:
        yield from delivered(as_completed(futures), _broken(loky))
    finally:
        for future in futures:
            future.cancel()


def _on_cluster(distributed: Any, client: Any, ground: Ground, jobs: Sequence[Job], lost: Any) -> Iterator[Done]:
    (panel,) = client.scatter([parts_of(ground)], broadcast=True, hash=False)
    futures = [client.submit(_carry_sent, panel, job, panel.key, pure=False, retries=PATIENCE) for job in jobs]
    yield from delivered(distributed.as_completed(futures, loop=client.loop), lost)


def delivered(finished: Iterable[Any], died: Any) -> Iterator[Done]:
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


def _carry_mapped(folder: str, job: Job) -> Done:
    return carry_out(_mapped(folder), job)


@lru_cache(maxsize=1)
def _mapped(folder: str) -> Ground:
    return ground_of(map_parts(Path(folder)))


_sent: dict[str, Ground] = {}


def _carry_sent(parts: Parts, job: Job, token: str) -> Done:
    """Carry a job out on the panel that was sent; its ground is made once in a worker."""
    ground = _sent.get(token)
    if ground is None:
        _sent.clear()
        ground = _sent[token] = ground_of(parts)
    return carry_out(ground, job)


def _package(name: str, need: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ConfigError(f"{need} needs the package {name}: install liangrong with its extra for it") from None
