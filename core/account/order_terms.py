"""What an order of a credit account is, the terms by which it is judged, and what it did."""

from typing import NamedTuple

import numpy as np

from ..config.options import Options
from ..types import OrderKind, Row
from .costs import CostTerms

BUY = int(OrderKind.BUY)
SELL = int(OrderKind.SELL)
MARGIN_BUY = int(OrderKind.MARGIN_BUY)
SELL_TO_REPAY = int(OrderKind.SELL_TO_REPAY)
REPAY = int(OrderKind.REPAY)
SHORT_SELL = int(OrderKind.SHORT_SELL)
BUY_TO_RETURN = int(OrderKind.BUY_TO_RETURN)

NO_TIERS: Row = np.empty(0)


class Terms(NamedTuple):
    """The account's terms on one day: what a contract that opens today keeps, and what an order is judged by."""

    options: Options  # what holds throughout
    costs: CostTerms
    day_count: float
    financing_ratio: float
    short_ratio: float
    cover_delay: int  # sessions before borrowed shares may be returned
    tier_below: Row = NO_TIERS  # maintenance ratios, ascending: below each of them
    tier_share: Row = NO_TIERS  # one security may be at most this share of the assets (集中度)
    proceeds_pay: bool = True  # the proceeds of all short sales pay for covers, interest, fees and dividends owed
    financing_rate: float = np.nan  # per year, of a contract that opens
    borrow_rate: float = np.nan


class Order(NamedTuple):
    """One order at its fill."""

    kind: int
    symbol: int
    shares: float
    price: float  # CNY per share
    amount: float  # CNY, `repay` only
    bought: float  # `buy_to_return` only: the whole lots that it buys, `shares` or more
    borrowable: float  # shares that `short_sell` may owe in this security, inf = no limit
    is_forced: bool = False  # the broker's own order: a frozen account does not stop it
    most: float = np.inf  # shares that the session's volume leaves, in whole lots


class Effect(NamedTuple):
    """What an order did; all zero, with the reason, where it was refused."""

    refusal: int
    shares: float  # traded or returned
    value: float  # CNY traded or repaid
    commission: float
    stamp_duty: float
    transfer_fee: float
    interest: float  # CNY of interest or borrow fee that was paid
    collateral: float = 0.0  # shares, of the above, that entered or left the collateral
