"""The market session by session: sums over its securities, or its published totals, and shares of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError
from ..kernels.market_wide import count_above, total_change
from ..kernels.rolling import rolling_mean
from ..pages.language import say
from ..panel.completion import complete
from ..panel.panel import Panel
from ..panel.units import is_index
from ..types import Panel2D
from .asked_day import SPANS, percentiles

WHOLE_MARKET = "000300.SH"
"""The column of both exchanges' totals, where a dataset has totals of several kinds."""

LARGEST = 10
MEAN = 60
"""Sessions of the mean that a balance may stand above."""

JUMP = 0.005
"""Part of the sum that has to join or leave in a session to say that the coverage jumps."""

_BLOCK = 128
_MARGIN = ("financing_balance", "financing_buy", "financing_repay", "short_balance", "total_balance", "spread")
_PRICED = ("financing_volume", "financing_buy_volume", "financing_repay_volume", "short_volume", "close")
_AMOUNT = ("volume", "open", "high", "low")

Column = NDArray[np.float64]


class Basis(NamedTuple):
    """What stands for the market."""

    panel: Panel  # completed: the securities, or the one column of totals
    is_total: bool
    published: Column  # (T,) financing balance of the whole market beside a sum; NaN where nobody tells
    words: str


def basis_of(panel: Panel) -> Basis:
    """Return the securities of a panel that have margin balances, or its published totals where none has.

    Raises
    ------
    DataError
        Neither of both.

    Notes
    -----
    Columns of an index hold totals of the market. Beside its level nothing is derived there: it is no price.
    """
    indices = [symbol for symbol in panel.symbols if is_index(symbol)]
    securities = [symbol for symbol in panel.symbols if not is_index(symbol)]
    if securities:
        part = _chosen(panel, (*_MARGIN, *_PRICED, "float_cap", "amount", "industry"))
        whole = complete(part if not indices else part.select(securities))
        if "financing_balance" in whole and np.isfinite(whole["financing_balance"]).any():
            return Basis(whole, False, _published(panel, indices), _summed_words(whole))
    named = _totals(panel, indices)
    if named is None:
        raise DataError(
            "no security and no total of these data has a financing balance: import margin data beside them, "
            "`liangrong data sources` lists what is known"
        )
    part = complete(_chosen(panel, (*_MARGIN, "float_cap", "amount")).select([named]))
    return Basis(
        part, True, np.full(len(panel.sessions), np.nan), say("the published totals, stored as {symbol}", symbol=named)
    )


def _summed_words(panel: Panel) -> str:
    """Return what the sum over securities is of: shares at the close where no balance in money is published."""
    if "financing_balance" in panel.imputed and "financing_volume" in panel:
        return say("a sum over securities of shares financed times the close, whose changes contain those of the price")
    return say("a sum over securities")


def market_days(basis: Basis) -> pd.DataFrame:
    """Return one row for each session.

    Returns
    -------
    DataFrame
        ``date``; ``securities`` with a financing balance; ``financing_balance``, ``short_balance``, ``total_balance``,
        ``spread``, ``financing_buy``, ``net_buy`` (sums, CNY), ``financing_volume`` (shares) where the data have
        it; ``float_cap_share`` and ``purchase_share`` (of the float cap, of the turnover; over the securities that have
        both); ``float_cap_percentile``: which part of the
        sessions before lies below; ``buyers`` and ``above_mean`` (shares of the securities with net purchases, and
        above the mean of their last `MEAN` sessions); ``largest_share`` (of the `LARGEST`, where there are more);
        ``effective`` (how many securities of equal size would be as concentrated); ``joined``, ``left`` (securities)
        with their amounts, ``jumps``; ``change_20`` of the securities that have a balance on both sessions;
        ``published``. NaN where nothing is known.
    """
    panel = basis.panel
    frame = pd.DataFrame({"date": panel.sessions.astype("datetime64[s]"), **_sums(panel)})
    frame["float_cap_percentile"] = percentiles(frame["float_cap_share"].to_numpy())
    frame["buyers"] = _share_above(panel.get("financing_buy"), panel.get("financing_repay"), len(frame))
    balance = panel["financing_balance"]
    frame["above_mean"] = _share_above(balance, rolling_mean(balance, MEAN), len(frame))
    changed, before = total_change(balance, SPANS[2])
    frame[f"change_{SPANS[2]}"] = _over(changed, before)
    moved = frame[["joined_amount", "left_amount"]].max(axis=1)
    frame["jumps"] = moved > JUMP * frame["financing_balance"].ffill().shift()
    frame["published"] = basis.published
    return _of_totals(frame, panel) if basis.is_total else frame


