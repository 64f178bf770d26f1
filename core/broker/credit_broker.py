"""CreditBroker: backtrader's broker, with a credit account (信用账户) in the place of its cash and margin."""

from typing import Any

import backtrader as bt
import numpy as np

from ..errors import ConfigError
from ..kernels import admission, credit
from ..kernels.credit_orders import Effect, Order, Terms, debt, execute
from ..types import Board, OrderKind, Refusal, Row
from .journal import Journal
from .market import Market
from .terms import TermSchedule

_BOUGHT = (OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.BUY_TO_RETURN)
_SOLD = (OrderKind.SELL, OrderKind.SELL_TO_REPAY, OrderKind.SHORT_SELL)
_OFF_MARKET = (OrderKind.REPAY, OrderKind.RETURN_SHARES)
_SHORT_OF_MONEY = (Refusal.NO_CASH, Refusal.NO_MARGIN, Refusal.CREDIT_LINE, Refusal.BELOW_WARNING_LINE)


class CreditBroker(bt.brokers.BackBroker):
    """A broker whose every order passes through a credit account.

    Orders carry their kind: ``self.buy(data=…, size=…, kind=OrderKind.MARGIN_BUY)``; a plain `buy` or `sell` never
    borrows. `repay` and `return_shares` are methods. Each order is judged alone, at its fill, in the order of its
    submission; a refused one is rejected (status Margin where money was short), its reason stands in
    ``order.info.refusal`` and in `journal`.

    Parameters
    ----------
    cash : float
        CNY at the start.
    market : Market
    schedule : TermSchedule
    slippage : float
        Fraction of the price, against the order.
    progress : callable(int), optional
        Called with the session's index after each close.

    Notes
    -----
    `getcash` is what may be spent (locked short proceeds are not); `getvalue` is the account's equity. A position is
    net: shares held less shares owed. Data 0 is the calendar: its length tells the session.
    """

    params = (("market", None), ("schedule", None), ("slippage", 0.0), ("progress", None), ("checksubmit", False))

    def init(self) -> None:
        """Open the account; backtrader calls it at construction and at each start."""
        super().init()
        market: Market | None = self.p.market
        if market is None or self.p.schedule is None:
            raise ConfigError("CreditBroker needs `market` (a Market) and `schedule` (a TermSchedule)")
        self.market: Market = market
        self.schedule: TermSchedule = self.p.schedule
        securities = len(market.panel.symbols)
        self.ledger = credit.open_ledger(self.p.cash, securities)
        self.journal = Journal(market.panel.symbols)
        self._closed = np.zeros(256, credit.CONTRACT)
        self._borrow_row: tuple[int, Row] = (-1, np.empty(0))
        self._fill_row: tuple[int, Row, Row] = (-1, np.empty(0), np.empty(0))
        self._column = {symbol: j for j, symbol in enumerate(market.panel.symbols)}
        self.cash_flow = 0.0
        """CNY moved in by `add_cash`, less what was moved out."""
        self.t = -1
        """Index of the session in the market's panel."""

    # ---- what a strategy asks -------------------------------------------------------------------------------------

    def getcash(self) -> float:
        """Return the cash that may be spent, in CNY."""
        return credit.available_cash(self.ledger)

    get_cash = getcash

    def sums(self) -> credit.Totals:
        """Return the account's sums at the marks of the last close."""
        return credit.totals(self.ledger, self._marks())

    def available_margin(self) -> float:
        """Return the available margin (保证金可用余额) at the marks of the last close, in CNY."""
        return credit.available_margin(self.ledger, self._marks(), self.market.haircuts(max(self.t, 0)))

    def debt(self) -> float:
        """Return what paying off every financing contract now would cost, in CNY."""
        return debt(self.ledger, self.schedule.day_count[max(self.t, 0)])

    def holdings(self) -> tuple[Row, Row]:
        """Return the shares held (N,), collateral and financed, and the shares owed (N,)."""
        long, short = np.empty_like(self.ledger.collateral), np.empty_like(self.ledger.collateral)
        credit.positions(self.ledger, long, short)
        return long, short

    def _get_value(self, datas: Any = None, lever: bool = False) -> float:  # noqa: ARG002 - backtrader's signature
        if datas is None:
            self._value = credit.equity(self.sums())
            self._fundval = self._value / self._fundshares
            return self._value
        marks = self._marks()
        return float(sum(self.positions[data].size * marks[self._index(data)] for data in datas))

    # ---- orders ---------------------------------------------------------------------------------------------------

    def buy(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Submit a purchase; `kind` is BUY, MARGIN_BUY or BUY_TO_RETURN."""
        _check_kind(kwargs.setdefault("kind", OrderKind.BUY), _BOUGHT, "buy")
        if kwargs["kind"] is OrderKind.BUY_TO_RETURN:  # whole lots are bought; the excess (余券) becomes collateral
            kwargs["returned"] = size
            size = admission.lots_up(size, self.market.quote(max(self.t, 0), self._index(data)))
        return super().buy(owner, data, size, *args, **kwargs)

    def sell(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Submit a sale; `kind` is SELL, SELL_TO_REPAY or SHORT_SELL."""
        _check_kind(kwargs.setdefault("kind", OrderKind.SELL), _SOLD, "sell")
        return super().sell(owner, data, size, *args, **kwargs)

    def repay(self, owner: Any, data: Any, amount: float) -> Any:
        """Submit a repayment of `amount` CNY from own cash, the oldest contract first; `data` only carries the order."""
        return super().buy(owner, data, amount, kind=OrderKind.REPAY)

    def return_shares(self, owner: Any, data: Any, size: float) -> Any:
        """Submit the return of `size` collateral shares that were borrowed in `data`."""
        return super().sell(owner, data, size, kind=OrderKind.RETURN_SHARES)

    def set_coc(self, coc: bool) -> None:
        """Refuse to fill at the close of the decision: balances of a session are public only after it."""
        if coc:
            raise ConfigError("`coc` should stay off: margin balances of a session are not public at its close")

    # ---- the session ----------------------------------------------------------------------------------------------

    def next(self) -> None:
        """Run one session: accrue, fill what is pending, mark at the close."""
        self.t = t = len(self.cerebro.datas[0]) - 1
        schedule = self.schedule
        credit.start_session(self.ledger, schedule.day[t], schedule.due[t], schedule.day_count[t])
        self._take_cash_flows()
        while self._toactivate:
            self._toactivate.popleft().activate()
        if self.pending:
            self._fill_pending()
        self._end_session()
        if self.p.progress is not None:
            self.p.progress(t)

    def _take_cash_flows(self) -> None:
        """Book what `add_cash` moved in or out."""
        while self._cash_addition:
            amount = self._cash_addition.popleft()
            self._fundshares += amount / self._fundval
            self.ledger.account[0]["cash"] += amount
            self.cash_flow += amount

    def _fill_pending(self) -> None:
        self.pending.append(None)  # an order may cancel others, so their number is no guide
        while (order := self.pending.popleft()) is not None:
            if order.expire():
                self._gone(order)
            elif not order.active():
                self.pending.append(order)
            else:
                self._try_exec(order)
                if order.alive():
                    self.pending.append(order)
                elif order.status == bt.Order.Completed:
                    self._bracketize(order)

    def _end_session(self) -> None:
        ledger = self.ledger
        if ledger.account[0]["closed_today"] > 0:
            if len(self._closed) < ledger.account[0]["closed_today"]:
                self._closed = np.zeros(len(ledger.contracts), credit.CONTRACT)
            moved = credit.sweep(ledger, self._closed)
            self.journal.contracts(self._closed[:moved])
        sums = self.sums()
        self.journal.close(self.market.panel.sessions[self.t], sums, self.available_margin())
        self._value = credit.equity(sums)
        self._fundval = self._value / self._fundshares

    def stop(self) -> None:
        """Hand the contracts that are still open to the journal."""
        self.journal.contracts(self.ledger.contracts[: self.ledger.account[0]["open_contracts"]])

    def _try_exec(self, order: Any) -> None:
        """Find the price of a market order; backtrader finds those of the other types and calls `_execute`."""
        kind: OrderKind = order.info["kind"]
        j = self._index(order.data)
        quote = self.market.quote(self.t, j)
        if kind in _OFF_MARKET:
            size = float(abs(order.executed.remsize))
            reason = admission.lot_refusal(kind, size, 0.0, quote) if kind is OrderKind.RETURN_SHARES else 0
            if reason:
                self._refuse(order, Refusal(reason))
            else:
                self._fill(order, kind, j, 0.0, size)
            return
        if order.exectype == bt.Order.Market:
            self._judge(order, kind, j, quote, admission.fill_price(kind, quote, self.p.slippage))
        elif not quote.is_suspended:
            super()._try_exec(order)

    def _execute(self, order: Any, ago: int | None = None, price: float | None = None, **_: Any) -> None:
        """Meet the market at the price that backtrader found for a limit, stop or close order."""
        if price is not None and ago is not None:
            j, kind = self._index(order.data), order.info["kind"]
            quote = self.market.quote(self.t, j)._replace(price=float(price))
            self._judge(order, kind, j, quote, admission.fill_price(kind, quote, 0.0))

    def _judge(self, order: Any, kind: OrderKind, j: int, quote: admission.Quote, price: float) -> None:
        """Ask the market, then the account."""
        size = float(abs(order.executed.remsize))
        asked = float(order.info.get("returned", size))
        reason = admission.market_refusal(kind, quote) or admission.lot_refusal(kind, asked, self._held(kind, j), quote)
        cap = self.market.volume_cap(self.t, j)
        shares = size if size <= cap else admission.whole_lots(cap, quote)
        if reason or shares <= 0.0:
            self._refuse(order, Refusal(reason or Refusal.EXPIRED))
            return
        self._fill(order, kind, j, price, shares)

    def _fill(self, order: Any, kind: OrderKind, j: int, price: float, shares: float) -> None:
        """Carry out `order` for `shares` (a repayment: CNY), or refuse it."""
        effect = self._apply(order, kind, j, shares, price)
        if effect.refusal:
            self._refuse(order, Refusal(effect.refusal))
            return
        self.journal.fill(self.market.panel.sessions[self.t], kind, _shown(kind, j), price, effect)
        self._book(order, kind, effect, price)
        if order.alive():
            self._expire_rest(order, kind, j, abs(order.executed.remsize))

    def _held(self, kind: OrderKind, j: int) -> float:
        """Return the shares that a sale of `kind` could draw on."""
        shares = float(self.ledger.collateral[j])
        if kind is OrderKind.SELL_TO_REPAY:
            tomorrow = int(self.schedule.day[self.t]) + 1
            shares += credit.contract_shares(self.ledger, credit.FINANCING, j, tomorrow)
        return shares

    def _apply(self, order: Any, kind: OrderKind, j: int, shares: float, price: float) -> Effect:
        self.ledger = credit.with_capacity(self.ledger)
        marks, haircuts = self._fill_valuation()
        moved = float(min(shares, order.info.get("returned", shares)))
        amount = float(abs(order.executed.remsize)) if kind is OrderKind.REPAY else 0.0
        asked = Order(int(kind), j, moved, float(price), amount, float(shares), float(self._borrowable()[j]))
        return execute(self.ledger, asked, marks, haircuts, self._terms(j))

    def _terms(self, j: int) -> Terms:
        """Return today's terms for an order in security `j`: funds (ETF) pay neither stamp duty nor transfer fee."""
        terms = self.schedule.on(self.t)
        if self.market.boards[j] is not Board.ETF:
            return terms
        return terms._replace(costs=terms.costs._replace(stamp_duty_rate=0.0, transfer_fee_rate=0.0))

    def _borrowable(self) -> Row:
        if self._borrow_row[0] != self.t:
            self._borrow_row = (self.t, self.market.borrowable_next(self.t - 1))
        return self._borrow_row[1]

    def _fill_valuation(self) -> tuple[Row, Row]:
        if self._fill_row[0] != self.t:
            self._fill_row = (self.t, self.market.fill_marks(self.t), self.market.haircuts(self.t))
        return self._fill_row[1:]

    # ---- what backtrader is told ----------------------------------------------------------------------------------

    def _book(self, order: Any, kind: OrderKind, effect: Effect, price: float) -> None:
        """Tell order, position and trade what was done; interest and every fee enter the profit and loss."""
        data = order.data
        cost = effect.commission + effect.stamp_duty + effect.transfer_fee + effect.interest
        if kind in _OFF_MARKET:
            order.execute(data.datetime[0], order.executed.remsize, price, 0, 0.0, cost, 0, 0.0, 0.0, None, 0.0, 0, 0.0)
            self.notify(order)
            return
        signed = effect.shares if kind in _BOUGHT else -effect.shares
        position = self.positions[data]
        entry = position.price
        size, average, opened, closed = position.update(signed, price, data.datetime.datetime())
        comminfo = self.getcommissioninfo(data)
        order.execute(
            data.datetime[0],
            signed,
            price,
            closed,
            -closed * entry,
            cost * abs(closed / signed),
            opened,
            opened * price,
            cost * abs(opened / signed),
            None,
            comminfo.profitandloss(-closed, entry, price),
            size,
            average,
        )
        order.addcomminfo(comminfo)
        self.notify(order)
        self._ococheck(order)

    def _refuse(self, order: Any, reason: Refusal) -> None:
        kind: OrderKind = order.info["kind"]
        size = 0.0 if kind is OrderKind.REPAY else order.info.get("returned", abs(order.executed.remsize))
        j = _shown(kind, self._index(order.data))
        self.journal.refusal(self.market.panel.sessions[self.t], kind, j, size, reason)
        order.addinfo(refusal=reason)
        if reason in _SHORT_OF_MONEY:
            order.margin()
        else:
            order.reject()
        self._gone(order)

    def _expire_rest(self, order: Any, kind: OrderKind, j: int, rest: float) -> None:
        """End a day order whose rest met no volume."""
        self.journal.refusal(self.market.panel.sessions[self.t], kind, j, rest, Refusal.EXPIRED)
        order.addinfo(refusal=Refusal.EXPIRED)
        order.cancel()
        self._gone(order)

    def _gone(self, order: Any) -> None:
        self.notify(order)
        self._ococheck(order)
        self._bracketize(order, cancel=True)

    def _marks(self) -> Row:
        return self.market.marks[max(self.t, 0)]

    def _index(self, data: Any) -> int:
        """Return the column of `data` in the panel, by its name."""
        try:
            return self._column[data._name]
        except KeyError:
            raise ConfigError(f"the market's panel has no security `{data._name}`: name the feed by it") from None


def _shown(kind: OrderKind, j: int) -> int:
    """Return the security that a table shows: none for a repayment, whose data only carry the order."""
    return -1 if kind is OrderKind.REPAY else j


def _check_kind(kind: OrderKind, allowed: tuple[OrderKind, ...], method: str) -> None:
    if kind not in allowed:
        names = ", ".join(k.name for k in allowed)
        raise ConfigError(f"`kind` of {method}() should be one of {names}, got {kind!r}")
