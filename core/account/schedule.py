"""The account's terms over the sessions of a run as arrays, and the terms of one session."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.options import Options
from ..kernels.jit import jit, lean
from ..types import Panel2D, Row
from .calls import Lines
from .commissions import Commission
from .costs import CostTerms
from .credit import Charges
from .order_terms import Terms
from .sale_size import SaleRule

_ERA = 400 * 365 + 97  # days of 400 years of the Gregorian calendar
_EPOCH = 719_468  # days from 0000-03-01 to 1970-01-01


CLASSES = 4
ANY, SHANGHAI, SHENZHEN, FUND = range(CLASSES)
"""Classes of securities by what they cost: a share of an exchange, or of any where the code tells none; a fund."""


class RateArrays(NamedTuple):
    """Rates per year; a table by security is (0, 0) where none is given, else it stands in the place of the row."""

    financing: Row  # (T,) of a contract that opens on the session
    borrow: Row  # (T,)
    financing_of: Panel2D  # (T, N)
    borrow_of: Panel2D  # (T, N)
    financing_days: Row  # (T,) mean of the calendar days since the session before; NaN = contracts keep their own
    borrow_days: Row  # (T,)
    financing_days_of: Panel2D  # (T, N)
    borrow_days_of: Panel2D  # (T, N)
    cash: Row  # (T,) mean of the calendar days since the session before, as the next
    proceeds: Row  # (T,)
    credits: NDArray[np.bool_]  # (T,) whether interest on cash is credited before the open


class TermArrays(NamedTuple):
    """The terms by session, (T,) each, and what holds throughout; units as in `Terms` and `Lines`."""

    options: Options
    commission: Commission
    day: NDArray[np.int64]  # days since 1970-01-01
    due: NDArray[np.int64]  # due day of a contract that opens on the session
    months: NDArray[np.int64]  # term of an extension; 0 = no extension
    posts: NDArray[np.bool_]  # whether accrued interest is paid from cash before the open
    day_count: Row
    stamp_duty_rate: Row  # of shares
    transfer_fee_rate: Panel2D  # (4, T) by class
    transfer_fee_on_par: Panel2D  # (4, T) CNY per share, by class
    financing_ratio: Row
    short_ratio: Row
    cover_delay: NDArray[np.int64]
    call: Row
    cure: Row
    restore: Row
    grace: NDArray[np.int64]
    tier_below: Row
    tier_share: Row
    proceeds_pay: NDArray[np.bool_]  # whether all short proceeds pay for covers, interest, fees and dividends owed
    withdraw: Row  # maintenance ratio above which cash may leave
    dividend_tax: Panel2D  # (3, T) of dividends whose ex-date it is, sold within a month, within a year, later
    rates: RateArrays


def _costs_on(schedule: TermArrays, t: int, of_class: int) -> CostTerms:
    """Return what an order of session `t` costs; funds (ETF) pay neither stamp duty nor transfer fee."""
    return CostTerms(
        schedule.commission.rate,
        schedule.commission.minimum,
        0.0 if of_class == FUND else schedule.stamp_duty_rate[t],
        schedule.transfer_fee_rate[of_class, t],
        schedule.transfer_fee_on_par[of_class, t],
        schedule.commission.at,
    )


costs_on = lean(_costs_on)


def _terms_on(schedule: TermArrays, t: int, of_class: int, j: int) -> Terms:
    """Return the terms of session `t` for an order in security `j`, of that class; -1 = in none."""
    rates = schedule.rates
    is_by_security = j >= 0 and rates.financing_of.shape[0] > 0, j >= 0 and rates.borrow_of.shape[0] > 0
    return Terms(
        schedule.options,
        costs_on(schedule, t, of_class),
        schedule.day_count[t],
        schedule.financing_ratio[t],
        schedule.short_ratio[t],
        schedule.cover_delay[t],
        schedule.tier_below,
        schedule.tier_share,
        schedule.proceeds_pay[t],
        rates.financing_of[t, j] if is_by_security[0] else rates.financing[t],
        rates.borrow_of[t, j] if is_by_security[1] else rates.borrow[t],
    )


terms_on = jit(_terms_on)
borrowed_terms_on = lean(_terms_on)
"""The same for compiled callers that count no arrays."""


def charges_of(schedule: TermArrays, t: int) -> Charges:
    """Return what the calendar days since the session before session `t` are charged with."""
    rates = schedule.rates
    return Charges(rates.financing_days[t], rates.borrow_days[t], t, rates.financing_days_of, rates.borrow_days_of)


charges_on = lean(charges_of)
"""The same for compiled callers that count no arrays."""


@lean
def lines_on(schedule: TermArrays, t: int) -> Lines:
    """Return the maintenance ratio lines of session `t`."""
    options = schedule.options
    return Lines(
        options.warn,
        schedule.call[t],
        schedule.cure[t],
        schedule.restore[t],
        options.instant,
        schedule.grace[t],
        options,
    )


@lean
def sale_rule_on(schedule: TermArrays, t: int) -> SaleRule:
    """Return how a forced sale of session `t` chooses."""
    costs = (
        costs_on(schedule, t, ANY),
        costs_on(schedule, t, SHANGHAI),
        costs_on(schedule, t, SHENZHEN),
        costs_on(schedule, t, FUND),
    )
    return SaleRule(schedule.options, schedule.restore[t], schedule.proceeds_pay[t], costs)


@lean
def extended(schedule: TermArrays, t: int, due: int) -> int:
    """Return the due day of a contract that is extended on session `t`, -1 where that is not to be."""
    return months_later(due, schedule.months[t]) if schedule.months[t] > 0 else -1


@jit
def months_later(day: int, months: int) -> int:
    """Return the same day of the month `months` later, the last of the month where it has no such day.

    Notes
    -----
    Days since 1970-01-01, Gregorian. Months are counted from March of year 0, so that the leap day ends a year.
    """
    era, of_era = divmod(day + _EPOCH, _ERA)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    of_month = of_year - (153 * month + 2) // 5
    target = (era * 400 + year) * 12 + month + months
    first = _first_of_month(target)
    return first + min(of_month, _first_of_month(target + 1) - first - 1)


@jit
def _first_of_month(months: int) -> int:
    """Return the first day of the month that is `months` after March of year 0, in days since 1970-01-01."""
    year, month = divmod(months, 12)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 - _EPOCH
