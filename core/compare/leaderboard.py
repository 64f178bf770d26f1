"""The tables of a finished comparison: the leaderboard, the returns, and the ranks under stress."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .board_figures import FIGURES
from .jobs import PLAIN, Stress
from .measure import START, Measured, returns_of
from .plan import Trial

Runs = Mapping[int, Mapping[str, Measured]]
"""Number of the trial -> name of the stress -> what was measured."""

REFUSED, FORCED = "refused_", "forced_for_"
"""Begins of the columns that split refusals by reason and the broker's orders by cause."""
STRESSED = "stressed"
"""Column that says which trials were run under stress, where not all of them were."""

NAMES = ("name", "base")


def leaderboard(trials: Sequence[Trial], runs: Runs, says_stressed: bool = False) -> pd.DataFrame:
    """Return one row a trial, the highest Sharpe ratio first, ties in the order of the configuration.

    What has no ratio, since it never traded, has no rank and comes last.

    Columns: rank, trial (its number), label, kind (trial or control), engine, what the trials vary, the figures of
    `FIGURES`, the broker's orders by cause as ``forced_for_CAUSE`` (a contract that falls due is no margin call) and
    the refusals by reason as ``refused_REASON``; `stressed` (yes or no), where it is said, before them.
    """
    plain = [of[PLAIN].figures for of in runs.values()]
    splits = {
        begin + name: (of, name)
        for begin, of in ((FORCED, "forced_orders_by_cause"), (REFUSED, "refusals_by_reason"))
        for name in sorted({name for figures in plain for name in figures[of]})
    }
    varied = varied_keys(trials)
    ranks = rank_by_sharpe(trials, runs, PLAIN)
    rows = [_row(trial, runs[trial.number][PLAIN], varied, splits) for trial in trials]
    table = pd.DataFrame(rows)
    for key in varied:  # a whole number stays one beside a control that lacks the key
        table[key] = pd.Series([row[key] for row in rows], dtype=object)
    if says_stressed:
        table.insert(4, STRESSED, ["yes" if len(runs[trial.number]) > 1 else "no" for trial in trials])
    table.insert(0, "rank", pd.Series([ranks[trial.number] for trial in trials], dtype="Int64"))
    return table.sort_values("rank", kind="stable").reset_index(drop=True)


def varied_keys(trials: Sequence[Trial]) -> list[str]:
    """Return the dotted keys that the trials vary, in the order of the configuration."""
    keys = (key for trial in trials if not trial.is_control for key in trial.keys)
    return [key for key in dict.fromkeys(keys) if key not in NAMES]


def _row(
    trial: Trial, measured: Measured, varied: Sequence[str], splits: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    head = {
        "trial": trial.number,
        "label": trial.label,
        "kind": "control" if trial.is_control else "trial",
        "engine": trial.config.execution.engine,
    }
    keys = {key: _value(trial.keys.get(key)) for key in varied}
    split = {column: measured.figures[of].get(name, 0) for column, (of, name) in splits.items()}
    return {**head, **keys, **{name: measured.figures[name] for name in FIGURES}, **split}


def _value(given: Any) -> Any:
    return given if given is None or isinstance(given, bool | int | float | str) else str(given)


def rank_by_sharpe(trials: Sequence[Trial], runs: Runs, name: str) -> dict[int, int | None]:
    """Return the rank of each trial among all with a ratio in a run of that name, 1 = the highest Sharpe ratio."""
    ratios = {t.number: runs[t.number][name].figures["sharpe"] for t in trials if name in runs[t.number]}
    having = [number for number, ratio in ratios.items() if ratio is not None]
    order = sorted(having, key=lambda number: (-ratios[number], number))
    ranks: dict[int, int | None] = {trial.number: None for trial in trials}
    return ranks | {number: place for place, number in enumerate(order, start=1)}


def _sharpe(measured: Measured) -> float:
    """Return the Sharpe ratio; an account that stood still has none and counts as 0."""
    value = measured.figures["sharpe"]
    return 0.0 if value is None else value


def best_trials(trials: Sequence[Trial], runs: Runs, count: int) -> list[int]:
    """Return the numbers of the `count` trials, controls left out, with the highest Sharpe ratios as they are."""
    own = [trial for trial in trials if not trial.is_control]
    ranks = rank_by_sharpe(own, runs, PLAIN)
    return [trial.number for trial in own if (ranks[trial.number] or count + 1) <= count]


def stress_table(trials: Sequence[Trial], runs: Runs, stresses: Sequence[Stress]) -> pd.DataFrame:
    """Return Sharpe ratio, rank and whether it beats every control, of each trial that was run under stress.

    Ranks are those among the trials of the table that have a ratio.
    `keeps_beating`: its Sharpe ratio is above that of every control as they are and under every stress that it has.
    """
    names = [PLAIN, *(stress.name for stress in stresses)]
    trials = [trial for trial in trials if len(runs[trial.number]) > 1]
    best = {name: _best_control(trials, runs, name) for name in names}
    ranks = {name: rank_by_sharpe(trials, runs, name) for name in names}
    rows = []
    for trial in trials:
        own = runs[trial.number]
        row: dict[str, Any] = {"trial": trial.number, "label": trial.label, "kind": _kind(trial)}
        row |= {f"sharpe_{name}": own[name].figures["sharpe"] if name in own else None for name in names}
        row |= {f"rank_{name}": ranks[name][trial.number] for name in names}
        is_trading = not trial.is_control and all(of.figures["sharpe"] is not None for of in own.values())
        row["keeps_beating"] = is_trading and all(_sharpe(own[n]) > best[n] for n in names if n in own)
        rows.append(row)
    table = pd.DataFrame(rows).astype({f"rank_{name}": "Int64" for name in names})
    return table.sort_values(f"rank_{PLAIN}", kind="stable").reset_index(drop=True)


def _kind(trial: Trial) -> str:
    return "control" if trial.is_control else "trial"


def _best_control(trials: Sequence[Trial], runs: Runs, name: str) -> float:
    return max(
        (_sharpe(runs[t.number][name]) for t in trials if t.is_control and name in runs[t.number]), default=-math.inf
    )


def returns_table(trials: Sequence[Trial], runs: Runs, sessions: np.ndarray) -> pd.DataFrame:
    """Return the returns of each trial by session, a column a trial under its number."""
    plain = {trial.number: runs[trial.number][PLAIN] for trial in trials}
    columns = {str(number): returns_of(run.equity, run.figures[START]) for number, run in plain.items()}
    return pd.DataFrame({"date": sessions.astype("datetime64[s]"), **columns})
