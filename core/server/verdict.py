"""What is known of luck and look-ahead, of the rules and the data, beside the figures of an answer."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..archive.run_list import KeptRun
from ..inference.sharpe import moments, probabilistic_sharpe, sharpe_error
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..luck.deflated import deflated_sharpe, expected_maximum_sharpe
from .lookahead_book import SAID, found_for

ENOUGH = 0.95
"""Probability from which a deflated Sharpe ratio is called more than luck."""

_YEAR = math.sqrt(SESSIONS_PER_YEAR)
_ELSEWHERE = "What was tried elsewhere, or deleted, is not known."


def of_run(head: Mapping[str, Any], key: str, returns: Any, runs: Sequence[KeptRun]) -> dict[str, Any]:
    """Return the verdict on one run.

    Parameters
    ----------
    head : mapping
        As summary.json has it: metrics, notes, data, audit.
    key : str
        Of the run, as run.json has it.
    returns : float64 (T,), fraction per session
    runs : sequence of KeptRun
        All that are kept, which tell how many were tried on these data.
    """
    data = head.get("data") or {}
    return {
        "luck": _luck(np.asarray(returns, dtype=np.float64), _tried(runs, data.get("digest"), key, head)),
        "lookahead": of_lookahead(key),
        "rules": of_rules(head["metrics"].get("rules") or ()),
        "data": of_data(head),
    }


def of_runs(runs: Sequence[KeptRun]) -> dict[str, Any]:
    """Return the verdict on a list of runs: by data, how many were tried and what luck makes of the best."""
    digests = dict.fromkeys(str(run.data.get("digest")) for run in runs)
    found = [_best(digest, _tried(runs, digest)) for digest in digests]
    keys = {run.record.get("key") for run in runs} - {None}
    looked = sum(of_lookahead(str(key))["checked"] for key in keys)
    return {
        "luck": {"judged": False, "by_data": found, "words": f"The best of many is partly luck. {_ELSEWHERE}"},
        "lookahead": {
            "checked": looked == len(keys) > 0,
            "words": f"{looked} of {len(keys)} configurations were checked here: call `lookahead` for the others.",
        },
    }


def of_comparison(comparison: Any, rules: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the verdict on a comparison: that of `luck`, over all its trials."""
    luck = comparison.luck
    beating = [name for name, beats in zip(luck.names, luck.beats, strict=True) if beats]
    return {
        "luck": {"judged": True, "trials": luck.trials, "alpha": luck.alpha, "beyond_luck": beating,
                 "words": f"{luck.headline} {comparison.judged}"},
        "lookahead": {"checked": False, "words": "not checked: call `lookahead` with the configuration of a trial"},
        "rules": of_rules(rules),
        "data": {"source": comparison.source, "synthetic": comparison.synthetic, "notes": list(comparison.notes)},
    }  # fmt: skip


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


def _tried(
    runs: Iterable[KeptRun], digest: Any, key: str | None = None, head: Mapping[str, Any] | None = None
) -> dict[str, float]:
    """Return the Sharpe ratios per session of the configurations that are known to have been tried on some data."""
    found: dict[str, float] = {}
    for run in runs:
        if str(run.data.get("digest")) == str(digest):
            sharpe = run.figure("sharpe")
            found[str(run.record.get("key") or run.label)] = math.nan if sharpe is None else sharpe / _YEAR
    if key is not None and head is not None:
        sharpe = head["metrics"].get("sharpe")
        found[key] = math.nan if sharpe is None else sharpe / _YEAR
    return found


def _best(digest: str, tried: Mapping[str, float]) -> dict[str, Any]:
    known = [one for one in tried.values() if not math.isnan(one)]
    variance = float(np.var(known, ddof=1)) if len(known) > 1 else math.nan
    return {
        "data": digest,
        "trials": len(tried),
        "best_sharpe": max(known) * _YEAR if known else None,
        "best_by_luck": expected_maximum_sharpe(variance, len(tried)) * _YEAR if len(known) > 1 else None,
    }


def _luck(returns: Any, tried: Mapping[str, float]) -> dict[str, Any]:
    """Return how sure the Sharpe ratio of one run is, and what is left of it when those tried are counted."""
    trials = len(tried)
    told = f"{trials} configuration{'s are' if trials > 1 else ' is'} known to have been tried on these data."
    shape = moments(returns[:, None]) if len(returns) > 2 else None
    if shape is None or math.isnan(shape.sharpe[0]):
        return {"judged": False, "trials": trials, "words": f"not judged: the account did not move. {told}"}
    sharpe, count = float(shape.sharpe[0]), len(returns)
    known = [one for one in tried.values() if not math.isnan(one)]
    # Those that are kept are a part of what was tried: they count as spread at least as far as chance alone spreads.
    variance = max(float(np.var(known, ddof=1)) if len(known) > 1 else 0.0, 1.0 / (count - 1))
    more = (shape.skewness, shape.kurtosis)
    deflated = float(deflated_sharpe(shape.sharpe, count, trials, variance, *more)[0])
    figures = {
        "sharpe": sharpe * _YEAR,
        "sharpe_error": float(sharpe_error(returns[:, None])[0]) * _YEAR,
        "probability_above_0": float(probabilistic_sharpe(shape.sharpe, 0.0, count, *more)[0]),
    }
    if trials < 2:
        words = f"not judged: one trial, against no control; call `compare`. {told} {_ELSEWHERE}"
        return {"judged": False, "trials": trials, **figures, "words": words}
    said = (
        "more than the luck of the best of them" if deflated >= ENOUGH else "not told from the luck of the best of them"
    )
    words = f"{said} (probability {deflated:.2f}), against no control: call `compare`. {told} {_ELSEWHERE}"
    return {"judged": True, "trials": trials, **figures, "deflated_sharpe": deflated, "words": words}


def of_study(made: Any, studied: int) -> dict[str, Any]:
    """Return the verdict on a study, where `studied` rules are known to have been studied, this one among them."""
    from ..inference.means import FEWEST_WINDOWS
    from ..study.side_by_side import luck_bar

    t, windows, bar = made.summary.get("t"), made.summary.get("windows"), luck_bar(max(studied, 1))
    is_judged = t is not None and not math.isnan(t) and windows is not None and windows >= FEWEST_WINDOWS
    told = f"{studied} rule{'s are' if studied > 1 else ' is'} known to have been studied here"
    luck = {
        "judged": is_judged,
        "verdict": made.summary["verdict"],
        "trials": studied,
        "t": t,
        "t_beyond_luck": bar,
        "words": f"{made.summary['words']} {told}: |t| {bar:.2f} is what none of so many reaches by luck (95 %).",
    }
    return {"luck": luck, **_of_studied(made)}


def of_studies(made: Any) -> dict[str, Any]:
    """Return the verdict on several rules that were studied side by side."""
    from ..study.side_by_side import judged, luck

    told = {"judged": len(judged(made)) > 0, "trials": len(made.table), "words": luck(made)}
    return {"luck": told, **_of_studied(made)}


def _of_studied(made: Any) -> dict[str, Any]:
    subject = getattr(made, "subject", made)
    words = "not checked: call `lookahead` with a configuration that trades the rule"
    data = {"source": subject.source, "synthetic": subject.synthetic, "notes": list(made.notes)}
    return {"lookahead": {"checked": False, "words": words}, "data": data}


def studies_known(folder: Path, name: str) -> int:
    """Return how many rules were studied into a folder, `name` among them."""
    return len({place.parent.name for place in folder.glob("*/summary.json")} | {name}) if folder.is_dir() else 1
