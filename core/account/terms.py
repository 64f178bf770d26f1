"""The account's terms over the sessions of a run: dated rules, and the broker's own numbers beside them."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import quantities
from ..errors import ConfigError
from ..rulebook import Rulebook
from ..types import Board, Sessions
from . import schedule
from .calls import Lines
from .costs import CostTerms
from .order_terms import Terms


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

    Raises
    ------
    ConfigError
        A number that cannot be meant, with what to write instead; lines out of their order.
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

    def __post_init__(self) -> None:
        """Judge every number by what it is, as a configuration does."""
        for name, kind in _KINDS.items():
            value = getattr(self, name)
            if value is not None and value != _NO_LIMIT.get(name):
                quantities.check(name, value, kind)
        if self.grace is not None and (isinstance(self.grace, bool) or self.grace not in range(21)):
            raise ConfigError(f"`grace` should be a whole number of sessions from 0 to 20, got {self.grace!r}")
        for below, share in self.tiers:
            quantities.check("tiers", below, quantities.LINE)
            quantities.check("tiers", share, quantities.SHARE)
        for key, own in self.rules.items():
            if key not in RULE_KEYS:
                near = difflib.get_close_matches(key, RULE_KEYS, n=1)
                hint = f"did you mean `{near[0]}`? " if near else ""
                raise ConfigError(f"`rules` has no key `{key}`: {hint}known are {', '.join(RULE_KEYS)}")
            quantities.check(key, own.value, _RULE_KINDS.get(key, _ANY))
        lines = {name: getattr(self, name) for name in ("instant", "call", "restore", "withdraw", "warn", "cure")}
        if not quantities.lines_fit(**lines):
            raise ConfigError(f"{quantities.LINES_ORDER}, got {lines}")


_LINES = ("warn", "call", "restore", "instant", "withdraw", "cure")
_KINDS = {
    "financing_rate": quantities.RATE,
    "borrow_rate": quantities.RATE,
    "commission_rate": quantities.COMMISSION_RATE,
    "commission_minimum": quantities.COMMISSION_MINIMUM,
    "credit_line": quantities.CASH,
    "financing_ratio_base": quantities.RATIO_BASE,
    **dict.fromkeys(_LINES, quantities.LINE),
}
_NO_LIMIT = {"credit_line": np.inf, "financing_ratio_base": 0.0}
_RULE_KINDS = {
    "financing_margin_ratio": quantities.MARGIN_RATIO,
    "short_margin_ratio": quantities.MARGIN_RATIO,
    "stamp_duty_sell": quantities.STAMP_DUTY_RATE,
    "transfer_fee": quantities.TRANSFER_FEE_RATE,
}
_ANY = quantities.Kind(what="the value of a rule", is_fraction=False)

_TRANSFER = ("transfer_fee", "transfer_fee_on_par")
_LEFT_TO_CONTRACT = ("maintenance_call_ratio", "maintenance_cure_ratio", "maintenance_cure_sessions")

RULE_KEYS = (
    "financing_margin_ratio",
    "short_margin_ratio",
    "stamp_duty_sell",
    "transfer_fee",
    "transfer_fee_on_par",
    "cover_delay_sessions",
    "contract_term_months",
    "interest_day_count",
    "maintenance_call_ratio",
    "maintenance_cure_ratio",
    "maintenance_cure_sessions",
    "contract_extension",
    "withdraw_ratio",
    "proceeds_may_cover",
)
"""The dated rules that a run reads beside those of boards and haircuts."""


class TermSchedule:
    """The terms in force on each session.

    Parameters
    ----------
    rulebook : Rulebook
    broker : BrokerTerms
    sessions : datetime64[D] (T,)
    fee_class : int (N,), optional
        Classes of the securities (`fee_classes`) whose fees have to be known; by default funds and shares of any
        exchange.

    Raises
    ------
    DateError
        A session before the record of a rule for which the broker has no number of his own.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        broker: BrokerTerms,
        sessions: Sessions,
        fee_class: NDArray[np.int64] | None = None,
    ) -> None:
        series = {key: _series(rulebook, broker, key, sessions) for key in RULE_KEYS if key not in _TRANSFER}
        classes = {schedule.ANY} if fee_class is None else set(fee_class.tolist())
        transfer = _transfer_fees(rulebook, broker, sessions, classes)
        self.day = sessions.astype("datetime64[D]").astype(np.int64)
        """int64 (T,): days since 1970-01-01."""
        self.arrays = _arrays(broker, series, transfer, self.day)
        """The same terms for compiled code."""
        self.due = self.arrays.due
        """int64 (T,): the due day of a contract that opens on that session."""
        self.day_count = self.arrays.day_count
        """float64 (T,): days of a year for interest."""
        self._last: tuple[Any, Any] = (None, None)

    def lines(self, t: int) -> Lines:
        """Return the maintenance ratio lines of session `t`: the broker's, and the statutory ones while they stood."""
        return schedule.lines_on(self.arrays, t)

    def extended(self, t: int, due: int) -> int:
        """Return the due day of a contract that is extended on session `t`, -1 where that is not to be."""
        return schedule.extended(self.arrays, t, due)

    def withdraw(self, t: int) -> float:
        """Return the maintenance ratio of session `t` above which cash may leave: the rule's, or a higher one."""
        return float(self.arrays.withdraw[t])

    def on(self, t: int, of_class: int = schedule.ANY) -> Terms:
        """Return the terms of session `t` for an order in a security of that class."""
        if self._last[0] != (t, of_class):
            self._last = (t, of_class), schedule.terms_on(self.arrays, t, of_class)
        return self._last[1]

    def costs(self, t: int) -> tuple[CostTerms, CostTerms, CostTerms, CostTerms]:
        """Return what an order of session `t` costs, by class."""
        of = [schedule.costs_on(self.arrays, t, of_class) for of_class in range(schedule.CLASSES)]
        return of[0], of[1], of[2], of[3]


