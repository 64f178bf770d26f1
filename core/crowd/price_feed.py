"""Prices of a market of many accounts: those of the synthetic market, moved by what the accounts trade, and by shocks.

A session's own moves (night, day, range) are those of the market without accounts; what is added is a shift of the
whole session, and all of it stays: open, high, low and close lie that much higher or lower above the last close,
rounded to the tick and cut at the limits of the day. What a limit cuts off comes on the sessions that follow.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..account.quotes import MarketArrays
from ..account.run_state import RunInput
from ..kernels.prices import limit_prices, round_half_up
from ..kernels.reference import ex_right_price
from ..panel.panel import Panel
from ..types import Panel2D, Row

MOST_IMPACT = 0.10
"""By which the orders of one session move the next, at the most, as a log return."""

_FIELDS = ("open", "high", "low", "close", "pre_close", "limit_up", "limit_down", "amount", "adj_factor", "float_cap")
_OF_MARKET = {"marks": None, "base": "open", "high": "high", "pre_close": "pre_close",
              "limit_up": "limit_up", "limit_down": "limit_down"}  # fmt: skip
"""Field of `MarketArrays` -> that of the panel which it holds."""


class Pushed(NamedTuple):
    """The prices of a session (N,)."""

    open: Row
    high: Row
    low: Row
    close: Row


class PriceFeed:
    """Writes the prices of a session into a panel and into the market that accounts meet, before they meet it.

    Parameters
    ----------
    panel : Panel
        The market without accounts.
    market : MarketArrays
        Made of it.
    setting : RunInput
        Its corporate actions and ends; the last prices of securities that end are changed in place.
    after_delisting : float
        Fraction of the last price that a share counts for which is listed no longer.
    """

    def __init__(self, panel: Panel, market: MarketArrays, setting: RunInput, after_delisting: float) -> None:
        self._base, self._setting, self._left = panel, setting, after_delisting
        self._made = {name: panel[name].copy() for name in _FIELDS}
        self._base_marks, self._ticks = market.marks, market.ticks_per_unit
        self._ratio = _carried(market.limit_ratio)
        backs, views = {}, {}
        for name, of in _OF_MARKET.items():
            original = getattr(market, name)
            back = original.copy() if of is None else self._made[of]
            view = back.view()
            view.flags.writeable = original.flags.writeable  # one type, one compilation
            backs[name], views[name] = back, view
        self._marks: Panel2D = backs["marks"]
        self.market = market._replace(**views)
        """The market whose rows this feed writes."""
        self._last = panel["pre_close"][0].copy()  # CNY, the last closes
        self._owed = np.zeros(len(self._last))  # log return that limits, or a suspension, have kept back

    def write(self, t: int, push: Row) -> None:
        """Write session `t`; `push` (N,) is the log return that is added to its own."""
        base = {name: self._base[name][t] for name in _FIELDS}
        self._owed = self._owed + np.nan_to_num(push)
        last = self._marks[t - 1] if t > 0 else self._last
        reference = self._reference(t, last)
        up, down = self._limit_row(t, reference)
        trades = ~np.isnan(base["close"])
        made = self._pushed(base, reference, up, down, trades)
        self._keep_back(base, made, reference, trades)
        row = {name: array[t] for name, array in self._made.items()}
        for name in Pushed._fields:
            row[name][:] = getattr(made, name)
        row["pre_close"][:] = np.where(np.isnan(base["pre_close"]), np.nan, reference)
        row["limit_up"][:] = np.where(np.isnan(base["limit_up"]), np.nan, up)
        row["limit_down"][:] = np.where(np.isnan(base["limit_down"]), np.nan, down)
        row["amount"][:] = self._amount(t, made)
        closing = np.where(trades, made.close, reference)
        row["float_cap"][:] = base["float_cap"] / self._base_close(t) * closing
        self._grow_factor(t, last, reference)
        dead = self._base_marks[t] == 0.0
        self._marks[t] = np.where(dead, 0.0, np.where(np.isnan(self._base_marks[t]), np.nan, closing))

    def go_on_from(self, other: "PriceFeed") -> None:
        """Take over what another feed of the same market wrote so far."""
        for name, values in self._made.items():
            values[:] = other._made[name]
        self._marks[:], self._owed = other._marks, other._owed.copy()
        self._setting.ends[:] = other._setting.ends

    def fields(self) -> Mapping[str, Panel2D]:
        """Return the fields of the panel as they are now."""
        return self._made

    def panel(self) -> Panel:
        """Return the panel with the prices of this feed."""
        return replace(self._base, fields={**self._base.fields, **self._made})

    def _reference(self, t: int, last: Row) -> Row:
        """Return the ex-right references of session `t`, and let its ends know the last prices."""
        setting, own = self._setting, self._base["pre_close"][t]
        reference = np.where(np.isnan(last), own, last)
        for i in range(setting.action_from[t], setting.action_from[t + 1]):
            j = setting.action_symbol[i]
            terms = setting.action_cash[i], setting.action_ratio[i], int(self._ticks[j])
            reference[j] = ex_right_price(reference[j], *terms, setting.action_rights[i], setting.action_price[i])
        for i in range(setting.end_from[t], setting.end_from[t + 1]):
            end = setting.ends[i]
            end["price"], end["left"] = last[end["symbol"]], self._left * last[end["symbol"]]
        return reference

    def _limit_row(self, t: int, reference: Row) -> tuple[Row, Row]:
        up, down = limit_prices(reference[None, :], self._ratio[t][None, :])
        return up[0], down[0]

    def _pushed(self, base: Mapping[str, Row], reference: Row, up: Row, down: Row, trades: Row) -> Pushed:
        """Return the prices of the session, moved with the reference and by what is owed, inside the limits."""
        shift = reference / base["pre_close"] * np.exp(self._owed)
        moved = {name: np.clip(round_half_up(base[name] * shift), down, up) for name in Pushed._fields}
        moved = {name: np.where(trades, np.maximum(values, 0.01), np.nan) for name, values in moved.items()}
        return Pushed(**moved)

    def _keep_back(self, base: Mapping[str, Row], made: Pushed, reference: Row, trades: Row) -> None:
        """Keep what the session could not take: beyond a tick, of what the close was to be."""
        with np.errstate(invalid="ignore", divide="ignore"):
            wanted = base["close"] / base["pre_close"] * reference * np.exp(self._owed)
            left = np.where(np.abs(wanted - made.close) > 0.01, np.log(wanted / made.close), 0.0)
        self._owed = np.where(trades, left, self._owed)

    def _amount(self, t: int, made: Pushed) -> Row:
        """Return the amount: the volume at the price that lies in the new range as the mean did in the old."""
        base = self._base
        volume, low, high = base["volume"][t], base["low"][t], base["high"][t]
        with np.errstate(invalid="ignore", divide="ignore"):
            place = np.clip((base["amount"][t] / volume - low) / (high - low), 0.0, 1.0)
        place = np.where(high > low, place, 0.0)
        new = round_half_up(volume * (made.low + place * (made.high - made.low)))
        same = (made.low == low) & (made.high == high)
        return np.where(same, base["amount"][t], new)

    def _base_close(self, t: int) -> Row:
        base = self._base
        return np.where(np.isnan(base["close"][t]), base["pre_close"][t], base["close"][t])

    def _grow_factor(self, t: int, last: Row, reference: Row) -> None:
        """Let the adjustment factor grow by last close over reference, as vendors count it."""
        if t == 0:
            return
        factor, setting = self._made["adj_factor"], self._setting
        known = ~np.isnan(factor[t - 1]) & ~np.isnan(factor[t])
        factor[t] = np.where(known, factor[t - 1], factor[t])
        for i in range(setting.action_from[t], setting.action_from[t + 1]):
            j = setting.action_symbol[i]
            factor[t, j] *= last[j] / reference[j]


def _carried(ratio: Panel2D) -> Panel2D:
    """Return the limit ratios with the last known one where a session has none: while a security is suspended."""
    row = np.where(np.isnan(ratio), 0, np.arange(len(ratio))[:, None])
    carried = np.take_along_axis(ratio, np.maximum.accumulate(row, axis=0), axis=0)
    return np.where(np.isnan(carried), np.inf, carried)


def impact_of(feedback: float, net_bought: Row, amount: Row) -> Row:
    """Return by which log return the net purchases of a session move the next (N,).

    `feedback` x net purchases / amount traded, at most `MOST_IMPACT` either way; nothing where nothing was traded.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(amount > 0.0, net_bought / amount, 0.0)
    return np.clip(feedback * share, -MOST_IMPACT, MOST_IMPACT)
