"""Facts of securities on the days of a dataset: listings, industries and members of indices."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..panel.calendar import mainland
from ..panel.indices import Constituent, memberships
from ..panel.industries import Membership, industry_field
from ..panel.panel import Panel
from ..sources import Finding
from ..sources.fact_tables import Listing
from ..sources.meeting import Prefer, merge


def with_listings(panel: Panel, listings: Sequence[Listing]) -> Panel:
    """Return `panel` with `listed_sessions`, counted by the calendar.

    1 on the first day, NaN before it and from the last one on. Securities that `listings` do not name keep theirs.
    """
    column = {symbol: j for j, symbol in enumerate(panel.symbols)}
    known = panel.get("listed_sessions")
    out = np.full(panel.shape, np.nan) if known is None else known.copy()
    calendar = mainland().sessions
    place = np.searchsorted(calendar, panel.sessions)
    for one in listings:
        if one.symbol not in column:
            continue
        count = place - int(np.searchsorted(calendar, one.first)) + 1.0
        gone = np.zeros(len(count), dtype=bool) if np.isnat(one.last) else panel.sessions >= one.last
        out[:, column[one.symbol]] = np.where((count < 1) | gone, np.nan, count)
    return panel.with_fields({"listed_sessions": out})


def with_members(panel: Panel, members: Sequence[Membership]) -> Panel:
    """Return `panel` with the industries of `members`; what they do not name keeps what it has."""
    mine = [one for one in members if one.symbol in set(panel.symbols)]
    if not mine:
        return panel
    bare = replace(panel, fields={}, industries=(), derived={}, imputed={})
    merged, _ = merge(panel, industry_field(bare, mine), "new")
    return merged


def with_constituents(
    panel: Panel, members: Sequence[Constituent], prefer: Prefer = "new"
) -> tuple[Panel, list[Finding]]:
    """Return `panel` with the members of indices, and what could not be put on a day or differs from what it has."""
    fields, absent = memberships(members, panel.sessions, panel.symbols)
    merged, findings = merge(panel, replace(panel, fields=fields, derived={}, imputed={}, adjusted=""), prefer)
    if absent:
        detail = "the dataset has no such session: a list of members of that day was left out, none is moved to another"
        findings.append(Finding(kind="no_session_of_list", count=len(absent), detail=detail, examples=absent[:5]))
    return merged, findings
