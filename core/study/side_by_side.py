"""Many rules on the same data: one table, one page, and what luck alone would make of so many."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from statistics import NormalDist

import numpy as np
import pandas as pd

from ..inference.means import FEWEST_WINDOWS
from ..notebook import Card, Shown
from ..pages import formats
from ..pages.document import document
from ..pages.figures import Figure
from ..pages.language import say, speaking
from ..pages.markup import header, muted, section, tuples
from . import charts
from .verdict import OVER_TIME, VERDICTS, t_words

COLUMNS = (
    *("kind", "verdict", "t", "ic", "ic_t", "ic_ir", "ic_positive", "spread", "spread_t", "monotonicity"),
    *("slope", "slope_t", "slope_alone", "slope_alone_t", "timing", "timing_t", "strongest_horizon"),
    *("turnover_1", "turnover_5", "autocorrelation_1", "autocorrelation_20", "coverage"),
    *("sessions", "windows", "securities", "start", "end"),
)
"""Figures of a study's summary that are compared."""

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
    source : str
        Where the data come from.
    synthetic : bool
    notes : tuple of str
    """

    table: pd.DataFrame
    horizon: int
    source: str = ""
    synthetic: bool = False
    notes: tuple[str, ...] = ()

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
        return Card(
            f"Study of {len(self.table)} rules, horizon {self.horizon} sessions",
            table=[("rule", "verdict", "correlation", "t"), *rows],
            lines=[*more, luck(self), *self.notes],
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
    rows = [
        {"rule": rule, **{name: summary[name] for name in COLUMNS}, "folder": folders[rule]}
        for rule, summary in studies.items()
    ]
    table = pd.DataFrame(rows, columns=["rule", *COLUMNS, "folder"])
    order = np.lexsort((table["rule"], -table["t"].astype(float).abs().fillna(-1.0)))
    return table.iloc[order].reset_index(drop=True)


def luck(comparison: SideBySide) -> str:
    """Return how many of the rules would seem to foretell something if none did, and the |t| that rules that out."""
    trusted = comparison.table.loc[comparison.table["windows"] >= FEWEST_WINDOWS, "t"].abs().dropna()
    count = len(trusted)
    if not count:
        return "No rule could be judged."
    bar = NormalDist().inv_cdf(1.0 - 0.025 / count)
    passed = int((trusted >= bar).sum())
    return (
        f"Of {count} rules that foretell nothing, about {0.05 * count:.1f} reach |t| 1.96 by luck. That none does by "
        f"luck, with 95 % confidence, needs |t| {bar:.2f} (Bonferroni); {passed} reach{'es' if passed == 1 else ''} it."
    )


@speaking()
def render_comparison(comparison: SideBySide, plotly: str | None = None) -> str:
    """Return the page of a comparison as HTML, with links to the pages of its studies; `plotly` as `document`."""
    known = comparison.table[comparison.table["t"].notna()]
    figures: dict[str, Figure] = {}
    parts = []
    if not known.empty:
        figure = charts.comparison_chart(known)
        figures["chart-comparison"] = figure
        height = figure["layout"]["height"]
        parts.append(f'<div class="chart" id="chart-comparison" style="height:{height}px"></div>')
    caption = (
        f"One row for each rule, horizon {comparison.horizon} sessions; the largest |t| first, positive where what "
        "followed agrees with the claim. A circle: rank correlation (over time where there is one score for all "
        "securities, or too few to rank), grey where no t can be trusted. A diamond: the rule beside the controls. "
        f"{luck(comparison)}"
    )
    span = f"{known['start'].min()} to {known['end'].max()}" if not known.empty else formats.NONE
    beneath = f"{span} · {len(comparison.table)} rules · data: {comparison.source}"
    meanings = "".join(f"<li>{escape(f'{name}: {text}.')}</li>" for name, text in VERDICTS.items())
    body = [
        header(f"SideBySide of {len(comparison.table)} rules", beneath, comparison.synthetic),
        section(say("How well each rule foretells"), muted(caption) + "".join(parts)),
        section(say("Table"), _table(comparison)),
        section(say("Verdicts"), f"<ul>{meanings}</ul>"),
    ]
    if comparison.notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in comparison.notes)
        body.append(section(say("Notes"), f"<ul>{items}</ul>"))
    body.append("<footer>A study is not a forecast. Made by liangrong (两融).</footer>")
    return document("SideBySide of rules", body, figures, plotly)


def _table(comparison: SideBySide) -> str:
    """Return the table with links, which the markup's own cannot hold."""
    number, percent = formats.number, formats.percent
    head = ("Rule", "Verdict", "Correlation", "t", "Positive", "Spread", "t", "Beside controls", "t", "Best horizon")
    head += ("New a session", "Coverage", "Sessions")
    lines = []
    for row in tuples(comparison.table):
        link = f'<a href="{escape(row.folder)}/report.html">{escape(row.rule)}</a>'
        mark = " *" if row.kind == "market" else ""
        size = row.timing if mark else row.ic
        best = formats.NONE if pd.isna(row.strongest_horizon) else str(int(row.strongest_horizon))
        t, spread_t, slope_t = (t_words(value, row.windows) for value in (row.t, row.spread_t, row.slope_t))
        cells = (
            *(number(size, 4) + mark, t, percent(row.ic_positive, 0), percent(row.spread, sign=True), spread_t),
            *(percent(row.slope, sign=True), slope_t, best),
            *(percent(row.turnover_1, 0), percent(row.coverage, 0), formats.count(row.sessions)),
        )
        made = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        lines.append(f'<tr><td class="text">{link}</td><td class="text">{escape(row.verdict)}</td>{made}</tr>')
    top = "".join(f"<th{' class=text' if i < 2 else ''}>{escape(name)}</th>" for i, name in enumerate(head))
    body = f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    return f'<div class="scroll">{body}</div>' + muted(
        f"* correlation over time: {OVER_TIME}. A t in brackets cannot be trusted."
    )
