"""Rows of the compiled log as columns of the result's tables, all at once: a run may have millions of them."""

from enum import IntEnum
from typing import Any

import numpy as np

from ..types import OrderKind, Refusal, Sessions
from .columns import TABLES
from .order_kinds import FORCED

Columns = dict[str, Any]


def fills_of(rows: np.ndarray, sessions: Sessions, symbols: tuple[str, ...]) -> Columns:
    """Return the columns of `fills`; `rows` are records of FILL."""
    kinds = _names(OrderKind)
    forced = np.array([FORCED + name for name in kinds], dtype=object)
    has_price = (rows["value"] > 0.0) & (rows["shares"] > 0.0)
    return _columns("fills", rows, sessions, symbols) | {
        "kind": np.where(rows["is_forced"] != 0, forced[rows["kind"]], kinds[rows["kind"]]),
        "price": np.where(has_price, rows["price"], np.nan),
    }


def refusals_of(rows: np.ndarray, sessions: Sessions, symbols: tuple[str, ...]) -> Columns:
    """Return the columns of `refusals`, fractional counts of shares cut; `rows` are records of REFUSED."""
    shares = np.where(np.isfinite(rows["shares"]), np.floor(rows["shares"]), 0.0)
    named = {"kind": _names(OrderKind)[rows["kind"]], "reason": _names(Refusal)[rows["reason"]]}
    return _columns("refusals", rows, sessions, symbols) | named | {"shares": shares}


def positions_of(rows: np.ndarray, sessions: Sessions, symbols: tuple[str, ...]) -> Columns:
    """Return the columns of `positions`; `rows` are records of POSITION."""
    return _columns("positions", rows, sessions, symbols)


def _columns(table: str, rows: np.ndarray, sessions: Sessions, symbols: tuple[str, ...]) -> Columns:
    """Return the columns in their order, dates and symbols by their names."""
    named = np.array([*symbols, ""], dtype=object)  # -1 = none
    known = {"date": np.asarray(sessions)[rows["t"]], "symbol": named[rows["symbol"]]}
    return {name: known[name] if name in known else rows[name].copy() for name in TABLES[table].names()}


def _names(codes: type[IntEnum]) -> np.ndarray:
    """Return the name of each code in lower case; codes count from 0."""
    return np.array([code.name.lower() for code in sorted(codes)], dtype=object)
