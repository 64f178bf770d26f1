"""The leaderboard on the terminal: the first rows, and where all of them are."""

from shutil import get_terminal_size
from typing import Any

import pandas as pd

from ..pages import formats
from ..pages.markup import tuples

SHOWN = 15


def leaderboard_table(comparison: Any) -> Any:
    """Return the first rows of a leaderboard and every control as a rich table.

    Parameters
    ----------
    comparison : Comparison
        Of `liangrong.core.compare.comparing`.
    """
    from rich.table import Table

    made = Table(title=comparison.config.name, title_justify="left", box=None, pad_edge=False)
    made.add_column("trial", justify="right", no_wrap=True)
    # Labels of grids are long: they are cut, not the figures.
    made.add_column("label", no_wrap=True, overflow="ellipsis", max_width=max(get_terminal_size().columns - 50, 20))
    for head in ("return", "Sharpe", "drawdown", "calls"):
        made.add_column(head, justify="right", no_wrap=True)
    board = comparison.board
    shown: pd.DataFrame = board[(board["rank"] <= SHOWN) | (board["kind"] == "control")]
    for row in tuples(shown):
        made.add_row(
            str(row.trial),
            f"control: {row.label}" if row.kind == "control" else row.label,
            formats.percent(row.total_return, 1, sign=True),
            f"{formats.number(row.sharpe)} ± {formats.number(row.sharpe_error)}",
            formats.percent(row.max_drawdown, 1),
            formats.count(row.margin_calls),
        )
    return made
