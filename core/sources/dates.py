"""Days as files write them -> sessions; a day that lost a digit is restored only where the file itself proves it."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import DataError
from ..panel.calendar import Calendar
from ..types import Sessions
from .base import Finding, finding
from .chain import BalanceChain, Verdict

_SPLIT = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T](?:00|15):00(?::00(?:\.0+)?)?)?$")
_PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\.0)?$")
_NAME_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})-?(\d{2})-?(\d{2})(?!\d)")
_DETAILS = {
    "truncated_date": "a digit is missing; exactly one session fits between the neighbouring rows",
    "misplaced_date": "no session; the balances agree to the yuan with the neighbours of exactly one other day",
    "truncated_date_dropped": "a digit is missing and the day cannot be known: the row was dropped",
}
NOT_A_DAY = np.datetime64("NaT", "D")


def day_in_name(path: Path) -> np.datetime64 | None:
    """Return the day in the name of a file (``20251103_twse_margin_balance.csv``), or None where it has none."""
    for match in _NAME_DAY.finditer(path.stem):
        day = _day(*match.groups())
        if day is not None:
            return day
    return None


def writes_leading_zeros(texts: Iterable[str]) -> bool:
    """Return whether any of the days is written with a leading zero, so that a one-digit month or day lost a digit."""
    return any(re.search(r"(?<=[-/.])0\d", text) for text in set(texts))


def resolve_days(
    texts: Sequence[str],
    lines: Sequence[int],
    path: Path,
    *,
    padded: bool,
    calendar: Calendar | None = None,
    chain: BalanceChain | None = None,
) -> tuple[Sessions, list[Finding]]:
    """Return the day of every row, NaT for a row whose day cannot be known, and what was noticed.

    Parameters
    ----------
    texts : sequence of str (rows,)
        Such as ``2018-12-20``, ``20181220``, ``2018/12/20``, in file order.
    lines : sequence of int (rows,)
        For messages.
    path : Path
        For messages.
    padded : bool
        Whether the file writes leading zeros: `writes_leading_zeros` of all its texts.
    calendar : Calendar or None
        None where the market has no calendar here: then every valid day is a session.
    chain : BalanceChain or None
        Says whether a row's balances fit a day; None where the file has no such balances.

    Raises
    ------
    DataError
        A text that is no day; a day that is no session and cannot be mended.
    DateError
        A day outside the calendar's record.

    Notes
    -----
    ``2018-12-2`` in a file that elsewhere writes ``2018-12-07`` has lost a digit: it is 2018-12-02 or 20..29. It is
    restored where exactly one session of those lies between the days of the rows before and after it and its balances
    do not contradict; otherwise the row is dropped with a finding. A file in which no day carries a leading zero writes
    its days unpadded and is read as it stands. A full day that is no session (such a lost digit filled with a zero by
    an earlier repair: 2018-12-02 for 2018-12-20) cannot trust its place in the file: it is moved only where the
    balances agree to the yuan with a neighbouring session, on exactly one candidate.
    """
    # A file of all securities repeats each day a thousand times: each distinct text is read once.
    first = dict(zip(reversed(texts), reversed(lines), strict=True))
    parts = {text: _parts(text, path, line) for text, line in first.items()}
    lost = {text for text, row in parts.items() if padded and min(map(len, row[1:])) < 2}
    read = {text: NOT_A_DAY if text in lost else _day(*row) for text, row in parts.items()}
    for text in read:
        if read[text] is None:
            raise DataError(f"{path} line {first[text]}: `{text}` is not a day of the calendar")
    days = np.array([read[text] for text in texts], dtype="datetime64[D]")
    short = np.isnat(days)
    suspect = np.zeros(len(days), dtype=bool)
    if calendar is not None:
        suspect[~short] = ~calendar.is_session(days[~short])
    if not (short.any() or suspect.any()):
        return days, []
    certain = np.where(short | suspect, NOT_A_DAY, days)
    doubtful = np.flatnonzero(np.isnat(certain)).tolist()
    rows = [_Row(i, parts[texts[i]], f"line {lines[i]}: {texts[i]}", bool(short[i])) for i in doubtful]
    return _mend(rows, certain, path, calendar, chain)


class _Row(NamedTuple):
    """A row whose day is not certain."""

    index: int
    parts: tuple[str, str, str]
    place: str
    is_short: bool


def _mend(
    rows: Sequence[_Row], certain: Sessions, path: Path, calendar: Calendar | None, chain: BalanceChain | None
) -> tuple[Sessions, list[Finding]]:
    """Return days and findings, with the days of `rows` restored or dropped."""
    days = certain.copy()
    places: dict[str, list[str]] = {kind: [] for kind in _DETAILS}
    for row in rows:
        i = row.index
        if row.is_short:
            found = [d for d in _between(i, _expansions(row.parts, calendar), certain) if _fits(chain, i, d, certain)]
        else:
            found = [d for d in _unfilled(row.parts, calendar, certain) if _proved(chain, i, d, certain)]
        if len(found) == 1:
            days[i] = found[0]
            places["truncated_date" if row.is_short else "misplaced_date"].append(f"{row.place} read as {found[0]}")
        elif row.is_short:
            places["truncated_date_dropped"].append(f"{row.place} could be {_listed(found)}")
        else:
            raise DataError(f"{path} {row.place} is no trading session: correct the day or drop the row")
    return days, [one for kind, where in places.items() for one in finding(kind, where, _DETAILS[kind], path.name)]


def _listed(days: Sequence[np.datetime64]) -> str:
    return ", ".join(map(str, days[:6])) or "no session between its neighbours"


def _fits(chain: BalanceChain | None, row: int, day: np.datetime64, certain: Sessions) -> bool:
    return chain is None or chain.judge(row, day, certain) is not Verdict.CONTRADICTED


def _proved(chain: BalanceChain | None, row: int, day: np.datetime64, certain: Sessions) -> bool:
    return chain is not None and chain.judge(row, day, certain) is Verdict.CONFIRMED


def _between(row: int, candidates: list[np.datetime64], certain: Sessions) -> list[np.datetime64]:
    """Return the candidates that lie strictly between the certain days before and after `row` in the file."""
    before, after = certain[:row], certain[row + 1 :]
    before, after = before[~np.isnat(before)], after[~np.isnat(after)]
    known = certain[~np.isnat(certain)]
    rising = np.sum(np.diff(known) > np.timedelta64(0, "D")) >= np.sum(np.diff(known) < np.timedelta64(0, "D"))
    low, high = (before[-1:], after[:1]) if rising else (after[:1], before[-1:])
    return [d for d in candidates if not (len(low) and d <= low[0]) and not (len(high) and d >= high[0])]


def _unfilled(parts: tuple[str, str, str], calendar: Calendar | None, certain: Sessions) -> list[np.datetime64]:
    """Return the sessions within the file's days that a zero-filled day could have been."""
    known = certain[~np.isnat(certain)]
    if calendar is None or not len(known) or not parts[2].startswith("0"):
        return []
    candidates = _expansions((parts[0], parts[1], parts[2][1]), calendar)
    return [d for d in candidates if known.min() <= d <= known.max()]


