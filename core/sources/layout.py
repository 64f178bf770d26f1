"""What the columns of one kind of file mean, declared; and how well a header fits such a declaration."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from ..errors import DataError
from ..types import Row
from .grid import Grid, header_key

Values = Mapping[str, Row]
"""Field -> column; a name with a low line in front is read for what follows from it, and not stored."""


class Column(NamedTuple):
    """What a column holds.

    Parameters
    ----------
    field : str
        Canonical field, ``date``, ``code``, or a name with a low line in front.
    factor : float
        Canonical unit in the file's unit: 100 where the file counts in lots.
    words : mapping of str to float, optional
        Of a column of words: what each means.
    """

    field: str
    factor: float = 1.0
    words: Mapping[str, float] | None = None


class Derived(NamedTuple):
    """A field that follows from others of the same row."""

    field: str
    needs: tuple[str, ...]
    derive: Callable[[Values], Row]
    sentence: str


UNITS: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("元", "股", "份", "股/份", "份/股", "人民币元"), 1.0),
        **dict.fromkeys(("千元", "千股", "張", "张"), 1e3),
        **dict.fromkeys(("万元", "万股", "万", "萬元"), 1e4),
        **dict.fromkeys(("亿元", "亿股", "亿", "亿股/亿份", "亿股/份"), 1e8),
        "手": 100.0,
        "%": 0.01,
    }
)
"""Unit in brackets behind a header -> its factor, which goes before that of the layout."""

YES_NO: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("1", "y", "yes", "true", "是", "√", "s", "停牌", "1.0"), 1.0),
        **dict.fromkeys(("0", "n", "no", "false", "否", "×", "r", "", "-", "正常", "复牌", "0.0"), 0.0),
    }
)
"""Words of a column that says yes or no, in small letters."""

DATES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        [
            "date",
            "day",
            "trade_date",
            "tradedate",
            "opdate",
            "dim_date",
            "time",
            "datetime",
            "日期",
            "交易日期",
            "信用交易日期",
            "数据日期",
            "交易日",
            "时间",
        ],
        "date",
    )
)
CODES: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        [
            "ts_code",
            "code",
            "symbol",
            "order_book_id",
            "sec_code",
            "secucode",
            "scode",
            "instrument",
            "security_code",
            "stkcd",
            "证券代码",
            "股票代码",
            "标的证券代码",
            "代码",
        ],
        "code",
    )
)
"""What every source may call the day and the code."""

_UNIT = re.compile(r"^(.+?)\(([^()]+)\)$")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One kind of file, declared.

    Parameters
    ----------
    name, description : str
        What the user writes after ``--source``, and one line about it.
    source : str
        In words; goes into `Panel.source`.
    columns : mapping of str to str or Column
        Header without spaces, in small letters -> field. `DATES` and `CODES` are understood besides.
    required : tuple of str
        Fields that must be there; day and code may come from elsewhere.
    marks : tuple of str
        Headers that must be there and tell the file from its siblings.
    ignored : tuple of str
        Headers that belong to the kind and have no field.
    exchange : {"SH", "SZ", "BJ"}, optional
        Of the whole file.
    symbol : str, optional
        Of files of totals: whose column they are.
    scales : mapping of str to tuple of float
        Fields whose unit the header leaves open -> factors, the usual first; decided by the values.
    scaled : str
        What decides them: ``turnover`` (amount / volume / price) or ``market`` (the market's known totals).
    present : tuple of str
        Fields that are 1 for the securities that have a row on a day.
    lists : tuple of str
        Fields that are 0 on the days of the file for the securities of the same exchange that it does not name.
    codes : mapping of str to str
        What the column of codes says instead of codes -> symbol.
    derived : tuple of Derived
    adjusted : callable, optional
        ``adjusted(values, titles)`` says in words how the prices are adjusted; empty where they are not.
    table : str
        ``panel``, or what else the rows are: ``actions``, ``listings``, ``industries``, ``members``.
    is_told : bool
        False where only its name chooses it, since it would fit what belongs to others.
    """

    name: str
    description: str
    source: str
    columns: Mapping[str, str | Column]
    required: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    exchange: str | None = None
    symbol: str | None = None
    scales: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    scaled: str = "turnover"
    present: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    adjusted: Callable[[Values, str], str] | None = None
    table: str = "panel"
    is_told: bool = True

    def meanings(self) -> dict[str, Column]:
        """Return header -> column, with the usual words for day and code; not to be written to."""
        return self._meanings

    @cached_property
    def _meanings(self) -> dict[str, Column]:
        usual = {**DATES, **({} if self.symbol else CODES), **self.columns}
        return {key: Column(one) if isinstance(one, str) else one for key, one in usual.items()}


class Fit(NamedTuple):
    """How a header fits a layout.

    Parameters
    ----------
    layout : Layout
    places : dict of str to (int, Column)
        Field -> where it stands and what it is.
    known : frozenset of int
        Places that the layout understands.
    missing : tuple of str
        Required fields, and marks, that are not there.
    """

    layout: Layout
    places: dict[str, tuple[int, Column]]
    known: frozenset[int]
    missing: tuple[str, ...]


def fit(layout: Layout, grid: Grid) -> Fit:
    """Return how the header of `grid` fits `layout`.

    Raises
    ------
    DataError
        Two columns for one field.
    """
    meanings = layout.meanings()
    places: dict[str, tuple[int, Column]] = {}
    known = set()
    keys = grid.keys
    for i, key in enumerate(keys):
        column = _meaning(key, meanings)
        if column is None or (key == "" and not grid.is_day(i)):
            if key in layout.ignored:
                known.add(i)
            continue
        known.add(i)
        before = places.get(column.field)
        if before is None or (
            column.field in ("date", "code") and _rank(key, meanings) < _rank(keys[before[0]], meanings)
        ):
            places[column.field] = (i, column)
        elif column.field not in ("date", "code"):
            raise DataError(
                f"{grid.path} has two columns for `{column.field}`: {grid.header[before[0]]} and {grid.header[i]}"
            )
    missing = [name for name in layout.required if name not in places]
    missing += [mark for mark in layout.marks if mark not in keys]
    return Fit(layout, places, frozenset(known), tuple(missing))


def _meaning(key: str, meanings: Mapping[str, Column]) -> Column | None:
    """Return what a header means, with the unit behind it; None where nothing is known of it, or of its unit."""
    if key in meanings:
        return meanings[key]
    parts = _UNIT.match(key)
    if parts is None or parts[1] not in meanings or parts[2] not in UNITS:
        return None
    column = meanings[parts[1]]
    return column._replace(factor=UNITS[parts[2]])


def has_unit(key: str) -> bool:
    """Return whether a header says its unit."""
    parts = _UNIT.match(key)
    return parts is not None and parts[2] in UNITS


def _rank(key: str, meanings: Mapping[str, Column]) -> int:
    return list(meanings).index(key) if key in meanings else len(meanings)


def expected(layout: Layout, name: str) -> str:
    """Say which headers would have given a field, for an error."""
    words = [key for key, column in layout.meanings().items() if column.field == name]
    return " or ".join(words[:6]) or name


def known_headers(layouts: Mapping[str, Layout]) -> frozenset[str]:
    """Return all headers that any layout understands, with and without a unit."""
    plain = {key for layout in layouts.values() for key in (*layout.meanings(), *layout.ignored) if key}
    return frozenset(plain) | {header_key(f"{key}({unit})") for key in plain for unit in UNITS}
