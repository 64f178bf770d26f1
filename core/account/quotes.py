"""The market of a run as arrays, and what an order or an account reads off them on one session."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.options import Options
from ..kernels.jit import lean
from ..kernels.prices import limits_of
from ..types import Mask2D, Panel2D, Row
from .admission import Quote, bought_at, is_impossible, sold_at


class MarketArrays(NamedTuple):
    """What a market knows of N securities over T sessions; a field that the data do not have is (0, N)."""

    marks: Panel2D  # CNY, the close carried forward; NaN before the first
    before: Row  # CNY (N,), the marks of the close before the first session
    base: Panel2D  # CNY, the price that orders meet; NaN = does not trade
    high: Panel2D  # CNY; absent where orders meet the close
    pre_close: Panel2D  # CNY, the ex-right reference
    suspended: Panel2D  # 0 or 1
    fills_at_close: bool  # whether orders meet the close
    day_low: Panel2D  # CNY; with `day_high` only where the account is judged at the day's worst prices
    day_high: Panel2D  # CNY
    limit_ratio: Panel2D  # fraction, inf = no limit that session; absent where no limit holds at all
    limit_up: Panel2D  # CNY, as published
    limit_down: Panel2D  # CNY, as published
    financing_eligible: Panel2D  # 0 or 1; absent where everything is
    short_eligible: Panel2D  # 0 or 1; absent where everything is
    in_universe: Panel2D  # 0 or 1; absent where the run trades no index
    volume: Panel2D  # shares
    short_volume: Panel2D  # shares
    borrowable: Panel2D  # shares that can be borrowed (可融券数量), as the broker states them before the open
    haircut: Panel2D  # fraction, as published
    is_st: Panel2D  # 0 or 1
    is_capped: Mask2D  # financing stopped by the float cap
    is_short_capped: Mask2D  # short sales stopped by the share of the float that is shorted
    haircut_cap: Row  # fraction, the rule's
    index_member: Mask2D  # a member of an index whose shares have a higher cap; absent where no list is known
    index_haircut: float  # fraction, the rule's of those
    st_haircut: float  # fraction, the rule's under special treatment
    is_dear: Mask2D  # of too high a price-earnings ratio, or a loss; absent where the data tell neither
    dear_haircut: Row  # (T,) fraction, the rule's of those; inf before there was one
    fund_ratio: Row  # (T,) the widest limit ratio that a fund can have
    ticks_per_unit: NDArray[np.int64]  # (N,)
    board: NDArray[np.int64]  # (N,) row of the lots
    is_fund: NDArray[np.bool_]  # (N,)
    fee_class: NDArray[np.int64]  # (N,) as in `schedule`
    lot_minimum: Panel2D  # shares (boards, T)
    lot_step: Panel2D  # shares (boards, T)
    uptick: Panel2D  # 0 or 1: (2, T), of shares and of funds
    ends_due: NDArray[np.int64]  # (N,) session at whose close contracts on a security that ends fall due
    ends_at: NDArray[np.int64]  # (N,) session from which on it is listed no longer
    options: Options
    own_haircut: float  # the broker's; inf = none
    own_haircut_alone: bool


@lean
def is_listed(eligible: Panel2D, t: int, j: int) -> bool:
    """Tell whether security `j` is on a list on session `t`; everything is where there is none."""
    return eligible.shape[0] == 0 or eligible[t, j] > 0.0


@lean
def is_struck_off(eligible: Panel2D, t: int, j: int) -> bool:
    """Tell whether a list says on session `t` that security `j` is not on it; a list that says nothing does not."""
    return eligible.shape[0] > 0 and eligible[t, j] == 0.0


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
    highest, lowest = outer_limits(market, t, j, limit_up, limit_down)
    has_floor = market.uptick[1 if market.is_fund[j] else 0, t] > 0.0 and not np.isnan(before)
    return Quote(
        price,
        market.high[t, j] if market.high.shape[0] > 0 else price,
        before if has_floor else 0.0,
        limit_up,
        limit_down,
        market.suspended[t, j] > 0.0,
        is_listed(market.financing_eligible, t, j),
        is_listed(market.short_eligible, t, j),
        market.lot_minimum[market.board[j], t],
        market.lot_step[market.board[j], t],
        market.is_capped.shape[0] > 0 and market.is_capped[t, j],
        market.is_short_capped.shape[0] > 0 and market.is_short_capped[t, j],
        True,
        market.ticks_per_unit[j],
        highest,
        lowest,
        is_listed(market.in_universe, t, j),
    )


@lean
def outer_limits(market: MarketArrays, t: int, j: int, limit_up: float, limit_down: float) -> tuple[float, float]:
    """Return the prices beyond which security `j` cannot have traded on session `t`.

    The limits; of a fund without published ones the widest that any fund has, since its code does not tell them.
    """
    is_published = market.limit_up.shape[0] > 0 and not np.isnan(market.limit_up[t, j])
    if is_published or not market.is_fund[j] or limit_up == np.inf:
        return limit_up, limit_down
    up, down = limits_of(market.pre_close[t, j], market.fund_ratio[t], market.ticks_per_unit[j])
    return max(up, limit_up), min(down, limit_down)


@lean
def volume_cap(market: MarketArrays, t: int, j: int) -> float:
    """Return the most shares that the orders of session `t` may fill; inf where the volume is not published."""
    if market.volume.shape[0] == 0 or np.isinf(market.options.volume_share) or np.isnan(market.volume[t, j]):
        return np.inf
    return np.floor(market.volume[t, j] * market.options.volume_share)


@lean
def borrowable_next(market: MarketArrays, t: int, j: int) -> float:
    """Return the most shares that the account may owe on session t + 1: a share of what is published for `t`."""
    if market.short_volume.shape[0] == 0 or np.isinf(market.options.borrow_share):
        return np.inf
    known = market.short_volume[t, j] if t >= 0 else 0.0
    return 0.0 if np.isnan(known) else np.floor(known * market.options.borrow_share)


@lean
def may_owe(market: MarketArrays, t: int, j: int, owed: float) -> float:
    """Return the most shares that the account may owe at the fills of session `t`, of which it owed `owed` before.

    What the broker states for `t` may be borrowed beside them; where he states nothing, `borrowable_next` is the limit.
    """
    limit, is_beside = lending_limit(market, t, j)
    return owed + limit if is_beside else limit


@lean
def lending_limit(market: MarketArrays, t: int, j: int) -> tuple[float, bool]:
    """Return the shares that can be borrowed at the fills of session `t`, and whether beside what is owed already."""
    supply = _supply(market, t, j)
    return (borrowable_next(market, t - 1, j), False) if np.isnan(supply) else (supply, True)


@lean
def _supply(market: MarketArrays, t: int, j: int) -> float:
    """Return the account's share of what can be borrowed on session `t`; NaN = not known, or not to be used."""
    if market.borrowable.shape[0] == 0 or np.isinf(market.options.borrowable_share):
        return np.nan
    return np.floor(market.borrowable[t, j] * market.options.borrowable_share)


