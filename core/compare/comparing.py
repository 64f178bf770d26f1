"""A comparison from its configuration to its folder."""

import importlib.util
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..config.comparison import CompareConfig, Given, StressConfig, load_compare
from ..config.python_values import Overrides
from ..errors import ConfigError, LiangrongError
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..luck.verdict import judge
from ..luck.walk import Walk
from ..notebook import Card, Shown
from ..pages.departures_section import Departures
from ..pages.formats import count
from ..pages.language import say
from ..panel.identity import identity_of
from ..rulebook.regimes import regime_of
from ..run.engines import execute
from ..run.notes import data_notes
from ..run.result import Result
from ..run.scenario import read_universe
from ..run.security_paths import SecurityPath, security_paths
from .board_figures import BOARD_FIGURES
from .board_record import comparison_record
from .card import comparison_card
from .claim import claimed
from .departures import Stated
from .executors import Executor, here
from .ground import Ground, make_ground
from .jobs import PLAIN, STRESSES, Job, Stress, jobs_of
from .keys import Digests
from .leaderboard import Runs, best_trials, leaderboard, returns_table, stress_table
from .log import FILE, Store
from .measure import Measured
from .plan import Plan, Trial, plan_trials
from .rerun import command_of
from .same_trials import same_notes
from .standing import with_judged
from .tried import tried_record
from .warm import FIRST, common_sessions, lacking, names_told, said, sessions_needed, with_first

Progress = Callable[[int, int], object]
"""Called with the runs done and the runs in all."""

Jobs = Mapping[int, Mapping[str, Job]]
"""Number of the trial -> name of the stress -> run."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A comparison that is checked and ready to run.

    Parameters
    ----------
    config : CompareConfig
    plan : Plan
    ground : Ground
    identity : str
        Digest of the data.
    path : Path
        Of the comparison's file; its name where it has none.
    command : str
        That runs it again, without its options; empty where it was not read from a file.
    """

    config: CompareConfig
    plan: Plan
    ground: Ground
    identity: str
    path: Path
    command: str = ""

    @property
    def stresses(self) -> tuple[Stress, ...]:
        """The stresses that trials are run under."""
        return STRESSES if self.config.stress else ()

    @property
    def lacks(self) -> str:
        """What a verdict on it lacks, in words; empty where nothing."""
        controls = sum(trial.is_control for trial in self.plan.trials)
        return lacking(session_count(self.ground), controls, _walk(self.config))

    @property
    def best(self) -> int | None:
        """How many of the best trials are run under them, beside the controls; None: all trials."""
        return self.config.stress.best if isinstance(self.config.stress, StressConfig) else None

    @property
    def later(self) -> int:
        """Runs at most under stress of trials of which only the others' runs tell whether they are among the best."""
        own = sum(not trial.is_control for trial in self.plan.trials)
        return 0 if self.best is None else len(self.stresses) * min(self.best, own)

    def jobs(self, chosen: Collection[int] = ()) -> dict[int, dict[str, Job]]:
        """Return the runs by number of the trial and name of the stress.

        Where only the best are run under stress, those are the trials numbered in `chosen`.
        """
        digests = Digests()
        return {
            trial.number: jobs_of(trial, self.identity, self._stresses_of(trial, chosen), digests)
            for trial in self.plan.trials
        }

    def _stresses_of(self, trial: Trial, chosen: Collection[int]) -> tuple[Stress, ...]:
        return self.stresses if self.best is None or trial.is_control or trial.number in chosen else ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Comparison(Shown):
    """A finished comparison.

    Parameters
    ----------
    config : CompareConfig
    trials : tuple of Trial
    board, stress, returns : DataFrame
        As `leaderboard`, `stress_table` (without rows where none was asked for) and `returns_table`.
    luck : Luck
        Over the sessions that all trials have.
    judged : str
        From which session that is, in words.
    departures : dict of int to Departures
        Number of the trial -> where its settings differ from the file that it is named after.
    stresses : tuple of Stress
    notes : tuple of str
    source : str
    synthetic : bool
    command : str
        As of `Prepared`.
    tried : mapping
        As `tried_record`: the data, and the keys of what was tried on them.
    """

    charts: ClassVar[str] = "compare.page"

    config: CompareConfig
    trials: tuple[Trial, ...]
    board: pd.DataFrame
    stress: pd.DataFrame
    returns: pd.DataFrame
    luck: Any
    judged: str
    departures: dict[int, Departures]
    stresses: tuple[Stress, ...]
    notes: tuple[str, ...]
    source: str
    synthetic: bool
    command: str = ""
    tried: Mapping[str, Any] = field(default_factory=dict)

    def card(self) -> Card:
        """Return what a comparison shows of itself: the best rows, the verdict, the equity of the first trials."""
        return comparison_card(self.config.name, self.board, self.returns, (self.luck.headline, *self.notes))

    def as_record(self) -> dict[str, Any]:
        """Return the leaderboard with the verdict on it as plain values."""
        return comparison_record(self)


