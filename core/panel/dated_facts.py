"""Dated facts: lists, haircuts, special treatment, industries, members, share counts. When does one hold?

A fact of a day holds on that day. It holds on later sessions, until the next fact of the security, only where the user
says for how many; and never on an earlier one. So nothing is carried by default, whatever the field: a table with a row
for every session is complete by itself, and of a sparse one nobody but the user knows what the days between mean.
Eligible lists and haircuts change seldom, but a security that was struck off in between would be financed; special
treatment begins overnight; share counts are slow, but jump on the day on which locked shares are freed.

What is unknown counts as `FACTS` says, and a run tells it with figures (`coverage`). Tables whose rows say from when
they hold (industries and members with days of entry) are complete by themselves.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from ..errors import ConfigError, did_you_mean
from ..kernels.prices import carry_forward
from ..types import Mask2D, Panel2D
from .indices import INDICES
from .panel import Panel

Carry = Mapping[str, int | Literal["all"]]
"""Field -> for how many sessions after its day a fact holds; ``all`` = until the next one."""

FACTS: Mapping[str, str] = MappingProxyType(
    {
        "financing_eligible": "not to be financed",
        "short_eligible": "not to be shorted",
        "haircut": "one with the rule's haircut",
        "is_st": "not under special treatment",
        "pe_static": "one whose haircut its price-earnings ratio does not lower",
        "is_loss": "one that made no loss",
        "industry": "in no industry",
        **dict.fromkeys(INDICES.values(), "no member"),
        "float_shares": "below the limits on the share of its float",
        "outstanding_shares": "of unknown size",
        "borrow_rate": "lent at the list price",
        "borrowable_shares": "one with the supply of `account.borrow_share`",
    }
)
"""Field -> what a security counts as on a session on which the fact is not known."""

INDEX_CAPPED = ("sse180_member", "szse100_member")
"""Members of indices whose shares have a higher cap of the haircut."""

OF_ACCOUNT = (
    *("financing_eligible", "short_eligible", "haircut", "is_st", "pe_static", "is_loss", "float_shares"),
    "borrowable_shares",
    *INDEX_CAPPED,
)
"""Facts that the account reads in every run."""

_CARRIED = "carried forward"


class Coverage(NamedTuple):
    """On how much of a panel a fact is known.

    Parameters
    ----------
    days : int
        Sessions with a fact of that very day, of whatever security.
    first, last : str
        The first and the last of them; empty where there is none.
    sessions : int
        Of the panel.
    carried, unknown, cells : int
        Cells with a price (session and security): with a fact of an earlier day, without any, and in all.
    """

    days: int
    first: str
    last: str
    sessions: int
    carried: int
    unknown: int
    cells: int


def carried(panel: Panel, carry: Carry) -> Panel:
    """Return `panel` with facts carried forward where `carry` says so.

    Parameters
    ----------
    panel : Panel
        Before `complete`: what is derived from a fact follows the carried one.
    carry : mapping of str to int or "all"
        Field of `FACTS` -> sessions.

    Returns
    -------
    Panel
        `derived` tells the carried cells, `imputed` says that there are some. Applied to its own result it changes
        nothing, and a fact is never carried to an earlier session.

    Raises
    ------
    ConfigError
        A field that is no dated fact, or a number of sessions that is none.
    """
    fields: dict[str, Panel2D] = {}
    cells: dict[str, Mask2D] = {}
    notes: dict[str, str] = {}
    for name, sessions in carry.items():
        _check(name, sessions)
        before = panel.imputed.get(name, "")
        if name not in panel or _CARRIED in before:
            continue
        values, is_carried = _forward(panel[name], sessions)
        if is_carried.any():
            fields[name], cells[name] = values, is_carried
            how = f"{_CARRIED} for up to {sessions} sessions" if sessions != "all" else f"{_CARRIED} to the next fact"
            notes[name] = "; ".join(filter(None, (before, how)))
    return replace(panel.with_fields(fields, notes), derived={**panel.derived, **cells}) if fields else panel


def _check(name: str, sessions: int | str) -> None:
    if name not in FACTS:
        hint = did_you_mean(name, list(FACTS))
        raise ConfigError(f"`data.carry` names `{name}`, which is no dated fact: {hint}those are {', '.join(FACTS)}")
    if sessions != "all" and (isinstance(sessions, str) or sessions < 0):
        raise ConfigError(f"`data.carry` of `{name}` should be 0 or more sessions, or all, got {sessions}")


def _forward(values: Panel2D, sessions: int | Literal["all"]) -> tuple[Panel2D, Mask2D]:
    """Return values with gaps filled from at most so many rows above, and which cells were."""
    filled = carry_forward(values)
    row = np.arange(len(values), dtype=np.int32)[:, None]
    seen = np.maximum.accumulate(np.where(np.isnan(values), np.int32(-1), row), axis=0)
    is_carried = np.isnan(values) & (seen >= 0)
    if sessions != "all":
        is_carried &= row - seen <= sessions
    return np.where(is_carried, filled, values), is_carried


def while_absent(panel: Panel, name: str) -> Panel2D:
    """Return a fact where a session on which the security has no row keeps the last one: nobody trades it then."""
    values = panel[name].copy()
    has_no_row = np.isnan(panel["close"]) & np.isnan(values)
    values[has_no_row] = carry_forward(values)[has_no_row]
    values.flags.writeable = False
    return values


def coverage(panel: Panel, name: str) -> Coverage:
    """Return on how much of `panel` the fact `name` is known."""
    known = ~np.isnan(panel[name])
    priced = ~np.isnan(panel["close"]) if "close" in panel else np.ones(panel.shape, dtype=np.bool_)
    moved = panel.derived.get(name, np.zeros(panel.shape, dtype=np.bool_))
    days = panel.sessions[(known & ~moved).any(axis=1)]
    ends = (str(days[0]), str(days[-1])) if len(days) else ("", "")
    counts = (np.count_nonzero(cells) for cells in (moved & priced, priced & ~known, priced))
    return Coverage(len(days), *ends, len(panel.sessions), *map(int, counts))
