"""Contracts at a close: those that fall due are extended or closed at the next open, recalled shares are told.

A broker extends where the account is at the warning line or above, the interest so far is paid and the security trades
(`account.extension: conditional`). Source: brokers' contract terms; CSRC measures of 2015-07-01 leave it to them.
"""

from typing import NamedTuple

import numpy as np

from ..config.options import DEFAULTS, Options, code
from ..kernels.jit import jit, lean, lean_inlined
from ..types import Cause, MarginEvent
from .calls import amount_to_restore, fall_due
from .credit import FELL_DUE, FINANCING, STRUCK_OFF, Ledger, Totals, maintenance_ratio, payable, totals
from .credit_contracts import payable_interest
from .quotes import MarketArrays, is_struck_off
from .recalled_shares import is_overdue, recall, tell_overdue
from .run_state import NO_DAY, Run, note_event
from .schedule import extended

_NO_EVENT = int(MarginEvent.NONE)
_EXTENDED = int(MarginEvent.EXTENDED)
_RECALLED = int(MarginEvent.RECALLED)
_NOT_RATIO = int(MarginEvent.NOT_EXTENDED_RATIO)
_NOT_INTEREST = int(MarginEvent.NOT_EXTENDED_INTEREST)
_NOT_SUSPENDED = int(MarginEvent.NOT_EXTENDED_SUSPENDED)
_NOT_TIMES = int(MarginEvent.NOT_EXTENDED_TIMES)
_REMOVED = int(MarginEvent.REMOVED)
_STAYS = int(Cause.NONE)
_FOR_DUE = int(Cause.DUE)
_FOR_RECALL = int(Cause.RECALLED)
_FOR_REMOVAL = int(Cause.REMOVED)
_FOR_END = int(Cause.ENDED)
_ENDS = int(MarginEvent.ENDS)
CONDITIONAL = code("extension", "conditional")
CLOSING = code("removed", "close")


class Look(NamedTuple):
    """What is known of one contract at a close."""

    today: int  # day
    extended: int  # new due day, -1 where the rules or the account extend none
    is_suspended: bool
    is_removed: bool  # struck off its list
    ends: bool  # its security is listed no longer after the next session, or already
    sums: Totals  # of the account at the marks; read where extensions have conditions
    proceeds_pay: bool  # as in `Terms`
    options: Options = DEFAULTS


class Verdict(NamedTuple):
    """What becomes of it."""

    why: int  # `MarginEvent`: why it was not extended, 0 = no reason, or told before
    missing: float  # CNY, to the warning line or of the interest
    event: int  # of its term
    recall: int  # of what was recalled of it
    cause: int  # `Cause` of closing it by force at the next open, 0 = it is not closed


@jit
def judge_contract(ledger: Ledger, row: int, look: Look) -> Verdict:
    """Extend the contract in `row`, let it fall due, or let what was recalled of it; changed in place."""
    contracts = ledger.contracts
    why = event = overdue = _NO_EVENT
    cause, until = _STAYS, -1 if look.ends else look.extended
    is_cut = look.ends and contracts[row]["due"] > look.today
    if is_cut:
        contracts[row]["due"] = look.today
    if contracts[row]["due"] <= look.today:
        if until >= 0 and look.options.extension == CONDITIONAL:
            why = _objection(ledger, row, look)
            until = until if why == _NO_EVENT and contracts[row]["told"] != FELL_DUE else -1
        event = fall_due(contracts, row, until, look.is_suspended)
        if event != _EXTENDED and not look.is_suspended:
            cause = _FOR_END if look.ends else _FOR_DUE
        if until >= 0 and look.options.extension == CONDITIONAL:
            contracts[row]["settles"] = 1
            ledger.account[0]["settling"] += 1
        if event == _NO_EVENT:  # told before
            why = _NO_EVENT
        if why == _NOT_SUSPENDED:
            event = _NO_EVENT
        if is_cut:
            event = _ENDS
    elif look.options.removed == CLOSING and look.is_removed:
        if not look.is_suspended:
            cause = _FOR_REMOVAL
            event = _REMOVED if contracts[row]["told"] != STRUCK_OFF else _NO_EVENT
            contracts[row]["told"] = STRUCK_OFF
    elif contracts[row]["told"] == STRUCK_OFF:  # it is on the list again
        contracts[row]["told"] = 0
    if cause == _STAYS and is_overdue(contracts, row, look.today):
        overdue = tell_overdue(contracts, row, look.is_suspended)
        cause = _STAYS if look.is_suspended else _FOR_RECALL
    return Verdict(why, _missing(ledger, row, why, look), event, overdue, cause)


@jit
def _objection(ledger: Ledger, row: int, look: Look) -> int:
    """Return the `MarginEvent` that says why the contract in `row` is not extended, 0 where it may be."""
    c, options = ledger.contracts[row], look.options
    if look.is_suspended:
        return _NOT_SUSPENDED
    if c["extensions"] >= options.extension_times:
        return _NOT_TIMES
    if maintenance_ratio(look.sums) < options.warn:
        return _NOT_RATIO
    return _NOT_INTEREST if payable_interest(ledger, c["accrued"]) > _cash_for_interest(ledger, look) else _NO_EVENT


