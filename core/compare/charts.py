"""The charts of a leaderboard, as plain plotly figures in the style of the reports."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..pages.figures import Figure, axis_of, day_texts, empty_figure, line_of, rounded

FANS = (5, 25, 50, 75, 95)
"""Percentiles of the equity curves that are drawn."""

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
                "name": f"{kind}s",
                "x": rounded((-part["max_drawdown"]).astype(float), 5),
                "y": rounded(part["annualised_return"].astype(float), 5),
                "text": [f"{row.trial} {row.label}" for row in part.itertuples()],
                "hovertemplate": "%{text}<br>return %{y:.1%} a year<br>drawdown %{x:.1%}<extra></extra>",
                "marker": {"color": colour, "symbol": symbol, "size": 8 if kind == "trial" else 11, "opacity": 0.8},
            }
        )
    figure["layout"] |= {
        "xaxis": axis_of("Maximum drawdown", tickformat=".0%", rangemode="tozero"),
        "yaxis": axis_of("Return a year", tickformat=".0%", zeroline=True),
        "hovermode": "closest",
    }
    return figure


def heatmap_chart(part: pd.DataFrame, x: str, y: str) -> Figure:
    """Return the mean Sharpe ratio over two parameters; a gap where no trial has that pair."""
    grid = part.assign(sharpe=part["sharpe"].astype(float)).pivot_table(index=y, columns=x, values="sharpe")
    values = grid.to_numpy(dtype=float)
    most = float(np.nanmax(np.abs(values))) if values.size and np.isfinite(values).any() else 1.0
    figure = empty_figure(height=max(240, 60 + 42 * len(grid)))
    figure["data"] = [
        {
            "type": "heatmap",
            "x": [f"{value:g}" if isinstance(value, float) else str(value) for value in grid.columns],
            "y": [f"{value:g}" if isinstance(value, float) else str(value) for value in grid.index],
            "z": [rounded(row, 3) for row in values],
            "text": [[f"{value:.2f}" if np.isfinite(value) else "" for value in row] for row in values],
            "texttemplate": "%{text}",
            "zmin": -most,
            "zmax": most,
            "colorscale": [[0.0, "--loss"], [0.5, "--card"], [1.0, "--gain"]],
            "colorbar": {"title": {"text": "Sharpe"}, "thickness": 12},
            "hovertemplate": "%{x}, %{y}: Sharpe %{z:.2f}<extra></extra>",
        }
    ]
    figure["layout"] |= {
        "xaxis": axis_of(x.rpartition(".")[2], type="category"),
        "yaxis": axis_of(y.rpartition(".")[2], type="category"),
        "hovermode": "closest",
    }
    return figure


def fan_chart(returns: pd.DataFrame, board: pd.DataFrame) -> Figure:
    """Return percentiles of the equity curves of all trials, the best trial and the controls; 1 at the start."""
    dates = day_texts(returns["date"])
    own = [str(number) for number in board.loc[board["kind"] == "trial", "trial"]]
    equity = (1.0 + returns.drop(columns="date")).cumprod()
    bands = np.percentile(equity[own].to_numpy(), FANS, axis=1)
    figure = empty_figure(height=440)
    names = [f"{share} %" for share in FANS]
    for place, (low, high) in enumerate(((0, 4), (1, 3))):
        edge = {**line_of(names[low], dates, bands[low], "--long-soft", digits=4), "showlegend": False}
        filled = line_of(f"{names[low]} to {names[high]} of the trials", dates, bands[high], "--long-soft", digits=4)
        figure["data"] += [edge, {**filled, "fill": "tonexty", "fillcolor": "--long-soft", "legendrank": place}]
    figure["data"].append(line_of("Median trial", dates, bands[2], "--long", digits=4, width=2))
    best = own[0]
    label = board.loc[board["trial"] == int(best), "label"].iloc[0]
    figure["data"].append(line_of(f"Best: {label}", dates, equity[best], "--gain", digits=4, width=2))
    for place, row in enumerate(board[board["kind"] == "control"].itertuples()):
        line = line_of(str(row.label), dates, equity[str(row.trial)], "--short", digits=4, dash="dot")
        own = {"name": "Controls", "legendgroup": "controls", "showlegend": place == 0, "text": str(row.label)}
        figure["data"].append({**line, **own, "hovertemplate": "%{text} %{y:.3f}<extra></extra>"})
    figure["layout"]["yaxis"] = axis_of("Equity, 1 at the start")
    return figure


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
                "name": str(row["label"]),
                "showlegend": False,
                "x": [name.replace("_", " ") for name in names],
                "y": [None if pd.isna(rank) else int(rank) for rank in ranks],
                "line": {"color": colour, "width": 1.6, "dash": "dot" if row["kind"] == "control" else "solid"},
                "hovertemplate": f"{row['label']}: rank %{{y}}<extra></extra>",
            }
        )
    figure["layout"] |= {
        "xaxis": axis_of("", type="category"),
        "yaxis": axis_of("Rank by Sharpe ratio", autorange="reversed"),
        "hovermode": "closest",
    }
    return figure
