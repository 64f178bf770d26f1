"""What happens to an account before its session opens, beside accrual: corporate actions, postings, cash moved."""

from typing import Any

import backtrader as bt
import numpy as np

from ..account import cash_flows, credit, credit_contracts
from ..account.cash_flows import CREDITS, FLOW_KINDS
from ..account.cash_interest import credit_interest
from ..account.corporate_actions import LAPSED, OWED, SUBSCRIBED, ActionEffect, Rights, apply_action, did_anything
from ..account.ended_securities import ENDED, HELD_AS, End, end_security, settle_ended
from ..account.lots import whole
from ..account.order_terms import Effect
from ..account.tax_lots import acquire, dividend_tax_on, with_room
from ..panel.actions import Action
from ..types import MarginEvent, OrderKind, Refusal
from .account_state import AccountState


class Upkeep:
    """The upkeep of one account.

    Parameters
    ----------
    broker : AccountState
    """

    def __init__(self, broker: AccountState) -> None:
        self._broker = broker

    def show_opening(self) -> None:
        """Show backtrader the positions with which the account begins, each as a trade that is open."""
        opening = self._broker.p.opening
        if opening is None:
            return
        for j in np.flatnonzero(opening.net_shares()):
            self._show_moved(int(j), float(opening.net_shares()[j]), float(opening.marks[j]))

    def _show_moved(self, j: int, shares: float, price: float) -> None:
        """Show backtrader shares that came (at `price`) or went without an order; they are no profit and no loss."""
        broker, size = self._broker, whole(shares)
        data = broker.feeds()[j]
        if data is None or not size:
            return
        _move(broker.positions[data], size, price)
        for strategy in broker.cerebro.runningstrats:
            trades = strategy._trades[data][0]
            if not trades or not trades[-1].isopen:
                trades.append(bt.Trade(data=data, price=price))
                trades[-1].isopen, trades[-1].status = True, bt.Trade.Open
                trades[-1].baropen, trades[-1].dtopen = len(data), data.datetime[0]
            _move(trades[-1], size, price)
            trades[-1].long = trades[-1].size > 0
            if not trades[-1].size:
                trades[-1].isopen, trades[-1].status = False, bt.Trade.Closed

    def act(self) -> None:
        """Carry out the corporate actions of the day, and the ends of listings."""
        for action in self._broker.market.actions.on(self._broker.t):
            self._act(action)
        for end in self._broker.market.ends.get(self._broker.t, ()):
            self._end(end)

    def move(self) -> None:
        """Move cash and collateral in and out: what is dated, what a strategy asked for, what a call is paid with."""
        broker = self._broker
        line = broker.schedule.withdraw(broker.t)
        for flow in (broker.p.flows or {}).get(broker.t, ()):
            self._move(flow, line)
        for flow in broker.asked_flows:
            moved = self._credit(flow) if FLOW_KINDS[flow.kind] in CREDITS else self._move(flow, line)
            if broker.keeps_lines:
                broker.carried_out.append(moved)
        broker.asked_flows.clear()
        lines = broker.schedule.lines(broker.t)
        paid = cash_flows.paid_on_call(broker.ledger, broker.marks_before(), lines, broker.t)
        if paid > 0.0:
            self._move(cash_flows.Flow(cash_flows.CALL_DEPOSIT, -1, paid), 0.0)

    def _credit(self, flow: cash_flows.Flow) -> cash_flows.Moved:
        """Book a dividend, its tax, bonus shares or interest that a statement tells and the data do not."""
        broker = self._broker
        if flow.kind == cash_flows.BONUS:
            return self._credit_shares(flow.symbol, flow.size)
        amount = -flow.size if flow.kind == cash_flows.DIVIDEND_TAX else flow.size
        broker.ledger.account[0]["cash"] += amount
        if flow.kind == cash_flows.INTEREST:
            broker.journal.cash_interest(broker.date, amount, 0.0)
        else:
            broker.journal.dividend(broker.date, flow.symbol, ActionEffect(amount, 0.0, 0.0, 0.0))
        return cash_flows.Moved(0, 0.0, np.nan, amount, np.nan)

    def _credit_shares(self, j: int, shares: float) -> cash_flows.Moved:
        """Book bonus shares: each holding and contract gets its part, own shares what is left of the fractions."""
        broker = self._broker
        held = credit.shares_held(broker.ledger, j, True)
        if not held > 0.0:
            return cash_flows.Moved(int(Refusal.NO_SHARES), shares, np.nan, 0.0, np.nan)
        self._act(Action(j, 0.0, shares / held))
        rest = shares - (credit.shares_held(broker.ledger, j, True) - held)
        credit_contracts.add_collateral(broker.ledger, j, rest, 0.0, 0.0)
        broker.ledger = with_room(broker.ledger, 1)
        acquire(broker.ledger, j, rest, broker.ledger.account[0]["today"])
        if rest > 0.0:
            self._show_moved(j, rest, 0.0)
            broker.journal.dividend(broker.date, j, ActionEffect(0.0, 0.0, rest, 0.0))
        return cash_flows.Moved(0, shares, np.nan, 0.0, np.nan)

    def _move(self, flow: cash_flows.Flow, line: float) -> cash_flows.Moved:
        """Move one thing, or note why not; out only as long as the ratio stays at `line` or above."""
        broker = self._broker
        broker.ledger = with_room(broker.ledger, 1)
        haircuts = broker.market.haircuts(max(broker.t - 1, 0))
        is_listed = flow.symbol < 0 or bool(broker.t < broker.market.arrays.ends_at[flow.symbol])
        moved = cash_flows.move(broker.ledger, *flow, broker.marks_before(), haircuts, line, is_listed)
        broker.journal.flow(broker.date, flow.kind, flow.symbol, moved)
        if moved.refusal:
            if moved.amount < 0.0:
                event, none = MarginEvent.WITHDRAWAL_REFUSED, np.datetime64("NaT", "D")
                broker.journal.event(broker.date, event, moved.ratio, none, -moved.amount)
            return moved
        if broker._fundval > 0.0:
            units = broker._fundshares + moved.amount / broker._fundval
            if units > 1e-9 * broker._fundshares:  # else all of it left: the units stay, and are worth nothing
                broker._fundshares = units
        if flow.symbol < 0:
            broker.cash_flow += moved.amount
        else:
            self._show_moved(
                flow.symbol, -flow.size if flow.kind == cash_flows.TRANSFER_OUT else flow.size, moved.price
            )
        return moved

    def post(self) -> None:
        """Credit interest on cash and post interest where they are due."""
        if self._broker.schedule.arrays.rates.credits[self._broker.t]:
            self._credit_interest()
        self._post_interest()

    def _credit_interest(self) -> None:
        broker = self._broker
        of_cash, of_proceeds = credit_interest(broker.ledger)
        if of_cash + of_proceeds > 0.0:
            broker.journal.cash_interest(broker.date, of_cash, of_proceeds)

    def _post_interest(self) -> None:
        broker = self._broker
        account, proceeds_pay = broker.ledger.account[0], bool(broker.schedule.arrays.proceeds_pay[broker.t])
        posted = 0.0
        if broker.schedule.arrays.posts[broker.t]:
            posted = credit_contracts.post_interest(broker.ledger, proceeds_pay)
        elif account["settling"] > 0:
            posted = credit_contracts.settle_extended(broker.ledger, proceeds_pay)
        if account["unsettled"] > 0:
            posted += settle_ended(broker.ledger, proceeds_pay)
        if posted > 0.0:
            effect = Effect(0, 0.0, posted, 0.0, 0.0, 0.0, posted, 0.0)
            broker.journal.fill(broker.date, OrderKind.REPAY, -1, 0.0, effect)

    def _end(self, end: End) -> None:
        """Carry out the end of a listing; what passes to a successor keeps its cost."""
        broker = self._broker
        rows = np.zeros(len(HELD_AS), ENDED)
        held = credit.shares_held(broker.ledger, end.symbol, True)
        count = end_security(broker.ledger, broker.t, end, rows, 0)
        broker.note_tax(end.symbol, float(held))
        for row in rows[:count]:
            broker.journal.ending(broker.date, row)
            if row["successor"] >= 0 or row["cash"] != 0.0:
                self._show_end(end, row)

    def _show_end(self, end: End, row: np.void) -> None:
        """Show backtrader that shares went, and that those of a successor came at what the old ones had cost."""
        broker = self._broker
        data = broker.feeds()[end.symbol]
        sign = -1.0 if HELD_AS[row["held_as"]] == "short" else 1.0
        cost = 0.0 if data is None else broker.positions[data].price * row["shares"]
        self._show_moved(end.symbol, -sign * row["shares"], end.price)
        if row["successor_shares"] > 0.0:
            self._show_moved(end.successor, sign * row["successor_shares"], cost / row["successor_shares"])

    def _act(self, action: Action) -> None:
        """Carry out a corporate action; positions keep their cost, over more shares."""
        broker = self._broker
        j = action.symbol
        rights = Rights(*action[3:], broker.market.arrays.pre_close[broker.t, j])
        broker.ledger = with_room(broker.ledger, 2)
        tax = dividend_tax_on(broker.schedule.arrays, broker.t)
        effect = apply_action(broker.ledger, j, *action[1:3], broker.schedule.options, rights, tax)
        if did_anything(effect):
            broker.journal.dividend(broker.date, j, effect)
        if rights.ratio > 0.0:
            self._note_rights(j, rights, effect)
        if broker.keeps_lines:
            key = (broker.t, j)
            broker.bonus[key] = broker.bonus.get(key, 0.0) + effect.long_shares
        new = effect.long_shares - effect.short_shares
        if new:
            data = broker.feeds()[j]
            _grow(broker.positions[data], new)
            for strategy in broker.cerebro.runningstrats:
                for trades in strategy._trades[data].values():
                    if trades and trades[-1].isopen:
                        _grow(trades[-1], new)
        if effect.subscribed:
            self._show_moved(j, effect.subscribed, action.rights_price)

    def _note_rights(self, j: int, rights: Rights, effect: ActionEffect) -> None:
        note, date = self._broker.journal.entitlement, self._broker.date
        if effect.subscribed > 0.0:
            note(date, j, SUBSCRIBED, effect.subscribed, rights.price, -effect.paid)
        if effect.lapsed > 0.0:
            note(date, j, LAPSED, effect.lapsed, rights.price, effect.lost)
        if effect.rights_owed > 0.0:
            note(date, j, OWED, effect.rights_due, rights.price, -effect.rights_owed)


def _move(holding: Any, size: int, price: float) -> None:
    """Move `size` shares in or out of a backtrader position or trade; what it grows by costs `price`."""
    before = holding.size
    holding.size += size
    if abs(holding.size) > abs(before):
        holding.price = (before * holding.price + size * price) / holding.size


def _grow(holding: Any, new: float) -> None:
    """Add `new` shares to a backtrader position or trade at no cost: the cost spreads over more shares."""
    cost = holding.size * holding.price
    holding.size += whole(new)
    holding.price = cost / holding.size if holding.size else 0.0
