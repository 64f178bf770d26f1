"""The estimated cost line (成本线) and maintenance ratio (维持担保比例) of what is owed on each security.

Nobody publishes at which prices the securities were bought that today's balances owe, or which collateral lies beside
them. Estimated is each balance by itself: every session's purchases on margin enter at the average price of the
session with the least margin of the day, all of it in the same security; repayments leave by one of two ways.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..kernels.cost_line import Stock, share_below, stock_of, sums_of
from ..kernels.elementwise import product, ratio
from ..kernels.prices import carry_forward
from ..rulebook import Rulebook
from ..types import Panel2D, Sessions
from .ex_right import adjustment
from .panel import Panel

TAIWAN_FINANCED, TAIWAN_SHORT_MARGIN = 0.6, 0.9
"""Taiwan lends 60 % of the price (融資成數) and asks 90 % of the proceeds of a short sale (融券保證金成數).

Source: the rules of the Securities and Futures Bureau for listed securities, from memory; lower for some of them.
"""

_SPLIT = 0.2
"""Logarithm of a change of shares from which it may be a split."""

_FLOWS = {
    "financing_balance": ("financing_buy", "financing_repay"),
    "financing_volume": ("financing_buy_volume", "financing_repay_volume"),
    "short_volume": ("short_sell", "short_repay"),
}
"""Balance -> what enters it and what leaves it."""


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
    NaN where the security has no balance on the session, or none of which a price is known; the cost and the ratio of
    a balance of 0 are NaN.
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
    flows = _flows_of(panel, name, in_shares)
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
    flows = _flows_of(panel, "short_volume", in_shares=True)
    by_session = _column(initial_ratios(panel, "short") if initial is None else initial, panel)
    pledged = product(flows.price, by_session)
    sums = sums_of(flows.stock, flows.price, pledged, way)
    held = flows.stock.held
    owed = product(flows.level, held)
    cost = ratio(sums.first, held) / flows.factor
    judged = _Judged(flows.stock, pledged, np.ones(panel.shape), 1.0 / flows.level)
    parts = cost, held * flows.splits, owed / flows.factor * flows.splits, ratio(sums.second, owed), sums.opening
    return _leverage("short", way, np.isfinite(panel["short_volume"]), parts, judged)


def initial_ratios(panel: Panel, side: str) -> NDArray[np.float64]:
    """Return the maintenance ratio with which contracts open on each session (T,), by the least margin."""
    if panel.symbols and all(symbol.endswith(".TW") for symbol in panel.symbols):
        return np.full(len(panel.sessions), 1.0 / TAIWAN_FINANCED if side == "financing" else 1.0 + TAIWAN_SHORT_MARGIN)
    return 1.0 + _margins(panel.sessions, f"{side}_margin_ratio")


def _margins(sessions: Sessions, key: str) -> NDArray[np.float64]:
    rulebook = Rulebook.load()
    first = rulebook.table(key).rows[0]
    return rulebook.series(key, sessions, before=float(first.value))


class _Flows(NamedTuple):
    """A balance without its splits, and prices that ex-dates do not move."""

    stock: Stock
    price: Panel2D  # average of the session, x factor
    level: Panel2D  # last close, x factor
    factor: Panel2D
    splits: Panel2D


def _flows_of(panel: Panel, name: str, in_shares: bool) -> _Flows:
    if name not in panel or "close" not in panel:
        lacking = name if name not in panel else "close"
        raise DataError(
            f"a cost line needs the field `{lacking}`, which the data do not have; they have "
            f"{', '.join(sorted(panel.fields))}"
        )
    nothing = np.full(panel.shape, np.nan)
    came, went = (panel.fields.get(flow, nothing) for flow in _FLOWS[name])
    average = average_price(panel)
    splits = _splits(panel[name], came, went, average) if in_shares else np.ones(panel.shape)
    told = adjustment(panel)
    factor = splits if told is None else np.nan_to_num(carry_forward(told), nan=1.0)
    price = product(average, factor)
    parts = (panel[name], came, went)
    stock = stock_of(*(part / splits for part in parts) if in_shares else parts, price)
    return _Flows(stock, price, product(carry_forward(panel["close"]), factor), factor, splits)


def average_price(panel: Panel) -> Panel2D:
    """Return the average price of each session (T, N), CNY per share: amount / volume within high and low.

    Notes
    -----
    Where a session traded nothing, the last close; where amount or volume is not known, or prices are adjusted, the
    mean of open, high, low and close, else the close. NaN before the first price of a security.
    """
    close = panel["close"]
    rest = [panel[name] for name in ("open", "high", "low") if name in panel]
    middle = np.mean([*rest, close], axis=0)
    middle = np.where(np.isnan(middle), close, middle)
    if panel.adjusted or not {"amount", "volume"} <= panel.fields.keys():
        return carry_forward(middle)
    average = ratio(panel["amount"], panel["volume"])
    average = np.where(average > 0.0, average, np.nan)
    if {"high", "low"} <= panel.fields.keys():
        average = np.fmax(np.fmin(average, panel["high"]), panel["low"])
    average = np.where(np.isnan(average), middle, average)
    return np.where(np.isnan(average), carry_forward(close), average)


def _splits(volume: Panel2D, came: Panel2D, went: Panel2D, price: Panel2D) -> Panel2D:
    """Return the product of all splits so far (T, N): shares that came without a flow while the price fell by as much.

    Unlike flows of a session that the data lack, after which the price stands where it stood.
    """
    out = np.ones(volume.shape)
    if len(volume) < 2:
        return out
    before, last = (carry_forward(values)[:-1] for values in (volume, price))
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.log((volume - came + went)[1:] / before)
        moved = np.log(price[1:] / last)
        is_split = (np.abs(grown) > _SPLIT) & (np.abs(grown + moved) < 0.3 * np.abs(grown))
    out[1:] = np.exp(np.cumsum(np.where(is_split, grown, 0.0), axis=0))
    return out


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
