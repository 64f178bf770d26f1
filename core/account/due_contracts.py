"""Contracts at a close: those that fall due are extended or closed at the next open, recalled shares are told."""

from typing import NamedTuple

import numpy as np

from ..kernels.jit import jit, lean
from ..types import MarginEvent
from .calls import fall_due
from .credit import Ledger
from .recalled_shares import is_overdue, recall, tell_overdue
from .run_state import NO_DAY, Run, note_event
from .schedule import extended

_NO_EVENT = int(MarginEvent.NONE)
_EXTENDED = int(MarginEvent.EXTENDED)
_RECALLED = int(MarginEvent.RECALLED)


class Look(NamedTuple):
    """What is known of one contract at a close."""

    today: int  # day
    extended: int  # new due day, -1 where the rules or the account extend none
    is_suspended: bool


class Verdict(NamedTuple):
    """What becomes of it."""

    event: int  # `MarginEvent` of its term, 0 = none
    recall: int  # of what was recalled of it
    is_closed: bool  # by force at the next open


@jit
def judge_contract(ledger: Ledger, row: int, look: Look) -> Verdict:
    """Extend the contract in `row`, let it fall due, or let what was recalled of it; changed in place."""
    contracts = ledger.contracts
    event = overdue = _NO_EVENT
    is_closed = False
    if contracts[row]["due"] <= look.today:
        event = fall_due(contracts, row, look.extended, look.is_suspended)
        is_closed = event != _EXTENDED and not look.is_suspended
    if not is_closed and is_overdue(contracts, row, look.today):
        overdue = tell_overdue(contracts, row, look.is_suspended)
        is_closed = not look.is_suspended
    return Verdict(event, overdue, is_closed)


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
def judge_contracts(run: Run, t: int) -> None:
    """Judge every contract and put those that are to be closed on the list for the next open."""
    state, ledger, schedule = run.state, run.state.ledger, run.schedule
    state.count[1] = 0
    for i in range(ledger.account[0]["open_contracts"]):
        c = ledger.contracts[i]
        due, is_suspended = c["due"], run.market.suspended[t, c["symbol"]] > 0.0
        verdict = judge_contract(ledger, i, Look(schedule.day[t], extended(schedule, t, due), is_suspended))
        if verdict.event != _NO_EVENT:
            note_event(run.log, t, verdict.event, np.nan, c["due"], 0.0, c["id"])
        if verdict.recall != _NO_EVENT:
            note_event(run.log, t, verdict.recall, np.nan, c["recall_due"], 0.0, c["id"])
        if verdict.is_closed:
            state.due[state.count[1]] = c["id"]
            state.count[1] += 1
