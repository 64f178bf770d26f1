"""The account's terms over the sessions of a run: dated rules, and the broker's own numbers beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.options import Options, options_of
from ..config.run import Conditions
from ..config.values import BY_HOLDING, RuleValue
from ..errors import ConfigError
from ..panel.panel import Panel
from ..rulebook import Rulebook
from ..types import Board, Sessions
from . import schedule
from .calls import Lines
from .cash_interest import Span
from .commissions import Commission, first_model
from .credit import Charges
from .order_terms import Terms
from .rates import rate_arrays
from .sale_size import SaleRule

_TRANSFER = ("transfer_fee", "transfer_fee_on_par")
DIVIDEND_TAX = "dividend_tax"
_HOLDINGS = ("within_a_month", "within_a_year", "beyond_a_year")
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
    conditions : Conditions
    sessions : datetime64[D] (T,)
    fee_class : int (N,), optional
        Classes of the securities (`fee_classes`) whose fees have to be known; by default funds and shares of any
        exchange.
    panel : Panel, optional
        Of those sessions; needed where a rate is stated by security.
    commission : Commission, optional
        A model of a user's own (`own_model`); by default rate and minimum of the conditions.
    since : datetime64[D], optional
        The day of an opening, from which its interest runs on; by default nothing runs before the first session.

    Raises
    ------
    DateError
        A session before the record of a rule for which the broker has no number of his own, or before the first row of
        dated rates.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        conditions: Conditions,
        sessions: Sessions,
        fee_class: NDArray[np.int64] | None = None,
        commission: Commission | None = None,
        panel: Panel | None = None,
        since: np.datetime64 | None = None,
    ) -> None:
        own = own_rules(conditions)
        of_client = _status_of_client(rulebook, conditions)
        series = {
            key: _series(rulebook, own, key, sessions, of_client.get(key)) for key in RULE_KEYS if key not in _TRANSFER
        }
        classes = {schedule.ANY} if fee_class is None else set(fee_class.tolist())
        transfer = _transfer_fees(rulebook, own, sessions, classes)
        span = Span(sessions, sessions[0].astype("datetime64[D]") if since is None else since)
        self.arrays = _arrays(conditions, series, transfer, span, panel, _dividend_tax(rulebook, conditions, sessions))
        """The same terms for compiled code."""
        if commission is not None:
            self.arrays = self.arrays._replace(commission=commission)
        self.options: Options = self.arrays.options
        """What holds throughout, by the names of the configuration."""
        self.day = self.arrays.day
        """int64 (T,): days since 1970-01-01."""
        self.due = self.arrays.due
        """int64 (T,): the due day of a contract that opens on that session."""
        self.day_count = self.arrays.day_count
        """float64 (T,): days of a year for interest."""
        self._last: tuple[Any, Any] = (None, None)
        rates = self.arrays.rates
        self._is_by_security = len(rates.financing_of) > 0 or len(rates.borrow_of) > 0

    def lines(self, t: int) -> Lines:
        """Return the maintenance ratio lines of session `t`: the broker's, and the statutory ones while they stood."""
        return schedule.lines_on(self.arrays, t)

    def extended(self, t: int, due: int) -> int:
        """Return the due day of a contract that is extended on session `t`, -1 where that is not to be."""
        return schedule.extended(self.arrays, t, due)

    def withdraw(self, t: int) -> float:
        """Return the maintenance ratio of session `t` above which cash may leave: the rule's, or a higher one."""
        return float(self.arrays.withdraw[t])

    def on(self, t: int, of_class: int = schedule.ANY, j: int = -1) -> Terms:
        """Return the terms of session `t` for an order in security `j`, of that class; -1 = in none."""
        j = j if self._is_by_security else -1
        if self._last[0] != (t, of_class, j):
            self._last = (t, of_class, j), schedule.terms_on(self.arrays, t, of_class, j)
        return self._last[1]

    def charges(self, t: int) -> Charges:
        """Return what the calendar days since the session before session `t` are charged with."""
        return schedule.charges_of(self.arrays, t)

    def sale_rule(self, t: int) -> SaleRule:
        """Return how a forced sale of session `t` chooses."""
        return schedule.sale_rule_on(self.arrays, t)


