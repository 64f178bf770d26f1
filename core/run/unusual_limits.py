"""From which figure on something about a run is unusual: every threshold of `liangrong check`, and where it is from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_JUDGEMENT = "a judgement"


class Unusual(NamedTuple):
    """One thing about a run that a reader would ask about.

    Parameters
    ----------
    kind : str
        Such as ``leverage``: a key of `LIMITS`.
    figure, why, remedy : str
        What is so, with its figure; why it matters; what to do about it.
    """

    kind: str
    figure: str
    why: str
    remedy: str

    def told(self) -> str:
        """Return it as one sentence."""
        return f"{self.figure}: {self.why}; {self.remedy}."


class Limit(NamedTuple):
    """From which figure on something is unusual.

    Parameters
    ----------
    value : float
    what : str
        Of what, in which direction.
    source : str
        Where the figure is from.
    """

    value: float
    what: str
    source: str


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "leverage": Limit(1.5, "longs over equity, above", "a judgement: financing half of the equity again"),
        "margin": Limit(
            1.0, "margin that targets need over what the equity gives, above", "the rules' ratios and haircuts"
        ),
        "call_distance": Limit(
            0.20, "fall of all longs at which the account is called, below", "a judgement: two sessions at 10 % limits"
        ),
        "concentration": Limit(
            0.50, "one long position over equity, above", "the lowest tier of brokers (preset lines_145_130_110)"
        ),
        "lots": Limit(0.10, "securities of which a target buys no lot, above", _JUDGEMENT),
        "commission": Limit(0.001, "of an order's value, above", "a judgement: customers pay 0.01 to 0.03 %"),
        "commission_low": Limit(
            0.00005, "of an order's value, below", "a judgement: what a broker passes on to exchange and regulator"
        ),
        "round_trip": Limit(0.01, "buying and selling, of the value, above", _JUDGEMENT),
        "slippage": Limit(0.0, "of the price, at", _JUDGEMENT),
        "rate_low": Limit(0.02, "a year, below", "a judgement: customers negotiated 3 to 6 % by 2025"),
        "rate_high": Limit(0.15, "a year, above", "a judgement: list prices are 8.35 % and 10.35 %"),
        "volume_share": Limit(0.25, "of a session's volume in one order, above", _JUDGEMENT),
        "one_score": Limit(0.95, "of the sessions of a strategy that ranks, all scores one, from", _JUDGEMENT),
        "ties": Limit(1.25, "securities in the best quantile over what it asks for, from", _JUDGEMENT),
        "board": Limit(0.0, "codes that tell another board than `market.board`, above", "code ranges of the exchanges"),
        "sessions": Limit(243, "sessions of the run, below", "a year of the mainland's sessions"),
        "survivors": Limit(
            20, "securities of which none ends, from", "a judgement: some 1 % of A-shares ended in a year of the 2020s"
        ),
        "missing": Limit(
            0.75,
            "of the cells that the rule reads, above",
            "a judgement: half of the shares are not on margin lists",
        ),
        "same_close": Limit(0.0, "decided and filled at one close", "a judgement: a close is not known before it"),
        "rules_off": Limit(0.0, "a rule of the market that is switched off", "the rules of both exchanges"),
        "no_actions": Limit(0.0, "real prices as traded without corporate actions", _JUDGEMENT),
        "data": Limit(0.0, "findings of `liangrong data audit`, above", "the audit's own verdict"),
    }
)
"""Kind -> its threshold."""


def limit(kind: str) -> float:
    """Return the threshold of a kind."""
    return LIMITS[kind].value
