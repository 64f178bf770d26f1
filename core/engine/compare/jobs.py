"""The runs that a comparison needs: every trial as it is, and under each stress; known by what decides their result."""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ...config import Config
from .ground import Ground
from .measure import Measured, measure
from .plan import Trial

_ROOT = Path(__file__).parents[3]
_ROOMS = ("core/broker", "core/data", "core/kernels", "core/rulebook", "strategies")
_ENGINE = (
    "run",
    "compiled",
    "scenario",
    "targets",
    "resolve",
    "attribution",
    "outcome",
    "compare/measure",
    "compare/warm",
    "compare/jobs",
)
_FILES = (
    *(f"core/engine/{name}.py" for name in _ENGINE),
    *(f"core/{name}.py" for name in ("config", "config_presets", "result", "types", "report/metrics", "luck/sharpe")),
)
_OWN_FILES = ("file", "_file")

PLAIN = "plain"
"""Name of the trials as they are, beside the stresses."""


class Stress(NamedTuple):
    """A change for the worse that every trial is run under once more."""

    name: str
    words: str
    change: Callable[[Config], Config]
    delay: int = 0  # sessions by which target weights are carried out later


def _account(key: str, change: Callable[[float], float]) -> Callable[[Config], Config]:
    def changed(config: Config) -> Config:
        given = getattr(config.account, key)
        account = config.account if given is None else config.account.model_copy(update={key: change(given)})
        return config.model_copy(update={"account": account})

    return changed


def _slipping(config: Config) -> Config:
    return config.model_copy(
        update={"costs": config.costs.model_copy(update={"slippage": config.costs.slippage * 2.0})}
    )


STRESSES = (
    Stress("financing", "financing rate 2 points higher", _account("financing_rate", lambda rate: rate + 0.02)),
    Stress("borrow_fee", "borrow fee doubled", _account("borrow_rate", lambda rate: rate * 2.0)),
    Stress("slippage", "slippage doubled", _slipping),
    Stress("short_supply", "half as many shares to borrow", _account("borrow_share", lambda share: share * 0.5)),
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
    """Run a job and return its key and what was measured."""
    return job.key, measure(ground.scenario(job.config, job.delay))


def jobs_of(trial: Trial, identity: str, stresses: Sequence[Stress]) -> dict[str, Job]:
    """Return the jobs of a trial by the name of the stress.

    A strategy that decides day by day has no target weights that could be carried out later: it lacks that job.
    """
    jobs = {PLAIN: _job(trial, trial.config, 0, identity)}
    for stress in stresses:
        if not (stress.delay and trial.config.execution.engine == "backtrader"):
            jobs[stress.name] = _job(trial, stress.change(trial.config), stress.delay, identity)
    return jobs


def _job(trial: Trial, config: Config, delay: int, identity: str) -> Job:
    return Job(key_of(config, delay, identity), trial.label, config, delay)


def key_of(config: Config, delay: int, identity: str) -> str:
    """Return a digest of all that decides a result: configuration, files that it names, data, code."""
    content = config.model_dump(mode="json", exclude={"name", "description"})
    content["data"] = {"identity": identity, "publication_lag": config.data.publication_lag}
    content["files"] = [_digest(path) for path in _files_of(config)]
    text = json.dumps([content, delay, code_version()], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@cache
def code_version() -> str:
    """Return a digest of the code that decides a result."""
    paths = [path for room in _ROOMS for end in ("py", "csv") for path in (_ROOT / room).rglob(f"*.{end}")]
    digest = hashlib.blake2b(np.__version__.encode(), digest_size=16)
    for path in sorted([*paths, *(_ROOT / name for name in _FILES)]):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _files_of(config: Config) -> list[str]:
    """Return the files of the user's own that a run reads besides the data."""
    names = [config.strategy.name] + ([] if config.strategy.rule is None else _names(config.strategy.rule))
    files = [name.rpartition(":")[0] for name in names if ".py:" in name]
    given: dict[str, Any] = config.strategy.parameters
    files += [str(value) for key, value in given.items() if value and key.endswith(_OWN_FILES)]
    return [*files, *([config.data.actions] if config.data.actions else [])]


def _names(rule: Any) -> list[str]:
    return [rule.name, *(name for child in rule.rules for name in _names(child))]


def _digest(file: str) -> str:
    path = Path(file)
    return hashlib.blake2b(path.read_bytes() if path.is_file() else b"", digest_size=16).hexdigest()
