"""Trading ideas: strategies that turn balances into orders of a credit account."""

from .balance_trend import BalanceTrend
from .base import MarginStrategy
from .buy_and_hold import BuyAndHold
from .parameters import Parameter, defaults
from .replay import Replay
from .spread import Spread

STRATEGIES: dict[str, type[MarginStrategy]] = {
    "balance_trend": BalanceTrend,
    "buy_and_hold": BuyAndHold,
    "replay": Replay,
    "spread": Spread,
}
"""The strategies that a configuration may name."""

__all__ = ["STRATEGIES", "BalanceTrend", "BuyAndHold", "MarginStrategy", "Parameter", "Replay", "Spread", "defaults"]
