"""Stylised facts of prices and margin flows: the same figures of any panel, synthetic or real."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..kernels.prices import carry_forward, limit_prices
from ..panel.completion import complete
from ..panel.panel import Panel
from ..panel.units import is_index
from ..rulebook import board_of, limit_ratio
from ..types import Panel2D

READ = (
    "close",
    "pre_close",
    "limit_up",
    "volume",
    "amount",
    "float_cap",
    "financing_balance",
    "financing_buy",
    "financing_repay",
    "financing_volume",
    "financing_buy_volume",
    "financing_repay_volume",
    "short_volume",
    "short_sell",
    "short_repay",
    "short_balance",
    "open",
    "high",
    "low",
)
"""Fields that the figures are computed from, or that what is absent is derived from."""

PAST = 5
"""Sessions of past returns that flows are held against."""

MOST = 500
"""Securities that are judged; of a larger panel every so many, in the order of the panel."""

_FEWEST = 100  # observations of a security below which it says nothing
_TOO_FAR = 0.22  # beyond which a return without a published reference is taken for a corporate action


class Fact(NamedTuple):
    """One figure: what it is called, and how it is computed from a panel."""

    name: str
    label: str
    of: Callable[[Panel], float]
    published: bool = False  # from published cells alone, no derived ones


def facts_of(panel: Panel) -> dict[str, float]:
    """Return the figures of `FACTS` by name; NaN where the panel lacks what one needs.

    Parameters
    ----------
    panel : Panel
        Indices are left out, and of more than `MOST` securities every so many are taken.

    Returns
    -------
    dict of str to float
        volatility, kurtosis : of daily returns; per year, and 3 where they are normal. Of the median security.
        memory_1, memory_20 : autocorrelation of absolute returns. Of the median security.
        market_share : part of the variance that the mean return of all others explains (R2). Of the median security.
        limit_up : part of the closes that stand at the upper limit.
        chases_rises, chases_falls : slopes of net financing over balance on the rises and on the falls of the 5
        sessions before, both in one regression and in own deviations: positive = bought after rises, sold after falls.
        shorts_rises : correlation of net short selling over balance with the return of the 5 sessions before.
        financing_to_cap, buy_share : financing balance over float cap, purchases over turnover. Of the median row.
        unbought : part of the rows with a turnover on which nobody buys on margin; above a half, buy_share is 0.
        short_part : short balance over financing balance, of all rows together.
        break_rate : part of the rows that break the identity of the financing balance.

    Notes
    -----
    Returns are those on `pre_close` where it is published, else on the last close; then moves beyond 22 % are left out,
    since they are corporate actions as a rule. Flows count where the session before has a balance.
    """
    judged = sample(panel)
    completed = complete(judged)
    return {name: float(fact.of(judged if fact.published else completed)) for name, fact in FACTS.items()}


def sample(panel: Panel) -> Panel:
    """Return what `facts_of` reads of a panel: at most `MOST` shares, and the fields that some figure needs."""
    fields = {name: values for name, values in panel.fields.items() if name in READ}
    shares = [symbol for symbol in panel.symbols if not is_index(symbol)]
    return replace(panel, fields=fields).select(shares[:: max(-(-len(shares) // MOST), 1)])


def _has(panel: Panel, *names: str) -> bool:
    return all(name in panel for name in names)


def _returns(panel: Panel) -> Panel2D:
    """Return the simple returns of each session (T, N)."""
    if "close" not in panel:
        return np.full(panel.shape, np.nan)
    close, last = panel["close"], np.full(panel.shape, np.nan)
    last[1:] = carry_forward(panel["close"])[:-1]
    is_published = "pre_close" in panel and "pre_close" not in panel.imputed
    with np.errstate(invalid="ignore", divide="ignore"):
        found = close / (panel["pre_close"] if is_published else last) - 1.0
        if not is_published:
            found[np.abs(found) > _TOO_FAR] = np.nan
    found[np.isinf(found)] = np.nan
    return found


def _deviations(values: Panel2D, centred: bool = True) -> Panel2D:
    """Return each security's values in units of its own deviation; NaN for those with too few."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    spread = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / np.maximum(count, 1))
    usable = (count >= _FEWEST) & (spread > 0.0)
    scaled = (values - mean * centred) / np.where(usable, spread, np.nan)
    return np.where(known, scaled, np.nan)


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _kurtosis(panel: Panel) -> float:
    scaled = _deviations(_returns(panel))
    known = np.isfinite(scaled)
    count = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    return _median(np.where(known, scaled, 0.0).__pow__(4).sum(axis=0) / count)


