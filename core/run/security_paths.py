"""A security in the course of a run by session: prices, balances, flows, score and target, and what happened to it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..kernels.prices import limit_prices
from ..pages.language import say
from ..types import Panel2D, Row
from .compiled import is_event_driven
from .result import Result
from .scenario import Scenario
from .scores import score_of, target_weights
from .security_choice import securities_that_mattered
from .security_happenings import Event, ExDate, derived_ex_dates, ex_dates, limit_days, suspensions

_FIELDS = ("open", "high", "low", "close", "financing_balance", "short_balance", "spread")
_FLOWS = {"net_buy": ("financing_buy", "financing_repay"), "net_short": ("short_sell", "short_repay")}
"""Column -> the fields that it is the difference of: CNY bought on margin, shares sold short, both net."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SecurityPath:
    """What the tables of a result do not hold of one security.

    Parameters
    ----------
    symbol : str
    days : DataFrame
        ``date`` by session of the run, and what the data have of ``open``, ``high``, ``low``, ``close`` (CNY per share,
        as traded), ``financing_balance``, ``short_balance``, ``spread``, ``net_buy`` (CNY), ``net_short`` (shares);
        ``score`` of the rule and ``target``, the weight that the strategy asked for after the session (fraction of
        equity, signed; NaN = it asked for nothing), where it has them. Balances stand on the session that they are of:
        a decision sees them when they are public.
    events : tuple of Event
        Ex-dates, closes at the limit, sessions without trading: as the account met them.
    """

    symbol: str
    days: pd.DataFrame
    events: tuple[Event, ...]


def security_paths(scenario: Scenario, result: Result) -> tuple[SecurityPath, ...]:
    """Return the paths of the securities that mattered in a run, for its page.

    Parameters
    ----------
    scenario : Scenario
        Whose score and targets are computed once more: they are no part of a result.
    result : Result
        Of the scenario.
    """
    chosen = [one.symbol for one in securities_that_mattered(result)]
    return paths_of(scenario, chosen)


def paths_of(scenario: Scenario, symbols: list[str]) -> tuple[SecurityPath, ...]:
    """Return the paths of these securities of a scenario."""
    known = scenario.panel.symbols
    columns = [known.index(symbol) for symbol in symbols if symbol in known]
    if not columns:
        return ()
    score = score_of(scenario)
    targets = None if is_event_driven(scenario.strategy) else target_weights(scenario, score)
    return tuple(_path(scenario, j, score, targets) for j in columns)


def _path(scenario: Scenario, j: int, score: Panel2D | None, targets: Panel2D | None) -> SecurityPath:
    panel = scenario.panel
    days = pd.DataFrame({"date": panel.sessions.astype("datetime64[s]")})
    for name in _FIELDS:
        if name == "close" or (name in panel and np.isfinite(panel[name][:, j]).any()):
            days[name] = panel[name][:, j]
    for name, (more, less) in _FLOWS.items():
        if more in panel and less in panel:
            days[name] = panel[more][:, j] - panel[less][:, j]
    if score is not None:
        days["score"] = score[scenario.first :, j]
    if targets is not None:
        days["target"] = targets[:, j]
    events = sorted(_events(scenario, j), key=lambda event: event.start)
    return SecurityPath(symbol=panel.symbols[j], days=days, events=tuple(events))


def _events(scenario: Scenario, j: int) -> Iterator[Event]:
    own = scenario.panel.select([scenario.panel.symbols[j]])
    by_session = scenario.market.actions.by_session
    told = [ExDate(own.sessions[t], *one[1:]) for t in by_session for one in by_session[t] if one.symbol == j]
    yield from ex_dates(told)
    if not by_session:
        for event in ex_dates(derived_ex_dates(own)):
            yield event._replace(words=say("{what}, as prices tell: the account received nothing", what=event.words))
    up, down = limits_of(scenario, j)
    tick = 1.0 / scenario.market.arrays.ticks_per_unit[j]
    yield from limit_days(own.sessions, own["close"][:, 0], (up, down), tick)
    yield from suspensions(own)


def limits_of(scenario: Scenario, j: int) -> tuple[Row, Row]:
    """Return the price limits (T,) of a security as orders of the run meet them; inf and 0 = none."""
    market = scenario.market.arrays
    count = len(scenario.panel.sessions)
    if not len(market.limit_ratio):
        return np.full(count, np.inf), np.zeros(count)
    reference, ratio = market.pre_close[:, [j]], market.limit_ratio[:, [j]]
    up, down = (one[:, 0] for one in limit_prices(reference, ratio, tick=1.0 / market.ticks_per_unit[j]))
    if len(market.limit_up) and len(market.limit_down):
        stated = np.isfinite(market.limit_up[:, j]) & np.isfinite(market.limit_down[:, j])
        up, down = np.where(stated, market.limit_up[:, j], up), np.where(stated, market.limit_down[:, j], down)
    is_known = np.isfinite(up)
    return np.where(is_known, up, np.inf), np.where(is_known, down, 0.0)
