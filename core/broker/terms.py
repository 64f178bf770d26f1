"""The account's terms over the sessions of a run: dated rules, and the broker's own numbers beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..kernels.costs import CostTerms
from ..kernels.credit_orders import Terms
from ..rulebook import Rulebook
from ..types import Sessions


@dataclass(frozen=True)
class BrokerValue:
    """A broker's number beside a rule: the stricter holds, or the broker's alone where `override` is set."""

    value: float
    override: bool = False


@dataclass(frozen=True, kw_only=True)
class BrokerTerms:
    """What the customer agreed with the broker.

    Parameters
    ----------
    financing_rate, borrow_rate : float
        Per year, on principal and on the sell amount.
    commission_rate : float
        Of the traded value.
    commission_minimum : float
        CNY per order.
    credit_line : float
        CNY, caps principal + shorted value.
    warn_ratio : float
        No new margin orders below this maintenance ratio.
    finances_fees : bool
        A financed purchase finances its fees too.
    rules : mapping of str to BrokerValue
        The broker's numbers for keys of the rulebook.
    """

    financing_rate: float = 0.0835
    borrow_rate: float = 0.1035
    commission_rate: float = 0.00025
    commission_minimum: float = 5.0
    credit_line: float = np.inf
    warn_ratio: float = 1.40
    finances_fees: bool = True
    rules: Mapping[str, BrokerValue] = field(default_factory=dict)


RULE_KEYS = (
    "financing_margin_ratio",
    "short_margin_ratio",
    "stamp_duty_sell",
    "transfer_fee",
    "cover_delay_sessions",
    "contract_term_months",
    "interest_day_count",
)
"""The dated rules that a run reads beside those of boards and haircuts."""


class TermSchedule:
    """The terms in force on each session.

    Parameters
    ----------
    rulebook : Rulebook
    broker : BrokerTerms
    sessions : datetime64[D] (T,)

    Raises
    ------
    DateError
        A session before the record of a rule for which the broker has no number of his own.
    """

    def __init__(self, rulebook: Rulebook, broker: BrokerTerms, sessions: Sessions) -> None:
        self._broker = broker
        self._series = {key: _series(rulebook, broker, key, sessions) for key in RULE_KEYS}
        self.day = sessions.astype("datetime64[D]").astype(np.int64)
        """int64 (T,): days since 1970-01-01."""
        self.due = _months_later(sessions, self._series["contract_term_months"].astype(np.int64))
        """int64 (T,): the due day of a contract that opens on that session."""
        self.day_count = self._series["interest_day_count"]
        """float64 (T,): days of a year for interest."""

    def on(self, t: int) -> Terms:
        """Return the terms of session `t`."""
        broker, series = self._broker, self._series
        costs = CostTerms(
            broker.commission_rate,
            broker.commission_minimum,
            float(series["stamp_duty_sell"][t]),
            float(series["transfer_fee"][t]),
        )
        return Terms(
            costs,
            float(self.day_count[t]),
            broker.financing_rate,
            broker.borrow_rate,
            float(series["financing_margin_ratio"][t]),
            float(series["short_margin_ratio"][t]),
            broker.credit_line,
            broker.warn_ratio,
            int(series["cover_delay_sessions"][t]),
            broker.finances_fees,
        )


def _series(rulebook: Rulebook, broker: BrokerTerms, key: str, sessions: Sessions) -> NDArray[np.float64]:
    """Return the value of `key` on each session: the rule's, the broker's, or the stricter (higher) of both."""
    own = broker.rules.get(key)
    if own is None:
        return rulebook.series(key, sessions)
    if own.override:
        return np.full(len(sessions), own.value)
    return np.fmax(rulebook.series(key, sessions, before=own.value), own.value)


def _months_later(sessions: Sessions, months: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the same day of the month `months` later, the last of the month where it has no such day."""
    month = sessions.astype("datetime64[M]")
    day = (sessions - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months.astype("timedelta64[M]")
    last = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    return target.astype("datetime64[D]").astype(np.int64) + np.minimum(day, last)
