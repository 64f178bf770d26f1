"""The runs that a comparison needs: every trial as it is, and under each stress; known by what decides their result."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..config.rate_values import changed
from ..config.run import Config
from ..run.first_use import compiled_meanwhile
from .ground import Ground
from .keys import Digests, key_of
from .measure import Measured, measure
from .plan import Trial

PLAIN = "plain"
"""Name of the trials as they are, beside the stresses."""


class Stress(NamedTuple):
    """A change for the worse that every trial is run under once more."""

    name: str
    words: str
    change: Callable[[Config], Config]
    delay: int = 0  # sessions by which target weights are carried out later


def _account(key: str, change: Callable[[Any], Any]) -> Callable[[Config], Config]:
    def stressed(config: Config) -> Config:
        given = getattr(config.account, key)
        account = config.account if given is None else config.account.model_copy(update={key: change(given)})
        return config.model_copy(update={"account": account})

    return stressed


def _dearer(rates: Any) -> Any:
    return changed(rates, plus=0.02)


def _doubled(rates: Any) -> Any:
    return changed(rates, times=2.0)


def _scarce(config: Config) -> Config:
    """Halve both shares of what can be borrowed: the data tell which of them counts."""
    for key in ("borrow_share", "borrowable_share"):
        config = _account(key, lambda share: share * 0.5)(config)
    return config


def _slipping(config: Config) -> Config:
    return config.model_copy(
        update={"costs": config.costs.model_copy(update={"slippage": config.costs.slippage * 2.0})}
    )


STRESSES = (
    Stress(
        "financing",
        "financing rate 2 points higher",
        _account("financing_rate", _dearer),
    ),
    Stress("borrow_fee", "borrow fee doubled", _account("borrow_rate", _doubled)),
    Stress("slippage", "slippage doubled", _slipping),
    Stress("short_supply", "half as many shares to borrow", _scarce),
    Stress("delay", "target weights carried out one session later", lambda config: config, 1),
)
"""The rates of a stress are not those of the configuration's schema, so no run can be configured beyond it."""


class Job(NamedTuple):
    """One run."""

    key: str
    label: str
    config: Config
    delay: int


def carry_out(ground: Ground, job: Job) -> tuple[str, Measured]:
    """Run a job and return its key and what was measured, its seconds without those of compiling."""
    started = time.perf_counter()
    with compiled_meanwhile() as compiled:
        measured = measure(ground.scenario(job.config, job.delay))
    return job.key, measured._replace(seconds=max(time.perf_counter() - started - compiled.seconds, 0.0))


def jobs_of(trial: Trial, identity: str, stresses: Sequence[Stress], digests: Digests | None = None) -> dict[str, Job]:
    """Return the jobs of a trial by the name of the stress.

    A strategy that decides day by day has no target weights that could be carried out later: it lacks that job. Trials
    that share `digests` read each file of the user's once.
    """
    digests = digests or Digests()

    def job(config: Config, delay: int) -> Job:
        return Job(key_of(config, delay, identity, digests), trial.label, config, delay)

    jobs = {PLAIN: job(trial.config, 0)}
    for stress in stresses:
        if not (stress.delay and trial.config.execution.engine == "backtrader"):
            jobs[stress.name] = job(stress.change(trial.config), stress.delay)
    return jobs
