"""What a comparison comes to before it is run: its trials, what they vary, the runs that are kept, the time to go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import yaml

from ..config.comparison import Given
from ..config.python_values import Overrides
from ..luck.common import Common, cost_words
from ..luck.power import Power, power
from ..pages.formats import count
from ..pages.language import Said, say, sentences
from ..run.config_check import Check, check_scenario
from ..run.duration_words import duration
from ..run.first_use import compiled_meanwhile
from .comparing import Prepared, prepare_comparison, session_count
from .ground import Ground
from .jobs import Job, carry_out
from .leaderboard import varied_keys
from .log import FILE, Store
from .named_only import named_of_comparison
from .plan import Trial
from .power_words import power_words
from .warm import common_sessions, names_told, sessions_needed, warmed_up

SAMPLE, BUDGET = 5, 4.0
"""Most runs of an engine that are timed where no kept run tells, and the seconds after which no other begins."""

LEAST_TOLD = 1.0
"""Seconds of compiling from which on they are told."""

SHOWN = 8
"""Values of a key that are listed."""


class Pace(NamedTuple):
    """How long the runs of one engine take."""

    engine: str
    left: int  # runs to go
    seconds: float  # a run
    basis: str  # where that is from, in words
    compiling: float = 0.0  # seconds that went into compiling for it just now


OF_TRIAL = ("universe", "rules", "warnings", "reads", "fields", "assumed", "unusual")
"""Of the check of trial 1, what that of a comparison has."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ComparisonCheck(Check):
    """What `liangrong check` prints of a comparison: its configuration, what trial 1 comes to, and `runs` in words.

    `power` is what the verdict will be able to find, as far as that is known before anything was run; None where it
    lacks something, which `runs` say.
    """

    runs: tuple[str, ...]
    power: Power | None

    def dated(self, width: int | None = None) -> str:
        """Return the rules of trial 1 and the warnings."""
        return "\n".join(["Rules of trial 1:", super().dated(width)])

    def told(self, width: int | None = None) -> str:
        """Return what runs read, execute and assume, what is unusual about trial 1, and at last the runs."""
        return "\n\n".join(["Of trial 1, whose data all runs share:", super().told(width), "\n".join(self.runs)])


def check_comparison(
    given: Given, overrides: Overrides = (), out: Path | None = None, workers: int = 1
) -> ComparisonCheck:
    """Return what a comparison comes to.

    Parameters
    ----------
    given, overrides
        As `load_compare`.
    out : Path, optional
        Its folder; ``comparisons/NAME`` where absent. Nothing is run into it.
    workers : int
        Processes that the time is estimated for.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured.
    """
    overrides = tuple(overrides) if isinstance(overrides, Iterator) else overrides  # they are read twice
    prepared = prepare_comparison(given, overrides, is_judged=False)
    first = check_scenario(prepared.ground.audited(prepared.plan.trials[0].config))
    of_trial = {name: getattr(first, name) for name in OF_TRIAL}
    told, expected = _beforehand(prepared)
    runs = _runs(prepared, out or Path("comparisons") / prepared.config.name, workers)
    return ComparisonCheck(
        **of_trial,
        config=prepared.config.model_dump(mode="json"),
        code=named_of_comparison(given, overrides).code,
        runs=(*runs, told),
        power=expected,
    )


def _beforehand(prepared: Prepared) -> tuple[str, Power | None]:
    """Return what is known of the verdict before anything is run, in words, and its power where there can be one."""
    if prepared.lacks:
        return f"It cannot be judged: {prepared.lacks}.", None
    common = expected_sessions(prepared)
    expected = expected_power(prepared, common)
    return str(sentences(expected_words(prepared, common), power_words(expected))), expected


def expected_sessions(prepared: Prepared) -> Common:
    """Return the sessions over which a comparison will be judged, by the warm-ups of its trials and controls."""
    trials, ground = prepared.plan.trials, prepared.ground
    firsts = [warmed_up(trial.config, ground) for trial in trials]
    return common_sessions(names_told(trials), firsts, session_count(ground), sessions_needed(prepared.config))


def expected_words(prepared: Prepared, common: Common) -> Said:
    """Return how many sessions will be judged, and what costs the others."""
    sessions = session_count(prepared.ground)
    told = say(
        "Judged will be about {n} of {all} sessions, by the warm-ups and the history before the window.",
        n=count(sessions - common.start),
        all=count(sessions),
    )
    return sentences(told, cost_words(common, sessions))


def expected_power(prepared: Prepared, common: Common) -> Power:
    """Return what the verdict of a comparison will be able to find, by correlations that are guessed."""
    controls = sum(trial.is_control for trial in prepared.plan.trials)
    own = len(prepared.plan.trials) - controls
    return power(session_count(prepared.ground) - common.start, own, controls, alpha=prepared.config.judge.alpha)


