"""The charts of a leaderboard, as plain plotly figures in the style of the reports."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..pages import formats
from ..pages.figures import Figure, axis_of, day_texts, empty_figure, line_of, literal, rounded
from ..pages.labels import shortened
from ..pages.language import say
from .standing import none_has

FANS = (5, 25, 50, 75, 95)
"""Percentiles of the equity curves that are drawn."""

FEWEST_FOR_FAN = 5
"""Trials below which percentiles of them say nothing: each is drawn by itself."""

LONGEST_LABEL = 30
"""Signs of a label in a legend."""

KINDS = {"trial": ("--long", "circle"), "control": ("--short", "diamond")}


def scatter_chart(board: pd.DataFrame) -> Figure:
    """Return annual return against maximum drawdown, one point a trial."""
    figure = empty_figure(height=420)
    for kind, (colour, symbol) in KINDS.items():
        part = board[board["kind"] == kind]
        figure["data"].append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": say("Trials") if kind == "trial" else say("Controls"),
                "x": rounded((-part["max_drawdown"]).astype(float), 5),
                "y": rounded(part["annualised_return"].astype(float), 5),
                "text": [literal(f"{row.trial} {row.label}") for row in part.itertuples()],
                "hovertemplate": "%{text}<br>"
                + say("return {y} a year, drawdown {x}", y="%{y:.1%}", x="%{x:.1%}")
                + "<extra></extra>",
                "marker": {"color": colour, "symbol": symbol, "size": 8 if kind == "trial" else 11, "opacity": 0.8},
            }
        )
    figure["layout"] |= {
        "xaxis": axis_of(say("Maximum drawdown"), tickformat=".0%", rangemode="tozero"),
        "yaxis": axis_of(say("Return a year"), tickformat=".0%", zeroline=True),
        "hovermode": "closest",
    }
    return figure


def heatmap_chart(part: pd.DataFrame, x: str, y: str) -> Figure:
    """Return the mean Sharpe ratio over two parameters; a gap where no trial has that pair."""
    grid = grid_of(part, x, y)
    values = grid.to_numpy(dtype=float)
    most = float(np.nanmax(np.abs(values))) if values.size and np.isfinite(values).any() else 1.0
    figure = empty_figure(height=max(240, 60 + 42 * len(grid)))
    figure["data"] = [
        {
            "type": "heatmap",
            "x": [shown(value) for value in grid.columns],
            "y": [shown(value) for value in grid.index],
            "z": [rounded(row, 3) for row in values],
            "text": [[f"{value:.2f}" if np.isfinite(value) else "" for value in row] for row in values],
            "texttemplate": "%{text}",
            "zmin": -most,
            "zmax": most,
            "colorscale": [[0.0, "--loss"], [0.5, "--card"], [1.0, "--gain"]],
            "showscale": False,  # the cells say it
            "hovertemplate": "%{x}, %{y}: " + say("Sharpe ratio") + " %{z:.2f}<extra></extra>",
        }
    ]
    figure["layout"] |= {
        "xaxis": axis_of(x.rpartition(".")[2], type="category"),
        "yaxis": axis_of(y.rpartition(".")[2], type="category"),
        "hovermode": "closest",
    }
    return figure


def grid_of(part: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Return the mean Sharpe ratio by the values of `y` and `x`; NaN where no trial has that pair."""
    return part.assign(sharpe=part["sharpe"].astype(float)).pivot_table(index=y, columns=x, values="sharpe")


def shown(value: Any) -> str:
    """Return a value of a parameter as a reader writes it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def fan_chart(returns: pd.DataFrame, board: pd.DataFrame) -> Figure:
    """Return percentiles of the equity curves of all trials, the best trial and the controls; 1 at the start.

    Of fewer than `FEWEST_FOR_FAN` trials each has its own line.
    """
    dates = day_texts(returns["date"])
    equity = (1.0 + returns.drop(columns="date")).cumprod()
    figure = empty_figure(height=440)
    own = board[board["kind"] == "trial"]
    labels = [literal(label) for label in shortened(own["label"].tolist(), LONGEST_LABEL)]
    if len(own) < FEWEST_FOR_FAN:
        colours = ("--gain", "--long", "--third", "--muted")
        rows = zip(labels, own["trial"], colours, strict=False)
        figure["data"] += [line_of(str(a), dates, equity[str(k)], c, digits=4, width=2) for a, k, c in rows]
    else:
        figure["data"] += _fan(dates, equity[[str(number) for number in own["trial"]]])
    if len(own) >= FEWEST_FOR_FAN and not none_has(own["sharpe"]):
        told = say("Best over all sessions: {name}", name=labels[0])
        best = line_of(told, dates, equity[str(own["trial"].iloc[0])], "--gain", digits=4)
        figure["data"].append({**best, "line": {"color": "--gain", "width": 2}})
    for place, row in enumerate(board[board["kind"] == "control"].itertuples()):
        name = literal(row.label)
        line = line_of(name, dates, equity[str(row.trial)], "--short", digits=4, dash="dot")
        group = {"name": say("Controls"), "legendgroup": "controls", "showlegend": place == 0, "text": name}
        figure["data"].append({**line, **group, "hovertemplate": "%{text} %{y:.3f}<extra></extra>"})
    figure["layout"]["yaxis"] = axis_of(say("Equity, 1 at the start"))
    return figure


def _fan(dates: list[str], equity: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the bands between `FANS` and the median of the curves."""
    bands = np.percentile(equity.to_numpy(), FANS, axis=1)
    names, traces = [f"{share} %" for share in FANS], []
    for place, (low, high) in enumerate(((0, 4), (1, 3))):
        edge = {**line_of(names[low], dates, bands[low], "--long-soft", digits=4), "showlegend": False}
        told = say("{low} to {high} of the trials", low=names[low], high=names[high])
        filled = line_of(told, dates, bands[high], "--long-soft", digits=4)
        traces += [edge, {**filled, "fill": "tonexty", "fillcolor": "--long-soft", "legendrank": place}]
    return [*traces, line_of(say("Median trial"), dates, bands[2], "--long", digits=4, width=2)]


def stress_chart(stress: pd.DataFrame, names: Sequence[str], shown: int = 12) -> Figure:
    """Return the rank of the best trials and the controls under each stress."""
    figure = empty_figure(height=420)
    part = stress[(stress["rank_plain"] <= shown) | (stress["kind"] == "control")]
    for row in part.to_dict("records"):
        ranks: list[Any] = [row[f"rank_{name}"] for name in names]
        colour = "--short" if row["kind"] == "control" else "--gain" if row["keeps_beating"] else "--muted"
        figure["data"].append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": literal(row["label"]),
                "showlegend": False,
                "x": [formats.title(name) for name in names],
                "y": [None if pd.isna(rank) else int(rank) for rank in ranks],
                "line": {"color": colour, "width": 1.6, "dash": "dot" if row["kind"] == "control" else "solid"},
                "text": literal(row["label"]),
                "hovertemplate": "%{text}: " + say("Rank") + " %{y}<extra></extra>",
            }
        )
    figure["layout"] |= {
        "xaxis": axis_of("", type="category"),
        "yaxis": axis_of(say("Rank by Sharpe ratio"), autorange="reversed"),
        "hovermode": "closest",
    }
    return figure
