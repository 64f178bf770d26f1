"""The tables of a run, declared once: every column with its type, its unit and its meaning.

From here follow the headers of a result's CSV files and the types of its tables, the rows of the compiled log, what the
journal notes at a close, and what `liangrong tables` prints. A column of `equity` is one line here: its name, and how
it follows from the account's sums.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .credit import Totals, equity, maintenance_ratio

DATE, TEXT, INT, FLOAT = "date", "text", "int", "float"
"""Types: datetime64[s], NaT = none; text, "" = none; whole numbers; floats, NaN = none, infinity where it is said."""


class Column(NamedTuple):
    """One column."""

    name: str
    kind: str
    unit: str  # "" = none
    meaning: str
    of: Callable[[Totals], float] | None = None  # of the account's sums at a close


class Table(NamedTuple):
    """One table, and one CSV file of a result."""

    meaning: str
    columns: tuple[Column, ...]
    is_optional: bool = False  # only some runs have it

    def names(self) -> tuple[str, ...]:
        """Return the columns' names."""
        return tuple(column.name for column in self.columns)


_KIND = Column("kind", TEXT, "", "order kind; forced_... = the broker's own order")
_SYMBOL = Column("symbol", TEXT, "", "security, such as 600519.SH; empty = none")
_SESSION = Column("date", DATE, "", "session")


