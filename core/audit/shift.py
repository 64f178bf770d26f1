"""Whether margin rows belong to the session that they stand on: purchases on margin follow the turnover."""

import numpy as np

from ..panel.panel import Panel
from ..panel.units import turnover_of
from ..types import Panel2D
from .coverage import exchange_of

LAGS = (-2, -1, 0, 1, 2)
"""Sessions by which margin rows may stand too late (+) or too early (-)."""

_FEWEST = 60  # pairs below which nothing can be told
_LEAST = 0.3  # correlation that the winner has; of real purchases and turnover it is 0.6 and more
_AHEAD, _ERRORS = 0.1, 4.0  # by which another lag has to win, and in standard errors


def best_lags(panel: Panel) -> dict[str, int]:
    """Return for each exchange the lag at which purchases follow the turnover best; 0 where nothing tells.

    Notes
    -----
    By the correlation of daily changes of logarithms over all securities. Turnover is the amount, else volume x close.
    """
    buy, turnover = panel.get("financing_buy"), turnover_of(panel)
    if buy is None or turnover is None:
        return {}
    moves, traded = _changes(buy), _changes(turnover)
    suffix = np.array([exchange_of(symbol) for symbol in panel.symbols])
    return {str(one): _best(moves[:, suffix == one], traded[:, suffix == one]) for one in np.unique(suffix)}


def _changes(values: Panel2D) -> Panel2D:
    """Return the change of the logarithm from the row before, NaN where either is missing or not positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.where(values > 0.0, values, np.nan))
    out = np.full(values.shape, np.nan)
    out[1:] = logs[1:] - logs[:-1]
    return out


def _best(moves: Panel2D, traded: Panel2D) -> int:
    found = {lag: _correlation(moves, traded, lag) for lag in LAGS}
    best = max(LAGS, key=lambda lag: (found[lag], lag == 0))
    ahead = max(_AHEAD, _ERRORS / np.sqrt(max(np.isfinite(moves + traded).sum(), 1)))
    return best if found[best] > max(_LEAST, found[0] + ahead) else 0


def _correlation(moves: Panel2D, traded: Panel2D, lag: int) -> float:
    """Return the correlation of margin rows with the turnover `lag` sessions before; -1 where there is too little."""
    last = len(moves)
    late, early = moves[max(lag, 0) : last + min(lag, 0)], traded[max(-lag, 0) : last - max(lag, 0)]
    known = ~np.isnan(late + early)
    if known.sum() < _FEWEST:
        return -1.0
    x, y = late[known], early[known]
    spread = float(x.std() * y.std())
    return float(((x - x.mean()) * (y - y.mean())).mean() / spread) if spread > 0.0 else -1.0
