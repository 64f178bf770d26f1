"""A credit account without a configuration file: from a panel to a broker in one call."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ..account.cash_flows import Flow
from ..account.commissions import own_model
from ..account.dated_flows import flows_of
from ..account.market import Market
from ..account.opened_account import Opening, day_of_opening, opening_of
from ..account.terms import TermSchedule, rulebook_of
from ..config.credit_account import AccountConfig
from ..config.layers import dotted_keys
from ..config.run import CommissionConfig, Conditions, CostsConfig, ExecutionConfig, MarketConfig
from ..config.values import Model
from ..config.yaml_file import checked
from ..errors import ConfigError, DataError
from ..panel.actions import ActionTable
from ..panel.completion import complete
from ..panel.dated_facts import Carry, carried
from ..panel.endings import EndingTable
from ..panel.panel import Panel
from ..panel.possible import check_values
from ..panel.recalls import RecallTable
from ..rulebook import Rulebook, board_of
from ..types import DAY, Board
from .credit_broker import CreditBroker


def credit_broker(
    panel: Panel,
    *,
    cash: float | None = None,
    account: AccountConfig | Mapping[str, Any] | None = None,
    costs: CostsConfig | Mapping[str, Any] | None = None,
    market: MarketConfig | Mapping[str, Any] | None = None,
    execution: ExecutionConfig | Mapping[str, Any] | None = None,
    boards: Sequence[Board] | Board | None = None,
    rulebook: Rulebook | None = None,
    actions: ActionTable | None = None,
    recalls: RecallTable | None = None,
    endings: EndingTable | None = None,
    carry: Carry | None = None,
) -> CreditBroker:
    """Return a broker with a credit account over `panel`, to be set as ``cerebro.broker``.

    Parameters
    ----------
    panel : Panel
        (T, N); needs ``close``. What it lacks and its fields determine is derived (`complete`).
    cash : float, optional
        CNY at the start: `account.cash`, in one of the two places.
    account, costs, market, execution : mapping or model, optional
        The sections of a configuration, with its keys, defaults and errors: ``account={"financing_rate": 0.06}``. In
        ``costs`` the commission may be a function of your own (`own_model`): ``{"commission": tiered}``, or
        ``{"commission": {"name": tiered, "parameters": {...}}}``.
    boards : Board, or sequence of Board (N,), optional
        One for all, or one per security; by default `market.board`, else from the codes (``600000.SH``).
    rulebook : Rulebook, optional
        By default the market's.
    actions : ActionTable, optional
        Corporate actions, for unadjusted prices.
    recalls : RecallTable, optional
        Shares that lenders want back.
    endings : EndingTable, optional
        Ends of listings: delistings, mergers, new codes.
    carry : mapping of str to int or "all", optional
        `data.carry` of a configuration: dated fact -> sessions for which it holds after its day, ``{"haircut": 60}``.

    Returns
    -------
    CreditBroker
        Its feeds are ``feeds_of(broker.market.panel)``.

    Raises
    ------
    ConfigError
        Something else than is asked for; an unknown key; a value that cannot be meant, with what to write instead.
    DataError
        A panel without sessions or securities or ``close``, or with a value that no import lets in: infinite, negative,
        a price of 0; boards that do not fit; a code that tells no board.
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
    _check("panel", panel, Panel, ": make one with lr.panel_of_frames(frames, adjusted=...)")
    _check("actions", actions, ActionTable | None, ": read_actions of liangrong.core.panel.actions reads a CSV as one")
    _check("endings", endings, EndingTable | None, ": read_endings of liangrong.core.panel.endings reads a CSV as one")
    _check("recalls", recalls, RecallTable | None, ": read_recalls of liangrong.core.panel.recalls reads a CSV as one")
    _check("rulebook", rulebook, Rulebook | None)
    own, costs = _own_commission(costs)
    conditions = _conditions(cash, account=account, costs=costs, market=market, execution=execution)
    if 0 in panel.shape:
        raise DataError(f"`panel` holds {panel.shape[0]} sessions and {panel.shape[1]} securities: give one of each")
    check_values(panel)
    panel = complete(carried(panel, carry or {}))
    rulebook = rulebook_of(conditions, rulebook)
    boards = _boards(panel, boards, conditions.market.board)
    met = Market(panel, boards, rulebook, conditions, actions, recalls=recalls, endings=endings)
    make: Any = CreditBroker  # type checkers cannot see that its metaclass takes the params
    commission = None if own is None else own_model(*own, conditions.costs)
    stated = conditions.account.opening
    since = None if stated is None else day_of_opening(stated, _weekday_before(panel))
    schedule = TermSchedule(rulebook, conditions, panel.sessions, met.arrays.fee_class, commission, panel, since)
    opening, met = _opening(conditions.account, met, schedule)
    cash = conditions.account.cash if opening is None else opening.cash
    flows = _flows(conditions.account, panel)
    return make(cash=cash, opening=opening, flows=flows, market=met, schedule=schedule)


