"""Events: on which session, of which security or of the market, and of which kind."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import DateError
from ..panel.panel import Panel
from ..rulebook import Rulebook
from ..rulebook.table import DatedRule
from ..types import DAY, Sessions

MARKET = -1
"""The column of an event of the whole market."""

LISTS = {
    "financing_eligible": ("financing entry", "financing exit"),
    "short_eligible": ("short entry", "short exit"),
}
"""Field -> kinds of events: entry to the list and exit from it."""

MARGIN_RATIOS = {
    "financing_margin_ratio": ("financing margin ratio raised", "financing margin ratio lowered"),
    "short_margin_ratio": ("short margin ratio raised", "short margin ratio lowered"),
}
"""Rule -> kinds of events: raised and lowered."""


class Event(NamedTuple):
    """An event: row of its session, column of its security or `MARKET`, kind, and what happened in words."""

    t: int
    j: int
    kind: str
    words: str = ""


def list_events(panel: Panel, first: int = 0) -> list[Event]:
    """Return entries to and exits from the lists of eligible securities (标的证券), the day's own list in force.

    Parameters
    ----------
    panel : Panel
        With `financing_eligible`, `short_eligible` or both.
    first : int
        Row from which on events count.

    Notes
    -----
    NaN: nobody knows whether a security was on the list, and a change from or to that is no event. A list is published
    before the open from which it holds, often days before: returns before session 0 may be its work too.
    """
    found = []
    for name, kinds in LISTS.items():
        listed = panel.get(name)
        if listed is None:
            continue
        for kind, was, now in zip(kinds, (0.0, 1.0), (1.0, 0.0), strict=True):
            rows, columns = np.nonzero((listed[:-1] == was) & (listed[1:] == now))
            found += [Event(int(t) + 1, int(j), kind) for t, j in zip(rows, columns, strict=True) if t + 1 >= first]
    return sorted(found)


def rule_events(sessions: Sessions, first: int = 0, rules: Rulebook | None = None) -> list[Event]:
    """Return the changes of margin ratios between `sessions[first]` and the last session, as the rulebook dates them.

    A change on a day without a session falls on the next one. What holds for some clients only is left out.
    """
    book = rules or Rulebook.load()
    if first >= len(sessions):
        return []
    found = []
    for row in _ratios(book):
        before = book.get(row.key, row.effective - DAY)
        day = row.effective
        if before is None or not sessions[first] <= day <= sessions[-1]:
            continue
        kind = MARGIN_RATIOS[row.key][float(row.value) < float(before.value)]
        words = f"{100 * float(before.value):g} % → {100 * float(row.value):g} %"
        found.append(Event(row_of(sessions, day), MARKET, kind, words))
    return sorted(found)


def refuse_no_rule(sessions: Sessions) -> DateError:
    """Return the error where no margin ratio changed over the sessions."""
    book = Rulebook.load()
    days = sorted({str(row.effective) for row in _ratios(book) if book.get(row.key, row.effective - DAY) is not None})
    span = f"{sessions[0]}..{sessions[-1]}"
    return DateError(
        f"no margin ratio changed over {span}; the rulebook has changes on {', '.join(days)}: take data that cover one"
    )


def row_of(sessions: Sessions, day: np.datetime64) -> int:
    """Return the row of the first session on or after `day`."""
    return int(np.searchsorted(sessions, day))


def kinds_of(events: Sequence[Event]) -> dict[tuple[str, bool], list[Event]]:
    """Return the events by kind and by whether they are of the market, in the order of names."""
    found: dict[tuple[str, bool], list[Event]] = {}
    for event in sorted(events, key=lambda one: (one.kind, one.j != MARKET, one.t, one.j)):
        found.setdefault((event.kind, event.j == MARKET), []).append(event)
    return found


def _ratios(book: Rulebook) -> list[DatedRule]:
    return [row for key in MARGIN_RATIOS for row in book.table(key).rows]
