"""Adjusted prices (复权价) give themselves away: they leave the grid of traded ones, or the price that was paid."""

from collections.abc import Sequence

import numpy as np

from ..panel.panel import Panel
from ..panel.tick_grid import ADJUSTED_FROM, off_grid
from ..panel.unit_ratios import LEAST_DAYS
from ..panel.units import is_index
from .base import Finding
from .codes import is_b_share

_TICK = 0.01
"""CNY, of shares; of funds it is a tenth."""


def adjusted_by_values(panel: Panel) -> tuple[str, tuple[str, ...]]:
    """Return how prices are adjusted as the values tell, empty where nothing tells, and the securities that tell it.

    Notes
    -----
    Traded prices lie on the 0.01 grid (0.001 for funds); nearly no adjusted one does. Forward-adjusted prices that were
    rounded to the grid give themselves away by amount / volume, which leaves low..high before the last ex-date and lies
    inside on the last sessions.
    """
    shares = [j for j, symbol in enumerate(panel.symbols) if _is_share(symbol)]
    if not shares or "close" not in panel:
        return "", ()
    close = panel["close"][:, shares]
    is_off = (off_grid(close, _TICK) > ADJUSTED_FROM) & (np.isfinite(close).sum(axis=0) >= LEAST_DAYS)
    told = tuple(panel.symbols[shares[j]] for j in np.flatnonzero(is_off))
    if told:
        return "adjusted: closes lie off the 0.01 grid of traded prices", told
    told = _left_before(panel, shares)
    return ("adjusted: amount / volume lies outside low..high except on the last sessions" if told else ""), told


def _left_before(panel: Panel, shares: list[int]) -> tuple[str, ...]:
    """Return the securities whose average price leaves low..high on early sessions only."""
    if not {"amount", "volume", "high", "low"} <= set(panel.fields):
        return ()
    amount, volume = panel["amount"], panel["volume"]
    average = np.divide(amount, volume, out=np.full(panel.shape, np.nan), where=(amount > 0) & (volume > 0))
    with np.errstate(invalid="ignore"):
        outside = (average > panel["high"] * 1.02) | (average < panel["low"] * 0.98)
    told = []
    for j in shares:
        rows = np.flatnonzero(np.isfinite(average[:, j]))
        if len(rows) < 4 * LEAST_DAYS:
            continue
        misses = outside[rows, j]
        if misses.mean() > 0.2 and not misses[-LEAST_DAYS:].any():
            told.append(panel.symbols[j])
    return tuple(told)


def _is_share(symbol: str) -> bool:
    """Return whether prices of a symbol lie on the 0.01 grid: a mainland share, no fund, index or B share."""
    code, _, market = symbol.partition(".")
    fund = code[0] in "5" or code[:2] in ("15", "16", "18")
    return market in ("SH", "SZ", "BJ") and not (fund or is_index(symbol) or is_b_share(symbol))


def adjusted_finding(words: str, symbols: Sequence[str], where: str) -> list[Finding]:
    """Return the finding that prices are adjusted; none where `words` are empty."""
    if not words:
        return []
    detail = (
        f"{words}: not the prices that were traded; limits, short balances and dividends cannot be reckoned with them, "
        "and a table of actions would count dividends twice"
    )
    return [
        Finding(kind="adjusted_prices", count=len(symbols), detail=detail, where=where, examples=tuple(symbols[:5]))
    ]
