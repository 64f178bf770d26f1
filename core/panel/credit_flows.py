"""Balances with their flows, prices that ex-dates do not move, the margins of each session: of what costs are made."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..kernels.cost_line import Stock, stock_of
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


def initial_ratios(panel: Panel, side: str) -> NDArray[np.float64]:
    """Return the maintenance ratio with which contracts open on each session (T,), by the least margin."""
    if panel.symbols and all(symbol.endswith(".TW") for symbol in panel.symbols):
        return np.full(len(panel.sessions), 1.0 / TAIWAN_FINANCED if side == "financing" else 1.0 + TAIWAN_SHORT_MARGIN)
    return 1.0 + _margins(panel.sessions, f"{side}_margin_ratio")


def _margins(sessions: Sessions, key: str) -> NDArray[np.float64]:
    rulebook = Rulebook.load()
    first = rulebook.table(key).rows[0]
    return rulebook.series(key, sessions, before=float(first.value))


class BalanceFlows(NamedTuple):
    """A balance without its splits, and prices that ex-dates do not move; float64 (T, N)."""

    stock: Stock
    price: Panel2D  # average of the session, x factor
    level: Panel2D  # last close, x factor
    factor: Panel2D
    splits: Panel2D


def flows_of(panel: Panel, name: str, in_shares: bool) -> BalanceFlows:
    """Return the stock of the balance `name`, with what it takes to price it; DataError without it or a close."""
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
    factor = splits if told is None else carry_forward(told)
    price = product(average, factor)
    stock = stock_of(panel[name] / splits, came / splits, went / splits, price)
    return BalanceFlows(stock, price, product(carry_forward(panel["close"]), factor), factor, splits)


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
        within = np.fmax(np.fmin(average, panel["high"]), panel["low"])
        average = np.where(np.isnan(average), np.nan, within)
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
