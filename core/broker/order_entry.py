"""The half of CreditBroker that strategies meet: orders in whole shares, their kinds, what they cost, how they end."""

from typing import Any

from ..account import credit
from ..account.admission import Quote
from ..account.lots import lots_up, whole
from ..account.order_kinds import BOUGHT, OF_THE_DAY, SHORT_OF_MONEY, SOLD, check_kind, shown_symbol
from ..account.order_terms import Effect
from ..account.part_payments import pay_part
from ..types import OrderKind, Refusal
from .account_state import AccountState
from .brackets import cut, is_exit, to_close
from .commission import AccountCommission
from .lot_strategy import Holding


class OrderEntry(AccountState):
    """backtrader's broker with the orders of a credit account; `CreditBroker` is the rest of it."""

    # ---- what a strategy asks -------------------------------------------------------------------------------------

    def quote(self, data: Any) -> Quote:
        """Return the security of `data` as the market shows it in the session of the last close."""
        return self.market.quote(max(self.t, 0), self._index(data))

    def holding(self, data: Any) -> Holding:
        """Return what the account has in the security of `data`: own shares, financed ones, and shares owed."""
        j, tomorrow = self._index(data), self.ledger.account[0]["today"] + 1
        financed, owed = (
            credit.contract_shares(self.ledger, side, j, tomorrow) for side in (credit.FINANCING, credit.SHORT)
        )
        return Holding(float(self.ledger.collateral[j]), financed, owed)

    def getcommissioninfo(self, data: Any) -> Any:
        """Return what the account charges in `data`; of a feed that is no security of the market, backtrader's."""
        name = data._name
        if name in self._column and name not in self.comminfo:
            rate = self.schedule.on(0).costs.commission_rate
            make: Any = AccountCommission  # type checkers cannot see that its metaclass takes the params
            self.comminfo[name] = make(broker=self, column=self._column[name], commission=rate)
        return super().getcommissioninfo(data)

    # ---- orders ---------------------------------------------------------------------------------------------------

    def buy(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Submit a purchase; `kind` is BUY, MARGIN_BUY or BUY_TO_RETURN."""
        kwargs["kind"] = check_kind(kwargs.get("kind", OrderKind.BUY), BOUGHT, "buy")
        size = whole(size)
        if kwargs["kind"] is OrderKind.BUY_TO_RETURN:  # whole lots are bought; the excess (余券) becomes collateral
            kwargs["returned"] = size
            size = lots_up(size, self.quote(data))
        return super().buy(owner, data, size, *args, **kwargs)

    def sell(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Submit a sale; `kind` is SELL, SELL_TO_REPAY or SHORT_SELL."""
        kwargs["kind"] = check_kind(kwargs.get("kind", OrderKind.SELL), SOLD, "sell")
        return super().sell(owner, data, whole(size), *args, **kwargs)

    def repay(self, owner: Any, data: Any, amount: float, **part: Any) -> Any:
        """Submit a repayment of `amount` CNY, the oldest contract first; `data` only carries the order.

        `part` of a statement: what `pay_part` calls `part`, `symbol` and `opened`.
        """
        return super().buy(owner, data, amount, kind=OrderKind.REPAY, **({"part": part} if part else {}))

    def return_shares(self, owner: Any, data: Any, size: float) -> Any:
        """Submit the return of `size` shares that were borrowed in `data`: own ones first, then financed ones."""
        return super().sell(owner, data, whole(size), kind=OrderKind.RETURN_SHARES)

    def submit(self, order: Any, check: bool = True) -> Any:
        """Take an order of a strategy and count it."""
        self.tally.submitted += 1
        return super().submit(order, check=check)

    def cancel(self, order: Any, bracket: bool = False) -> Any:
        """Cancel an order; one that is over is not looked for among all that are pending, as backtrader would."""
        return super().cancel(order, bracket) if order.alive() else False

    def _paid_in_part(self, order: Any) -> Effect:
        """Carry out a repayment of one part of the debt."""
        terms, amount = self.schedule.on(self.t), float(abs(order.executed.remsize))
        return pay_part(
            self.ledger, amount, day_count=terms.day_count, proceeds_pay=terms.proceeds_pay, **order.info["part"]
        )

    def _line_state(self, j: int) -> tuple[float, float]:
        return float(self.ledger.account[0]["cash"]), float(credit.shares_held(self.ledger, j, True))

    def _keep_line(self, order: Any, j: int, before: tuple[float, float], effect: Effect) -> None:
        """Keep on the order what it did: to the cash, as the trade and its fees alone, and to the shares held."""
        cash, held = self._line_state(j)
        fees = effect.commission + effect.stamp_duty + effect.transfer_fee
        order.addinfo(
            cash_change=cash - before[0],
            settled=(effect.value if order.info["kind"] in SOLD else -effect.value) - fees,
            held=held,
            held_change=held - before[1],
            effect=effect,
        )

    # ---- how an order ends ----------------------------------------------------------------------------------------

    def _refuse(self, order: Any, reason: Refusal) -> None:
        kind: OrderKind = order.info["kind"]
        is_forced = "forced" in order.info
        if not is_forced:  # those stand in the table of forced sales
            size = 0.0 if kind is OrderKind.REPAY else order.info.get("returned", abs(order.executed.remsize))
            self.journal.refusal(self.date, kind, shown_symbol(kind, self._index(order.data)), size, reason)
            if is_exit(order) and reason in OF_THE_DAY:
                return
            self.tally.refused[reason] += 1
        order.addinfo(refusal=reason)
        if reason in SHORT_OF_MONEY:
            order.margin()
        else:
            order.reject()
        self._gone(order)

    def _expire_rest(self, order: Any, kind: OrderKind, j: int, rest: float) -> None:
        """End a day order whose rest met no volume; a bracket's exits go on, both with the rest."""
        if is_exit(order):
            cut(self._pchildren[order.parent.ref], to_close(order), self.quote(order.data))
            return
        if "forced" not in order.info:
            self.journal.refusal(self.date, kind, j, rest, Refusal.EXPIRED)
            self.tally.refused[Refusal.EXPIRED] += 1
        order.addinfo(refusal=Refusal.EXPIRED)
        order.cancel()
        self._gone(order)

    def _gone(self, order: Any) -> None:
        """Tell that an order is over; the exits of a bracket go with it, or watch over the part that was done."""
        self.notify(order)
        self._ococheck(order)
        exits = list(self._pchildren.get(order.ref, ()))[1:] if order.executed.size else []
        if exits:
            cut(exits, abs(order.executed.size), self.quote(order.data))
        self._bracketize(order, cancel=not exits)