CLIENT_RULE = "short_margin_ratio"
"""The rule that has rows for kinds of clients."""


def _status_of_client(rulebook: Rulebook, conditions: Conditions) -> dict[str, str]:
    """Return the status by which the rulebook knows the client, by the rule; ConfigError where it knows none such.

    Before the first row of a status everybody's holds.
    """
    client = conditions.account.client
    if client == "individual":
        return {}
    try:
        rulebook.table(CLIENT_RULE, status=client)
    except ConfigError as error:
        raise ConfigError(
            f"`account.client: {client}` should have rows of its own in the rulebook, and has none: {error}; leave it "
            "out, or give `account.short_margin_ratio`"
        ) from None
    return {CLIENT_RULE: client}


def rulebook_of(conditions: Conditions, rulebook: Rulebook | None = None) -> Rulebook:
    """Return the rules that an account meets: the market's, or these; of one day where the conditions name it.

    Raises
    ------
    DateError
        `market.rules_as_of` before margin trading began.
    """
    return (Rulebook.load() if rulebook is None else rulebook).held(conditions.market.rules_as_of)


def own_rules(conditions: Conditions) -> dict[str, RuleValue]:
    """Return the numbers that stand beside dated rules, or in their place, by the rule's key."""
    account, costs = conditions.account, conditions.costs
    stated = {
        "financing_margin_ratio": account.financing_margin_ratio,
        "short_margin_ratio": account.short_margin_ratio,
        "stamp_duty_sell": costs.stamp_duty_rate,
        "transfer_fee": costs.transfer_fee_rate,
    }
    return {key: rule for key, rule in stated.items() if rule is not None}


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
    conditions: Conditions,
    series: Mapping[str, NDArray[np.float64]],
    transfer: tuple[NDArray[np.float64], NDArray[np.float64]],
    span: Span,
    panel: Panel | None,
    dividend_tax: NDArray[np.float64],
) -> schedule.TermArrays:
    """Return the terms by session: dated rules, the account's own numbers, the statutory lines while they stood."""
    account, lines, sessions = conditions.account, conditions.account.lines, span.sessions
    day = sessions.astype("datetime64[D]").astype(np.int64)
    months = series["contract_term_months"].astype(np.int64)
    is_extended = (account.extension != "none") & (series["contract_extension"] != 0.0)
    call = np.fmax(lines.call, series["maintenance_call_ratio"])
    statutory, given = series["maintenance_cure_ratio"], series["maintenance_cure_sessions"]
    grace = np.where(np.isnan(given), 1.0, given) if lines.grace is None else np.full(len(day), lines.grace)
    tiers = np.array(sorted((tier.below, tier.share) for tier in account.concentration)).reshape(-1, 2)
    return schedule.TermArrays(
        options=options_of(conditions),
        commission=first_model(conditions.costs),
        day=day,
        due=np.array([schedule.months_later(int(d), int(m)) for d, m in zip(day, months, strict=True)], dtype=np.int64),
        months=np.where(is_extended, months, 0),
        posts=posting_sessions(span, account.interest_posting_day),
        day_count=series["interest_day_count"],
        stamp_duty_rate=series["stamp_duty_sell"],
        transfer_fee_rate=transfer[0],
        transfer_fee_on_par=transfer[1],
        financing_ratio=series["financing_margin_ratio"],
        short_ratio=series["short_margin_ratio"],
        cover_delay=series["cover_delay_sessions"].astype(np.int64),
        call=call,
        cure=np.fmax(call, statutory) if lines.cure is None else np.full(len(day), lines.cure),
        restore=np.fmax(np.fmax(lines.restore, statutory), call),
        grace=grace.astype(np.int64),
        tier_below=tiers[:, 0].copy(),
        tier_share=tiers[:, 1].copy(),
        proceeds_pay=series["proceeds_may_cover"] > 0.0,
        withdraw=np.fmax(series["withdraw_ratio"], lines.withdraw),
        dividend_tax=dividend_tax,
        rates=rate_arrays(account, span, panel),
    )


