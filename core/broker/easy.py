"""A credit account without a configuration file: from data frames to a broker in two calls."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..account.commissions import own_model
from ..account.market import Market
from ..account.terms import TermSchedule
from ..config.run import AccountConfig, CommissionConfig, Conditions, CostsConfig, ExecutionConfig, MarketConfig
from ..config.values import Model
from ..config.yaml_file import checked, dotted_keys
from ..errors import ConfigError, DataError
from ..panel.actions import ActionTable
from ..panel.completion import complete
from ..panel.panel import FIELDS, Panel
from ..rulebook import Rulebook, board_of
from ..symbols import instead, is_misspelt, quoted
from ..types import Board, Row, Sessions
from .credit_broker import CreditBroker

_PRICES = ("open", "high", "low", "close")


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
) -> CreditBroker:
    """Return a broker with a credit account over `panel`, to be set as ``cerebro.broker``.

    Parameters
    ----------
    panel : Panel
        (T, N); needs ``close``. What it lacks and its fields determine is derived (`complete`).
    cash : float, optional
        CNY at the start: `account.cash`.
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

    Returns
    -------
    CreditBroker
        Its feeds are ``feeds_of(broker.market.panel)``.

    Raises
    ------
    ConfigError
        An unknown key; a value that cannot be meant, with what to write instead.
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
    >>> import pandas as pd
    >>> from liangrong.core.broker.cerebro import PanelCerebro
    >>> from liangrong.core.broker.easy import credit_broker, panel_of_frames
    >>> from liangrong.core.broker.feed import feeds_of
    >>> from liangrong.core.types import OrderKind
    >>> days = pd.bdate_range("2024-03-04", periods=5)
    >>> price = [10.0, 10.0, 10.5, 11.0, 11.0]
    >>> bars = pd.DataFrame({"open": price, "high": price, "low": price, "close": price, "volume": 1e6}, index=days)
    >>> class Leveraged(bt.Strategy):
    ...     def next(self):
    ...         if len(self) == 1:
    ...             self.buy(size=1000, kind=OrderKind.MARGIN_BUY)
    ...         if len(self) == 4:
    ...             self.sell(size=1000, kind=OrderKind.SELL_TO_REPAY)
    >>> broker = credit_broker(panel_of_frames({"600000.SH": bars}, adjusted=True), cash=100_000.0)
    >>> cerebro = PanelCerebro()
    >>> cerebro.broker = broker
    >>> for feed in feeds_of(broker.market.panel):
    ...     _ = cerebro.adddata(feed)
    >>> cerebro.addstrategy(Leveraged)
    0
    >>> strategy = cerebro.run()[0]
    >>> float(round(broker.getvalue(), 2))  # 1,000 gained; fees 5.10 and 10.61; 3 days on 10,005.10 borrowed
    100977.33
    """
    own, costs = _own_commission(costs)
    conditions = _conditions(cash, account=account, costs=costs, market=market, execution=execution)
    if 0 in panel.shape:
        raise DataError(f"`panel` holds {panel.shape[0]} sessions and {panel.shape[1]} securities: give one of each")
    panel = complete(panel)
    rulebook = Rulebook.load() if rulebook is None else rulebook
    boards = _boards(panel, boards, conditions.market.board)
    met = Market(panel, boards, rulebook, conditions, actions)
    make: Any = CreditBroker  # type checkers cannot see that its metaclass takes the params
    commission = None if own is None else own_model(*own, conditions.costs)
    schedule = TermSchedule(rulebook, conditions, panel.sessions, met.arrays.fee_class, commission)
    return make(cash=conditions.account.cash, market=met, schedule=schedule)


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
    given = {name: _plain(section) for name, section in sections.items() if section is not None}
    if cash is not None:
        given["account"] = {**given.get("account", {}), "cash": cash}
    keys = [key for name, section in given.items() for key in dotted_keys(name, section)]
    conditions = checked(given, "credit_broker", dict.fromkeys(keys), Conditions)
    if conditions.costs.commission != CommissionConfig():
        name = conditions.costs.commission.name
        raise ConfigError(f"`costs.commission` {name!r} should be the function itself, not its file: import it")
    return conditions


def _plain(section: Model | Mapping[str, Any]) -> dict[str, Any]:
    return section.model_dump(exclude_unset=True) if isinstance(section, Model) else dict(section)


def panel_of_frames(frames: Mapping[str, pd.DataFrame], *, adjusted: bool, source: str = "data frames") -> Panel:
    """Return the panel of daily bars that lie in one data frame per security.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        Symbol -> bars, one row per day in any order, dated by a `DatetimeIndex` or a column ``date``. Columns open,
        high, low, close (CNY per share), as a rule volume (shares), and whatever else is a canonical field (`FIELDS`),
        in any case; other columns are left out.
    adjusted : bool
        Whether the prices are adjusted for dividends and splits; noted in ``Panel.source``. Unadjusted prices want a
        table of corporate actions, or every ex-date is a loss. Adjusted ones are not those that price limits and lots
        were made for: consider ``market={"price_limits": False}``.
    source : str
        Where the bars come from, in words.

    Returns
    -------
    Panel
        Sessions: all days that some frame has; securities in the order of `frames`.

    Raises
    ------
    DataError
        No frame or an empty one, a code in another spelling than ``600519.SH``, a missing column, dates that are none,
        a day twice, text among the numbers, a price that is not positive, a high below the low, an open or close
        outside of both, a negative volume.

    Notes
    -----
    NaN handling: a day that a frame lacks, or whose close is NaN, is a session without trade. So is a day with a volume
    of 0; but a security whose volume is 0 or NaN on all days, or that has no such column (an index), trades whenever it
    has a close, in any quantity, and so does a day whose volume is NaN.
    """
    if not frames:
        raise DataError("`frames` should map symbols to data frames, got none")
    _check_symbols(frames)
    bars = {symbol: _bars(symbol, frame) for symbol, frame in frames.items()}
    sessions = np.unique(np.concatenate([days for days, _ in bars.values()]))
    fields: dict[str, np.ndarray] = {}
    for j, (days, columns) in enumerate(bars.values()):
        t = np.searchsorted(sessions, days)
        for name, values in columns.items():
            fields.setdefault(name, np.full((len(sessions), len(bars)), np.nan))[t, j] = values
    stated = "adjusted prices" if adjusted else "unadjusted prices"
    return Panel(sessions=sessions, symbols=tuple(bars), fields=fields, source=f"{source}, {stated}")


def _check_symbols(frames: Mapping[Any, Any]) -> None:
    """Refuse keys that are numbers, or mainland codes in another spelling: the suffix tells exchange and board."""
    for symbol in frames:
        if not isinstance(symbol, str):
            raise DataError(f"`frames` should map symbols to data frames: {symbol!r} {quoted(symbol)}")
        if is_misspelt(symbol):
            raise DataError(f"`frames` should map symbols such as '600519.SH', got {symbol!r}: {instead(symbol)}")


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
    if len(boards) != len(panel.symbols) or not all(isinstance(board, Board) for board in boards):
        raise DataError(
            f"`boards` should be a Board, or one for each of the {len(panel.symbols)} securities, got {boards!r}"
        )
    return list(boards)


def _bars(symbol: str, frame: pd.DataFrame) -> tuple[Sessions, dict[str, Row]]:
    """Return the days (rows,) and the canonical columns of one frame, checked."""
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"`frames[{symbol!r}]` should be a DataFrame, got {type(frame).__name__}")
    named = {str(name).strip().lower(): name for name in frame.columns}
    missing = [name for name in _PRICES if name not in named]
    if missing or frame.empty:
        what = f"lacks the column {', '.join(missing)}" if missing else "is empty"
        raise DataError(f"`frames[{symbol!r}]` {what}; it has {', '.join(map(str, frame.columns))}")
    days = _days(symbol, frame[named["date"]] if "date" in named else frame.index)
    columns = {name: _numbers(symbol, name, frame[named[name]]) for name in FIELDS if name in named}
    _check_bars(symbol, days, columns)
    return days, columns


def _days(symbol: str, stamps: "pd.Series | pd.Index") -> Sessions:
    """Return the day of each row; numbers are no dates, pandas would count nanoseconds from 1970."""
    where = f"the dates of `frames[{symbol!r}]`"
    if pd.api.types.is_numeric_dtype(stamps):
        raise DataError(f"{where} are numbers: date the rows by a DatetimeIndex or a column `date`")
    try:
        parsed = pd.DatetimeIndex(pd.to_datetime(stamps, format="ISO8601"))
    except (ValueError, TypeError) as error:
        raise DataError(f"{where} cannot be read as days ({error}): write 2024-03-04") from None
    if parsed.tz is not None:
        raise DataError(f"{where} carry the time zone {parsed.tz}: give the exchange's days without one")
    days = parsed.to_numpy().astype("datetime64[D]")
    if np.isnat(days).any():
        raise DataError(f"{where} have a gap in row {int(np.flatnonzero(np.isnat(days))[0])}: every row needs its day")
    unique, counts = np.unique(days, return_counts=True)
    if (counts > 1).any():
        raise DataError(f"{where} have {unique[counts > 1][0]} more than once: the bars should be daily ones")
    return days


def _numbers(symbol: str, name: str, column: pd.Series) -> Row:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise DataError(f"`{name}` of `frames[{symbol!r}]` should be numbers ({error})") from None


def _check_bars(symbol: str, days: Sessions, columns: dict[str, Row]) -> None:
    """Raise DataError at the first bar that no market could have made."""
    opened, high, low, close = (columns[name] for name in _PRICES)
    with np.errstate(invalid="ignore"):
        faults = {
            f"a {name} that is no positive price": ~np.isnan(columns[name])
            & ~((columns[name] > 0.0) & np.isfinite(columns[name]))
            for name in _PRICES
        }
        faults["a high below its low, open or close"] = (high < low) | (high < opened) | (high < close)
        faults["a low above its open or close"] = (low > opened) | (low > close)
        faults["a negative volume"] = columns.get("volume", close) < 0.0
    for what, is_faulty in faults.items():
        if is_faulty.any():
            row = int(np.flatnonzero(is_faulty)[0])
            bar = ", ".join(f"{name} {columns[name][row]:.15g}" for name in columns)
            raise DataError(f"`frames[{symbol!r}]` has {what} on {days[row]}: {bar}; mend or drop the bar")
