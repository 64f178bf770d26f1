"""What one run decides, and where two runs differ."""

import random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...config.run import Config
from ...ideas.own_modules import blaming
from ...panel.panel import Panel
from ...types import Panel2D
from ..compiled import is_event_driven
from ..scenario import Scenario, assemble
from ..scores import score_of, target_weights
from .submitted import Submissions, Submitted, submitted

_ROUNDING = 1e-12
"""Relative: a matrix product of a longer panel may differ in the last digits of rows that are the same."""


class Observed(NamedTuple):
    """The decisions of one run."""

    tables: dict[str, Panel2D]
    """Scores and target weights (T, N) by rows of the history, NaN before the run."""
    orders: Submissions | None
    """Of a strategy that decides session by session."""


class Deviation(NamedTuple):
    """The first decision of one kind that is not what it was."""

    what: str
    row: int
    symbol: str
    before: float | str
    after: float | str


def observe(config: Config, raw: Panel, until: int | None = None, open_end: bool = False, seed: int = 0) -> Observed:
    """Return what a configuration decides over a panel.

    Parameters
    ----------
    config : Config
    raw : Panel
    until, open_end
        As `submitted`.
    seed : int
        Of the random numbers of the process.

    Raises
    ------
    LiangrongError
        Whatever cannot be run as configured, the errors of a user's file among it.
    """
    _seed(seed)
    return observed(assemble(config, raw), until, open_end, seed)


def observed(scenario: Scenario, until: int | None = None, open_end: bool = False, seed: int = 0) -> Observed:
    """Return what a scenario decides; parameters as those of `observe`."""
    _seed(seed)
    score = score_of(scenario)
    tables: dict[str, Panel2D] = {} if score is None else {"score": score}
    if is_event_driven(scenario.strategy):
        return Observed(tables, submitted(scenario, until, open_end))
    with blaming(scenario.strategy, f"strategy `{scenario.config.strategy.name}`"):
        tables["target weight"] = _on_history(target_weights(scenario, score), scenario)
    return Observed(tables, None)


def _seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - what a user's file may draw from


def _on_history(rows: Panel2D, scenario: Scenario) -> Panel2D:
    return np.vstack([np.full((scenario.first, rows.shape[1]), np.nan), rows])


def first_decided(observed: Observed) -> int:
    """Return the first row on which anything is decided; 0 where nothing ever is."""
    rows = [
        int(np.argmax(known)) for table in observed.tables.values() if (known := np.isfinite(table).any(axis=1)).any()
    ]
    rows += [] if observed.orders is None else list(observed.orders.rows)
    return max(min(rows, default=0), 0)


def decided(observed: Observed) -> NDArray[np.intp]:
    """Return the rows on which there is a score, a target weight other than 0, or an order."""
    tables = [np.isfinite(table) & ((table != 0.0) | (what == "score")) for what, table in observed.tables.items()]
    rows = [np.flatnonzero(table.any(axis=1)) for table in tables]
    ordered = [] if observed.orders is None else [row for row, orders in observed.orders.rows.items() if orders]
    return np.unique(np.concatenate([*rows, np.array(ordered, dtype=np.intp)]))


def differences(
    before: Observed, after: Observed, rows: int, order_rows: int, symbols: tuple[str, ...]
) -> list[Deviation]:
    """Return the first difference of each kind of decision, within the first `rows`, of orders `order_rows`."""
    found = [_cell(what, table[:rows], after.tables[what][:rows], symbols) for what, table in before.tables.items()]
    if before.orders is not None and after.orders is not None:
        found.append(_order(before.orders.rows, after.orders.rows, order_rows))
    return [difference for difference in found if difference is not None]


def _cell(what: str, before: Panel2D, after: Panel2D, symbols: tuple[str, ...]) -> Deviation | None:
    differs = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    for t in np.flatnonzero(differs.any(axis=1)):
        for j in np.flatnonzero(differs[t]):
            if not _is_rounding(float(before[t, j]), float(after[t, j]), before[t]):
                return Deviation(what, int(t), symbols[j], float(before[t, j]), float(after[t, j]))
    return None


def _is_rounding(one: float, other: float, row: Any) -> bool:
    """Tell whether two values differ no more than sums of such values in another order do."""
    if not np.isfinite([one, other]).all():
        return False
    scale = max(abs(one), abs(other), float(np.median(np.abs(row[np.isfinite(row)]))))
    return abs(one - other) <= _ROUNDING * scale


def _order(before: dict[int, list[Submitted]], after: dict[int, list[Submitted]], rows: int) -> Deviation | None:
    for row in sorted(row for row in {*before, *after} if row < rows):
        one, other = before.get(row, []), after.get(row, [])
        if one != other:
            return Deviation("orders", row, *_of_session(one, other))
    return None


def _of_session(one: list[Submitted], other: list[Submitted]) -> tuple[str, str, str]:
    """Return the first security whose orders differ, and those; the sequence where no security's do."""
    for symbol in dict.fromkeys(order.symbol for order in [*one, *other]):
        was, became = (
            "; ".join(order.words for order in orders if order.symbol == symbol) or "none" for orders in (one, other)
        )
        if was != became:
            return symbol, was, became
    place = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    was, became = (f"{orders[place].symbol} {orders[place].words} as no. {place + 1}" for orders in (one, other))
    return one[place].symbol, was, became
