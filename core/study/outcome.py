"""The outcome of a study: tables, figures and a verdict."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..inference.means import FEWEST_WINDOWS
from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..pages.language import say
from ..plain import plain
from . import figure_tables
from .by_state import states_table
from .control_rules import usable
from .crash_target import MEASURES, targets_of
from .crash_verdict import amount, judge_crash
from .design import LAGS, Design, Question
from .measured import Measures
from .passes import Progress, measure
from .target import RETURN
from .verdict import judge

TABLES: Mapping[str, str] = MappingProxyType(
    {
        "ic": "rank correlation and spread by session and horizon",
        "decay": "the same as means with t by horizon, and slopes beside controls",
        "quantiles": "mean returns by horizon and quantile",
        "curves": "growth of each quantile",
        "states": "what followed states",
        "groups": "by board, industry and regime",
        "turnover": "coverage, rank autocorrelation and turnover by session",
    }
)
"""Table -> what it holds."""

RECORDED = ("decay", "quantiles", "states", "groups")
"""Those that a record has; the others have a row for each session."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is studied, in words.

    Parameters
    ----------
    name : str
    claim, formula : str
        Of the rule; empty where it says none.
    parameters : mapping
        Of the rule.
    source : str
        Where the data come from.
    synthetic : bool
        Generated data.
    notes : tuple of str
        What the reader has to know, one sentence each.
    unseen : tuple of str
        States that the claim speaks of and the data never show.
    """

    name: str
    claim: str = ""
    formula: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    synthetic: bool = False
    notes: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Study(Shown):
    """How well a score foretold.

    Parameters
    ----------
    subject : Subject
    plan : Design
    tables : mapping of str to DataFrame
        By the names of `TABLES`.
    summary : mapping
        The figures at the focus, the verdict in words.
    notes : tuple of str
    """

    charts: ClassVar[str] = "study.page"

    subject: Subject
    plan: Design
    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, Any]
    notes: tuple[str, ...]

    def card(self) -> Card:
        """Return what a study shows of itself: verdict, figures at its horizon, the growth of the quantile spread."""
        get, number, amount = self.summary.get, formats.number, self.amount
        figures = [
            ("horizon", f"{self.plan.horizon} sessions"),
            (
                "correlation over time" if get("kind") == "market" else "rank correlation",
                f"{number(get('timing' if get('kind') == 'market' else 'ic'), 4)} (t {number(get('t'))})",
            ),
            ("spread", f"{amount(get('spread'), sign=True)} (t {number(get('spread_t'))})"),
            ("sessions", formats.count(get("scored_sessions"))),
            ("coverage", formats.percent(get("coverage"), 0)),
            ("beside controls", f"{amount(get('slope'), sign=True)} (t {number(get('slope_t'))})"),
        ]
        title, lines = f"Study of {self.subject.name}: {get('verdict')}", [str(get("words")), *self.notes]
        grown = self.tables.get("curves")
        if grown is None:
            return Card(f"{title} (crash risk)", figures, lines)
        spread = grown[f"q{self.plan.quantiles}"] / grown["q1"]
        curves = [Curve("highest quantile over lowest", spread)]
        return Card(title, figures, lines, curves=curves, caption="growth by session, no costs")

    def amount(self, value: Any, *, sign: bool = False, measure: str = MEASURES[0]) -> str:
        """Return a figure of what was foretold: a return in percent, crash risk as `amount` of its measure."""
        return amount(value, measure if self.plan.is_crash else RETURN, sign=sign)

    def as_record(self) -> dict[str, Any]:
        """Return verdict and figures as plain values, with the tables that are not by session."""
        return plain(
            {
                "subject": self.subject,
                "plan": self.plan,
                "verdict": self.summary.get("verdict"),
                "words": self.summary.get("words"),
                "figures": {name: value for name, value in self.summary.items() if name not in ("verdict", "words")},
                **{name: self.tables[name] for name in RECORDED},
                "notes": self.notes,
            }
        )


def study(
    question: Question, plan: Design, subject: Subject, progress: Progress | None = None, threads: int | None = None
) -> Study:
    """Return how well a score foretold.

    Parameters
    ----------
    question : Question
    plan : Design
    subject : Subject
    progress : callable(done, total), optional
    threads : int, optional

    Raises
    ------
    DataError
        Shapes that differ, or no price in the panel.
    """
    question, notes = usable(question)
    targets = question.targets or targets_of(question.traded, plan)
    every = []
    for i, target in enumerate(targets):
        report = None if progress is None else _part(progress, i, len(targets))
        every.append(measure(question, plan, report, threads, target))
    measures = every[0]
    results = _tables(every, plan)
    summary = _summary(measures, plan, results, tuple(question.controls))
    summary |= judge_crash(summary, subject.name) if plan.is_crash else judge(summary, subject.name)
    if summary["kind"] == "securities" and summary["sessions"] and np.isnan(summary["spread"]):
        told = say("So many securities share a score that the highest or lowest quantile is empty: no spread.")
        notes = (*notes, told)
    elif summary["kind"] == "securities" and 2 * summary["spread_sessions"] < summary["sessions"]:
        told = say(
            "So many securities share a score that the highest or lowest quantile is mostly empty: top − bottom rests "
            "on {n} of {all} sessions.",
            n=formats.count(summary["spread_sessions"]),
            all=formats.count(summary["sessions"]),
        )
        notes = (*notes, told)
    return Study(subject=subject, plan=plan, tables=results, summary=summary, notes=(*subject.notes, *notes))


def _part(progress: Progress, index: int, parts: int) -> Progress:
    """Return a report of one of several parts of equal length."""
    return lambda done, total: progress(index * total + done, parts * total)


def _tables(every: Sequence[Measures], plan: Design) -> dict[str, pd.DataFrame]:
    """Return the tables: by horizon of each measure, the others of the first."""
    first = every[0]
    results = {
        "ic": _joined(every, plan, figure_tables.sessions_table),
        "decay": _joined(every, plan, figure_tables.decay_table),
        "quantiles": _joined(every, plan, figure_tables.quantiles_table),
        "states": states_table(first, plan),
        "groups": figure_tables.groups_table(first, plan),
        "turnover": figure_tables.turnover_table(first),
    }
    return results if plan.is_crash else {**results, "curves": figure_tables.curves_table(first, plan)}


def _joined(every: Sequence[Measures], plan: Design, make: Callable[[Measures, Design], pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of all measures in one, which says whose a row is where there are several."""
    if len(every) == 1:
        return make(every[0], plan)
    parts = []
    for measures in every:
        part = make(measures, plan)
        part.insert(0, "measure", measures.target.measure)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def of_measure(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the rows of one measure; all where the study has but one."""
    return table[table["measure"] == measure].drop(columns="measure") if "measure" in table else table


def _others(decay: pd.DataFrame, horizon: int) -> dict[str, float]:
    """Return the figures of the measures of crash risk that the verdict is not made of, at the focus."""
    if "measure" not in decay:
        return {}
    rows = decay[decay["horizon"] == horizon].set_index("measure").to_dict("index")
    return {
        f"{measure}_{name}": float(rows[measure][name])
        for measure in MEASURES[1:]
        for name in ("ic", "ic_t", "spread", "spread_t", "slope", "slope_t", "timing", "timing_t")
    }


def _summary(
    measures: Measures, plan: Design, results: Mapping[str, pd.DataFrame], controls: tuple[str, ...]
) -> dict[str, Any]:
    """Return plain figures: those of the session count, of the focus, and where the score is strongest."""
    first = measures.target.measure
    others = _others(results["decay"], plan.horizon)
    decay, stable = of_measure(results["decay"], first), results["turnover"]
    focus = decay[decay["horizon"] == plan.horizon].iloc[0].to_dict()
    is_market = focus["sessions"] == 0 and focus["timing_t"] == focus["timing_t"]
    if is_market:  # nothing to rank: only when the securities rise together
        focus |= {"sessions": focus["timing_sessions"], "windows": focus["timing_sessions"] / plan.horizon}
    t = "timing_t" if is_market else "ic_t"
    scored = np.flatnonzero(measures.scored > 0.0)
    span = measures.sessions[scored[[0, -1]]].astype(str).tolist() if len(scored) else [None, None]
    windows = decay["timing_sessions" if is_market else "sessions"] / decay["horizon"]
    sizes = decay[t].abs().where(windows >= FEWEST_WINDOWS).fillna(-1.0).to_numpy()
    quantiles = of_measure(results["quantiles"], first).query("horizon == @plan.horizon")["excess"].tolist()
    return {
        "target": plan.target,
        "kind": "market" if is_market else "securities",
        "t": focus[t],
        "start": span[0],
        "end": span[1],
        "scored_sessions": len(scored),
        "entry": measures.entry.words,
        "controls": list(controls),
        **{name: int(value) if name in _WHOLE else float(value) for name, value in focus.items()},
        **others,
        "quantile_excess": quantiles,
        "strongest_horizon": plan.horizons[int(sizes.argmax())] if sizes.max() >= 0.0 else None,
        "coverage": _mean(stable.loc[stable["scored"] > 0, "coverage"]),
        **{f"autocorrelation_{lag}": _mean(stable[f"autocorrelation_{lag}"]) for lag in LAGS},
        **{f"turnover_{lag}": _turnover(stable, lag) for lag in LAGS},
    }


_WHOLE = {"horizon", "sessions", "spread_sessions", "timing_sessions", "lags"}


def _turnover(stable: pd.DataFrame, lag: int) -> float:
    return _mean(pd.concat([stable[f"new_in_top_{lag}"], stable[f"new_in_bottom_{lag}"]]))


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if values.notna().any() else np.nan
