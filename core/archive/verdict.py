"""What is known of luck and look-ahead, of the rules and the data, beside the figures of an answer."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..compare.tried import COMPARISONS, Check, Tried, tried_in
from ..inference.checks import FEWEST_SESSIONS
from ..inference.sharpe import moments, probabilistic_sharpe, sharpe_error
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..luck.deflated import deflated_sharpe, expected_maximum_sharpe
from .known_trials import Known, key_of_kept, known_trials
from .lookahead_book import SAID, found_for
from .run_folders import RUNS
from .run_list import KeptRun, list_runs

ENOUGH = 0.95
"""Probability from which a deflated Sharpe ratio is called more than luck."""

_YEAR = math.sqrt(SESSIONS_PER_YEAR)
_ELSEWHERE = "What was tried elsewhere, or deleted, is not known."


def of_kept(
    run: KeptRun,
    returns: Any = None,
    runs: Path = RUNS,
    comparisons: Path = COMPARISONS,
    check: Check = lambda _: None,
) -> dict[str, Any]:
    """Return the verdict on a run that is kept, beside what else is kept in these folders.

    Parameters
    ----------
    run : KeptRun
    returns : float64 (T,), fraction per session, optional
        Of the run; read where absent.
    runs, comparisons : path
    check : callable(folder), optional
        Is called with each folder in them before it is read; what it refuses by a LiangrongError does not count.
    """
    own = run.result().returns() if returns is None else returns
    return of_run(run, own, list_runs(runs, check=check).runs, tried_in(comparisons, check))


def of_run(run: KeptRun, returns: Any, runs: Sequence[KeptRun], comparisons: Sequence[Tried] = ()) -> dict[str, Any]:
    """Return the verdict on one run.

    Parameters
    ----------
    run : KeptRun
    returns : float64 (T,), fraction per session
    runs : sequence of KeptRun
        All that are kept, which tell how many were tried on these data.
    comparisons : sequence of Tried
        Whose trials tell it too.
    """
    known = known_trials(runs, comparisons, run.data, run)
    return {
        "luck": _luck(np.asarray(returns, dtype=np.float64), known),
        "lookahead": of_lookahead(key_of_kept(run)),
        "rules": of_rules(run.head["metrics"].get("rules") or ()),
        "data": of_data(run.head),
    }


def of_runs(runs: Sequence[KeptRun], comparisons: Sequence[Tried] = ()) -> dict[str, Any]:
    """Return the verdict on a list of runs: by data, how many were tried and what luck makes of the best."""
    data = {str(run.data.get("digest")): run.data for run in runs}
    found = [_best(digest, known_trials(runs, comparisons, one)) for digest, one in data.items()]
    keys = {run.record.get("key") for run in runs} - {None}
    looked = sum(of_lookahead(str(key))["checked"] for key in keys)
    return {
        "luck": {"judged": False, "by_data": found, "words": f"The best of many is partly luck. {_ELSEWHERE}"},
        "lookahead": {
            "checked": looked == len(keys) > 0,
            "words": f"{looked} of {len(keys)} configurations were checked here: call `lookahead` for the others.",
        },
    }


def of_lookahead(key: str) -> dict[str, Any]:
    """Return what is known of look-ahead in a configuration by its key."""
    found = found_for(key)
    if found is None:
        return {"checked": False, "words": "not checked: call `lookahead` with this configuration"}
    return {"checked": found.get("judged") is not False, **{name: found[name] for name in SAID}}


def of_rules(rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how the dated rules that were read are graded, and which rest on a secondary source or on memory."""
    grades: dict[str, int] = {}
    doubtful = []
    for rule in rules:
        grades[rule["grade"]] = grades.get(rule["grade"], 0) + 1
        if rule["grade"] == "C" or "from memory" in str(rule["source"]):
            doubtful.append(rule["name"])
    return {"grades": dict(sorted(grades.items())), "secondary": sorted(set(doubtful))}


def of_data(head: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of the data of a run: their findings, and whether a market made them."""
    is_synthetic = bool(head["metrics"].get("synthetic"))
    made = {"source": (head.get("data") or {}).get("source"), "synthetic": is_synthetic, **(head.get("audit") or {})}
    words = ["Synthetic data: these figures say nothing about a real market."] if is_synthetic else []
    return {**made, "notes": [*words, *head.get("notes", ())]}


def _best(digest: str, known: Known) -> dict[str, Any]:
    count, ratios = len(known.sharpe), [one for one in known.sharpe.values() if not math.isnan(one)]
    variance = float(np.var(ratios, ddof=1)) if len(ratios) > 1 else math.nan
    return {
        "data": digest,
        "trials": count,
        "known": known.as_record(),
        "best_sharpe": max(ratios) * _YEAR if ratios else None,
        "best_by_luck": expected_maximum_sharpe(variance, count) * _YEAR if len(ratios) > 1 else None,
    }


def _luck(returns: Any, known: Known) -> dict[str, Any]:
    """Return how sure the Sharpe ratio of one run is, and what is left of it when those tried are counted."""
    trials = len(known.sharpe)
    head = {"trials": trials, "known": known.as_record()}
    if len(returns) < FEWEST_SESSIONS:
        few = f"the run has {len(returns)} of the {FEWEST_SESSIONS} sessions that this needs"
        return {"judged": False, **head, "words": f"not judged: {few}. {known.words}"}
    shape = moments(returns[:, None])
    if math.isnan(shape.sharpe[0]):
        return {"judged": False, **head, "words": f"not judged: the account did not move. {known.words}"}
    sharpe, count = float(shape.sharpe[0]), len(returns)
    ratios = [one for one in known.sharpe.values() if not math.isnan(one)]
    # Those that are kept are a part of what was tried: they count as spread at least as far as chance alone spreads.
    variance = max(float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0, 1.0 / (count - 1))
    more = (shape.skewness, shape.kurtosis)
    deflated = float(deflated_sharpe(shape.sharpe, count, trials, variance, *more)[0])
    figures = {
        "sharpe": sharpe * _YEAR,
        "sharpe_error": float(sharpe_error(returns[:, None])[0]) * _YEAR,
        "probability_above_0": float(probabilistic_sharpe(shape.sharpe, 0.0, count, *more)[0]),
    }
    if trials < 2:
        words = f"not judged: one configuration, beside no control: call `compare`. {known.words} {_ELSEWHERE}"
        return {"judged": False, **head, **figures, "words": words}
    words = f"{_said(deflated, trials)} {known.words} {_ELSEWHERE}"
    return {"judged": True, **head, **figures, "deflated_sharpe": deflated, "words": words}


def _said(deflated: float, trials: int) -> str:
    """Say what a deflated Sharpe ratio means."""
    above = f"the probability that it is above what the best of {trials:,} reaches by luck is {deflated:.2f}"
    told = f"more than luck: {above}" if deflated >= ENOUGH else f"may be luck: {above}, and {ENOUGH:g} is needed"
    return f"{told}. No control was run beside it: call `compare`."
