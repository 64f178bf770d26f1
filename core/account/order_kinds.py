"""The kinds of orders as the broker groups them."""

from ..errors import ConfigError
from ..types import OrderKind, Refusal

BOUGHT = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.BUY_TO_RETURN)
SOLD = (OrderKind.SELL, OrderKind.SELL_TO_REPAY, OrderKind.SHORT_SELL)
OPENING = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.SHORT_SELL)
"""What builds a position."""

OFF_MARKET = (OrderKind.REPAY, OrderKind.RETURN_SHARES)
"""What moves cash or shares to the broker: nothing is traded, so it meets no price and is no turnover."""

FORCED = "forced_"
"""Stands in the tables before the kind of an order that the broker gave."""

SHORT_OF_MONEY = (Refusal.NO_CASH, Refusal.NO_MARGIN, Refusal.CREDIT_LINE, Refusal.BELOW_WARNING_LINE)
"""Refusals that backtrader knows as status Margin; the others are Rejected."""

OF_THE_DAY = (
    Refusal.SUSPENDED,
    Refusal.IMPOSSIBLE_PRICE,
    Refusal.LIMIT_UP,
    Refusal.LIMIT_DOWN,
    Refusal.T_PLUS_1,
    Refusal.EXPIRED,
)
"""Refusals that another session may lift: the stop or limit of a bracket stands through them."""


def names(kinds: tuple[OrderKind, ...]) -> tuple[str, ...]:
    """Return the names of kinds as tables write them: ``margin_buy``."""
    return tuple(kind.name.lower() for kind in kinds)


def shown_symbol(kind: OrderKind, j: int) -> int:
    """Return the security that a table shows: none (-1) for a repayment, whose data only carry the order."""
    return -1 if kind is OrderKind.REPAY else j


def check_kind(kind: OrderKind, allowed: tuple[OrderKind, ...], method: str) -> OrderKind:
    """Return `kind`, or raise ConfigError where `method` cannot submit such an order."""
    if kind not in allowed:
        names = ", ".join(k.name for k in allowed)
        raise ConfigError(f"`kind` of {method}() should be one of {names}, got {kind!r}")
    return OrderKind(kind)
