"""What the market allows an order: its price, its lot, and the reasons for which no account could trade."""

from typing import NamedTuple

import numpy as np

from ..kernels.jit import jit
from ..types import OrderKind, Refusal
from .order_kinds import OPENING

_SALES = (int(OrderKind.SELL), int(OrderKind.SELL_TO_REPAY), int(OrderKind.SHORT_SELL))
_PURCHASES = (int(OrderKind.BUY), int(OrderKind.MARGIN_BUY), int(OrderKind.BUY_TO_RETURN))
_OPENING = tuple(int(kind) for kind in OPENING)
_MARGIN_BUY = int(OrderKind.MARGIN_BUY)
_SHORT_SELL = int(OrderKind.SHORT_SELL)
_BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)

_DONE = int(Refusal.NONE)
_SUSPENDED = int(Refusal.SUSPENDED)
_LIMIT_UP = int(Refusal.LIMIT_UP)
_LIMIT_DOWN = int(Refusal.LIMIT_DOWN)
_LOT = int(Refusal.LOT)
_NOT_ELIGIBLE = int(Refusal.NOT_ELIGIBLE)
_FLOAT_CAP = int(Refusal.FLOAT_CAP)
_UPTICK = int(Refusal.UPTICK)

_HAIR = 1e-6  # ticks; a product this near to a tick is on it
_HALF_TICK = 0.5  # a price farther than that beyond a limit lies on the next tick at least
_OUT_OF_RANGE = int(Refusal.OUT_OF_RANGE)
_IMPOSSIBLE_PRICE = int(Refusal.IMPOSSIBLE_PRICE)
_NOT_IN_UNIVERSE = int(Refusal.NOT_IN_UNIVERSE)


class Quote(NamedTuple):
    """One security at the moment of a fill."""

    price: float  # CNY, the open or the close that the order meets; NaN = does not trade
    high: float  # CNY, the highest price at which the order could still trade
    floor: float  # CNY, no short sale below it: the last price, on daily bars the previous close; 0 = none
    limit_up: float  # CNY, inf = none
    limit_down: float  # CNY, 0 = none
    is_suspended: bool
    is_financing_eligible: bool
    is_short_eligible: bool
    lot_minimum: float  # shares
    lot_step: float  # shares
    is_capped: bool = False  # financing balance over float cap reached the exchange's limit
    is_short_capped: bool = False  # short volume over float shares reached the exchange's limit
    is_in_range: bool = True  # False: the order states a price at which the session did not trade
    per_unit: int = 100  # ticks per CNY
    highest: float = np.inf  # CNY, above it nothing can have traded: the limit, or more where that is an assumption
    lowest: float = 0.0  # CNY, below it nothing can have traded
    is_in_universe: bool = True  # a member of the index that the run trades, or it trades no index


@jit
def is_sale(kind: int) -> bool:
    """Tell whether an order of `kind` sells: plain, to repay or short."""
    return kind in _SALES


@jit
def is_purchase(kind: int) -> bool:
    """Tell whether an order of `kind` buys: plain, financed or to return."""
    return kind in _PURCHASES


@jit
def fill_price(kind: int, quote: Quote, slippage: float) -> float:
    """Return the price at which the market fills an order of `kind`; NaN where it would break the uptick rule.

    Notes
    -----
    Slippage is a fraction of the price against the order, taken on to the next tick, and saturates at the price limit.
    A short sale meets
    max(price, floor) if the session reached the floor. Rule: SSE and SZSE margin trading rules, a short sale may not
    be below the last price.
    """
    if kind == _SHORT_SELL:
        price = max(sold_at(quote, slippage), quote.floor)
        return price if quote.high >= price else np.nan
    if is_sale(kind):
        return sold_at(quote, slippage)
    if is_purchase(kind):
        return bought_at(quote, slippage)
    return quote.price


@jit
def sold_at(quote: Quote, slippage: float) -> float:
    """Return the price, in CNY, that a sale gets: `slippage` below the quote, on the tick, down to the limit."""
    if slippage <= 0.0:
        return max(quote.price, quote.limit_down)
    ticks = np.floor(quote.price * (1.0 - slippage) * quote.per_unit + _HAIR)
    return max(ticks / quote.per_unit, quote.limit_down)


@jit
def bought_at(quote: Quote, slippage: float) -> float:
    """Return the price, in CNY, that a purchase pays: `slippage` above the quote, on the tick, up to the limit."""
    if slippage <= 0.0:
        return min(quote.price, quote.limit_up)
    ticks = np.ceil(quote.price * (1.0 + slippage) * quote.per_unit - _HAIR)
    return min(ticks / quote.per_unit, quote.limit_up)