@jit
def _cash_for_interest(ledger: Ledger, look: Look) -> float:
    """Return the cash, in CNY, that may pay the interest of one more contract: other ones of this close have theirs."""
    cash = payable(ledger, 0.0, look.proceeds_pay)
    for i in range(ledger.account[0]["open_contracts"]):
        if ledger.contracts[i]["settles"] == 1:
            cash -= payable_interest(ledger, ledger.contracts[i]["accrued"])
    return cash


@jit
def _missing(ledger: Ledger, row: int, why: int, look: Look) -> float:
    """Return the cash, in CNY, for want of which the contract in `row` was not extended; 0 of other reasons."""
    if why == _NOT_RATIO:
        return amount_to_restore(look.sums, look.options.warn)
    if why == _NOT_INTEREST:
        return payable_interest(ledger, ledger.contracts[row]["accrued"]) - max(_cash_for_interest(ledger, look), 0.0)
    return 0.0


@lean
def tell_recalls(run: Run, t: int) -> None:
    """Tell what lenders want back, of the oldest contract first; it is due on the next session."""
    setting, ledger, day = run.setting, run.state.ledger, run.schedule.day
    is_last = t + 1 == day.size
    due = day[t] + 1 if is_last else day[t + 1]
    for k in range(setting.recall_from[t], setting.recall_from[t + 1]):
        rest = setting.recall_shares[k]
        for i in range(ledger.account[0]["open_contracts"]):
            taken = recall(ledger, i, setting.recall_symbol[k], rest, due)
            rest -= taken
            if taken > 0.0:
                note_event(run.log, t, _RECALLED, np.nan, NO_DAY if is_last else due, 0.0, ledger.contracts[i]["id"])


@lean
def is_off_list(market: MarketArrays, t: int, kind: int, symbol: int) -> bool:
    """Tell whether the list of session `t` for contracts of `kind` says that the security is not on it."""
    return is_struck_off(market.financing_eligible if kind == FINANCING else market.short_eligible, t, symbol)


@lean
def waits(market: MarketArrays, t: int, symbol: int) -> bool:
    """Tell whether a contract waits at the close of session `t` for its security, which does not trade."""
    return market.suspended[t, symbol] > 0.0 and t + 1 < market.ends_at[symbol]


@lean
def ends(market: MarketArrays, t: int, symbol: int) -> bool:
    """Tell whether contracts on a security are to be closed from session `t` on, since its listing ends."""
    return t >= market.ends_due[symbol]


@lean_inlined
def _is_quiet(run: Run, t: int, row: int) -> bool:
    """Tell whether nothing can be said of the contract in `row`, as on most days; asked before all is gathered."""
    c = run.state.ledger.contracts[row]
    has_no_list = run.schedule.options.removed != CLOSING and c["told"] != STRUCK_OFF
    is_later = c["due"] > run.schedule.day[t] and t < run.market.ends_due[c["symbol"]]
    return is_later and has_no_list and c["recalled"] <= 0.0


@lean_inlined
def are_quiet(run: Run, t: int) -> bool:
    """Tell whether nothing can be said of any contract; asked before a call that is handed the whole run."""
    for i in range(run.state.ledger.account[0]["open_contracts"]):  # noqa: SIM110 - numba's all() takes no generator
        if not _is_quiet(run, t, i):
            return False
    return True


@lean
def judge_contracts(run: Run, t: int) -> None:
    """Judge every contract and put those that are to be closed on the list for the next open."""
    state, ledger, schedule = run.state, run.state.ledger, run.schedule
    sums = Totals(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if schedule.options.extension == CONDITIONAL:
        sums = totals(ledger, run.market.marks[t])
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        if _is_quiet(run, t, i):
            continue
        due, is_suspended = c["due"], waits(run.market, t, c["symbol"])
        is_removed = is_off_list(run.market, t, c["kind"], c["symbol"])
        look = Look(
            schedule.day[t],
            extended(schedule, t, due),
            is_suspended,
            is_removed,
            ends(run.market, t, c["symbol"]),
            sums,
            schedule.proceeds_pay[t],
            schedule.options,
        )
        verdict = judge_contract(ledger, i, look)
        if verdict.why != _NO_EVENT:
            note_event(run.log, t, verdict.why, maintenance_ratio(sums), due, verdict.missing, c["id"])
        if verdict.event != _NO_EVENT:
            note_event(run.log, t, verdict.event, np.nan, c["due"], 0.0, c["id"])
        if verdict.recall != _NO_EVENT:
            note_event(run.log, t, verdict.recall, np.nan, c["recall_due"], 0.0, c["id"])
        if verdict.cause != _STAYS:
            state.due[state.count[1]], state.why_due[state.count[1]] = c["id"], verdict.cause
            state.count[1] += 1
