"""Lines and calls: how an account's maintenance ratio and its contracts' due days are judged at a close."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.options import DEFAULTS, Options
from ..kernels.jit import jit
from ..types import MarginEvent
from .credit import CALLED, CALM, FELL_DUE, FORCED, INSOLVENT, WAITS, WARNED, Ledger, Totals, maintenance_ratio

_NO_EVENT = int(MarginEvent.NONE)
_WARN = int(MarginEvent.WARN)
_CALL = int(MarginEvent.CALL)
_CURED = int(MarginEvent.CURED)
_FORCED_SALE = int(MarginEvent.FORCED_SALE)
_INSTANT = int(MarginEvent.INSTANT)
_RESTORED = int(MarginEvent.RESTORED)
_INSOLVENT = int(MarginEvent.INSOLVENT)
_WARN_LOW = int(MarginEvent.WARN_LOW)
_CALL_LOW = int(MarginEvent.CALL_LOW)
_INSTANT_LOW = int(MarginEvent.INSTANT_LOW)
_DUE = int(MarginEvent.DUE)
_EXTENDED = int(MarginEvent.EXTENDED)


class Lines(NamedTuple):
    """Maintenance ratio lines in force on one day, fractions."""

    warn: float
    call: float
    cure: float  # ends a call
    restore: float  # a forced sale aims at it
    instant: float
    grace: int  # sessions between the notice and the deadline
    options: Options = DEFAULTS


@jit
def judge_close(ledger: Ledger, sums: Totals, lines: Lines, t: int, worst: float = np.inf) -> int:
    """Move the account's state at the close of session `t` and return the `MarginEvent` that happened, 0 for none.

    Parameters
    ----------
    ledger : Ledger
    sums : Totals
        At the marks of the close.
    lines : Lines
    t : int
    worst : float
        A bound of the ratio during the session (`account.judge: low`); infinite where only the close is judged.

    Notes
    -----
    Below `call`: notice, deadline t + grace. At the deadline still below `cure`: forced sale at the next open. Below
    `instant`: forced sale at the next open. What could not be sold is retried at every open, until the ratio closes at
    or above `restore`; a sale carried out in full ends it at or above `call`. Debt above assets: insolvent for good.

    A `worst` below `warn`, `call` or `instant` has the consequence of a close below it, though the close may be above:
    its notice stands, and the close of its own session does not end it (unless that is the deadline). What ends a call
    or forced sales is a close, whatever the session went through, and so is insolvency, which is for good. A session
    that ends one of them begins no other; a running notice is not given again.
    """
    account = ledger.account[0]
    state = account["risk_state"]
    ratio = maintenance_ratio(sums)
    least = min(ratio, worst)
    calm = WARNED if least < lines.warn else CALM
    if state == INSOLVENT:
        return _NO_EVENT
    if ratio < 1.0:
        account["risk_state"] = INSOLVENT
        return _INSOLVENT
    if state == FORCED and ratio >= (lines.restore if account["unsold"] > 0 else lines.call):
        account["risk_state"] = calm
        return _RESTORED
    if state == FORCED and account["unsold"] > 0:
        return _NO_EVENT
    if least < lines.instant:
        account["risk_state"] = FORCED
        return _INSTANT if ratio < lines.instant else _INSTANT_LOW
    if state == CALLED:
        return _judge_called(ledger, ratio, lines, t, calm)
    if least < lines.call:
        account["risk_state"] = CALLED
        account["deadline"] = t + lines.grace
        return _CALL if ratio < lines.call else _CALL_LOW
    account["risk_state"] = calm
    if calm == WARNED and state == CALM:
        return _WARN if ratio < lines.warn else _WARN_LOW
    return _NO_EVENT


@jit
def _judge_called(ledger: Ledger, ratio: float, lines: Lines, t: int, calm: int) -> int:
    if ratio >= lines.cure:
        ledger.account[0]["risk_state"] = calm
        return _CURED
    if t >= ledger.account[0]["deadline"]:
        ledger.account[0]["risk_state"] = FORCED
        return _FORCED_SALE
    return _NO_EVENT


@jit
def is_due_at_once(ledger: Ledger, event: int, t: int) -> bool:
    """Tell whether a call of session `t` has its deadline at that very close (grace 0): it is judged again."""
    return event in (_CALL, _CALL_LOW) and ledger.account[0]["deadline"] <= t


@jit
def is_of_low(event: int) -> bool:
    """Tell whether an event happened at the worst prices of its session, and not at its close."""
    return event in (_WARN_LOW, _CALL_LOW, _INSTANT_LOW)


@jit
def amount_to_restore(sums: Totals, line: float) -> float:
    """Return the cash, in CNY, whose deposit brings the maintenance ratio to `line`; 0 where it is there already."""
    debt = sums.principal + sums.short_value + sums.accrued
    return max(line * debt - sums.cash - sums.long_value, 0.0)


@jit
def event_amount(event: int, sums: Totals, lines: Lines) -> float:
    """Return the cash, in CNY, that a notice asks for, or the shortfall of an insolvent account; 0 of other events."""
    if event in (_CALL, _CALL_LOW):
        return amount_to_restore(sums, lines.cure)
    if event == _INSOLVENT:
        return amount_to_restore(sums, 1.0)
    if event in (_FORCED_SALE, _INSTANT, _INSTANT_LOW):
        return amount_to_restore(sums, lines.restore)
    return 0.0


@jit
def fall_due(contracts: NDArray[np.void], row: int, extended: int, is_suspended: bool) -> int:
    """Extend the contract in `row`, or let it fall due; return the `MarginEvent`, 0 where it was told before.

    Parameters
    ----------
    contracts : CONTRACT (n,)
        Changed in place.
    row : int
    extended : int
        New due day, -1 where the contract may not be extended.
    is_suspended : bool
        The security does not trade: the contract waits for it.
    """
    c = contracts[row]
    if extended >= 0:
        c["due"] = extended
        c["told"] = 0
        c["extensions"] += 1
        return _EXTENDED
    told = WAITS if is_suspended else FELL_DUE
    if c["told"] == told:
        return _NO_EVENT
    c["told"] = told
    return _EXTENDED if is_suspended else _DUE