def prepare_comparison(given: Given, overrides: Overrides = (), *, is_judged: bool = True) -> Prepared:
    """Read a comparison, check every trial, and load the panel that they share.

    Parameters
    ----------
    given, overrides
        As `load_compare`.
    is_judged : bool
        Whether it is going to be, so that what a verdict lacks is an error.

    Raises
    ------
    ConfigError
        Every trial that cannot be run, with its key; what `lacking` says.
    """
    if importlib.util.find_spec("arch") is None:
        raise ConfigError("a comparison judges luck with the package arch: pip install 'liangrong[compare]'")
    overrides = tuple(overrides) if isinstance(overrides, Iterator) else overrides  # they are read twice
    config, base = load_compare(given, overrides)
    path = given if isinstance(given, Path) else Path(config.name)
    plan = plan_trials(config, base, path.parent)
    raw, findings, data = read_universe(plan.trials[0].config)
    ground = make_ground(raw, findings, (trial.config for trial in plan.trials), data)
    plan = _fitting(plan, ground, has_default_controls=config.controls is None)
    command = command_of(given, overrides)
    identity = identity_of(ground.raw)
    made = Prepared(config=config, plan=plan, ground=ground, identity=identity, path=path, command=command)
    if is_judged and made.lacks:
        raise ConfigError(made.lacks)
    return made


def _fitting(plan: Plan, ground: Ground, has_default_controls: bool) -> Plan:
    """Return the plan less the default controls that the data do not suffice for; ConfigError for anything else."""
    wrong, left_out = [], {}
    for trial in plan.trials:
        try:
            ground.check(trial.config)
        except LiangrongError as error:
            if trial.is_control and has_default_controls:
                told = say("The control {name} is left out: {why}.", name=trial.label, why=str(error))
                left_out[trial.number] = told
            else:
                wrong.append(f"{'control' if trial.is_control else 'trial'} {trial.number} ({trial.label}): {error}")
    if wrong:
        raise ConfigError("\n".join(wrong))
    kept = tuple(trial for trial in plan.trials if trial.number not in left_out)
    return Plan(kept, (*plan.notes, *left_out.values()))


def carry_out_all(
    prepared: Prepared,
    folder: Path,
    executor: Executor | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] = warnings.warn,
) -> tuple[Runs, int]:
    """Carry out what the folder's store lacks, and return all runs and how many were carried out now.

    Only the runs of trials as they are have their equity curves. `tell` is told where the store was damaged.

    Raises
    ------
    OutputError
        Another comparison is at work in the folder.
    """
    with claimed(folder) as target, Store(target / FILE, tell) as store:
        jobs = prepared.jobs()
        now = _carried(prepared, jobs, store, executor or here, progress)
        if prepared.best is not None:
            jobs = prepared.jobs(best_trials(prepared.plan.trials, _figures(store, jobs), prepared.best))
            now += _carried(prepared, jobs, store, executor or here, progress)
        return _read(store, jobs), now


def _carried(prepared: Prepared, jobs: Jobs, store: Store, executor: Executor, progress: Progress | None) -> int:
    """Carry out those jobs that the store lacks, and return how many these are."""
    wanted = {job.key: job for of_trial in jobs.values() for job in of_trial.values()}
    known = store.keys()
    left = sorted((job for key, job in wanted.items() if key not in known), key=_what_is_shared)
    done = len(wanted) - len(left)
    report = progress or (lambda *_: None)
    report(done, len(wanted))
    for batch in executor(prepared.ground, left) if left else ():
        with store.together():
            for key, measured in batch:
                store.add(key, wanted[key].label, measured)
        done += len(batch)
        report(done, len(wanted))
    return len(left)


def _figures(store: Store, jobs: Jobs) -> dict[int, dict[str, Measured]]:
    found = store.figures({job.key for of in jobs.values() for job in of.values()})
    return {number: {name: found[job.key] for name, job in of.items()} for number, of in jobs.items()}


def _read(store: Store, jobs: Jobs) -> Runs:
    """Return all runs, those of trials as they are with their equity curves."""
    runs = _figures(store, jobs)
    plain = store.read({of[PLAIN].key for of in jobs.values()})
    return {number: {**of, PLAIN: plain[jobs[number][PLAIN].key]} for number, of in runs.items()}


def _what_is_shared(job: Job) -> tuple[str, str, str, str]:
    """Return what orders jobs so that those with one score, one market and one set of terms follow one another."""
    config = job.config
    rule = "" if config.strategy.rule is None else config.strategy.rule.model_dump_json()
    terms = config.account.model_dump_json() + config.costs.model_dump_json()
    return rule, f"{config.account.borrow_share} {config.market.model_dump_json()}", terms, job.key