def _flows(account: AccountConfig, panel: Panel) -> dict[int, list[Flow]]:
    """Return what moves before each session; ConfigError for a file, which only a run reads."""
    if any(flow.file is not None for flow in account.flows):
        raise ConfigError("`account.flows` should be the flows themselves here, no file: give date, kind and amount")
    stated = ((f"`account.flows.{i}.symbol`", flow) for i, flow in enumerate(account.flows))
    return flows_of(stated, panel.symbols, panel.sessions, panel.sessions[0] - DAY)


def _opening(account: AccountConfig, market: Market, schedule: TermSchedule) -> tuple[Opening | None, Market]:
    """Return what the account holds before the first session, and the market with its marks: the first `pre_close`."""
    stated, symbols = account.opening, market.panel.symbols
    if stated is None:
        return None, market
    if stated.file is not None:
        raise ConfigError("`account.opening` should be the keys themselves here: lr.read_opening(FILE) returns them")
    market = market.opened(market.panel["pre_close"][0])
    known = market.before, market.haircuts(0), _weekday_before(market.panel)
    return opening_of(account, stated, symbols, schedule.arrays, *known), market


def _weekday_before(panel: Panel) -> np.datetime64:
    return np.busday_offset(panel.sessions[0] - DAY, 0, roll="backward")


def _check(name: str, given: Any, expected: Any, remedy: str = "") -> None:
    """Raise ConfigError where `given` is not of the type that is expected."""
    if not isinstance(given, expected):
        kind = getattr(expected, "__args__", (expected,))[0].__name__
        article = "an" if kind[0] in "AEIOU" else "a"
        raise ConfigError(f"`{name}` should be {article} {kind}, got {type(given).__name__}{remedy}")


def _own_commission(costs: Any) -> tuple[tuple[Any, Mapping[str, Any]] | None, Any]:
    """Return the function and the parameters of a commission model of the user's own, and the costs without it."""
    given = costs.get("commission") if isinstance(costs, Mapping) else None
    named = given if isinstance(given, Mapping) else {"name": given}
    if not callable(named.get("name")):
        return None, costs
    rest = {key: value for key, value in costs.items() if key != "commission"}
    return (named["name"], named.get("parameters", {})), rest


def _conditions(cash: float | None, **sections: Model | Mapping[str, Any] | None) -> Conditions:
    """Return the sections as one; ConfigError with every key that is wrong."""
    given = {name: _plain(name, section) for name, section in sections.items() if section is not None}
    if cash is not None:
        stated = given.get("account", {})
        if "cash" in stated and stated["cash"] != cash:
            raise ConfigError(
                f"`cash` {cash!r} and `account.cash` {stated['cash']!r} should be one amount: give one of the two"
            )
        given["account"] = {**given.get("account", {}), "cash": cash}
    keys = [key for name, section in given.items() for key in dotted_keys(name, section)]
    conditions = checked(given, "credit_broker", dict.fromkeys(keys), Conditions)
    if conditions.costs.commission != CommissionConfig():
        name = conditions.costs.commission.name
        raise ConfigError(f"`costs.commission` {name!r} should be the function itself, not its file: import it")
    return conditions


def _plain(name: str, section: Any) -> dict[str, Any]:
    """Return the keys of a section; ConfigError where it is none, or that of another name."""
    model: Any = Conditions.model_fields[name].annotation
    if isinstance(section, model):
        return section.model_dump(exclude_unset=True)
    if not isinstance(section, Mapping):
        kind = type(section).__name__
        raise ConfigError(f"`{name}` should be a mapping of its keys or an object of {model.__name__}, got {kind}")
    return dict(section)


def _boards(panel: Panel, boards: Sequence[Board] | Board | None, stated: str | None) -> list[Board]:
    if boards is None and stated is not None:
        boards = Board[stated.upper()]
    if isinstance(boards, Board):
        return [boards] * len(panel.symbols)
    if boards is None:
        try:
            return [board_of(symbol) for symbol in panel.symbols]
        except DataError as error:
            raise DataError(f"{error} (`boards=Board.MAIN`, say, or one Board per security)") from None
    if (
        not isinstance(boards, Collection)
        or len(boards) != len(panel.symbols)
        or not all(isinstance(board, Board) for board in boards)
    ):
        raise DataError(
            f"`boards` should be a Board, or one for each of the {len(panel.symbols)} securities, got {boards!r}"
        )
    return list(boards)
