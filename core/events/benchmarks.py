"""The benchmarks that the data allow, each as what measures an event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, DataError
from ..pages import formats
from ..pages.language import Said, say
from ..panel.panel import Panel
from ..types import Row
from .abnormal import EqualWeight, Returns, excess, returns_of
from .event_design import FEWEST_PEERS, EventDesign
from .event_rows import Event
from .event_windows import near_market
from .jumps import WIDEST_LIMIT
from .matched import Matched

MOST_JUMPS = 6
"""Closes beyond any limit that a note names."""

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
    raw : callable(Event) -> float64 (T,), optional
        Returns by session before the benchmark comes off; `path` where absent.
    jumps : callable(Event) -> bool (T,), optional
        As `windows_of`.
    is_demeaned : bool
        As `Windows`.
    tell : callable() -> sequence of str
        What there is to say of the benchmark once events are measured.
    """

    scope: str
    against: str
    path: Callable[[Event], Row | None]
    is_near: Callable[[Event], NDArray[np.bool_]]
    raw: Callable[[Event], Row] | None = None
    jumps: Callable[[Event], NDArray[np.bool_]] | None = None
    is_demeaned: bool = False
    tell: Callable[[], Sequence[Said]] = tuple


def priced(panel: Panel) -> tuple[Returns | None, list[Said]]:
    """Return the returns of a panel, None where it has no prices, and what there is to say of them."""
    if "close" not in panel or np.isnan(panel["close"]).all():
        return None, [say("The data have no prices: balances only.")]
    if "adj_factor" in panel:
        return returns_of(panel), []
    returns = returns_of(panel)
    told = [say("The data have no adjustment factor: a dividend or split looks like a fall.")]
    if returns.jumps.any():
        places = [f"{panel.symbols[j]} {panel.sessions[t]}" for t, j in np.argwhere(returns.jumps)]
        few = ", ".join(places[:MOST_JUMPS]) + (", …" if len(places) > MOST_JUMPS else "")
        told.append(
            say(
                "Closes that moved by more than {limit}, which no price limit allows, are no returns: {n} ({places}).",
                limit=formats.percent(WIDEST_LIMIT, 0),
                n=formats.count(len(places)),
                places=few,
            )
        )
    if "short_eligible" in panel and any(symbol.endswith(".TW") for symbol in panel.symbols):
        told.append(
            say(
                "In Taiwan short positions are called in before ex-dates, so securities leave the short list and come "
                "back to it around them: without a factor the fall of an ex-date is counted as the work of that event."
            )
        )
    return returns, told


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
            raw=lambda event: returns.values[:, event.j],
            jumps=lambda event: returns.jumps[:, event.j],
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
    market, compared = _mean(returns, ~np.isnan(returns.values), 1), _financed_and_others(panel, returns)
    found = [
        Measure(
            scope="the market",
            against="own mean",
            path=lambda _: market,
            is_near=lambda _: near,
            is_demeaned=True,
        )
    ]
    if compared is not None:
        financed, others = compared
        found.append(
            Measure(
                scope="securities that can be financed",
                against="others",
                path=lambda _: financed - others,
                is_near=lambda _: near,
                raw=lambda _: financed,
            )
        )
    return found


def _financed_and_others(panel: Panel, returns: Returns) -> tuple[Row, Row] | None:
    """Return the mean of securities on the list of the day before and that of the others; None without a list."""
    listed = panel.get("financing_eligible")
    if listed is None:
        return None
    before = np.full(panel.shape, np.nan)
    before[1:] = listed[:-1]
    financed, others = (_mean(returns, before == listing, FEWEST_FINANCED) for listing in (1.0, 0.0))
    return None if np.isnan(financed - others).all() else (financed, others)


def _mean(returns: Returns, members: NDArray[np.bool_], fewest: int) -> Row:
    known = members & ~np.isnan(returns.values)
    count = known.sum(axis=1)
    total = np.where(known, returns.values, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count >= fewest)
