"""Pieces of the report's HTML; every text is escaped here."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

import pandas as pd

from . import formats


def section(title: str, chinese: str, content: str) -> str:
    """Return a section under a heading in both languages."""
    return f'<section><h2>{escape(title)}<span lang="zh">{escape(chinese)}</span></h2>{content}</section>'


def cards(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return cards of label, figure, what stands beneath, and tone ("", "gain" or "loss")."""
    made = (
        f'<div class="card"><div class="label">{escape(label)}</div>'
        f'<div class="value {tone}">{escape(value)}</div><div class="beneath">{escape(beneath)}</div></div>'
        for label, value, beneath, tone in rows
    )
    return f'<div class="cards">{"".join(made)}</div>'


def header(title: str, beneath: str, synthetic: bool) -> str:
    """Return the head of a page."""
    badge = '<span class="badge">synthetic data</span>' if synthetic else ""
    return f'<header><h1>{escape(title)}</h1>{badge}<p class="muted">{escape(beneath)}</p></header>'


def pair(left: str, right: str) -> str:
    """Return two sections side by side where the window is wide enough."""
    return f'<div class="pair">{left}{right}</div>'


def muted(text: str) -> str:
    """Return a caption."""
    return f'<p class="muted">{escape(text)}</p>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int) -> str:
    """Return a table whose first `texts` columns are words, the rest figures."""

    def line(tag: str, cells: Sequence[str]) -> str:
        made = (f"<{tag}{' class=text' if n < texts else ''}>{escape(cell)}</{tag}>" for n, cell in enumerate(cells))
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(line("td", row) for row in rows)
    return f'<div class="scroll"><table><thead>{line("th", head)}</thead><tbody>{body}</tbody></table></div>'


def day(date: pd.Timestamp) -> str:
    """Return a date in ISO form, a dash where there is none."""
    return formats.NONE if date is pd.NaT else date.date().isoformat()


def sorted_counts(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return the most frequent first: a summary that was read from disk has its keys in alphabetical order."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def tuples(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of `frame` as named tuples; their types are those of the result's tables."""
    yield from frame.itertuples()
