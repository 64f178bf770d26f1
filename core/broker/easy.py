"""A credit account without a configuration file: from a panel to a broker in one call."""

from collections.abc import Sequence
from typing import Any

from ..account.market import Market, MarketSettings
from ..account.terms import BrokerTerms, TermSchedule
from ..config import quantities
from ..errors import ConfigError, DataError
from ..panel.actions import ActionTable
from ..panel.completion import complete
from ..panel.panel import Panel
from ..rulebook import Rulebook, board_of
from ..types import Board
from .credit_broker import CreditBroker
from .risk_desk import SELECTION


def credit_broker(
    panel: Panel,
    *,
    cash: float = 1_000_000.0,
    boards: Sequence[Board] | Board | None = None,
    rulebook: Rulebook | None = None,
    terms: BrokerTerms | None = None,
    settings: MarketSettings | None = None,
    actions: ActionTable | None = None,
    slippage: float = 0.0,
    selection: str = "largest",
    forced_sale_cash: str = "first",
    fee_on_value: bool = False,
    posting_day: int = 0,
    dividend_tax_rate: float = 0.0,
) -> CreditBroker:
    """Return a broker with a credit account over `panel`, to be set as ``cerebro.broker``.

    Parameters
    ----------
    panel : Panel
        (T, N); needs ``close``. What it lacks and its fields determine is derived (`complete`).
    cash : float
        CNY at the start.
    boards : Board, or sequence of Board (N,), optional
        One for all, or one per security; by default from the codes (``600000.SH``).
    rulebook : Rulebook, optional
        By default the market's.
    terms : BrokerTerms, optional
        Commission, rates, credit line and maintenance ratio lines.
    settings : MarketSettings, optional
        Price limits, eligibility, volume share, and so on.
    actions : ActionTable, optional
        Corporate actions, for unadjusted prices.
    slippage : float
        Fraction of the price, against the order.
    selection, forced_sale_cash, fee_on_value, posting_day, dividend_tax_rate
        See `CreditBroker`.

    Returns
    -------
    CreditBroker
        Its feeds are ``feeds_of(broker.market.panel)``.

    Raises
    ------
    ConfigError
        A number outside its range, an unknown `selection`.
    DataError
        A panel without sessions or securities or ``close``; boards that do not fit; a code that tells no board.
    DateError
        A session before the record of a rule.

    Notes
    -----
    A run whose orders were refused ends with one line about them, the warning `OrdersRefused`.

    Examples
    --------
    >>> import backtrader as bt
    >>> import liangrong as lr
    >>> import pandas as pd
    >>> days = pd.bdate_range("2024-03-04", periods=5)
    >>> price = [10.0, 10.0, 10.5, 11.0, 11.0]
    >>> bars = pd.DataFrame({"open": price, "high": price, "low": price, "close": price, "volume": 1e6}, index=days)
    >>> class Leveraged(bt.Strategy):
    ...     def next(self):
    ...         if len(self) == 1:
    ...             self.buy(size=1000, kind=lr.OrderKind.MARGIN_BUY)
    ...         if len(self) == 4:
    ...             self.sell(size=1000, kind=lr.OrderKind.SELL_TO_REPAY)
    >>> broker = lr.credit_broker(lr.panel_of_frames({"600000.SH": bars}, adjusted=True), cash=100_000.0)
    >>> cerebro = lr.PanelCerebro()
    >>> cerebro.broker = broker
    >>> for feed in lr.feeds_of(broker.market.panel):
    ...     _ = cerebro.adddata(feed)
    >>> cerebro.addstrategy(Leveraged)
    0
    >>> strategy = cerebro.run()[0]
    >>> float(round(broker.getvalue(), 2))  # 1,000 gained; fees 5.10 and 10.61; 3 days on 10,005.10 borrowed
    100977.33
    """
    _check_numbers(cash, slippage, posting_day, dividend_tax_rate)
    if selection not in SELECTION:
        raise ConfigError(f"`selection` should be one of {', '.join(SELECTION)}, got {selection!r}")
    if forced_sale_cash not in ("first", "keep"):
        raise ConfigError(f"`forced_sale_cash` should be first or keep, got {forced_sale_cash!r}")
    if 0 in panel.shape:
        raise DataError(f"`panel` holds {panel.shape[0]} sessions and {panel.shape[1]} securities: give one of each")
    panel = complete(panel)
    rulebook = Rulebook.load() if rulebook is None else rulebook
    market = Market(panel, _boards(panel, boards), rulebook, settings or MarketSettings(), actions)
    make: Any = CreditBroker  # type checkers cannot see that its metaclass takes the params
    return make(
        cash=float(cash),
        market=market,
        schedule=TermSchedule(rulebook, terms or BrokerTerms(), panel.sessions, market.arrays.fee_class),
        slippage=slippage,
        selection=selection,
        forced_sale_cash=forced_sale_cash,
        fee_on_value=fee_on_value,
        posting_day=posting_day,
        dividend_tax_rate=dividend_tax_rate,
    )


def _check_numbers(cash: float, slippage: float, posting_day: int, dividend_tax_rate: float) -> None:
    quantities.check("cash", cash, quantities.CASH)
    quantities.check("slippage", slippage, quantities.SLIPPAGE)
    quantities.check("dividend_tax_rate", dividend_tax_rate, quantities.DIVIDEND_TAX_RATE)
    if isinstance(posting_day, bool) or posting_day not in range(29):
        raise ConfigError(f"`posting_day` should be a day of the month up to 28, or 0 for none, got {posting_day}")


def _boards(panel: Panel, boards: Sequence[Board] | Board | None) -> list[Board]:
    if isinstance(boards, Board):
        return [boards] * len(panel.symbols)
    if boards is None:
        try:
            return [board_of(symbol) for symbol in panel.symbols]
        except DataError as error:
            raise DataError(f"{error} (`boards=Board.MAIN`, say, or one Board per security)") from None
    if len(boards) != len(panel.symbols) or not all(isinstance(board, Board) for board in boards):
        raise DataError(
            f"`boards` should be a Board, or one for each of the {len(panel.symbols)} securities, got {boards!r}"
        )
    return list(boards)
