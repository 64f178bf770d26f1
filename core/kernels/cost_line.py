"""What is owed of purchases on credit, at which prices: stocks that flows fill, and from which repayments leave.

A stock is a balance in CNY or a number of shares. Each session something enters at a price of its own, and what leaves
was there before, in one of two ways: all of it in the same proportion, or what came first goes first. Nobody publishes
which; the truth lies somewhere between.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..errors import ConfigError, DataError
from ..types import Panel2D
from .cells import as_panels
from .jit import jit
from .windows import Tile, check_apart, cut, output_from, run_shares, thread_count

WAYS = ("proportional", "fifo")
"""How repayments leave: in proportion, or first in, first out."""

_FORGOTTEN = 1e-6
"""Part of a stock below which what is left of all that entered earlier is not looked at any more."""


class Stock(NamedTuple):
    """A stock after each session, and what of it entered on that session; float64 (T, N), in the unit of the balance.

    `held` is NaN until the first balance, whose whole `entered` there: the opening, of which nobody knows the prices.
    In a gap of the balance and its flows the stock stays as it is and nothing enters.
    """

    held: Panel2D
    entered: Panel2D


class Sums(NamedTuple):
    """Sums over what is left of all that entered, and the part of the stock that is the opening; float64 (T, N)."""

    first: Panel2D
    second: Panel2D
    opening: Panel2D


def stock_of(
    balance: ArrayLike,
    bought: ArrayLike,
    repaid: ArrayLike,
    price: ArrayLike,
    *,
    start: int = 0,
    out: Stock | None = None,
) -> Stock:
    """Return the stock after each session and what entered it.

    Parameters
    ----------
    balance, bought, repaid : float64 (T, N), CNY or shares
        NaN = not known.
    price : float64 (T, N)
        Where it is NaN nothing is known yet: the stock begins with the first balance that has a price.
    start : int
        First row to write; what `out` holds in the row before it is the stock from which it goes on, so that a session
        more costs one row.
    out : Stock, optional
        C-contiguous; receives the result. Rows before `start` are left as they are.

    Returns
    -------
    Stock

    Raises
    ------
    ConfigError
        A `start` that is no row.
    DataError
        Shapes that differ; an `out` of another type, shape or layout; a `start` above 0 without `out`.

    Notes
    -----
    Entered is what was bought, and what a rise of the balance demands where that is more or the purchases are not
    known: the balance is the anchor, and repaid follows from it. Where the balance is not known, it is rolled by both
    flows. What entered is never more than what is left at the end of its session.
    """
    panels = as_panels(balance=balance, bought=bought, repaid=repaid, price=price)
    held, entered = _outputs("out", out, Stock._fields, panels, start)
    before = held[start - 1].copy() if start else np.full(held.shape[1], np.nan)
    _fill_stock(panels, start, before, held, entered)
    return Stock(held, entered)


def sums_of(
    stock: Stock,
    first: ArrayLike,
    second: ArrayLike,
    way: str,
    *,
    start: int = 0,
    out: Sums | None = None,
    threads: int | None = None,
) -> Sums:
    """Return for each session the sums over what is left of the stock of two figures that each unit brought along.

    Parameters
    ----------
    stock : Stock
    first, second : float64 (T, N)
        Per unit of what entered on the session: such as 1 / price, the shares that a yuan bought.
    way : {"proportional", "fifo"}
    start, out
        As `stock_of`.
    threads : int, optional
        Columns are shared among so many threads. Default: all of numba's (NUMBA_NUM_THREADS) for panels of 2**18
        cells or more, else 1. The result does not depend on it.

    Returns
    -------
    Sums
        NaN where the stock is.

    Raises
    ------
    ConfigError
        Another way; a parameter outside its range.
    DataError
        As `stock_of`.
    """
    panels = as_panels(held=stock.held, entered=stock.entered, first=first, second=second)
    made = _outputs("out", out, Sums._fields, panels, start)
    fill = _fill_fifo if _is_fifo(way) else _fill_proportional
    _share_columns(lambda tile: fill(panels, tile, start, *made), panels[0], start, threads)
    return Sums(*made)


def share_below(
    stock: Stock,
    ratio: ArrayLike,
    weight: ArrayLike,
    level: ArrayLike,
    line: float,
    way: str,
    *,
    start: int = 0,
    out: Panel2D | None = None,
    threads: int | None = None,
) -> Panel2D:
    """Return the part of the stock, by weight, whose level x ratio lies below a line.

    Parameters
    ----------
    stock : Stock
    ratio : float64 (T, N)
        Of what entered on the session: such as the initial maintenance ratio over its price.
    weight : float64 (T, N)
        Per unit of what entered on the session: such as what is owed for it.
    level : float64 (T, N)
        Of the session on which it is judged, such as the price.
    line : float
    way, start, out, threads
        As `sums_of`; no row before `start` of `out` is read.

    Returns
    -------
    float64 (T, N)
        0 to 1; NaN where the stock or the level is, and where the stock is 0.

    Raises
    ------
    ConfigError, DataError
        As `sums_of`.
    """
    panels = as_panels(held=stock.held, entered=stock.entered, ratio=ratio, weight=weight, level=level)
    out = output_from("out", out, panels[0].shape, start)
    check_apart("out", out, panels)
    is_fifo = _is_fifo(way)
    _share_columns(lambda tile: _fill_below(panels, tile, start, float(line), is_fifo, out), panels[0], start, threads)
    return out


def _is_fifo(way: str) -> bool:
    if way not in WAYS:
        raise ConfigError(f"`way` should be one of {', '.join(WAYS)}, got {way!r}")
    return way == "fifo"


def _outputs(
    name: str, out: tuple[Panel2D, ...] | None, names: tuple[str, ...], panels: tuple[Panel2D, ...], start: int
) -> tuple[Panel2D, ...]:
    """Return the arrays to fill; refuse a start from which nothing goes on."""
    if out is None and start:
        raise DataError(f"`{name}` should hold the rows before `start` ({start}), got nothing: begin with row 0")
    given = (None,) * len(names) if out is None else out
    made = tuple(
        output_from(f"{name}.{part}", array, panels[0].shape, start) for part, array in zip(names, given, strict=True)
    )
    for part, array in zip(names, made, strict=True):
        check_apart(f"{name}.{part}", array, panels)
    return made


def _share_columns(fill: Callable[[Tile], None], panel: Panel2D, start: int, threads: int | None) -> None:
    columns = panel.shape[1]
    count = thread_count(threads, (panel.shape[0] - start) * columns)
    run_shares([lambda tile=tile: fill(tile) for tile in cut(columns, max(columns, 1), count)])


@jit
def _fill_stock(panels, start, state, held, entered):
    balance, bought, repaid, price = panels
    for t in range(start, held.shape[0]):
        for j in range(state.size):
            before, now, came, went = state[j], balance[t, j], bought[t, j], repaid[t, j]
            is_begun = before == before  # not NaN
            if is_begun and now != now:
                rolled = before + came - went
                now = max(rolled, 0.0) if rolled == rolled else before
                came = came if rolled == rolled else 0.0
            elif is_begun and came != came:
                rise = now - before + went
                came = rise if rise == rise else now - before
            elif not is_begun and price[t, j] != price[t, j]:
                now = np.nan
            rise = now - before if is_begun else now
            came = max(came, rise, 0.0) if is_begun else now
            state[j] = now
            held[t, j] = now
            entered[t, j] = min(came, now) if now == now else 0.0


@jit
def _left_of(held, entered, t, j):
    """Return which part of the stock before session t is left after it."""
    before = held[t - 1, j]
    return (held[t, j] - entered[t, j]) / before if before > 0.0 else 0.0


@jit
def _is_opening(held, t, j):
    return t == 0 or held[t - 1, j] != held[t - 1, j]


@jit
def _fill_proportional(panels, tile, start, first, second, opening):
    held, entered, by_first, by_second = panels
    left, width = tile
    for t in range(start, held.shape[0]):
        for k in range(width):
            j = left + k
            came = entered[t, j]
            if held[t, j] != held[t, j]:
                first[t, j], second[t, j], opening[t, j] = np.nan, np.nan, np.nan
            elif _is_opening(held, t, j):
                first[t, j], second[t, j], opening[t, j] = came * by_first[t, j], came * by_second[t, j], 1.0
            else:
                stays = _left_of(held, entered, t, j)
                first[t, j] = first[t - 1, j] * stays + (came * by_first[t, j] if came > 0.0 else 0.0)
                second[t, j] = second[t - 1, j] * stays + (came * by_second[t, j] if came > 0.0 else 0.0)
                before = opening[t - 1, j] * held[t - 1, j] * stays
                opening[t, j] = before / held[t, j] if held[t, j] > 0.0 else 0.0


@jit
def _fill_fifo(panels, tile, start, first, second, opening):
    # What is left is what entered last: going back until it is found costs as many steps as it is sessions old, and
    # no sum is ever taken apart again, which would leave rounding where a large stock has become a small one.
    held, entered, by_first, by_second = panels
    left, width = tile
    for k in range(width):
        j = left + k
        for t in range(start, held.shape[0]):
            stock = held[t, j]
            rest, one, two, old = stock, 0.0, 0.0, 0.0
            s = t
            while rest > 0.0 and s >= 0 and held[s, j] == held[s, j]:
                part = min(entered[s, j], rest)
                if part > 0.0:
                    one += part * by_first[s, j]
                    two += part * by_second[s, j]
                    rest -= part
                    old = part if _is_opening(held, s, j) else 0.0
                s -= 1
            first[t, j] = one if stock == stock else np.nan
            second[t, j] = two if stock == stock else np.nan
            opening[t, j] = (old / stock if stock > 0.0 else 0.0) if stock == stock else np.nan


@jit
def _fill_below(panels, tile, start, line, is_fifo, out):
    held, entered, ratio, weight, level = panels
    left, width = tile
    for k in range(width):
        j = left + k
        for t in range(start, held.shape[0]):
            stock, at = held[t, j], level[t, j]
            out[t, j] = np.nan
            if not (stock > 0.0 and at == at):
                continue
            below, whole, rest, stays = 0.0, 0.0, stock, 1.0
            s = t
            while rest > _FORGOTTEN * stock and s >= 0 and held[s, j] == held[s, j]:
                part = min(entered[s, j], rest) if is_fifo else entered[s, j] * stays
                if part > 0.0:
                    whole += part * weight[s, j]
                    below += part * weight[s, j] if at * ratio[s, j] < line else 0.0
                if is_fifo:
                    rest -= part
                elif _is_opening(held, s, j):
                    rest = 0.0
                else:
                    stays *= _left_of(held, entered, s, j)
                    rest = stays * held[s - 1, j]
                s -= 1
            out[t, j] = below / whole if whole > 0.0 else np.nan
