"""All balances of a panel in one pass over memory: both rolled balances, short balance, total and spread.

The identities and the rules for missing cells are those of `balances`; here they run row by row while the row is still
in the cache, at the rate at which memory can be copied.
"""

from typing import NamedTuple

from numpy.typing import ArrayLike

from ..types import Panel2D
from .arrays import as_opening, as_output, as_panel, as_published
from .balances import roll_row
from .jit import jit


class Flows(NamedTuple):
    """What `balance_series` reads; float64 (T, N) panels and (N,) openings.

    `financing_balance` and `short_volume` are the published balances (anchors), None where none is published; the
    openings are the balances of the session before the first, None where they are not known.
    """

    financing_buy: ArrayLike
    financing_repay: ArrayLike
    short_sell: ArrayLike
    short_repay: ArrayLike
    close: ArrayLike
    financing_balance: ArrayLike | None = None
    short_volume: ArrayLike | None = None
    opening_financing: ArrayLike | None = None
    opening_short: ArrayLike | None = None


class Series(NamedTuple):
    """What `balance_series` returns: (T, N) in CNY, except `short_volume` in shares."""

    financing_balance: Panel2D
    short_volume: Panel2D
    short_balance: Panel2D
    total_balance: Panel2D
    spread: Panel2D


def balance_series(flows: Flows, *, out: Series | None = None) -> Series:
    """Roll both balances and derive short balance, total and spread, in one pass over memory.

    Parameters
    ----------
    flows : Flows
    out : Series, optional
        Five C-contiguous float64 (T, N) arrays that receive the result.

    Returns
    -------
    Series

    Raises
    ------
    DataError
        Shapes that differ; an `out` of another type, shape or layout.

    Notes
    -----
    A missing flow makes a balance NaN to its next anchor; a missing close makes short balance, total and spread NaN
    that day.
    """
    buy = as_panel("financing_buy", flows.financing_buy)
    shape = buy.shape
    financing = buy, as_panel("financing_repay", flows.financing_repay, shape)
    short = as_panel("short_sell", flows.short_sell, shape), as_panel("short_repay", flows.short_repay, shape)
    close = as_panel("close", flows.close, shape)
    anchors = (
        as_published("financing_balance", flows.financing_balance, shape),
        as_published("short_volume", flows.short_volume, shape),
    )
    openings = (
        as_opening("opening_financing", flows.opening_financing, shape),
        as_opening("opening_short", flows.opening_short, shape),
    )
    arrays = out if out is not None else (None,) * len(Series._fields)
    out = Series(*(as_output(name, array, shape) for name, array in zip(Series._fields, arrays, strict=True)))
    _balance_series(financing, short, close, anchors, openings, out)
    return out


@jit
def _value_row(financing, volume, price, short, total, spread):
    """Value one row; every output is computed from the inputs, so that no loop waits for another's store."""
    for j in range(price.size):
        value = volume[j] * price[j]
        short[j] = value
        total[j] = financing[j] + value
        spread[j] = financing[j] - value


@jit
def _balance_series(financing, short, close, anchors, openings, out):
    # Three short loops a row, not one over 12 arrays: that one stays scalar, and a row is still in the cache.
    for t in range(close.shape[0]):
        if t == 0:
            roll_row(openings[0], financing[0], financing[1], anchors[0], t, out.financing_balance[t])
            roll_row(openings[1], short[0], short[1], anchors[1], t, out.short_volume[t])
        else:
            roll_row(out.financing_balance[t - 1], financing[0], financing[1], anchors[0], t, out.financing_balance[t])
            roll_row(out.short_volume[t - 1], short[0], short[1], anchors[1], t, out.short_volume[t])
        _value_row(
            out.financing_balance[t],
            out.short_volume[t],
            close[t],
            out.short_balance[t],
            out.total_balance[t],
            out.spread[t],
        )
