"""Rows of Taiwan's margin table (信用交易統計 MI_MARGN): lots of 1,000 shares on both sides, flows in the same row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..types import Panel2D, Row, Sessions
from .base import Finding, finding

SHARES_PER_LOT = 1000

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "股票代號": "code",
        "date": "date",
        "日期": "date",
        "融資買進": "financing_bought",
        "融資賣出": "financing_sold",
        "融資現金償還": "financing_repaid_in_cash",
        "融資前日餘額": "financing_before",
        "融資今日餘額": "financing_today",
        "融券買進": "short_bought",
        "融券賣出": "short_sold",
        "融券現券償還": "short_returned",
        "融券前日餘額": "short_before",
        "融券今日餘額": "short_today",
        "註記": "mark",
    }
)
"""Header -> name here; all but code, date and mark are lots."""

LOTS = tuple(name for name in COLUMNS.values() if name not in ("code", "date", "mark"))

LONGEST_BREAK = np.timedelta64(14, "D")
"""Calendar days between two sessions of Taiwan at most (Lunar New Year takes up to 12)."""


@dataclass(frozen=True)
class MarginRows:
    """Rows of one or more files, in file order.

    Parameters
    ----------
    days : datetime64[D] (rows,)
    codes : list of str (rows,)
        Such as ``2330``.
    lots : mapping of str to float64 (rows,)
        By the names in `LOTS`; NaN = blank.
    marks : list of str (rows,)
        註記.
    places : list of str (rows,)
    """

    days: Sessions
    codes: list[str]
    lots: Mapping[str, Row]
    marks: list[str]
    places: list[str]


def decide_blanks(rows: MarginRows, where: str) -> tuple[dict[str, Row], list[Finding]]:
    """Return the lots with blanks decided, and what was noticed.

    Notes
    -----
    Since 2026-06 the exchange leaves a zero blank. A row proves it: before + in - out = today holds on both sides with
    blanks as 0. Where it does, blanks become 0; where it does not, they stay NaN.
    """
    filled = {name: np.nan_to_num(column) for name, column in rows.lots.items()}
    financing = _misses(filled, "financing", "financing_bought", "financing_sold", "financing_repaid_in_cash")
    short = _misses(filled, "short", "short_sold", "short_bought", "short_returned")
    holds = (financing == 0) & (short == 0)
    blank = np.any([np.isnan(column) for column in rows.lots.values()], axis=0)
    decided = {name: np.where(holds, filled[name], column) for name, column in rows.lots.items()}

    def places(mask: NDArray[np.bool_]) -> list[str]:
        return [rows.places[i] for i in np.flatnonzero(mask)]

    zero = "blank cells are 0: before + in - out = today holds in the same row"
    missing = "blank cells stay missing: as 0 they would break before + in - out = today"
    return decided, [
        *finding("blank_is_zero", places(blank & holds), zero, where),
        *finding("missing_value", places(blank & ~holds), missing, where),
        *finding("row_identity_misses", places(~blank & ~holds), "before + in - out is not today: kept", where),
    ]


def _misses(lots: Mapping[str, Row], side: str, taken: str, given: str, repaid: str) -> Row:
    return lots[f"{side}_before"] + lots[taken] - lots[given] - lots[repaid] - lots[f"{side}_today"]


def shares_of(lots: Mapping[str, Row]) -> dict[str, Row]:
    """Return the canonical share fields of `lots`: repayments are both ways of repaying together."""
    in_lots = {
        "financing_volume": lots["financing_today"],
        "financing_buy_volume": lots["financing_bought"],
        "financing_repay_volume": lots["financing_sold"] + lots["financing_repaid_in_cash"],
        "short_volume": lots["short_today"],
        "short_sell": lots["short_sold"],
        "short_repay": lots["short_bought"] + lots["short_returned"],
    }
    return {name: column * SHARES_PER_LOT for name, column in in_lots.items()}


def revised(rows: MarginRows, lots: Mapping[str, Row], where: str) -> list[Finding]:
    """Return a finding about rows whose 前日餘額 is not the 今日餘額 of the security's row one session earlier."""
    session = np.unique(rows.days, return_inverse=True)[1]
    order = np.lexsort((session, np.array(rows.codes)))
    earlier, later = order[:-1], order[1:]
    codes = np.array(rows.codes)
    adjacent = (codes[earlier] == codes[later]) & (session[later] == session[earlier] + 1)
    adjacent &= rows.days[later] - rows.days[earlier] <= LONGEST_BREAK
    moved = np.zeros(len(later), dtype=bool)
    for side in ("financing", "short"):
        gap = lots[f"{side}_before"][later] - lots[f"{side}_today"][earlier]
        moved |= adjacent & np.isfinite(gap) & (gap != 0)
    places = [rows.places[i] for i in np.sort(later[moved])]
    return finding(
        "revised_previous_balance", places, "前日餘額 is not the balance published the session before", where
    )


def eligibility(
    sessions: Sessions, symbols: Sequence[str], rows: MarginRows, row_symbols: Sequence[str]
) -> dict[str, Panel2D]:
    """Return financing_eligible and short_eligible (T, N).

    Notes
    -----
    The mark in the row of a session speaks of the next one: O stops margin purchases (停止融資), X short sales
    (停止融券), ! all trading (停止買賣). Over 2025-11 to 2026-08, of 13,733 rows one session after an O none has a
    margin purchase, while rows with an O do have some; of 20,982 rows after an X seven have a short sale, all on one
    session.
    So eligibility on t is 1 where the table has a row on t that the mark of t-1 does not stop, 0 where that mark stops
    it or there is no row, and NaN on a session whose predecessor is unknown (the first, or one after a break of more
    than `LONGEST_BREAK`).
    """
    shape = (len(sessions), len(symbols))
    column = {symbol: j for j, symbol in enumerate(symbols)}
    t = np.searchsorted(sessions, rows.days)
    j = np.array([column[symbol] for symbol in row_symbols])
    listed = np.zeros(shape, dtype=bool)
    listed[t, j] = True
    known = np.zeros(len(sessions), dtype=bool)
    known[1:] = np.diff(sessions) <= LONGEST_BREAK
    out = {}
    for name, stop in (("financing_eligible", "O!"), ("short_eligible", "X!")):
        stopped = np.zeros(shape, dtype=bool)
        marked = np.array([any(sign in mark for sign in stop) for mark in rows.marks])
        stopped[t[marked], j[marked]] = True
        eligible = listed.copy()
        eligible[1:] &= ~stopped[:-1]
        out[name] = np.where(known[:, None], eligible.astype(float), np.nan)
    return out