def concluded(prepared: Prepared, runs: Runs) -> Comparison:
    """Rank and judge finished runs."""
    config, trials = prepared.config, prepared.plan.trials
    sessions = _sessions(prepared.ground)
    returns = returns_table(trials, runs, sessions)
    figures = {trial.number: runs[trial.number][PLAIN].figures for trial in trials}
    firsts = [figures[trial.number][FIRST] for trial in trials]
    common = common_sessions(names_told(trials), firsts, len(sessions), sessions_needed(config))
    notes = (*prepared.plan.notes, *_notes(prepared, runs), *_of_the_data(prepared))
    stated = Stated(config, prepared.path)
    luck = _judged(config, trials, returns[common.start :], sessions[common.start :])
    board = with_first(leaderboard(trials, runs, says_stressed=prepared.best is not None), figures, sessions)
    return Comparison(
        config=config,
        trials=trials,
        board=_with_units(with_judged(board, luck)),
        stress=stress_table(trials, runs, prepared.stresses) if prepared.stresses else pd.DataFrame(),
        returns=returns,
        luck=luck,
        judged=said(common, sessions),
        departures={trial.number: stated.departures(trial) for trial in trials},
        stresses=prepared.stresses,
        notes=notes,
        source=prepared.ground.raw.source,
        synthetic=prepared.ground.raw.synthetic,
        command=prepared.command,
        tried=tried_record(trials, prepared.ground.data),
    )


def _with_units(board: pd.DataFrame) -> pd.DataFrame:
    """Return the leaderboard with the ``units`` of its figures in `attrs`, column -> unit."""
    units = {name: one.unit for name, one in BOARD_FIGURES.items() if one.unit and name in board}
    board.attrs = {"table": "leaderboard", "units": units}
    return board


def run_trial(prepared: Prepared, number: int) -> tuple[Result, tuple[SecurityPath, ...]]:
    """Return the whole result of one trial, and the paths for its page; ConfigError for a number that it has not."""
    scenario = prepared.ground.audited(trial_of(prepared, number).config)
    result = execute(scenario)
    return result, security_paths(scenario, result)


def departures_of(prepared: Prepared, number: int) -> Departures:
    """Return where the settings of a trial differ from the file that it is named after."""
    return Stated(prepared.config, prepared.path).departures(trial_of(prepared, number))


def trial_of(prepared: Prepared, number: int) -> Trial:
    """Return the trial of that number; ConfigError for one that a comparison does not have."""
    trials = {trial.number: trial for trial in prepared.plan.trials}
    if number not in trials:
        raise ConfigError(f"`--trial` should be a number of the leaderboard, 1 to {max(trials)}, got {number}")
    return trials[number]


def _judged(config: CompareConfig, trials: tuple[Trial, ...], returns: pd.DataFrame, sessions: np.ndarray) -> Any:
    own, controls = ([t for t in trials if t.is_control is which] for which in (False, True))
    columns, others = (returns[[str(t.number) for t in part]].to_numpy() for part in (own, controls))
    return judge(
        columns,
        others,
        [trial.label for trial in own],
        [trial.label for trial in controls],
        periods_per_year=SESSIONS_PER_YEAR,
        alpha=config.judge.alpha,
        seed=config.judge.seed,
        repetitions=config.judge.repetitions,
        metric=config.judge.metric,
        walk=_walk(config),
        regime=regime_of(sessions),
    )


def _walk(config: CompareConfig) -> Walk | None:
    return None if config.walk_forward is None else Walk(**config.walk_forward.model_dump())


def session_count(ground: Ground) -> int:
    """Return the sessions that the trials of a comparison run over."""
    return len(_sessions(ground))


def _sessions(ground: Ground) -> np.ndarray:
    return next(iter(ground.seen.values())).panel.sessions


def _notes(prepared: Prepared, runs: Runs) -> Iterable[str]:
    trials = prepared.plan.trials
    if prepared.ground.raw.synthetic:
        yield say("Synthetic data: these figures say nothing about a real market.")
    if prepared.best is not None:
        own = sum(not trial.is_control for trial in trials)
        yield say(
            "Run under stress: the best {n} of {all} trials by Sharpe ratio, and every control.",
            n=count(sum(not trial.is_control and len(runs[trial.number]) > 1 for trial in trials)),
            all=count(own),
        )
    slow = [trial.label for trial in trials if trial.config.execution.engine == "backtrader"]
    if slow:
        yield say("Run by backtrader, without the stress of a later session: {names}.", names=", ".join(slow))
    if prepared.stresses and all(trial.config.costs.slippage == 0.0 for trial in trials):
        yield say("No trial has slippage, so doubling it changes nothing: set `costs.slippage`.")
    idle = [trial.label for trial in trials if runs[trial.number][PLAIN].figures["fills"] == 0]
    if idle:
        yield say("Without a single fill: {names}.", names=", ".join(idle))
    plain = ((trial.label, runs[trial.number][PLAIN].equity) for trial in trials if trial.label not in idle)
    yield from same_notes(plain)


def _of_the_data(prepared: Prepared) -> Iterable[str]:
    """Yield what the first trial, run by itself, says of its data; the trials have the data in common."""
    first = prepared.plan.trials[0]
    notes = data_notes(prepared.ground.unscored(first.config))
    if notes:
        yield say("Of the data, as {name} run by itself says:", name=first.label)
    yield from notes
