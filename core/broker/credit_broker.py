"""CreditBroker: backtrader's broker, with a credit account (信用账户) in the place of its cash and margin."""

from collections.abc import Callable
from typing import Any

import backtrader as bt
import numpy as np

from ..account import admission, credit, recalled_shares, tax_lots
from ..account.cash_flows import DEPOSIT, TRANSFER_IN, TRANSFER_OUT, WITHDRAWAL, Flow
from ..account.cash_interest import accrue_cash
from ..account.commissions import check
from ..account.credit_orders import execute
from ..account.held_positions import POSITION, note_positions
from ..account.journal import Journal
from ..account.lots import whole
from ..account.market import Market
from ..account.order_kinds import BOUGHT, OFF_MARKET, shown_symbol
from ..account.order_terms import Effect, Order
from ..account.steps import STEPS
from ..account.terms import TermSchedule
from ..errors import ConfigError
from ..types import OrderKind, Refusal, Row
from .cerebro import PanelBackBroker
from .clock import SessionClock
from .late_feeds import tell_late
from .lot_strategy import equip
from .order_entry import OrderEntry
from .refusal_summary import RefusalTally
from .risk_desk import RiskDesk
from .stock_analyzers import StockAnalyzers
from .stock_settings import StockSettings
from .upkeep import Upkeep


