"""The estimated cost line (成本线) and maintenance ratio (维持担保比例) of what is owed on each security.

Nobody publishes at which prices the securities were bought that today's balances owe, or which collateral lies beside
them. Estimated is each balance by itself: every session's purchases on margin enter at the average price of the
session with the least margin of the day, all of it in the same security; repayments leave by one of two ways.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..kernels.cost_line import Stock, share_below, sums_of
from ..kernels.elementwise import product, ratio
from ..types import Panel2D
from .credit_flows import flows_of, initial_ratios
from .panel import Panel

_WAY_WORDS = {"proportional": "in proportion", "fifo": "first in, first out"}

FIELDS = {
    "financing": {
        "financing_cost": "cost",
        "financing_shares": "shares",
        "estimated_maintenance": "maintenance",
    },
    "short": {"short_cost": "cost", "estimated_short_maintenance": "maintenance"},
}
"""Side -> field of a panel -> what it is of `Leverage`."""

_BALANCES = {"financing": ("financing_balance", "financing_volume"), "short": ("short_volume",)}
"""Side -> the balances of which one suffices for its estimate, beside the close."""

ESTIMATED = {name: " or ".join(_BALANCES[side]) for side, names in FIELDS.items() for name in names}
"""Field that can be estimated -> the balances of which one is needed."""


class _Judged(NamedTuple):
    """What each session's purchases, or short sales, are judged by: see `share_below`."""

    stock: Stock
    ratio: Panel2D
    weight: Panel2D
    level: Panel2D


@dataclass(frozen=True, kw_only=True, eq=False)
class Leverage:
    """One side of the market: what is owed, at which cost, with which maintenance ratio.

    Parameters
    ----------
    side : {"financing", "short"}
    way : {"proportional", "fifo"}
    cost : float64 (T, N), CNY per share
        Of financed shares what they cost, of short ones what they brought; in prices of the session.
    shares : float64 (T, N), shares
        Bought on margin and not repaid; a dividend counts as the shares that it would have bought on its ex-date. Of
        the short side those owed.
    owed : float64 (T, N), CNY
        The debt; of the short side the shares at the last close.
    maintenance : float64 (T, N), fraction
        Collateral over what is owed.
    opening : float64 (T, N), fraction
        Part of the balance that dates from the first session of the data, whose cost is not known: it entered at the
        price of that session.

    Notes
    -----
    NaN where the security has no balance on the session, or no price of it is known, or no factor where the data have
    factors; the cost and the ratio of a balance of 0 are NaN.
    """

    side: str
    way: str
    cost: Panel2D
    shares: Panel2D
    owed: Panel2D
    maintenance: Panel2D
    opening: Panel2D
    _judged: _Judged = field(repr=False)

    def share_below(self, line: float, move: float = 0.0, start: int = 0) -> Panel2D:
        """Return the part of what is owed whose ratio lies below a line after a move of the price.

        Parameters
        ----------
        line : float, fraction
            Such as 1.30.
        move : float, fraction
            How far all prices move against the debtors: a fall of financed ones, a rise of short ones.
        start : int
            First row; earlier ones are NaN.

        Returns
        -------
        float64 (T, N)
            0 to 1, NaN where nothing is owed.

        Notes
        -----
        What entered on one session and is still owed counts as one debtor, with no other collateral: within a
        security the costs are spread as the purchases were over time, and nobody averages his.
        """
        stock, by, weight, level = self._judged
        moved = level * ((1.0 - move) if self.side == "financing" else 1.0 / (1.0 + move))
        found = share_below(stock, by, weight, moved, line, self.way, start=start)
        return np.where(np.isnan(self.owed), np.nan, found)

    def forced(self, line: float, move: float, start: int = 0) -> Panel2D:
        """Return what has to be repaid by forced sales (强制平仓), or bought back, after a move: float64 (T, N), CNY.

        owed x `share_below`: a debtor below the line repays all that he owes, at the prices before the move; who was
        below it already counts as well. An upper bound: some bring collateral, and a broker sells no more than cures.
        """
        return self.owed * self.share_below(line, move, start)