@jit
def is_impossible(quote: Quote) -> bool:
    """Tell whether the price lies outside the session's limits: the data are wrong, nothing can have traded there."""
    slack = _HALF_TICK / quote.per_unit
    return quote.price > quote.highest + slack or quote.price < quote.lowest - slack


@jit
def market_refusal(kind: int, quote: Quote) -> int:
    """Return the `Refusal` by which the market or the lists forbid an order of `kind`, or 0."""
    if not (is_sale(kind) or is_purchase(kind)):
        return _DONE  # repayments and returns need no trade
    if quote.is_suspended or np.isnan(quote.price):
        return _SUSPENDED
    if not quote.is_in_range:
        return _OUT_OF_RANGE
    if is_impossible(quote):
        return _IMPOSSIBLE_PRICE
    if is_purchase(kind) and quote.price >= quote.limit_up:
        return _LIMIT_UP
    if is_sale(kind) and quote.price <= quote.limit_down:
        return _LIMIT_DOWN
    if kind in _OPENING and not quote.is_in_universe:
        return _NOT_IN_UNIVERSE
    if kind == _MARGIN_BUY and not quote.is_financing_eligible:
        return _NOT_ELIGIBLE
    if kind == _MARGIN_BUY and quote.is_capped:
        return _FLOAT_CAP
    if kind == _SHORT_SELL:
        if not quote.is_short_eligible:
            return _NOT_ELIGIBLE
        if quote.is_short_capped:
            return _FLOAT_CAP
        if np.isnan(fill_price(kind, quote, 0.0)):
            return _UPTICK
    return _DONE


@jit
def lot_refusal(kind: int, shares: float, held: float, quote: Quote) -> int:
    """Return `Refusal.LOT` where `shares` is not a count that the exchange accepts, or 0.

    Notes
    -----
    Purchases and short sales: at least `lot_minimum`, in steps of `lot_step`. Sales of shares that are held (`held`):
    likewise, or with the odd remainder of the holding whole. `buy_to_return` buys whole lots by itself.
    """
    if kind == _BUY_TO_RETURN or not (is_sale(kind) or is_purchase(kind)):
        return _DONE if shares == np.floor(shares) else _LOT
    if shares >= quote.lot_minimum and (shares - quote.lot_minimum) % quote.lot_step == 0.0:
        return _DONE
    if kind == _SHORT_SELL or not is_sale(kind) or shares != np.floor(shares):
        return _LOT
    odd = held % quote.lot_step if quote.lot_step > 1.0 else held
    takes_odd = (shares - odd) % quote.lot_step == 0.0 if quote.lot_step > 1.0 else shares == held
    return _DONE if odd > 0.0 and takes_odd and shares <= held else _LOT


class Admission(NamedTuple):
    """Whether the market takes an order, how much of it the volume fills, and at what price."""

    refusal: int
    most: float  # shares, in whole lots; 0 = none
    price: float  # CNY per share


@jit
def admit(kind: int, size: float, asked: float, held: float, cap: float, slippage: float, quote: Quote) -> Admission:
    """Judge an order by everything that is the market's.

    Parameters
    ----------
    kind : int
        An `OrderKind`.
    size : float
        Shares to trade.
    asked : float
        Shares that the lot rule judges: what is returned, where whole lots are bought for it; else `size`.
    held : float
        Shares that a sale may draw on.
    cap : float
        Most shares that the session's volume fills.
    slippage : float
        Fraction of the price.
    quote : Quote
    """
    reason = market_refusal(kind, quote)
    if reason == _DONE:
        reason = lot_refusal(kind, asked, held, quote)
    most = size if size <= cap else whole_lots(cap, quote)
    return Admission(reason, most, fill_price(kind, quote, slippage))


@jit
def whole_lots(shares: float, quote: Quote) -> float:
    """Return the largest count of at most `shares` that may be bought, 0 where none may."""
    if not shares >= quote.lot_minimum:
        return 0.0
    return quote.lot_minimum + np.floor((shares - quote.lot_minimum) / quote.lot_step) * quote.lot_step


@jit
def lots_up(shares: float, quote: Quote) -> float:
    """Return the smallest count of at least `shares` that may be bought."""
    return lots_above(shares, quote.lot_minimum, quote.lot_step)


@jit
def lots_above(shares: float, minimum: float, step: float) -> float:
    """Return the smallest count of at least `shares`, from `minimum` on in steps of `step`."""
    return minimum if shares <= minimum else minimum + np.ceil((shares - minimum) / step) * step
