"""The balance identities of a panel: where they hold, where they miss, and which of them prove something."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..kernels.balances import reconcile
from ..panel.panel import Panel
from ..panel.units import is_index
from ..types import Panel2D, Sessions
from .doubt import Doubt, Place, doubt

WORST = 10
"""Rows of the tables of worst securities and days, per identity."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Something that must hold between published fields.

    Parameters
    ----------
    name : str
        Of the balance that it is about.
    text : str
        The identity in words.
    fields : tuple of str
        The balance first, then what it follows from.
    tolerance : float
        In the unit of the balance: half a unit where whole numbers are added, one where a product was rounded or cut.
    residual : callable
        Panel -> float64 (T, N).
    """

    name: str
    text: str
    fields: tuple[str, ...]
    tolerance: float
    residual: Callable[[Panel], Panel2D]


def _flow(balance: str, inflow: str, outflow: str, tolerance: float = 0.5) -> Identity:
    return Identity(
        name=balance,
        text=f"{balance} = yesterday's + {inflow} - {outflow}",
        fields=(balance, inflow, outflow),
        tolerance=tolerance,
        residual=lambda panel: reconcile(panel[balance], panel[inflow], panel[outflow]),
    )


def _product_residual(panel: Panel) -> Panel2D:
    """Return short_balance - short_volume x close, NaN for an index, whose level is no price."""
    residual = panel["short_balance"] - panel["short_volume"] * panel["close"]
    residual[:, [is_index(symbol) for symbol in panel.symbols]] = np.nan
    return residual


FINANCING_SHARES = _flow("financing_volume", "financing_buy_volume", "financing_repay_volume")
FINANCING = _flow("financing_balance", "financing_buy", "financing_repay")
SHORT = _flow("short_volume", "short_sell", "short_repay")
PRODUCT = Identity(
    name="short_balance",
    text="short_balance = short_volume x close",
    fields=("short_balance", "short_volume", "close"),
    tolerance=1.0,
    residual=_product_residual,
)
TOTAL = Identity(
    name="total_balance",
    text="total_balance = financing_balance + short_balance",
    fields=("total_balance", "financing_balance", "short_balance"),
    tolerance=1.0,
    residual=lambda panel: panel["total_balance"] - (panel["financing_balance"] + panel["short_balance"]),
)
SPREAD = Identity(
    name="spread",
    text="spread = financing_balance - short_balance",
    fields=("spread", "financing_balance", "short_balance"),
    tolerance=1.0,
    residual=lambda panel: panel["spread"] - (panel["financing_balance"] - panel["short_balance"]),
)


def identities_of(panel: Panel) -> list[Identity]:
    """Return the identities for which `panel` has the fields.

    The financing side is judged in shares where the source publishes shares: its value in money was computed here.
    A panel of indices has levels, so nothing is a number of shares times a price.
    """
    financing = FINANCING_SHARES if set(FINANCING_SHARES.fields) <= set(panel.fields) else FINANCING
    priced = [] if all(is_index(symbol) for symbol in panel.symbols) else [PRODUCT]
    wanted = (financing, SHORT, *priced, TOTAL, SPREAD)
    return [one for one in wanted if set(one.fields) <= set(panel.fields)]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One identity on one panel.

    Parameters
    ----------
    summary : dict
        A row of `Audit.identities`.
    bad_days : tuple of Place
        Sessions on which a third or more of at least three securities break it, with the share.
    securities, days : DataFrame
        The worst ones, most misses first.
    """

    summary: dict[str, object]
    bad_days: tuple[Place, ...]
    securities: pd.DataFrame
    days: pd.DataFrame

    @property
    def share(self) -> float:
        """Fraction of the cells in which it holds."""
        return float(str(self.summary["share"]))

    def words(self) -> str:
        """Return how often it holds."""
        return f"`{self.summary['text']}` holds in {self.share:.1%} of {self.summary['cells']} cells"


def judge(panel: Panel, identity: Identity, adjacent: NDArray[np.bool_]) -> Judged:
    """Return how far `identity` holds on `panel`.

    Parameters
    ----------
    panel : Panel
    identity : Identity
    adjacent : bool (T, N)
        Whether the row before is the session before: a difference across a missing session says nothing about a flow
        of one day.

    Notes
    -----
    Cells in which any field is NaN are not judged. An identity with an imputed field proves nothing.
    """
    residual = identity.residual(panel)
    if identity in (FINANCING_SHARES, FINANCING, SHORT):
        residual[~adjacent] = np.nan
    miss = np.abs(residual)
    judged = np.isfinite(miss)
    misses = judged & (miss > identity.tolerance)
    balance = np.abs(panel[identity.fields[0]])
    relative = np.divide(miss, balance, out=np.full(miss.shape, np.nan), where=misses & (balance > 0))
    imputed = [name for name in identity.fields if name in panel.imputed]
    cells, missed = int(judged.sum()), int(misses.sum())
    summary: dict[str, object] = {
        "identity": identity.name,
        "text": identity.text,
        "cells": cells,
        "holds": cells - missed,
        "share": (cells - missed) / cells if cells else np.nan,
        "median_miss": float(np.median(miss[misses])) if missed else 0.0,
        "largest_miss": float(miss[misses].max()) if missed else 0.0,
        "largest_relative_miss": float(np.nanmax(relative)) if np.isfinite(relative).any() else 0.0,
        "proves": f"nothing, imputed: {', '.join(imputed)}" if imputed else "consistency",
    }
    securities = _worst(identity.name, "symbol", np.array(panel.symbols), miss, misses, judged, axis=0)
    days = _worst(identity.name, "date", panel.sessions.astype("datetime64[s]"), miss, misses, judged, axis=1)
    return Judged(summary=summary, bad_days=_bad_days(misses, judged, panel.sessions), securities=securities, days=days)


def _worst(
    identity: str,
    label: str,
    labels: NDArray,
    miss: Panel2D,
    misses: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    *,
    axis: int,
) -> pd.DataFrame:
    """Return the rows or columns with the most misses, the largest miss breaking ties."""
    count = misses.sum(axis=axis)
    largest = np.max(np.where(misses, miss, 0.0), axis=axis, initial=0.0)
    order = np.lexsort((-largest, -count))[:WORST]
    order = order[count[order] > 0]
    cells = judged.sum(axis=axis)[order]
    columns = {"identity": identity, label: labels[order], "cells": cells, "misses": count[order]}
    return pd.DataFrame({**columns, "largest_miss": largest[order]})


def _bad_days(misses: NDArray[np.bool_], judged: NDArray[np.bool_], sessions: Sessions) -> tuple[Place, ...]:
    count = judged.sum(axis=1)
    share = np.divide(misses.sum(axis=1), count, out=np.zeros(len(count)), where=count >= 3)
    return tuple(
        Place(day=str(sessions[t]), words=f"{share[t]:.0%} of {count[t]}") for t in np.flatnonzero(share >= 1.0 / 3.0)
    )


def identity_doubts(judged: Iterable[Judged], least_share: float) -> Iterator[Doubt]:
    """Yield the identities between published fields that hold too rarely, and those that many break on one session.

    The latter are sessions for which the exchange restated the day before.
    """
    proving = [one for one in judged if one.summary["proves"] == "consistency" and one.summary["cells"]]
    rare = [one.words() for one in proving if one.share < least_share]
    yield from doubt("identity_rarely_holds", rare, f"an identity that should hold in {least_share:.0%} of the cells")
    for one in proving:
        detail = f"a third or more of the securities break `{one.summary['text']}`"
        yield from doubt("identity_breaks_by_day", one.bad_days, detail)