@lean
def borrowable_row(market: MarketArrays, t: int, owed: Row, out: Row) -> None:
    """Fill `out` (N,) with what is expected at the close of `t` to be the most that may be owed on session t + 1.

    As `may_owe`, with what was stated for `t`: for t + 1 nothing is stated yet.
    """
    for j in range(out.size):
        supply = _supply(market, t, j)
        out[j] = borrowable_next(market, t, j) if np.isnan(supply) else owed[j] + supply


@lean
def fill_marks(market: MarketArrays, t: int, out: Row) -> None:
    """Fill `out` (N,) with the prices at which every security is valued at a fill of session `t`."""
    for j in range(out.size):
        price = market.base[t, j]
        if market.suspended[t, j] > 0.0:
            price = market.marks[t, j]  # nothing traded: the mark is the last close, or the ex-right reference
        elif np.isnan(price) or _cannot_have_been(market, t, j):
            before = market.pre_close[t, j]
            last = market.marks[t - 1, j] if t > 0 else market.before[j]
            price = last if np.isnan(before) else before
        out[j] = price


@lean
def _cannot_have_been(market: MarketArrays, t: int, j: int) -> bool:
    """Tell whether the price lies outside the session's limits; a small move, the usual case, is not looked into."""
    price, before = market.base[t, j], market.pre_close[t, j]
    if market.limit_ratio.shape[0] == 0 or not abs(price - before) > 0.04 * before:
        return False
    return is_impossible(quote_at(market, t, j))


@lean
def dealing_prices(market: MarketArrays, t: int, slippage: float, sold: Row, bought: Row) -> None:
    """Fill (N,) rows with the prices that a sale gets and a purchase pays on session `t`; NaN = does not trade."""
    for j in range(sold.size):
        sold[j] = bought[j] = np.nan
        if not (np.isnan(market.base[t, j]) or market.suspended[t, j] > 0.0 or _cannot_have_been(market, t, j)):
            quote = quote_at(market, t, j)
            sold[j], bought[j] = sold_at(quote, slippage), bought_at(quote, slippage)


@lean
def haircuts(market: MarketArrays, t: int, out: Row) -> None:
    """Fill `out` (N,) with the haircuts (折算率) of session `t`: published or the rule's cap; the broker's if lower.

    0 of what is listed no longer.
    """
    for j in range(out.size):
        if t >= market.ends_at[j]:
            out[j] = 0.0
            continue
        cap = market.haircut_cap[j]
        if market.index_member.shape[0] > 0 and market.index_member[t, j]:
            cap = market.index_haircut
        if market.haircut.shape[0] > 0 and not np.isnan(market.haircut[t, j]):
            cap = market.haircut[t, j]
        if market.is_st.shape[0] > 0 and market.is_st[t, j] > 0.0:
            cap = min(cap, market.st_haircut)
        if market.is_dear.shape[0] > 0 and market.is_dear[t, j]:
            cap = min(cap, market.dear_haircut[t])
        out[j] = market.own_haircut if market.own_haircut_alone or market.own_haircut < cap else cap


@lean
def lots(market: MarketArrays, t: int, minimum: Row, step: Row) -> None:
    """Fill (N,) rows with the least order of each security on session `t` and the step above it."""
    for j in range(minimum.size):
        minimum[j] = market.lot_minimum[market.board[j], t]
        step[j] = market.lot_step[market.board[j], t]
