"""The market of a run as arrays, and what an order or an account reads off them on one session."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import Mask2D, Panel2D, Row
from ._jit import lean
from .admission import Quote
from .prices import limits_of


class MarketArrays(NamedTuple):
    """What a market knows of N securities over T sessions; a field that the data do not have is (0, N)."""

    marks: Panel2D  # CNY, the close carried forward; NaN before the first
    base: Panel2D  # CNY, the price that orders meet; NaN = does not trade
    high: Panel2D  # CNY; absent where orders meet the close
    pre_close: Panel2D  # CNY
    suspended: Panel2D  # 0 or 1
    limit_ratio: Panel2D  # fraction, inf = no limit that session; absent where no limit holds at all
    limit_up: Panel2D  # CNY, as published
    limit_down: Panel2D  # CNY, as published
    financing_eligible: Panel2D  # 0 or 1; absent where everything is
    short_eligible: Panel2D  # 0 or 1; absent where everything is
    volume: Panel2D  # shares
    short_volume: Panel2D  # shares
    haircut: Panel2D  # fraction, as published
    is_st: Panel2D  # 0 or 1
    is_capped: Mask2D  # financing stopped by the float cap
    haircut_cap: Row  # fraction, the rule's
    ticks_per_unit: NDArray[np.int64]  # (N,)
    board: NDArray[np.int64]  # (N,) row of the lots
    is_fund: NDArray[np.bool_]  # (N,)
    lot_minimum: Panel2D  # shares (boards, T)
    lot_step: Panel2D  # shares (boards, T)
    uptick: bool
    volume_share: float  # inf = no limit
    borrow_share: float  # inf = no limit
    own_haircut: float  # the broker's; inf = none
    own_haircut_alone: bool


@lean
def is_listed(eligible: Panel2D, t: int, j: int) -> bool:
    """Tell whether security `j` is on a list on session `t`; everything is where there is none."""
    return eligible.shape[0] == 0 or eligible[t, j] > 0.0


@lean
def limits_at(market: MarketArrays, t: int, j: int) -> tuple[float, float]:
    """Return the price limits of security `j` on session `t`: the published ones, else the rule's; (inf, 0) = none."""
    if market.limit_ratio.shape[0] == 0:
        return np.inf, 0.0
    if market.limit_up.shape[0] > 0 and market.limit_down.shape[0] > 0:
        up, down = market.limit_up[t, j], market.limit_down[t, j]
        if not (np.isnan(up) or np.isnan(down)):
            return up, down
    up, down = limits_of(market.pre_close[t, j], market.limit_ratio[t, j], market.ticks_per_unit[j])
    return (np.inf, 0.0) if np.isnan(up) else (up, down)


@lean
def quote_at(market: MarketArrays, t: int, j: int) -> Quote:
    """Return security `j` as an order of session `t` meets it."""
    price, before = market.base[t, j], market.pre_close[t, j]
    limit_up, limit_down = limits_at(market, t, j)
    return Quote(
        price,
        market.high[t, j] if market.high.shape[0] > 0 else price,
        0.0 if np.isnan(before) or not market.uptick else before,
        limit_up,
        limit_down,
        market.suspended[t, j] > 0.0,
        is_listed(market.financing_eligible, t, j),
        is_listed(market.short_eligible, t, j),
        market.lot_minimum[market.board[j], t],
        market.lot_step[market.board[j], t],
        market.is_capped.shape[0] > 0 and market.is_capped[t, j],
        True,
    )


@lean
def volume_cap(market: MarketArrays, t: int, j: int) -> float:
    """Return the most shares that the orders of session `t` may fill; inf where the volume is not published."""
    if market.volume.shape[0] == 0 or np.isinf(market.volume_share) or np.isnan(market.volume[t, j]):
        return np.inf
    return np.floor(market.volume[t, j] * market.volume_share)


@lean
def borrowable_next(market: MarketArrays, t: int, j: int) -> float:
    """Return the most shares that the account may owe on session t + 1: a share of what is published for `t`."""
    if market.short_volume.shape[0] == 0 or np.isinf(market.borrow_share):
        return np.inf
    known = market.short_volume[t, j] if t >= 0 else 0.0
    return 0.0 if np.isnan(known) else np.floor(known * market.borrow_share)


@lean
def borrowable_row(market: MarketArrays, t: int, out: Row) -> None:
    """Fill `out` (N,) with `borrowable_next` of every security."""
    for j in range(out.size):
        out[j] = borrowable_next(market, t, j)


@lean
def fill_marks(market: MarketArrays, t: int, out: Row) -> None:
    """Fill `out` (N,) with the prices at which every security is valued at a fill of session `t`."""
    before = market.marks[t - 1 if t > 0 else t]
    for j in range(out.size):
        price = market.base[t, j]
        out[j] = before[j] if np.isnan(price) or market.suspended[t, j] > 0.0 else price


@lean
def haircuts(market: MarketArrays, t: int, out: Row) -> None:
    """Fill `out` (N,) with the haircuts (折算率) of session `t`: published or the rule's cap; the broker's if lower."""
    for j in range(out.size):
        cap = market.haircut_cap[j]
        if market.haircut.shape[0] > 0 and not np.isnan(market.haircut[t, j]):
            cap = market.haircut[t, j]
        if market.is_st.shape[0] > 0 and market.is_st[t, j] > 0.0:
            cap = 0.0
        out[j] = market.own_haircut if market.own_haircut_alone or market.own_haircut < cap else cap


@lean
def lots(market: MarketArrays, t: int, minimum: Row, step: Row) -> None:
    """Fill (N,) rows with the least order of each security on session `t` and the step above it."""
    for j in range(minimum.size):
        minimum[j] = market.lot_minimum[market.board[j], t]
        step[j] = market.lot_step[market.board[j], t]
