"""What a comparison shows of itself in a notebook."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..notebook import Card, Curve
from ..pages import formats
from ..pages.markup import tuples

SHOWN, DRAWN = 8, 3
"""Rows that are listed, and trials whose equity is drawn."""


def comparison_card(name: str, board: pd.DataFrame, returns: pd.DataFrame, lines: Sequence[str]) -> Card:
    """Return the card of a comparison.

    Parameters
    ----------
    name : str
    board, returns : DataFrame
        As `leaderboard` and `returns_table`.
    lines : sequence of str
        The verdict and the notes.
    """
    rows = [
        (
            str(row.trial),
            f"control: {row.label}" if row.kind == "control" else row.label,
            formats.percent(row.total_return, 1, sign=True),
            formats.number(row.sharpe),
            formats.percent(row.max_drawdown, 1),
        )
        for row in tuples(board.head(SHOWN))
    ]
    more = [f"and {len(board) - SHOWN} more"] if len(board) > SHOWN else []
    drawn = [(row.label, returns[str(row.trial)].to_numpy()) for row in tuples(board.head(DRAWN))]
    return Card(
        f"Comparison {name}: {len(board)} trials and controls, {len(returns)} sessions",
        table=[("trial", "label", "return", "Sharpe", "drawdown"), *rows],
        lines=[*more, *lines],
        curves=[Curve(label, np.cumprod(1.0 + np.nan_to_num(values))) for label, values in drawn],
        caption="growth of 1, by session",
    )
