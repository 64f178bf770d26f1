"""The two walk-forwards side by side: windows that roll, and windows that all begin with the first session."""

import math
from typing import Any

from ..luck.walk import WalkForward
from ..pages import formats
from ..pages.language import Said, again, say, sentences
from ..pages.markup import muted
from ..pages.table_markup import Cell, name_cell, table


def walk_table(luck: Any) -> str:
    """Return both ways of a verdict as a table, and how a change of trial is treated.

    Parameters
    ----------
    luck : Luck
        Of `liangrong.core.luck`.
    """
    head = (
        *(say("The choice looks back"), say("Sharpe ratio"), say("± error"), say("In training")),
        *(
            Cell(say("Kept of it"), tip=say("told where both ratios are larger than their errors")),
            say("Windows"),
            say("Sessions"),
            say("Choice changed"),
        ),
    )
    rows = [
        (
            name_cell(way_of(walk)),
            *(formats.number(value) for value in (walk.sharpe, walk.sharpe_error, walk.in_sample_sharpe)),
            _kept_of(walk, luck.periods_per_year),
            *(formats.count(len(many)) for many in (walk.windows, walk.sessions)),
            changes_of(walk),
        )
        for walk in both(luck)
    ]
    return table(head, rows, texts=1, file="luck.json") + muted(again(change_words(luck.walk_forward)))


def _kept_of(walk: WalkForward, year: float) -> str:
    """Return the ratio in words, or nothing where one of its two figures is within its error of 0: it is noise then."""
    trained = walk.windows[-1].train_stop - walk.windows[0].train_start  # at most; windows overlap
    error = math.sqrt(year / trained)
    is_told = abs(walk.sharpe) > walk.sharpe_error and walk.in_sample_sharpe > error
    return formats.percent(walk.ratio, 0) if is_told else formats.NONE


def changes_of(walk: WalkForward) -> str:
    """Return how many of the windows after the first hold another trial than the one before."""
    after = len(walk.windows) - 1
    if not after:
        return formats.NONE
    return say("{k} of {n}", k=formats.count(round(walk.changes * after)), n=formats.count(after))


def both(luck: Any) -> tuple[WalkForward, WalkForward]:
    """Return the walk-forward as configured, and the other."""
    return luck.walk_forward, luck.other_walk_forward


def way_of(walk: WalkForward) -> Said:
    """Return in words over what a choice looks back."""
    return say("to the first session (anchored)") if walk.anchored else say("over one window (rolling)")


def change_words(walk: WalkForward) -> Said:
    """Return what it costs to take up another trial."""
    if walk.change_cost:
        return say(
            "Each trial is charged its own costs, and each change, with the first purchase, {cost} of the equity.",
            cost=formats.percent(walk.change_cost, 2),
        )
    return say(
        "Each trial is charged its own costs; taking over the positions of another costs nothing here: set "
        "`walk_forward.change_cost`."
    )


def walk_line(luck: Any) -> str:
    """Return both ways in a sentence for the terminal."""
    first, second = (
        say(
            "{way} {sharpe}, after {inside} in training",
            way=way_of(walk),
            sharpe=formats.estimate(walk.sharpe, walk.sharpe_error),
            inside=formats.number(walk.in_sample_sharpe),
        )
        for walk in both(luck)
    )
    told = say("Choosing by the past, Sharpe: looking back {first}; {second}.", first=first, second=second)
    return sentences(told, change_words(luck.walk_forward))