def _memory(lag: int) -> Callable[[Panel], float]:
    def of(panel: Panel) -> float:
        size = _deviations(np.abs(_returns(panel)))
        product = size[lag:] * size[:-lag]
        known = np.isfinite(product)
        count = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
        return _median(np.where(known, product, 0.0).sum(axis=0) / count)

    return of


def _volatility(panel: Panel) -> float:
    found = _returns(panel)
    enough = np.isfinite(found).sum(axis=0) >= _FEWEST
    return _median(np.nanstd(found[:, enough], axis=0)) * np.sqrt(244.0) if enough.any() else float("nan")


def _limit_up(panel: Panel) -> float:
    if "close" not in panel:
        return float("nan")
    limit = panel.get("limit_up")
    if limit is None:
        try:
            boards = [board_of(symbol) for symbol in panel.symbols]
        except DataError:  # another market, whose limits the rulebook does not know
            return float("nan")
        last = np.full(panel.shape, np.nan)
        last[1:] = carry_forward(panel["close"])[:-1]
        status = np.where(np.isnan(panel["close"]), np.nan, 0.0)
        limit = limit_prices(last, limit_ratio(boards, status, panel.sessions))[0]
    known = np.isfinite(limit) & np.isfinite(panel["close"])
    return float(np.mean(panel["close"][known] >= limit[known] - 1e-6)) if known.any() else float("nan")


def _market_share(panel: Panel) -> float:
    """Return the median squared correlation with the mean return of all the others that trade."""
    found = _returns(panel)
    known = np.isfinite(found)
    count, total = known.sum(axis=1, keepdims=True), np.where(known, found, 0.0).sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        others = np.where(known & (count > 1), (total - np.where(known, found, 0.0)) / (count - 1), np.nan)
    products = _deviations(found) * _deviations(others)
    return _median(np.where(np.isfinite(products).sum(axis=0) >= _FEWEST, _column_means(products), np.nan) ** 2)


def _column_means(values: Panel2D) -> np.ndarray:
    known = np.isfinite(values)
    return np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def _past(panel: Panel) -> Panel2D:
    """Return the return over the `PAST` sessions before each, in own deviations, not centred: its sign is meant."""
    found = np.log1p(_returns(panel))
    out = np.full(panel.shape, np.nan)
    for t in range(PAST, len(found)):
        out[t] = found[t - PAST : t].sum(axis=0)
    return _deviations(out, centred=False)


def _net(panel: Panel, balance: str, inflow: str, outflow: str) -> Panel2D:
    """Return the net flow over the balance of the session before, in own deviations, cut at 5 of them."""
    out = np.full(panel.shape, np.nan)
    if _has(panel, balance, inflow, outflow):
        before = panel[balance][:-1]
        with np.errstate(invalid="ignore", divide="ignore"):
            out[1:] = np.where(before > 0.0, (panel[inflow] - panel[outflow])[1:] / before, np.nan)
    return np.clip(_deviations(out), -5.0, 5.0)


def _financing(panel: Panel) -> Panel2D:
    if _has(panel, "financing_volume", "financing_buy_volume", "financing_repay_volume"):
        return _net(panel, "financing_volume", "financing_buy_volume", "financing_repay_volume")
    return _net(panel, "financing_balance", "financing_buy", "financing_repay")


