"""Interest on the cash of a credit account: accrued by calendar day, unseen until it is credited each quarter."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.jit import jit
from ..types import Sessions
from .credit import Ledger, available_cash

_DAY = 20
_MARCH = 2  # months since January; every third from there on


class Span(NamedTuple):
    """The sessions of a run, and the day from which interest runs on."""

    sessions: Sessions  # (T,)
    since: np.datetime64  # the first session, or the day of an opening before it

    @property
    def before(self) -> Sessions:
        """What came before each session (T,): the day from which interest runs on, then the other sessions."""
        return np.append(self.since, self.sessions[:-1].astype("datetime64[D]"))


def crediting_sessions(span: Span) -> NDArray[np.bool_]:
    """Return which sessions (T,) are the first on or after the 20th of March, June, September or December.

    Notes
    -----
    The days on which banks credit interest on demand deposits, and brokers on the money of their clients. Source: PBOC
    rules on renminbi interest rates (人民币利率管理规定, 银发〔1999〕77号): the 20th of the last month of a quarter.
    """
    sessions = span.sessions
    months = sessions.astype("datetime64[M]").astype(np.int64)
    latest = months - (months - _MARCH) % 3
    last = _day_of(latest)
    last = np.where(sessions.astype("datetime64[D]") < last, _day_of(latest - 3), last)
    return span.before < last


def _day_of(months: NDArray[np.int64]) -> Sessions:
    days = months.astype("datetime64[M]").astype("datetime64[D]")
    return days + np.full(len(days), _DAY - 1, dtype="timedelta64[D]")


def uncredited(ledger: Ledger) -> float:
    """Return the interest on cash, in CNY, that has accrued and is not credited."""
    return float(ledger.account[0]["cash_interest"] + ledger.account[0]["proceeds_interest"])


@jit
def accrue_cash(ledger: Ledger, today: int, day_count: float, cash_rate: float, proceeds_rate: float) -> None:
    """Accrue interest on the cash of the last close, for the calendar days up to day `today`.

    Notes
    -----
    Available cash x `cash_rate` / `day_count` x days; locked short proceeds at `proceeds_rate`. No interest is owed on
    cash below 0. As on a real account nothing of it is seen before it is credited: it enters neither cash nor equity,
    no ratio and no margin. To be called before `start_session`, which moves the account's day.
    """
    account = ledger.account[0]
    if account["today"] > 0 and (cash_rate > 0.0 or proceeds_rate > 0.0):
        years = (today - account["today"]) / day_count
        free = available_cash(ledger)
        account["cash_interest"] += free * cash_rate * years
        account["proceeds_interest"] += (max(account["cash"], 0.0) - free) * proceeds_rate * years


@jit
def credit_interest(ledger: Ledger) -> tuple[float, float]:
    """Credit what accrued on the cash, and return it: of available cash, of locked proceeds, in CNY."""
    account = ledger.account[0]
    of_cash, of_proceeds = account["cash_interest"], account["proceeds_interest"]
    account["cash"] += of_cash + of_proceeds
    account["cash_interest"] = account["proceeds_interest"] = 0.0
    return of_cash, of_proceeds
