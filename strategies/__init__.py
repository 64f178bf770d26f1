"""Trading ideas: strategies that turn balances into orders of a credit account."""

from .base import MarginStrategy
from .buy_and_hold import BuyAndHold
from .forms import FORMS, LongOnly, Quantile, Threshold, Timing
from .parameters import Parameter, defaults
from .replay import Replay
from .targets import Setting, TargetStrategy

STRATEGIES: dict[str, type[MarginStrategy]] = {
    "buy_and_hold": BuyAndHold,
    **FORMS,
    "replay": Replay,
}
"""The strategies that a configuration may name."""

__all__ = [
    "STRATEGIES",
    "BuyAndHold",
    "LongOnly",
    "MarginStrategy",
    "Parameter",
    "Quantile",
    "Replay",
    "Setting",
    "TargetStrategy",
    "Threshold",
    "Timing",
    "defaults",
]
