"""Execute a user's own order list, so that an account statement can be checked against the ledger."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..account.order_kinds import BOUGHT
from ..errors import ConfigError, DateError
from ..ideas.parameters import Parameter
from ..ideas.strategy import MarginStrategy
from ..panel.panel import Panel
from ..types import OrderKind
from .named_columns import column_of
from .order_list import ACCOUNT, StatedOrder, read_orders

CLAIM_COLUMNS = ("date", "symbol", "kind", "item", "brokers", "tolerance", "line", "fill")

_RATIO_TOLERANCE = 0.0001
"""Brokers print the maintenance ratio in percent with two decimals."""


class Replay(MarginStrategy):
    """The orders of a file, each on its own date.

    An order of date d is submitted after the close of the session before and executed on d, in the order of the file.
    With a price it fills at exactly that price if the session traded there and no rule forbids it; without one it
    fills as every order does, by default at the open. An amount of a purchase becomes whole lots at the stated price,
    else at the last close; fees come on top. The layout of the file: `order_list.read_orders`.

    Notes
    -----
    Where the file carries the broker's own figures, the run compares the ledger's with them: each fee and the interest
    of an order, the account at the close, and whether the order was carried out as the file says.
    """

    PARAMETERS = (
        Parameter("file", str, "", "the order list, CSV; relative to the configuration's folder"),
        Parameter("tolerance", float, 0.01, "CNY by which a figure may differ from the broker's", low=0.0),
    )
    DECIDES = False

    @classmethod
    def check(cls, given: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Check each parameter, and that `file` is there and can be read."""
        parameters = super().check(given, name)
        if not parameters["file"]:
            raise ConfigError(f"`file` of strategy `{name}` should name an order list (CSV), got nothing")
        read_orders(parameters["file"])
        return parameters

    def prepare(self, panel: Panel) -> None:
        """Find the session and the security of every row."""
        self.rows = read_orders(self.p.file)
        columns = {symbol: j for j, symbol in enumerate(panel.symbols)}
        self.due: dict[int, list[tuple[StatedOrder, int]]] = {}
        self.submitted: list[tuple[StatedOrder, int, Any]] = []
        for row in self.rows:
            t = _session_of(row, panel, self.p.first)
            if row.kind is not None:
                j = -1 if row.kind is OrderKind.REPAY else column_of(row.where, row.symbol, columns)
                self.due.setdefault(t, []).append((row, j))

    def decide(self) -> None:
        """Submit the orders of the next session."""
        for row, j in self.due.get(self.t + 1, ()):
            self.submitted.append((row, j, self._submit(row, j)))

    def _submit(self, row: StatedOrder, j: int) -> Any:
        if row.kind is OrderKind.REPAY:
            return self.repay(row.amount)
        if row.kind is OrderKind.RETURN_SHARES:
            return self.return_shares(j, row.shares)
        submit = self.buy if row.kind in BOUGHT else self.sell
        stated = {} if math.isnan(row.price) else {"fill_price": row.price}
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

    # ---- the broker's own figures ---------------------------------------------------------------------------------

    def claims(self) -> pd.DataFrame | None:
        """Return what the file says of each order and of the account; None where it has no figure of the broker's.

        Returns
        -------
        DataFrame
            date, symbol, kind (of an order, or `account`), item (a column of `fills` or `equity`; `refused: reason`),
            brokers, tolerance, line, fill (number of the order's fill among those of its date, symbol and kind; -1 =
            there is none).
        """
        if not any(row.figures for row in self.rows):
            return None
        rows = [*self._order_claims(), *self._account_claims()]
        table = pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
        return table.sort_values(["date", "line"], kind="stable", ignore_index=True)

    def _order_claims(self) -> Iterator[tuple[Any, ...]]:
        filled: dict[tuple[Any, ...], int] = {}
        for row, j, order in self.submitted:
            kind: OrderKind = order.info["kind"]
            key = (row.date, "" if j < 0 else self.history.symbols[j], kind.name.lower())
            is_repayment = kind is OrderKind.REPAY
            asked = row.amount if is_repayment else float(abs(order.created.size))
            if not order.executed.size:
                yield *key, f"refused: {order.info.refusal.name.lower()}", asked, 0.0, row.line, -1
                continue
            fill = filled[key] = filled.get(key, -1) + 1
            yield *key, "value" if is_repayment else "shares", asked, self.p.tolerance, row.line, fill
            for item, value in row.figures.items():
                yield *key, item, value, self.p.tolerance, row.line, fill

    def _account_claims(self) -> Iterator[tuple[Any, ...]]:
        for row in self.rows:
            for item, value in row.figures.items() if row.kind is None else ():
                tolerance = _RATIO_TOLERANCE if item == "maintenance_ratio" else self.p.tolerance
                yield row.date, "", ACCOUNT, item, value, tolerance, row.line, -1


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
