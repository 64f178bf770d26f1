"""What is missing from the answers, by table, exchange and day, against the session before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..panel.calendar import Calendar
from ..types import Sessions
from .raw_folder import RawFolder, packed
from .served import Table

_SHOWN = 3


class Gap(NamedTuple):
    """Something that is missing.

    Parameters
    ----------
    table : str
    kind : str
        In words; the same for all days of a kind.
    day : datetime64[D]
    detail : str
        Of this day.
    is_wrong : bool
        Whether it should be there: not so on days that are not published yet, or before the table's record begins.
    """

    table: str
    kind: str
    day: np.datetime64
    detail: str
    is_wrong: bool


def gaps_of(
    table: Table,
    days: Sessions,
    raw: RawFolder,
    calendar: Calendar,
    due: np.datetime64,
    failed: Mapping[np.datetime64, str],
) -> list[Gap]:
    """Return what is missing from the answers of a table on `days`.

    Parameters
    ----------
    table : Table
    days : datetime64[D] (n,)
        Sessions that were asked for.
    raw : RawFolder
    calendar : Calendar
    due : datetime64[D]
        From this session on nothing has to be published yet.
    failed : mapping of datetime64[D] to str
        Days without an answer -> the last error.

    Notes
    -----
    A third fewer securities of an exchange than on the session before, or none of it, is a gap: lists of eligible
    securities grow and shrink by some percent at most.
    """
    known = raw.days(table.name)
    found: list[Gap] = []
    counts: dict[np.datetime64, Counter[str]] = {}

    def count(day: np.datetime64) -> Counter[str]:
        if day not in counts:
            counts[day] = _by_exchange(table, raw.codes(table.name, packed(day), table.code))
        return counts[day]

    for day in days:
        if day in failed or not (count(day) or (table.may_be_empty and raw.nothing(table.name, packed(day)).is_file())):
            found.append(_absent(table, day, known, due, failed.get(day), bool(count(day))))
        elif not table.may_be_empty:
            found += _fewer(table, day, count(day), count(_before(calendar, day)))
    return found


def _absent(
    table: Table, day: np.datetime64, known: Sessions, due: np.datetime64, error: str | None, has_former: bool
) -> Gap:
    """Return the gap of a session without an answer."""
    if day >= due and not has_former:
        return Gap(table.name, "not published yet", day, error or "", is_wrong=False)
    if error is not None:
        kept = "; the former answer stays" if has_former else ""
        return Gap(table.name, "no answer", day, f"{error}{kept}", is_wrong=True)
    if table.first is None and (not len(known) or day < known[0]):
        return Gap(table.name, "nothing before the first day that has rows", day, "", is_wrong=False)
    return Gap(table.name, "an empty answer on a session", day, "", is_wrong=True)


def _fewer(table: Table, day: np.datetime64, now: Counter[str], before: Counter[str]) -> list[Gap]:
    """Return the gaps of a session that has rows."""
    found = []
    for exchange in dict.fromkeys([*table.always, *sorted(before)]):
        was, has = before[exchange], now[exchange]
        if not has:
            detail = f"{was:,} on the session before" if was else "which has rows on every session"
            found.append(Gap(table.name, f"no security of {exchange}", day, detail, is_wrong=True))
        elif 3 * has <= 2 * was:
            detail = f"{has:,} after {was:,}"
            found.append(Gap(table.name, f"a third fewer securities of {exchange}", day, detail, is_wrong=True))
    return found


def _by_exchange(table: Table, codes: Sequence[str]) -> Counter[str]:
    """Return how many securities each exchange has."""
    if table.exchange is not None:
        return Counter({table.exchange: len(codes)} if codes else {})
    return Counter(code.rpartition(".")[2].strip() for code in codes)


def _before(calendar: Calendar, day: np.datetime64) -> np.datetime64:
    place = int(np.searchsorted(calendar.sessions, day))
    return calendar.sessions[max(place - 1, 0)]


def gap_lines(gaps: Sequence[Gap]) -> list[str]:
    """Return gaps in words, the same kind over many days in one line."""
    groups: dict[tuple[bool, str, str], list[Gap]] = {}
    for gap in gaps:
        groups.setdefault((not gap.is_wrong, gap.table, gap.kind), []).append(gap)
    return [_line(groups[key]) for key in sorted(groups)]


def _line(same: Sequence[Gap]) -> str:
    shown = "; ".join(f"{gap.day} ({gap.detail})" if gap.detail else str(gap.day) for gap in same[:_SHOWN])
    many = f" on {len(same):,} sessions" if len(same) > 1 else ""
    rest = f" and {len(same) - _SHOWN:,} more" if len(same) > _SHOWN else ""
    head = "to be looked at: " if same[0].is_wrong else ""
    return f"{head}{same[0].table}: {same[0].kind}{many}: {shown}{rest}"
