"""What is to be doubted in stored data: impossible prices, shifted rows, wrong units, securities that are none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DateError
from ..panel.panel import Panel
from ..panel.units import is_index
from ..types import Mask2D
from .limits import beyond_limit
from .shift import best_lags

FAIL, NOTE = "fail", "note"
"""A backtest over these data would be wrong; or the reader has to know."""

SHOWN = 5
"""Places that a doubt quotes."""

_GRID_SHARE = 0.05  # closes off the tick above which prices are adjusted; of 120 real securities it was 0.0 or 0.98
_UNIT = 20.0  # times that a day's average price may lie outside its bar before its unit is wrong
_STOPPED = 20  # sessions without a row at the end, from which a security has stopped
_B_SHARES = ("900", "200")


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One kind of thing that should not be.

    Parameters
    ----------
    kind : str
        A short name such as ``move_beyond_limit``.
    verdict : {"fail", "note"}
    count : int
        Cells, rows or securities that it concerns.
    detail, remedy : str
        What is wrong, and what to do about it.
    examples : tuple of str
        The first places.
    """

    kind: str
    verdict: str
    count: int
    detail: str
    remedy: str
    examples: tuple[str, ...]

    def words(self) -> str:
        """Return the doubt as one line."""
        more = f" and {self.count - len(self.examples):,} more" if self.count > len(self.examples) else ""
        return f"{self.kind} x {self.count:,}: {self.detail} ({'; '.join(self.examples)}{more}): {self.remedy}"


def doubts_of(panel: Panel) -> list[Doubt]:
    """Return what is to be doubted in a panel as imported, by kind.

    Parameters
    ----------
    panel : Panel
        Whatever fields it has: each check needs its own, and is left out where one is missing.
    """
    checks = (_bars, _moves, _adjusted, _units, _shifted, _stopped, _kinds)
    return [one for check in checks for one in check(panel)]


def doubt(kind: str, verdict: str, places: Sequence[str], detail: str, remedy: str) -> Iterator[Doubt]:
    """Yield one doubt that counts `places`, none where there is no place."""
    if places:
        shown = tuple(places[:SHOWN])
        yield Doubt(kind=kind, verdict=verdict, count=len(places), detail=detail, remedy=remedy, examples=shown)


def _cells(panel: Panel, where: Mask2D) -> list[str]:
    return [f"{panel.symbols[j]} {panel.sessions[t]}" for t, j in np.argwhere(where)]


def _bars(panel: Panel) -> Iterator[Doubt]:
    if {"high", "low"} <= panel.fields.keys():
        high, low = panel["high"], panel["low"]
        outside = [(panel[name] > high) | (panel[name] < low) for name in ("open", "close") if name in panel]
        where = np.any([high < low, *outside], axis=0)
        detail = "the high lies below the low, or open or close outside both"
        yield from doubt("bar_contradicts_itself", FAIL, _cells(panel, where), detail, "correct the rows")


def _moves(panel: Panel) -> Iterator[Doubt]:
    if "close" not in panel:
        return
    try:
        moves = beyond_limit(panel)
    except DateError:  # before the record of price limits nothing can be told
        return
    factor = panel.get("adj_factor")
    told = np.zeros(panel.shape, dtype=np.bool_)
    if factor is not None:
        told[1:] = np.abs(factor[1:] / factor[:-1] - 1.0) > 1e-6
    remedy = "give the corporate action (`data.actions`), or correct the price"
    open_ = [move.words(panel) for move in moves if not told[move.t, move.j]]
    yield from doubt("move_beyond_limit", FAIL, open_, "a close beyond the day's limit", remedy)
    by_factor = [move.words(panel) for move in moves if told[move.t, move.j]]
    detail = "a close beyond the day's limit, on a day on which adj_factor changes"
    yield from doubt("action_in_adj_factor_only", NOTE, by_factor, detail, "a run needs them in `data.actions` too")


