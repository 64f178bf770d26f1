"""What is unusual about the data and the window of a run."""

from collections.abc import Iterator

import numpy as np

from ..pages.formats import percent
from ..panel.units import is_index
from ..sources.kinds import KINDS
from .scenario import Scenario
from .unusual_limits import Unusual, limit


def window(scenario: Scenario) -> Iterator[Unusual]:
    """Yield a window that is too short to judge by."""
    sessions = len(scenario.panel.sessions)
    if sessions < limit("sessions"):
        yield Unusual(
            "sessions",
            f"the run has {sessions} sessions",
            "figures a year are drawn out of less than one, and luck outweighs skill",
            "give more data or a longer `window`",
        )


def universe(scenario: Scenario) -> Iterator[Unusual]:
    """Yield a universe of survivors, and prices without corporate actions; not of indices or a synthetic one."""
    panel = scenario.panel
    if panel.synthetic or all(map(is_index, panel.symbols)):
        return
    listed = np.isfinite(panel["close"])
    ends = len(panel.sessions) - 1 - listed[::-1].argmax(axis=0)
    stopped = listed.any(axis=0) & (ends < len(panel.sessions) - 20)
    is_long = len(panel.sessions) >= limit("sessions")
    if is_long and len(panel.symbols) >= limit("survivors") and not (stopped.any() or scenario.market.ends):
        yield Unusual(
            "survivors",
            f"none of {len(panel.symbols):,} securities ends within {len(panel.sessions):,} sessions",
            "a list of those that live today leaves the failures out, and flatters every figure",
            "add securities that were listed then, with `data.endings`",
        )
    if is_long and not (scenario.config.data.actions or panel.actions or panel.adjusted):
        yield Unusual(
            "no_actions",
            "the data have no corporate actions",
            "every dividend and split counts as a loss",
            "`liangrong data derive-actions` reads a table off an adjusted series",
        )


def fields(scenario: Scenario) -> Iterator[Unusual]:
    """Yield fields that the rule reads and that are missing where the security trades."""
    panel = scenario.panel
    trades = np.isfinite(panel["close"])
    cells = int(trades.sum())
    for name in () if scenario.rule is None else dict.fromkeys(scenario.rule.needs()):
        known = panel.get(name)
        if known is None or not cells:
            continue
        missing = float((trades & ~np.isfinite(known)).sum()) / cells
        if missing > limit("missing"):
            yield Unusual(
                "missing",
                f"`{name}` is missing in {percent(missing, 0)} of the cells with a price",
                "where it is, the rule has no score and the security is not traded",
                "import it, narrow `universe`, or `data.carry` it",
            )


def wrong(scenario: Scenario) -> Iterator[Unusual]:
    """Yield what the audit of the data that the run reads found wrong, by kind."""
    return _findings(scenario, "wrong", "the audit of the data of this run finds wrong")


def noted(scenario: Scenario) -> Iterator[Unusual]:
    """Yield what the audit of those data noted, by kind."""
    return _findings(scenario, "noted", "the audit of the data of this run notes")


def _findings(scenario: Scenario, verdict: str, told: str) -> Iterator[Unusual]:
    for kind, number in scenario.audit.get(verdict, {}).items():
        known = KINDS.get(kind)
        meaning, remedy = (known.meaning, f"{known.remedy}; ") if known else (kind, "")
        remedy += "`liangrong data audit` names the places"
        yield Unusual("data", f"{told}: {kind} x {number:,}", meaning, remedy)
