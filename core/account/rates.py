"""Rates per year by session, and by security where a table gives them: from a configuration's statement to arrays."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..config.credit_account import AccountConfig
from ..config.presets import LIST_PRICE
from ..config.rate_values import FROM_DATA, DatedRate, RateChange, check_rows, dated_rate, rate_file
from ..errors import ConfigError, DataError, DateError
from ..panel.panel import Panel
from ..panel.user_csv import read_texts
from ..types import Panel2D, Row
from .cash_interest import Span, crediting_sessions
from .schedule import RateArrays

_BY_SECURITY = ("financing_rate", "borrow_rate")


class _Stated(NamedTuple):
    """One statement of rates, resolved."""

    of_day: Row  # (T,) of a session's own day, NaN = only tables by security speak
    of_days: Row  # (T,) mean over the calendar days since the session before
    by_security: Panel2D  # (T, N) as `of_day`; (0, 0) = none
    days_by_security: Panel2D  # (T, N) as `of_days`; (0, 0) = none


def rate_arrays(account: AccountConfig, span: Span, panel: Panel | None) -> RateArrays:
    """Return the rates of an account by session.

    Parameters
    ----------
    account : AccountConfig
    span : Span
        Its sessions (T,). Days before the first row of a statement, between an opening and the first session, pay that
        row's rate; the data's own are the first session's there.
    panel : Panel, optional
        (T, N), whose securities and whose field `borrow_rate` a table by security speaks of.

    Raises
    ------
    DateError
        A session before the first row of a statement.
    ConfigError, DataError
        A table by security where none belongs, a field that the data do not have, a file that cannot be read.
    """
    is_daily = account.rate_of == "day"
    financing = _resolved("financing_rate", account.financing_rate, span, panel, is_daily)
    borrow = _resolved("borrow_rate", account.borrow_rate, span, panel, is_daily)
    cash = _resolved("cash_rate", account.cash_rate, span, panel, True)
    stated = account.proceeds_rate
    proceeds = cash if stated is None else _resolved("proceeds_rate", stated, span, panel, True)
    own = np.full(len(span.sessions), np.nan)
    return RateArrays(
        financing=financing.of_day,
        borrow=borrow.of_day,
        financing_of=financing.by_security,
        borrow_of=borrow.by_security,
        financing_days=financing.of_days if is_daily else own,
        borrow_days=borrow.of_days if is_daily else own,
        financing_days_of=financing.days_by_security,
        borrow_days_of=borrow.days_by_security,
        cash=cash.of_days,
        proceeds=proceeds.of_days,
        credits=crediting_sessions(span),
    )


def _resolved(name: str, stated: Any, span: Span, panel: Panel | None, is_daily: bool) -> _Stated:
    """Return one statement by session; its second half is of use where contracts pay each day's rate."""
    change = stated if isinstance(stated, RateChange) else RateChange.model_construct(of=stated, times=1.0, plus=0.0)
    made = _unchanged(name, change.of, span, panel, is_daily)
    if change.times != 1.0 or change.plus != 0.0:
        made = _Stated(*(values * change.times + change.plus for values in made))
        if any((values < 0.0).any() for values in made):
            raise ConfigError(f"`account.{name}` should not fall below 0, but does with plus {change.plus:g}")
    return made


def _unchanged(name: str, of: Any, span: Span, panel: Panel | None, is_daily: bool) -> _Stated:
    none, shape = np.empty((0, 0)), len(span.sessions)
    if isinstance(of, int | float):
        return _Stated(np.full(shape, float(of)), np.full(shape, float(of)), none, none)
    if of == FROM_DATA:
        return _of_data(name, span, panel, is_daily)
    rows = read_rates(name, of) if rate_file(of) else of
    general = [row for row in rows if row.symbol is None]
    special = [row for row in rows if row.symbol is not None]
    if not special:
        return _Stated(*_by_session(name, general, span), none, none)
    if name not in _BY_SECURITY:
        raise ConfigError(f"`account.{name}` should have one rate a day, got rows of {special[0].symbol}")
    if panel is None:
        raise ConfigError(f"`account.{name}` has rows of securities: give the panel too, or rows without a symbol")
    return _by_security(name, general, special, span, panel, is_daily)


