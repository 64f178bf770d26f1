"""The ranks of a comparison's trials under each stress, and who keeps beating the controls."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.figures import Figure
from ..pages.language import say, sentences
from ..pages.markup import muted, section
from ..pages.table_markup import Cell, name_cell, table
from . import charts
from .standing import none_has, none_words

NAMED = 5
"""Trials that the sentence lists."""


def stress_section(comparison: Any, chart: Callable[[str, Figure], str]) -> str:
    """Return the section; empty where no trial was run under stress."""
    stress = comparison.stress
    if stress.empty:
        return ""
    names = [name.removeprefix("rank_") for name in stress.columns if name.startswith("rank_")]
    meanings = "; ".join(
        say("{name}: {meaning}", name=formats.words(one.name), meaning=say(one.words)) for one in comparison.stresses
    )
    caption = say("Rank by Sharpe ratio, the ratio in brackets. {meanings}. No test of luck.", meanings=meanings)
    is_drawn = len(names) > 1 and not _none_ranked(stress)
    drawn = chart("stress", charts.stress_chart(stress, names)) if is_drawn else ""
    head = (say("Name"), say("Kind"), say("Keeps beating"), *(formats.title(name) for name in names))
    made = table(head, _rows(stress, names), texts=3, file="stress.csv")
    return section(say("Ranks under stress"), muted(caption) + drawn + made, lead=_lead(comparison))


def _none_ranked(stress: pd.DataFrame) -> bool:
    return none_has(stress.loc[stress["kind"] == "trial", "sharpe_plain"])


def _lead(comparison: Any) -> str:
    stress = comparison.stress
    if _none_ranked(stress):
        return none_words()
    kept = stress.loc[stress["keeps_beating"], "label"].tolist()
    run, own = (int((table["kind"] == "trial").sum()) for table in (stress, comparison.board))
    told = say(
        "{kept} of {run} trials have a higher Sharpe ratio than every control as they are and under every stress.",
        kept=formats.count(len(kept)),
        run=formats.count(run),
    )
    if kept:
        more = say("{names} and {n} more", names=", ".join(kept[:NAMED]), n=formats.count(len(kept) - NAMED))
        listed = more if len(kept) > NAMED else ", ".join(kept)
        told = sentences(told, say("These are: {names}.", names=listed))
    elif run:
        told = sentences(told, say("A lead over the controls hangs on the terms, where there is one at all."))
    if run < own:
        told = sentences(told, say("The other {n} trials were not run under stress.", n=formats.count(own - run)))
    return told


def _rows(stress: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[str | Cell, ...]]:
    for row in stress.to_dict("records"):
        ranks = (_rank(row[f"rank_{name}"], row[f"sharpe_{name}"]) for name in names)
        yield (
            name_cell(str(row["label"])),
            formats.words(row["kind"]),
            say("yes") if row["keeps_beating"] else formats.NONE,
            *ranks,
        )


def _rank(rank: Any, sharpe: float | None) -> str | Cell:
    if pd.isna(rank):
        return formats.NONE
    return Cell(f"{rank} ({formats.number(sharpe)})", sort=float(rank))