def _summed(name: str, meaning: str) -> Column:
    """Return a column that is one of the account's sums."""
    return Column(name, FLOAT, "CNY", meaning, attrgetter(name))


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "equity": Table(
            "the account at every close",
            (
                _SESSION,
                _summed("cash", "all cash, locked short proceeds included"),
                _summed("long_value", "market value of the shares held"),
                _summed("short_value", "market value of the shares owed"),
                _summed("principal", "owed on financing contracts, without interest"),
                _summed("accrued", "interest, borrow fees and dividends owed and not yet paid"),
                Column("equity", FLOAT, "CNY", "cash + long value - short value - principal - accrued", equity),
                Column("maintenance_ratio", FLOAT, "fraction", "assets over debt; inf = no debt", maintenance_ratio),
                Column("available_margin", FLOAT, "CNY", "margin that new contracts may bind"),
            ),
        ),
        "fills": Table(
            "every order that was carried out",
            (
                _SESSION,
                _SYMBOL,
                _KIND,
                Column("shares", INT, "shares", "traded or returned"),
                Column("price", FLOAT, "CNY per share", "slippage and tick included; empty = nothing traded"),
                Column("value", FLOAT, "CNY", "traded, or repaid"),
                Column("commission", FLOAT, "CNY", ""),
                Column("stamp_duty", FLOAT, "CNY", ""),
                Column("transfer_fee", FLOAT, "CNY", ""),
                Column("interest", FLOAT, "CNY", "interest and borrow fee paid with it"),
            ),
        ),
        "refusals": Table(
            "every order, or rest of an order, that was not carried out",
            (
                _SESSION,
                _SYMBOL,
                _KIND,
                Column("shares", INT, "shares", "asked for and not done"),
                Column("reason", TEXT, "", "why, such as no_cash, limit_up or expired"),
            ),
        ),
        "contracts": Table(
            "every financing and short contract",
            (
                Column("id", INT, "", "in the order of opening"),
                Column("kind", TEXT, "", "financing or short"),
                _SYMBOL,
                Column("opened", DATE, "", ""),
                Column("due", DATE, "", "the last one, where it was extended"),
                Column("closed", DATE, "", "empty = open at the end"),
                Column("principal", FLOAT, "CNY", "of a financing contract, at opening"),
                Column("sell_amount", FLOAT, "CNY", "of a short contract, at opening"),
                Column("shares", INT, "shares", "at opening"),
                Column("rate", FLOAT, "fraction a year", "of its opening day"),
                Column("interest", FLOAT, "CNY", "paid, and accrued until the end; less what an opening brought"),
                Column("amount_years", FLOAT, "CNY x years", "what was charged, times how long: the rate's base"),
            ),
        ),
        "margin_events": Table(
            "warnings, calls, forced sales ordered, contracts due, extended or recalled",
            (
                _SESSION,
                Column(
                    "event",
                    TEXT,
                    "",
                    "such as warn, call, forced_sale, due, extended, not_extended_ratio, recalled, removed, "
                    "concentrated; ..._low = at the worst prices of the day (`account.judge: low`)",
                ),
                Column("ratio", FLOAT, "fraction", "maintenance ratio, at the close or at those prices"),
                Column("deadline", DATE, "", "of a call or a recall; due day of a contract"),
                Column(
                    "amount",
                    FLOAT,
                    "CNY",
                    "to restore; the shortfall of an insolvent account; what an extension lacked; what one security "
                    "is above its tier",
                ),
                Column("contract", INT, "", "its id; 0 = the account"),
            ),
        ),
        "forced_sales": Table(
            "every forced order, what was wanted of it and what was done",
            (
                _SESSION,
                Column(
                    "cause",
                    TEXT,
                    "",
                    "maintenance, insolvent, due, recalled, removed or ended; statement = a file's own",
                ),
                _SYMBOL,
                Column("kind", TEXT, "", "order kind"),
                Column("wanted", FLOAT, "shares", "CNY of a repayment"),
                Column("done", FLOAT, "shares", "CNY of a repayment"),
                Column("price", FLOAT, "CNY per share", "empty = nothing traded"),
                Column("reason", TEXT, "", "why not all of it; empty = all was done"),
            ),
        ),
        "cash_interest": Table(
            "interest on cash, when it was credited",
            (
                _SESSION,
                Column("cash", FLOAT, "CNY", "on available cash"),
                Column("proceeds", FLOAT, "CNY", "on locked short proceeds"),
                Column("amount", FLOAT, "CNY", "of all these rows"),
            ),
            is_optional=True,
        ),
        "entitlements": Table(
            "what corporate actions brought beside dividends: rights issues, tax on dividends by holding period",
            (
                _SESSION,
                _SYMBOL,
                Column("kind", TEXT, "", "rights_subscribed, rights_lapsed, rights_owed (to lenders), dividend_tax"),
                Column("shares", INT, "shares", "subscribed, lapsed, or owed to lenders; sold, of the tax"),
                Column("price", FLOAT, "CNY per share", "of a share offered; empty of the tax"),
                Column("amount", FLOAT, "CNY", "paid or owed below 0; what lapsed rights were worth, no cash"),
            ),
            is_optional=True,
        ),
        "concentration": Table(
            "closes at which one security was more of the assets than its tier of `account.concentration` allows",
            (
                _SESSION,
                _SYMBOL,
                Column("value", FLOAT, "CNY", "of its collateral and financed shares"),
                Column("share", FLOAT, "fraction", "of the assets, cash included"),
                Column("allowed", FLOAT, "fraction", "by the tier of the maintenance ratio"),
                Column("ratio", FLOAT, "fraction", "maintenance ratio"),
            ),
            is_optional=True,
        ),
        "positions": Table(
            "what is held and owed at every close",
            (
                _SESSION,
                _SYMBOL,
                Column("collateral", INT, "shares", "own ones (担保品)"),
                Column("financed", INT, "shares", "of financing contracts"),
                Column("short", INT, "shares", "owed"),
                Column("price", FLOAT, "CNY per share", "the mark: the close, or the last one known"),
                Column("value", FLOAT, "CNY", "(collateral + financed - short) x price"),
            ),
            is_optional=True,
        ),
        "trades": Table(
            "round trips: every holding of a security, by kind, from the first share in to the last one out",
            (
                _SYMBOL,
                Column("kind", TEXT, "", "collateral (own cash), financed or short; shares stay with what bought them"),
                Column("opened", DATE, "", "session of the first share; day of the opening for what was held before"),
                Column("closed", DATE, "", "session of the last one; empty = open at the end"),
                Column("sessions", INT, "sessions", "closes at which it was held"),
                Column("days", INT, "days", "calendar days from opened to closed, or to the last session"),
                Column("shares", INT, "shares", "the most that it held, or owed"),
                Column("entry_price", FLOAT, "CNY per share", "average; new shares of corporate actions apart"),
                Column("exit_price", FLOAT, "CNY per share", "average; what is left counts at the last mark"),
                Column("buy_value", FLOAT, "CNY", "bought, brought in or transferred in; of a short one bought back"),
                Column(
                    "sell_value", FLOAT, "CNY", "sold, returned or transferred out, and what is left at the last mark"
                ),
                Column("price_profit", FLOAT, "CNY", "sell value - buy value"),
                Column("dividends", FLOAT, "CNY", "received; below 0 = owed to the lender"),
                Column("fees", FLOAT, "CNY", "commission, stamp duty and transfer fee"),
                Column("interest", FLOAT, "CNY", "interest or borrow fee of its contracts, paid and accrued"),
                Column("profit", FLOAT, "CNY", "price profit + dividends - fees - interest"),
                Column(
                    "return", FLOAT, "fraction", "profit over buy value and its fees; of a short one over sell value"
                ),
                Column("fills", INT, "fills", "orders that it took part in"),
                Column("is_forced", INT, "0 or 1", "1 = the broker's own orders were among them"),
                Column("is_open", INT, "0 or 1", "1 = open at the end"),
            ),
        ),
        "flows": Table(
            "cash and collateral that moved in or out before a session, or was refused to",
            (
                _SESSION,
                Column("kind", TEXT, "", "deposit, withdrawal, transfer_in, transfer_out; call_deposit = on a call"),
                _SYMBOL,
                Column("shares", INT, "shares", "of collateral"),
                Column("price", FLOAT, "CNY per share", "of collateral: the mark of the close before; empty = cash"),
                Column("amount", FLOAT, "CNY", "above 0 = in, below = out; asked for where there is a reason"),
                Column("reason", TEXT, "", "why it did not move; empty = it did"),
            ),
            is_optional=True,
        ),
        "endings": Table(
            "what became of securities whose listing ended while they were held or owed",
            (
                _SESSION,
                _SYMBOL,
                Column("held_as", TEXT, "", "collateral, financed or short"),
                Column("shares", INT, "shares", "that ended"),
                Column("price", FLOAT, "CNY per share", "the last mark"),
                Column("successor", TEXT, "", "whose shares they became; empty = none"),
                Column("successor_shares", INT, "shares", ""),
                Column("cash", FLOAT, "CNY", "received for them; below 0 = owed for borrowed ones"),
                Column("carried", FLOAT, "CNY", "of their value, into the successor; below 0 = of borrowed ones"),
                Column("left", FLOAT, "CNY", "at which shares count that were neither exchanged nor paid for"),
            ),
            is_optional=True,
        ),
        "attribution": Table(
            "what the change of equity consists of",
            (
                Column(
                    "component",
                    TEXT,
                    "",
                    "price P&L, dividends and their tax, rights owed, each cost, interest received",
                ),
                Column("symbol", TEXT, "", "security; empty = the whole account"),
                Column("amount", FLOAT, "CNY", "costs are negative"),
            ),
        ),
        "market": Table(
            "the universe's balances",
            (
                _SESSION,
                Column("financing_balance", FLOAT, "CNY", "sum over the securities; empty = not published"),
                Column("short_balance", FLOAT, "CNY", "the same"),
                Column("spread", FLOAT, "CNY", "financing balance - short balance"),
            ),
        ),
        "benchmark": Table(
            "what the market gave at every close, from 1 on",
            (
                _SESSION,
                Column(
                    "equal_weight",
                    FLOAT,
                    "of its start",
                    "the universe in equal parts, bought once and held, without costs or a debt; empty = before it",
                ),
                Column("benchmark", FLOAT, "of its start", "what `output.benchmark` names; empty = not known"),
            ),
            is_optional=True,
        ),
        "forced_marks": Table(
            "what securities that were traded by force were worth before it",
            (_SESSION, _SYMBOL, Column("price", FLOAT, "CNY per share", "the close before, ex rights")),
            is_optional=True,
        ),
        "differences": Table(
            "where the ledger differs from a broker's own figures",
            (
                _SESSION,
                _SYMBOL,
                _KIND,
                Column(
                    "item",
                    TEXT,
                    "",
                    "the figure of a line, the account or a contract, or why an order was refused",
                ),
                Column("ours", FLOAT, "of the item", ""),
                Column("brokers", FLOAT, "of the item", ""),
                Column("difference", FLOAT, "of the item", "ours - the broker's"),
                Column("line", INT, "", "of the broker's file"),
            ),
            is_optional=True,
        ),
    }
)
"""Name -> table; the result's file is NAME.csv."""

_LOGGED = {DATE: "i8", TEXT: "i8", INT: "f8", FLOAT: "f8"}


def row_type(table: str, **more: str) -> np.dtype:
    """Return the type of a row of the compiled log: a session as its row `t`, texts as codes, days as numbers.

    `more` are types of fields that the log has beside the columns, or of columns that it keeps otherwise.
    """
    fields = {"t" if c.name == "date" else c.name: _LOGGED[c.kind] for c in TABLES[table].columns}
    return np.dtype(list((fields | more).items()))


def at_close(sums: Totals, **known: Any) -> tuple[Any, ...]:
    """Return a row of `equity`: what is `known`, and what follows from the account's sums."""
    return tuple(known[c.name] if c.of is None else c.of(sums) for c in TABLES["equity"].columns)
