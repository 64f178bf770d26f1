"""Trading ideas: strategies that turn balances into orders of a credit account."""

from ..core.ideas.parameters import Parameter
from ..core.ideas.strategy import MarginStrategy
from ..core.ideas.target_strategy import Setting, TargetStrategy
from .buy_and_hold import BuyAndHold
from .forms import FORMS, LongOnly, Quantile, Threshold, Timing
from .rules import CONTROLS, RULES

STRATEGIES: dict[str, type[MarginStrategy]] = {
    "buy_and_hold": BuyAndHold,
    **FORMS,
}
"""The strategies that a configuration may name."""

__all__ = [
    "CONTROLS",
    "RULES",
    "STRATEGIES",
    "BuyAndHold",
    "LongOnly",
    "MarginStrategy",
    "Parameter",
    "Quantile",
    "Setting",
    "TargetStrategy",
    "Threshold",
    "Timing",
]
