"""The benchmarks that the data allow, each as what measures an event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, DataError
from ..pages.language import Said, say
from ..panel.panel import Panel
from ..types import Row
from .abnormal import EqualWeight, Returns, excess, returns_of
from .event_design import FEWEST_PEERS, EventDesign
from .event_rows import Event
from .event_windows import near_market
from .matched import Matched

FEWEST_FINANCED = 10
"""Securities that can be financed, and others, below which the two are not compared."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What measures an event.

    Parameters
    ----------
    scope : str
        What the returns are of: securities, the market, or those that can be financed.
    against : str
        Of `AGAINST_WORDS`.
    path : callable(Event) -> float64 (T,) or None
        Abnormal returns by session.
    is_near : callable(Event) -> bool (T,)
        Sessions near an event of the same security, or of the market.
    is_demeaned : bool
        As `Windows`.
    tell : callable() -> sequence of str
        What there is to say of the benchmark once events are measured.
    """

    scope: str
    against: str
    path: Callable[[Event], Row | None]
    is_near: Callable[[Event], NDArray[np.bool_]]
    is_demeaned: bool = False
    tell: Callable[[], Sequence[Said]] = tuple


def priced(panel: Panel) -> tuple[Returns | None, list[Said]]:
    """Return the returns of a panel, None where it has no prices, and what there is to say of them."""
    if "close" not in panel or np.isnan(panel["close"]).all():
        return None, [say("The data have no prices: balances only.")]
    if "adj_factor" in panel:
        return returns_of(panel), []
    return returns_of(panel), [say("The data have no adjustment factor: a dividend or split looks like a fall.")]


def measures_of(
    panel: Panel, returns: Returns | None, kind: tuple[str, bool], events: Sequence[Event], plan: EventDesign
) -> list[Measure]:
    """Return the benchmarks for events of a kind, that of the verdict first; none without returns.

    Parameters
    ----------
    panel : Panel
    returns : Returns, optional
    kind : (str, bool)
        Its name, and whether they are events of the market.
    events : sequence of Event
    plan : EventDesign

    Raises
    ------
    ConfigError, DataError
        The data do not allow what `against` asks for, or have too few securities.
    """
    if returns is None:
        return []
    if kind[1]:
        return _of_market(panel, returns, events, plan)
    if len(panel.symbols) <= FEWEST_PEERS:
        raise DataError(
            f"events of securities need at least {FEWEST_PEERS} others to measure them against, the data have "
            f"{len(panel.symbols) - 1}: take more securities, or leave `symbol` out for events of the market"
        )
    return _of_securities(panel, returns.around(events, plan.before, plan.after), kind[0], plan)


def _of_securities(panel: Panel, returns: Returns, kind: str, plan: EventDesign) -> list[Measure]:
    """Return the benchmarks of securities, the one that is asked for first, else matched controls."""
    found: dict[str, Callable[[Event], Row | None]] = {}
    why: dict[str, str] = {}
    tell: Callable[[], Sequence[Said]] = tuple
    try:
        matched = Matched(panel, returns, plan)
        found["matched"] = partial(_against_matched, matched, returns)
        tell = partial(matched.words, kind)
    except DataError as error:
        why["matched"] = str(error)
    found["equal"] = partial(_against_mean, EqualWeight(returns), returns)
    if "industry" in panel and not np.isnan(panel["industry"]).all():
        found["industry"] = partial(_against_mean, EqualWeight(returns, panel["industry"]), returns)
    else:
        why["industry"] = "the data have no field `industry`: name a table of industries in `data.industries`"
    if plan.against is not None and plan.against not in found:
        raise ConfigError(f"`against` {plan.against} cannot be: {why[plan.against]}")
    order = sorted(found, key=lambda name: name != plan.against)
    near = returns.is_near
    return [
        Measure(
            scope="securities",
            against=name,
            path=found[name],
            is_near=lambda event: near[:, event.j],
            tell=tell if name == "matched" else tuple,
        )
        for name in order
    ]


def _against_mean(benchmark: EqualWeight, returns: Returns, event: Event) -> Row:
    return excess(returns.values[:, event.j], benchmark.path(event.j))


def _against_matched(matched: Matched, returns: Returns, event: Event) -> Row | None:
    controls = matched.controls(event)
    return None if controls is None else excess(returns.values[:, event.j], matched.path(controls))


def _of_market(panel: Panel, returns: Returns, events: Sequence[Event], plan: EventDesign) -> list[Measure]:
    """Return what measures events of the market: its own mean before, and securities that cannot be financed."""
    near = near_market([event.t for event in events], plan, len(panel.sessions))
    market, others = _mean(returns, ~np.isnan(returns.values), 1), _financed_less_others(panel, returns)
    found = [
        Measure(
            scope="the market",
            against="own mean",
            path=lambda _: market,
            is_near=lambda _: near,
            is_demeaned=True,
        )
    ]
    if others is not None:
        scope = "securities that can be financed"
        found.append(Measure(scope=scope, against="others", path=lambda _: others, is_near=lambda _: near))
    return found


def _financed_less_others(panel: Panel, returns: Returns) -> Row | None:
    """Return the mean of securities on the list of the day before less that of the others; None without a list."""
    listed = panel.get("financing_eligible")
    if listed is None:
        return None
    before = np.full(panel.shape, np.nan)
    before[1:] = listed[:-1]
    gap = _mean(returns, before == 1.0, FEWEST_FINANCED) - _mean(returns, before == 0.0, FEWEST_FINANCED)
    return None if np.isnan(gap).all() else gap


def _mean(returns: Returns, members: NDArray[np.bool_], fewest: int) -> Row:
    known = members & ~np.isnan(returns.values)
    count = known.sum(axis=1)
    total = np.where(known, returns.values, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count >= fewest)