def _chase(side: int) -> Callable[[Panel], float]:
    """Return the slope of net financing on past rises (side 0) or falls (side 1), both in one regression."""

    def of(panel: Panel) -> float:
        past, net = _past(panel), _financing(panel)
        known = np.isfinite(past) & np.isfinite(net)
        if known.sum() < _FEWEST:
            return float("nan")
        x = past[known]
        factors = np.column_stack([np.maximum(x, 0.0), np.minimum(x, 0.0), np.ones(x.size)])
        return float(np.linalg.lstsq(factors, net[known], rcond=None)[0][side])

    return of


def _shorts(panel: Panel) -> float:
    past, net = _past(panel), _net(panel, "short_volume", "short_sell", "short_repay")
    known = np.isfinite(past) & np.isfinite(net)
    return float(np.corrcoef(past[known], net[known])[0, 1]) if known.sum() >= _FEWEST else float("nan")


def _crowding(panel: Panel) -> float:
    if not _has(panel, "financing_balance", "float_cap"):
        return float("nan")
    return _median((panel["financing_balance"] / panel["float_cap"]).ravel())


def _buy_share(panel: Panel) -> float:
    bought, traded = _bought(panel)
    return _median(np.divide(bought, traded, out=np.full(panel.shape, np.nan), where=traded > 0.0).ravel())


def _bought(panel: Panel) -> tuple[Panel2D, Panel2D]:
    """Return purchases on margin and turnover (T, N), in shares where they are known; NaN where the panel lacks one."""
    volumes = _has(panel, "financing_buy_volume", "volume")
    names = ("financing_buy_volume", "volume") if volumes else ("financing_buy", "amount")
    absent = np.full(panel.shape, np.nan)
    return (panel[names[0]], panel[names[1]]) if _has(panel, *names) else (absent, absent)


def _unbought(panel: Panel) -> float:
    """Return the part of the rows with a turnover on which nobody buys on margin."""
    bought, traded = _bought(panel)
    known = np.isfinite(bought) & np.isfinite(traded) & (traded > 0.0)
    return float(np.mean(bought[known] == 0.0)) if known.any() else float("nan")


def _short_part(panel: Panel) -> float:
    if not _has(panel, "financing_balance", "short_balance"):
        return float("nan")
    known = np.isfinite(panel["financing_balance"]) & np.isfinite(panel["short_balance"])
    owed = panel["financing_balance"][known].sum()
    return float(panel["short_balance"][known].sum() / owed) if owed > 0.0 else float("nan")


def _break_rate(panel: Panel) -> float:
    volumes = _has(panel, "financing_volume", "financing_buy_volume", "financing_repay_volume")
    end = "_volume" if volumes else ""
    names = ("financing_volume" if volumes else "financing_balance", f"financing_buy{end}", f"financing_repay{end}")
    if not _has(panel, *names):
        return float("nan")
    balance, inflow, outflow = (panel[name] for name in names)
    missed = np.abs(balance[1:] - balance[:-1] - inflow[1:] + outflow[1:])
    return float(np.mean(missed[np.isfinite(missed)] > 0.5)) if np.isfinite(missed).any() else float("nan")


_ALL = (
    Fact("volatility", "volatility per year", _volatility),
    Fact("kurtosis", "kurtosis (normal: 3)", _kurtosis),
    Fact("memory_1", "memory of size, 1 session", _memory(1)),
    Fact("memory_20", "memory of size, 20 sessions", _memory(20)),
    Fact("market_share", "R2 of the market", _market_share),
    Fact("limit_up", "closes at the upper limit", _limit_up),
    Fact("chases_rises", "financing on past rises", _chase(0)),
    Fact("chases_falls", "financing on past falls", _chase(1)),
    Fact("shorts_rises", "shorts with past returns", _shorts),
    Fact("financing_to_cap", "financing / float cap", _crowding),
    Fact("buy_share", "purchases / turnover", _buy_share),
    Fact("unbought", "rows without a purchase", _unbought),
    Fact("short_part", "short / financing", _short_part),
    Fact("break_rate", "identity breaks", _break_rate, published=True),
)

FACTS: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _ALL})
"""The figures by name."""
