"""Prices on the exchange's grid: rounding, limit bands (涨跌停价), carry-forward and returns.

A price or an amount of money is a decimal number with few digits that arrives as a binary float: 1.005 is stored as
1.00499999999999989. Rounding the binary value, or to even, moves about one limit price in twenty by a tick. All
rounding here decides by the shortest decimal that the float prints as, half away from zero.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ConfigError, DataError
from ..types import Mask2D, Panel2D
from .jit import jit

TICK_PER_UNIT = 100
"""Ticks per CNY of shares: one cent (分). Fees and amounts are rounded to the same grid."""

_BASIS = 10_000  # basis points per unit: every ratio of the exchanges is a whole number of them
_COARSE = 2.0**45  # from here on neighbouring floats lie a cent apart or nearly: nothing is left to round


@jit
def round_half_up_scalar(value, per_unit):
    """Return `value` rounded half away from zero to 1 / `per_unit`, as its printed decimal would be.

    Parameters
    ----------
    value : float
        Any unit; NaN and infinities pass through, -0.0 becomes 0.0.
    per_unit : int
        Ticks per unit: 100 for a cent, 1000 for the tick of funds (ETF).

    Returns
    -------
    float
        The float nearest to the rounded decimal.

    Notes
    -----
    The tie (2k + 1) / (2 per_unit) is a correctly rounded quotient of whole numbers, that is the very float that
    prints as the tie; so comparing with it decides as the decimal would, for amounts of up to 15 significant digits
    (below 1e12 at a cent). A floor that is one too high or too low by the product's rounding does no harm.
    """
    magnitude = abs(value)
    if not magnitude < _COARSE:
        return value
    whole = math.floor(magnitude * per_unit)
    if magnitude >= (2.0 * whole + 1.0) / (2.0 * per_unit):
        whole += 1
    # Adding 0.0 turns -0.0 into 0.0: a fee of "-0.00" would be printed otherwise.
    return math.copysign(whole / per_unit, value) + 0.0


@jit
def round_cent(value):
    """Return an amount rounded half-up to 0.01 CNY (分), as its printed decimal would be: 1.005 becomes 1.01.

    Parameters
    ----------
    value : float
        CNY; NaN and infinities pass through, -0.0 becomes 0.0. Exact for magnitudes below 1e12.

    Returns
    -------
    float
        CNY.
    """
    return round_half_up_scalar(value, TICK_PER_UNIT)


def round_half_up(value: ArrayLike, tick: float = 0.01, *, out: NDArray[np.float64] | None = None):
    """Round every element half away from zero to a multiple of `tick`, as its printed decimal would be.

    Parameters
    ----------
    value : array of float, any shape
        CNY.
    tick : float
        CNY; one over a whole number: 0.01 for shares, 0.001 for funds.
    out : float64, C-contiguous, shape of `value`, optional
        Where to write; may be `value` itself.

    Returns
    -------
    float64, shape of `value`
        CNY. NaN and infinities stay.

    Raises
    ------
    ConfigError
        A `tick` that is not one over a whole number.
    DataError
        An `out` of another shape, type or layout.
    """
    array = np.asarray(value, dtype=np.float64, order="C")
    target = _target(out, array.shape)
    _round_half_up(array.reshape(-1), ticks_per_unit(tick)[0], target.reshape(-1))
    return target


def limit_prices(
    pre_close: ArrayLike,
    ratio: ArrayLike,
    *,
    tick: ArrayLike = 0.01,
    out: tuple[Panel2D, Panel2D] | None = None,
) -> tuple[Panel2D, Panel2D]:
    """Return the highest and lowest prices of each session (涨停价, 跌停价).

    Parameters
    ----------
    pre_close : float64 (T, N)
        CNY per share, unadjusted, the ex-right reference; taken to its nearest tick first.
    ratio : float64 (T, N), or a shape that broadcasts to it
        Fraction in [0, 1), a whole number of basis points; +inf = no limit on that session.
    tick : float or (N,)
        CNY per share, by security where stocks and funds are mixed.
    out : pair of float64 (T, N), optional
        Where to write the upper and the lower limits.

    Returns
    -------
    limit_up, limit_down : float64 (T, N)
        CNY per share: pre_close x (1 ± ratio), half-up to the tick, computed in whole numbers. Where the ratio is
        +inf: +inf and 0, which no price reaches.

    Raises
    ------
    ConfigError
        A `tick` that is not one over a whole number, or not one per security.
    DataError
        `pre_close` that is not (T, N), a `ratio` that is negative or 1 and more, a wrong `out`.

    Notes
    -----
    NaN where the previous close or the ratio is NaN, or the previous close is not positive and finite.
    Rule: trading rules of SSE and SZSE, limit = previous close x (1 ± ratio), rounded half-up (四舍五入) to the tick.
    """
    previous = _panel("pre_close", pre_close)
    try:
        ratios = np.broadcast_to(np.asarray(ratio, dtype=np.float64), previous.shape)
    except ValueError:
        raise DataError(f"`ratio` should broadcast to {previous.shape}, got shape {np.shape(ratio)}") from None
    wrong = (ratios < 0.0) | ((ratios >= 1.0) & (ratios < np.inf))
    if wrong.any():
        raise DataError(
            f"`ratio` should be a fraction in [0, 1) such as 0.10, got {ratios[wrong][0]:g}: divide percents by 100"
        )
    per_unit = ticks_per_unit(tick)
    if per_unit.size not in (1, previous.shape[1]):
        raise ConfigError(f"`tick` should be one number or {previous.shape[1]} (one per security), got {per_unit.size}")
    up, down = (None, None) if out is None else out
    up, down = _target(up, previous.shape), _target(down, previous.shape)
    _limit_prices(previous, ratios, np.broadcast_to(per_unit, previous.shape[1:]), up, down)
    return up, down


def beyond_limits(prices: ArrayLike, pre_close: ArrayLike, ratio: ArrayLike, *, tick: ArrayLike = 0.01) -> Mask2D:
    """Return where a price lies more than two ticks beyond the limits of its session: it cannot have been (T, N).

    Parameters
    ----------
    prices, pre_close : float64 (T, N)
        CNY per share. Adjusted prices lie off the tick, so rounding may move limits by one and them by another.
    ratio, tick
        As `limit_prices`, which also says what is raised.

    Notes
    -----
    False where any of them is NaN, and where there is no limit.
    """
    up, down = limit_prices(pre_close, ratio, tick=tick)
    values, step = _panel("prices", prices), 2.0 * np.asarray(tick) * (1.0 + 1e-6)
    return (values > up + step) | (values < down - step)


def carry_forward(values: ArrayLike, *, out: Panel2D | None = None) -> Panel2D:
    """Fill each gap with the last observation before it, security by security.

    Parameters
    ----------
    values : float64 (T, N)
        Any unit; a price, not a balance (a security that leaves the list has no balance to carry).
    out : float64 (T, N), optional
        Where to write; may be `values` itself.

    Returns
    -------
    float64 (T, N)
        NaN only before the first observation of a security. Nothing is ever taken from the future.

    Raises
    ------
    DataError
        `values` that are not (T, N), a wrong `out`.
    """
    array = _panel("values", values)
    target = _target(out, array.shape)
    _carry_forward(array, target)
    return target


def returns(prices: ArrayLike, reference: ArrayLike | None = None, *, out: Panel2D | None = None) -> Panel2D:
    """Return simple returns from session to session.

    Parameters
    ----------
    prices : float64 (T, N)
        CNY per share. Without `reference` they should be adjusted: an ex-right fall would count as a loss.
    reference : float64 (T, N), optional
        The ex-right previous close (`pre_close`) for unadjusted `prices`; by default the row above.
    out : float64 (T, N), optional
        Where to write; may be `prices` itself.

    Returns
    -------
    float64 (T, N)
        Fraction: price / reference - 1.

    Raises
    ------
    DataError
        Arrays that are not (T, N) of one shape, a wrong `out`.

    Notes
    -----
    NaN where either price is NaN or the reference is not positive; without `reference` the first row is NaN.
    A gap is not bridged: carry prices forward first where the return over a suspension is wanted.
    """
    array = _panel("prices", prices)
    target = _target(out, array.shape)
    if reference is None:
        _returns(array, target)
        return target
    base = _panel("reference", reference)
    if base.shape != array.shape:
        raise DataError(f"`reference` should have the shape of `prices` {array.shape}, got {base.shape}")
    _returns_on(array, base, target)
    return target


@jit
def _round_half_up(values, per_unit, out):
    for i in range(values.size):
        out[i] = round_half_up_scalar(values[i], per_unit)


@jit
def limits_of(pre_close, ratio, per_unit):
    """Return the highest and the lowest price of one security on one session, as `limit_prices` does."""
    if not (pre_close > 0.0 and pre_close < _COARSE and ratio >= 0.0):
        return np.nan, np.nan
    if ratio == np.inf:
        return np.inf, 0.0
    ticks = math.floor(round_half_up_scalar(pre_close, per_unit) * per_unit + 0.5)
    points = math.floor(ratio * _BASIS + 0.5)
    # Whole numbers from here: adding half the divisor before floor division is exact half-up.
    up = (ticks * (_BASIS + points) + _BASIS // 2) // _BASIS / per_unit
    return up, (ticks * (_BASIS - points) + _BASIS // 2) // _BASIS / per_unit


@jit
def _limit_prices(pre_close, ratio, per_unit, up, down):
    for t in range(pre_close.shape[0]):
        for j in range(pre_close.shape[1]):
            up[t, j], down[t, j] = limits_of(pre_close[t, j], ratio[t, j], per_unit[j])


@jit
def _carry_forward(values, out):
    for t in range(values.shape[0]):
        for j in range(values.shape[1]):
            value = values[t, j]
            out[t, j] = out[t - 1, j] if t > 0 and math.isnan(value) else value


@jit
def _returns(prices, out):
    # From the last day back, so that `out` may be `prices`.
    for t in range(prices.shape[0] - 1, -1, -1):
        for j in range(prices.shape[1]):
            before = prices[t - 1, j] if t > 0 else np.nan
            out[t, j] = prices[t, j] / before - 1.0 if before > 0.0 else np.nan


@jit
def _returns_on(prices, reference, out):
    for t in range(prices.shape[0]):
        for j in range(prices.shape[1]):
            before = reference[t, j]
            out[t, j] = prices[t, j] / before - 1.0 if before > 0.0 else np.nan


def _panel(name: str, values: ArrayLike) -> Panel2D:
    """Return `values` as a C-contiguous float64 (T, N) array."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if np.ndim(values) != 2:
        raise DataError(f"`{name}` should be (sessions, securities), got {np.ndim(values)} dimensions")
    return array


def _target(out: NDArray[np.float64] | None, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the array to write: a new one, or the checked `out`."""
    if out is None:
        return np.empty(shape)
    if not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != np.float64:
        got = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise DataError(f"`out` should be a float64 array of shape {shape}, got {got}")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise DataError("`out` should be C-contiguous and writeable: make it with np.empty(shape)")
    return out


def ticks_per_unit(tick: ArrayLike) -> NDArray[np.int64]:
    """Return the whole number of ticks in one CNY, (1,) or (N,)."""
    ticks = np.atleast_1d(np.asarray(tick, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1.0 / ticks
    if ticks.ndim > 1 or not np.all((inverse >= 1.0) & (inverse < _BASIS * _BASIS)):
        raise ConfigError(f"`tick` should be CNY between 1e-8 and 1, such as 0.01, got {tick}")
    whole = np.rint(inverse)
    if np.any(np.abs(whole * ticks - 1.0) > 1e-9):
        raise ConfigError(f"`tick` should be one over a whole number, such as 0.01 or 0.001, got {tick}")
    return whole.astype(np.int64)
