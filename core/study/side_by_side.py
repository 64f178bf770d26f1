"""Many rules on the same data: one table, and what luck alone would make of so many."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..inference.means import BOUND, FEWEST_WINDOWS
from ..notebook import Card, Shown
from ..pages import formats
from ..pages.language import joined, say, sentences
from ..pages.markup import tuples
from ..plain import plain
from .crash_target import MEASURES
from .target import CRASH, RETURN
from .verdict import reach_words, t_words

COLUMNS = (
    *("kind", "verdict", "t", "ic", "ic_t", "ic_ir", "ic_positive", "spread", "spread_t", "monotonicity"),
    *("slope", "slope_t", "slope_alone", "slope_alone_t", "timing", "timing_t", "strongest_horizon"),
    *("turnover_1", "turnover_5", "autocorrelation_1", "autocorrelation_20", "coverage"),
    *("sessions", "windows", "spread_sessions", "securities", "start", "end"),
)
"""Figures of a study's summary that are compared."""

CRASH_COLUMNS = tuple(
    f"{measure}_{name}" for measure in MEASURES[1:] for name in ("ic", "ic_t", "slope", "slope_t", "timing", "timing_t")
)
"""More of them where crash risk is studied: those of the measures that the verdict is not made of."""

FOUND = ("supported", "fewer crashes", "more crashes")
"""Verdicts of rules that foretell something of their own; "supported" only with a t above 0."""

SHOWN = 10
"""Rules that a short form lists."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SideBySide(Shown):
    """Many studies on the same data.

    Parameters
    ----------
    table : DataFrame
        rule, the figures of `COLUMNS`, folder; the largest |t| first.
    horizon : int, sessions
    target : {"return", "crash"}
    source : str
        Where the data come from.
    synthetic : bool
    notes : tuple of str
    """

    charts: ClassVar[str] = "study.many_page"

    table: pd.DataFrame
    horizon: int
    target: str = RETURN
    source: str = ""
    synthetic: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_crash(self) -> bool:
        """Whether crash risk was studied, not the return."""
        return self.target == CRASH

    @property
    def measure(self) -> str:
        """What the verdicts are on: the return, or the first measure of crash risk."""
        return MEASURES[0] if self.is_crash else RETURN

    def card(self) -> Card:
        """Return what it shows of itself: the rules with the largest |t|, and what luck alone would make."""
        rows = [
            (
                row.rule,
                row.verdict,
                formats.number(row.timing if row.kind == "market" else row.ic, 3),
                t_words(row.t, row.windows),
            )
            for row in tuples(self.table.head(SHOWN))
        ]
        more = [f"and {len(self.table) - SHOWN} more"] if len(self.table) > SHOWN else []
        what = f"{len(self.table)} rules{' on crash risk' if self.is_crash else ''}"
        return Card(
            f"Study of {what}, horizon {self.horizon} sessions",
            table=[("rule", "verdict", "correlation", "t"), *rows],
            lines=[*more, f"{headline(self)}.", luck(self), *self.notes],
        )

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values: the rules in their order, and what luck alone would make of so many."""
        count = len(judged(self))
        return plain(
            {
                "horizon": self.horizon,
                "target": self.target,
                "source": self.source,
                "synthetic": self.synthetic,
                "luck": {"words": luck(self), "judged": count, "needed_t": luck_bar(count) if count else None},
                "rules": self.table,
                "notes": self.notes,
            }
        )


def compare(studies: Mapping[str, Mapping[str, object]], folders: Mapping[str, str]) -> pd.DataFrame:
    """Return the table of a comparison.

    Parameters
    ----------
    studies : mapping of str to mapping
        Rule -> summary of its study.
    folders : mapping of str to str
        Rule -> where its page lies.
    """
    more = [name for name in CRASH_COLUMNS if all(name in summary for summary in studies.values())]
    columns = [*COLUMNS, *more]
    rows = [
        {"rule": rule, **{name: summary[name] for name in columns}, "folder": folders[rule]}
        for rule, summary in studies.items()
    ]
    table = pd.DataFrame(rows, columns=["rule", *columns, "folder"])
    order = np.lexsort((table["rule"], -table["t"].astype(float).abs().fillna(-1.0)))
    return table.iloc[order].reset_index(drop=True)


