"""The register of published results, and how a name finds one."""

from collections.abc import Sequence
from types import MappingProxyType

from ..errors import ConfigError, did_you_mean
from .market_results import MARKET_RESULTS
from .published import Published
from .return_results import RETURN_RESULTS
from .trading_results import TRADING_RESULTS

REGISTER = MappingProxyType({one.name: one for one in (*RETURN_RESULTS, *TRADING_RESULTS, *MARKET_RESULTS)})
"""Name -> published result, in the order of the tables."""


def results_named(names: Sequence[str]) -> list[Published]:
    """Return the results of these names, once each; all of them for none and for ``all``.

    Raises
    ------
    ConfigError
        A name that is not in the register.
    """
    for name in names:
        if name != "all" and name not in REGISTER:
            hint = did_you_mean(name, REGISTER).strip() or "`liangrong replicate --list` shows them"
            raise ConfigError(f"`{name}` is no published result of the register: {hint}")
    if not names or "all" in names:
        return list(REGISTER.values())
    return [REGISTER[name] for name in dict.fromkeys(names)]
