"""The ex-right reference price of every session, where a table of corporate actions tells it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..kernels.elementwise import ratio
from ..kernels.prices import carry_forward, ticks_per_unit
from ..kernels.reference import Ex, reference_prices
from ..rulebook import tick_of
from ..types import Board, Panel2D
from .actions import ActionTable
from .panel import Panel


def ex_right(panel: Panel, actions: ActionTable, boards: Sequence[Board]) -> tuple[Panel, Panel2D]:
    """Return the panel with `pre_close` as the ex-right reference (除权除息参考价), and the marks (T, N) in CNY.

    Parameters
    ----------
    panel : Panel
        With close, pre_close and suspended; `Panel.derived` tells which cells of pre_close are only the last close. All
        are where the field is imputed and nothing tells the cells.
    actions : ActionTable
        Of the panel's sessions.
    boards : sequence of Board (N,)
        They tell the tick.

    Notes
    -----
    Sessions without a row have a reference and a mark too. Applied to its own result it changes nothing.
    """
    rows = [(t, *action) for t in sorted(actions.by_session) for action in actions.on(t)]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 6).T
    ex = Ex(*columns[:2].astype(np.int64), *columns[2:].copy())
    is_derived = panel.derived.get("pre_close", np.full(panel.shape, "pre_close" in panel.imputed))
    reference, marks = np.full((2, *panel.shape), np.nan)
    reference_prices(
        panel["close"],
        panel["suspended"],
        panel["pre_close"],
        np.ascontiguousarray(is_derived),
        ex,
        ticks_per_unit([tick_of(board) for board in boards]),
        reference,
        marks,
    )
    imputed = {name: how for name, how in panel.imputed.items() if name != "pre_close"}
    return replace(panel.with_fields({"pre_close": reference}), imputed=imputed, derived={}), marks


def adjustment(panel: Panel) -> Panel2D | None:
    """Return what prices are multiplied by to be compared over ex-dates; None where nothing tells ex-dates.

    It is adj_factor, else the running product of how far each ex-right reference lies below the close before.
    """
    if "adj_factor" in panel:
        return panel["adj_factor"]
    if "close" not in panel or not panel.actions or "pre_close" not in panel or "pre_close" in panel.imputed:
        return None
    close = panel["close"]
    last = np.full(close.shape, np.nan)
    last[1:] = carry_forward(close)[:-1]
    steps: Panel2D = np.nan_to_num(ratio(last, panel["pre_close"]), nan=1.0)
    return np.cumprod(steps, axis=0, dtype=np.float64)
