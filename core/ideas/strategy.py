"""The base of all strategies: eight order methods, target weights, and the panel up to the day of the decision."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..account.credit import equity
from ..account.target_orders import Book, holdings, purchase_fee_rate
from ..broker.lot_strategy import LotStrategy
from ..errors import ConfigError
from ..panel.panel import Panel
from ..types import OrderKind, Panel2D, Row
from .parameters import Parameter, checked, defaults
from .weights import plan


class _Declared(type(LotStrategy)):
    """Gives a strategy class its `PARAMETERS` as backtrader's `params`, beside those that it states itself."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> Any:
        """Make the class."""
        mixed_in = [getattr(base, "PARAMETERS", ()) for base in bases if not hasattr(base, "params")]
        declared = members.get("PARAMETERS", next(filter(None, mixed_in), ()))
        params = dict(defaults(declared)) | dict(members.get("params", ()))
        return super().__new__(cls, name, bases, {**members, "params": tuple(params.items())})


class MarginStrategy(LotStrategy, metaclass=_Declared):
    """A strategy over a panel, in a credit account.

    A subclass declares `PARAMETERS`, which ``self.p`` then has, computes signals in `prepare` and decides in `decide`,
    after each close. Its orders meet the next session.

    Parameters
    ----------
    history : Panel, optional
        What decisions may see (`published`), with sessions before the first of the run too, for signals that look
        back; the feeds' panel where absent.
    first : int
        Row of `history` on which the run begins.
    lead : int
        0: the decision after the close of t, whose orders meet session t + 1. 1: the decision at the close of t, whose
        orders meet that close; the account it knows is that of the close before.
    rule : Rule, optional
        The rule of a strategy that trades one.
    open_end : bool
        Decide on the last session too, as one does whose history ends today: its orders meet a session that is still
        to come, and none of the run.
    reserve : float
        Fraction of equity that `order_to_weights` keeps as cash against gaps and fees.

    Notes
    -----
    Publication: row t of `history` holds what is public when row t is decided, so a decision may use rows up to t,
    which is all that `seen` returns.
    """

    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()
    NEEDS: ClassVar[tuple[str, ...]] = ("close",)

    COMMON: ClassVar[tuple[Parameter, ...]] = (
        Parameter("reserve", float, 0.02, "fraction of equity kept as cash against gaps and fees", low=0.0, high=0.5),
    )

    USES_RULE: ClassVar[bool] = False
    DECIDES: ClassVar[bool] = True
    """False where the orders are given beforehand, so that no decision could know the future."""

    params: Any = (("history", None), ("first", 0), ("lead", 0), ("rule", None), ("open_end", False), *defaults(COMMON))

    @classmethod
    def check(cls, given: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Return the parameters of a run, checked and with defaults; ConfigError otherwise."""
        return checked((*cls.PARAMETERS, *cls.COMMON), given, f"strategy `{name}`")

    @classmethod
    def needs(cls, parameters: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG003 - subclasses read it
        """Return the panel's fields that a run with `parameters` reads."""
        return cls.NEEDS

    @classmethod
    def warmup(cls, parameters: Mapping[str, Any]) -> int:
        """Return how many sessions of history the signals need before the first is known."""
        return max([int(parameters[name]) for name in parameters if name.endswith("window")], default=1)

    def start(self) -> None:
        """Compute the signals once, before the first session."""
        self._check_feeds()
        self.history: Panel = self.p.history if self.p.history is not None else self.datas[0].panel
        self._decided = -1
        self.prepare(self.history)

    def _check_feeds(self) -> None:
        """Refuse feeds in another order than the panel's: column j is data j, and data 0 counts the sessions."""
        own = [feed for feed in self.datas if hasattr(feed, "panel")]
        if not own or any(
            feed is not data or feed.index != j for j, (feed, data) in enumerate(zip(own, self.datas, strict=False))
        ):
            names = ", ".join(f"`{data._name}`" for data in self.datas[:5])
            raise ConfigError(
                f"the feeds of a MarginStrategy should be those of feeds_of(panel), in its order, got {names}: add "
                "them first, and an index or a resampled feed after them"
            )

    def prepare(self, panel: Panel) -> None:
        """Compute (T, N) signals from `panel`; row t may use rows up to t only."""

    def decide(self) -> None:
        """Submit the orders of this session; called after its close."""
        raise ConfigError(f"strategy `{type(self).__name__}` should define decide()")

    def next(self) -> None:
        """Decide, while there is a next session to trade in, and once in each: an index may have days of its own."""
        ahead = 0 if self.p.open_end else 1 - self.p.lead
        if self.t > self._decided and self.t + ahead < len(self.history.sessions):
            self._decided = self.t
            self.decide()

    def claims(self) -> pd.DataFrame | None:
        """Return a broker's own figures, with which the ledger's are compared; None where the strategy knows none."""
        return None

    def remarks(self) -> tuple[str, ...]:
        """Return sentences for the notes of the run; none by default."""
        return ()

    @property
    def t(self) -> int:
        """Row of `history` that is decided."""
        return self.session + self.p.first

    @property
    def session(self) -> int:
        """Number of sessions of the run before the one that is decided."""
        return len(self.datas[0]) - 1 + self.p.lead

    def seen(self, field: str) -> Panel2D:
        """Return the rows of `field` that are public at this decision: (t + 1, N), the last one is today's."""
        return self.history[field][: self.t + 1]

    # ---- the eight orders; `j` is a column of the panel -----------------------------------------------------------

    def buy_collateral(self, j: int, shares: float) -> Any:
        """Buy with own cash (担保品买入)."""
        return self.buy(data=self.datas[j], size=shares, kind=OrderKind.BUY)

    def sell_collateral(self, j: int, shares: float) -> Any:
        """Sell collateral for cash (担保品卖出)."""
        return self.sell(data=self.datas[j], size=shares, kind=OrderKind.SELL)

    def margin_buy(self, j: int, shares: float) -> Any:
        """Buy with borrowed money (融资买入)."""
        return self.buy(data=self.datas[j], size=shares, kind=OrderKind.MARGIN_BUY)

    def sell_to_repay(self, j: int, shares: float) -> Any:
        """Sell and repay with the proceeds (卖券还款)."""
        return self.sell(data=self.datas[j], size=shares, kind=OrderKind.SELL_TO_REPAY)

    def repay(self, amount: float) -> Any:
        """Repay `amount` CNY from own cash (直接还款), the oldest contract first."""
        return self.broker.repay(self, self.datas[0], amount)

    def short_sell(self, j: int, shares: float) -> Any:
        """Borrow and sell (融券卖出)."""
        return self.sell(data=self.datas[j], size=shares, kind=OrderKind.SHORT_SELL)

    def buy_to_return(self, j: int, shares: float) -> Any:
        """Buy and return what was borrowed (买券还券)."""
        return self.buy(data=self.datas[j], size=shares, kind=OrderKind.BUY_TO_RETURN)

    def return_shares(self, j: int, shares: float) -> Any:
        """Return borrowed shares out of what is held (直接还券, 现券还券): own ones first, then financed ones."""
        return self.broker.return_shares(self, self.datas[j], shares)

    # ---- target weights -------------------------------------------------------------------------------------------

    def order_to_weights(self, weights: Row) -> None:
        """Submit the orders that bring the account to `weights` (N,): signed fractions of equity, NaN = leave alone.

        Raises
        ------
        ConfigError
            Anything else than one number for each security, or an infinite one.
        """
        weights = self._weights(weights)
        submit = {
            OrderKind.BUY: self.buy_collateral,
            OrderKind.SELL: self.sell_collateral,
            OrderKind.MARGIN_BUY: self.margin_buy,
            OrderKind.SELL_TO_REPAY: self.sell_to_repay,
            OrderKind.SHORT_SELL: self.short_sell,
            OrderKind.BUY_TO_RETURN: self.buy_to_return,
        }
        for kind, j, amount in plan(weights, self.book(), self.p.reserve):
            if kind is OrderKind.REPAY:
                self.repay(amount)
            else:
                submit[kind](j, amount)

    def _weights(self, given: Any) -> Row:
        count = len(self.history.symbols)
        expected = f"the weights of `{type(self).__name__}` should be {count} numbers, one a security"
        try:
            weights = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError):
            raise ConfigError(f"{expected}, got {given!r}") from None
        if weights.shape != (count,):
            raise ConfigError(f"{expected}, got an array of shape {weights.shape}")
        if np.isinf(weights).any():
            raise ConfigError(f"{expected}, got an infinite one: NaN leaves a security alone")
        return weights

    def book(self) -> Book:
        """Return the account and the market at the close of today."""
        broker, market, t = self.broker, self.broker.market, self.broker.t
        sums, terms = broker.sums(), broker.schedule.on(t)
        lot_minimum, lot_step = market.lots(t)
        book = Book(
            market.marks[t],
            *np.empty((4, len(lot_step))),
            equity=equity(sums),
            cash=broker.getcash(),
            principal=sums.principal,
            lot_minimum=lot_minimum,
            lot_step=lot_step,
            is_financing_eligible=market.is_eligible("financing_eligible", t).astype(np.float64),
            borrowable=np.empty(len(lot_step)),
            fee_rate=purchase_fee_rate(terms),
        )
        holdings(broker.ledger, book)
        return book._replace(borrowable=market.borrowable_next(t, book.short))
