"""What is to be doubted in stored data: impossible prices, shifted rows, wrong units, securities that are none."""

from collections.abc import Iterator

import numpy as np

from ..errors import DateError
from ..panel.panel import Panel
from ..panel.possible import faults, without_faults
from ..panel.tick_grid import ADJUSTED_FROM, off_grid
from ..panel.units import is_index
from ..sources.codes import is_b_share
from ..types import Mask2D
from .doubt import Doubt, Place, doubt
from .limits import FUND_TICK, Move, beyond_limit
from .shift import best_lags
from .unit_rows import rows_in_another_unit

_STOPPED = 20  # sessions without a row at the end, from which a security has stopped


def doubts_of(panel: Panel) -> list[Doubt]:
    """Return what is to be doubted in a panel as imported, by kind.

    Parameters
    ----------
    panel : Panel
        Whatever fields it has: each check needs its own, and is left out where one is missing.
    """
    sound = without_faults(panel)
    checks = (_bars, _moves, _adjusted, _units, _shifted, _stopped, _kinds)
    return [*_values(panel), *(one for check in checks for one in check(sound))]


def _cells(panel: Panel, where: Mask2D, words: str = "") -> list[Place]:
    return [Place(panel.symbols[j], str(panel.sessions[t]), words) for t, j in np.argwhere(where)]


def _values(panel: Panel) -> Iterator[Doubt]:
    found = [(name, fault) for name, values in panel.fields.items() for fault in faults(name, values)]
    places = [one for name, fault in found for one in _cells(panel, fault.where, f"{name} {fault.what}")]
    yield from doubt("impossible_value", places)


def _bars(panel: Panel) -> Iterator[Doubt]:
    if {"high", "low"} <= panel.fields.keys():
        high, low = panel["high"], panel["low"]
        outside = [(panel[name] > high) | (panel[name] < low) for name in ("open", "close") if name in panel]
        yield from doubt("bar_contradicts_itself", _cells(panel, np.any([high < low, *outside], axis=0)))


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
    open_ = [_place(panel, move) for move in moves if not told[move.t, move.j]]
    yield from doubt("move_beyond_limit", open_, "a close beyond the day's limit")
    by_factor = [_place(panel, move) for move in moves if told[move.t, move.j]]
    detail = "a close beyond the day's limit, on a day on which adj_factor changes"
    yield from doubt("action_in_adj_factor_only", by_factor, detail)


def _place(panel: Panel, move: Move) -> Place:
    return Place(panel.symbols[move.j], str(panel.sessions[move.t]), move.words())


def _adjusted(panel: Panel) -> Iterator[Doubt]:
    if "close" not in panel:
        return
    shares = off_grid(panel["close"], FUND_TICK)
    shares[[is_index(symbol) for symbol in panel.symbols]] = 0.0
    found = [
        Place(panel.symbols[j], words=f"{shares[j]:.0%} of closes") for j in np.flatnonzero(shares > ADJUSTED_FROM)
    ]
    detail = "closes lie off the tick of the exchange: the prices are adjusted ones"
    if panel.adjusted:  # known since the import, from the source or from what was paid
        shares = np.array([0.0 if is_index(symbol) else 1.0 for symbol in panel.symbols])
        found, detail = [Place(panel.symbols[j]) for j in np.flatnonzero(shares)], f"the prices are {panel.adjusted}"
    yield from doubt("adjusted_prices", found, detail)
    if panel.actions and found:
        yield from doubt("adjusted_with_actions", found, "adjusted prices beside a table of corporate actions")
    factor = panel.get("adj_factor")
    if factor is not None and found:
        varies = np.nanmax(factor, axis=0, initial=-np.inf) > np.nanmin(factor, axis=0, initial=np.inf) * (1.0 + 1e-9)
        twice = [Place(panel.symbols[j]) for j in np.flatnonzero((shares > ADJUSTED_FROM) & varies)]
        yield from doubt("adjusted_twice", twice)


def _units(panel: Panel) -> Iterator[Doubt]:
    odd = rows_in_another_unit(panel)
    places = [one for name, where in odd.items() for one in _cells(panel, where, name)]
    detail = "rows of a security are tens or thousands of times off what stands beside or before them"
    yield from doubt("unit_changes", places, detail)


def _shifted(panel: Panel) -> Iterator[Doubt]:
    shifted = [f"{exchange} by {lag:+d}" for exchange, lag in best_lags(panel).items() if lag]
    detail = "purchases on margin follow the turnover of another session more closely than that of their own"
    yield from doubt("margin_rows_shifted", shifted, detail)


def _stopped(panel: Panel) -> Iterator[Doubt]:
    if "close" not in panel:
        return
    known = ~np.isnan(panel["close"])
    ends = len(panel.sessions) - 1 - known[::-1].argmax(axis=0)
    stopped = np.flatnonzero(known.any(axis=0) & (ends < len(panel.sessions) - _STOPPED))
    places = [Place(panel.symbols[j], str(panel.sessions[ends[j]])) for j in stopped]
    yield from doubt("stops", places, "the last row lies long before the last session")


def _kinds(panel: Panel) -> Iterator[Doubt]:
    yield from doubt("b_shares", [Place(symbol) for symbol in panel.symbols if is_b_share(symbol)])
    indices = [Place(symbol) for symbol in panel.symbols if is_index(symbol)]
    if len(indices) < len(panel.symbols):
        yield from doubt("indices", indices, "no security: a level, and the totals of a market")
