"""What happens to an account before its session opens, beside accrual: corporate actions, postings, cash moved."""

from typing import Any

import numpy as np

from ..account import credit, credit_contracts
from ..account.cash_interest import credit_interest
from ..account.corporate_actions import apply_action
from ..account.lots import whole
from ..account.order_terms import Effect
from ..panel.actions import Action
from ..types import MarginEvent, OrderKind
from .account_state import AccountState


class Upkeep:
    """The upkeep of one account.

    Parameters
    ----------
    broker : AccountState
    """

    def __init__(self, broker: AccountState) -> None:
        self._broker = broker

    def act(self) -> None:
        """Carry out the corporate actions of the day."""
        for action in self._broker.market.actions.on(self._broker.t):
            self._act(action)

    def post(self) -> None:
        """Credit interest on cash and post interest where they are due, and move cash in and out."""
        if self._broker.schedule.arrays.rates.credits[self._broker.t]:
            self._credit_interest()
        self._post_interest()
        self._take_cash_flows()

    def _take_cash_flows(self) -> None:
        """Book what `add_cash` moved in or out; cash leaves only above the withdraw line."""
        broker = self._broker
        while broker._cash_addition:
            amount = broker._cash_addition.popleft()
            sums = credit.totals(broker.ledger, broker.market.marks[max(broker.t - 1, 0)])
            if amount < 0.0 and not self._may_withdraw(-amount, sums):
                ratio = credit.maintenance_ratio(sums)
                broker.journal.event(
                    broker.date, MarginEvent.WITHDRAWAL_REFUSED, ratio, np.datetime64("NaT", "D"), -amount
                )
                continue
            if broker._fundval > 0.0:
                broker._fundshares += amount / broker._fundval
            broker.ledger.account[0]["cash"] += amount
            broker.cash_flow += amount

    def _may_withdraw(self, amount: float, sums: credit.Totals) -> bool:
        """Tell whether `amount` CNY may leave: it is free, and the ratio stays at the withdraw line or above."""
        broker = self._broker
        after = credit.maintenance_ratio(sums._replace(cash=sums.cash - amount))
        return amount <= credit.available_cash(broker.ledger) and after >= broker.schedule.withdraw(broker.t)

    def _credit_interest(self) -> None:
        broker = self._broker
        of_cash, of_proceeds = credit_interest(broker.ledger)
        if of_cash + of_proceeds > 0.0:
            broker.journal.cash_interest(broker.date, of_cash, of_proceeds)

    def _post_interest(self) -> None:
        broker = self._broker
        posts, settling = broker.schedule.arrays.posts[broker.t], broker.ledger.account[0]["settling"] > 0
        if not posts and not settling:
            return
        pay = credit_contracts.post_interest if posts else credit_contracts.settle_extended
        posted = pay(broker.ledger, broker.schedule.on(broker.t).proceeds_pay)
        if posted > 0.0:
            effect = Effect(0, 0.0, posted, 0.0, 0.0, 0.0, posted)
            broker.journal.fill(broker.date, OrderKind.REPAY, -1, 0.0, effect)

    def _act(self, action: Action) -> None:
        """Carry out a corporate action; positions keep their cost, over more shares."""
        broker = self._broker
        j = action.symbol
        effect = apply_action(broker.ledger, j, action.cash_per_share, action.share_ratio, broker.schedule.options)
        if effect.received or effect.owed:
            broker.journal.dividend(j, effect.received, effect.owed)
        new = effect.long_shares - effect.short_shares
        if new:
            data = broker.feeds()[j]
            _grow(broker.positions[data], new)
            for strategy in broker.cerebro.runningstrats:
                for trades in strategy._trades[data].values():
                    if trades and trades[-1].isopen:
                        _grow(trades[-1], new)


def _grow(holding: Any, new: float) -> None:
    """Add `new` shares to a backtrader position or trade at no cost: the cost spreads over more shares."""
    cost = holding.size * holding.price
    holding.size += whole(new)
    holding.price = cost / holding.size if holding.size else 0.0