def fee_classes(symbols: Sequence[str], boards: Sequence[Board]) -> NDArray[np.int64]:
    """Return the class of each security (N,) by what it costs: a fund, a share of Shanghai or Shenzhen, any other."""
    of_exchange = {"SH": schedule.SHANGHAI, "SZ": schedule.SHENZHEN}
    return np.array(
        [
            schedule.FUND if board is Board.ETF else of_exchange.get(symbol.rpartition(".")[2], schedule.ANY)
            for symbol, board in zip(symbols, boards, strict=True)
        ],
        dtype=np.int64,
    )


def _arrays(
    broker: BrokerTerms,
    series: Mapping[str, NDArray[np.float64]],
    transfer: tuple[NDArray[np.float64], NDArray[np.float64]],
    day: NDArray[np.int64],
) -> schedule.TermArrays:
    """Return the terms by session: dated rules, the broker's own numbers, the statutory lines while they stood."""
    months = series["contract_term_months"].astype(np.int64)
    call = np.fmax(broker.call, series["maintenance_call_ratio"])
    statutory, sessions = series["maintenance_cure_ratio"], series["maintenance_cure_sessions"]
    grace = np.where(np.isnan(sessions), 1.0, sessions) if broker.grace is None else np.full(len(day), broker.grace)
    tiers = [np.array(column) for column in zip(*sorted(broker.tiers), strict=True)] or [np.empty(0), np.empty(0)]
    return schedule.TermArrays(
        day=day,
        due=np.array([schedule.months_later(int(d), int(m)) for d, m in zip(day, months, strict=True)], dtype=np.int64),
        months=np.where(broker.extends & (series["contract_extension"] != 0.0), months, 0),
        day_count=series["interest_day_count"],
        stamp_duty_rate=series["stamp_duty_sell"],
        transfer_fee_rate=transfer[0],
        transfer_fee_on_par=transfer[1],
        financing_ratio=series["financing_margin_ratio"],
        short_ratio=series["short_margin_ratio"],
        cover_delay=series["cover_delay_sessions"].astype(np.int64),
        call=call,
        cure=np.full(len(day), broker.cure) if broker.cure is not None else np.fmax(call, statutory),
        restore=np.fmax(np.fmax(broker.restore, statutory), call),
        grace=grace.astype(np.int64),
        warn=float(broker.warn),
        instant=float(broker.instant),
        commission_rate=float(broker.commission_rate),
        commission_minimum=float(broker.commission_minimum),
        financing_rate=float(broker.financing_rate),
        borrow_rate=float(broker.borrow_rate),
        credit_line=float(broker.credit_line),
        finances_fees=bool(broker.finances_fees),
        financing_ratio_base=float(broker.financing_ratio_base),
        tier_below=tiers[0],
        tier_share=tiers[1],
        proceeds_pay=series["proceeds_may_cover"] > 0.0,
        withdraw=np.fmax(series["withdraw_ratio"], broker.withdraw),
    )


def _transfer_fees(
    rulebook: Rulebook, broker: BrokerTerms, sessions: Sessions, classes: set[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the transfer fee by class and session (4, T): of the value, and CNY per share of par value 1 CNY.

    Until 2015-07-31 Shanghai took it on par value, Shenzhen on the amount. A broker's number beside the rule is
    the least; one that overrides it stands alone. Where only shares of those two trade, no general rate need be known.
    """
    rates, on_par = np.zeros((2, schedule.CLASSES, len(sessions)))
    key, on_par_key = _TRANSFER
    is_needed = schedule.ANY in classes
    rates[schedule.ANY] = _series(rulebook, broker, key, sessions, before=None if is_needed else np.nan)
    rates[schedule.SHANGHAI] = _series(rulebook, broker, key, sessions, status="shanghai")
    rates[schedule.SHENZHEN] = _series(rulebook, broker, key, sessions, status="shenzhen")
    own = broker.rules.get(key)
    if own is None or not own.override:
        on_par[schedule.SHANGHAI] = rulebook.series(on_par_key, sessions, status="shanghai")
    return rates, on_par


def _series(
    rulebook: Rulebook,
    broker: BrokerTerms,
    key: str,
    sessions: Sessions,
    status: str | None = None,
    before: float | None = None,
) -> NDArray[np.float64]:
    """Return the value of `key` on each session: the rule's, the broker's, or the stricter (higher) of both."""
    own = broker.rules.get(key)
    if own is None and key in _LEFT_TO_CONTRACT:
        return _numbers(rulebook, key, sessions)
    if own is None:
        return rulebook.series(key, sessions, status=status, before=before)
    if own.override:
        return np.full(len(sessions), own.value)
    return np.fmax(rulebook.series(key, sessions, status=status, before=own.value), own.value)


def _numbers(rulebook: Rulebook, key: str, sessions: Sessions) -> NDArray[np.float64]:
    """Return the rule's number on each session, NaN while the law leaves it to the contract."""
    table = rulebook.table(key)
    days = sessions.astype("datetime64[D]")
    values = np.full(len(days), np.nan)
    table.on(days[0])  # refuses a session before the record
    for rule in table.rows:
        values[days >= rule.effective] = np.nan if isinstance(rule.value, str) else rule.value
    return values
