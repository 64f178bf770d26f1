"""Whether two results of one scenario are the same, and where they first differ."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..account.tables import make_table
from ..errors import EngineError
from .result import Result

TOLERANCE = 1e-9
"""Relative; the engines are meant to agree to the last digit."""

TABLES = (
    *("equity", "fills", "refusals", "contracts", "margin_events", "forced_sales", "attribution"),
    *("cash_interest", "entitlements", "flows", "concentration", "endings", "trades", "benchmark", "forced_marks"),
)


class Difference(NamedTuple):
    """The first value in which two results differ; row -1 = the number of rows."""

    table: str
    row: int
    column: str
    first: Any
    second: Any


def first_difference(first: Result, second: Result, tolerance: float = TOLERANCE) -> Difference | None:
    """Return where the tables of two results first differ by more than `tolerance`, None where they do not.

    Notes
    -----
    The first by row, then by column, of the first table that differs. NaN equals NaN, NaT equals NaT.
    """
    for name in TABLES:
        ours, theirs = (make_table(name, getattr(of, name)) for of in (first, second))  # an optional one may be None
        difference = difference_in(name, ours, theirs, tolerance)
        if difference is not None:
            return difference
    return None


def difference_in(name: str, first: pd.DataFrame, second: pd.DataFrame, tolerance: float = 0.0) -> Difference | None:
    """Return where two tables of one declaration first differ, as `first_difference`."""
    rows = min(len(first), len(second))
    differs = np.array([_differs(first[c].iloc[:rows], second[c].iloc[:rows], tolerance) for c in first.columns])
    if differs.any():
        row = int(np.argmax(differs.any(axis=0)))
        column = str(first.columns[int(np.argmax(differs[:, row]))])
        return Difference(name, row, column, first[column].iloc[row], second[column].iloc[row])
    if len(first) != len(second):
        return Difference(name, -1, "rows", len(first), len(second))
    return None


def _differs(first: pd.Series, second: pd.Series, tolerance: float) -> np.ndarray:
    if first.dtype.kind != "f":
        a, b = first.to_numpy(), second.to_numpy()
        return (a != b) & ~(pd.isna(a) & pd.isna(b))
    a, b = first.to_numpy(), second.to_numpy()
    return ~np.isclose(a, b, rtol=tolerance, atol=0.0, equal_nan=True)


def must_agree(backtrader: Result, compiled: Result) -> None:
    """Raise EngineError, naming the first difference, where the results of the two engines are not the same."""
    difference = first_difference(backtrader, compiled)
    if difference is None:
        return
    table, row, column, ours, theirs = difference
    where = (
        f"table `{table}` has {ours} rows" if row < 0 else f"table `{table}`, row {row}, column `{column}`: {ours!r}"
    )
    raise EngineError(
        f"the engines differ on `{backtrader.name}`: {where} by backtrader, {theirs!r} by the compiled engine; "
        "please report it with the configuration"
    )
