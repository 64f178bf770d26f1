"""Who was observed when: exchanges that miss a session, and securities that stop and come back."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DateError
from ..panel.calendar import mainland
from ..panel.panel import Panel
from ..types import Mask2D, Sessions

MAINLAND = frozenset({"SH", "SZ", "BJ"})
_MARGIN = ("financing_balance", "financing_volume", "short_volume", "short_balance")
_THIN_FROM = 10  # securities on the session before, below which half of them says nothing


def exchange_of(symbol: str) -> str:
    """Return the suffix of a symbol: ``SH``, ``SZ``, ``BJ``, ``TW``."""
    return symbol.rpartition(".")[2]


def observed(panel: Panel) -> Mask2D:
    """Return where a security has a margin balance, or any field at all on a panel without margin balances."""
    names = [name for name in _MARGIN if name in panel.fields and name not in panel.imputed] or list(panel.fields)
    out = np.zeros(panel.shape, dtype=bool)
    for name in names:
        out |= ~np.isnan(panel[name])
    return out


def follows_session_before(panel: Panel) -> tuple[Mask2D, str | None]:
    """Return where the row before is the session before (T, N), and why the calendar could not say, if it could not.

    For the mainland the calendar decides, elsewhere the data's own days are the sessions.
    """
    adjacent = np.ones(panel.shape, dtype=bool)
    adjacent[:1] = False
    ours = [exchange_of(symbol) in MAINLAND for symbol in panel.symbols]
    if not any(ours) or not len(panel.sessions):
        return adjacent, None
    try:
        known = mainland().is_session(panel.sessions)
        if known.all():
            adjacent[:, ours] = mainland().follows(panel.sessions)[:, None]
            return adjacent, None
    except DateError as error:
        return adjacent, str(error)
    odd = panel.sessions[~known]
    return adjacent, f"{len(odd)} days are no session of the mainland, the first {odd[0]}: the data's own days are used"


def coverage_of(panel: Panel, seen: Mask2D, *, by_calendar: bool) -> pd.DataFrame:
    """Return how many securities of each exchange were observed on each session.

    Parameters
    ----------
    panel : Panel
    seen : bool (T, N)
        See `observed`.
    by_calendar : bool
        Take the sessions of a mainland exchange from the calendar, so that a session without any row counts too.

    Returns
    -------
    DataFrame
        exchange, date, securities, state (``full``, ``thin`` = less than half of the session before, ``missing``), from
        the first session on which the exchange was observed to the last one of the data.
    """
    suffix = np.array([exchange_of(symbol) for symbol in panel.symbols])
    tables = [
        _coverage_of_one(str(exchange), panel.sessions, seen[:, suffix == exchange].sum(axis=1), by_calendar)
        for exchange in np.unique(suffix)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["exchange", "date", "state"])


def _coverage_of_one(exchange: str, sessions: Sessions, count: NDArray[np.int64], by_calendar: bool) -> pd.DataFrame:
    active = np.flatnonzero(count)
    if not len(active):
        days, counts = sessions[:0], count[:0]
    else:
        days, counts = sessions[active[0] :], count[active[0] :]
    if len(days) and by_calendar and exchange in MAINLAND:
        whole = mainland().between(days[0], days[-1])
        filled = np.zeros(len(whole), dtype=np.int64)
        filled[np.searchsorted(whole, days)] = counts
        days, counts = whole, filled
    before = np.concatenate([counts[:1], counts[:-1]])
    thin = (before >= _THIN_FROM) & (counts * 2 < before)
    state = np.where(counts == 0, "missing", np.where(thin, "thin", "full"))
    return pd.DataFrame(
        {"exchange": exchange, "date": days.astype("datetime64[s]"), "securities": counts, "state": state}
    )


def gaps_of(panel: Panel, seen: Mask2D) -> pd.DataFrame:
    """Return the gaps of securities that stop being observed and come back.

    Returns
    -------
    DataFrame
        symbol, last_seen, back_on, sessions_missing; a security that stops for good has no gap.
    """
    rows = []
    days = panel.sessions.astype("datetime64[s]")
    for j, symbol in enumerate(panel.symbols):
        on = np.flatnonzero(seen[:, j])
        breaks = np.flatnonzero(np.diff(on) > 1)
        rows += [(symbol, days[on[k]], days[on[k + 1]], int(on[k + 1] - on[k] - 1)) for k in breaks]
    return pd.DataFrame(rows, columns=["symbol", "last_seen", "back_on", "sessions_missing"])
