"""Whether an answer rests on a few flows: weeks in which a market begins, flows beyond the balance, one half of all."""

from collections.abc import Iterator

import numpy as np

from ..inference.means import FEWEST_WINDOWS
from ..pages import formats
from ..pages.language import say
from .lag_design import LagDesign
from .margin_flows import Flows
from .outcome import figure
from .responses import of_total
from .verdict import Row, judge, t_told

QUARTER_WEEKS, QUARTER_SESSIONS = 13, 60
"""Periods in which a stock that more than doubles is one of a market that begins."""

LARGE = 0.5
"""Flow over the balance from which it is named."""


def launch_end(flows: Flows, design: LagDesign) -> int:
    """Return the row of the first flow that is not one of a market that begins.

    Parameters
    ----------
    flows : Flows
        Of one series, (P, 1).
    design : LagDesign

    Notes
    -----
    Flows over a balance that starts from nothing are hundreds of per cent, and a few of them outweigh all others. Where
    the flows of the first quarter more than double the balance, those count from which the flows of the quarter before
    did not. What flows make of it is compounded, so that a security that joins is no growth. No flow is left out where
    the scale is another than the balance, over which flows of a market that begins are small.
    """
    known = np.flatnonzero(~np.isnan(flows.flow[:, 0]))
    quarter = QUARTER_WEEKS if design.weekly else QUARTER_SESSIONS
    if design.scale != "balance" or not len(known) or len(flows.flow) - known[0] < quarter:
        return 0
    growth = np.log(np.maximum(1.0 + np.nan_to_num(flows.flow[known[0] :, 0]), 1e-6))
    risen = np.append(0.0, growth.cumsum())
    doubles = risen[quarter:] - risen[:-quarter] > np.log(2.0)
    if not doubles[0]:
        return 0
    quiet = np.flatnonzero(~doubles)
    return int(known[0] + quarter + quiet[0]) if len(quiet) else len(flows.flow)


def launch_note(side: str, flows: Flows, first: int, end: int) -> str | None:
    """Return what is left out before the row `end` and why; None where nothing is."""
    left_out = flows.flow[first:end, 0]
    if np.isnan(left_out).all():
        return None
    return say(
        "The side {side}: {n} flows before {day} are left out, of a market that begins, whose balance more than "
        "doubled within a quarter (the largest: {largest}). `--scale float_cap` or turnover has them count.",
        side=say(side),
        n=formats.count(int((~np.isnan(left_out)).sum())),
        day=str(flows.days[end]) if end < len(flows.days) else say("the end"),
        largest=formats.percent(float(left_out[np.nanargmax(np.abs(left_out))]), 0, sign=True),
    )


def large_note(side: str, flows: Flows, first: int, design: LagDesign) -> str | None:
    """Return how many flows that count are above half the balance, and the largest; None where none is."""
    flow = flows.flow[first:, 0]
    large = np.abs(np.nan_to_num(flow)) > LARGE
    if design.scale != "balance" or not large.any():
        return None
    most = int(np.nanargmax(np.abs(flow)))
    return say(
        "The side {side}: {n} flows are above {share} of the balance, the largest {largest} ({day}); each counts like "
        "any other. `--start` after them, or `--scale float_cap`, shows what rests on them.",
        side=say(side),
        n=formats.count(int(large.sum())),
        share=formats.percent(LARGE, 0),
        largest=formats.percent(float(flow[most]), 0, sign=True),
        day=str(flows.days[first + most]),
    )


def later_half(side: str, main: Row, flows: Flows, first: int, design: LagDesign) -> Iterator[str]:
    """Yield what the later half of the flows alone answers to the question that the verdict is of."""
    known = np.flatnonzero(~np.isnan(flows.flow[first:, 0]))
    if main["windows"] < 2 * FEWEST_WINDOWS or not len(known):
        return
    middle = first + int(known[len(known) // 2])
    row = of_total(flows, design, middle)[0]
    verdict = judge(side, row)
    if verdict in ("no answer", "too short"):
        return
    told = {
        "day": str(flows.days[middle]),
        "verdict": say(verdict),
        "up": figure(row["up"]),
        "down": figure(row["down"]),
        "up_t": t_told(row, "up"),
        "down_t": t_told(row, "down"),
    }
    if verdict == judge(side, main):
        yield say(
            "The later half alone, from {day}, says so too: {up} after rises ({up_t}), {down} after falls ({down_t}).",
            **told,
        )
    else:
        yield say(
            "The later half alone, from {day}, answers otherwise, {verdict}: {up} after rises ({up_t}), {down} after "
            "falls ({down_t}). `--start` chooses what counts.",
            **told,
        )
