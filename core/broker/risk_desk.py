"""The broker's risk desk: margin calls, forced sales and contracts that fall due."""

from typing import Any

import backtrader as bt
import numpy as np

from ..account import (
    admission,
    calls,
    concentration,
    credit,
    due_contracts,
    forced_sales,
    recalled_shares,
    worst_prices,
)
from ..account.lots import whole
from ..account.order_kinds import SOLD, shown_symbol
from ..account.sale_size import Dealing, SaleRule
from ..types import Cause, MarginEvent, OrderKind, Refusal, Row
from .account_state import AccountState


class RiskDesk:
    """Watches one account at its closes and sells at its opens.

    Parameters
    ----------
    broker : AccountState
    """

    def __init__(self, broker: AccountState) -> None:
        self._broker = broker
        self._due: list[tuple[int, Cause]] = []  # contracts to close at the next open, and why
        self._worst: credit.Totals | None = None  # at the day's worst prices, where they are judged

    # ---- before the open ------------------------------------------------------------------------------------------

    def force(self) -> None:
        """Carry out the forced sales that are due, before any order of the strategy."""
        if worst_prices.is_judged_before_fills(self._broker.market.arrays):
            self._keep_worst()
        account = self._broker.ledger.account[0]
        state = account["risk_state"]
        if self._broker.t in self._broker.forced_elsewhere:
            return
        if not self._due and state not in (credit.FORCED, credit.INSOLVENT):
            return
        valuation = self._valuation()
        shape = (2, len(valuation[0]))
        for identity, cause in self._due:
            self._close_contract(identity, cause, np.zeros(shape, dtype=np.bool_), *valuation)
        if state in (credit.FORCED, credit.INSOLVENT):
            account["unsold"] = self._sell(np.zeros(shape, dtype=np.bool_), *valuation)

    def _valuation(self) -> tuple[Row, Dealing, SaleRule]:
        broker, market, t = self._broker, self._broker.market, self._broker.t
        price, _ = broker.fill_valuation()
        prices = market.dealing_prices(t, broker.schedule.options.slippage)
        deal = Dealing(*market.lots(t), *prices, market.arrays.fee_class)
        return np.nan_to_num(price), deal, broker.schedule.sale_rule(t)

    def _sell(self, tried: np.ndarray, price: Row, deal: Dealing, rule: SaleRule) -> int:
        """Sell until the ratio is back or every position was tried; return whether it is still short of it."""
        broker = self._broker
        is_insolvent = broker.ledger.account[0]["risk_state"] == credit.INSOLVENT
        cause = Cause.INSOLVENT if is_insolvent else Cause.MAINTENANCE
        while True:
            choice = forced_sales.next_forced_order(broker.ledger, price, deal, rule, tried)
            if choice.shares <= 0.0:
                return int(not forced_sales.is_restored(credit.totals(broker.ledger, price), rule))
            if not self._carry_out(choice, cause, tried):
                return 1

    def _close_contract(
        self, identity: int, cause: Cause, tried: np.ndarray, price: Row, deal: Dealing, rule: SaleRule
    ) -> None:
        """Close one contract; what is left of it is tried again at the next open."""
        broker = self._broker
        while True:
            choice = forced_sales.next_due_order(broker.ledger, identity, price, deal, rule, tried)
            if choice.shares <= 0.0 or not self._carry_out(choice, cause, tried):
                return

    def _carry_out(self, choice: forced_sales.Choice, cause: Cause, tried: np.ndarray) -> bool:
        """Submit one forced order and fill it at once; return whether another may follow."""
        kind, j = OrderKind(choice.kind), choice.symbol
        if kind is not OrderKind.REPAY:
            tried[1 if kind is OrderKind.BUY_TO_RETURN else 0, j] = True
        done = self._force(kind, j, choice.shares, cause)
        return done > 0.0 or kind is not OrderKind.REPAY

    def _force(self, kind: OrderKind, j: int, shares: float, cause: Cause) -> float:
        """Submit an order and fill it at once; return how much of `shares` (a repayment: CNY) was done.

        backtrader's strategies, trades and analyzers see it like any other, with ``order.info.forced`` = why.
        """
        broker, why = self._broker, cause.name.lower()
        returns = kind is OrderKind.BUY_TO_RETURN
        size = admission.lots_up(shares, broker.market.quote(broker.t, j)) if returns else shares
        make = bt.order.SellOrder if kind in SOLD else bt.order.BuyOrder
        feeds = broker.feeds()
        data = feeds[j] if j >= 0 else next(feed for feed in feeds if feed is not None)  # one only carries a repayment
        size = size if kind is OrderKind.REPAY else whole(size)
        order = make(owner=broker.cerebro.runningstrats[0], data=data, size=size, exectype=bt.Order.Market)
        order.addinfo(kind=kind, forced=why, **({"returned": shares} if returns else {}))
        broker.fill_now(order)
        done = float(min(abs(order.executed.size), shares))  # backtrader counts from a whole 0
        reason = order.info.get("refusal", Refusal.NONE)
        # Of the fill itself: the order's own price is an average, its value over its shares, and may be off a digit.
        price = order.executed.exbits[-1].price if done and kind is not OrderKind.REPAY else np.nan
        broker.journal.forced_sale(broker.date, why, kind, shown_symbol(kind, j), shares, done, price, reason)
        return done

    # ---- after the close ------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Judge the account's ratio at the marks of the close, and at the day's worst prices where that is asked."""
        broker = self._broker
        sums, lines = broker.sums(), broker.schedule.lines(broker.t)
        if worst_prices.is_judged_after_fills(broker.market.arrays):
            self._keep_worst()
        lowest = np.inf if self._worst is None else credit.maintenance_ratio(self._worst)
        judged = broker.ledger, sums, lines, broker.t, lowest
        event = MarginEvent(calls.judge_close(*judged))
        while event is not MarginEvent.NONE:
            self._note(event, self._worst or sums if calls.is_of_low(int(event)) else sums, lines)
            is_due = calls.is_due_at_once(broker.ledger, int(event), broker.t)
            event = MarginEvent(calls.judge_close(*judged)) if is_due else MarginEvent.NONE

        self._watch(sums)

    def _watch(self, sums: credit.Totals) -> None:
        """Note whether one security is more of the assets than its tier allows."""
        broker = self._broker
        below, share = broker.schedule.arrays.tier_below, broker.schedule.arrays.tier_share
        if not below.size:
            return
        marks, ledger = broker.market.marks[broker.t], broker.ledger
        one = concentration.largest(ledger, sums, marks, below, share, np.empty(len(marks)))
        if concentration.is_above(one):
            broker.journal.concentration(
                broker.date, one.symbol, one.value, concentration.share_of(one), one.allowed, one.ratio
            )
        if concentration.crosses(ledger, one):
            event, none = MarginEvent.CONCENTRATED, np.datetime64("NaT", "D")
            broker.journal.event(broker.date, event, one.ratio, none, concentration.excess(one))

    def _keep_worst(self) -> None:
        """Note the account at the worst prices of the session."""
        broker = self._broker
        self._worst = worst_prices.worst_totals(broker.ledger, broker.market.arrays, broker.t)
        broker.journal.worst_ratios.append(credit.maintenance_ratio(self._worst))

    def _note(self, event: MarginEvent, sums: credit.Totals, lines: calls.Lines) -> None:
        broker = self._broker
        deadline = broker.ledger.account[0]["deadline"] if event in (MarginEvent.CALL, MarginEvent.CALL_LOW) else None
        amount = calls.event_amount(int(event), sums, lines)
        broker.journal.event(broker.date, event, credit.maintenance_ratio(sums), self._session(deadline), amount)

    def _session(self, t: Any) -> np.datetime64:
        """Return the date of session `t`; the run may end before it, then NaT."""
        sessions = self._broker.market.panel.sessions
        return sessions[t] if t is not None and t < len(sessions) else np.datetime64("NaT", "D")

    def fall_due(self) -> None:
        """Tell recalls; extend the contracts that fell due, or put them on the list for the next open."""
        broker, schedule, t = self._broker, self._broker.schedule, self._broker.t
        sums, arrays = broker.sums(), broker.market.arrays
        self._recall()
        self._due = []
        contracts = broker.ledger.contracts[: broker.ledger.account[0]["open_contracts"]]
        is_looked_at = (contracts["due"] <= schedule.day[t]) | (contracts["recalled"] > 0.0)
        is_looked_at |= arrays.ends_due[contracts["symbol"]] <= t
        for i in np.flatnonzero(is_looked_at | (schedule.options.removed == due_contracts.CLOSING)):
            c = contracts[i]
            due, symbol = int(c["due"]), int(c["symbol"])
            look = due_contracts.Look(
                int(schedule.day[t]),
                schedule.extended(t, due),
                bool(due_contracts.waits(arrays, t, symbol)),
                bool(due_contracts.is_off_list(arrays, t, int(c["kind"]), symbol)),
                bool(due_contracts.ends(arrays, t, symbol)),
                sums,
                bool(schedule.arrays.proceeds_pay[t]),
                schedule.options,
            )
            verdict = due_contracts.judge_contract(broker.ledger, int(i), look)
            if verdict.why:
                ratio = credit.maintenance_ratio(sums)
                self._tell(verdict.why, due, c["id"], ratio, verdict.missing)
            self._tell(verdict.event, c["due"], c["id"])
            self._tell(verdict.recall, c["recall_due"], c["id"])
            if verdict.cause:
                self._due.append((int(c["id"]), Cause(verdict.cause)))

    def _tell(self, event: int, due: int, contract: int, ratio: float = np.nan, amount: float = 0.0) -> None:
        """Note what happened to a contract, 0 = nothing; `due` is a day."""
        if event:
            day = np.datetime64(int(due), "D")
            self._broker.journal.event(self._broker.date, MarginEvent(event), ratio, day, amount, int(contract))

    def _recall(self) -> None:
        """Tell what lenders want back, of the oldest contract first; it is due on the next session."""
        broker, ledger = self._broker, self._broker.ledger
        days, t = broker.schedule.day, broker.t
        due = int(days[t + 1]) if t + 1 < len(days) else int(days[t]) + 1
        for symbol, rest in broker.market.recalls.on(t):
            for i in range(ledger.account[0]["open_contracts"]):
                taken = recalled_shares.recall(ledger, i, symbol, rest, due)
                rest -= taken
                if taken > 0.0:
                    identity = int(ledger.contracts[i]["id"])
                    until = self._session(t + 1)
                    broker.journal.event(broker.date, MarginEvent.RECALLED, np.nan, until, 0.0, identity)