def _of_totals(frame: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Return the frame with published totals in the place of sums; one column tells no breadth and no concentration."""
    for name in ("total_balance", "spread"):
        if name in panel:
            frame[name] = panel[name][:, 0]
    frame[["securities", "buyers", "above_mean", "largest_share", "effective"]] = np.nan
    return frame


def _sums(panel: Panel) -> dict[str, Column]:
    """Return the sums by session, block by block of rows: no copy of a whole field is made."""
    blocks = [_block(panel, begin, min(begin + _BLOCK, panel.shape[0])) for begin in range(0, panel.shape[0], _BLOCK)]
    if not blocks:
        raise DataError("the data hold no session at all: import some")
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _block(panel: Panel, begin: int, end: int) -> dict[str, Column]:
    def rows(name: str) -> Panel2D:
        return panel[name][begin:end] if name in panel else np.full((end - begin, panel.shape[1]), np.nan)

    balance, short, buy, repay = map(rows, ("financing_balance", "short_balance", "financing_buy", "financing_repay"))
    financed, lent = _sum(balance), _sum(short)
    return {
        "securities": np.isfinite(balance).sum(axis=1).astype(np.float64),
        "financing_balance": financed,
        "short_balance": lent,
        "total_balance": financed + lent,
        "spread": financed - lent,
        "financing_buy": _sum(buy),
        "net_buy": _sum(buy - repay),
        **({"financing_volume": _sum(rows("financing_volume"))} if "financing_volume" in panel else {}),
        "float_cap_share": _shared(balance, rows("float_cap")),
        "purchase_share": _shared(buy, rows("amount")),
        **_concentration(balance, financed),
        **_coverage(panel["financing_balance"], begin, end),
    }


def _sum(values: Panel2D) -> Column:
    """Return the sum of each row over what is known, NaN where nothing is."""
    known = np.isfinite(values)
    return np.where(known.any(axis=1), np.where(known, values, 0.0).sum(axis=1), np.nan)


def _shared(part: Panel2D, whole: Panel2D) -> Column:
    """Return sum(part) / sum(whole) of each row over the securities that have both."""
    known = np.isfinite(part) & np.isfinite(whole)
    return _over(np.where(known, part, 0.0).sum(axis=1), np.where(known, whole, 0.0).sum(axis=1))


def _over(above: Column, below: Column) -> Column:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0.0)


def _concentration(balance: Panel2D, total: Column) -> dict[str, Column]:
    known = np.where(np.isfinite(balance), balance, 0.0)
    others = known.shape[1] - LARGEST
    if others > 0:
        largest = _over(np.partition(known, others, axis=1)[:, others:].sum(axis=1), total)
    else:
        largest = np.full(len(known), np.nan)  # all of them, which says nothing
    return {"largest_share": largest, "effective": _over(total**2, (known**2).sum(axis=1))}


def _coverage(balance: Panel2D, begin: int, end: int) -> dict[str, Column]:
    """Return who has a balance and had none the session before, who the other way round, and with how much."""
    first = max(begin - 1, 0)
    known = np.isfinite(balance[first:end])
    before = np.concatenate([known[:1], known[:-1]])[begin - first :]
    former = np.concatenate([balance[first : first + 1], balance[first : end - 1]])[begin - first :]
    now, own = known[begin - first :], balance[begin:end]
    joins, leaves = now & ~before, before & ~now
    return {
        "joined": joins.sum(axis=1).astype(np.float64),
        "joined_amount": np.where(joins, own, 0.0).sum(axis=1),
        "left": leaves.sum(axis=1).astype(np.float64),
        "left_amount": np.where(leaves, former, 0.0).sum(axis=1),
    }


def _share_above(first: Panel2D | None, second: Panel2D | None, count: int) -> Column:
    if first is None or second is None:
        return np.full(count, np.nan)
    return _over(*count_above(first, second))


def _published(panel: Panel, indices: list[str]) -> Column:
    """Return the whole market's financing balance as published beside the securities."""
    if WHOLE_MARKET not in indices or "financing_balance" not in panel:
        return np.full(len(panel.sessions), np.nan)
    return panel["financing_balance"][:, panel.symbols.index(WHOLE_MARKET)]


def _totals(panel: Panel, indices: list[str]) -> str | None:
    """Return the column of totals: of both exchanges, else the one with the largest balance."""
    balance = panel.get("financing_balance")
    if balance is None or not indices:
        return None
    most = {symbol: np.nanmax(balance[:, panel.symbols.index(symbol)], initial=0.0) for symbol in indices}
    usable = [symbol for symbol in indices if most[symbol] > 0.0]
    if WHOLE_MARKET in usable:
        return WHOLE_MARKET
    return max(usable, key=most.__getitem__, default=None)


def _chosen(panel: Panel, names: tuple[str, ...]) -> Panel:
    """Return the panel with these fields only, and those that absent ones are derived from."""
    wanted = set(names) | set(_derived_from(panel, names))
    return replace(panel, fields={name: values for name, values in panel.fields.items() if name in wanted})


def _derived_from(panel: Panel, names: tuple[str, ...]) -> Iterator[str]:
    """Yield what float cap and turnover are computed from, where they are absent."""
    if "close" in names and "float_cap" not in panel:
        yield "float_shares"
    if "close" in names and "amount" not in panel:
        yield from _AMOUNT
