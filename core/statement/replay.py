"""Execute a user's own order list, so that an account statement can be checked against the ledger."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..account.cash_flows import FLOW_KINDS, TRANSFER_OUT, Flow
from ..account.credit import shares_held
from ..account.order_kinds import BOUGHT
from ..account.part_payments import ANY, PARTS, opened_day
from ..errors import ConfigError, DateError
from ..ideas.parameters import Parameter
from ..ideas.strategy import MarginStrategy
from ..panel.panel import Panel
from ..types import OrderKind, Refusal
from .account_file import read_debts
from .broker_words import BY_ITSELF, OF_SHARES, OUTSIDE
from .contract_claims import contract_claims
from .line_claims import CLAIM_COLUMNS, Line, account_claims, line_claims
from .named_columns import column_of
from .order_list import StatedOrder, read_list, read_orders
from .paid_apart import ours_apart, paid_apart
from .statement_notes import notes_of

STATEMENT = "statement"
"""The cause of a forced sale that the file tells."""

_PAID_WITHIN = 10
"""Sessions after the ex-date within which a broker books a dividend."""


class Replay(MarginStrategy):
    """The orders of a file, each on its own date.

    An order of date d is submitted after the close of the session before and executed on d, in the order of the file.
    With a price it fills at exactly that price if the session traded there and no rule forbids it; without one it
    fills as every order does, by default at the open. An amount of a purchase becomes whole lots at the stated price,
    else at the last close; fees come on top. The layout of the file: `order_list.read_orders`.

    Notes
    -----
    Deposits, withdrawals and transfers move before the open of their session; those of a day that is none on the next.
    A dividend and bonus shares are compared with those of the ledger where the data tell their ex-date, dividend tax
    where the ledger withholds it, interest on cash with the ledger's where `account.cash_rate` is given; otherwise they
    are booked as the file says. Interest, principal and fees that are paid alone go to the contract that the line
    names, by its number or its security, else to the oldest first; those that a sale or a cover of the day paid are
    compared with it (`paid_apart`). The broker's own forced sales are executed as the file says, and the ledger's risk
    desk sells nothing on their sessions. Lines that the account does not follow are counted in a note.

    Where the file carries the broker's own figures, the run compares the ledger's with them: each fee and the interest
    of an order, its change of the cash, the cash and the shares after it, the account at the close, and whether the
    order was carried out as the file says; with `contracts_file` also each contract.
    """

    PARAMETERS = (
        Parameter("file", str, "", "the order list or delivery order, CSV; relative to the configuration's folder"),
        Parameter("contracts_file", str, "", "a debt query (合约查询) to compare the contracts with, CSV"),
        Parameter("tolerance", float, 0.01, "CNY by which a figure may differ from the broker's", low=0.0),
    )
    DECIDES = False

    @classmethod
    def check(cls, given: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Check each parameter, and that its files are there and can be read."""
        parameters = super().check(given, name)
        if not parameters["file"]:
            raise ConfigError(f"`file` of strategy `{name}` should name an order list (CSV), got nothing")
        read_orders(parameters["file"])
        if parameters["contracts_file"]:
            read_debts(parameters["contracts_file"])
        return parameters

    def prepare(self, panel: Panel) -> None:
        """Find the session and the security of every row, and move what is dated for the first session."""
        file = read_list(self.p.file)
        columns = {symbol: j for j, symbol in enumerate(panel.symbols)}
        self.due: dict[int, list[tuple[int, int]]] = {}  # session -> places of rows and securities
        self.submitted: dict[int, tuple[int, Any]] = {}  # place of a row -> security and order
        self.moved: dict[int, Line] = {}  # place of a row -> what came of a booking
        self.asked: list[tuple[int, int]] = []  # those whose bookings the broker has yet to carry out
        self.cash_at: dict[Any, float] = {}
        self.held_at: dict[Any, dict[str, float]] = {}
        self.received: dict[tuple[int, int], float] = {}  # session and security -> CNY of dividends
        self.dividends_seen = 0
        self.debts: Any = read_debts(self.p.contracts_file) if self.p.contracts_file else None
        self.contracts: Any = None
        self.broker.keeps_lines = True
        found = [_session_of(row, panel, self.p.first) for row in file.rows]
        self.rows = tuple(row._replace(date=panel.sessions[t]) for row, t in zip(file.rows, found, strict=True))
        self.paid_apart = paid_apart(self.rows)
        self.securities = [column_of(row.where, row.symbol, columns) if row.symbol else -1 for row in self.rows]
        self.numbers = self._numbers(columns)
        self.unknown: list[int] = []  # places of payments whose contract nothing tells
        self.file = file
        for i, (row, t) in enumerate(zip(self.rows, found, strict=True)):
            is_done = row.booking in (OUTSIDE, BY_ITSELF) or i in self.paid_apart
            if not is_done and (row.kind is not None or row.booking):
                self.due.setdefault(t, []).append((i, self.securities[i]))
                if row.is_forced:
                    self.broker.forced_elsewhere.add(t - self.p.first)
        self._submit_all(self.p.first)

    def _numbers(self, columns: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        """Return the broker's number of a contract -> its security and the day of its opening."""
        made = {
            row.contract: (j, opened_day(row.date))
            for row, j in zip(self.rows, self.securities, strict=True)
            if row.contract and row.kind in (OrderKind.MARGIN_BUY, OrderKind.SHORT_SELL)
        }
        for one in self.debts.contracts if self.debts is not None else ():
            if one.contract and one.symbol in columns:
                made.setdefault(one.contract, (columns[one.symbol], opened_day(np.datetime64(one.opened, "D"))))
        return made

    def next(self) -> None:
        """Note what became of the session's lines, then submit those of the next."""
        self._note()
        super().next()

    def decide(self) -> None:
        """Submit the orders of the next session."""
        self._submit_all(self.t + 1)

    def _submit_all(self, t: int) -> None:
        for i, j in self.due.get(t, ()):
            row = self.rows[i]
            if row.booking:
                self._book(i, j, t - self.p.first)
            else:
                self.submitted[i] = (j, self._submit(i, row, j))

    def _submit(self, i: int, row: StatedOrder, j: int) -> Any:
        if row.kind is OrderKind.REPAY:
            return self._pay(i, row, j)
        if row.kind is OrderKind.RETURN_SHARES:
            return self.return_shares(j, row.shares)
        submit = self.buy if row.kind in BOUGHT else self.sell
        stated = {} if math.isnan(row.price) else {"fill_price": row.price}
        stated |= {"forced": STATEMENT} if row.is_forced else {}
        return submit(data=self.datas[j], size=self._shares(row, j), kind=row.kind, **stated)

    def _pay(self, i: int, row: StatedOrder, j: int) -> Any:
        """Submit a payment: of one part of the debt, of one contract, or the oldest first."""
        opened = ANY
        if row.contract in self.numbers:
            j, opened = self.numbers[row.contract]
        elif row.contract and j == ANY:
            self.unknown.append(i)
        if not row.part and (j, opened) == (ANY, ANY):
            return self.repay(row.amount)
        part = PARTS.index(row.part or "all")
        return self.broker.repay(self, self.datas[0], row.amount, part=part, symbol=j, opened=opened)

    def _shares(self, row: StatedOrder, j: int) -> float:
        """Return the shares of an order: those stated, or the whole lots that its amount buys."""
        if not math.isnan(row.shares):
            return row.shares
        market, t = self.broker.market, self.broker.t
        price = market.marks[t, j] if math.isnan(row.price) else row.price
        # The binary price may lie a hair above the decimal one: 10,550 buys 1,000 shares at 10.55, not 999.
        wanted = 0.0 if math.isnan(price) else math.floor(row.amount / price + 1e-9)
        minimum, step = market.lot(t + 1, j)
        if wanted < minimum:
            return max(float(wanted), 1.0)  # less than a lot: submitted all the same, so that the refusal is seen
        return minimum + (wanted - minimum) // step * step

    # ---- bookings ---------------------------------------------------------------------------------------------------

    def _book(self, i: int, j: int, t: int) -> None:
        """Ask the broker for what a row books on session `t` of the run, unless the ledger does it by itself."""
        row = self.rows[i]
        if self._is_ledgers(row, j, t):
            return
        is_cash = row.booking not in OF_SHARES
        self.broker.asked_flows.append(Flow(FLOW_KINDS.index(row.booking), j, row.amount if is_cash else row.shares))
        self.asked.append((i, j))

    def _is_ledgers(self, row: StatedOrder, j: int, t: int) -> bool:
        """Return whether the ledger books by itself what a row books on session `t` of the run."""
        if row.booking in ("dividend", "bonus_shares"):
            return self._ex_session(j, t, row.booking) is not None
        if row.booking == "dividend_tax":
            return self.broker.schedule.options.dividend_tax_rate != 0.0  # below 0 = by holding
        return row.booking == "interest_received" and bool(self.broker.schedule.arrays.rates.cash.any())

    def _ex_session(self, j: int, t: int, booking: str) -> int | None:
        """Return the session on which the data pay what a broker books on `t`, None where they do not."""
        for ex in range(t, max(t - _PAID_WITHIN, -1), -1):
            for action in self.broker.market.actions.on(ex):
                told = action.cash_per_share if booking == "dividend" else action.share_ratio
                if action.symbol == j and told > 0.0:
                    return ex
        return None

    def _note(self) -> None:
        """Note what the broker carried out before and on the session that is over."""
        broker = self.broker
        day = broker.date
        if day in self.cash_at:
            return
        self.cash_at[day] = float(broker.ledger.account[0]["cash"])
        self.held_at[day] = {self._name(j): shares_held(broker.ledger, j, True) for j in {*self.securities} if j >= 0}
        for (i, j), moved in zip(self.asked, broker.carried_out, strict=True):
            row, done = self.rows[i], moved.refusal == 0
            is_cash = row.booking not in OF_SHARES
            sign = -1.0 if FLOW_KINDS.index(row.booking) == TRANSFER_OUT else 1.0
            self.moved[i] = Line(
                row,
                self._name(j),
                refused="" if done else Refusal(moved.refusal).name.lower(),
                change=moved.amount if done and is_cash else 0.0,
                ours=abs(moved.amount) if is_cash else moved.shares,
                share_change=0.0 if is_cash or not done else sign * moved.shares,
            )
        self.asked.clear()
        broker.carried_out.clear()
        paid = broker.journal.dividends()
        for symbol, received, _ in paid[self.dividends_seen :]:
            key = (broker.t, self.history.symbols.index(symbol) if symbol else -1)
            self.received[key] = self.received.get(key, 0.0) + received
        self.dividends_seen = len(paid)
        if self.debts is not None and self.debts.date in (None, day):
            self.contracts = broker.ledger.contracts[: broker.ledger.account[0]["open_contracts"]].copy()
            self.contracts_day = day
        self._note_forced()

    def _note_forced(self) -> None:
        """Note the broker's own orders of the session among the forced sales."""
        broker = self.broker
        for j, order in self.submitted.values():
            if order.info.get("forced") != STATEMENT or "noted" in order.info or order.alive():
                continue
            order.addinfo(noted=True)
            done, asked = float(abs(order.executed.size)), float(abs(order.created.size))
            price = order.executed.exbits[-1].price if done else np.nan
            reason = order.info.get("refusal", Refusal.NONE)
            kind: OrderKind = order.info["kind"]
            broker.journal.forced_sale(broker.date, STATEMENT, kind, j, asked, done, price, reason)

    def _name(self, j: int) -> str:
        return "" if j < 0 else self.history.symbols[j]

    # ---- the broker's own figures -----------------------------------------------------------------------------------

    def claims(self) -> pd.DataFrame | None:
        """Return what the files say of orders, bookings, account and contracts; None where they have no figure.

        Returns
        -------
        DataFrame
            date, symbol, kind (of an order or a booking, `account`, `financing` or `short`), item (a column of `fills`
            or `equity` or of `LINE_FIGURES`; `refused: reason`), brokers, tolerance, line, fill (number of the order's
            fill among those of its date, symbol and kind; -1 = there is none), ours (NaN = that of the fill or the
            close).
        """
        if not any(row.figures for row in self.rows) and self.debts is None:
            return None
        rows = [*line_claims(self._lines(), self.cash_at, self.held_at, self.p.tolerance)]
        rows += account_claims(self.rows, self.p.tolerance)
        if self.contracts is not None:
            days = self.contracts_day, self.history.sessions[self.p.first]
            debts, symbols = self.debts.contracts, self.history.symbols
            rows += contract_claims(*days, debts, self.contracts, symbols, self.p.tolerance)
        table = pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
        return table.sort_values(["date", "line"], kind="stable", ignore_index=True)

    def remarks(self) -> tuple[str, ...]:
        """Return what of the file is no line, no figure, or nothing that the account follows."""
        day = "" if self.debts is None or self.contracts is not None else str(self.debts.date)
        return notes_of(self.file, [self.rows[i].line for i in self.unknown], day)

    def _lines(self) -> list[Line]:
        """Return the orders and bookings in the order of the file; the account's rows are none."""
        effects = {}
        for i, (_, order) in self.submitted.items():
            if "effect" in order.info:
                effects[i] = (order.info["effect"], order.info["settled"], order.info["cash_change"])
        apart = ours_apart(self.rows, self.paid_apart, effects)
        told = {k: sum(apart[i] for i, order in self.paid_apart.items() if order == k) for k in effects}
        lines, withheld = [], {}
        for i, row in enumerate(self.rows):
            if i in self.submitted:
                j, order = self.submitted[i]
                is_shown = row.kind is not OrderKind.REPAY
                lines.append(Line(row, self._name(j) if is_shown else "", order, change=told.get(i, 0.0)))
            elif i in apart:
                lines.append(Line(row, "", change=-apart[i], ours=apart[i]))
            elif row.booking in (OUTSIDE, BY_ITSELF):
                lines.append(Line(row, "", change=row.figures.get("net", 0.0) * (row.booking == OUTSIDE)))
            elif row.booking:
                lines.append(self.moved[i] if i in self.moved else self._of_ledger(row, self.securities[i], withheld))
        return lines

    def _of_ledger(self, row: StatedOrder, j: int, withheld: dict[int, float]) -> Line:
        """Return the line of what the ledger booked by itself; `withheld` has the tax that lines before it told."""
        t = self.broker.market.panel.sessions.searchsorted(row.date)
        if row.booking == "interest_received":
            noted = self.broker.journal.tables().get("cash_interest", {"date": [], "amount": []})
            days = [row.date - one for one in noted["date"]]
            near = [k for k, day in enumerate(days) if np.timedelta64(0) <= day <= np.timedelta64(_PAID_WITHIN, "D")]
            ours = noted["amount"][near[-1]] if near else 0.0
            return Line(row, "", change=ours if near and days[near[-1]] == np.timedelta64(0) else 0.0, ours=ours)
        if row.booking == "dividend_tax":
            ours = self._taxed(j, int(t), row.date) - withheld.get(j, 0.0)
            withheld[j] = withheld.get(j, 0.0) + ours
            return Line(row, self._name(j), ours=ours)
        ex = self._ex_session(j, int(t), row.booking)
        key = (int(t) if ex is None else ex, j)
        if row.booking == "bonus_shares":
            shares = self.broker.bonus.get(key, 0.0)
            return Line(row, self._name(j), ours=shares, share_change=shares if ex == t else 0.0)
        received = self.received.get(key, 0.0)
        return Line(row, self._name(j), change=received if ex == t else 0.0, ours=received)

    def _taxed(self, j: int, t: int, day: np.datetime64) -> float:
        """Return what the ledger took as tax on dividends of a security (-1 = of all) until session `t`, in CNY."""
        rate = self.broker.schedule.options.dividend_tax_rate
        if rate > 0.0:  # withheld at the payment
            net = sum(amount for (ex, k), amount in self.received.items() if j in (k, -1) and ex <= t)
            return net / (1.0 - rate) * rate
        noted = self.broker.journal.tables().get("entitlements")
        if noted is None:
            return 0.0
        rows = zip(*(noted[name] for name in ("date", "symbol", "kind", "amount")), strict=True)
        return -sum(
            amount
            for date, symbol, kind, amount in rows
            if kind == "dividend_tax" and date <= day and (j < 0 or symbol == self._name(j))
        )


def _session_of(row: StatedOrder, panel: Panel, first: int) -> int:
    """Return the session (row of `panel`) of `row`; DateError where it is none on which it can be carried out."""
    sessions = panel.sessions
    run = f"{sessions[first]}..{sessions[-1]}"
    t = int(np.searchsorted(sessions, row.date))
    if row.date < sessions[first] or row.date > sessions[-1]:
        raise DateError(
            f"{row.where}, column `date`: {row.date} lies outside the run {run}: change `window` or drop the row"
        )
    if sessions[t] != row.date and row.kind is not None:
        raise DateError(
            f"{row.where}, column `date`: {row.date} is no session, the next one is {sessions[t]}: correct it"
        )
    if t == first and row.kind is not None:
        raise DateError(
            f"{row.where}, column `date`: {row.date} is the first session of the run {run}, and an order is submitted "
            "after the close of the session before its own: begin `window` a session earlier"
        )
    return t


STRATEGIES = {"replay": Replay}
"""What this module registers in the group `liangrong.ideas`."""
