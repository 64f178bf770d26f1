"""A result as other packages read it: daily returns (empyrical, quantstats), and the three tables of pyfolio."""

from typing import NamedTuple

import pandas as pd

from ..account.order_kinds import BOUGHT, FORCED, SOLD, names
from ..errors import ConfigError
from ..types import Row


class Pyfolio(NamedTuple):
    """The arguments of ``pyfolio.create_full_tear_sheet``."""

    returns: pd.Series
    """As `returns_of`."""
    positions: pd.DataFrame
    """CNY by session and security, short ones negative, and `cash`: the rest of the equity, below 0 where borrowed."""
    transactions: pd.DataFrame
    """Index session; symbol, amount (shares, sales negative), price (CNY per share)."""


def returns_of(equity: pd.DataFrame, start: float, moved: Row | float = 0.0) -> pd.Series:
    """Return the daily returns of an account.

    Parameters
    ----------
    equity : DataFrame
        The table `equity` of a result.
    start : float
        CNY before the first session.
    moved : float64 (T,), optional
        CNY that moved in before each session, negative = out: the returns are time-weighted.

    Returns
    -------
    Series
        Fractions, named `return`, with the sessions as index; NaN from the session on at which the equity is gone.
    """
    values = pd.Series(equity["equity"].to_numpy(), pd.DatetimeIndex(equity["date"], name="date"))
    before = values.shift(fill_value=start) + moved
    is_alive = (before > 0.0).cummin()
    return (values / before - 1.0).where(is_alive).rename("return")


def pyfolio_of(
    equity: pd.DataFrame, fills: pd.DataFrame, positions: pd.DataFrame | None, start: float, moved: Row | float = 0.0
) -> Pyfolio:
    """Return what pyfolio needs of a result.

    Raises
    ------
    ConfigError
        The run kept no positions.
    """
    if positions is None:
        raise ConfigError("this run kept no positions: run it with `output: {positions: true}`")
    returns = returns_of(equity, start, moved)
    values = positions.pivot_table(index="date", columns="symbol", values="value", aggfunc="sum")
    values = values.reindex(returns.index).fillna(0.0)
    values.columns.name = None
    total = pd.Series(equity["equity"].to_numpy(), returns.index)
    return Pyfolio(returns, values.assign(cash=total - values.sum(axis=1)), _transactions(fills))


def _transactions(fills: pd.DataFrame) -> pd.DataFrame:
    """Return what was traded; what only moved between accounts or paid a debt has no price and is left out."""
    kinds = fills["kind"].str.removeprefix(FORCED)
    sign = kinds.isin(names(BOUGHT)).astype(float) - kinds.isin(names(SOLD)).astype(float)
    traded = (sign != 0.0) & fills["price"].notna()
    made = fills[traded].assign(amount=(fills["shares"] * sign)[traded])
    return made.set_index(pd.DatetimeIndex(made["date"], name="date"))[["symbol", "amount", "price"]]