def _adjusted(panel: Panel) -> Iterator[Doubt]:
    if "close" not in panel:
        return
    cents = panel["close"] * 1000.0  # the tick of funds, of which that of shares is a multiple
    known = ~np.isnan(cents)
    off = known & (np.abs(cents - np.round(cents)) > 1e-5 * np.maximum(np.abs(cents), 1.0) ** 0.5)
    shares = np.divide(off.sum(axis=0), known.sum(axis=0), out=np.zeros(len(panel.symbols)), where=known.any(axis=0))
    shares[[is_index(symbol) for symbol in panel.symbols]] = 0.0
    found = [f"{panel.symbols[j]} {shares[j]:.0%} of closes" for j in np.flatnonzero(shares > _GRID_SHARE)]
    detail = "closes lie off the tick of the exchange: the prices are adjusted ones"
    if panel.adjusted:  # known since the import, from the source or from what was paid
        shares = np.array([0.0 if is_index(symbol) else 1.0 for symbol in panel.symbols])
        found, detail = [panel.symbols[j] for j in np.flatnonzero(shares)], f"the prices are {panel.adjusted}"
    remedy = "use them without `data.actions`, for returns only: lots, limits and balances in CNY need unadjusted ones"
    yield from doubt("adjusted_prices", NOTE, found, detail, remedy)
    factor = panel.get("adj_factor")
    if factor is not None and found:
        varies = np.nanmax(factor, axis=0, initial=-np.inf) > np.nanmin(factor, axis=0, initial=np.inf) * (1.0 + 1e-9)
        twice = [panel.symbols[j] for j in np.flatnonzero((shares > _GRID_SHARE) & varies)]
        remedy = "import unadjusted prices, or leave adj_factor out"
        yield from doubt("adjusted_twice", FAIL, twice, "adjusted prices beside an adj_factor that varies", remedy)


def _units(panel: Panel) -> Iterator[Doubt]:
    if {"amount", "volume", "high", "low"} <= panel.fields.keys():
        traded = panel["volume"] > 0.0
        average = np.divide(panel["amount"], panel["volume"], out=np.full(panel.shape, np.nan), where=traded)
        where = (average > panel["high"] * _UNIT) | (average < panel["low"] / _UNIT)
        where[:, [is_index(symbol) for symbol in panel.symbols]] = False
        detail = f"amount / volume lies more than {_UNIT:.0f} times outside low..high"
        yield from doubt("unit_changes", FAIL, _cells(panel, where), detail, "bring the rows to CNY and shares")


def _shifted(panel: Panel) -> Iterator[Doubt]:
    shifted = [f"{exchange} by {lag:+d}" for exchange, lag in best_lags(panel).items() if lag]
    detail = "purchases on margin follow the turnover of another session more closely than that of their own"
    yield from doubt("margin_rows_shifted", FAIL, shifted, detail, "shift the margin rows back by as many sessions")


def _stopped(panel: Panel) -> Iterator[Doubt]:
    if "close" not in panel:
        return
    known = ~np.isnan(panel["close"])
    ends = len(panel.sessions) - 1 - known[::-1].argmax(axis=0)
    stopped = np.flatnonzero(known.any(axis=0) & (ends < len(panel.sessions) - _STOPPED))
    places = [f"{panel.symbols[j]} on {panel.sessions[ends[j]]}" for j in stopped]
    detail = "the last row lies long before the last session"
    yield from doubt("stops", NOTE, places, detail, "what is held then keeps its last price: check for a delisting")


def _kinds(panel: Panel) -> Iterator[Doubt]:
    shares = [symbol for symbol in panel.symbols if symbol.startswith(_B_SHARES) and symbol[-3:] in (".SH", ".SZ")]
    yield from doubt("b_shares", NOTE, shares, "they trade in USD or HKD, and not on margin", "`universe.exclude` them")
    indices = [symbol for symbol in panel.symbols if is_index(symbol)]
    if len(indices) < len(panel.symbols):
        remedy = "`universe.exclude` them, or use them as a benchmark only"
        yield from doubt("indices", NOTE, indices, "no security: a level, and the totals of a market", remedy)
