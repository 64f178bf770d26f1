"""Execute a user's own order list, so that an account statement can be checked against the ledger."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..account.cash_flows import CREDITS, FLOW_KINDS, TRANSFER_IN, TRANSFER_OUT, Flow
from ..account.order_kinds import BOUGHT
from ..errors import ConfigError, DateError
from ..ideas.parameters import Parameter
from ..ideas.strategy import MarginStrategy
from ..panel.panel import Panel
from ..types import OrderKind, Refusal
from .account_file import read_debts
from .line_claims import CLAIM_COLUMNS, Line, account_claims, contract_claims, line_claims
from .named_columns import column_of
from .order_list import StatedOrder, read_orders

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
    Deposits, withdrawals and transfers move before the open of their session. A dividend is compared with that of the
    ledger where the data tell its ex-date, interest on cash with the ledger's where `account.cash_rate` is given;
    otherwise they are booked as the file says. The broker's own forced sales are executed as the file says, and the
    ledger's risk desk sells nothing on their sessions.

    Where the file carries the broker's own figures, the run compares the ledger's with them: each fee and the interest
    of an order, its change of the cash and the cash after it, the account at the close, and whether the order was
    carried out as the file says; with `contracts_file` also what each contract owes.
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
        self.rows = read_orders(self.p.file)
        columns = {symbol: j for j, symbol in enumerate(panel.symbols)}
        self.due: dict[int, list[tuple[int, int]]] = {}  # session -> places of rows and securities
        self.submitted: dict[int, tuple[int, Any]] = {}  # place of a row -> security and order
        self.moved: dict[int, Line] = {}  # place of a row -> what came of a booking
        self.asked: list[tuple[int, int]] = []  # those whose bookings the broker has yet to carry out
        self.cash_at: dict[Any, float] = {}
        self.received: dict[tuple[int, int], float] = {}  # session and security -> CNY of dividends
        self.dividends_seen = 0
        self.debts: Any = read_debts(self.p.contracts_file) if self.p.contracts_file else None
        self.contracts: Any = None
        self.broker.keeps_lines = True
        for i, row in enumerate(self.rows):
            t = _session_of(row, panel, self.p.first)
            if row.kind is not None or row.booking:
                j = column_of(row.where, row.symbol, columns) if row.symbol else -1
                self.due.setdefault(t, []).append((i, j))
                if row.is_forced:
                    self.broker.forced_elsewhere.add(t - self.p.first)
        self._submit_all(self.p.first)

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
                self.submitted[i] = (j, self._submit(row, j))

    def _submit(self, row: StatedOrder, j: int) -> Any:
        if row.kind is OrderKind.REPAY:
            return self.repay(row.amount)
        if row.kind is OrderKind.RETURN_SHARES:
            return self.return_shares(j, row.shares)
        submit = self.buy if row.kind in BOUGHT else self.sell
        stated = {} if math.isnan(row.price) else {"fill_price": row.price}
        stated |= {"forced": STATEMENT} if row.is_forced else {}
        return submit(data=self.datas[j], size=self._shares(row, j), kind=row.kind, **stated)

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
        if row.booking == "dividend" and self._ex_session(j, t) is not None:
            return
        if row.booking == "interest_received" and self.broker.schedule.arrays.rates.cash.any():
            return  # the ledger earns it by itself
        kind = FLOW_KINDS.index(row.booking)
        is_cash = kind not in (TRANSFER_IN, TRANSFER_OUT)
        self.broker.asked_flows.append(Flow(kind, j, row.amount if is_cash else row.shares))
        self.asked.append((i, j))

    def _ex_session(self, j: int, t: int) -> int | None:
        """Return the session on which the data pay the dividend that a broker books on `t`, None where they do not."""
        for ex in range(t, max(t - _PAID_WITHIN, -1), -1):
            if any(action.symbol == j and action.cash_per_share > 0.0 for action in self.broker.market.actions.on(ex)):
                return ex
        return None

    def _note(self) -> None:
        """Note what the broker carried out before and on the session that is over."""
        broker = self.broker
        day = broker.date
        if day in self.cash_at:
            return
        self.cash_at[day] = float(broker.ledger.account[0]["cash"])
        for (i, j), (moved, held) in zip(self.asked, broker.carried_out, strict=True):
            row, done = self.rows[i], moved.refusal == 0
            is_cash = math.isnan(moved.price) or row.booking in CREDITS
            self.moved[i] = Line(
                row,
                self._name(j),
                refused="" if done else Refusal(moved.refusal).name.lower(),
                change=moved.amount if done and is_cash else 0.0,
                ours=abs(moved.amount) if is_cash else moved.shares,
                held=held,
            )
        self.asked.clear()
        broker.carried_out.clear()
        paid = broker.journal.dividends()
        for symbol, received, _ in paid[self.dividends_seen :]:
            key = (broker.t, self.history.symbols.index(symbol))
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
        rows = [*line_claims(self._lines(), self.cash_at, self.p.tolerance)]
        rows += account_claims(self.rows, self.p.tolerance)
        if self.contracts is not None:
            symbols, stated = self.history.symbols, self.debts.contracts
            rows += contract_claims(self.contracts_day, stated, self.contracts, symbols, self.p.tolerance)
        table = pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
        return table.sort_values(["date", "line"], kind="stable", ignore_index=True)

    def _lines(self) -> list[Line]:
        """Return the orders and bookings in the order of the file; the account's rows are none."""
        lines = []
        for i, row in enumerate(self.rows):
            if i in self.submitted:
                j, order = self.submitted[i]
                lines.append(Line(row, self._name(j), order))
            elif row.booking:
                lines.append(self.moved[i] if i in self.moved else self._of_ledger(row))
        return lines

    def _of_ledger(self, row: StatedOrder) -> Line:
        """Return the line of a dividend, or of interest on cash, that the ledger paid by itself."""
        panel = self.broker.market.panel
        if row.booking == "interest_received":
            noted = self.broker.journal.tables().get("cash_interest", {"date": [], "amount": []})
            days = [row.date - one for one in noted["date"]]
            near = [k for k, day in enumerate(days) if np.timedelta64(0) <= day <= np.timedelta64(_PAID_WITHIN, "D")]
            ours = noted["amount"][near[-1]] if near else 0.0
            return Line(row, "", change=ours if near and days[near[-1]] == np.timedelta64(0) else 0.0, ours=ours)
        j = column_of(row.where, row.symbol, {symbol: k for k, symbol in enumerate(panel.symbols)})
        t = int(np.searchsorted(panel.sessions, row.date))
        ex = self._ex_session(j, t)
        received = self.received.get((t if ex is None else ex, j), 0.0)
        return Line(row, panel.symbols[j], change=received if ex == t else 0.0, ours=received)


def _session_of(row: StatedOrder, panel: Panel, first: int) -> int:
    """Return the session (row of `panel`) of `row`; DateError where it is none on which it can be carried out."""
    sessions = panel.sessions
    run = f"{sessions[first]}..{sessions[-1]}"
    t = int(np.searchsorted(sessions, row.date))
    if row.date < sessions[first] or row.date > sessions[-1]:
        raise DateError(
            f"{row.where}, column `date`: {row.date} lies outside the run {run}: change `window` or drop the row"
        )
    if sessions[t] != row.date:
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