def _by_security(
    name: str,
    general: Sequence[DatedRate],
    special: Sequence[DatedRate],
    span: Span,
    panel: Panel,
    is_daily: bool,
) -> _Stated:
    """Return a table by date and security: a security's own rows, before them and without any those of all."""
    unknown = np.full(len(span.sessions), np.nan)
    first = min((row.date for row in general), default=None)
    covers = first is not None and np.datetime64(first, "D") <= span.sessions[0]
    of_all = _by_session(name, general, span) if covers else (unknown, unknown)
    by_security = np.repeat(of_all[0][:, None], len(panel.symbols), axis=1)
    days = np.repeat(of_all[1][:, None], len(panel.symbols), axis=1) if is_daily else np.empty((0, 0))
    own: dict[str, list[DatedRate]] = {}
    for row in special:
        own.setdefault(str(row.symbol), []).append(row)
    for j, symbol in enumerate(panel.symbols):
        rows = [*own.get(symbol, ()), *_before(general, own.get(symbol, ()))]
        if not rows:
            raise _unknown(name, span.sessions[0], None, symbol)
        if symbol in own:
            found = _by_session(name, rows, span, symbol)
            by_security[:, j] = found[0]
            if is_daily:
                days[:, j] = found[1]
        elif not covers:
            _by_session(name, rows, span, symbol)  # says from when on
    return _Stated(*of_all, by_security, days)


def _before(general: Sequence[DatedRate], own: Sequence[DatedRate]) -> list[DatedRate]:
    """Return the rows of all securities that hold until a security's own begin."""
    first = min((row.date for row in own), default=dt.date.max)
    return [row for row in general if row.date < first]


def _of_data(name: str, span: Span, panel: Panel | None, is_daily: bool) -> _Stated:
    """Return the field of the data; the list price where and when a security has none."""
    values = None if panel is None or name not in _BY_SECURITY else panel.get(name)
    if values is None:
        raise ConfigError(
            f"`account.{name}: {FROM_DATA}` needs the field `{name}`, which the data do not have: import a table of it "
            "(borrow_rates in `liangrong data sources`), or give a number, dated rows or a CSV file"
        )
    price = LIST_PRICE[name]
    listed = np.where(np.isnan(values), price, values)
    days = np.vstack([listed[:1], listed[:-1]]) if is_daily else np.empty((0, 0))
    of_all = np.full(len(span.sessions), price)
    return _Stated(of_all, of_all, listed, days)


def _by_session(name: str, rows: Sequence[DatedRate], span: Span, symbol: str | None = None) -> tuple[Row, Row]:
    """Return the rate of each session's day (T,), and the mean over the calendar days since the session before (T,)."""
    ordered = sorted(rows, key=lambda row: row.date)
    starts = np.array([row.date for row in ordered], dtype="datetime64[D]")
    values = np.array([row.rate for row in ordered])
    days = span.sessions.astype("datetime64[D]")
    if days[0] < starts[0]:
        raise _unknown(name, days[0], ordered[0].date, symbol)
    of_day = values[np.searchsorted(starts, days, side="right") - 1]
    every = np.arange(span.since, days[-1] + 1)
    daily = values[np.maximum(np.searchsorted(starts, every, side="right") - 1, 0)]
    begun, at = (span.before - span.since).astype(np.int64), (days - span.since).astype(np.int64)
    mean = daily[begun]
    is_steady = np.minimum.reduceat(daily, begun) == np.maximum.reduceat(daily, begun)
    for t in np.flatnonzero(~is_steady):
        charged = daily[begun[t] : at[t]]
        if np.ptp(charged) > 0.0:  # a row begins between two sessions
            mean[t] = charged.mean()
    return of_day, mean


def _unknown(name: str, day: Any, first: Any, symbol: str | None) -> DateError:
    of = f" of {symbol}" if symbol else ""
    begins = "it has no row" if first is None else f"its first row is of {first}"
    alike = ", or rows without a symbol, for all securities" if symbol else ""
    return DateError(
        f"`account.{name}` has no rate{of} on {np.datetime64(day, 'D')}, {begins}: give an earlier row{alike}, or "
        "start later"
    )


def read_rates(name: str, path: str) -> list[DatedRate]:
    """Return the rows of a CSV file with the columns date and rate, and optionally symbol; DataError with the line."""
    table = read_texts(Path(path), ("date", "rate"), f"rates (`account.{name}`)")
    symbols = table["symbol"] if "symbol" in table.columns else [""] * len(table)
    rows: list[DatedRate] = []
    for line, (date, rate, symbol) in enumerate(zip(table["date"], table["rate"], symbols, strict=True), start=2):
        given = {"date": date.strip(), "rate": rate.strip(), "symbol": symbol.strip() or None}
        try:
            rows.append(dated_rate(given, f"line {line}: "))
        except ValueError as error:
            raise DataError(f"{path}, {error}; a row is date, rate and perhaps symbol") from None
    if not rows:
        raise DataError(f"{path} holds no rate: give rows of date, rate and perhaps symbol")
    try:
        check_rows(rows)
    except ValueError as error:
        raise DataError(f"{path} {error}") from None
    return rows
