"""The corporate actions of a dataset and those of an import: one table, and nothing in it that cannot be."""

from collections.abc import Sequence

import numpy as np

from ..errors import DataError
from ..panel.action_rows import CorporateAction
from ..panel.actions import actions_of
from ..panel.calendar import mainland
from ..panel.panel import Panel
from ..sources import Finding
from ..sources.meeting import Prefer

_MAINLAND = ("SH", "SZ", "BJ")
_SHOWN = 5


def joined(
    old: Sequence[CorporateAction], new: Sequence[CorporateAction], prefer: Prefer
) -> tuple[tuple[CorporateAction, ...], list[Finding]]:
    """Return one action for each security and day, and where both tables tell another one.

    Those of `new` on one day are added up; two rights issues of one day stand as the last one. A table of rights issues
    and one of dividends and new shares meet in one action, neither takes the other's away. A row of zeros takes away
    what stood for its day.
    """
    if not new:
        return tuple(old), []
    added: dict[tuple[str, str], CorporateAction] = {}
    for one in new:
        key = (str(one.day), one.symbol)
        same = added.get(key)
        added[key] = one if same is None else _together(same, one)
    kept = {(str(one.day), one.symbol): one for one in old}
    clash = [key for key in added if key in kept and _differs(kept[key], added[key])]
    whole = {**kept, **added}
    for key in kept.keys() & added.keys():
        whole[key] = _met(kept[key], added[key], prefer)
    examples = tuple(f"{symbol} on {day}" for day, symbol in clash[:_SHOWN])
    detail = f"a corporate action differs from what the dataset has: the {prefer} one stands"
    found = [Finding(kind="sources_disagree", count=len(clash), detail=detail, examples=examples)] if clash else []
    return tuple(whole[key] for key in sorted(whole) if any(whole[key][2:])), found


def _parts(one: CorporateAction) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return what it pays and what it offers, each empty where it tells nothing of it."""
    pays, offers = (one.cash, one.ratio), (one.rights_ratio, one.rights_price)
    return pays if any(pays) else (), offers if any(offers) else ()


def _differs(old: CorporateAction, new: CorporateAction) -> bool:
    if not any(new[2:]):
        return True
    return any(mine and theirs and mine != theirs for mine, theirs in zip(_parts(old), _parts(new), strict=True))


def _met(old: CorporateAction, new: CorporateAction, prefer: Prefer) -> CorporateAction:
    """Return what stands of two actions of one day: of each part the preferred one, or the only one."""
    if not any(new[2:]):
        return new if prefer == "new" else old
    first, second = (_parts(new), _parts(old)) if prefer == "new" else (_parts(old), _parts(new))
    pays, offers = (mine or theirs or (0.0, 0.0) for mine, theirs in zip(first, second, strict=True))
    return new._replace(cash=pays[0], ratio=pays[1], rights_ratio=offers[0], rights_price=offers[1])


def _together(one: CorporateAction, other: CorporateAction) -> CorporateAction:
    """Return two actions of one ex-date as one."""
    rights = other if other.rights_ratio else one
    sums = {"cash": one.cash + other.cash, "ratio": one.ratio + other.ratio}
    return one._replace(**sums, rights_ratio=rights.rights_ratio, rights_price=rights.rights_price)


def checked(panel: Panel, new: Sequence[CorporateAction]) -> list[Finding]:
    """Return what is to be known of imported actions, over what the dataset will hold.

    Raises
    ------
    DataError
        An ex-date on which the exchanges were closed, or a dividend, or a price of rights, that is not below
        the close before it.
    """
    _refuse_closed_days(new)
    actions_of(panel)
    absent = sorted({one.symbol for one in new} - {*panel.symbols})
    if not absent:
        return []
    detail = "a corporate action of a security that the dataset has not: kept, in case its prices come"
    return [Finding(kind="absent_security", count=len(absent), detail=detail, examples=tuple(absent[:_SHOWN]))]


def _refuse_closed_days(actions: Sequence[CorporateAction]) -> None:
    calendar = mainland()
    ours = [one for one in actions if one.symbol.rpartition(".")[2] in _MAINLAND]
    known = [one for one in ours if calendar.first <= one.day <= calendar.last]
    closed = np.flatnonzero(~calendar.is_session(np.array([one.day for one in known], dtype="datetime64[D]")))
    if len(closed):
        one = known[int(closed[0])]
        raise DataError(
            f"the corporate action of {one.symbol} on {one.day} (one of {len(closed):,}) lies on a day on which the "
            "exchange was closed, and an ex-date is a session: correct the day"
        )
