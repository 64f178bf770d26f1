"""The leaderboard on the terminal: the first rows, and where all of them are."""

from typing import Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.fitting import Fitting
from ..pages.markup import tuples
from .luck_section import track_record
from .standing import differs

SHOWN = 15


def leaderboard_table(comparison: Any) -> Any:
    """Return the first rows of a leaderboard and every control for a rich console of any width.

    Parameters
    ----------
    comparison : Comparison
        Of `liangrong.core.compare.comparing`.
    """
    judged = differs(comparison.board)
    head = ("trial", "label", "return", "Sharpe", *(("judged",) if judged else ()), "drawdown", "calls")
    files = ", and so do the files of the comparison"
    made = Fitting(head, texts={1}, kept=3, left=(), elsewhere=files, title=comparison.config.name)
    board = comparison.board
    shown: pd.DataFrame = board[(board.index < SHOWN) | (board["kind"] == "control")]
    labels = [f"control: {row.label}" if row.kind == "control" else row.label for row in tuples(shown)]
    for row, label in zip(tuples(shown), labels, strict=True):
        made.add_row(
            str(row.trial),
            label,
            formats.percent(row.total_return, 1, sign=True),
            formats.estimate(row.sharpe, row.sharpe_error),
            *((formats.number(row.judged_sharpe),) if judged else ()),
            formats.percent(row.max_drawdown, 1),
            formats.count(row.margin_calls),
        )
    return made


def track_record_line(luck: Any) -> str:
    """Return how long the best trial would have to run before its ratio is told from 0; empty where none has one."""
    if np.isnan(luck.sharpe).all():
        return ""
    best = int(np.nanargmax(luck.sharpe))
    return f"Track record needed by {luck.names[best]} alone before it is told from 0: {track_record(luck, best)}."
