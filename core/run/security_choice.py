"""Which securities mattered in a run: the largest gains, losses, forced sales and costs in turn."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from ..pages.formats import COSTS
from .result import Result

SHOWN = 6
"""Securities that a page shows one by one."""


class Mattered(NamedTuple):
    """A security of a run, and by what it stands out; amounts in CNY."""

    symbol: str
    reasons: tuple[tuple[str, int], ...]  # "gain", "loss", "forced sales" or "costs", and the place in it, 1 = first
    profit: float  # after costs
    costs: float
    forced: float  # traded by the broker's own orders
    forced_orders: int
    fills: int
    contracts: int


def securities_that_mattered(result: Result, shown: int = SHOWN) -> list[Mattered]:
    """Return at most `shown` securities: the first of each list in turn, then the second of each, and so on.

    Parameters
    ----------
    result : Result
    shown : int

    Notes
    -----
    The lists, largest first: gains, losses, what was traded by force, costs (commission, stamp duty, transfer fee,
    interest and borrow fees). Of two that are equal the first by name. A security that two lists name at that place is
    taken once and has both reasons.
    """
    figures = _figures(result)
    lists = {
        "gain": _ranked(figures["profit"]),
        "loss": _ranked(-figures["profit"]),
        "forced sales": _ranked(figures["forced"] + figures["forced_orders"]),
        "costs": _ranked(figures["costs"]),
    }
    chosen: list[str] = []
    for place in range(max(map(len, lists.values()))):
        for ranked in lists.values():
            if place < len(ranked) and ranked[place] not in chosen and len(chosen) < shown:
                chosen.append(ranked[place])
    return [_mattered(symbol, figures, lists) for symbol in chosen]


def _figures(result: Result) -> pd.DataFrame:
    """Return one row for each security that something was attributed to, that was traded, or was to be by force."""
    of = result.attribution[result.attribution["symbol"] != ""]
    charged = of[of["component"].isin(COSTS)]
    forced = result.forced_sales[result.forced_sales["symbol"] != ""]
    columns = {
        "profit": of.groupby("symbol")["amount"].sum(),
        "costs": -charged.groupby("symbol")["amount"].sum(),
        "forced": (forced["done"] * forced["price"]).groupby(forced["symbol"]).sum(),
        "forced_orders": forced.groupby("symbol").size(),
        "fills": result.fills[result.fills["symbol"] != ""].groupby("symbol").size(),
        "contracts": result.contracts.groupby("symbol").size(),
    }
    return pd.DataFrame(columns).fillna(0.0).sort_index()


def _ranked(values: pd.Series) -> list[str]:
    return [str(symbol) for symbol in values[values > 0.0].sort_values(ascending=False, kind="stable").index]


def _reasons(symbol: str, lists: dict[str, list[str]]) -> Iterator[tuple[str, int]]:
    """Yield the best place of a security, and each list of which it has the same."""
    places = {name: ranked.index(symbol) + 1 for name, ranked in lists.items() if symbol in ranked}
    best = min(places.values())
    yield from ((name, place) for name, place in places.items() if place == best)


def _mattered(symbol: str, figures: pd.DataFrame, lists: dict[str, list[str]]) -> Mattered:
    row = figures.loc[[symbol]].iloc[0].to_dict()
    return Mattered(
        symbol=symbol,
        reasons=tuple(_reasons(symbol, lists)),
        profit=row["profit"],
        costs=row["costs"],
        forced=row["forced"],
        forced_orders=int(row["forced_orders"]),
        fills=int(row["fills"]),
        contracts=int(row["contracts"]),
    )
