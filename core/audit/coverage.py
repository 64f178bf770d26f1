"""Who was observed when: exchanges that miss a session, and securities that stop and come back."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DateError
from ..panel.calendar import mainland
from ..panel.panel import Panel
from ..types import Mask2D, Sessions
from .doubt import Doubt, Place, doubt

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


def rows_of(panel: Panel) -> dict[str, Mask2D]:
    """Return where a security has a margin balance and where it has a price, as far as the panel has either."""
    margin = any(name in panel.fields and name not in panel.imputed for name in _MARGIN)
    out = {"margin" if margin or "close" not in panel else "prices": observed(panel)}
    return {**out, "prices": ~np.isnan(panel["close"])} if margin and "close" in panel else out


def coverage_of(panel: Panel, *, by_calendar: bool) -> pd.DataFrame:
    """Return how many securities of each exchange were observed on each session.

    Parameters
    ----------
    panel : Panel
    by_calendar : bool
        Take the sessions of a mainland exchange from the calendar, so that a session without any row counts too.

    Returns
    -------
    DataFrame
        rows (``margin``, ``prices``), exchange, date, securities, state (``full``, ``thin`` = less than half of the
        session before, ``missing``), from the first session on which the exchange was observed to the last one of the
        data. Balances are published the morning after: on the last session all exchanges may lack them.
    """
    suffix = np.array([exchange_of(symbol) for symbol in panel.symbols])
    tables = []
    for rows, seen in rows_of(panel).items():
        last = len(seen) - (rows == "margin" and len(seen) > 1 and not seen[-1].any() and seen[-2].any())
        for exchange in np.unique(suffix):
            count = seen[:last, suffix == exchange].sum(axis=1)
            one = _coverage_of_one(str(exchange), panel.sessions[:last], count, by_calendar)
            tables.append(one.assign(rows=rows))
    return (
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["rows", "exchange", "date", "state"])
    )


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


def by_exchange(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return a row per exchange and kind of rows: sessions by state, the fewest and most securities of a session."""
    rows = [
        {
            "exchange": exchange,
            "rows": rows,
            "first": days["date"].min(),
            "last": days["date"].max(),
            **{state: int((days["state"] == state).sum()) for state in ("full", "thin", "missing")},
            "fewest": int(days["securities"].min()),
            "most": int(days["securities"].max()),
        }
        for (exchange, rows), days in coverage.groupby(["exchange", "rows"])
    ]
    return pd.DataFrame(rows)


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


def coverage_doubts(coverage: pd.DataFrame, gaps: pd.DataFrame) -> Iterator[Doubt]:
    """Yield what is missing: sessions of an exchange, half of them, and securities that stop and come back."""
    missing = coverage[coverage["state"] == "missing"]
    places = []
    for exchange, cells in missing.groupby("exchange"):
        days = {rows: part["date"].tolist() for rows, part in cells.groupby("rows")}
        same = len({str(one) for one in days.values()}) == 1 and len(days) == coverage["rows"].nunique()
        places += [
            f"exchange {exchange}: no {'security' if same else rows} on {len(on)} sessions, the first {on[0]:%Y-%m-%d}"
            for rows, on in list(days.items())[: 1 if same else None]
        ]
    yield from doubt("exchange_missing", places)
    thin = coverage[coverage["state"] == "thin"]
    few = [
        Place(day=f"{row.date:%Y-%m-%d}", words=f"exchange {row.exchange}: {row.securities} securities")
        for row in thin.itertuples()
    ]
    yield from doubt("thin_session", list(dict.fromkeys(few)))
    yield from doubt(
        "gap",
        [
            Place(str(row.symbol), f"{row.last_seen:%Y-%m-%d}", f"back on {row.back_on:%Y-%m-%d}")
            for row in gaps.itertuples()
        ],
    )
