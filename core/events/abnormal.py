"""Returns by session, and what each is measured against: equal weight, the industry, the security's own controls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..panel.panel import Panel
from ..study.forward import entry_of, session_returns
from ..types import Mask2D, Panel2D, Row
from .event_design import FEWEST_PEERS
from .event_rows import MARKET, Event
from .jumps import jumps_of


@dataclass(frozen=True, kw_only=True)
class Returns:
    """What securities returned, and which of them were near an event of their own.

    Parameters
    ----------
    values : float64 (T, N), fraction
        From the close before to the close; NaN without a trade. The return of the first session after a suspension is
        from the last price before it.
    prices : float64 (T, N)
        Adjusted closes, the last one carried; NaN before the first.
    is_near : bool (T, N)
        Within the window of an event of that security.
    jumps : bool (T, N)
        Of `jumps_of`: `values` are NaN there, and `prices` go on as if there had been no move.
    """

    values: Panel2D
    prices: Panel2D
    is_near: Mask2D
    jumps: Mask2D

    def around(self, events: Sequence[Event], before: int, after: int) -> "Returns":
        """Return the same with what is near these events, in the place of others."""
        is_near = np.zeros(self.values.shape, dtype=bool)
        for event in events:
            if event.j != MARKET:
                is_near[max(0, event.t - before) : event.t + after + 1, event.j] = True
        return replace(self, is_near=is_near)


def returns_of(panel: Panel) -> Returns:
    """Return the returns of a panel, near no event; DataError where it has no close."""
    entry = entry_of(panel, "close")
    values = np.full(panel.shape, np.nan)
    values[1:] = session_returns(entry, 0)[:-1]
    jumps = jumps_of(panel, values)
    prices = _carried(entry.prices) / np.cumprod(np.where(jumps, 1.0 + values, 1.0), axis=0)
    values = np.where(jumps, np.nan, values)
    return Returns(values=values, prices=prices, is_near=np.zeros(panel.shape, dtype=bool), jumps=jumps)


def _carried(prices: Panel2D) -> Panel2D:
    known = np.where(np.isnan(prices), -1, np.arange(len(prices))[:, None])
    last = np.maximum.accumulate(known, axis=0)
    return np.where(last < 0, np.nan, np.take_along_axis(prices, np.maximum(last, 0), axis=0))


class EqualWeight:
    """The mean of all other securities that are not near an event of their own.

    Parameters
    ----------
    returns : Returns
    codes : float64 (T, N), optional
        Industries, where only those of the same one count; NaN = of none, which has no benchmark.
    """

    def __init__(self, returns: Returns, codes: Panel2D | None = None) -> None:
        """Sum up by session, and by industry where there are some."""
        self._returns, self._codes = returns, codes
        values = np.where(returns.is_near, np.nan, returns.values)
        known = ~np.isnan(values)
        filled = np.where(known, values, 0.0)
        count = 1 if codes is None or np.isnan(codes).all() else int(np.nanmax(codes)) + 1
        groups = [known if codes is None else known & (codes == code) for code in range(count)]
        self._sums = np.stack([(filled * group).sum(axis=1) for group in groups], axis=1)
        self._counts = np.stack([group.sum(axis=1) for group in groups], axis=1)

    def path(self, j: int) -> Row:
        """Return what security `j` is measured against by session, (T,); NaN where too few others traded."""
        own, is_near = self._returns.values[:, j], self._returns.is_near[:, j]
        rows = np.arange(len(own))
        code = np.zeros(len(own)) if self._codes is None else self._codes[:, j]
        place = np.where(np.isnan(code), 0, code).astype(np.int64)
        is_in = ~np.isnan(own) & ~is_near
        total = self._sums[rows, place] - np.where(is_in, own, 0.0)
        count = self._counts[rows, place] - is_in
        mean = np.divide(total, count, out=np.full(len(own), np.nan), where=count >= FEWEST_PEERS)
        return np.where(np.isnan(code), np.nan, mean)


def excess(own: Row, benchmark: Row) -> Row:
    """Return what a security earned beyond its benchmark by session, (T,).

    Notes
    -----
    After sessions without a trade the return is measured against what the benchmark earned over all of them ("trade to
    trade", Maynes and Rumsey 1993). NaN where one of the two is.
    """
    grown = np.concatenate([[0.0], np.cumsum(np.where(np.isnan(benchmark), 0.0, benchmark))])
    holes = np.concatenate([[0], np.cumsum(np.isnan(benchmark))])
    traded = ~np.isnan(own)
    ends = np.flatnonzero(traded) + 1
    begins = np.concatenate([ends[:1] - 1, ends[:-1]]) if len(ends) else ends
    out = np.full(len(own), np.nan)
    earned = own[traded] - (grown[ends] - grown[begins])
    out[traded] = np.where(holes[ends] > holes[begins], np.nan, earned)
    return out


def sizes_of(panel: Panel, sessions: int) -> tuple[Panel2D, str]:
    """Return the size of securities (T, N) and what it is in words: float cap, else what was traded lately.

    Raises
    ------
    DataError
        Neither `float_cap` nor `amount` nor `volume` in the panel.
    """
    cap = panel.get("float_cap")
    if cap is not None and not np.isnan(cap).all():
        return cap, "float cap"
    traded = panel.get("amount")
    if traded is None and "volume" in panel:
        traded = panel["volume"] * panel["close"]
    if traded is None:
        raise DataError("matched controls need the field `float_cap`, `amount` or `volume`: measure against `equal`")
    filled, known = np.where(np.isnan(traded), 0.0, traded), ~np.isnan(traded)
    total, count = _trailing(filled, sessions), _trailing(known.astype(np.float64), sessions)
    return np.divide(total, count, out=np.full(panel.shape, np.nan), where=count > 0), "turnover"


def _trailing(values: NDArray[np.float64], sessions: int) -> NDArray[np.float64]:
    total = np.cumsum(values, axis=0)
    total[sessions:] = total[sessions:] - total[:-sessions].copy()
    return total
