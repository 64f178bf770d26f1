"""How a run begins: the marks of the close before its first session, and the account at them."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ..account.cash_flows import Flow
from ..account.market import Market
from ..account.opened_account import Opening, cash_alone, day_of_opening, opening_of
from ..account.terms import TermSchedule
from ..config.account_flows import FlowConfig, OpeningConfig
from ..config.run import Config
from ..errors import DateError
from ..panel.actions import ActionTable, actions_of, read_actions
from ..panel.calendar import mainland
from ..panel.completion import complete
from ..panel.ex_right import ex_right
from ..panel.panel import Panel
from ..statement.account_file import read_flows, read_opening
from ..types import Row


def begun(config: Config, raw: Panel, first: int, market: Market, schedule: TermSchedule) -> tuple[Opening, Market]:
    """Return the account before the first session, and the market with the marks that it is valued at.

    Parameters
    ----------
    config : Config
    raw : Panel
        All the data.
    first : int
        Row of `raw` on which the run begins.
    market, schedule
        Over the sessions of the run.

    Raises
    ------
    ConfigError, DataError
        As `opening_of`; a file that cannot be read.
    """
    account = config.account
    if account.opening is None and not account.flows:
        return cash_alone(account.cash, market.before), market
    stated = None if account.opening is None else opening_keys(account.opening)
    market = market.opened(_marks(config, raw, first, market))
    before = session_before(raw, first)
    symbols = market.panel.symbols
    of_market = market.before, market.haircuts(0)
    return opening_of(account, stated, symbols, schedule.arrays, *of_market, before), market


def opening_day(config: Config, raw: Panel, first: int) -> np.datetime64 | None:
    """Return the day from which interest of an opening runs on, None where a run begins with cash alone."""
    if config.account.opening is None:
        return None
    return day_of_opening(opening_keys(config.account.opening), session_before(raw, first))


def opening_keys(given: OpeningConfig) -> OpeningConfig:
    """Return an opening with its own keys: those of its file where it names one."""
    return given if given.file is None else read_opening(given.file)


def left_out(stated: Sequence[FlowConfig], made: Mapping[int, list[Flow]]) -> int:
    """Return how many of the stated flows lie outside the run."""
    return sum(1 for _ in flow_rows(stated)) - sum(map(len, made.values()))


def flow_rows(stated: Sequence[FlowConfig]) -> Iterator[tuple[str, FlowConfig]]:
    """Yield the flows with their places, in order: those of a file where one is named."""
    for i, flow in enumerate(stated):
        if flow.file is None:
            yield f"`account.flows.{i}.symbol`", flow
        else:
            yield from read_flows(flow.file)


def _marks(config: Config, raw: Panel, first: int, market: Market) -> Row:
    """Return the marks (N,) of the close before the run: the last close (ex rights), else the first pre_close."""
    reference = market.panel["pre_close"][0]
    if first == 0:
        return reference.copy()
    history = complete(raw.window(None, raw.sessions[first - 1]))
    if "pre_close" not in history:  # of one session nothing tells it
        history = history.with_fields({"pre_close": np.full(history.shape, np.nan)})
    _, marks = ex_right(history, _actions(config, history), market.boards)
    return np.where(np.isnan(marks[-1]), reference, marks[-1])


def _actions(config: Config, panel: Panel) -> ActionTable:
    path = config.data.actions
    return (actions_of(panel) if path is None else read_actions(path, panel)) or ActionTable()


def session_before(raw: Panel, first: int) -> np.datetime64:
    """Return the session before the run: of the data, else of the mainland calendar, else the last weekday."""
    if first > 0:
        return raw.sessions[first - 1]
    day = raw.sessions[0]
    try:
        return mainland().between(day - np.timedelta64(30, "D"), day - np.timedelta64(1, "D"))[-1]
    except DateError:
        return np.busday_offset(day - np.timedelta64(1, "D"), 0, roll="backward")
