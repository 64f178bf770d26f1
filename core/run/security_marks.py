"""Fills and contracts of one security as marks on the chart of its price."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..account.order_kinds import BOUGHT, FORCED, names
from ..pages import formats
from ..pages.figures import day_texts, rounded
from ..pages.language import say
from ..pages.markup import day, tuples
from ..types import OrderKind
from .result import Result

MOST_FILLS = 400
"""Fills of one kind that are marked, the largest; fills.csv has all."""
MOST_CONTRACTS = 300
"""Contracts of one kind that are drawn, the largest; contracts.csv has all."""
MOST_LINES = 8
"""Fills of one kind and day that a hover names."""

_CLASSES = {
    "open long": (names((OrderKind.BUY, OrderKind.MARGIN_BUY)), "triangle-up", "--long"),
    "close long": (names((OrderKind.SELL, OrderKind.SELL_TO_REPAY)), "triangle-down", "--long"),
    "open short": (names((OrderKind.SHORT_SELL,)), "triangle-down", "--short"),
    "cover": (names((OrderKind.BUY_TO_RETURN, OrderKind.RETURN_SHARES)), "triangle-up", "--short"),
}
"""Name -> the kinds of orders, the mark, its colour."""
_FORCED_MARK = ("forced orders", "x", "--alarm")
_UP = names((*BOUGHT, OrderKind.RETURN_SHARES))
_CONTRACTS = {"financing": ("financing contracts", "--long"), "short": ("short contracts", "--short")}


class Deals(NamedTuple):
    """What an account did with one security."""

    fills: pd.DataFrame  # as the table, with `cause`: of a forced order why, else empty
    contracts: pd.DataFrame  # as the table


def deals_of(result: Result, symbol: str) -> Deals:
    """Return fills and contracts of a security."""
    fills, forced = (one[one["symbol"] == symbol] for one in (result.fills, result.forced_sales))
    causes: dict[tuple[Any, str], list[str]] = {}
    for row in tuples(forced):
        known = causes.setdefault((row.date, row.kind.removeprefix(FORCED)), [])
        known += [row.cause] if row.cause not in known else []
    keys = zip(fills["date"], fills["kind"].str.removeprefix(FORCED), fills["kind"], strict=True)
    told = [", ".join(causes.get((date, kind), ())) if whole.startswith(FORCED) else "" for date, kind, whole in keys]
    contracts = result.contracts[result.contracts["symbol"] == symbol]
    return Deals(fills.assign(cause=pd.Series(told, fills.index, dtype=object)), contracts)


def fill_marks(deals: Deals, close: pd.Series) -> Iterator[dict[str, Any]]:
    """Give the marks of each kind of fill at its date and price.

    Parameters
    ----------
    deals : Deals
    close : Series
        By session: where what traded nothing, such as shares that were returned, stands.

    Notes
    -----
    Of many of a kind the `MOST_FILLS` largest; `meta.not_marked` counts the others.
    """
    forced = deals.fills["kind"].str.startswith(FORCED)
    for name, (kinds, symbol, colour) in _CLASSES.items():
        yield from _marks(name, deals.fills[~forced & deals.fills["kind"].isin(kinds)], close, symbol, colour, 10)
    yield from _marks(_FORCED_MARK[0], deals.fills[forced], close, *_FORCED_MARK[1:], 11)


def _marks(
    name: str, fills: pd.DataFrame, close: pd.Series, symbol: str, colour: str, size: int
) -> Iterator[dict[str, Any]]:
    if fills.empty:
        return
    largest = fills["value"].abs().sort_values(ascending=False, kind="stable").index[:MOST_FILLS]
    shown = fills.loc[sorted(largest)]
    stand_in = close.ffill().reindex(shown["date"], method="ffill").to_numpy()
    left = {"meta": {"not_marked": len(fills) - len(shown)}} if len(shown) < len(fills) else {}
    yield {
        "type": "scatter",
        "mode": "markers",
        "name": formats.title(name),
        "x": day_texts(shown["date"]),
        "y": rounded(np.where(np.isfinite(shown["price"]), shown["price"], stand_in), 4),
        "text": _of_the_day(shown),
        "hovertemplate": "%{text}",
        "marker": {"symbol": symbol, "color": colour, "size": size, "line": {"color": "--card", "width": 1}},
        **left,
    }


def _of_the_day(fills: pd.DataFrame) -> list[str]:
    """Return for each fill what was done on its day by orders of its kind: a hover shows one mark of a day."""
    told: dict[Any, list[str]] = {}
    for row in tuples(fills):
        told.setdefault(row.date, []).append(fill_words(row))
    texts = {date: "<br>".join([*lines[:MOST_LINES], *_more(len(lines) - MOST_LINES)]) for date, lines in told.items()}
    return [texts[date] for date in fills["date"]]


def _more(count: int) -> list[str]:
    return [say("and {n} more", n=formats.count(count))] if count > 0 else []


def fill_words(row: Any) -> str:
    """Return a fill in words: when, what, how many, at which price, and of a forced one why."""
    told = {"date": day(row.date), "kind": formats.words(row.kind), "n": formats.count(row.shares)}
    if np.isnan(row.price):
        words = say("{date} {kind} {n} shares", **told)
    else:
        words = say("{date} {kind} {n} shares at {price}", **told, price=formats.number(row.price))
    if row.cause:
        words = say("{what} ({why})", what=words, why=", ".join(formats.words(why) for why in row.cause.split(", ")))
    return words


def contract_lines(deals: Deals, last: pd.Timestamp) -> Iterator[dict[str, Any]]:
    """Give a line for each kind of contract: of each a stretch at its opening price, from its opening to its closing.

    `last` is the session to which open ones run.
    """
    for kind, (name, colour) in _CONTRACTS.items():
        found = deals.contracts[(deals.contracts["kind"] == kind) & (deals.contracts["shares"] > 0)]
        if found.empty:
            continue
        amount = found["principal"] + found["sell_amount"]
        largest = amount.sort_values(ascending=False, kind="stable").index[:MOST_CONTRACTS]
        shown = found.loc[sorted(largest)]
        prices = rounded(amount[shown.index] / shown["shares"], 4)
        x: list[str | None] = []
        y: list[float | None] = []
        texts: list[str] = []
        for row, price in zip(tuples(shown), prices, strict=True):
            end = last if row.closed is pd.NaT else row.closed
            x += [day(row.opened), day(end), None]
            y += [price, price, None]
            texts += [contract_words(row), contract_words(row), ""]
        left = {"meta": {"not_marked": len(found) - len(shown)}} if len(shown) < len(found) else {}
        yield {
            "type": "scatter",
            "mode": "lines",
            "name": formats.title(name),
            "x": x,
            "y": y,
            "text": texts,
            "hovertemplate": "%{text}",
            "line": {"color": colour, "width": 1.5, "dash": "dot"},
            **left,
        }


def contract_words(row: Any) -> str:
    """Return a contract in words: its number, size, days and interest."""
    told = {"id": row.id, "n": formats.count(row.shares), "opened": day(row.opened), "due": day(row.due)}
    told |= {"interest": formats.amount(row.interest), "rate": formats.percent(row.rate)}
    if row.closed is pd.NaT:
        return say("no. {id}, {n} shares, {opened} to –, due {due}, {rate}, interest {interest}", **told)
    closed = {"closed": day(row.closed)}
    return say("no. {id}, {n} shares, {opened} to {closed}, due {due}, {rate}, interest {interest}", **told, **closed)