def other_t(row: Any, measure: str) -> str:
    """Return the t of another measure of crash risk for a table, of the kind that the row is judged by."""
    return t_words(getattr(row, f"{measure}_{'timing' if row.kind == 'market' else 'ic'}_t"), row.windows)


def trusted(comparison: SideBySide) -> pd.DataFrame:
    """Return the rows whose t can be trusted."""
    table = comparison.table
    return table[(table["windows"] >= FEWEST_WINDOWS) & table["t"].notna()]


def judged(comparison: SideBySide) -> pd.DataFrame:
    """Return the rows whose t can be trusted, the first of those whose scores are one up to sign and scale."""
    rows = trusted(comparison)
    return rows[~_figures(rows).duplicated().to_numpy()]


def alike(comparison: SideBySide) -> list[list[str]]:
    """Return the rules whose scores rank securities alike or just the other way round, by groups of two or more."""
    rows = trusted(comparison)
    keys = _figures(rows)
    groups = rows.groupby([keys[name] for name in keys], sort=False)["rule"].agg(list)
    return [names for names in groups if len(names) > 1]


def _figures(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what scores of one order, or of the opposite one, have in common: correlation and t without their sign."""
    is_market = rows["kind"] == "market"
    size = rows["timing"].where(is_market, rows["ic"]).astype(float).abs()
    figures = {"kind": rows["kind"], "sessions": rows["sessions"], "windows": rows["windows"]}
    signless = {"size": size, "t": rows["t"].astype(float).abs()}
    return pd.DataFrame(figures | {name: [f"{value:.8g}" for value in one] for name, one in signless.items()})


def standing(comparison: SideBySide) -> list[str]:
    """Return the rules that are supported even when all that were judged are counted."""
    rows = trusted(comparison)
    if rows.empty:
        return []
    is_past = rows["t"].abs() >= luck_bar(len(judged(comparison)))
    return rows.loc[is_past & rows["verdict"].isin(FOUND), "rule"].tolist()


def headline(comparison: SideBySide) -> str:
    """Return how many rules stand when all are counted, in a clause."""
    told = {"n": formats.count(len(standing(comparison))), "all": formats.count(len(comparison.table))}
    if trusted(comparison).empty:
        return say("none of {all} rules could be judged", **told)
    if comparison.is_crash:
        return say("{n} of {all} rules foretell crash risk of their own, beyond the luck of so many", **told)
    return say("{n} of {all} rules supported beyond the luck of so many", **told)


def luck_bar(count: int) -> float:
    """Return the |t| that none of `count` rules that foretell nothing reaches by luck, with 95 % confidence."""
    return NormalDist().inv_cdf(1.0 - 0.025 / count)


def luck(comparison: SideBySide) -> str:
    """Return how many of the rules would seem to foretell something if none did, and the |t| that rules that out."""
    sizes = judged(comparison)["t"].abs()
    count = len(sizes)
    if not count:
        return _no_answer(comparison)
    bar = luck_bar(count)
    words = say(
        "Of {n} rules that foretell nothing, about {few} reach |t| {bound} by luck. That none does by luck, with 95 % "
        "confidence, needs |t| {bar} (Bonferroni); reached by {passed}.",
        n=f"{count}",
        few=f"{0.05 * count:.1f}",
        bound=f"{BOUND}",
        bar=f"{bar:.2f}",
        passed=f"{int((sizes >= bar).sum())}",
    )
    groups = [joined(names, "{one}, {other}") for names in alike(comparison)]
    if not groups:
        return words
    once = say("Counted once, being one score up to its sign: {groups}.", groups=joined(groups, "{one}; {other}"))
    return sentences(words, once)


def _no_answer(comparison: SideBySide) -> str:
    """Say that nothing could be judged, and up to which horizon the data would do."""
    asked = comparison.table[comparison.table["t"].notna()]
    told = say("No rule could be judged.")
    if asked.empty:
        return told
    return sentences(told, reach_words(int(asked["sessions"].max()), comparison.horizon, comparison.target))
