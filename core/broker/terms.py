"""The account's terms over the sessions of a run: dated rules, and the broker's own numbers beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.costs import CostTerms
from ..kernels.credit_orders import NO_TIERS, Terms
from ..kernels.risk import Lines
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
    warn, call, restore, instant, withdraw : float
        Maintenance ratio lines: no new margin orders below `warn`; notice below `call`; forced sales aim at `restore`
        and begin at once below `instant`; cash may leave above `withdraw`.
    cure : float, optional
        What ends a call: the statutory ratio while there was one, else `call`, where absent.
    grace : int, optional
        Sessions between notice and deadline: the statutory number while there was one, else 1, where absent.
    finances_fees : bool
        A financed purchase finances its fees too.
    extends : bool
        A contract that falls due is extended where the rules allow it.
    financing_ratio_base : float
        A financed purchase needs at least this less the haircut; 0 = does not apply.
    tiers : tuple of (float, float)
        (below, share), ascending: below that maintenance ratio one security may be at most that share of the assets.
    rules : mapping of str to BrokerValue
        The broker's numbers for keys of the rulebook.
    """

    financing_rate: float = 0.0835
    borrow_rate: float = 0.1035
    commission_rate: float = 0.00025
    commission_minimum: float = 5.0
    credit_line: float = np.inf
    warn: float = 1.40
    call: float = 1.30
    restore: float = 1.40
    instant: float = 1.10
    withdraw: float = 3.00
    cure: float | None = None
    grace: int | None = None
    finances_fees: bool = True
    extends: bool = True
    financing_ratio_base: float = 0.0
    tiers: tuple[tuple[float, float], ...] = ()
    rules: Mapping[str, BrokerValue] = field(default_factory=dict)


_LEFT_TO_CONTRACT = ("maintenance_call_ratio", "maintenance_cure_ratio", "maintenance_cure_sessions")

RULE_KEYS = (
    "financing_margin_ratio",
    "short_margin_ratio",
    "stamp_duty_sell",
    "transfer_fee",
    "cover_delay_sessions",
    "contract_term_months",
    "interest_day_count",
    "maintenance_call_ratio",
    "maintenance_cure_ratio",
    "maintenance_cure_sessions",
    "contract_extension",
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
        self.withdraw = broker.withdraw
        self._last: tuple[Any, Any] = (None, None)
        self._tiers = tuple(np.array(column) for column in zip(*sorted(broker.tiers), strict=True)) or (
            NO_TIERS,
            NO_TIERS,
        )

    def lines(self, t: int) -> Lines:
        """Return the maintenance ratio lines of session `t`: the broker's, and the statutory ones while they stood."""
        broker, series = self._broker, self._series
        call = np.fmax(broker.call, series["maintenance_call_ratio"][t])
        statutory = series["maintenance_cure_ratio"][t]
        cure = broker.cure if broker.cure is not None else np.fmax(call, statutory)
        restore = np.fmax(np.fmax(broker.restore, statutory), call)
        sessions = series["maintenance_cure_sessions"][t]
        grace = broker.grace if broker.grace is not None else 1 if np.isnan(sessions) else int(sessions)
        return Lines(broker.warn, float(call), float(cure), float(restore), broker.instant, grace)

    def extended(self, t: int, due: int) -> int | None:
        """Return the due day of a contract that is extended on session `t`, None where that is not to be."""
        if not self._broker.extends or self._series["contract_extension"][t] == 0.0:
            return None
        months = self._series["contract_term_months"][t : t + 1].astype(np.int64)
        return int(_months_later(np.array([due], dtype="datetime64[D]"), months)[0])

    def on(self, t: int, is_fund: bool = False) -> Terms:
        """Return the terms of session `t` for an order; funds (ETF) pay neither stamp duty nor transfer fee."""
        if self._last[0] == (t, is_fund):
            return self._last[1]
        broker, series = self._broker, self._series
        duty, transfer = (0.0, 0.0) if is_fund else (series["stamp_duty_sell"][t], series["transfer_fee"][t])
        costs = CostTerms(broker.commission_rate, broker.commission_minimum, float(duty), float(transfer))
        terms = Terms(
            costs,
            float(self.day_count[t]),
            broker.financing_rate,
            broker.borrow_rate,
            float(series["financing_margin_ratio"][t]),
            float(series["short_margin_ratio"][t]),
            broker.credit_line,
            broker.warn,
            int(series["cover_delay_sessions"][t]),
            broker.finances_fees,
            broker.financing_ratio_base,
            *self._tiers,
        )
        self._last = (t, is_fund), terms
        return terms


def _series(rulebook: Rulebook, broker: BrokerTerms, key: str, sessions: Sessions) -> NDArray[np.float64]:
    """Return the value of `key` on each session: the rule's, the broker's, or the stricter (higher) of both."""
    own = broker.rules.get(key)
    if own is None and key in _LEFT_TO_CONTRACT:
        return _numbers(rulebook, key, sessions)
    if own is None:
        return rulebook.series(key, sessions)
    if own.override:
        return np.full(len(sessions), own.value)
    return np.fmax(rulebook.series(key, sessions, before=own.value), own.value)


def _numbers(rulebook: Rulebook, key: str, sessions: Sessions) -> NDArray[np.float64]:
    """Return the rule's number on each session, NaN while the law leaves it to the contract."""
    table = rulebook.table(key)
    days = sessions.astype("datetime64[D]")
    values = np.full(len(days), np.nan)
    table.on(days[0])  # refuses a session before the record
    for rule in table.rows:
        values[days >= rule.effective] = np.nan if isinstance(rule.value, str) else rule.value
    return values


def _months_later(sessions: Sessions, months: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the same day of the month `months` later, the last of the month where it has no such day."""
    month = sessions.astype("datetime64[M]")
    day = (sessions - month.astype("datetime64[D]")).astype(np.int64)
    target = month + months.astype("timedelta64[M]")
    following = target + np.timedelta64(1, "M")
    last = (following.astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    return target.astype("datetime64[D]").astype(np.int64) + np.minimum(day, last)
