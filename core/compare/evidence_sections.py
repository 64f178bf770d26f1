"""Return against drawdown, equity over time and the grids of parameters, each with what it says."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import Figure
from ..pages.language import say, sentences
from ..pages.markup import section
from . import charts
from .board_section import short_key
from .standing import none_has, none_words

Chart = Callable[[str, Figure], str]

MOST_HEATMAPS = 8


def chart_sections(comparison: Any, chart: Chart) -> Iterator[str]:
    """Yield the sections on return and drawdown, and on equity."""
    board, returns = comparison.board, comparison.returns
    scatter = chart("scatter", charts.scatter_chart(board))
    yield section(say("Return and drawdown"), scatter, lead=_scatter_lead(board))
    yield section(say("Equity"), chart("fan", charts.fan_chart(returns, board)), lead=_fan_lead(board))


def _scatter_lead(board: pd.DataFrame) -> str:
    """Say how many trials earned more than every control, and fell less deep than every control."""
    if none_has(board.loc[board["kind"] == "trial", "sharpe"]):
        return none_words()
    own, controls = (_known(board[board["kind"] == kind]) for kind in ("trial", "control"))
    if not len(own) or not len(controls):
        return ""
    better = [bool((one > controls).all()) for one in own]
    told = say(
        "{n} of {all} trials earned more and fell less deep than every control.",
        n=formats.count(sum(better)),
        all=formats.count(len(own)),
    )
    if not any(better):
        more = say("Whoever wants more return than the controls pays with a deeper fall, or the other way.")
        return sentences(told, more)
    return sentences(told, say("The section on luck says whether that is more than chance."))


def _known(part: pd.DataFrame) -> np.ndarray:
    """Return (return a year, less the drawdown) of the rows that have both, where more is better; (K, 2)."""
    values = np.column_stack([part["annualised_return"].astype(float), part["max_drawdown"].astype(float)])
    return values[np.isfinite(values).all(axis=1)]


def _fan_lead(board: pd.DataFrame) -> str:
    own = board[board["kind"] == "trial"]
    if none_has(own["sharpe"]):
        return none_words()
    total = own["total_return"].astype(float)
    told = say(
        "Half of the trials ended below {median}, {lost} of {all} lost money; the best by Sharpe ratio over all "
        "sessions ended at {best}.",
        median=formats.percent(float(total.median()), 1, sign=True),
        lost=formats.count(int((total < 0.0).sum())),
        all=formats.count(len(own)),
        best=formats.percent(float(total.iloc[0]), 1, sign=True),
    )
    if len(own) < charts.FEWEST_FOR_FAN:
        return told
    more = say("The best was chosen after the fact: what a choice beforehand may expect is the middle of the fan.")
    return sentences(told, more)


def heatmap_sections(board: pd.DataFrame, chart: Chart) -> Iterator[str]:
    """Yield the Sharpe ratio over the two varied numbers with most values, for each value of the first other key."""
    part = board[board["kind"] == "trial"]
    varied = [name for name in board.columns if "." in name and len(part[name].unique()) > 1]
    numbers = [name for name in varied if part[name].map(lambda value: isinstance(value, int | float)).all()]
    if len(numbers) < 2 or none_has(part["sharpe"]):
        return
    x, y = sorted(numbers, key=lambda name: -part[name].nunique())[:2]
    others = [name for name in varied if name not in (x, y)]
    grids = [("", part)] if not others else list(part.groupby(part[others[0]].astype(str)))[:MOST_HEATMAPS]
    for number, (value, chosen) in enumerate(grids):
        title = _title(x, y, value)
        yield section(
            title, chart(f"heatmap-{number}", charts.heatmap_chart(chosen, x, y)), lead=_heatmap_lead(chosen, x, y)
        )


def _title(x: str, y: str, value: str) -> str:
    names = {"x": short_key(x), "y": short_key(y)}
    if value:
        return say("Sharpe ratio over {x} and {y}: {value}", **names, value=value)
    return say("Sharpe ratio over {x} and {y}", **names)


def _heatmap_lead(part: pd.DataFrame, x: str, y: str) -> str:
    """Say whether the best cell stands alone: a ratio that its neighbours do not share is the luck of one cell."""
    grid = charts.grid_of(part, x, y)
    values = grid.to_numpy(dtype=float)
    if not np.isfinite(values).any():
        return ""
    row, column = (int(place) for place in np.unravel_index(int(np.nanargmax(values)), values.shape))
    beside = _beside(values, row, column)
    told = {"x": f"{short_key(x)} {charts.shown(grid.columns[column])}"}
    told |= {"y": f"{short_key(y)} {charts.shown(grid.index[row])}", "best": formats.number(values[row, column])}
    if not len(beside):
        return say("The highest ratio, {best}, is at {x}, {y}.", **told)
    error = float(part["sharpe_error"].astype(float).median())
    told |= {"beside": formats.number(float(beside.mean())), "error": formats.number(error)}
    best = values[row, column]
    if best - beside.mean() <= error:
        return say(
            "The highest ratio, {best}, is at {x}, {y}; the cells beside it have {beside} on average, within one "
            "standard error ({error}): the exact value matters little.",
            **told,
        )
    if best - beside.max() <= error:
        return say(
            "The highest ratio, {best}, is at {x}, {y}; of the cells beside it only some come within one standard "
            "error ({error}), {beside} on average: it hangs on the exact values.",
            **told,
        )
    return say(
        "The highest ratio, {best}, is at {x}, {y}; no cell beside it comes within one standard error ({error}), "
        "{beside} on average: it stands alone, so do not trust it.",
        **told,
    )


def _beside(values: np.ndarray, row: int, column: int) -> np.ndarray:
    near: Sequence[tuple[int, int]] = [(row + i, column + j) for i, j in ((-1, 0), (1, 0), (0, -1), (0, 1))]
    inside = [values[r, c] for r, c in near if 0 <= r < values.shape[0] and 0 <= c < values.shape[1]]
    return np.array([value for value in inside if np.isfinite(value)])