def _runs(prepared: Prepared, folder: Path, workers: int) -> Iterator[str]:
    trials = prepared.plan.trials
    jobs = {job.key: job for of_trial in prepared.jobs().values() for job in of_trial.values()}
    own = [trial for trial in trials if not trial.is_control]
    yield f"{count(len(own))} trials and {len(trials) - len(own)} controls{_stressed(prepared, len(jobs))}."
    yield from (f"• {note}" for note in prepared.plan.notes)
    yield from (f"Varies: {words}" for words in varied(own))
    known = _kept(folder)
    left = [job for key, job in jobs.items() if key not in known]
    yield f"Kept in {folder}: {count(len(jobs) - len(left))} of them; {count(len(left))} are left."
    if left:
        found = paces(prepared.ground, jobs, known)
        first = found[0]._replace(left=found[0].left + prepared.later)  # trials come before controls
        yield estimate([first, *found[1:]], workers)


def _stressed(prepared: Prepared, sure: int) -> str:
    """Return in words which trials are run under stress, and how many runs that makes beside those that are sure."""
    stresses = len(prepared.stresses)
    if prepared.best is not None:
        best, runs = prepared.later // stresses, f"at most {count(sure + prepared.later)} runs"
        return f", each as it is, the best {count(best)} and every control under {stresses} stresses: {runs}"
    return f"{f', each as it is and under {stresses} stresses' if stresses else ''}: {count(sure)} runs"


def varied(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield each key that trials vary, with its values."""
    for key in varied_keys(trials):
        values = list(dict.fromkeys(_words(trial.keys[key]) for trial in trials if key in trial.keys))
        more = f", and {count(len(values) - SHOWN)} more" if len(values) > SHOWN else ""
        yield f"{key}: {', '.join(values[:SHOWN])}{more}"
    bases = list(dict.fromkeys(str(trial.keys["base"]) for trial in trials if "base" in trial.keys))
    if bases:
        more = f", and {count(len(bases) - SHOWN)} more" if len(bases) > SHOWN else ""
        yield f"base: {', '.join(bases[:SHOWN])}{more}"


def _words(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1_000).removesuffix("\n...\n").strip()


def _kept(folder: Path) -> dict[str, float | None]:
    """Return the keys of the runs that a folder keeps, and how long each took where that is known."""
    if not (folder / FILE).is_file():
        return {}
    with Store(folder / FILE) as store:
        finished, seconds = store.keys(), store.seconds()
    return {key: seconds.get(key) for key in finished}


def paces(ground: Ground, jobs: Mapping[str, Job], known: Mapping[str, float | None]) -> list[Pace]:
    """Return how long the runs to go take, by engine: as the kept ones did, else as some do that are timed now.

    Notes
    -----
    Of the timed ones the first counts only where it is the only one: it waits for compiled code. What had to be
    compiled is in none of them, and the only one is timed again after it.
    """
    found = []
    for engine in dict.fromkeys(job.config.execution.engine for job in jobs.values()):
        of_engine = [job for job in jobs.values() if job.config.execution.engine == engine]
        left = [job for job in of_engine if job.key not in known]
        kept = [seconds for job in of_engine if (seconds := known.get(job.key)) is not None]
        if not left:
            continue
        timed, compiling = (kept, 0.0) if kept else _timed(ground, left)
        basis = f"{count(len(timed))} {'kept' if kept else 'timed'} run{'s' if len(timed) > 1 else ''}"
        found.append(Pace(engine, len(left), fmean(timed), basis, compiling))
    return found


def _timed(ground: Ground, jobs: Sequence[Job]) -> tuple[list[float], float]:
    """Return the seconds of some runs, and those that were compiled meanwhile."""
    seconds: list[float] = []
    some = jobs[:: max(1, len(jobs) // SAMPLE)][: SAMPLE + 1]
    with compiled_meanwhile() as compiled:
        for i, job in enumerate(some):
            seconds.append(carry_out(ground, job)[1].seconds)
            if sum(seconds) > BUDGET and (i or not compiled.seconds):
                break
        if len(seconds) == 1 and compiled.seconds:
            seconds.append(carry_out(ground, some[0])[1].seconds)
    return seconds[1:] or seconds, compiled.seconds


def estimate(found: Sequence[Pace], workers: int) -> str:
    """Return in words how long the runs to go will take."""
    total = sum(pace.left * pace.seconds for pace in found) / min(workers, sum(pace.left for pace in found))
    by_engine = "; ".join(f"{pace.engine}: {_a_run(pace.seconds)} a run, from {pace.basis}" for pace in found)
    said = f"About {duration(total)} on {workers} worker{'s' if workers > 1 else ''}"
    compiling = sum(pace.compiling for pace in found)
    once = f" Compiling took {duration(compiling)} just now, once." if compiling >= LEAST_TOLD else ""
    return f"{said}, besides loading, judging and the pages ({by_engine}).{once}"


def _a_run(seconds: float) -> str:
    return f"{max(seconds, 0.001):.2g} s" if seconds < 9.5 else duration(seconds)