def _dividend_tax(rulebook: Rulebook, conditions: Conditions, sessions: Sessions) -> NDArray[np.float64]:
    """Return the tax by holding period on dividends of each ex-date (3, T): the rule of the record date, a day before.

    Zeros where the account has one rate for all.
    """
    record = sessions.astype("datetime64[D]")
    record = np.concatenate([record[:1] - 1, record[:-1]])
    if conditions.account.dividend_tax_rate != BY_HOLDING:
        return np.zeros((len(_HOLDINGS), len(record)))
    return np.array([rulebook.series(DIVIDEND_TAX, record, status=held) for held in _HOLDINGS])


def posting_sessions(span: Span, day: int | None) -> NDArray[np.bool_]:
    """Return which sessions (T,) are their month's first on or after `day` of the month; none without a day."""
    sessions = span.sessions
    posts = np.zeros(len(sessions), dtype=np.bool_)
    if day is not None:
        month, after = sessions.astype("datetime64[M]"), np.timedelta64(day - 1, "D")
        posting = month.astype("datetime64[D]") + after
        before = (month - np.timedelta64(1, "M")).astype("datetime64[D]") + after
        last = np.where((sessions - posting).astype(np.int64) >= 0, posting, before)
        posts[:] = span.before < last
    return posts


def _transfer_fees(
    rulebook: Rulebook, own: Mapping[str, RuleValue], sessions: Sessions, classes: set[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the transfer fee by class and session (4, T): of the value, and CNY per share of par value 1 CNY.

    Until 2015-07-31 Shanghai took it on par value, Shenzhen on the amount. A broker's number beside the rule is
    the least; one that overrides it stands alone. Where only shares of those two trade, no general rate need be known.
    """
    rates, on_par = np.zeros((2, schedule.CLASSES, len(sessions)))
    key, on_par_key = _TRANSFER
    is_needed = schedule.ANY in classes
    rates[schedule.ANY] = _series(rulebook, own, key, sessions, before=None if is_needed else np.nan)
    rates[schedule.SHANGHAI] = _series(rulebook, own, key, sessions, status="shanghai")
    rates[schedule.SHENZHEN] = _series(rulebook, own, key, sessions, status="shenzhen")
    stated = own.get(key)
    if stated is None or not stated.override:
        on_par[schedule.SHANGHAI] = rulebook.series(on_par_key, sessions, status="shanghai")
    return rates, on_par


def _series(
    rulebook: Rulebook,
    own: Mapping[str, RuleValue],
    key: str,
    sessions: Sessions,
    status: str | None = None,
    before: float | None = None,
) -> NDArray[np.float64]:
    """Return the value of `key` on each session: the rule's, the broker's, or the stricter (higher) of both."""
    stated = own.get(key)
    if stated is None and key in _LEFT_TO_CONTRACT:
        return _numbers(rulebook, key, sessions)
    if stated is None:
        return rulebook.series(key, sessions, status=status, before=before)
    if stated.override:
        return np.full(len(sessions), stated.value)
    return np.fmax(rulebook.series(key, sessions, status=status, before=stated.value), stated.value)


def _numbers(rulebook: Rulebook, key: str, sessions: Sessions) -> NDArray[np.float64]:
    """Return the rule's number on each session, NaN while the law leaves it to the contract."""
    table = rulebook.table(key)
    days = rulebook.ruling(key, sessions.astype("datetime64[D]"))
    values = np.full(len(days), np.nan)
    table.on(days[0])  # refuses a session before the record
    for rule in table.rows:
        values[days >= rule.effective] = np.nan if isinstance(rule.value, str) else rule.value
    return values
