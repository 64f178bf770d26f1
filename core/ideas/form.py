"""What the portfolio forms share: they trade a rule, and their parameters are checked together."""

from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError
from .parameters import Parameter
from .rebalance_days import check_calendar
from .target_strategy import TargetStrategy


class Form(TargetStrategy):
    """From the score of a rule to target weights.

    Notes
    -----
    Every form leaves alone (NaN) what does not trade on a session, and knows of row t only what rows up to t say.
    """

    USES_RULE = True
    NEEDS = ("close",)

    @classmethod
    def check(cls, given: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Check each parameter, and those that belong together: the calendar, and `leave` beside `enter`."""
        parameters = super().check(given, name)
        owner = f"strategy `{name}`"
        check_calendar(parameters, owner)
        if "enter" in parameters and parameters["leave"] > parameters["enter"]:
            raise ConfigError(
                f"`leave` of {owner} should not lie above `enter` ({parameters['enter']:g}), "
                f"got {parameters['leave']:g}: a position would close as it opens"
            )
        return parameters

    @classmethod
    def ranks(cls, parameters: Mapping[str, Any]) -> bool:
        """Return whether who is held hangs on the order of the scores of a session, not on their level."""
        return "quantile" in parameters or parameters.get("signal") in ("rank", "zscore")

    @classmethod
    def needs(cls, parameters: Mapping[str, Any]) -> tuple[str, ...]:
        """Return close, and industry where the score is neutral to industries."""
        return (*cls.NEEDS, "industry") if parameters.get("neutral") == "industry" else cls.NEEDS

    @classmethod
    def warmup(cls, parameters: Mapping[str, Any]) -> int:
        """Return how many sessions the sizes need; the rule says for itself what its score needs."""
        return (parameters["volatility_window"] + 1) // 2 + 1 if parameters["sizing"] == "volatility" else 1


HYSTERESIS: tuple[Parameter, ...] = (
    Parameter("enter", float, 0.0, "level above which a long begins; a short below its negative", low=0.0),
    Parameter(
        "leave", float, 0.0, "level below which a long ends, a short above its negative; above 0 it ends at 0 too"
    ),
)


def long_weight(default: float) -> Parameter:
    """Return the parameter `long_weight` with its default for a form."""
    return Parameter("long_weight", float, default, "long value over equity; above 1 it is financed", low=0.0, high=3.0)


def short_weight(default: float) -> Parameter:
    """Return the parameter `short_weight` with its default for a form."""
    return Parameter("short_weight", float, default, "short value over equity, borrowed and sold", low=0.0, high=2.0)


def quantile(default: float, high: float) -> Parameter:
    """Return the parameter `quantile` with its default and most for a form."""
    return Parameter("quantile", float, default, "fraction of the scored securities in a leg", low=0.001, high=high)
