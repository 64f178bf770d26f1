"""What a credit account charges, as backtrader asks for it."""

from typing import Any

import backtrader as bt

from ..account.admission import Quote
from ..account.costs import order_fees, total_fees
from ..account.lots import lots_down
from .account_state import AccountState


class AccountCommission(bt.CommInfoBase):
    """The costs of one security in a credit account: of a stock that is paid in cash, without leverage of its own.

    Parameters
    ----------
    broker : AccountState
    column : int
        Of the security in the market's panel.

    Notes
    -----
    `getcommission` is all that an order would cost in the session of the last close: commission with its minimum,
    transfer fee and, of a sale (size below 0), stamp duty; funds pay commission only. Interest is not among them. The
    parameter `commission` is the broker's rate alone.
    """

    params = (
        ("broker", None),
        ("column", 0),
        ("stocklike", True),
        ("commtype", bt.CommInfoBase.COMM_PERC),
        ("percabs", True),
    )

    def quote(self) -> Quote:
        """Return the security as the market shows it in the session of the last close; it tells the lots."""
        broker: AccountState = self.p.broker
        return broker.market.quote(max(broker.t, 0), self.p.column)

    def getsize(self, price: float, cash: float) -> int:
        """Return the whole lots that `cash` CNY buys at `price`, before fees."""
        return lots_down(cash / price, self.quote()) if cash > 0.0 else 0

    def getvalue(self, position: Any, price: float) -> float:
        """Return the value of a position in CNY: negative of a short one."""
        return position.size * price

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:  # noqa: ARG002 - backtrader's
        broker: AccountState = self.p.broker
        costs = broker.schedule.on(max(broker.t, 0), int(broker.market.arrays.fee_class[self.p.column])).costs
        shares = abs(float(size))
        return total_fees(order_fees(shares, shares * float(price), size < 0, costs))