def financing_leverage(panel: Panel, way: str = "proportional", initial: NDArray[np.float64] | None = None) -> Leverage:
    """Return the estimated cost line and maintenance ratio of what is financed.

    Parameters
    ----------
    panel : Panel
        With close and `financing_balance`, or `financing_volume` where no balance is published; `financing_buy` where
        it is known, amount and volume for the average price. Completed or not.
    way : {"proportional", "fifo"}
    initial : float64 (T,), fraction, optional
        Maintenance ratio of what is bought on a session: 1 + the least margin by the rulebook where absent, in Taiwan
        1 / 0.6. Before the record of the rulebook its first margin.

    Raises
    ------
    ConfigError
        Another way.
    DataError
        No balance or no close.

    Notes
    -----
    cost = owed / shares, maintenance = price x shares x initial / owed; of several margins the sum of
    price x shares x initial over what is left. A balance in shares (Taiwan) owes cost x shares / initial.
    Prices are compared over ex-dates where the data tell these (`adjustment`); a balance in shares whose change
    without flows is the contrary of the price's is one of a split. In a suspension the last close stands.
    """
    in_shares = "financing_volume" in panel and (
        "financing_balance" not in panel or "financing_balance" in panel.imputed
    )
    name = "financing_volume" if in_shares else "financing_balance"
    flows = flows_of(panel, name, in_shares)
    by_session = _column(initial_ratios(panel, "financing") if initial is None else initial, panel)
    unit = flows.price if in_shares else 1.0 / flows.price
    owed_each = unit / by_session if in_shares else np.ones(panel.shape)
    second = owed_each if in_shares else product(unit, by_session)
    sums = sums_of(flows.stock, unit, second, way)
    held, level = flows.stock.held, flows.level
    if in_shares:
        cost, shares, owed = ratio(sums.first, held), held * flows.splits, sums.second
        maintenance = ratio(product(level, held), owed)
    else:
        cost, shares, owed = ratio(held, sums.first), sums.first * flows.factor, held
        maintenance = ratio(product(level, sums.second), owed)
    known = np.isfinite(panel[name])
    judged = _Judged(flows.stock, by_session / flows.price, owed_each, level)
    return _leverage("financing", way, known, (cost / flows.factor, shares, owed, maintenance, sums.opening), judged)


def short_leverage(panel: Panel, way: str = "proportional", initial: NDArray[np.float64] | None = None) -> Leverage:
    """Return the same of what is sold short: ratio = (proceeds + margin) / (price x shares owed).

    Parameters
    ----------
    panel : Panel
        With close and `short_volume`; `short_sell` and `short_repay` where they are known.
    way, initial
        As `financing_leverage`: 1 + the least margin of short sales of the session.

    Raises
    ------
    ConfigError, DataError
        As `financing_leverage`.
    """
    flows = flows_of(panel, "short_volume", in_shares=True)
    by_session = _column(initial_ratios(panel, "short") if initial is None else initial, panel)
    pledged = product(flows.price, by_session)
    sums = sums_of(flows.stock, flows.price, pledged, way)
    held = flows.stock.held
    owed = product(flows.level, held)
    cost = ratio(sums.first, held) / flows.factor
    judged = _Judged(flows.stock, pledged, np.ones(panel.shape), 1.0 / flows.level)
    parts = cost, held * flows.splits, owed / flows.factor * flows.splits, ratio(sums.second, owed), sums.opening
    return _leverage("short", way, np.isfinite(panel["short_volume"]), parts, judged)


def estimable(fields: Collection[str]) -> set[str]:
    """Return which fields can be estimated from `fields`; those that are there already are left out."""
    if "close" not in fields:
        return set()
    sides = (side for side, balances in _BALANCES.items() if set(balances) & set(fields))
    return {name for side in sides for name in FIELDS[side]} - set(fields)


def with_leverage(panel: Panel, fields: Collection[str] | None = None, way: str = "proportional") -> Panel:
    """Return the panel with the estimated fields among `fields` that it lacks; all that can be where absent.

    Parameters
    ----------
    panel : Panel
    fields : collection of str, optional
        Such as ``["estimated_maintenance"]``; others than estimated ones do not matter.
    way : {"proportional", "fifo"}

    Returns
    -------
    Panel
        The same object where nothing is added. `imputed` says that they are estimates.

    Raises
    ------
    ConfigError
        Another way.
    """
    wanted = estimable(panel.fields) if fields is None else estimable(panel.fields) & set(fields)
    made: dict[str, Panel2D] = {}
    for side, estimate in (("financing", financing_leverage), ("short", short_leverage)):
        names = {name: part for name, part in FIELDS[side].items() if name in wanted}
        found = estimate(panel, way) if names else None
        made |= {name: getattr(found, part) for name, part in names.items()}
    how = f"estimated from balances, flows and prices; repayments leave {_WAY_WORDS.get(way, way)}"
    return panel.with_fields(made, dict.fromkeys(made, how)) if made else panel


def _column(values: NDArray[np.float64], panel: Panel) -> Panel2D:
    """Return one number for each session as (T, N)."""
    row = np.asarray(values, dtype=np.float64)
    if row.shape != (len(panel.sessions),):
        raise DataError(f"`initial` should hold one ratio per session, {(len(panel.sessions),)}, got {row.shape}")
    return np.ascontiguousarray(np.broadcast_to(row[:, None], panel.shape))


def _leverage(side: str, way: str, known: NDArray[np.bool_], parts: tuple[Panel2D, ...], judged: _Judged) -> Leverage:
    cost, shares, owed, maintenance, opening = (np.where(known, part, np.nan) for part in parts)
    return Leverage(
        side=side,
        way=way,
        cost=cost,
        shares=shares,
        owed=owed,
        maintenance=maintenance,
        opening=opening,
        _judged=judged,
    )