def _expansions(parts: tuple[str, str, str], calendar: Calendar | None) -> list[np.datetime64]:
    """Return the sessions that a day with one-digit parts could mean: 2 -> 02, 20..29."""
    months, dates = (_two_digit(part) for part in parts[1:])
    days = [day for month in months for date in dates if (day := _day(parts[0], month, date)) is not None]
    if calendar is not None:
        days = [day for day in days if calendar.first <= day <= calendar.last and calendar.is_session(day)[0]]
    return days


def _two_digit(part: str) -> list[str]:
    return [part] if len(part) == 2 else [f"0{part}", *(f"{part}{digit}" for digit in range(10))]


def _parts(text: str, path: Path, line: int) -> tuple[str, str, str]:
    """Return year, month and date of `text` as written."""
    match = _SPLIT.match(text) or _PACKED.match(text)
    if match is None:
        raise DataError(f"{path} line {line}: `{text}` is not a day: expected YYYY-MM-DD or YYYYMMDD")
    return match[1], match[2], match[3]


def _day(year: str, month: str, date: str) -> np.datetime64 | None:
    """Return the day, or None where the calendar has no such day."""
    try:
        return np.datetime64(f"{year}-{month.zfill(2)}-{date.zfill(2)}", "D")
    except ValueError:
        return None
