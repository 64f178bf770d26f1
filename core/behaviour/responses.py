"""What flows did after rises and after falls: one row for each lag, of a total, of all securities, of a group."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..inference.means import BOUND
from ..types import Mask2D, Panel2D
from .lag_design import Lag, LagDesign, lag_name
from .lag_regression import Model, PeriodSums, ShiftedSums, effects, model_of, period_sums, within
from .margin_flows import Flows

ANSWERS = ("up", "down", "difference")
"""After rises, after falls, after falls less after rises."""

SHIFTS, FEWEST_SHIFTS, FEWEST_PERIODS = 199, 39, 30
LEVEL = 0.05
SUM = "sum"

Rows = list[dict[str, Any]]


class Asked(NamedTuple):
    """One question: the regressors, how far back they reach, how often each coefficient counts in each answer."""

    model: str
    lag: str
    reach: int
    columns: tuple[int, ...]
    contrasts: NDArray[np.float64]


def questions(lags: Sequence[Lag]) -> list[Asked]:
    """Return each lag alone, each beside the others, and the sum of all that are beside each other.

    Notes
    -----
    The coefficient of a span is that of each of its periods, so it counts as often in the sum as the span is long.
    """
    count, longest = len(lags), lags[-1][1]
    whole = tuple(range(2 * count))
    widths = np.array([last - first + 1.0 for first, last in lags])
    alone = [_asked("alone", lag_name(lag), lag[1], (k, count + k), np.ones(1)) for k, lag in enumerate(lags)]
    beside = [
        _asked("together", lag_name(lag), longest, whole, one) for lag, one in zip(lags, np.eye(count), strict=True)
    ]
    return [*alone, *beside, _asked("together", SUM, longest, whole, widths)]


def _asked(model: str, lag: str, reach: int, columns: tuple[int, ...], counts: NDArray[np.float64]) -> Asked:
    none = np.zeros_like(counts)
    rises, falls = np.concatenate([counts, none]), np.concatenate([none, counts])
    return Asked(model, lag, reach, columns, np.stack([rises, falls, falls - rises]))


def dicts(table: pd.DataFrame) -> Rows:
    """Return the rows of a table by the names of its columns."""
    names = [str(name) for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.itertuples(index=False, name=None)]


def placebo_shifts(periods: int, edge: int, seed: int = 7) -> list[int]:
    """Return by how many periods flows are moved: `SHIFTS` by chance, none nearer than `edge` to where they belong."""
    allowed = np.arange(edge, periods - edge + 1)
    if len(allowed) < FEWEST_SHIFTS:
        return []
    drawn = np.random.default_rng([seed, periods]).permutation(allowed)[:SHIFTS]
    return sorted(int(shift) for shift in drawn)


def of_total(flows: Flows, design: LagDesign, first: int) -> Rows:
    """Return the rows of one series: totals as they are published, or all securities as one."""
    return [row for _, rows in _measured(flows, design, first, whole=True) for row in rows]


def of_all(flows: Flows, design: LagDesign, first: int) -> Rows:
    """Return the rows of all securities, pooled and within each period; flows as `trimmed` returns them."""
    return [{"method": method, **row} for method, rows in _measured(flows, design, first) for row in rows]


def _measured(flows: Flows, design: LagDesign, first: int, whole: bool = False) -> Iterator[tuple[str, Rows]]:
    periods = len(flows.flow) - first
    error_lags = design.errors_over(periods)
    shifts = placebo_shifts(periods, design.longest + error_lags)
    sums, moved = period_sums(flows.flow, flows.returns, design.lags, first, None, shifts)
    yield ("total" if whole else "pooled"), rows_of(sums, moved, design, error_lags)
    if not whole:
        yield "within", rows_of(*within(sums, moved, design.least), design, error_lags)


def rows_of(sums: PeriodSums, moved: ShiftedSums | None, design: LagDesign, error_lags: int) -> Rows:
    """Return a row for each question; NaN where the data do not suffice for it.

    Notes
    -----
    `up` and `down`: what a flow was more by, for each 1 of return above and below 0. `_t`: over its error. `_p`: the
    share of the shifted flows, and the flow itself, whose |t| is as large; `_needed`: the |t| that 95 % of them do not
    reach, at least 1.96. A flow that lasts, fat tails and restless times make a |t| of 1.96 more frequent than 5 %.
    `windows`: spans of the lag that do not overlap; 0 where the periods leave too few shifts to tell what chance
    reaches, so that no t is trusted.
    """
    periods = int((sums.count > 0).sum())
    head = {"periods": periods, "securities": float(sums.count[sums.count > 0].mean()) if periods else np.nan}
    models: dict[tuple[int, ...], Model | None] = {}
    rows = []
    for asked in questions(design.lags):
        if asked.columns not in models:
            is_enough = periods >= max(FEWEST_PERIODS, 2 * len(asked.columns))
            models[asked.columns] = model_of(sums, asked.columns) if is_enough else None
        row = {
            "model": asked.model,
            "lag": asked.lag,
            **head,
            "windows": periods / asked.reach if moved is None or len(moved.with_flow) else 0.0,
            "error_lags": error_lags,
        }
        rows.append(row | _answers(models[asked.columns], sums, moved, asked.contrasts, error_lags))
    return rows


def _answers(
    model: Model | None,
    sums: PeriodSums,
    moved: ShiftedSums | None,
    contrasts: NDArray[np.float64],
    error_lags: int,
) -> dict[str, float]:
    if model is None:
        return {f"{name}{more}": np.nan for name in ANSWERS for more in ("", "_error", "_t", "_needed", "_p")}
    every = sums.with_flow[None] if moved is None else np.concatenate([sums.with_flow[None], moved.with_flow])
    values, errors = effects(model, every, contrasts, error_lags)
    sizes = np.abs(values / errors)
    found = {}
    for c, name in enumerate(ANSWERS):
        t, placebo = values[0, c] / errors[0, c], sizes[1:, c][np.isfinite(sizes[1:, c])]
        found |= {name: values[0, c], f"{name}_error": errors[0, c], f"{name}_t": t, f"{name}_needed": BOUND}
        found[f"{name}_p"] = np.nan
        if len(placebo) and np.isfinite(t):
            found[f"{name}_needed"] = max(BOUND, np.quantile(placebo, 1.0 - LEVEL, method="higher"))
            found[f"{name}_p"] = (1.0 + (placebo >= abs(t)).sum()) / (1.0 + len(placebo))
    return {name: float(value) for name, value in found.items()}


def of_group(flows: Flows, inside: Mask2D, design: LagDesign, first: int) -> Rows:
    """Return the rows of a group, pooled; without shifts of their own."""
    error_lags = design.errors_over(len(flows.flow) - first)
    sums, _ = period_sums(flows.flow, flows.returns, design.lags, first, inside)
    return rows_of(sums, None, design, error_lags)


def of_security(flow: Panel2D, returns: Panel2D, design: LagDesign, first: int, shifts: Sequence[int]) -> Rows:
    """Return the rows of one security (T, 1) that say most: the first lag alone, and the sum of all.

    `_placebo`: the |t| with each of the shifted flows, in the place of `_needed` and `_p`. Nothing where the security
    has too few periods.
    """
    error_lags = design.errors_over(len(flow) - first)
    sums, moved = period_sums(flow, returns, design.lags, first, None, shifts)
    every = np.concatenate([sums.with_flow[None], moved.with_flow])
    periods = int((sums.count > 0).sum())
    rows = []
    for asked in _telling(design.lags):
        is_enough = periods >= max(2 * FEWEST_PERIODS, 4 * len(asked.columns))
        model = model_of(sums, asked.columns) if is_enough else None
        if model is not None:
            row: dict[str, Any] = {"model": asked.model, "lag": asked.lag, "periods": periods}
            values, errors = effects(model, every, asked.contrasts, error_lags)
            for name, value, error in zip(ANSWERS, values.T, errors.T, strict=True):
                t = value / error
                row |= {name: value[0], f"{name}_error": error[0], f"{name}_t": t[0], f"{name}_placebo": np.abs(t[1:])}
            rows.append(row)
    return rows


def _telling(lags: Sequence[Lag]) -> list[Asked]:
    asked = questions(lags)
    return [asked[0], asked[-1]]