class CreditBroker(StockSettings, OrderEntry):
    """A broker whose every order passes through a credit account.

    Orders carry their kind: ``self.buy(data=…, size=…, kind=OrderKind.MARGIN_BUY)``; a plain `buy` or `sell` never
    borrows. `repay` and `return_shares` are methods. Each order is judged alone, at its fill, in the order of its
    submission; a refused one is rejected (status Margin where money was short), its reason stands in
    ``order.info.refusal`` and in `journal`.

    Parameters
    ----------
    cash : float
        CNY at the start.
    opening : Opening, optional
        What the account holds and owes at the start, its cash in the place of `cash`; backtrader sees its positions
        from the first session on.
    market : Market
    schedule : TermSchedule
    flows : mapping of int to sequence of Flow, optional
        Session -> what moves in and out before its open.
    progress : callable(int), optional
        Called with the session's index after each close.
    refusal_line : bool
        Whether a run that refused orders ends with one line about them, the warning `OrdersRefused`.
    keeps_positions : bool
        Whether the journal notes what is held and owed at each close.

    Notes
    -----
    `getcash` is what may be spent (locked short proceeds are not); `getvalue` is the account's equity. A position is
    net: shares held less shares owed. The latest bar of any security tells the session, see `SessionClock`. Sizes of
    orders, positions and trades are `int`. The strategies of a run have the targets, `close`, brackets and sizing of
    `LotStrategy`.
    """

    params = (
        ("market", None),
        ("schedule", None),
        ("opening", None),
        ("flows", None),
        ("progress", None),
        ("refusal_line", True),
        ("keeps_positions", False),
        ("checksubmit", False),
    )

    def init(self) -> None:
        """Open the account; backtrader calls it at construction and at each start."""
        super().init()
        market: Market | None = self.p.market
        self.set_checksubmit(self.p.checksubmit)
        if market is None or self.p.schedule is None:
            raise ConfigError("CreditBroker needs `market` (a Market) and `schedule` (a TermSchedule)")
        self.market: Market = market
        self.schedule: TermSchedule = self.p.schedule
        securities = len(market.panel.symbols)
        self.ledger = self._begun(securities)
        self.journal = Journal(market.panel.symbols)
        self.tally = RefusalTally()
        self._closed = np.zeros(256, credit.CONTRACT)
        self._positions = np.empty(securities, POSITION)
        self._fill_row: tuple[int, Row, Row] = (-1, np.empty(0), np.empty(0))
        self._analyzers = StockAnalyzers()
        self._clock = SessionClock(market.panel.sessions, market.panel.symbols)
        self._upkeep = Upkeep(self)
        self._desk = RiskDesk(self)
        self._steps: dict[str, Callable[[], None]] = {
            "move": self._move,
            "accrue": self._accrue,
            "act": self._upkeep.act,
            "post": self._upkeep.post,
            "force": self._desk.force,
            "fill": self._fill_pending,
            "mark": self._mark,
            "judge": self._desk.judge,
            "fall_due": self._desk.fall_due,
        }
        self._column = {symbol: j for j, symbol in enumerate(market.panel.symbols)}
        self._feeds: list[Any] = []
        self._traded: dict[int, float] = {}
        self.cash_flow = 0.0
        self.asked_flows: list[Flow] = []
        self.keeps_lines, self.carried_out, self.bonus, self.forced_elsewhere = False, [], {}, set()
        self.t = -1
        """Index of the session in the market's panel."""

    def _begun(self, securities: int) -> credit.Ledger:
        """Return the account before the first session, and show backtrader what it is worth."""
        opening = self.p.opening
        if opening is None:
            return tax_lots.with_lots(credit.open_ledger(self.p.cash, securities), self.schedule.options)
        self._value = self._valuelever = opening.equity()
        self._fundshares = self._value / self._fundval
        return tax_lots.with_lots(opening.ledger(), self.schedule.options)

    # ---- what a strategy asks -------------------------------------------------------------------------------------

    def getcash(self) -> float:
        """Return the cash that may be spent, in CNY."""
        return credit.available_cash(self.ledger)

    get_cash = getcash

    def available_margin(self) -> float:
        """Return the available margin (保证金可用余额) at the marks of the last close, in CNY."""
        return credit.available_margin(self.ledger, self._marks(), self.market.haircuts(max(self.t, 0)))

    def holdings(self) -> tuple[Row, Row]:
        """Return the shares held (N,), collateral and financed, and the shares owed (N,)."""
        long, short = np.empty_like(self.ledger.collateral), np.empty_like(self.ledger.collateral)
        credit.positions(self.ledger, long, short)
        return long, short

    def recalled(self) -> Row:
        """Return the shares owed (N,) that lenders want back: due at the next close, then bought back by force."""
        out = np.empty_like(self.ledger.collateral)
        recalled_shares.recalled(self.ledger, out)
        return out

    def _get_value(self, datas: Any = None, lever: bool = False) -> float:  # noqa: ARG002 - backtrader's signature
        if datas is None:
            self._value = credit.equity(self.sums())
            self._fundval = self._value / self._fundshares
            return self._value
        marks = self._marks()
        held = [(data, self.positions[data].size) for data in datas]
        return float(sum(size * marks[self._index(data)] for data, size in held if size))

    def set_cash(self, cash: float) -> None:
        """Set the cash at the start; later cash moves by `add_cash`."""
        if self.t >= 0:
            raise ConfigError("`setcash` should come before the run: use add_cash in it")
        super().set_cash(cash)
        if self.p.opening is not None:
            self.p.opening = self.p.opening._replace(cash=cash)
        self.ledger.account[0]["cash"] = cash

    setcash = set_cash

    def add_cash(self, cash: float) -> None:
        """Move `cash` CNY in before the next session, or out where it is negative."""
        self.asked_flows.append(Flow(DEPOSIT if cash >= 0.0 else WITHDRAWAL, -1, abs(float(cash))))

    def transfer(self, data: Any, shares: float) -> None:
        """Move own shares of `data` in before the next session (担保品划入), or out where they are negative (划出)."""
        kind = TRANSFER_IN if shares >= 0.0 else TRANSFER_OUT
        self.asked_flows.append(Flow(kind, self._index(data), abs(float(shares))))

    # ---- the session ----------------------------------------------------------------------------------------------

    def next(self) -> None:
        """Run one session, but for the decision, which backtrader asks the strategies for."""
        t = self._clock.row(self.cerebro.datas, self.t)
        if t == self.t:  # a bar of an index, or a resampled one: no session
            self._analyzers.check_step(self.cerebro.runningstrats)
            return
        if self.t < 0:
            self._upkeep.show_opening()
            equip(self.cerebro.runningstrats)
            tell_late(self.cerebro.runningstrats)
        self.t = t
        self._traded.clear()
        for step in STEPS[:-1]:
            self._steps[step.name]()
        self._tell_backtrader()
        if self.p.progress is not None:
            self.p.progress(t)

    def _move(self) -> None:
        t, schedule = self.t, self.schedule
        cash, proceeds = schedule.arrays.rates.cash[t], schedule.arrays.rates.proceeds[t]
        if cash > 0.0 or proceeds > 0.0:  # on the cash of the close before
            accrue_cash(self.ledger, schedule.day[t], schedule.day_count[t], cash, proceeds)
        self._upkeep.move()

    def _accrue(self) -> None:
        t, schedule = self.t, self.schedule
        days = schedule.day[t], schedule.due[t], schedule.day_count[t]
        credit.start_session(self.ledger, *days, self.marks_before(), schedule.options, schedule.charges(t))

    def _fill_pending(self) -> None:
        while self._toactivate:
            self._toactivate.popleft().activate()
        if not self.pending:
            return
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

    def _mark(self) -> None:
        ledger = self.ledger
        if ledger.account[0]["closed_today"] > 0:
            if len(self._closed) < ledger.account[0]["closed_today"]:
                self._closed = np.zeros(len(ledger.contracts), credit.CONTRACT)
            moved = credit.sweep(ledger, self._closed)
            self.journal.contracts(self._closed[:moved])
        if self.p.keeps_positions:
            marks, (financed, short) = self.market.marks[self.t], np.empty((2, len(ledger.collateral)))
            count = note_positions(self.t, ledger, marks, financed, short, self._positions, 0)
            self.journal.positions(self.market.panel.sessions, self._positions[:count])
        sums = self.sums()
        self.journal.close(self.date, sums, self.available_margin())
        self._analyzers.check_close(self.cerebro.runningstrats, sums)

    def _tell_backtrader(self) -> None:
        sums = self.sums()
        self._value = self._valuelever = credit.equity(sums)
        self.cash = self.getcash()
        self._valuemkt = self._valuemktlever = sums.long_value - sums.short_value
        self._fundval = self._value / self._fundshares

    def stop(self) -> None:
        """Hand the contracts that are still open to the journal, and say what was refused."""
        self.journal.contracts(self.ledger.contracts[: self.ledger.account[0]["open_contracts"]])
        if self.p.refusal_line:
            self.tally.warn()

    def _try_exec(self, order: Any) -> None:
        """Find the price of a market order; backtrader finds those of the other types and calls `_execute`."""
        if "forced" not in order.info and order.data.datetime[0] <= order.created.dt:
            return  # decided in this very session, by whom could see its bar
        kind: OrderKind = order.info["kind"]
        j = self._index(order.data)
        quote = self.market.quote(self.t, j, order.info.get("fill_price"))
        if kind in OFF_MARKET:
            self._settle_off_market(order, kind, j, quote)
            return
        if order.exectype == bt.Order.Market:
            slippage = 0.0 if "fill_price" in order.info else self.schedule.options.slippage
            self._judge(order, kind, j, quote, slippage)
        elif not quote.is_suspended:
            super()._try_exec(order)

    def _settle_off_market(self, order: Any, kind: OrderKind, j: int, quote: admission.Quote) -> None:
        """Repay or return: no trade, so no price, limit or volume."""
        size = float(order.executed.remsize) if kind is OrderKind.REPAY else float(abs(order.executed.remsize))
        if not size > 0.0:
            self._refuse(order, Refusal.NO_SHARES)
        elif kind is OrderKind.RETURN_SHARES and admission.lot_refusal(int(kind), size, 0.0, quote):
            self._refuse(order, Refusal.LOT)
        else:
            self._fill(order, kind, j, 0.0, size)

    def _execute(self, order: Any, ago: int | None = None, price: float | None = None, **_: Any) -> None:
        """Meet the market at the price that backtrader found for a limit, stop or close order."""
        if price is not None and ago is not None:
            j, kind = self._index(order.data), order.info["kind"]
            quote = self.market.quote(self.t, j)._replace(price=float(price))
            self._judge(order, kind, j, quote, 0.0)

    def _judge(self, order: Any, kind: OrderKind, j: int, quote: admission.Quote, slippage: float) -> None:
        """Ask the market, then the account."""
        size = float(abs(order.executed.remsize))
        self._note_odd_lot(order, kind, j, quote)
        asked = float(order.info.get("returned", size))
        cap = self.market.volume_cap(self.t, j) - self._traded.get(j, 0.0)
        held = credit.shares_held(self.ledger, j, kind is OrderKind.SELL_TO_REPAY)
        # numba walks all members of an enum at every call, hence int().
        reason, most, price = admission.admit(int(kind), size, asked, held, cap, slippage, quote)
        if reason:
            self._refuse(order, Refusal(reason))
        else:
            self._fill(order, kind, j, price, size, most)

    def _note_odd_lot(self, order: Any, kind: OrderKind, j: int, quote: admission.Quote) -> None:
        """Note how many shares a purchase of whole lots returns where fewer are owed: the excess is collateral."""
        if kind is OrderKind.BUY_TO_RETURN:
            owed = credit.contract_shares(self.ledger, credit.SHORT, j, self.ledger.account[0]["today"] + 1)
            if 0.0 < owed < order.info.get("returned", 0.0) <= admission.lots_up(owed, quote):
                order.addinfo(returned=owed)

    def _fill(self, order: Any, kind: OrderKind, j: int, price: float, size: float, most: float = np.inf) -> None:
        """Carry out `order` of `size` shares (a repayment: CNY), `most` of them at the most, or refuse it."""
        before = self._line_state(j) if self.keeps_lines else (0.0, 0.0)
        effect = self._apply(order, kind, j, size, price, most)
        if effect.refusal:
            self._refuse(order, Refusal(effect.refusal))
            return
        if self.keeps_lines:
            self._keep_line(order, j, before, effect)
        if kind not in OFF_MARKET:
            self._traded[j] = self._traded.get(j, 0.0) + effect.shares
        self.note_tax(j, effect.shares)
        self.journal.fill(self.date, kind, shown_symbol(kind, j), price, effect, "forced" in order.info)
        self._book(order, kind, effect, price)
        if order.alive():
            asked = float(order.info.get("returned", size))
            self._expire_rest(order, kind, j, asked - min(effect.shares, asked))

    def _apply(self, order: Any, kind: OrderKind, j: int, size: float, price: float, most: float) -> Effect:
        if "part" in order.info:
            return self._paid_in_part(order)
        self.ledger = tax_lots.with_room(credit.with_capacity(self.ledger), 1)
        marks, haircuts = self.fill_valuation()
        moved = float(min(size, order.info.get("returned", size)))
        amount = float(abs(order.executed.remsize)) if kind is OrderKind.REPAY else 0.0
        owed = credit.contract_shares(self.ledger, credit.SHORT, j, self.ledger.account[0]["today"])
        borrowable, is_forced = self.market.may_owe(self.t, j, owed), "forced" in order.info
        asked = Order(int(kind), j, moved, float(price), amount, float(size), borrowable, is_forced, float(most))
        terms = self.schedule.on(self.t, int(self.market.arrays.fee_class[j]), j)
        effect = execute(self.ledger, asked, marks, haircuts, terms)
        check(self.schedule.arrays.commission, effect.commission, f"{effect.shares:g} shares for {effect.value:g} CNY")
        return effect

    notify = PanelBackBroker.notify

    def _ococheck(self, order: Any) -> None:
        """Cancel the rest of an order's OCO group; an order alone is its own group, and nothing need be searched."""
        group = self._ocos.get(self._ocos[order.ref])
        if self._ocol.get(group) == [order.ref]:
            self._ocol.pop(group)
        else:
            super()._ococheck(order)

    # ---- what backtrader is told ----------------------------------------------------------------------------------

    def _book(self, order: Any, kind: OrderKind, effect: Effect, price: float) -> None:
        """Tell order, position and trade what was done; interest and every fee enter the profit and loss."""
        data = order.data
        cost = effect.commission + effect.stamp_duty + effect.transfer_fee + effect.interest
        if kind in OFF_MARKET:
            order.execute(data.datetime[0], order.executed.remsize, price, 0, 0.0, cost, 0, 0.0, 0.0, None, 0.0, 0, 0.0)
            order.executed.exbits.clear()  # nothing was traded: the data's open trade must not hear of it again
            self.notify(order)
            return
        shares = whole(effect.shares)
        signed = shares if kind in BOUGHT else -shares
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
