"""From a panel to the study of behaviour: every table, then the words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from ..inference.means import BOUND
from ..pages.language import say, sentences
from ..panel.panel import Panel
from ..panel.units import is_index
from .group_cells import LEAST, groups_of
from .lag_design import LagDesign
from .margin_flows import SIDES, Flows, flows_of, together, trimmed
from .outcome import Behaviour, main_row
from .responses import ANSWERS, Rows, of_all, of_group, of_security, of_total, placebo_shifts
from .steadiness import large_note, later_half, launch_end, launch_note
from .verdict import Row, judge, side_words

ALL = "all securities"
PLACEBOS = 5
"""Shifted flows of each security that the share of those that stand out is judged by."""

_FIGURES = tuple(f"{name}{more}" for name in ANSWERS for more in ("", "_error", "_t", "_needed", "_p"))
_COUNTS = ("periods", "windows", "securities", "error_lags")
HEADS = {
    "responses": ("side", "method", "of", "model", "lag", *_COUNTS, *_FIGURES),
    "groups": ("side", "kind", "group", "basis", "model", "lag", *_COUNTS, *_FIGURES),
    "securities": (
        *("side", "symbol", "model", "lag", "periods"),
        *(f"{name}{more}" for name in ANSWERS for more in ("", "_error", "_t")),
    ),
    "shares": ("side", "model", "lag", "answer", "securities", "positive", "negative", "placebo"),
}
"""Table -> its columns."""

Series = dict[tuple[str, str], tuple[Flows, int]]
"""Side and name -> the flows of one series, and the row of the first that counts."""

Progress = Callable[[str, int, int], object]
"""Called with what is worked on, what is done and what is to do."""


def study_behaviour(
    panel: Panel, design: LagDesign, start: np.datetime64 | None = None, progress: Progress | None = None
) -> Behaviour:
    """Return what margin buyers and short sellers did after rises and after falls.

    Parameters
    ----------
    panel : Panel
        Completed. Columns of an index are totals, each a series of its own; all others are securities.
    design : LagDesign
    start : datetime64[D], optional
        First day of a flow; the returns before it are history.
    progress : callable(what, done, total), optional

    Raises
    ------
    DataError
        No price, no flow, or too few periods.
    """
    totals = [symbol for symbol in panel.symbols if is_index(symbol)]
    securities = [symbol for symbol in panel.symbols if not is_index(symbol)]
    if len(panel.symbols) and not securities and len(panel.sessions) == 0:
        raise DataError("the data hold no session at all")
    made: dict[str, Rows] = {name: [] for name in HEADS}
    notes: list[str] = []
    periods = _Periods()
    series: Series = {}
    for symbol in totals:
        for side, flows, first in _sides(panel.select([symbol]), design, start, periods, notes):
            made["responses"] += [
                {"side": side, "method": "total", "of": symbol, **row} for row in of_total(flows, design, first)
            ]
            series[side, symbol] = flows, first
    if securities:
        part = panel if not totals else panel.select(securities)
        series |= _of_securities(part, design, start, made, periods, notes, progress)
    tables = {name: pd.DataFrame(rows, columns=list(HEADS[name])) for name, rows in made.items()}
    responses = tables["responses"]
    if responses.empty:
        raise DataError(
            "a study of behaviour needs `financing_balance` or `short_volume`, and the data have no value of them: "
            "import margin tables"
        )
    sides = [side for side in SIDES if (responses["side"] == side).any()]
    mains = {side: main_row(responses[responses["side"] == side]) for side in sides}
    words = [_words(side, row, tables, design, periods.of[side], series) for side, row in mains.items()]
    return Behaviour(
        design=design,
        tables=tables,
        verdicts={side: judge(side, row) for side, row in mains.items()},
        words=sentences(*words),
        span=periods.span,
        source=panel.source,
        synthetic=panel.synthetic,
        notes=tuple(dict.fromkeys(notes)),
    )


def _words(
    side: str, main: Row, tables: Mapping[str, pd.DataFrame], design: LagDesign, span: tuple[str, str], series: Series
) -> str:
    """Return what a side did, and of one series what its later half says of that."""
    told = side_words(side, main, tables, design, span)
    if main["method"] != "total":
        return told
    return sentences(told, *later_half(side, main, *series[side, main["of"]], design))


class _Periods:
    """The first and the last day of the flows that were studied, of all and `of` each side."""

    def __init__(self) -> None:
        self.span = ("", "")
        self.of = dict.fromkeys(SIDES, ("", ""))

    def take(self, side: str, flows: Flows, first: int) -> None:
        known = ~np.isnan(flows.flow[first:]).all(axis=1)
        if known.any():
            days = flows.days[first:][known].astype(str)
            self.of[side], self.span = (
                (min(filter(None, (start, days[0]))), max(end, days[-1])) for start, end in (self.of[side], self.span)
            )


def _sides(
    panel: Panel, design: LagDesign, start: np.datetime64 | None, periods: _Periods, notes: list[str]
) -> Iterator[tuple[str, Flows, int]]:
    """Yield each side that a panel has with its flows and the row of the first flow that counts."""
    for side in SIDES:
        flows = flows_of(panel, side, design)
        if flows is None or np.isnan(flows.flow).all():
            notes.append(say("The data have no flows of the side {side}.", side=say(side)))
            continue
        if flows.is_change:
            notes.append(
                say(
                    "The flow of the side {side} is the change of its stock: purchases are not published.",
                    side=say(side),
                )
            )
        first = 0 if start is None else int(np.searchsorted(flows.days, start))
        if panel.shape[1] == 1:
            first = _counted(side, flows, design, first, notes)
        periods.take(side, flows, first)
        yield side, flows, first


def _counted(side: str, flows: Flows, design: LagDesign, first: int, notes: list[str]) -> int:
    """Return the row of the first flow of one series that counts, and note what is left out and what is large."""
    begins = max(first, launch_end(flows, design))
    told = launch_note(side, flows, first, begins), large_note(side, flows, begins, design)
    notes += [note for note in told if note is not None]
    return begins


def _of_securities(
    panel: Panel,
    design: LagDesign,
    start: np.datetime64 | None,
    made: dict[str, Rows],
    periods: _Periods,
    notes: list[str],
    progress: Progress | None,
) -> Series:
    """Add the rows of all securities as one, pooled, by group and by security; return those as one by side and name."""
    series: Series = {}
    groups = list(groups_of(panel, design)) if panel.shape[1] >= LEAST else []
    for side, flows, first in _sides(panel, design, start, periods, notes):
        report = None if progress is None else lambda done, total, side=side: progress(side, done, total)
        named = panel.symbols[0] if panel.shape[1] == 1 else ALL
        whole = together(flows)
        begins = first if panel.shape[1] == 1 else _counted(side, whole, design, first, notes)
        series[side, named] = whole, begins
        total = of_total(whole, design, begins)
        made["responses"] += [{"side": side, "method": "total", "of": named, **row} for row in total]
        if panel.shape[1] == 1:
            continue
        flows = flows._replace(flow=trimmed(flows.flow, design.winsor))
        every = of_all(flows, design, first)
        made["responses"] += [{"side": side, "of": ALL, **row} for row in every]
        needed = {(row["model"], row["lag"]): row for row in every if row["method"] == "pooled"}
        for group in groups:
            head = {"side": side, "kind": group.kind, "group": group.name, "basis": group.basis}
            for row in of_group(flows, group.inside, design, first):
                if row["periods"] and row["securities"] >= LEAST:
                    like = needed[row["model"], row["lag"]]
                    bounds = {f"{name}_needed": like[f"{name}_needed"] for name in ANSWERS}
                    trusted = min(row["windows"], like["windows"])
                    made["groups"].append({**head, **row, **bounds, "windows": trusted})
        rows = list(_by_security(panel, side, flows, design, first, report))
        made["securities"] += rows
        made["shares"] += _shares(side, rows)
    return series


def _by_security(
    panel: Panel, side: str, flows: Flows, design: LagDesign, first: int, report: Callable[[int, int], object] | None
) -> Iterator[dict[str, Any]]:
    count = len(flows.flow) - first
    shifts = placebo_shifts(count, design.longest + design.errors_over(count))
    shifts = shifts[:: max(1, len(shifts) // PLACEBOS)][:PLACEBOS]
    for j, symbol in enumerate(panel.symbols):
        one = flows.flow[:, j : j + 1], flows.returns[:, j : j + 1]
        for row in of_security(*one, design, first, shifts):
            yield {"side": side, "symbol": symbol, **row}
        if report is not None:
            report(j + 1, len(panel.symbols))


def _shares(side: str, rows: Rows) -> Rows:
    """Return how many securities have a t beyond 1.96, and how many with flows of other dates."""
    found = []
    for asked in dict.fromkeys((row["model"], row["lag"]) for row in rows):
        part = [row for row in rows if (row["model"], row["lag"]) == asked]
        for name in ANSWERS:
            t = np.array([row[f"{name}_t"] for row in part])
            placebo = np.concatenate([row[f"{name}_placebo"] for row in part])
            placebo = placebo[np.isfinite(placebo)]
            head = {"side": side, "model": asked[0], "lag": asked[1], "answer": name, "securities": len(part)}
            shares = {"positive": float((t >= BOUND).mean()), "negative": float((t <= -BOUND).mean())}
            found.append({**head, **shares, "placebo": float((placebo >= BOUND).mean()) if len(placebo) else np.nan})
    return found
