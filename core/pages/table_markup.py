"""Tables of a page: the first column stays in sight, a click on a heading sorts, columns are chosen, long ones paged.

The page's script does so; without it a table is a plain one that holds the same rows.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from html import escape
from typing import NamedTuple

from . import formats
from .language import say

MOST_ROWS = 1000
"""Rows that a page holds of one table; a browser is slow with many more."""

_PLAIN = re.compile(r"[+-]?[\d,]*\.?\d+( ?%)?")
_LEADING = re.compile(r"\(?([+-]?[\d,]*\.?\d+(?:e[+-]?\d+)?)\s*(\w*)")


class Cell(NamedTuple):
    """A cell that is more than its text."""

    text: str
    sort: float | str | None = None  # what it is sorted by, where the text does not say it
    html: str = ""  # in the place of the text
    tip: str = ""  # shown where the pointer rests
    find: str = ""  # what a row is found by, where that is not all that the cell holds


def name_cell(name: str, more: str = "") -> Cell:
    """Return the cell of a name that may be long: it wraps wherever it has to; `more` is HTML behind it."""
    return Cell(name, html=f'<span class="name">{escape(name)}</span>{more}', sort=name, find=name)


def table(
    head: Sequence[str | Cell],
    rows: Iterable[Sequence[str | Cell]],
    texts: int,
    *,
    most: int = MOST_ROWS,
    file: str = "",
    name: str = "",
    hidden: Collection[int] = (),
) -> str:
    """Return a table.

    Parameters
    ----------
    head : sequence of str or Cell
    rows : iterable of sequences of str or Cell
    texts : int
        So many columns, the first ones, are words, the rest figures.
    most : int
        Rows that the page holds.
    file : str
        Where all rows are, which is said below a table that has more.
    name : str
        The id of the table.
    hidden : collection of int
        Columns that are shown where the reader chooses them; a table with some can be filtered whatever its length.
    """
    rows = list(rows)
    top = "".join(_cell("th", cell, n < texts, " data-more" if n in hidden else "") for n, cell in enumerate(head))
    body = "".join(
        f"<tr>{''.join(_cell('td', cell, n < texts) for n, cell in enumerate(row))}</tr>" for row in rows[:most]
    )
    named = f' id="{escape(name)}"' if name else ""
    made = f'<table{named} class="sortable"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll">{made}</div>{_rest(len(rows) - most, file)}'


def sort_value(text: str) -> float | None:
    """Return the number that a figure begins with, in units of one: ``2.267 trillion`` -> 2.267e12; None without any.

    A bracket around it does not matter, and neither does what stands behind.
    """
    found = _LEADING.match(text)
    if found is None:
        return None
    return float(found[1].replace(",", "")) * formats.UNIT_SIZES.get(found[2], 1.0)


def _cell(tag: str, cell: str | Cell, is_text: bool, more: str = "") -> str:
    one = cell if isinstance(cell, Cell) else Cell(cell)
    sort = one.sort
    if sort is None and tag == "td" and not is_text and not _PLAIN.fullmatch(one.text):
        sort = sort_value(one.text)
    sorted_by = (
        "" if sort is None else f' data-sort="{escape(f"{sort:.15g}" if isinstance(sort, float) else str(sort))}"'
    )
    more += f' title="{escape(one.tip)}"' if one.tip else ""
    more += f' data-find="{escape(one.find)}"' if one.find else ""
    return f"<{tag}{' class=text' if is_text else ''}{sorted_by}{more}>{one.html or escape(one.text)}</{tag}>"


def _rest(left: int, file: str) -> str:
    if left <= 0:
        return ""
    told = (
        say("{n} more rows are in {file}.", n=f"{left:,}", file=file) if file else say("{n} more rows.", n=f"{left:,}")
    )
    return f'<p class="muted">{escape(told)}</p>'
