"""Crash risk of the sessions that follow a decision, and of those before it, from market-adjusted returns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..kernels.crash import rolling_crash_risk
from ..kernels.rolling import rolling_std
from ..panel.panel import Panel
from ..types import Panel2D, Row
from .decisions import can_enter
from .design import Design
from .forward import Entry, entry_of, session_returns
from .target import CRASH, Target, WindowTarget

MEASURES = ("ncskew", "duvol", "tail")
"""Of crash risk; the verdict is that of the first, as it was fixed before any data were seen."""

PAST = 60
"""Sessions before a decision that its past skewness and volatility are of."""

_FEWEST_PAST = 20
_TAIL = 1.645
"""Standard deviations below which a normal return lies in one of twenty sessions."""

_KNOWN = 0.75
"""Share of the sessions of a window that need a return: a skewness of few is noise, and suspensions end in jumps."""


def targets_of(traded: Panel, plan: Design) -> tuple[Target, ...]:
    """Return what a design asks for: the return, or each of `MEASURES`.

    Raises
    ------
    DataError
        No price in the panel.
    """
    entry = entry_of(traded, plan.entry)
    return _crash_targets(entry, plan.horizons) if plan.target == CRASH else (Target(entry=entry),)


def _crash_targets(entry: Entry, horizons: Sequence[int]) -> tuple[Target, ...]:
    returns = session_returns(entry, 0)
    together = market_returns(returns)
    own = abnormal(returns, together)
    panels = {horizon: _ahead(own, horizon) for horizon in horizons}
    market = {horizon: _ahead(together[:, None], horizon) for horizon in horizons}
    enters = can_enter(entry, 0, len(returns))
    return tuple(
        WindowTarget(
            entry=entry,
            measure=measure,
            panels={horizon: np.where(enters, panels[horizon][m], np.nan) for horizon in horizons},
            market={horizon: market[horizon][m][:, 0] for horizon in horizons},
        )
        for m, measure in enumerate(MEASURES)
    )


def past_crash_risk(seen: Panel) -> dict[str, Panel2D]:
    """Return the skewness and volatility of the sessions before each decision, as controls (T, N).

    Both of market-adjusted closes: `past_skewness` is their ncskew, higher after crashes.
    """
    returns = session_returns(entry_of(seen, "close"), 0)
    own = abnormal(returns, market_returns(returns))
    blank = np.full(own.shape, np.nan)
    skewness = rolling_crash_risk(own, blank, PAST, min_count=int(_KNOWN * PAST)).ncskew
    return {
        "past_skewness": _later(skewness),
        "past_volatility": _later(rolling_std(own, PAST, min_count=_FEWEST_PAST)),
    }


def market_returns(returns: Panel2D) -> Row:
    """Return the log return of all securities in equal parts, (T,); NaN in sessions with fewer than two."""
    known = ~np.isnan(returns)
    count = known.sum(axis=1)
    total = np.where(known, returns, 0.0).sum(axis=1)
    return np.log1p(np.divide(total, count, out=np.full(len(count), np.nan), where=count > 1))


def abnormal(returns: Panel2D, market: Row) -> Panel2D:
    """Return the log returns less those of the market, (T, N)."""
    return np.log1p(returns) - market[:, None]


def _ahead(returns: Panel2D, horizon: int) -> tuple[Panel2D, ...]:
    """Return each of `MEASURES` of the `horizon` sessions after each row; NaN where they are not all there."""
    limits = -_TAIL * _later(rolling_std(returns, PAST, min_count=_FEWEST_PAST))
    found = rolling_crash_risk(returns, limits, horizon, min_count=max(3, int(_KNOWN * horizon)))
    return tuple(_earlier(values, horizon - 1, _complete(returns)) for values in found)


def _complete(returns: Panel2D) -> int:
    """Return the number of rows up to the last one with a return: those behind the end of the prices have none."""
    known: NDArray[np.int64] = np.flatnonzero(~np.isnan(returns).all(axis=1))
    return int(known[-1]) + 1 if len(known) else 0


def _earlier(values: Panel2D, rows: int, complete: int) -> Panel2D:
    """Return the values of `rows` later, NaN where the window would end behind the first `complete` rows."""
    out = np.full(values.shape, np.nan)
    last = max(0, complete - rows)
    out[:last] = values[rows:complete]
    return out


def _later(values: Panel2D) -> Panel2D:
    """Return the values of the row before."""
    out = np.full(values.shape, np.nan)
    out[1:] = values[:-1]
    return out
