"""A dataset folder or a panel, and what is asked of it -> a view."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..config.run import RuleConfig
from ..dataset.store import load
from ..errors import ConfigError
from ..panel.panel import Panel
from ..panel.publication import Decision
from .leverage_view import LeverageView, leverage_view
from .market_view import MarketView, market_view
from .security_list import SecurityList, security_list
from .security_view import DECISIONS, SecurityView, security_view

if TYPE_CHECKING:
    import pandas as pd


def show(
    data: Panel | Path,
    symbol: str | None = None,
    on: Any = None,
    rules: Mapping[str, RuleConfig] | None = None,
    decision: str = "before_open",
) -> SecurityView | SecurityList:
    """Return one security on a day, or the list of all where no symbol is given.

    Raises
    ------
    ConfigError
        Another `decision`, an unknown rule, rules without a symbol.
    DataError
        No dataset, a symbol that it does not have, a field that a rule needs.
    DateError
        No day, or one before the first session.
    """
    if decision not in tuple(DECISIONS):
        raise ConfigError(f"`decision` should be one of {', '.join(DECISIONS)}, got {decision!r}")
    panel = data if isinstance(data, Panel) else load(data)
    if symbol is None:
        if rules:
            raise ConfigError("`rule` needs a security: name one, such as `liangrong data show DIR 600519.SH --rule …`")
        return security_list(panel, on, Decision[decision.upper()])
    return security_view(panel, symbol, on, rules, decision)


def as_security(view: SecurityView | SecurityList) -> SecurityView:
    """Return a view of one security, which has a page; ConfigError where it is a list."""
    if isinstance(view, SecurityList):
        raise ConfigError("`page` is of one security: name it, or look at the market for a page of all")
    return view


def show_market(data: Panel | Path, on: Any = None) -> MarketView:
    """Return the whole market on a day; raises as `market_view`."""
    return market_view(data if isinstance(data, Panel) else load(data), on)


def show_leverage(
    data: Panel | Path,
    symbol: str | None,
    on: Any,
    way: str,
    line: float,
    fall: float,
    truth: "pd.DataFrame | None" = None,
) -> LeverageView:
    """Return what is owed on a day, against the truth where it is given; raises as `leverage_view`."""
    panel = data if isinstance(data, Panel) else load(data)
    return leverage_view(panel, symbol, on, way=way, line=line, fall=fall, truth=truth)
