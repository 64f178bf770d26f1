"""Members of indices (指数成分股): which are known, and what a table of them says, day by day."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from ..errors import ConfigError, DataError
from ..types import Panel2D, Sessions

INDICES: Mapping[str, str] = MappingProxyType(
    {
        "000010.SH": "sse180_member",
        "000016.SH": "sse50_member",
        "000300.SH": "csi300_member",
        "000688.SH": "star50_member",
        "000852.SH": "csi1000_member",
        "000905.SH": "csi500_member",
        "000906.SH": "csi800_member",
        "399006.SZ": "chinext_member",
        "399330.SZ": "szse100_member",
    }
)
"""Index -> the field that is 1 where a security is a member of it."""

_ALSO = {"399300": "000300", "399852": "000852", "399905": "000905", "399906": "000906"}
"""Numbers of the Shenzhen exchange for indices of CSI."""
_BY_NUMBER = {symbol[:6]: field for symbol, field in INDICES.items()}


class Constituent(NamedTuple):
    """One row of a table of members.

    Parameters
    ----------
    field : str
        Of `INDICES`.
    symbol : str
    first : datetime64[D]
        The first day on which it is a member; the day of the list where `is_listed`.
    last : datetime64[D]
        The first day on which it is none any more; NaT where it is one still.
    is_listed : bool
        The row belongs to the whole list of one day, and says nothing of another.
    """

    field: str
    symbol: str
    first: np.datetime64
    last: np.datetime64
    is_listed: bool


def member_field(code: str) -> str:
    """Return the field of an index, by its code in any spelling (000300.SH, 399300.SZ, sh.000300, 300).

    Raises
    ------
    DataError
        An index that is not in `INDICES`.
    """
    number = (re.sub(r"\D", "", code) or "0").zfill(6)
    field = _BY_NUMBER.get(_ALSO.get(number, number))
    if field is None:
        raise DataError(f"{code!r} is no index whose members are known here: known are {', '.join(INDICES)}")
    return field


def universe_field(index: str) -> str:
    """Return the field of `universe.index`; ConfigError where there is no such index."""
    try:
        return member_field(index)
    except DataError as error:
        raise ConfigError(f"`universe.index`: {error}") from None


def memberships(
    members: Iterable[Constituent], sessions: Sessions, symbols: Sequence[str]
) -> tuple[dict[str, Panel2D], tuple[str, ...]]:
    """Return what tables of members say by session and security, and the days that they cannot be put on.

    Parameters
    ----------
    members : iterable of Constituent
    sessions : datetime64[D] (T,)
    symbols : sequence of str (N,)

    Returns
    -------
    tuple of dict of str to float64 (T, N), and tuple of str
        Field -> 1 or 0; NaN on sessions of which the tables say nothing: those without a list, those before the first
        day of a table of days. The days of lists that are no session of the panel: nothing is moved to another day.
    """
    column = {symbol: j for j, symbol in enumerate(symbols)}
    fields: dict[str, Panel2D] = {}
    absent: dict[str, None] = {}
    known = list(members)
    for field in dict.fromkeys(one.field for one in known):
        rows = [one for one in known if one.field == field]
        out = fields[field] = np.full((len(sessions), len(symbols)), np.nan)
        spans = [one for one in rows if not one.is_listed]
        if spans:
            out[np.searchsorted(sessions, min(one.first for one in spans)) :] = 0.0
        for one in spans:
            end = len(sessions) if np.isnat(one.last) else int(np.searchsorted(sessions, one.last))
            if one.symbol in column:
                out[int(np.searchsorted(sessions, one.first)) : end, column[one.symbol]] = 1.0
        _put_lists([one for one in rows if one.is_listed], sessions, column, out, absent)
    return fields, tuple(absent)


def _put_lists(
    rows: Sequence[Constituent], sessions: Sessions, column: Mapping[str, int], out: Panel2D, absent: dict[str, None]
) -> None:
    """Write whole lists into `out`: on the day of each, 1 for whom it names and 0 for all others."""
    for day in np.unique([one.first for one in rows]):
        t = int(np.searchsorted(sessions, day))
        if t == len(sessions) or sessions[t] != day:
            absent[str(day)] = None
            continue
        out[t] = 0.0
        out[t, [column[one.symbol] for one in rows if one.first == day and one.symbol in column]] = 1.0
