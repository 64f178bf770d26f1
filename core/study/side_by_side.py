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
from ..pages.language import say
from ..pages.markup import tuples
from ..plain import plain
from .crash_target import MEASURES
from .target import CRASH, RETURN
from .verdict import t_words

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
            lines=[*more, luck(self), *self.notes],
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


def judged(comparison: SideBySide) -> pd.DataFrame:
    """Return the rows whose t can be trusted."""
    table = comparison.table
    return table[(table["windows"] >= FEWEST_WINDOWS) & table["t"].notna()]


def luck_bar(count: int) -> float:
    """Return the |t| that none of `count` rules that foretell nothing reaches by luck, with 95 % confidence."""
    return NormalDist().inv_cdf(1.0 - 0.025 / count)


def luck(comparison: SideBySide) -> str:
    """Return how many of the rules would seem to foretell something if none did, and the |t| that rules that out."""
    trusted = judged(comparison)["t"].abs()
    count = len(trusted)
    if not count:
        return say("No rule could be judged.")
    bar = luck_bar(count)
    return say(
        "Of {n} rules that foretell nothing, about {few} reach |t| {bound} by luck. That none does by luck, with 95 % "
        "confidence, needs |t| {bar} (Bonferroni); reached by {passed}.",
        n=f"{count}",
        few=f"{0.05 * count:.1f}",
        bound=f"{BOUND}",
        bar=f"{bar:.2f}",
        passed=f"{int((trusted >= bar).sum())}",
    )
